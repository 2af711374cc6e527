// What the linter says of a flow and what the simulated org then does, for random configurations. The org is switched by its own
// options, not by the files that the linter reads.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "headlessid/headlessid.h"
#include "headlessid/org.h"
#include "simulator/simulator.h"

namespace {

using nlohmann::json;

// A thousand take half a minute: HLID_CONFIGURATIONS=1000.
int configurations() {
  const char* wanted = std::getenv("HLID_CONFIGURATIONS");
  return wanted == nullptr ? 250 : std::atoi(wanted);
}
constexpr const char* kClientId = "3MVG9Example.PrivateClient";
constexpr const char* kClientSecret = "8F2A6C0E4B9D71355E0C7A14D8B3F6291C4E5A7B0D9F8E6C3A2B1D0F4E5C6B7A";

template <auto kFree>
struct FreeWith {
  template <typename T>
  void operator()(T* held) const {
    kFree(held);
  }
};
using App = std::unique_ptr<hlid_app, FreeWith<hlid_app_free>>;
using Client = std::unique_ptr<hlid_client, FreeWith<hlid_client_free>>;
using Flow = std::unique_ptr<hlid_flow, FreeWith<hlid_flow_free>>;

std::string text(hlid_view view) { return view.data == nullptr ? std::string() : std::string(view.data, view.size); }
hlid_view view(const std::string& value) { return {value.data(), value.size()}; }

// The switches, each at random.
struct Switches {
  std::map<std::string, bool> on;
  bool operator[](const std::string& name) const { return on.at(name); }
  std::string text(const std::string& name) const { return on.at(name) ? "true" : "false"; }
};
constexpr const char* kNames[] = {"public",
                                  "header",
                                  "oAuthCdCrdtFlowEnable",
                                  "isCodeCredFlowEnabled",
                                  "isCodeCredPostOnly",
                                  "secretOptional",
                                  "refreshSecret",
                                  "approved",
                                  "guests",
                                  "refreshScope",
                                  "inApp",
                                  "inPolicies",
                                  "runAsUser",
                                  "passwordless"};

std::string file_of(const std::string& type, const std::map<std::string, std::string>& elements) {
  std::string out = "<" + type + " xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n";
  for (const auto& [name, value] : elements) out += "<" + name + ">" + value + "</" + name + ">\n";
  return out + "</" + type + ">\n";
}

json files_of(const Switches& with) {
  const std::string app = "Shop";
  std::map<std::string, std::string> policies = {
      {"externalClientApplication", app},
      {"commaSeparatedPermissionSet", "ShopUsers"},
      {"guestJwtTimeout", "30"},
      {"isGuestCodeCredFlowEnabled", with.text("guests")},
      {"isClientCredentialsFlowEnabled", with.text("inPolicies")},
      {"permittedUsersPolicyType", with["approved"] ? "AdminApprovedPreAuthorized" : "AllSelfAuthorized"}};
  if (with["runAsUser"]) policies["clientCredentialsFlowUser"] = "integration@example.com";
  const auto file = [](const std::string& path, const std::string& bytes) { return json{{"path", path}, {"text", bytes}}; };
  return {file("externalClientApps/Shop.eca", file_of("ExternalClientApplication", {{"label", app}})),
          file("extlClntAppGlobalOauthSets/a.ecaGlblOauth",
               file_of("ExtlClntAppGlobalOauthSettings", {{"externalClientApplication", app},
                                                          {"callbackUrl", "https://app.example.com/callback"},
                                                          {"isClientCredentialsFlowEnabled", with.text("inApp")},
                                                          {"isCodeCredFlowEnabled", with.text("isCodeCredFlowEnabled")},
                                                          {"isCodeCredPostOnly", with.text("isCodeCredPostOnly")},
                                                          {"isConsumerSecretOptional", with.text("secretOptional")},
                                                          {"isNamedUserJwtEnabled", "true"},
                                                          {"isSecretRequiredForRefreshToken", with.text("refreshSecret")}})),
          file("extlClntAppOauthSettings/b.ecaOauth",
               file_of("ExtlClntAppOauthSettings",
                       {{"externalClientApplication", app},
                        {"commaSeparatedOauthScopes", with["refreshScope"] ? "Api, OpenID, RefreshToken" : "Api, OpenID"}})),
          file("extlClntAppOauthPolicies/c.ecaOauthPlcy", file_of("ExtlClntAppOauthConfigurablePolicies", policies)),
          file("networks/Shop.network",
               file_of("Network", {{"networkAuthApiSettings",
                                    "<isPwdlessLoginAllowed>true</isPwdlessLoginAllowed><doesPwdlessLoginRequireAuth>false"
                                    "</doesPwdlessLoginRequireAuth><isRecaptchaRequiredPwdlessLogin>" +
                                        with.text("passwordless") + "</isRecaptchaRequiredPwdlessLogin>"}})),
          file("settings/OauthOidc.settings",
               file_of("OauthOidcSettings", {{"oAuthCdCrdtFlowEnable", with.text("oAuthCdCrdtFlowEnable")}}))};
}

json options_of(const Switches& with) {
  const bool client_credentials = with["inApp"] && with["inPolicies"] && with["runAsUser"];
  return {{"settings",
           {{"oauth_cd_crdt_flow_enable", with["oAuthCdCrdtFlowEnable"]},
            {"is_recaptcha_required_pwdless_login", with["passwordless"]}}},
          {"apps",
           json::array({{{"client_id", kClientId},
                         {"is_code_cred_flow_enabled", with["isCodeCredFlowEnabled"]},
                         {"is_code_cred_post_only", with["isCodeCredPostOnly"]},
                         {"is_consumer_secret_optional", with["secretOptional"]},
                         {"is_secret_required_for_refresh_token", with["refreshSecret"]},
                         {"is_guest_code_cred_flow_enabled", with["guests"]},
                         {"admin_approved", with["approved"]},
                         {"client_credentials_user", client_credentials ? "integration@example.com" : ""},
                         {"scopes", with["refreshScope"] ? json{"openid", "api", "refresh_token"} : json{"openid", "api"}}}})}};
}

std::map<std::string, std::string> verdicts(const Switches& with, const json& flows) {
  const json request = {{"files", files_of(with)},
                        {"flows", flows},
                        {"client", with["public"] ? "public" : "private"},
                        {"credentials_placement", with["header"] ? "header" : "body"}};
  hlid_text* out = nullptr;
  const std::string asked = request.dump();
  EXPECT_EQ(hlid_org_lint(view(asked), &out, nullptr), HLID_OK);
  const json response = json::parse(text(hlid_text_get(out)));
  hlid_text_free(out);
  std::map<std::string, std::string> says;
  for (const json& flow : response["apps"][0]["flows"]) says[flow["flow"]] = flow["verdict"];
  return says;
}

class Agreement : public testing::Test {
 protected:
  App app_of(const Switches& with) {
    hlid_settings* settings = hlid_settings_new();
    json values = {{"site", sim_->site()},
                   {"client_id", kClientId},
                   {"redirect_uri", "https://app.example.com/callback"},
                   {"allow_http_loopback", true},
                   {"credentials_placement", with["header"] ? "header" : "body"}};
    if (!with["public"]) values["client_secret"] = kClientSecret;
    const std::string all = values.dump();
    hlid_app* app = nullptr;
    hlid_error* error = nullptr;
    EXPECT_EQ(hlid_settings_set_json(settings, view(all), &error), HLID_OK) << text(hlid_error_message(error));
    EXPECT_EQ(hlid_app_new(settings, &app, &error), HLID_OK) << text(hlid_error_message(error));
    hlid_settings_free(settings);
    return App(app);
  }

