// Apps: switches that do not go together, whatever flow is wanted.
#include <algorithm>

#include "base/text.h"
#include "org/rules/rules.h"

namespace hlid::org {
namespace {

#define HLID_GLOBAL "ExtlClntAppGlobalOauthSettings."
#define HLID_OAUTH "ExtlClntAppOauthSettings."
#define HLID_POLICIES "ExtlClntAppOauthConfigurablePolicies."

constexpr Rule kPublicSecret{
    "public_client_secret_required", Severity::error,
    "A public client has no secret, but the app requires one. isConsumerSecretOptional is inverted: true for public "
    "clients. A help article states the opposite."};
constexpr Rule kPrivateSecret{
    "private_client_secret_optional", Severity::warning,
    "A private client has a secret, but the app does not require it. isConsumerSecretOptional is inverted: false "
    "for private clients. A help article states the opposite."};
constexpr Rule kSecretsDisagree{
    "secret_switches_disagree", Severity::warning,
    "isConsumerSecretOptional and isSecretRequiredForRefreshToken say opposite things: one is for a public client, "
    "the other for a private one. The first is inverted, and a help article states the opposite."};
constexpr Rule kGuestJwt{
    "guest_without_jwt", Severity::error,
    "Guests are allowed, but their tokens are not JWTs: the policies lack guestJwtSessionTimeoutType and guestJwtTimeout."};
constexpr Rule kGuestLost{"guest_is_not_carried", Severity::warning,
                          "Guests are allowed, but the tokens of users are opaque: the visitor's UVID is lost at login."};
constexpr Rule kPostOnly{
    "post_only_with_header", Severity::error,
    "The app accepts username and password in the body of a POST alone, but the setting credentials_placement is header: the server ignores the header and shows its login page."};
constexpr Rule kUrlCredentials{
    "credentials_in_any_place", Severity::note,
    "The app accepts username and password in a GET and in a header, too. Passwords in addresses end up in logs."};
constexpr Rule kApprovedForNobody{
    "admin_approval_without_users", Severity::warning,
    "Only users that an admin has approved may use the app, but no permission set or profile is named."};
constexpr Rule kProofKeyAbsent{"proof_key_default_differs", Severity::warning,
                               "Connected apps do not require a proof key unless they say so; external client apps do."};
constexpr Rule kProofKeyOff{"proof_key_not_required", Severity::warning,
                            "The app accepts codes without a proof key (PKCE): anyone who steals a code can redeem it."};
constexpr Rule kProofKeyReverts{
    "proof_key_comes_back", Severity::warning,
    "An external client app with isPkceRequired false deploys, but current orgs set it back to true."};
constexpr Rule kHybrid{"hybrid_with_jwt_and_rotation", Severity::warning,
                       "Hybrid flows do not support JWT-based access tokens together with refresh token rotation."};
constexpr Rule kHalf{
    "switch_on_one_side", Severity::warning,
    "The client credentials and the token exchange flow have a switch in the app and one in its policies: both must be on."};
constexpr Rule kRunAsKey{"run_as_user_without_key", Severity::warning,
                         "oauthClientCredentialUser of a connected app deploys only together with consumerKey."};
constexpr Rule kPlugin{
    "invalid_plugin_settings", Severity::error,
    "There are timeouts for named users, but no JWT-based access tokens: the deployment fails with \"Invalid plugin settings\".",
    true};
constexpr Rule kTimeoutPair{"timeout_without_type", Severity::error,
                            "A timeout in minutes requires the type Custom; UserSession uses the timeout of the session.", true};
constexpr Rule kNoScopes{"no_scopes", Severity::error, "An app must have at least one OAuth scope, or the org does not save it.",
                         true};
constexpr Rule kFirstParty{"first_party_without_certificate", Severity::error,
                           "A first-party app needs the certificate that validates its attestation."};
constexpr Rule kAsset{"asset_tokens_incomplete", Severity::error,
                      "Asset tokens need all three: signing certificate, audiences and validity."};
constexpr Rule kHighAssurance{"high_assurance_session", Severity::warning,
                              "The app requires a high assurance session, which the bearer flows cannot have."};
constexpr Rule kRotates{
    "credentials_rotate", Severity::warning,
    "Each deployment of this file gives the app a new key or secret, and clients that have the old one fail."};
constexpr Rule kOneOrg{"bound_to_one_org", Severity::note,
                       "The value belongs to one org: in another the deployment fails, or links to the wrong app."};
constexpr Rule kHandler{
    "handler_class_wrong", Severity::warning,
    "A handler's class is not among the files, or does not have the base class or interface that the flow calls."};
constexpr Rule kRules[] = {kPublicSecret,   kPrivateSecret,     kSecretsDisagree, kGuestJwt,    kGuestLost,       kPostOnly,
                           kUrlCredentials, kApprovedForNobody, kProofKeyAbsent,  kProofKeyOff, kProofKeyReverts, kHybrid,
                           kHalf,           kRunAsKey,          kPlugin,          kTimeoutPair, kNoScopes,        kFirstParty,
                           kAsset,          kHighAssurance,     kRotates,         kOneOrg,      kHandler};

std::string set_to(const Value& value, std::string_view wanted) {
  const bool has_setting = value.element != nullptr && value.element->setting != nullptr;
  const std::string setup = has_setting ? setup_of(*value.element->setting, value.name()) : std::string();
  return join({"Set ", value.path, " to ", wanted, setup.empty() ? "" : " (", setup, setup.empty() ? "." : ")."});
}

class Look {
 public:
  Look(Review& review, const App& app) : review_(review), app_(app) {}

