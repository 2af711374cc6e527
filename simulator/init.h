// init.h: what the calls that send a message to a person have in common: a JSON body, protection against robots and
// strangers, an email template, and three shapes of saying no. The sources do not say which shape an org uses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

struct InitRules {
  std::string_view flow;          // as messages name it
  std::string_view bearer_scope;  // what an integration user's token must carry
  bool Settings::* auth_required;
  bool Settings::* recaptcha_required;
  bool Settings::* templates_allowed;
  bool forgot = false;  // forgot password says no in a shape of its own
};
extern const InitRules kRegistrationRules;
extern const InitRules kPasswordlessRules;
extern const InitRules kForgotPasswordRules;

class InitCall {
 public:
  // Refuses what is not a POST of one JSON object, and names in the wrong case.
  InitCall(Org& org, const Request& request, const InitRules& rules);

  [[noreturn]] void refuse(std::string_view code, std::string_view text, int status = 400) const;
  const Settings& settings() const { return settings_; }

  // A member that is null is as good as absent. Of another type than asked for, it is refused.
  bool has(const char* name) const;
  std::optional<std::string> text(const char* name) const;
  std::string require(const char* name) const;
  json object(const char* name) const;  // empty where absent

  // Spends the reCAPTCHA token. What is sent is checked even where nothing is required.
  void check_protection(bool recaptcha_required) const;
  std::string verification_method() const;
  std::string email_template() const;  // "default" where none was asked for
  // The name that was given, by username or, where user discovery allows it, by login_hint; and who that is.
  std::string name(bool discovery_allowed) const;
  std::shared_ptr<const User> person(const std::string& name) const;
  void check_rate(const std::string& name) const;
  void check_password(const std::string& password) const;
  void send(const std::string& to, const std::string& channel, const std::string& username, const std::string& otp) const;

 private:
  Org& org_;
  const Request& request_;
  const InitRules& rules_;
  const Settings settings_;
  json body_;
};

// A JSON object in which no name stands twice; nothing for any other text.
std::optional<json> strict_json_object(const std::string& text);
// Why the policy refuses a password, for people; nothing where it does not.
std::optional<std::string> password_problem(const Settings& settings, const std::string& password);
// Where a person can be reached for a code; nothing where the address or number is missing or not verified, or the
// person cannot sign in anyway.
std::optional<std::string> verified_address(const Org& org, const User& user, const std::string& method);
// Counts the token; refused is one that came before, or any while the org's setting says so.
bool accept_recaptcha(Org& org, const Settings& settings, const std::string& token);
// Why a Bearer token does not do for an integration user's call; nothing where it does.
std::optional<std::string> bearer_problem(const Org& org, const Request& request, std::string_view scope);

}  // namespace hlid_sim
