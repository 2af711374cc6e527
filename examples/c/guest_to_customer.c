/* A guest becomes a signed-in customer and logs out, in C with the library's own client.
 *
 *   guest_to_customer SITE CLIENT_ID REDIRECT_URI USERNAME [CA_FILE]      the password on standard input
 *
 * Exit status: 0 when the named session holds the guest's UVID, 2 when an argument or the password is missing, otherwise 1.
 */
#include <stdio.h>
#include <string.h>

#include "headlessid/headlessid.h"

static void print(const char* label, hlid_view text) {
  printf("%-12s %.*s\n", label, (int)text.size, text.data == NULL ? "" : text.data);
}

static int complain(const hlid_error* error) {
  const hlid_view message = hlid_error_message(error);
  const hlid_view hint = hlid_error_hint(error);
  fprintf(stderr, "%.*s\n", (int)message.size, message.data);
  if (hint.data != NULL) fprintf(stderr, "What to change: %.*s\n", (int)hint.size, hint.data);
  return 1;
}

/* Runs the flow to its end; NULL after DONE, the error after FAILED. */
static const hlid_error* run(hlid_client* client, hlid_flow* flow, hlid_error** own) {
  hlid_step step = HLID_STEP_FAILED;
  if (hlid_client_run(client, flow, &step, own) != HLID_OK) return *own;
  return step == HLID_STEP_DONE ? NULL : hlid_flow_error(flow);
}

/* Ends the session with whichever tokens the login brought. The flow copies what it is set to. */
static const hlid_error* log_out(hlid_client* client, hlid_flow* logout, const hlid_result* session, hlid_error** own) {
  static const char* const tokens[] = {"access_token", "refresh_token"};
  size_t i;
  for (i = 0; i < sizeof tokens / sizeof *tokens; ++i) {
    const hlid_view token = hlid_result_get(session, hlid_str(tokens[i]));
    if (token.data != NULL && hlid_flow_set(logout, hlid_str(tokens[i]), token, own) != HLID_OK) return *own;
  }
  return run(client, logout, own);
}

int main(int argc, char** argv) {
  char password[1024];
  hlid_settings* settings = NULL;
  hlid_app* app = NULL;
  hlid_client* client = NULL;
  hlid_flow *guest = NULL, *login = NULL, *logout = NULL;
  hlid_error* own = NULL;
  const hlid_error* error = NULL;
  int status = 1;

  if (argc < 5) {
    fprintf(stderr, "usage: %s SITE CLIENT_ID REDIRECT_URI USERNAME [CA_FILE] < password\n", argv[0]);
    return 2;
  }
  if (fgets(password, sizeof password, stdin) == NULL) return 2;
  password[strcspn(password, "\n")] = '\0';

  settings = hlid_settings_new();
  if (hlid_settings_set(settings, hlid_str("site"), hlid_str(argv[1]), &own) != HLID_OK ||
      hlid_settings_set(settings, hlid_str("client_id"), hlid_str(argv[2]), &own) != HLID_OK ||
      hlid_settings_set(settings, hlid_str("redirect_uri"), hlid_str(argv[3]), &own) != HLID_OK ||
      hlid_settings_set(settings, hlid_str("ca_file"), hlid_str(argc > 5 ? argv[5] : NULL), &own) != HLID_OK ||
      hlid_app_new(settings, &app, &own) != HLID_OK || hlid_client_new(app, 0, &client, &own) != HLID_OK) {
    status = complain(own);
    goto end;
  }

  if (hlid_flow_new(app, hlid_str("guest"), &guest, &own) != HLID_OK) error = own;
  if (error == NULL) error = run(client, guest, &own);
  if (error != NULL) {
    status = complain(error);
    goto end;
  }
  print("guest", hlid_result_get(hlid_flow_result(guest), hlid_str("uvid")));

  /* The guest's token carries the visitor into the login; copied when it is set. */
  if (hlid_flow_new(app, hlid_str("login"), &login, &own) != HLID_OK ||
      hlid_flow_set(login, hlid_str("username"), hlid_str(argv[4]), &own) != HLID_OK ||
      hlid_flow_set(login, hlid_str("password"), hlid_str(password), &own) != HLID_OK ||
      hlid_flow_set(login, hlid_str("guest_token"), hlid_result_get(hlid_flow_result(guest), hlid_str("access_token")), &own) !=
          HLID_OK) {
    error = own;
  }
  memset(password, 0, sizeof password);
  if (error == NULL) error = run(client, login, &own);
  if (error != NULL) {
    status = complain(error);
    goto end;
  }
  {
    const hlid_result* result = hlid_flow_result(login);
    const hlid_view carry = hlid_result_get(result, hlid_str("uvid_carry"));
    print("customer", hlid_result_get(result, hlid_str("uvid")));
    print("uvid_carry", carry);
    status = carry.size == strlen("carried") && memcmp(carry.data, "carried", carry.size) == 0 ? 0 : 1;
  }
  if (hlid_flow_new(app, hlid_str("logout"), &logout, &own) != HLID_OK) error = own;
  if (error == NULL) error = log_out(client, logout, hlid_flow_result(login), &own);
  if (error != NULL) status = complain(error);

end:
  hlid_error_free(own);
  hlid_flow_free(logout);
  hlid_flow_free(login);
  hlid_flow_free(guest);
  hlid_client_free(client);
  hlid_app_free(app);
  hlid_settings_free(settings);
  return status;
}
