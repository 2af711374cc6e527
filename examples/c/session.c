/* A customer's session, kept in this process and refreshed once among its threads, in C with the library's own client.
 *
 *   session SITE CLIENT_ID REDIRECT_URI USERNAME [CA_FILE]      the password on standard input
 *
 * A program of several processes has a store of its own instead: the five operations of STORE on Redis, a table, a file.
 * Exit status: 0 when the session gave a token, another one after a rejection, and was ended; 2 when an
 * argument or the password is missing; otherwise 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "headlessid/headlessid.h"

/* In a program of yours: from a vault. `headlessid session new-key` prints one. */
#define SESSION_KEYS "example:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static hlid_client* client;
static hlid_memory_store* store;

static int64_t now_ms(void) { return (int64_t)time(NULL) * 1000; }

/* Runs a flow to its end, what it wants of the store included; says what went wrong. 1: it is DONE. */
static int run(hlid_flow* flow) {
  hlid_error* own = NULL;
  hlid_step step = HLID_STEP_FAILED;
  const hlid_error* error;
  while (hlid_client_run(client, flow, &step, &own) == HLID_OK && step == HLID_STEP_STORE) {
    if (hlid_memory_store_serve(store, flow, now_ms(), &own) != HLID_OK) break;
  }
  if (step == HLID_STEP_DONE) return 1;
  error = own != NULL ? own : hlid_flow_error(flow);
  fprintf(stderr, "%s\n", hlid_error_message(error).data);
  hlid_error_free(own);
  return 0;
}

/* A flow of the session, with one parameter; NULL where it failed. The caller frees it. */
static hlid_flow* call(const hlid_session* session, const char* name, const char* parameter, hlid_view value) {
  hlid_flow* flow = NULL;
  if (hlid_session_flow_new(session, hlid_str(name), &flow, NULL) != HLID_OK) return NULL;
  if ((parameter == NULL || hlid_flow_set(flow, hlid_str(parameter), value, NULL) == HLID_OK) && run(flow)) return flow;
  hlid_flow_free(flow);
  return NULL;
}

/* What each request of an app begins with. */
static int access_token(const hlid_session* session, char* token, size_t capacity) {
  size_t size = hlid_session_token(session, now_ms(), 60000, token, capacity - 1);
  if (size == 0) {
    hlid_flow* flow = call(session, "token", "min_ttl_ms", hlid_str("60000"));
    hlid_flow_free(flow);
    if (flow == NULL) return 0;
    size = hlid_session_token(session, now_ms(), 60000, token, capacity - 1);
  }
  if (size == 0 || size >= capacity) return 0;
  token[size] = '\0';
  return 1;
}

/* A sign-in's result as JSON, which begins a session. Real programs have a JSON library; no value here needs escapes. */
static void write_tokens(const hlid_result* result, char* json, size_t capacity) {
  const char* const names[] = {"access_token", "refresh_token", "instance_url", "expires_at_ms", "uvid"};
  size_t i, at = 0;
  for (i = 0; i < sizeof names / sizeof *names; ++i) {
    const hlid_view value = hlid_result_get(result, hlid_str(names[i]));
    if (value.data == NULL || at >= capacity) continue;
    at += (size_t)snprintf(json + at, capacity - at, "%c\"%s\":\"%s\"", at == 0 ? '{' : ',', names[i], value.data);
  }
  if (at < capacity) snprintf(json + at, capacity - at, "}");
}

static int sign_in(hlid_app* app, const hlid_session* session, const char* username, const char* password) {
  static char json[16384];
  hlid_flow *login = NULL, *begun = NULL;
  if (hlid_flow_new(app, hlid_str("login"), &login, NULL) == HLID_OK &&
      hlid_flow_set(login, hlid_str("username"), hlid_str(username), NULL) == HLID_OK &&
      hlid_flow_set(login, hlid_str("password"), hlid_str(password), NULL) == HLID_OK && run(login)) {
    write_tokens(hlid_flow_result(login), json, sizeof json);
    begun = call(session, "begin", "tokens", hlid_str(json));
  }
  hlid_flow_free(login);
  hlid_flow_free(begun);
  return begun != NULL;
}

static int use(hlid_app* app, const hlid_session* session, const char* username, const char* password) {
  char token[4096], another[4096];
  hlid_flow* flow;
  if (!sign_in(app, session, username, password) || !access_token(session, token, sizeof token)) return 0;
  printf("an access token of %lu bytes\n", (unsigned long)strlen(token));

  /* An API said 401 to it. */
  flow = call(session, "rejected", "access_token", hlid_str(token));
  hlid_flow_free(flow);
  if (flow == NULL || !access_token(session, another, sizeof another) || strcmp(token, another) == 0) return 0;
  printf("another one, because that was rejected\n");

  flow = call(session, "end", NULL, hlid_str(NULL));
  if (flow == NULL) return 0;
  printf("the session is over; revoked: %s\n", hlid_result_get(hlid_flow_result(flow), hlid_str("revoked")).data);
  hlid_flow_free(flow);
  return 1;
}

int main(int argc, char** argv) {
  char password[1024];
  hlid_settings* settings = hlid_settings_new();
  hlid_app* app = NULL;
  hlid_sessions* sessions = NULL;
  hlid_session* session = NULL;
  hlid_error* error = NULL;
  int good;
  if (argc < 5 || fgets(password, sizeof password, stdin) == NULL) {
    fprintf(stderr, "usage: %s SITE CLIENT_ID REDIRECT_URI USERNAME [CA_FILE] < password\n", argv[0]);
    return 2;
  }
  password[strcspn(password, "\n")] = '\0';

  store = hlid_memory_store_new();
  good = hlid_settings_set(settings, hlid_str("site"), hlid_str(argv[1]), &error) == HLID_OK &&
         hlid_settings_set(settings, hlid_str("client_id"), hlid_str(argv[2]), &error) == HLID_OK &&
         hlid_settings_set(settings, hlid_str("redirect_uri"), hlid_str(argv[3]), &error) == HLID_OK &&
         (argc < 6 || hlid_settings_set(settings, hlid_str("ca_file"), hlid_str(argv[5]), &error) == HLID_OK) &&
         hlid_app_new(settings, &app, &error) == HLID_OK && hlid_client_new(app, 0, &client, &error) == HLID_OK &&
         hlid_sessions_new(app, hlid_str(SESSION_KEYS), &sessions, &error) == HLID_OK &&
         hlid_session_new(sessions, hlid_str(argv[4]), &session, &error) == HLID_OK;
  if (!good) fprintf(stderr, "%s\n", hlid_error_message(error).data);
  good = good && use(app, session, argv[4], password);

  hlid_error_free(error);
  hlid_session_free(session);
  hlid_sessions_free(sessions);
  hlid_client_free(client);
  hlid_memory_store_free(store);
  hlid_app_free(app);
  hlid_settings_free(settings);
  return good ? 0 : 1;
}