  // Whether it ends well. A one-time password is taken from the org's outbox.
  bool works(const App& app, const std::string& name, const std::map<std::string, std::string>& parameters) {
    hlid_flow* begun = nullptr;
    EXPECT_EQ(hlid_flow_new(app.get(), view(name), &begun, nullptr), HLID_OK);
    const Flow flow(begun);
    for (const auto& [parameter, value] : parameters) {
      EXPECT_EQ(hlid_flow_set(flow.get(), view(parameter), view(value), nullptr), HLID_OK) << parameter;
    }
    hlid_step step = 0;
    hlid_error* error = nullptr;
    if (hlid_client_run(client_.get(), flow.get(), &step, &error) != HLID_OK) {
      why_ = text(hlid_error_message(error));
      hlid_error_free(error);
      return false;
    }
    if (step == HLID_STEP_ASK) {
      const json messages = sim_->outbox();
      const std::string otp = messages.empty() ? "000000" : messages.back().value("otp", "000000");
      EXPECT_EQ(hlid_flow_give_value(flow.get(), hlid_flow_ask_name(flow.get()), view(otp), nullptr), HLID_OK);
      if (hlid_client_run(client_.get(), flow.get(), &step, &error) != HLID_OK) {
        hlid_error_free(error);
        return false;
      }
    }
    const hlid_error* failed = hlid_flow_error(flow.get());
    why_ = failed == nullptr ? "" : text(hlid_error_message(failed));
    if (step != HLID_STEP_DONE) return false;
    const std::string token = "refresh_token";
    refresh_token_ = text(hlid_result_get(hlid_flow_result(flow.get()), view(token)));
    return true;
  }

