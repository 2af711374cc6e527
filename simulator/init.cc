#include "simulator/init.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

#include "simulator/registration.h"

namespace hlid_sim {
namespace {

constexpr std::string_view kNames[] = {"userdata",           "customdata",    "password", "recaptcha",  "recaptchaevent",
                                       "verificationmethod", "emailtemplate", "username", "login_hint", "otp",
                                       "newpassword"};

std::string folded(std::string_view text, bool upper) {
  std::string out;
  for (const char c : text) {
    if (c != '_' || upper)
      out += static_cast<char>(upper ? std::toupper(static_cast<unsigned char>(c)) : std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// "newPassword" where "newpassword" belongs: an org would ignore it. Other unknown names are accepted.
std::optional<std::string> misspelt(const json& body) {
  for (const auto& item : body.items()) {
    for (const auto name : kNames) {
      if (item.key() != name && folded(item.key(), false) == folded(name, false)) return std::string(name);
    }
  }
  return std::nullopt;
}

}  // namespace

const InitRules kRegistrationRules = {"registration", "user_registration_api", &Settings::does_registration_require_auth,
                                      &Settings::is_recaptcha_required_rgstr,
                                      &Settings::is_rgstr_email_template_allowlisting_enabled};
const InitRules kPasswordlessRules = {"passwordless_login", "pwdless_login_api", &Settings::does_pwdless_login_require_auth,
                                      &Settings::is_recaptcha_required_pwdless_login,
                                      &Settings::is_pwdless_login_email_template_allowlisting_enabled};
const InitRules kForgotPasswordRules = {"password_reset",
                                        "forgot_password",
                                        &Settings::does_forgot_password_require_auth,
                                        &Settings::is_recaptcha_required_forgot_pwd,
                                        &Settings::is_forgot_pwd_email_template_allowlisting_enabled,
                                        InitRules::Shape::forgot};
const InitRules kFirstPartyRegistrationRules = {"first_party_registration",
                                                "user_registration_api",
                                                &Settings::does_registration_require_auth,
                                                &Settings::is_recaptcha_required_rgstr,
                                                &Settings::is_rgstr_email_template_allowlisting_enabled,
                                                InitRules::Shape::oauth};
// The app's attestation is the proof: no source has a Bearer token here.
const InitRules kFirstPartyPasswordlessRules = {"first_party_passwordless",
                                                "pwdless_login_api",
                                                nullptr,
                                                &Settings::is_recaptcha_required_pwdless_login,
                                                &Settings::is_pwdless_login_email_template_allowlisting_enabled,
                                                InitRules::Shape::oauth};
// Its setting has a misleading name: it is reCAPTCHA that it requires.
const InitRules kFirstPartyPasswordRules = {
    "first_party_login", "", nullptr, &Settings::does_password_login_require_auth, nullptr, InitRules::Shape::oauth};

std::optional<json> strict_json_object(const std::string& text) {
  std::vector<std::set<std::string>> names;
  bool twice = false;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key) twice = !names.back().insert(parsed.get<std::string>()).second || twice;
    return true;
  };
  json parsed = json::parse(text, watch, false);
  if (!parsed.is_object() || twice) return std::nullopt;
  return parsed;
}

std::optional<std::string> password_problem(const Settings& settings, const std::string& password) {
  const auto characters =
      std::count_if(password.begin(), password.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u; });
  if (characters < settings.password_min_length)
    return "Your password must be at least " + std::to_string(settings.password_min_length) + " characters long.";
  if (!settings.is_password_letter_and_digit_required) return std::nullopt;
  const auto any = [&](int (*kind)(int)) {
    return std::any_of(password.begin(), password.end(), [&](char c) { return kind(static_cast<unsigned char>(c)) != 0; });
  };
  if (!any(std::isalpha) || !any(std::isdigit)) return "Your password must include letters and numbers.";
  return std::nullopt;
}

std::optional<std::string> verified_address(const Org& org, const User& user, const std::string& method) {
  if (!org.directory()->may_sign_in(user)) return std::nullopt;
  const bool by_email = method == "email";
  const std::string& address = by_email ? user.email : user.phone;
  if (address.empty() || !(by_email ? user.email_verified : user.phone_verified)) return std::nullopt;
  return address;
}

std::optional<std::string> bearer_problem(const Org& org, const Request& request, std::string_view scope) {
  if (!request.header("authorization")) return "missing access token";
  const auto token = bearer_token(request);
  const auto access = token ? org.tokens()->find_access_token(*token) : std::nullopt;
  if (!access || access->grant->guest) return "invalid access token";
  if (!scope.empty() && !contains(access->scopes, scope)) return "the access token lacks the scope " + std::string(scope);
  return std::nullopt;
}

InitCall::InitCall(Org& org, const Request& request, const InitRules& rules)
    : org_(org), request_(request), rules_(rules), settings_(org.settings()) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST", 405);
  if (!request.query.empty()) refuse("invalid_request", "parameters must be in the body");
  // Salesforce's own sample sends no type, so a missing type is accepted; a form is refused.
  if (!request.header("content-type").value_or("").empty() && !request.is_json())
    refuse("invalid_request", "the body must be application/json");
  auto body = strict_json_object(request.body);
  if (!body) refuse("invalid_request", "the body must be a JSON object");
  body_ = std::move(*body);
  if (const auto name = misspelt(body_)) refuse("invalid_request", "unknown member; did you mean " + *name + "?");
}

