// Random configurations as Metadata files, of both kinds of apps: right most of the time, else nothing would ever work.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace org_test {

using nlohmann::json;
using Texts = std::vector<std::string>;

inline constexpr const char* kApp = "Shop";
inline constexpr const char* kCallback = "https://app.example.com/callback";

class Configuration {
 public:
  // `certificate` is the PEM of the app's.
  Configuration(uint32_t seed, const std::string& certificate) : random_(seed) {
    is_public = one_in(2);
    is_connected = one_in(4);
    in_header = one_in(4);
    if (is_connected) {
      write_connected_app(certificate);
    } else {
      write_client_app(certificate);
    }
    write_org();
  }

  bool is_public = false;
  bool is_connected = false;
  bool in_header = false;  // credentials_placement
  bool is_site_live = true;
  json files = json::array();

  [[nodiscard]] std::string text() const {
    std::string out = (is_public ? "public" : "private") + std::string(in_header ? ", header" : ", body");
    for (const json& file : files) out += "\n" + file["path"].get<std::string>() + "\n" + file["text"].get<std::string>();
    return out;
  }

 private:
  bool one_in(uint32_t n) { return random_() % n == 0; }

  // An element that is `right` most of the time, and now and then not there at all.
  std::string mostly(const char* name, const std::string& right, const std::string& wrong) {
    if (one_in(12)) return "";
    return element(name, one_in(6) ? wrong : right);
  }
  std::string on(const char* name) { return mostly(name, "true", "false"); }
  std::string off(const char* name) { return mostly(name, "false", "true"); }
  std::string either(const char* name) { return element(name, one_in(2) ? "true" : "false"); }
  std::string there(const char* name, const std::string& text) { return one_in(8) ? "" : element(name, text); }
  static std::string element(const std::string& name, const std::string& text) {
    return "<" + name + ">" + text + "</" + name + ">\n";
  }
  void add(const std::string& path, const std::string& type, const std::string& elements) {
    files.push_back(
        {{"path", path},
         {"text", "<" + type + " xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n" + elements + "</" + type + ">\n"}});
  }

  Texts scopes() {
    Texts out;
    for (const char* scope : {"Api", "OpenID", "RefreshToken", "Web", "Lightning"}) {
      if (!one_in(5)) out.emplace_back(scope);
    }
    for (const char* scope : {"Basic", "Full", "OfflineAccess", "Content"}) {
      if (one_in(8)) out.emplace_back(scope);
    }
    if (out.empty()) out.emplace_back("Api");
    return out;
  }
  std::string callbacks() {
    if (one_in(12)) return "";
    return element("callbackUrl", one_in(6) ? kCallback : kCallback + std::string("\nhttp://localhost:1717/callback"));
  }
  // What both kinds call by the same name.
  std::string common(const std::string& certificate) {
    const std::string secret = is_public ? "false" : "true";
    const std::string no_secret = is_public ? "true" : "false";
    return callbacks() + there("certificate", one_in(10) ? "ShopCertificate" : certificate) +
           mostly("isConsumerSecretOptional", no_secret, secret) + mostly("isSecretRequiredForRefreshToken", secret, no_secret) +
           mostly("isSecretRequiredForTokenExchange", secret, no_secret) + either("isNamedUserJwtEnabled") +
           off("isRefreshTokenRotationEnabled") + on("isPkceRequired") + either("isIntrospectAllTokens") +
           on("isDeviceFlowEnabled") + on("isTokenExchangeEnabled") + element("isDPopEnabled", one_in(16) ? "true" : "false");
  }
  static std::string joined(const Texts& all) {
    std::string out;
    for (const std::string& one : all) out += (out.empty() ? "" : ", ") + one;
    return out;
  }

  void write_client_app(const std::string& certificate) {
    const std::string of_app = element("externalClientApplication", kApp);
    add("externalClientApps/Shop.eca-meta.xml", "ExternalClientApplication",
        element("label", kApp) + mostly("distributionState", "Local", "Packaged"));
    add("extlClntAppGlobalOauthSets/a.ecaGlblOauth-meta.xml", "ExtlClntAppGlobalOauthSettings",
        of_app + common(certificate) + on("isClientCredentialsFlowEnabled") + on("isCodeCredFlowEnabled") +
            either("isCodeCredPostOnly"));
    const std::string assets = there("assetTokenSigningCertificate", "0P1000000000001") +
                               there("assetTokenAudiences", "https://devices.example.com") + there("assetTokenValidity", "180");
    add("extlClntAppOauthSettings/b.ecaOauth-meta.xml", "ExtlClntAppOauthSettings",
        of_app + element("commaSeparatedOauthScopes", joined(scopes())) + on("isFirstPartyAppEnabled") +
            there("clientAssertionCertificate", certificate) + assets);
    const std::string guests = one_in(2) ? there("guestJwtTimeout", "30") : there("guestJwtSessionTimeoutType", "UserSession");
    add("extlClntAppOauthPolicies/c.ecaOauthPlcy-meta.xml", "ExtlClntAppOauthConfigurablePolicies",
        of_app + guests + element("commaSeparatedPermissionSet", "ShopUsers") + on("isGuestCodeCredFlowEnabled") +
            on("isClientCredentialsFlowEnabled") + there("clientCredentialsFlowUser", "integration@example.com") +
            on("isTokenExchangeFlowEnabled") +
            mostly("permittedUsersPolicyType", "AdminApprovedPreAuthorized", "AllSelfAuthorized") +
            mostly("refreshTokenPolicyType", "Infinite", "Zero") + mostly("requiredSessionLevel", "STANDARD", "HIGH_ASSURANCE"));
    if (one_in(4)) {
      add("extlClntAppPolicies/d.ecaPlcy-meta.xml", "ExtlClntAppConfigurablePolicies",
          of_app + element("isEnabled", one_in(6) ? "false" : "true") + on("isOauthPluginEnabled"));
    }
    write_handler("externalClientApp");
  }

