/* Signs in with the packaged library, and stops twice to be looked at: with everything at hand, and with everything freed.
 *
 *   held SITE CLIENT_ID REDIRECT_URI USERNAME CA_FILE      standard input: the password, then a line for each stop
 *
 * What it writes goes from the library's memory to the system at once: nothing here keeps a copy. */
#include <string.h>
#include <unistd.h>

#include "headlessid/headlessid.h"

static int out(hlid_view text) { return write(1, text.data, text.size) == (ssize_t)text.size && write(1, "\n", 1) == 1; }

static int line_of(char* into, size_t size) {
  size_t used = 0;
  while (used + 1 < size && read(0, into + used, 1) == 1 && into[used] != '\n') ++used;
  into[used] = '\0';
  return used > 0;
}

int main(int argc, char** argv) {
  static const char* const settings_of[] = {"site", "client_id", "redirect_uri", NULL, "ca_file"};
  char password[256];
  volatile char* wiped = password;
  size_t i;
  int arg;
  hlid_step step = HLID_STEP_FAILED;
  hlid_app* app = NULL;
  hlid_client* client = NULL;
  hlid_flow* login = NULL;
  hlid_settings* settings = hlid_settings_new();
  if (argc != 6 || !line_of(password, sizeof password)) return 2;
  for (arg = 1; arg < argc; ++arg) {
    const char* name = settings_of[arg - 1];
    if (name != NULL && hlid_settings_set(settings, hlid_str(name), hlid_str(argv[arg]), NULL) != HLID_OK) return 3;
  }
  if (hlid_app_new(settings, &app, NULL) != HLID_OK || hlid_client_new(app, 0, &client, NULL) != HLID_OK ||
      hlid_flow_new(app, hlid_str("login"), &login, NULL) != HLID_OK ||
      hlid_flow_set(login, hlid_str("username"), hlid_str(argv[4]), NULL) != HLID_OK ||
      hlid_flow_set(login, hlid_str("password"), hlid_str(password), NULL) != HLID_OK) {
    return 4;
  }
  for (i = 0; i < sizeof password; ++i) wiped[i] = 0;
  if (hlid_client_run(client, login, &step, NULL) != HLID_OK || step != HLID_STEP_DONE) return 5;
  if (!out(hlid_result_get(hlid_flow_result(login), hlid_str("access_token"))) || !line_of(password, sizeof password)) return 6;
  hlid_flow_free(login);
  hlid_client_free(client);
  hlid_app_free(app);
  hlid_settings_free(settings);
  return out(hlid_str("freed")) && line_of(password, sizeof password) ? 0 : 7;
}
