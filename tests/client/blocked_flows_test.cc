// Each switch with which an org blocks a flow, or an app does not offer it: what the simulated org then sends leads to an error
// that names the switch, as the Metadata API does. The client runs the flow as far as a person is needed.
#include <httplib.h>

#include <nlohmann/json.hpp>

#include "client/support.h"
#include "simulator/simulator.h"

namespace client_test {
namespace {

using nlohmann::json;

constexpr const char* kPublicApp = "3MVG9Example.PublicClient";
constexpr const char* kPrivateApp = "3MVG9Example.PrivateClient";
constexpr const char* kPrivateSecret = "8F2A6C0E4B9D71355E0C7A14D8B3F6291C4E5A7B0D9F8E6C3A2B1D0F4E5C6B7A";
constexpr const char* kLena = "lena.ortiz@example.com";
constexpr const char* kAppCallback = "https://app.example.com/callback";

enum class At { site, org };
enum class Browser { as_sent, without_challenge };

struct Blocked {
  const char* about;
  json patch;  // what an admin has switched
  const char* flow;
  Settings parameters;
  Said expected;  // code, reason and a part of the hint
  At at = At::site;
  const char* client_id = kPublicApp;
  Settings settings = {};
  Browser browser = Browser::as_sent;
};

json setting(const char* name, json value) { return {{"settings", {{name, std::move(value)}}}}; }
json app_member(const char* name, json value, const char* client_id = kPublicApp) {
  return {{"apps", {{{"client_id", client_id}, {name, std::move(value)}}}}};
}
json both(json patch, const json& more) {
  patch.update(more);
  return patch;
}

Said refusal(const char* code, const char* reason, const char* hint) {
  Said out;
  out.server_code = code;
  out.reason = reason;
  out.hint = hint;
  return out;
}

const Settings kPasswordLogin = {{"username", kLena}, {"password", "P4ss+w&rd=1:x"}};
const Settings kHybridScopes = {{"scope", "api web"}};
const char* const kNotInstalled = "Approve Uninstalled Connected Apps";

std::vector<Blocked> all_blocked() {
  const json web_app = {{"apps",
                         {{{"client_id", kPublicApp},
                           {"scopes", {"openid", "api", "web", "refresh_token"}},
                           {"is_named_user_jwt_enabled", false}}}}};
  const json local_only = {{"settings", {{"is_device_flow_local_only", true}}},
                           {"apps", {{{"client_id", kPublicApp}, {"redirect_uris", {kAppCallback}}}}}};
  const json no_proof_key = {{"settings", {{"is_pkce_required", true}}},
                             {"apps", {{{"client_id", kPublicApp}, {"is_pkce_required", false}}}}};
  return {
      {"user_agent",
       setting("block_oauth_usr_agt_flow", true),
       "user_agent",
       {},
       refusal("oauth_flow_disabled", "flow_not_enabled", "blockOAuthUsrAgtFlow")},
      {"hybrid_user_agent", both(web_app, setting("block_oauth_usr_agt_flow", true)), "hybrid_user_agent", kHybridScopes,
       refusal("oauth_flow_disabled", "flow_not_enabled", "blockOAuthUsrAgtFlow")},
      {"username_password",
       setting("block_oauth_un_pw_flow", true),
       "username_password",
       kPasswordLogin,
       refusal("invalid_grant", "invalid_credentials", "blockOAuthUnPwFlow"),
       At::org,
       kPrivateApp,
       {{"client_secret", kPrivateSecret}}},
      {"login", setting("oauth_cd_crdt_flow_enable", false), "login", kPasswordLogin,
       refusal("", "not_headless", "oAuthCdCrdtFlowEnable")},
      {"login_of_the_app", app_member("is_code_cred_flow_enabled", false), "login", kPasswordLogin,
       refusal("", "not_headless", "isCodeCredFlowEnabled")},
      {"guest", setting("oauth_cd_crdt_flow_enable", false), "guest", {}, refusal("", "not_headless", "oAuthCdCrdtFlowEnable")},
      {"guest_of_the_app",
       app_member("is_guest_code_cred_flow_enabled", false),
       "guest",
       {},
       refusal("invalid_request", "guest_flow_not_enabled", "isGuestCodeCredFlowEnabled")},
      {"no_proof_key_in_the_org",
       no_proof_key,
       "web_server",
       {},
       refusal("invalid_request", "pkce_refused", "isPkceRequired"),
       At::site,
       kPublicApp,
       {},
       Browser::without_challenge},
      {"no_proof_key_at_the_app",
       app_member("is_pkce_required", true),
       "web_server",
       {},
       refusal("invalid_request", "pkce_refused", "isPkceRequired"),
       At::site,
       kPublicApp,
       {},
       Browser::without_challenge},
      {"no_secret",
       setting("signed_in_user", kLena),
       "web_server",
       {},
       refusal("invalid_client", "invalid_client", "isConsumerSecretOptional"),
       At::site,
       kPrivateApp},
      {"no_secret_at_hybrid_web_server",
       both(setting("signed_in_user", kLena), app_member("scopes", {"api", "web"}, kPrivateApp)),
       "hybrid_web_server",
       {},
       refusal("invalid_client", "invalid_client", "isConsumerSecretOptional"),
       At::site,
       kPrivateApp},
      {"no_secret_at_refresh",
       json::object(),
       "refresh",
       {{"refresh_token", "5Aep861"}},
       refusal("invalid_client", "invalid_client", "isSecretRequiredForRefreshToken"),
       At::site,
       kPrivateApp},
      {"no_secret_at_token_exchange",
       json::object(),
       "token_exchange",
       {{"subject_token", kLena}, {"subject_token_type", "access_token"}},
       refusal("invalid_client", "invalid_client", "isSecretRequiredForTokenExchange"),
       At::site,
       kPrivateApp},
      {"token_exchange",
       app_member("is_token_exchange_enabled", false),
       "token_exchange",
       {{"subject_token", kLena}, {"subject_token_type", "access_token"}},
       refusal("unsupported_grant_type", "flow_not_enabled", "isTokenExchangeEnabled")},
      {"hybrid_token_exchange",
       app_member("is_token_exchange_enabled", false),
       "hybrid_token_exchange",
       {{"subject_token", kLena}, {"subject_token_type", "access_token"}},
       refusal("unsupported_grant_type", "flow_not_enabled", "isTokenExchangeEnabled")},
      {"hybrid_token_exchange_with_jwt",
       app_member("scopes", {"api", "web"}),
       "hybrid_token_exchange",
       {{"subject_token", kLena}, {"subject_token_type", "access_token"}},
       refusal("invalid_grant", "subject_token_refused", "isNamedUserJwtEnabled")},
      {"device",
       app_member("is_device_flow_enabled", false),
       "device",
       {},
       refusal("oauth_flow_disabled", "flow_not_enabled", "isDeviceFlowEnabled"),
       At::org},
      {"device_in_other_words",
       both(app_member("is_device_flow_enabled", false), setting("device_flow_disabled_error", "invalid_grant")),
       "device",
       {},
       refusal("invalid_grant", "flow_not_enabled", "isDeviceFlowEnabled"),
       At::org},
      {"device_from_november_2026",
       local_only,
       "device",
       {},
       refusal("oauth_flow_disabled", "flow_not_enabled", "30 November 2026"),
       At::org},
      {"client_credentials",
       app_member("client_credentials_user", "", "3MVG9Example.IntegrationClient"),
       "client_credentials",
       {},
       refusal("invalid_grant", "no_run_as_user", "clientCredentialsFlowUser"),
       At::org,
       "3MVG9Example.IntegrationClient",
       {{"client_secret", "1C7E90B5D3A8F6421C7E90B5D3A8F6425E1B0C9D8A7F6E5D4C3B2A1908F7E6D5"}}},
      {"connected_apps",
       both(setting("is_connected_app_creation_allowed", false), app_member("initial_access_token", "initial-access-token")),
       "client_registration",
       {{"initial_access_token", "initial-access-token"}, {"redirect_uris", "https://app.example.com/callback"}},
       refusal("failed_registration", "client_registration", "Salesforce Support"),
       At::org},
      {"connected_app_that_is_not_installed",
       app_member("refused_with", "app_not_found"),
       "web_server",
       {},
       refusal("app_not_found", "unknown_client", kNotInstalled)},
      {"connected_app_that_is_not_installed_at_refresh",
       app_member("refused_with", "app_not_found"),
       "refresh",
       {{"refresh_token", "5Aep861"}},
       refusal("app_not_found", "unknown_client", kNotInstalled)},
      {"app_that_is_blocked",
       app_member("refused_with", "app_blocked"),
       "web_server",
       {},
       refusal("app_blocked", "app_blocked", kNotInstalled)},
      {"plugin_that_is_off",
       app_member("refused_with", "oauth_flow_disabled"),
       "refresh",
       {{"refresh_token", "5Aep861"}},
       refusal("oauth_flow_disabled", "flow_not_enabled", "isOauthPluginEnabled")},
  };
}

void PrintTo(const Blocked& blocked, std::ostream* out) { *out << blocked.about; }

class BlockedFlows : public testing::TestWithParam<Blocked> {
 protected:
  // What a person's browser does: to the page, and back to the app with what the org says.
  std::string callback_of(std::string url) {
    if (GetParam().browser == Browser::without_challenge) {
      const size_t at = url.find("&code_challenge=");
      EXPECT_NE(at, std::string::npos) << url;
      url.erase(at, url.find('&', at + 1) - at);
    }
    // The client of the tests would take a plus for one that must be encoded.
    for (size_t at = 0; (at = url.find('+', at)) != std::string::npos;) url.replace(at, 1, "%20");
    httplib::Client browser("127.0.0.1", sim_->port());
    const auto got = browser.Get(url.substr(url.find('/', std::string("http://").size())));
    EXPECT_TRUE(got && got->status == 302) << (got ? got->body : "no response");
    // The client of the tests has decoded the header.
    std::string back = got ? got->get_header_value("Location") : "";
    for (size_t at = 0; (at = back.find(' ', at)) != std::string::npos;) back.replace(at, 1, "%20");
    return back;
  }