  void write_connected_app(const std::string& certificate) {
    std::string selected;
    for (const std::string& scope : scopes()) selected += element("scopes", scope);
    const std::string assets = one_in(6) ? ""
                                         : element("assetTokenConfig", element("assetAudiences", "https://devices.example.com") +
                                                                           element("assetSigningCertId", "0P1000000000001") +
                                                                           element("assetValidityPeriod", "180"));
    const std::string config = common(certificate) + on("isCodeCredentialEnabled") + either("isCodeCredentialPostOnly") +
                               on("isAdminApproved") + on("isClientCredentialEnabled") +
                               there("oauthClientCredentialUser", "integration@example.com") + assets + selected;
    const std::string policy = mostly("refreshTokenPolicy", "infinite", "zero") + on("isTokenExchangeFlowEnabled");
    const std::string session = one_in(2) ? "" : element("sessionPolicy", mostly("sessionLevel", "STANDARD", "HIGH_ASSURANCE"));
    add("connectedApps/Shop.connectedApp-meta.xml", "ConnectedApp",
        element("label", kApp) + element("oauthConfig", config) + element("oauthPolicy", policy) + session +
            element("permissionSetName", "ShopUsers"));
    write_handler("connectedApp");
  }

  void write_handler(const std::string& link) {
    const std::string enablement =
        element("apexExecutionUser", "integration@example.com") + element(link, one_in(8) ? "Other" : kApp) + either("isDefault");
    add("oauthtokenexchangehandlers/Idp.oauthtokenexchangehandler-meta.xml", "OauthTokenExchangeHandler",
        element("description", "Idp") + element("developerName", "Idp") + element("enablements", enablement) +
            element("isContactCreationAllowed", "false") + supported() + element("isUserCreationAllowed", "false") +
            element("masterLabel", "Idp") + element("tokenHandlerApex", "IdpHandler") +
            element("isEnabled", one_in(8) ? "false" : "true"));
  }

  // The types of tokens that the handler reads.
  std::string supported() {
    if (one_in(2)) return "";
    const bool none = one_in(4);
    std::string out;
    for (const char* type :
         {"isAccessTokenSupported", "isIdTokenSupported", "isJwtSupported", "isRefreshTokenSupported", "isSaml2Supported"})
      out += element(type, none ? "false" : "true");
    return out;
  }

  void write_org() {
    add("settings/OauthOidc.settings-meta.xml", "OauthOidcSettings",
        on("oAuthCdCrdtFlowEnable") + off("blockOAuthUnPwFlow") + off("blockOAuthUsrAgtFlow") + either("isPkceRequired"));
    const char* passwordless = one_in(4) ? "IsPwdlessLoginAllowed" : "isPwdlessLoginAllowed";
    const std::string site =
        on("isHeadlessUserRegistrationAllowed") + on(passwordless) + on("isForgotPwdAllowed") +
        either("doesRegistrationRequireAuth") + either("doesPwdlessLoginRequireAuth") + either("doesForgotPasswordRequireAuth") +
        either("doesPasswordLoginRequireAuth") + either("isRecaptchaRequiredRgstr") + either("isRecaptchaRequiredPwdlessLogin") +
        either("isRecaptchaRequiredForgotPwd") + on("isFirstPartyAppsAllowed") +
        element("registrationHandler", one_in(8) ? "" : "ShopRegistration") +
        there("registrationExecutionUser", "robot@example.com") + there("headlessDiscoveryExecutionUser", "robot@example.com") +
        there("headlessDiscoveryHandler", one_in(8) ? "" : "ShopUserDiscovery") + on("isUserDisambiguationAllowedUsernamePwd") +
        on("isUserDisambiguationAllowedForgotPwd") + on("isForgotPwdEmailTemplateAllowlistingEnabled") +
        (one_in(4) ? "" : element("emailTmplsAllowlist", element("emailTemplate", "unfiled$public/ShopCode")));
    is_site_live = !one_in(12);
    add("networks/shop.network-meta.xml", "Network",
        element("networkAuthApiSettings", site) + element("status", is_site_live ? "Live" : "DownForMaintenance"));
    if (one_in(4)) return;
    add("samlssoconfigs/Idp.samlssoconfig-meta.xml", "SamlSsoConfig",
        element("identityLocation", "SubjectNameId") + element("identityMapping", "Username") + element("name", "Idp"));
  }

  std::mt19937 random_;
};

}  // namespace org_test
