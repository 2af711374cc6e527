// What the linter says of a flow and what the simulated org then does, for random configurations. Both read the same files, each
// with a reader of its own; then the client runs the flow.
#include <curl/curl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "configurations.h"
#include "headlessid/headlessid.h"
#include "headlessid/org.h"
#include "saml_response.h"
#include "simulator/certificates.h"
#include "simulator/metadata.h"
#include "simulator/options.h"
#include "simulator/simulator.h"

namespace org_test {
namespace {

// HLID_CONFIGURATIONS=1000 for more; HLID_FIRST=17 begins at that one.
int number_in(const char* variable, int otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted == nullptr ? otherwise : std::atoi(wanted);
}

constexpr const char* kLena = "lena.ortiz@example.com";
constexpr const char* kPassword = "P4ss+w&rd=1:x";
constexpr const char* kHint = "+1 4155550101";
constexpr const char* kTemplate = "00XEx0000000001MAA";
constexpr const char* kInitialToken = "initial-access-token";
using Parameters = std::map<std::string, std::string>;

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

std::map<std::string, std::string> verdicts(const Configuration& configuration, const Texts& flows, const std::string& uses) {
  // A login_hint and its password are in the body, whatever the setting says of user names.
  const bool in_header = configuration.in_header && uses != "login_hint";
  const json request = {{"files", configuration.files},
                        {"flows", flows},
                        {"client", configuration.is_public ? "public" : "private"},
                        {"credentials_placement", in_header ? "header" : "body"},
                        {"uses", uses.empty() ? Texts{} : Texts{uses}}};
  hlid_text* out = nullptr;
  const std::string asked = request.dump();
  EXPECT_EQ(hlid_org_lint(view(asked), &out, nullptr), HLID_OK);
  const json response = json::parse(text(hlid_text_get(out)));
  hlid_text_free(out);
  std::map<std::string, std::string> says;
  for (const json& flow : response["apps"][0]["flows"]) says[flow["flow"]] = flow["verdict"];
  return says;
}

// One app and the client that runs its flows.
struct Caller {
  App app;
  Client client;
};

// How a flow ended.
struct Ended {
  bool well = false;
  std::string why;
  std::map<std::string, std::string> result;
};

class Agreement : public testing::Test {
 protected:
  Caller caller_of(const std::string& site, const json& more) {
    hlid_settings* settings = hlid_settings_new();
    json values = {{"site", site}, {"redirect_uri", kCallback}, {"allow_http_loopback", true}};
    values.update(more);
    const std::string all = values.dump();
    hlid_app* app = nullptr;
    hlid_client* client = nullptr;
    hlid_error* error = nullptr;
    EXPECT_EQ(hlid_settings_set_json(settings, view(all), &error), HLID_OK) << text(hlid_error_message(error));
    EXPECT_EQ(hlid_app_new(settings, &app, &error), HLID_OK) << text(hlid_error_message(error));
    hlid_settings_free(settings);
    EXPECT_EQ(hlid_client_new(app, 0, &client, nullptr), HLID_OK);
    return {App(app), Client(client)};
  }

