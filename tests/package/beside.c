/* The library in one process with the system's libcurl and OpenSSL, each used before, after and around the other.
 *
 *   beside SITE CLIENT_ID REDIRECT_URI USERNAME CA_FILE      the password on standard input
 */
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headlessid/headlessid.h"

/* The host's own choice of memory, which must see the host's OpenSSL and nobody else's. */
static long blocks;
static void* counted_malloc(size_t size, const char* file, int line) {
  (void)file;
  (void)line;
  ++blocks;
  return malloc(size);
}
static void* counted_realloc(void* block, size_t size, const char* file, int line) {
  (void)file;
  (void)line;
  return realloc(block, size);
}
static void counted_free(void* block, const char* file, int line) {
  (void)file;
  (void)line;
  free(block);
}

static size_t drop(char* data, size_t size, size_t count, void* unused) {
  (void)data;
  (void)unused;
  return size * count;
}

static int get(const char* url, const char* ca_file) {
  CURL* easy = curl_easy_init();
  CURLcode code;
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
  code = curl_easy_perform(easy);
  curl_easy_cleanup(easy);
  if (code != CURLE_OK) fprintf(stderr, "the system's libcurl: %s\n", curl_easy_strerror(code));
  return code == CURLE_OK;
}

static int digest(void) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  return EVP_Digest("x", 1, out, &size, EVP_ripemd160(), NULL) == 1 && size == 20; /* ours has none */
}

static int sign_in(char** argv, const char* password) {
  hlid_settings* settings = hlid_settings_new();
  hlid_app* app = NULL;
  hlid_client* client = NULL;
  hlid_flow* flow = NULL;
  hlid_error* error = NULL;
  hlid_step step = HLID_STEP_FAILED;
  int good = hlid_settings_set(settings, hlid_str("site"), hlid_str(argv[1]), &error) == HLID_OK &&
             hlid_settings_set(settings, hlid_str("client_id"), hlid_str(argv[2]), &error) == HLID_OK &&
             hlid_settings_set(settings, hlid_str("redirect_uri"), hlid_str(argv[3]), &error) == HLID_OK &&
             hlid_settings_set(settings, hlid_str("ca_file"), hlid_str(argv[5]), &error) == HLID_OK &&
             hlid_app_new(settings, &app, &error) == HLID_OK && hlid_client_new(app, 0, &client, &error) == HLID_OK &&
             hlid_flow_new(app, hlid_str("login"), &flow, &error) == HLID_OK &&
             hlid_flow_set(flow, hlid_str("username"), hlid_str(argv[4]), &error) == HLID_OK &&
             hlid_flow_set(flow, hlid_str("password"), hlid_str(password), &error) == HLID_OK &&
             hlid_client_run(client, flow, &step, &error) == HLID_OK && step == HLID_STEP_DONE;
  if (!good) {
    const hlid_view why = hlid_error_message(error != NULL ? error : hlid_flow_error(flow));
    fprintf(stderr, "headlessid: %.*s\n", (int)why.size, why.data);
  }
  hlid_flow_free(flow);
  hlid_client_free(client);
  hlid_app_free(app);
  hlid_settings_free(settings);
  hlid_error_free(error);
  return good;
}

int main(int argc, char** argv) {
  char password[1024];
  long before;
  int i;
  if (argc != 6 || fgets(password, sizeof password, stdin) == NULL) return 2;
  password[strcspn(password, "\n")] = '\0';
  if (CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) != 1) {
    fprintf(stderr, "the system's OpenSSL has been used before main\n");
    return 1;
  }
  before = blocks;
  if (!sign_in(argv, password)) return 1;
  if (blocks != before) {
    fprintf(stderr, "the library used the system's OpenSSL: %ld blocks\n", blocks - before);
    return 1;
  }
  for (i = 0; i < 3; ++i) {
    if (!get(argv[1], argv[5]) || !digest() || !sign_in(argv, password)) return 1;
  }
  if (blocks == before) return 1;
  printf("%s\n%s\nboth work\n", curl_version(), OpenSSL_version(OPENSSL_VERSION));
  return 0;
}
