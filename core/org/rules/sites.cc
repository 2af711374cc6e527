// Sites and the org: headless settings that do not go together.
#include <algorithm>

#include "base/text.h"
#include "org/rules/rules.h"

namespace hlid::org {
namespace {

#define HLID_SITE "networkAuthApiSettings."

constexpr Rule kUnguarded{
    "endpoint_unguarded", Severity::error,
    "An endpoint that sends messages is open, but requires neither the token of an integration user nor reCAPTCHA: Salesforce demands at least one of them."};
constexpr Rule kNoKey{"recaptcha_without_key", Severity::error, "reCAPTCHA is required, but the site has no secret key for it."};
constexpr Rule kNoHandler{
    "registration_without_handler", Severity::error,
    "Registration is allowed, but there is no handler class that creates users, or no user that it runs as."};
constexpr Rule kNoDiscovery{"discovery_without_handler", Severity::error,
                            "login_hint is allowed, but there is no handler class that finds users, or no user that it runs as."};
constexpr Rule kMisleading{"password_login_means_recaptcha", Severity::note,
                           "doesPasswordLoginRequireAuth requires reCAPTCHA for a first-party login, whatever its name says."};
constexpr Rule kProfile{
    "registered_profile_not_approved", Severity::warning,
    "Users who register get a profile that the app's policies do not name: unless the handler assigns a permission set of the "
    "app's, they cannot use it."};
constexpr Rule kRules[] = {kUnguarded, kNoKey, kNoHandler, kNoDiscovery, kMisleading, kProfile};

struct Endpoint {
  const char* allowed;
  const char* token;
  const char* recaptcha;
  std::string_view what;
};
constexpr Endpoint kEndpoints[] = {
    {HLID_SITE "isHeadlessUserRegistrationAllowed", HLID_SITE "doesRegistrationRequireAuth", HLID_SITE "isRecaptchaRequiredRgstr",
     "Registration"},
    {HLID_SITE "isPwdlessLoginAllowed", HLID_SITE "doesPwdlessLoginRequireAuth", HLID_SITE "isRecaptchaRequiredPwdlessLogin",
     "Passwordless login"},
    {HLID_SITE "isForgotPwdAllowed", HLID_SITE "doesForgotPasswordRequireAuth", HLID_SITE "isRecaptchaRequiredForgotPwd",
     "Forgot password"},
};

void check_site(Review& review, const Document& site) {
  const auto value = [&](const char* path) { return Configuration::value_in(site, path); };
  const auto say = [&](const Rule& rule, const Value& where, std::string_view message, std::string_view change) {
    review.add(rule, site, where.path, where.line, message, change);
  };
  bool asks_recaptcha = value(HLID_SITE "doesPasswordLoginRequireAuth").is("true");
  for (const Endpoint& endpoint : kEndpoints) {
    const Value allowed = value(endpoint.allowed);
    const Value token = value(endpoint.token);
    const Value recaptcha = value(endpoint.recaptcha);
    asks_recaptcha = asks_recaptcha || recaptcha.is("true");
    // What the file leaves as it is in the org is not judged.
    if (allowed.is("true") && token.is("false") && recaptcha.is("false")) {
      say(kUnguarded, token, join({endpoint.what, " is allowed, but requires neither authentication nor reCAPTCHA."}),
          join({"Set ", token.path, " or ", recaptcha.path, " to true."}));
    }
  }
  const Value password = value(HLID_SITE "doesPasswordLoginRequireAuth");
  if (password.is("true")) {
    say(kMisleading, password, "This requires reCAPTCHA for a first-party login, whatever its name says.",
        "Set it to false if you do not want reCAPTCHA.");
  }
  const Value key = value(HLID_SITE "recaptchaSecretKey");
  if (asks_recaptcha && key.given == Given::given && key.text.empty()) {
    say(kNoKey, key, "reCAPTCHA is required, but its secret key is empty.", "Add the key when you deploy; never commit it.");
  }
  const auto requires_class = [&](const Rule& rule, const Value& wish, const char* handler, const char* user) {
    if (!wish.is("true")) return;
    for (const char* needed : {handler, user}) {
      Value part = value(needed);
      if (part.present()) continue;
      part.line = part.given == Given::given ? part.line : wish.line;
      say(rule, part, join({wish.path, " is true, and ", needed, " is ", shown(part), "."}), join({"Add ", needed, "."}));
    }
  };
  requires_class(kNoHandler, value(HLID_SITE "isHeadlessUserRegistrationAllowed"), HLID_SITE "registrationHandler",
                 HLID_SITE "registrationExecutionUser");
  const Value by_password = value(HLID_SITE "isUserDisambiguationAllowedUsernamePwd");
  requires_class(kNoDiscovery, by_password.is("true") ? by_password : value(HLID_SITE "isUserDisambiguationAllowedForgotPwd"),
                 HLID_SITE "headlessDiscoveryHandler", HLID_SITE "headlessDiscoveryExecutionUser");
  // Passwordless login has no switch: there the class alone decides.
  const Value finder = value(HLID_SITE "headlessDiscoveryHandler");
  Value user = value(HLID_SITE "headlessDiscoveryExecutionUser");
  const bool is_said = by_password.is("true") || value(HLID_SITE "isUserDisambiguationAllowedForgotPwd").is("true");
  if (finder.present() && !user.present() && !is_said) {
    user.line = user.given == Given::given ? user.line : finder.line;
    say(kNoDiscovery, user, join({finder.path, " is ", shown(finder), ", and ", user.path, " is ", shown(user), "."}),
        join({"Add ", user.path, "."}));
  }
}

// New users have no permission set: only their profile can be among those of the app.
void check_profile(Review& review, const Document& site) {
  if (!Configuration::value_in(site, HLID_SITE "isHeadlessUserRegistrationAllowed").is("true")) return;
  const Value profile = Configuration::value_in(site, HLID_SITE "registrationUserDefaultProfile");
  if (!profile.present()) return;
  for (const App& app : review.configuration.apps()) {
    const bool headless = app.value("ExtlClntAppGlobalOauthSettings.isCodeCredFlowEnabled").is("true");
    if (!headless || app.permitted_users().text != "AdminApprovedPreAuthorized") continue;
    const std::vector<Value> profiles = app.all("ExtlClntAppOauthConfigurablePolicies.commaSeparatedProfile");
    const bool named = std::any_of(profiles.begin(), profiles.end(), [&](const Value& one) { return one.text == profile.text; });
    if (named) continue;
    Finding& finding =
        review.add(kProfile, site, profile.path, profile.line,
                   join({"The profile ", shown(profile.text), " of new users is not among those of ", shown(app.name), "."}),
                   "Add it to the app's profiles, or let the handler assign a permission set of the app's.");
    finding.app = app.name;
  }
}

}  // namespace

std::span<const Rule> site_rules() { return kRules; }

void check_sites(Review& review) {
  for (const Document* site : review.configuration.of_type("Network")) {
    if (site->root.find("networkAuthApiSettings") == nullptr) continue;
    check_site(review, *site);
    check_profile(review, *site);
  }
}

}  // namespace hlid::org