  void at_secrets() const {
    using Client = Circumstances::Client;
    const Client client = review_.circumstances.client;
    const Value optional = app_.value(HLID_GLOBAL "isConsumerSecretOptional");
    const Value refresh = app_.value(HLID_GLOBAL "isSecretRequiredForRefreshToken");
    const Value exchange = app_.value(HLID_GLOBAL "isSecretRequiredForTokenExchange");
    if (client == Client::of_public) {
      want(kPublicSecret, optional, "true", "A public client has no secret, and must be allowed to do without.");
      want(kPublicSecret, refresh, "false", "A public client has no secret to refresh with.");
      if (app_.value(HLID_GLOBAL "isTokenExchangeEnabled").is("true")) {
        want(kPublicSecret, exchange, "false", "A public client has no secret to exchange tokens with.");
      }
    } else if (client == Client::of_private) {
      want(kPrivateSecret, optional, "false", "Anyone who knows the client_id can redeem codes.");
      want(kPrivateSecret, refresh, "true", "A refresh token alone is enough.");
    } else if (optional.given == Given::given && optional.is("true") && refresh.is("true")) {
      say(kSecretsDisagree, optional,
          join({"The secret is optional, as for a public client; isSecretRequiredForRefreshToken is ", shown(refresh), "."}),
          "Public client: set isSecretRequiredForRefreshToken to false. Private client: set isConsumerSecretOptional to false.");
    } else if (optional.is("false") && refresh.given == Given::given && refresh.is("false")) {
      say(kSecretsDisagree, refresh,
          join({"A refresh needs no secret, as for a public client; isConsumerSecretOptional is ", shown(optional), "."}),
          "Public client: set isConsumerSecretOptional to true. Private client: set isSecretRequiredForRefreshToken to true.");
    }
  }

  void at_guests() const {
    const Value guests = app_.value(HLID_POLICIES "isGuestCodeCredFlowEnabled");
    if (!guests.is("true")) return;
    const Value type = app_.value(HLID_POLICIES "guestJwtSessionTimeoutType");
    const Value minutes = app_.value(HLID_POLICIES "guestJwtTimeout");
    if (!type.present() && !minutes.present()) {
      Value at = minutes;
      at.line = guests.line;
      say(kGuestJwt, at, "Guests are allowed, but their tokens would not be JWTs.",
          "Add guestJwtTimeout (1, 5, 10, 15 or 30), or guestJwtSessionTimeoutType UserSession.");
    }
    const Value jwt = app_.value(HLID_GLOBAL "isNamedUserJwtEnabled");
    if (jwt.is("false")) {
      say(kGuestLost, jwt,
          join({"Guests are allowed, but isNamedUserJwtEnabled is ", shown(jwt), ": a visitor's UVID is lost at login."}),
          set_to(jwt, "true"));
    }
  }

  void at_credentials() const {
    const Value post_only = app_.value(HLID_GLOBAL "isCodeCredPostOnly");
    if (!app_.value(HLID_GLOBAL "isCodeCredFlowEnabled").is("true")) return;
    if (review_.circumstances.basic_header.value_or(false)) {
      want(kPostOnly, post_only, "false", "credentials_placement is header, which the server then ignores.");
    } else if (post_only.is("false")) {
      say(kUrlCredentials, post_only, join({"isCodeCredPostOnly is ", shown(post_only), "."}), set_to(post_only, "true"));
    }
  }

  void at_approval() const {
    const Value users = app_.permitted_users();
    if (!users.is("AdminApprovedPreAuthorized")) return;
    if (app_.value(HLID_POLICIES "commaSeparatedPermissionSet").present()) return;
    if (app_.value(HLID_POLICIES "commaSeparatedProfile").present()) return;
    Finding& finding =
        say(kApprovedForNobody, users, "Only approved users may use the app, but no permission set or profile is named.",
            app_.kind == AppKind::connected_app ? "Add permissionSetName or profileName."
                                                : "Add commaSeparatedPermissionSet or commaSeparatedProfile.");
    finding.setting = "app_permitted_users";
  }