  // One request of a browser: its status, and where the response sends it, as it is written there.
  std::pair<long, std::string> browse(const std::string& url, const std::string& json_body = "") {
    std::string location;
    const auto header = +[](char* line, size_t one, size_t count, void* to) -> size_t {
      constexpr std::string_view kLocation = "location: ";
      const std::string_view all(line, one * count);
      const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
      if (all.size() > kLocation.size() && std::equal(kLocation.begin(), kLocation.end(), all.begin(), same))
        *static_cast<std::string*>(to) = all.substr(kLocation.size(), all.find_last_not_of("\r\n") + 1 - kLocation.size());
      return one * count;
    };
    const auto body = +[](char*, size_t one, size_t count, void*) -> size_t { return one * count; };
    const std::unique_ptr<curl_slist, FreeWith<curl_slist_free_all>> type(
        curl_slist_append(nullptr, "Content-Type: application/json"));
    curl_easy_reset(browser_.get());
    curl_easy_setopt(browser_.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(browser_.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(browser_.get(), CURLOPT_HEADERFUNCTION, header);
    curl_easy_setopt(browser_.get(), CURLOPT_HEADERDATA, &location);
    curl_easy_setopt(browser_.get(), CURLOPT_WRITEFUNCTION, body);
    if (!json_body.empty()) {
      curl_easy_setopt(browser_.get(), CURLOPT_HTTPHEADER, type.get());
      curl_easy_setopt(browser_.get(), CURLOPT_POSTFIELDS, json_body.c_str());
    }
    long status = 0;
    if (curl_easy_perform(browser_.get()) == CURLE_OK) curl_easy_getinfo(browser_.get(), CURLINFO_RESPONSE_CODE, &status);
    return {status, location};
  }
  // A browser is sent on, to the app at last.
  std::string callback_of(const std::string& name, const std::string& url) {
    const std::string user = "&user=lena.ortiz%40example.com";
    if (name == "native_sso") {
      const std::string page = browse(url).second;
      return page.starts_with(sim_->origin()) ? browse(page + user).second : page;
    }
    return browse(name == "oauth1" ? url + user : url).second;
  }
  bool approve_device(const std::string& code) {
    return browse(sim_->origin() + "/__sim/device", json{{"user_code", code}, {"username", kLena}}.dump()).first == 200;
  }

  Ended run(const Caller& caller, const std::string& name, const Parameters& parameters) {
    Ended out;
    hlid_flow* begun = nullptr;
    hlid_error* error = nullptr;
    const auto failed = [&] {
      out.why = text(hlid_error_reason(error)) + ": " + text(hlid_error_message(error));
      hlid_error_free(error);
      return out;
    };
    if (hlid_flow_new(caller.app.get(), view(name), &begun, &error) != HLID_OK) return failed();
    const Flow flow(begun);
    for (const auto& [parameter, value] : parameters) {
      if (hlid_flow_set(flow.get(), view(parameter), view(value), &error) != HLID_OK) {
        ADD_FAILURE() << name << " " << parameter;
        return failed();
      }
    }
    hlid_step step = 0;
    if (hlid_client_run(caller.client.get(), flow.get(), &step, &error) != HLID_OK) return failed();
    for (int turn = 0; turn < 4 && (step == HLID_STEP_ASK || step == HLID_STEP_SHOW); ++turn) {
      const std::string asked = text(hlid_flow_ask_name(flow.get()));
      // A poll would have to wait for a second: that a person can connect the device shows as much.
      if (name == "device" && step == HLID_STEP_SHOW) {
        out.well = approve_device(text(hlid_flow_show_code(flow.get())));
        if (!out.well) out.why = "the person cannot connect the device";
        return out;
      }
      std::string value = kPassword;  // the new one as well
      if (step == HLID_STEP_SHOW) value = callback_of(name, text(hlid_flow_show_url(flow.get())));
      if (asked.ends_with("otp")) {
        const json messages = sim_->outbox();
        value = messages.empty() ? "000000" : messages.back().value("otp", "000000");
      }
      if (hlid_flow_give_value(flow.get(), view(asked), view(value), &error) != HLID_OK) return failed();
      if (hlid_client_run(caller.client.get(), flow.get(), &step, &error) != HLID_OK) return failed();
    }
    out.well = step == HLID_STEP_DONE;
    if (const hlid_error* said = hlid_flow_error(flow.get()))
      out.why = text(hlid_error_reason(said)) + ": " + text(hlid_error_message(said));
    for (const char* wanted : {"access_token", "refresh_token", "id", "active", "token_format"}) {
      if (hlid_flow_result(flow.get()) != nullptr)
        out.result[wanted] = text(hlid_result_get(hlid_flow_result(flow.get()), view(std::string(wanted))));
    }
    return out;
  }

  // As the files say, and nothing else.
  void switch_org(const Configuration& configuration) {
    hlid_sim::Options options = hlid_sim::default_options();
    options.settings.max_login_attempts = 0;
    options.settings.signed_in_user = kLena;
    options.settings.saml_validation_cert = provider_.certificate_pem;
    std::vector<hlid_sim::MetadataFile> files;
    for (const json& file : configuration.files) files.push_back({file["path"], file["text"]});
    hlid_sim::apply_metadata(options, files);
    const hlid_sim::App& app = options.apps.front();
    json member = hlid_sim::app_to_json(app);
    member.erase("public");
    member["client_secret"] = app.client_secret;
    // An admin generates it on a connected app.
    member["initial_access_token"] = configuration.is_connected ? kInitialToken : "";
    sim_->change({{"settings", hlid_sim::settings_to_json(options.settings)}, {"apps", {member}}});
    client_id_ = app.client_id;
    is_approved_ = app.admin_approved;
    client_secret_ = app.client_secret;
    settings_ = options.settings;
  }

  std::unique_ptr<hlid_sim::Simulator> sim_ = hlid_sim::Simulator::start(hlid_sim::default_options());
  std::unique_ptr<CURL, FreeWith<curl_easy_cleanup>> browser_{curl_easy_init()};
  const hlid_sim::AppKey provider_ = hlid_sim::make_app_key("provider");
  std::string client_id_;
  std::string client_secret_;
  bool is_approved_ = false;
  hlid_sim::Settings settings_;
};

// A flow as this test drives it.
struct Driven {
  const char* name;
  bool at_org = false;  // at the org's own host
  bool by_key = false;
  // What else it can be run with: the linter then judges more rows.
  bool takes_hint = false;
  bool takes_template = false;
};
constexpr Driven kDriven[] = {{"guest"},
                              {.name = "login", .takes_hint = true},
                              {.name = "registration", .takes_template = true},
                              {.name = "passwordless_login", .takes_hint = true, .takes_template = true},
                              {.name = "password_reset", .takes_hint = true, .takes_template = true},
                              {"web_server"},
                              {"native_sso"},
                              {"user_agent"},
                              {"hybrid_user_agent"},
                              {"hybrid_web_server"},
                              {"hybrid_refresh"},
                              {"hybrid_token_exchange"},
                              {"token_exchange"},
                              {"refresh"},
                              {.name = "device", .at_org = true},
                              {.name = "client_credentials", .at_org = true},
                              {.name = "jwt_bearer", .by_key = true},
                              {.name = "saml_bearer", .at_org = true, .by_key = true},
                              {.name = "saml_assertion", .at_org = true},
                              {"client_registration"},
                              {"single_access"},
                              {"userinfo"},
                              {"identity"},
                              {"introspection"},
                              {.name = "asset_token", .at_org = true},
                              {.name = "first_party_login", .by_key = true, .takes_hint = true},
                              {.name = "first_party_passwordless", .by_key = true, .takes_hint = true},
                              {.name = "first_party_registration", .by_key = true},
                              {.name = "username_password", .at_org = true},
                              {.name = "oauth1", .at_org = true}};

// As the catalogue has it.
bool is_for_sites_alone(const std::string& flow) {
  const std::string all = text(hlid_catalogue());
  static const json catalogue = json::parse(all);
  for (const json& each : catalogue["flows"]) {
    if (each["name"] == flow) return each["hosts"] == json::array({"site"});
  }
  ADD_FAILURE() << flow;
  return false;
}

TEST_F(Agreement, of_the_linter_and_the_simulated_org) {
  const hlid_sim::AppKey key = hlid_sim::make_app_key(kApp);
  const hlid_sim::AppKey device = hlid_sim::make_app_key("device");
  Texts flows;
  std::vector<std::pair<Driven, std::string>> runs;  // and what it uses besides
  for (const Driven& driven : kDriven) {
    flows.emplace_back(driven.name);
    runs.emplace_back(driven, "");
    if (driven.takes_hint) runs.emplace_back(driven, "login_hint");
    if (driven.takes_template) runs.emplace_back(driven, "emailtemplate");
  }
  // The token of an integration user, which sites demand. Its app is not among the files.
  const Caller integration =
      caller_of(sim_->origin(), {{"client_id", "3MVG9Example.IntegrationClient"},
                                 {"client_secret", "1C7E90B5D3A8F6421C7E90B5D3A8F6425E1B0C9D8A7F6E5D4C3B2A1908F7E6D5"}});
  const std::string bearer = run(integration, "client_credentials", {}).result["access_token"];
  ASSERT_FALSE(bearer.empty());

  std::map<std::string, std::map<bool, int>> seen;
  int told = 0;
  int untold = 0;
  const int first = number_in("HLID_FIRST", 0);
  for (int i = first; i < first + number_in("HLID_CONFIGURATIONS", 250); ++i) {
    const Configuration configuration(20261129U + static_cast<uint32_t>(i), key.certificate_pem);
    switch_org(configuration);
    std::map<std::string, std::map<std::string, std::string>> says;
    for (const char* uses : {"", "login_hint", "emailtemplate"}) says[uses] = verdicts(configuration, flows, uses);
    json settings = {{"client_id", client_id_}, {"credentials_placement", configuration.in_header ? "header" : "body"}};
    if (!configuration.is_public) settings["client_secret"] = client_secret_;
    const Caller at_site = caller_of(sim_->site(), settings);
    const Caller at_org = caller_of(sim_->origin(), settings);
    settings["private_key"] = key.private_pem;
    const Caller with_key = caller_of(sim_->site(), settings);
    const Caller with_key_at_org = caller_of(sim_->origin(), settings);

    const std::string unique = std::to_string(i);
    int captchas = 0;
    const auto guarded = [&](Parameters parameters, bool token, bool captcha) {
      if (token) parameters["integration_token"] = bearer;
      if (captcha) parameters["recaptcha"] = "token-" + unique + "-" + std::to_string(captchas++);
      return parameters;
    };
    const auto newcomer = [&](const std::string& name) {
      const std::string address = "nele" + unique + name + "@example.com\"";
      return R"({"firstName":"Nele","lastName":"Neu","email":")" + address + R"(,"username":")" + address + "}";
    };
    // Tokens of a user, from whichever flow works.
    Ended signed_in;
    for (const char* name : {"login", "web_server"}) {
      if (!signed_in.well)
        signed_in = run(at_site, name,
                        name == std::string("login") ? Parameters{{"username", kLena}, {"password", kPassword}} : Parameters{});
    }
    std::string refresh_token = signed_in.result["refresh_token"];

    for (const auto& [driven, uses] : runs) {
      const std::string name = driven.name;
      Parameters with;
      if (name == "login" || name == "username_password") with = {{"username", kLena}, {"password", kPassword}};
      if (name == "registration") {
        with = guarded({{"userdata", newcomer(uses)}, {"verification_method", "email"}}, settings_.does_registration_require_auth,
                       settings_.is_recaptcha_required_rgstr);
      }
      if (name == "passwordless_login") {
        with = guarded({{"username", kLena}, {"verification_method", "email"}}, settings_.does_pwdless_login_require_auth,
                       settings_.is_recaptcha_required_pwdless_login);
      }
      if (name == "password_reset") {
        with = guarded({{"username", kLena}}, settings_.does_forgot_password_require_auth,
                       settings_.is_recaptcha_required_forgot_pwd);
      }
      if (name == "native_sso") with = {{"sso_provider", "ExampleProvider"}};
      if (name.ends_with("token_exchange")) with = {{"subject_token", kLena}, {"subject_token_type", "access_token"}};
      if (name.ends_with("_bearer")) with = {{"username", kLena}};
      if (name == "saml_assertion") {
        with = {{"token_url", sim_->origin() + "/services/oauth2/token?so=00DEx0000001abc"},
                {"assertion", saml_response(provider_.private_pem, kLena, sim_->origin(), "_" + unique)}};
      }
      if (name == "client_registration") with = {{"initial_access_token", kInitialToken}, {"redirect_uris", kCallback}};
      if (name == "first_party_login") {
        with = guarded({{"username", kLena}, {"password", kPassword}}, false, settings_.does_password_login_require_auth);
      }
      if (name == "first_party_passwordless") {
        with = guarded({{"username", kLena}, {"verification_method", "email"}}, false,
                       settings_.is_recaptcha_required_pwdless_login);
      }
      // Which kind of app it is, the simulated org does not know.
      if (name == "oauth1" && !configuration.is_connected) {
        EXPECT_EQ(says[uses][name], "does_not");
        continue;
      }
      if (name == "first_party_registration") {
        with = guarded({{"userdata", newcomer("first")}, {"verification_method", "email"}},
                       settings_.does_registration_require_auth, settings_.is_recaptcha_required_rgstr);
      }
      if (uses == "login_hint") {
        with.erase("username");
        with["login_hint"] = kHint;
      }
      if (uses == "emailtemplate") with["email_template"] = kTemplate;
      // These go on from what a sign-in brought.
      if (name == "refresh" || name == "hybrid_refresh") {
        if (!signed_in.well) continue;
        with = {{"refresh_token", refresh_token}};
      }
      const std::string token = signed_in.result["access_token"];
      if (name == "single_access" || name == "userinfo" || name == "identity" || name == "introspection" ||
          name == "asset_token") {
        if (token.empty()) continue;
        with = {{name == "introspection" ? "token" : name == "asset_token" ? "subject_token" : "access_token", token}};
      }
      if (name == "single_access") with["path"] = "/shop/";
      if (name == "identity") with["id"] = signed_in.result["id"];
      if (name == "asset_token") with.insert({{"device_key", device.private_pem}, {"did", "thermostat-7"}});
      // Whether a client can keep a key, the simulated org does not know.
      if (name.ends_with("_bearer") && configuration.is_public) {
        EXPECT_EQ(says[uses][name], "does_not");
        continue;
      }
      // Where users approve for themselves, this one has: a sign-in brought a refresh token.
      if (name.ends_with("_bearer") && !is_approved_ && refresh_token.empty()) continue;

      // What is not for sites alone works at the org's own host too, where the site is closed.
      const bool to_org = driven.at_org || (!settings_.is_site_active && !is_for_sites_alone(name));
      const Caller& caller = driven.by_key ? (to_org ? with_key_at_org : with_key) : to_org ? at_org : at_site;
      const bool nothing_to_refresh = with.contains("refresh_token") && refresh_token.empty();
      Ended ended;
      if (!nothing_to_refresh) ended = run(caller, name, with);
      if (with.contains("refresh_token") && !ended.result["refresh_token"].empty()) refresh_token = ended.result["refresh_token"];
      const std::string& verdict = says[uses][name];
      // A connected app has some of the switches in Setup alone, and what a file of an org or a site lacks stays as it is.
      if (verdict == "unknown") {
        ++untold;
        continue;
      }
      EXPECT_EQ(ended.well, verdict == "works" || verdict == "works_but")
          << "HLID_FIRST=" << i << " " << name << " " << uses << " " << verdict << " " << ended.why << "\n";
      ++seen[name + uses][ended.well];
      ++told;
    }
    if (HasFailure()) {
      ADD_FAILURE() << configuration.text();
      break;
    }
  }
  if (HasFailure() || first != 0) return;
  // Most are told, and not left open.
  EXPECT_GT(told, 5 * untold) << told << " " << untold;
  for (const auto& [driven, uses] : runs) {
    const std::string run = driven.name + uses;
    EXPECT_GT(seen[run][true], 5) << run;
    // No file stops it: it says only that single sign-on has been set up.
    const bool always_works = run == "saml_assertion";
    EXPECT_GT(seen[run][false], always_works ? -1 : 3) << run;
  }
}

}  // namespace
}  // namespace org_test
