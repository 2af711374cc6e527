/* A login driven by its own loop over libcurl's easy interface, as in an app that has an HTTP stack.
 * The library does no I/O here. docs/hosting.md explains the steps.
 *
 *   step_loop SITE CLIENT_ID REDIRECT_URI USERNAME [CA_FILE]      the password on standard input
 */
#define _POSIX_C_SOURCE 200809L
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "headlessid/headlessid.h"

struct body {
  char* data;
  size_t size;
};

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_until(int64_t then_ms) {
  const int64_t left = then_ms - now_ms();
  struct timespec pause;
  if (left <= 0) return;
  pause.tv_sec = (time_t)(left / 1000);
  pause.tv_nsec = (long)(left % 1000) * 1000000;
  nanosleep(&pause, NULL);
}

/* Every header of the final response goes to the flow as it arrives. */
static size_t on_header(char* line, size_t size, size_t count, void* user) {
  const size_t length = size * count;
  const char* colon = memchr(line, ':', length);
  if (colon != NULL) {
    hlid_view name, value;
    name.data = line;
    name.size = (size_t)(colon - line);
    value.data = colon + 1;
    value.size = length - name.size - 1;
    while (value.size > 0 && (value.data[value.size - 1] == '\n' || value.data[value.size - 1] == '\r')) --value.size;
    while (value.size > 0 && value.data[0] == ' ') ++value.data, --value.size;
    if (hlid_flow_give_header((hlid_flow*)user, name, value, NULL) != HLID_OK) return 0; /* libcurl gives up */
  }
  return length;
}

static size_t on_body(char* bytes, size_t size, size_t count, void* user) {
  struct body* body = user;
  char* grown = realloc(body->data, body->size + size * count);
  if (grown == NULL) return 0;
  memcpy(grown + body->size, bytes, size * count);
  body->data = grown;
  body->size += size * count;
  return size * count;
}

/* One SEND: exactly this request, no redirects, no cookies, never twice. */
static void send_request(hlid_flow* flow, const char* ca_file) {
  CURL* easy = curl_easy_init();
  struct curl_slist* headers = NULL;
  struct body body = {NULL, 0};
  hlid_view url = hlid_flow_request_url(flow), content = hlid_flow_request_body(flow), response;
  char* address = calloc(url.size + 1, 1);
  size_t i;
  long status = 0, version = 0;
  CURLcode code;
  hlid_status given;

  memcpy(address, url.data, url.size);
  curl_easy_setopt(easy, CURLOPT_URL, address);
  for (i = 0; i < hlid_flow_request_header_count(flow); ++i) {
    const hlid_view name = hlid_flow_request_header_name(flow, i), value = hlid_flow_request_header_value(flow, i);
    char* line = calloc(name.size + value.size + 3, 1);
    memcpy(line, name.data, name.size);
    memcpy(line + name.size, ": ", 2);
    memcpy(line + name.size + 2, value.data, value.size);
    headers = curl_slist_append(headers, line);
    free(line);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  if (content.data != NULL) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, content.data);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)content.size);
  }
  /* A new connection for each request: on a kept one libcurl may send a request again by itself. */
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(hlid_flow_deadline_ms(flow) - now_ms()) + 1);
  if (ca_file != NULL) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, flow);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
  code = curl_easy_perform(easy);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  if (code == CURLE_OK) {
    response.data = body.data == NULL ? "" : body.data;
    response.size = body.size;
    given = hlid_flow_give_response(flow, (int32_t)status, version == CURL_HTTP_VERSION_2_0 ? 20 : 11, response, NULL);
  } else {
    const int not_sent = code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR ||
                         code == CURLE_PEER_FAILED_VERIFICATION;
    given =
        hlid_flow_give_no_response(flow, not_sent ? HLID_NOT_SENT : HLID_MAYBE_SENT, hlid_str(curl_easy_strerror(code)), NULL);
  }
  if (given != HLID_OK) abort(); /* a bug of this loop: the flow is at SEND */
  if (body.data != NULL) memset(body.data, 0, body.size);
  free(body.data);
  free(address);
  curl_slist_free_all(headers);
  curl_easy_cleanup(easy);
}

int main(int argc, char** argv) {
  char password[1024];
  hlid_settings* settings = NULL;
  hlid_app* app = NULL;
  hlid_flow* flow = NULL;
  hlid_error* own = NULL;
  const hlid_error* error = NULL;
  hlid_step step = HLID_STEP_FAILED;

  if (argc < 5) {
    fprintf(stderr, "usage: %s SITE CLIENT_ID REDIRECT_URI USERNAME [CA_FILE] < password\n", argv[0]);
    return 2;
  }
  if (fgets(password, sizeof password, stdin) == NULL) return 2;
  password[strcspn(password, "\n")] = '\0';
  curl_global_init(CURL_GLOBAL_DEFAULT);

  settings = hlid_settings_new();
  if (hlid_settings_set(settings, hlid_str("site"), hlid_str(argv[1]), &own) != HLID_OK ||
      hlid_settings_set(settings, hlid_str("client_id"), hlid_str(argv[2]), &own) != HLID_OK ||
      hlid_settings_set(settings, hlid_str("redirect_uri"), hlid_str(argv[3]), &own) != HLID_OK ||
      hlid_app_new(settings, &app, &own) != HLID_OK || hlid_flow_new(app, hlid_str("login"), &flow, &own) != HLID_OK ||
      hlid_flow_set(flow, hlid_str("username"), hlid_str(argv[4]), &own) != HLID_OK ||
      hlid_flow_set(flow, hlid_str("password"), hlid_str(password), &own) != HLID_OK) {
    error = own;
  }
  memset(password, 0, sizeof password);

  while (error == NULL) {
    if (hlid_flow_next(flow, now_ms(), &step, &own) != HLID_OK) {
      error = own; /* a parameter is wrong, and nothing was sent */
    } else if (step == HLID_STEP_SEND) {
      send_request(flow, argc > 5 ? argv[5] : NULL);
    } else if (step == HLID_STEP_WAIT) {
      wait_until(hlid_flow_wait_until_ms(flow));
    } else {
      break; /* DONE or FAILED; a login never asks, shows or lets the host sign */
    }
  }

  if (error == NULL && step == HLID_STEP_DONE) {
    const hlid_view carry = hlid_result_get(hlid_flow_result(flow), hlid_str("uvid_carry"));
    const hlid_view format = hlid_result_get(hlid_flow_result(flow), hlid_str("token_format"));
    printf("signed in: token_format %.*s, uvid_carry %.*s\n", (int)format.size, format.data, (int)carry.size, carry.data);
  } else {
    const hlid_view message = hlid_error_message(error != NULL ? error : hlid_flow_error(flow));
    fprintf(stderr, "%.*s\n", (int)message.size, message.data);
  }
  hlid_error_free(own);
  hlid_flow_free(flow);
  hlid_app_free(app);
  hlid_settings_free(settings);
  curl_global_cleanup();
  return step == HLID_STEP_DONE ? 0 : 1;
}