  std::unique_ptr<hlid_sim::Simulator> sim_ = [] {
    hlid_sim::Options options = hlid_sim::default_options();
    options.settings.max_login_attempts = 0;
    return hlid_sim::Simulator::start(options);
  }();
  Client client_;
  std::string refresh_token_;
  std::string why_;
};

TEST_F(Agreement, of_the_linter_and_the_simulated_org) {
  std::mt19937 random(20261129);
  std::map<std::string, std::map<bool, int>> seen;
  const json flows = {"guest", "login", "refresh", "passwordless_login", "client_credentials"};
  for (int i = 0; i < configurations(); ++i) {
    Switches with;
    // Most switches are right most of the time: else nothing would ever work.
    for (const char* name : kNames) with.on[name] = random() % 4 != 0;
    with.on["public"] = random() % 2 == 0;
    with.on["header"] = random() % 4 == 0;
    with.on["secretOptional"] = random() % 4 == 0 ? !with["public"] : with["public"];
    with.on["refreshSecret"] = random() % 4 == 0 ? with["public"] : !with["public"];
    sim_->change(options_of(with));
    std::map<std::string, std::string> says = verdicts(with, flows);
    const App app = app_of(with);
    hlid_client* client = nullptr;
    ASSERT_EQ(hlid_client_new(app.get(), 0, &client, nullptr), HLID_OK);
    client_.reset(client);
    const auto compare = [&](const std::string& flow, bool works) {
      const std::string verdict = says[flow];
      EXPECT_NE(verdict, "unknown") << flow;
      EXPECT_EQ(works, verdict == "works" || verdict == "works_but")
          << flow << " " << verdict << " " << why_ << " " << json(with.on).dump();
      ++seen[flow][works];
    };
    compare("guest", works(app, "guest", {}));
    const bool signed_in = works(app, "login", {{"username", "lena.ortiz@example.com"}, {"password", "P4ss+w&rd=1:x"}});
    const std::string refresh_token = refresh_token_;
    compare("login", signed_in);
    // The simulated org demands the secret at a refresh only where it demands one for a code; the documentation of
    // isSecretRequiredForRefreshToken knows no such exception.
    const bool disputed = with["public"] && with["secretOptional"] && with["refreshSecret"];
    if (signed_in && !disputed)
      compare("refresh", !refresh_token.empty() && works(app, "refresh", {{"refresh_token", refresh_token}}));
    // Without a protection the linter says what Salesforce demands; the simulated org lets it pass.
    if (with["passwordless"]) {
      compare("passwordless_login", works(app, "passwordless_login",
                                          {{"username", "lena.ortiz@example.com"},
                                           {"verification_method", "email"},
                                           {"recaptcha", "token-" + std::to_string(i)}}));
    }
    // A client without a secret does not even ask.
    if (!with["public"]) compare("client_credentials", works(app, "client_credentials", {}));
    if (HasFailure()) break;
  }
  if (HasFailure()) return;
  for (const json& flow : flows) {
    EXPECT_GT(seen[flow][true], 5) << flow;
    EXPECT_GT(seen[flow][false], 5) << flow;
  }
}

}  // namespace
