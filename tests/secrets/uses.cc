#include "uses.h"

#include <cstdlib>

namespace secrets {
namespace {

const std::pair<std::string, std::string> kSecret = {"client_secret", "$client_secret"};
const std::pair<std::string, std::string> kKey = {"private_key", "$private_key"};
const std::pair<std::string, std::string> kHost = {"signed_by", "host"};
const std::pair<std::string, std::string> kUsername = {"username", "lena.ortiz@example.com"};
const std::pair<std::string, std::string> kHint = {"login_hint", "lena.ortiz@example.com"};
const std::pair<std::string, std::string> kData = {"customdata", "$customdata"};
const std::pair<std::string, std::string> kMethod = {"verification_method", "email"};
const std::pair<std::string, std::string> kPassword = {"password", "$password"};
const std::pair<std::string, std::string> kGuest = {"guest_token", "$guest_token"};
const std::pair<std::string, std::string> kState = {"state", "$own_state"};
const std::pair<std::string, std::string> kRecaptcha = {"recaptcha", "$recaptcha"};
const std::pair<std::string, std::string> kEvent = {"recaptcha_event", "$recaptcha_event"};
const std::pair<std::string, std::string> kUserdata = {"userdata", "$userdata"};
const std::pair<std::string, std::string> kUserToken = {"integration_token", "$integration_token"};
const std::pair<std::string, std::string> kUser = {"integration_client_id", "3MVG9Example.Integration"};
const std::pair<std::string, std::string> kUserSecret = {"integration_client_secret", "$integration_secret"};
const std::pair<std::string, std::string> kUserKey = {"integration_key", "$integration_key"};
const std::pair<std::string, std::string> kUserName = {"integration_username", "integration@example.com"};

// Of flows that no site serves.
const std::pair<std::string, std::string> kOrg = {"site", "https://acme.my.salesforce.com"};
// Of apps that show the org's pages in a web view.
const std::pair<std::string, std::string> kWeb = {"scope", "web lightning content visualforce"};

}  // namespace

const std::vector<Use>& all_uses() {
  static const std::vector<Use> kUses = {
      {"login", "login", {kSecret}, {kUsername, kPassword, kGuest, kState, kRecaptcha}},
      {"login_asks", "login", {kSecret}, {kHint, kData, kGuest, kRecaptcha}, true},
      {"guest", "guest", {kSecret}, {kGuest}},
      {"registration",
       "registration",
       {kSecret},
       {kUserdata, kData, kPassword, kMethod, kRecaptcha, kState, kGuest, kUserToken},
       true},
      {"registration_with_user", "registration", {kSecret, kUser, kUserSecret}, {kUserdata, kMethod, kEvent, kGuest}, true},
      {"passwordless_login", "passwordless_login", {kSecret}, {kHint, kData, kMethod, kEvent, kState, kGuest, kUserToken}, true},
      {"passwordless_login_with_user",
       "passwordless_login",
       {kSecret, kUser, kUserKey, kUserName},
       {kUsername, kMethod, kRecaptcha},
       true},
      {"password_reset", "password_reset", {}, {kHint, kData, kEvent, kUserToken}, true},
      {"password_reset_with_user", "password_reset", {kSecret, kUser, kUserSecret}, {kUsername, kRecaptcha}, true},
      {"first_party_login", "first_party_login", {kSecret, kKey}, {kUsername, kPassword, kRecaptcha, kGuest}, true},
      {"first_party_login_asks", "first_party_login", {kSecret, kHost}, {kHint, kData, kEvent, kGuest}, true},
      {"first_party_passwordless",
       "first_party_passwordless",
       {{"token_endpoint_auth_method", "private_key_jwt"}, kKey},
       {kHint, kData, kMethod, kEvent, kGuest},
       true},
      {"first_party_passwordless_host", "first_party_passwordless", {kSecret, kHost}, {kUsername, kMethod, kRecaptcha}, true},
      {"first_party_registration",
       "first_party_registration",
       {kSecret, kKey, kUser, kUserSecret},
       {kUserdata, kData, kPassword, kMethod, kRecaptcha, kGuest},
       true},
      {"first_party_registration_host",
       "first_party_registration",
       {kSecret, kHost},
       {kUserdata, kMethod, kEvent, kUserToken},
       true},
      {"native_sso", "native_sso", {kSecret}, {{"sso_provider", "Google"}, kState}, true},
      {"web_server", "web_server", {kSecret}, {{"prompt", "login"}, kState}, true},
      {"web_server_with_key", "web_server", {{"token_endpoint_auth_method", "private_key_jwt"}, kKey}, {kState}, true},
      {"refresh", "refresh", {kSecret}, {{"refresh_token", "$old_refresh_token"}}},
      {"refresh_with_key",
       "refresh",
       {{"token_endpoint_auth_method", "private_key_jwt"}, kKey},
       {{"refresh_token", "$old_refresh_token"}}},
      {"user_agent", "user_agent", {}, {kState}, true},
      {"hybrid_web_server", "hybrid_web_server", {kSecret}, {kWeb, kState}, true},
      {"hybrid_user_agent", "hybrid_user_agent", {}, {kWeb, kState}, true},
      {"hybrid_refresh", "hybrid_refresh", {kSecret}, {{"refresh_token", "$old_refresh_token"}}},
      {"token_exchange",
       "token_exchange",
       {kSecret},
       {{"subject_token", "$subject_token"}, {"subject_token_type", "access_token"}}},
      {"hybrid_token_exchange",
       "hybrid_token_exchange",
       {kSecret},
       {{"subject_token", "$subject_token"}, {"subject_token_type", "access_token"}}},
      {"jwt_bearer", "jwt_bearer", {kKey}, {kUsername}},
      {"jwt_bearer_host", "jwt_bearer", {kHost}, {kUsername}},
      {"saml_bearer", "saml_bearer", {kOrg, kKey}, {kUsername}},
      {"saml_bearer_given", "saml_bearer", {kOrg}, {{"assertion", "$saml_assertion"}}},
      {"saml_assertion",
       "saml_assertion",
       {kOrg},
       {{"token_url", "https://acme.my.salesforce.com/services/oauth2/token"}, {"assertion", "$saml_response"}}},
      {"client_credentials", "client_credentials", {kOrg, kSecret}, {}},
      {"username_password", "username_password", {kOrg, kSecret}, {kUsername, kPassword, {"security_token", "$security_token"}}},
      {"username_password_asks", "username_password", {kOrg, kSecret}, {kUsername, {"security_token", "$security_token"}}, true},
      {"asset_token",
       "asset_token",
       {kOrg},
       {{"subject_token", "$subject_token"}, {"device_key", "$device_pem"}, {"did", "lamp-7"}, {"asset", "$asset"}}},
      {"asset_token_given", "asset_token", {kOrg}, {{"subject_token", "$subject_token"}, {"actor_token", "$actor_token"}}},
      {"oauth1", "oauth1", {kOrg, kSecret}, {}, true},
      {"oauth1_typed", "oauth1", {kOrg, kSecret}, {{"oauth_callback", "oob"}}, true},
      {"oauth1_again",
       "oauth1",
       {kOrg, kSecret},
       {{"oauth_token", "$old_access_token"}, {"oauth_token_secret", "$old_token_secret"}}},
      {"device", "device", {kOrg, kSecret}, {{"scope", "api"}}, true},
      {"client_registration",
       "client_registration",
       {kSecret},
       {{"initial_access_token", "$old_access_token"}, {"redirect_uris", "https://app.example.com/callback"}}},
      {"introspection", "introspection", {kSecret}, {{"token", "$old_refresh_token"}}},
      {"single_access", "single_access", {}, {{"access_token", "$old_access_token"}, {"path", "/shop/s/orders"}}},
      {"userinfo", "userinfo", {}, {{"access_token", "$old_access_token"}}},
      {"identity",
       "identity",
       {},
       {{"access_token", "$old_access_token"}, {"id", "https://login.salesforce.com/id/00DEx0000001abcEAA/005Ex0000002defIAA"}}},
      {"logout_in_browser",
       "logout",
       {},
       {{"access_token", "$old_access_token"},
        {"id_token_hint", "$id_token_hint"},
        {"post_logout_redirect_uri", "https://app.example.com/bye"},
        kState}},
      {"revocation", "revocation", {}, {{"token", "$old_refresh_token"}}},
      {"logout", "logout", {}, {{"access_token", "$old_access_token"}, {"refresh_token", "$old_refresh_token"}}},
  };
  return kUses;
}

const Use& use_of(std::string_view name) {
  for (const Use& use : all_uses()) {
    if (use.name == name) return use;
  }
  std::abort();  // the test itself is wrong
}

std::vector<std::string> names_of_uses() {
  std::vector<std::string> names;
  for (const Use& use : all_uses()) names.push_back(use.name);
  return names;
}

std::vector<std::string> names_of_waiting_uses() {
  std::vector<std::string> names;
  for (const Use& use : all_uses()) {
    if (use.waits) names.push_back(use.name);
  }
  return names;
}

}  // namespace secrets