  std::unique_ptr<hlid_sim::Simulator> sim_ = hlid_sim::Simulator::start(hlid_sim::default_options());
};

TEST_P(BlockedFlows, name_the_switch) {
  const Blocked& blocked = GetParam();
  sim_->change(blocked.patch);
  Settings settings = {{"client_id", blocked.client_id}, {"redirect_uri", kAppCallback}, {"ca_file", ""}};
  settings.insert(settings.end(), blocked.settings.begin(), blocked.settings.end());
  const App app = make_app(blocked.at == At::org ? sim_->origin() : sim_->site(), settings);
  const Client client = make_client(app);
  const Flow flow = make_flow(app, blocked.flow, blocked.parameters);
  Ended ended = run(client, flow);
  if (ended.step == HLID_STEP_SHOW) {
    const std::string back = callback_of(text(hlid_flow_show_url(flow.get())));
    ASSERT_EQ(hlid_flow_give_value(flow.get(), hlid_flow_ask_name(flow.get()), view(back), nullptr), HLID_OK) << back;
    ended = run(client, flow);
  }
  ASSERT_EQ(ended.step, HLID_STEP_FAILED);
  EXPECT_EQ(ended.error.server_code, blocked.expected.server_code);
  EXPECT_EQ(ended.error.reason, blocked.expected.reason);
  EXPECT_NE(ended.error.hint.find(blocked.expected.hint), std::string::npos) << "the hint is: " << ended.error.hint;
}

INSTANTIATE_TEST_SUITE_P(Client, BlockedFlows, testing::ValuesIn(all_blocked()),
                         [](const testing::TestParamInfo<Blocked>& which) { return std::string(which.param.about); });

}  // namespace
}  // namespace client_test