InitCall::InitCall(Org& org, const Request& request, const InitRules& rules, json body)
    : org_(org), request_(request), rules_(rules), settings_(org.settings()), body_(std::move(body)) {
  if (const auto name = misspelt(body_)) refuse("invalid_request", "unknown member; did you mean " + *name + "?");
}

void InitCall::refuse(std::string_view code, std::string_view text, int status) const {
  if (rules_.shape == InitRules::Shape::forgot && status == 400)
    hlid_sim::refuse(json_response(settings_.forgot_password_error_status, {{"status", "failed"}, {"invalid_request", text}}));
  if (rules_.shape == InitRules::Shape::oauth) hlid_sim::refuse(oauth_error(status, code, text));
  if (settings_.init_error_shape == "rest")
    hlid_sim::refuse(json_response(status, json::array({{{"message", text}, {"errorCode", folded(code, true)}}})));
  if (settings_.init_error_shape == "status") hlid_sim::refuse(json_response(status, {{"status", "failed"}, {"message", text}}));
  hlid_sim::refuse(oauth_error(status, code, text));
}

bool InitCall::has(const char* name) const { return body_.contains(name) && !body_[name].is_null(); }

std::optional<std::string> InitCall::text(const char* name) const {
  if (!has(name)) return std::nullopt;
  if (!body_[name].is_string()) refuse("invalid_request", std::string(name) + " must be text");
  return body_[name].get<std::string>();
}

std::string InitCall::require(const char* name) const {
  const auto value = text(name);
  if (!value || value->empty()) refuse("invalid_request", std::string("missing required member: ") + name);
  return *value;
}

json InitCall::object(const char* name) const {
  if (!has(name)) return json::object();
  if (!body_[name].is_object()) refuse("invalid_request", std::string(name) + " must be an object");
  return body_[name];
}

void InitCall::check_protection(bool recaptcha_required) const {
  const bool auth_required = rules_.auth_required != nullptr && settings_.*rules_.auth_required;
  if (auth_required || request_.header("authorization")) {
    if (const auto problem = bearer_problem(org_, request_, rules_.bearer_scope)) {
      const bool lacks_scope = problem->find("scope") != std::string::npos;
      refuse(lacks_scope ? "insufficient_scope" : "invalid_token", *problem, lacks_scope ? 403 : 401);
    }
  }
  const auto plain = text("recaptcha");
  const json event = object("recaptchaevent");
  if (plain && has("recaptchaevent")) refuse("invalid_request", "recaptcha cannot be combined with recaptchaevent");
  if (!plain && !has("recaptchaevent")) {
    if (recaptcha_required) refuse("invalid_request", "missing reCAPTCHA token");
    return;
  }
  if (settings_.recaptcha_kind != "any" && settings_.recaptcha_kind != (plain ? "recaptcha" : "recaptchaevent"))
    refuse("invalid_request", "the site's reCAPTCHA key requires " + settings_.recaptcha_kind);
  if (!plain) {
    for (const char* name : {"token", "siteKey", "expectedAction", "projectId"}) {
      const auto member = event.find(name);
      if (member == event.end() || !member->is_string() || member->get<std::string>().empty())
        refuse("invalid_request", std::string("recaptchaevent needs ") + name);
    }
  }
  const std::string token = plain ? *plain : event["token"].get<std::string>();
  org_.watch()->count_use("recaptcha_tokens", token);
  if (token.empty() || !org_.watch()->spend("recaptcha_tokens", token) || !settings_.is_recaptcha_accepted)
    refuse("invalid_request", "reCAPTCHA verification failed");
}

