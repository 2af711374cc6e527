// init.h: what the calls that send a message to a person have in common: a JSON body, protection against robots and
// strangers, an email template, and three shapes of errors. The sources do not say which shape an org uses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

struct InitRules {
  std::string_view flow;           // as messages name it
  std::string_view bearer_scope;   // what an integration user's token must carry
  bool Settings::* auth_required;  // null: never
  bool Settings::* recaptcha_required;
  bool Settings::* templates_allowed;
  enum class Shape { as_set, forgot, oauth } shape = Shape::as_set;  // of errors
};
extern const InitRules kRegistrationRules;
extern const InitRules kPasswordlessRules;
extern const InitRules kForgotPasswordRules;
extern const InitRules kFirstPartyRegistrationRules;
extern const InitRules kFirstPartyPasswordlessRules;
extern const InitRules kFirstPartyPasswordRules;

// Purposes of a Verification besides the values of Auth-Request-Type.
inline constexpr const char* kFirstPartyRegistration = "first-party-registration";
inline constexpr const char* kFirstPartyLogin = "first-party-login";

class InitCall {
 public:
  // Refuses what is not a POST of one JSON object, and names in the wrong case.
  InitCall(Org& org, const Request& request, const InitRules& rules);
  // For a body that has been read already.
  InitCall(Org& org, const Request& request, const InitRules& rules, json body);

  [[noreturn]] void refuse(std::string_view code, std::string_view text, int status = 400) const;
  const Settings& settings() const { return settings_; }

  // A member that is null counts as absent. A member of the wrong type is refused.
  bool has(const char* name) const;
  std::optional<std::string> text(const char* name) const;
  std::string require(const char* name) const;
  json object(const char* name) const;  // empty where absent

  // Spends the reCAPTCHA token. A token that is sent is checked even if none is required.
  void check_protection(bool recaptcha_required) const;
  // The same, where an org demands that the site has at least one protection.
  void check_guarded() const;
  std::string verification_method() const;
  std::string email_template() const;  // "default" if the request names none
  // The name in the request: username or, where user discovery allows it, login_hint; and the person it names.
  std::string name(bool discovery_allowed) const;
  std::shared_ptr<const User> person(const std::string& name) const;
  void check_rate(const std::string& name) const;
  void check_password(const std::string& password) const;
  void send(const std::string& to, const std::string& channel, const std::string& username, const std::string& otp) const;
  // Sends a code to the person with this name, if the method reaches them; otherwise no code will be right.
  Verification verify_known(const char* purpose, const std::string& method, const std::string& name) const;
  // Reads userdata, customdata and password, checks protection and template, and sends a code.
  Verification verify_newcomer(const char* purpose, const std::string& method) const;

 private:
  Org& org_;
  const Request& request_;
  const InitRules& rules_;
  const Settings settings_;
  json body_;
};

// A JSON object without duplicate names; absent for any other text.
std::optional<json> strict_json_object(const std::string& text);
// Why the policy refuses a password, as a sentence; absent if it is allowed.
std::optional<std::string> password_problem(const Settings& settings, const std::string& password);
// The address or number to send a code to; absent if it is missing or not verified, or the person cannot sign in anyway.
std::optional<std::string> verified_address(const Org& org, const User& user, const std::string& method);
// Why a Bearer token is not sufficient for an integration user's call; absent if it is.
std::optional<std::string> bearer_problem(const Org& org, const Request& request, std::string_view scope);

}  // namespace hlid_sim