  void at_proof_key() const {
    const Value proof = app_.value(HLID_GLOBAL "isPkceRequired");
    if (!proof.is("false")) return;
    if (app_.kind == AppKind::external_client_app) {
      say(kProofKeyReverts, proof, "isPkceRequired is false; current orgs deploy that and read back true.",
          set_to(proof, "true"));
    } else if (proof.given == Given::assumed) {
      say(kProofKeyAbsent, proof, "The file does not say isPkceRequired: of a connected app that means false.",
          set_to(proof, "true"));
    } else {
      say(kProofKeyOff, proof, "isPkceRequired is false: anyone who steals a code can redeem it.", set_to(proof, "true"));
    }
  }

  // Only where the app has what hybrid flows are for: the scopes of web domains.
  void at_hybrid() const {
    const Value jwt = app_.value(HLID_GLOBAL "isNamedUserJwtEnabled");
    const Value rotation = app_.value(HLID_GLOBAL "isRefreshTokenRotationEnabled");
    if (!jwt.is("true") || !rotation.is("true")) return;
    const std::vector<Value> scopes = app_.all(HLID_OAUTH "commaSeparatedOauthScopes");
    const bool hybrid = std::any_of(scopes.begin(), scopes.end(), [](const Value& one) {
      return one.text == "Lightning" || one.text == "Content" || one.text == "CustomApplications";
    });
    if (!hybrid) return;
    say(kHybrid, jwt,
        "The app has scopes of hybrid flows, JWT-based access tokens and rotation; hybrid flows do not support both.",
        "Set isNamedUserJwtEnabled or isRefreshTokenRotationEnabled to false, unless no hybrid flow is used.");
  }

  void at_halves() const {
    half(HLID_GLOBAL "isClientCredentialsFlowEnabled", HLID_POLICIES "isClientCredentialsFlowEnabled");
    half(HLID_GLOBAL "isTokenExchangeEnabled", HLID_POLICIES "isTokenExchangeFlowEnabled");
    const Value user = app_.value(HLID_POLICIES "clientCredentialsFlowUser");
    if (app_.kind == AppKind::connected_app && user.present() && !app_.value(HLID_GLOBAL "consumerKey").present()) {
      say(kRunAsKey, user, "The run-as user deploys only together with consumerKey.",
          "Add consumerKey, or choose the user in Setup.");
    }
  }

  void at_timeouts() const {
    if (app_.kind == AppKind::connected_app) return;
    const Value jwt = app_.value(HLID_GLOBAL "isNamedUserJwtEnabled");
    const auto without_jwt = [&](const char* element, Severity severity) {
      const Value value = app_.value(element);
      if (value.given != Given::given) return;
      Finding& finding = say(kPlugin, value, join({value.path, " is there, and isNamedUserJwtEnabled is ", shown(jwt), "."}),
                             join({"Remove ", value.path, ", or set isNamedUserJwtEnabled to true."}));
      finding.severity = severity;
    };
    if (jwt.is("false")) {
      without_jwt(HLID_POLICIES "namedUserJwtSessionTimeoutType", Severity::error);
      without_jwt(HLID_POLICIES "namedUserJwtTimeout", Severity::error);
      // The guide has it for opaque tokens; one org refused it, others are seen with it.
      without_jwt(HLID_POLICIES "sessionTimeoutInMinutes", Severity::warning);
    }
    const auto pair = [&](const char* of_type, const char* of_minutes) {
      const Value type = app_.value(of_type);
      const Value minutes = app_.value(of_minutes);
      if (type.is("UserSession") && minutes.given == Given::given) {
        say(kTimeoutPair, minutes, join({minutes.path, " is there, and ", type.path, " is UserSession."}),
            join({"Remove ", minutes.path, "."}));
      } else if (type.is("Custom") && !minutes.present()) {
        say(kTimeoutPair, type, join({type.path, " is Custom, and ", minutes.path, " is missing."}),
            join({"Add ", minutes.path, "."}));
      }
    };
    pair(HLID_POLICIES "guestJwtSessionTimeoutType", HLID_POLICIES "guestJwtTimeout");
    pair(HLID_POLICIES "namedUserJwtSessionTimeoutType", HLID_POLICIES "namedUserJwtTimeout");
  }

