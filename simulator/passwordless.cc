// passwordless: INIT of passwordless login. The response is the same whether a person is reached or not.
#include "simulator/endpoints.h"
#include "simulator/init.h"

namespace hlid_sim {

Response init_passwordless(Org& org, const Request& request) {
  const InitCall call(org, request, kPasswordlessRules);
  if (!call.settings().is_pwdless_login_allowed) call.refuse("invalid_request", "headless passwordless login is not allowed");
  const std::string name = call.name(true);
  const std::string method = call.verification_method();
  call.email_template();
  call.check_guarded();
  call.check_rate(name);

  Verification verification = call.verify_known("passwordless-login", method, name);
  const std::string identifier = org.verifications()->begin(std::move(verification), call.settings(), org.now_ms());
  return json_response(200, {{"status", "success"}, {"identifier", identifier}});
}

}  // namespace hlid_sim