void InitCall::check_guarded() const {
  const bool recaptcha_required = settings_.*rules_.recaptcha_required;
  if (settings_.is_protection_required && !recaptcha_required && !(settings_.*rules_.auth_required))
    refuse("invalid_request", "the site must require authentication, reCAPTCHA, or both");
  check_protection(recaptcha_required);
}

std::string InitCall::verification_method() const {
  std::string method = require("verificationmethod");
  if (method != "email" && method != "sms") refuse("invalid_request", "verificationmethod must be email or sms");
  return method;
}

std::string InitCall::email_template() const {
  const auto asked = text("emailtemplate");
  if (!asked) return "default";
  if (!(settings_.*rules_.templates_allowed)) refuse("invalid_request", "email templates are not allowed for this flow");
  if (!contains(settings_.network_email_tmpl_allowlist, *asked))
    refuse("invalid_request", "the email template is not on the allowlist");
  return *asked;
}

std::string InitCall::name(bool discovery_allowed) const {
  if (has("username") && has("login_hint")) refuse("invalid_request", "username cannot be combined with login_hint");
  if (!has("login_hint")) {
    if (has("customdata")) refuse("invalid_request", "customdata needs a login_hint");
    return require("username");
  }
  if (!settings_.headless_discovery_handler || !discovery_allowed)
    refuse("invalid_request", "login_hint needs a user discovery handler");
  object("customdata");
  return require("login_hint");
}

std::shared_ptr<const User> InitCall::person(const std::string& name) const {
  return has("login_hint") ? org_.directory()->discover(name) : org_.directory()->find_user(name);
}

void InitCall::check_rate(const std::string& name) const {
  if (!settings_.is_otp_rate_limit_enabled) return;
  if (!org_.outbox()->may_ask(name, settings_.otp_requests_per_hour, org_.now_ms()))
    refuse("rate_limit_exceeded", "too many requests for a verification code; try again later", 403);
}

void InitCall::check_password(const std::string& password) const {
  if (const auto problem = password_problem(settings_, password)) refuse("invalid_request", *problem);
}

void InitCall::send(const std::string& to, const std::string& channel, const std::string& username,
                    const std::string& otp) const {
  const std::string which = channel == "email" ? email_template() : "";
  org_.outbox()->send({to, channel, std::string(rules_.flow), username, otp, which, org_.now_ms()});
}

Verification InitCall::verify_known(const char* purpose, const std::string& method, const std::string& name) const {
  Verification verification{purpose, method, name, {}, ""};
  const auto user = person(name);
  const auto address = user ? verified_address(org_, *user, method) : std::nullopt;
  if (!address) return verification;
  verification.person = *user;
  verification.otp = make_digits(settings_.otp_length);
  send(*address, method, user->username, verification.otp);
  return verification;
}

Verification InitCall::verify_newcomer(const char* purpose, const std::string& method) const {
  if (!has("userdata")) refuse("invalid_request", "missing required member: userdata");
  Verification verification{purpose, method, "", {}, ""};
  User& person = verification.person;
  if (const auto problem = read_newcomer(object("userdata"), object("customdata"), method, person))
    refuse("invalid_request", *problem);
  if (const auto password = text("password")) {
    check_password(*password);
    person.password = *password;
  }
  email_template();
  check_guarded();
  check_rate(person.username);
  verification.about = person.username;
  verification.otp = make_digits(settings_.otp_length);
  send(method == "email" ? person.email : person.phone, method, person.username, verification.otp);
  return verification;
}

}  // namespace hlid_sim