  void at_the_rest() const {
    const Value scopes = app_.value(HLID_OAUTH "commaSeparatedOauthScopes");
    if (scopes.document != nullptr && scopes.given != Given::none && app_.all(HLID_OAUTH "commaSeparatedOauthScopes").empty()) {
      say(kNoScopes, scopes, "The app has no scope.", "Select at least one.");
    }
    const Value first_party = app_.value(HLID_OAUTH "isFirstPartyAppEnabled");
    if (first_party.is("true") && !app_.value(HLID_OAUTH "clientAssertionCertificate").present()) {
      say(kFirstParty, first_party, "The app is a first-party app without clientAssertionCertificate.",
          "Add clientAssertionCertificate.");
    }
    const Value session = app_.value(HLID_POLICIES "requiredSessionLevel");
    if (session.is("HIGH_ASSURANCE")) {
      say(kHighAssurance, session, "The app requires a high assurance session.", "Choose STANDARD for the bearer flows.");
    }
    if (app_.kind == AppKind::external_client_app) {
      const Value parts[] = {app_.value(HLID_OAUTH "assetTokenSigningCertificate"), app_.value(HLID_OAUTH "assetTokenAudiences"),
                             app_.value(HLID_OAUTH "assetTokenValidity")};
      const auto there = std::count_if(std::begin(parts), std::end(parts), [](const Value& one) { return one.present(); });
      for (const Value& part : parts) {
        if (there == 0 || part.present()) continue;
        say(kAsset, part, join({"The app has settings of asset tokens, and ", part.path, " is missing."}),
            join({"Add ", part.path, "."}));
      }
    }
    for (const char* rotates : {HLID_GLOBAL "shouldRotateConsumerKey", HLID_GLOBAL "shouldRotateConsumerSecret"}) {
      const Value value = app_.value(rotates);
      if (value.is("true")) say(kRotates, value, join({value.path, " is true."}), "Set it to false after the rotation.");
    }
    for (const char* bound : {"ExternalClientApplication.orgScopedExternalApp", HLID_OAUTH "oauthLink"}) {
      const Value value = app_.value(bound);
      if (value.present()) {
        say(kOneOrg, value, join({value.path, " belongs to one org."}), "Remove it before you deploy the app into another org.");
      }
    }
  }

 private:
  Finding& say(const Rule& rule, const Value& where, std::string_view message, std::string_view change) const {
    return review_.add(rule, app_, where, message, change);
  }
  // Something else than is wanted: what is not known is left to the flows that need it.
  void want(const Rule& rule, const Value& value, std::string_view wanted, std::string_view why) const {
    if (!value.known() || value.is(wanted)) return;
    say(rule, value, join({value.path, " is ", shown(value), ". ", why}), set_to(value, wanted));
  }
  void half(const char* in_app, const char* in_policies) const {
    const Value app = app_.value(in_app);
    const Value policies = app_.value(in_policies);
    if (app.path == policies.path && app.type == policies.type) return;  // a connected app has one switch
    if (!app.known() || !policies.known() || app.text == policies.text) return;
    const Value& off = app.is("true") ? policies : app;
    const Value& on = app.is("true") ? app : policies;
    if (!on.is("true")) return;
    say(kHalf, off, join({on.name(), " is true, and ", off.name(), " is ", shown(off), "."}), set_to(off, "true"));
  }

  Review& review_;
  const App& app_;
};

// The class, if any class is among the files: a folder without classes says nothing.
void check_class(Review& review, const Document& file, std::string_view path, std::string_view base) {
  const Value name = Configuration::value_in(file, path);
  if (!name.present() || review.configuration.classes().empty()) return;
  const auto found = review.configuration.classes().find(name.text);
  if (found == review.configuration.classes().end()) {
    review.add(kHandler, file, path, name.line,
               join({"The class ", shown(name.text), " is not among these files, though others are."}),
               "Add the class, or name another.");
  } else if (!contains_ignoring_case(found->second, base)) {
    review.add(kHandler, file, path, name.line,
               join({"The class ", shown(name.text),
                     base == "Auth.Oauth2TokenExchangeHandler" ? " does not extend " : " does not implement ", base, "."}),
               join({"Make it ", base == "Auth.Oauth2TokenExchangeHandler" ? "extend " : "implement ", base, "."}));
  }
}

}  // namespace

std::span<const Rule> app_rules() { return kRules; }

void check_apps(Review& review) {
  for (const App& app : review.configuration.apps()) {
    if (!app.has_oauth()) continue;
    const Look look(review, app);
    look.at_secrets();
    look.at_guests();
    look.at_credentials();
    look.at_approval();
    look.at_proof_key();
    look.at_hybrid();
    look.at_halves();
    look.at_timeouts();
    look.at_the_rest();
  }
  for (const Document* handler : review.configuration.of_type("OauthTokenExchangeHandler")) {
    check_class(review, *handler, "tokenHandlerApex", "Auth.Oauth2TokenExchangeHandler");
  }
  for (const Document* site : review.configuration.of_type("Network")) {
    check_class(review, *site, "networkAuthApiSettings.registrationHandler", "Auth.HeadlessSelfRegistrationHandler");
    check_class(review, *site, "networkAuthApiSettings.headlessDiscoveryHandler", "Auth.HeadlessUserDiscoveryHandler");
  }
}

}  // namespace hlid::org
