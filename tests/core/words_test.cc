// What is shown to people: redaction, the trace, the catalogue, and the settings by name.
#include <gtest/gtest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "codec/form.h"
#include "engine/catalogue.h"
#include "engine/flow.h"
#include "engine/redact.h"
#include "flows/registry.h"
#include "headlessid/headlessid.h"

namespace hlid {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;
constexpr std::string_view kPassword = "corr\"ect+horse%battery";
const std::string kDots(kHidden);

std::shared_ptr<const App> make_app(bool header = false) {
  std::vector<NamedValue> values = {{"site", "https://acme.my.site.com/shop"}, {"client_id", "3MVG9"}, {"redirect_uri", "https://app.example.com/callback"}, {"client_secret", "7F3A9C1E5B2D8046"}};
  if (header) values.push_back({"credentials_placement", "header"});
  return *App::create(values);
}

// What the error says where the server's description is `text`.
std::string said(std::string_view text, bool header = false) {
  Flow flow(make_app(header), *find_flow("login"));
  EXPECT_TRUE(flow.set("username", "lena.ortiz@example.com"));
  EXPECT_TRUE(flow.set("password", kPassword));
  EXPECT_TRUE(flow.next(kNow));
  const nlohmann::json body = {{"error", "odd"}, {"error_description", text}};
  EXPECT_TRUE(flow.give_answer(400, 11, body.dump()));
  EXPECT_TRUE(flow.next(kNow));
  return flow.error()->data().server_text;
}

TEST(Redaction, z08_hides_our_own_secrets_however_they_are_said_back) {
  const std::string password(kPassword);
  EXPECT_EQ(said("wrong: " + password + "."), "wrong: " + kDots + ".");
  EXPECT_EQ(said("wrong: corr%22ect%2Bhorse%25battery."), "wrong: " + kDots + ".") << "percent-encoded";
  EXPECT_EQ(said("wrong: corr\\\"ect+horse%25battery."), "wrong: " + kDots + ".") << "JSON-escaped";
  EXPECT_EQ(said("wrong: corr\\u0022ect\\u002bhorse%battery."), "wrong: " + kDots + ".") << "JSON-escaped by number";
  EXPECT_EQ(said("wrong: corr\"ect+ho\r\n rse%battery."), "wrong: " + kDots + ".") << "broken over two lines";
  EXPECT_EQ(said("wrong: corr\"ect+hors"), "wrong: " + kDots) << "cut by the server";
  EXPECT_EQ(said(password + password + " twice"), kDots + kDots + " twice");
  EXPECT_EQ(said("secret 7F3A9C1E5B2D8046"), "secret " + kDots);
  EXPECT_EQ(said("corr is a word"), "corr is a word");
}

TEST(Redaction, z08_a_secret_is_never_cut_before_it_is_known) {
  for (size_t before = 250; before < 310; ++before) {
    const std::string text = std::string(before, 'x') + std::string(kPassword) + std::string(50, 'y');
    const std::string shown = said(text);
    EXPECT_LE(shown.size(), kMaxServerText);
    EXPECT_EQ(shown.find("corr"), std::string::npos) << before;
  }
}

TEST(Redaction, z08_hides_what_has_the_shape_of_a_token) {
  EXPECT_EQ(said("token 00DEx0000001abc!AQcAQExample.Opaque_x is bad"), "token " + kDots + " is bad");
  EXPECT_EQ(said("token 00DEx0000001abc%21AQcAQExample is bad"), "token " + kDots + " is bad");
  EXPECT_EQ(said("token eyJhbGciOiJSUzI1NiJ9.e30-_x.c2ln is bad"), "token " + kDots + " is bad");
  EXPECT_EQ(said("Bearer=eyJhbGciOiJSUzI1NiJ9.e30").find("eyJ"), std::string::npos);
  EXPECT_EQ(said("token 5Aep861ExampleRefreshToken is bad"), "token " + kDots + " is bad");
  EXPECT_EQ(said("org 00DEx0000001abc is known"), "org 00DEx0000001abc is known");
}

TEST(Redaction, z08_hides_the_base64_of_the_credentials) {
  // lena.ortiz@example.com:corr"ect+horse%battery
  EXPECT_EQ(said("bad header bGVuYS5vcnRpekBleGFtcGxlLmNvbTpjb3JyImVjdCtob3JzZSViYXR0ZXJ5!", true), "bad header " + kDots + "!");
}

TEST(Redaction, z07_hides_secrets_in_what_the_host_says) {
  Flow flow(make_app(), *find_flow("login"));
  ASSERT_TRUE(flow.set("username", "lena"));
  ASSERT_TRUE(flow.set("password", kPassword));
  ASSERT_TRUE(flow.next(kNow));
  ASSERT_TRUE(flow.give_no_answer(true, "no_answer", "could not post " + std::string(kPassword) + " to the site"));
  ASSERT_TRUE(flow.next(kNow));
  EXPECT_EQ(flow.error()->data().message, "could not post " + kDots + " to the site");
}

TEST(Redaction, is_quick_on_a_megabyte) {
  // Each place looks like the beginning of the password.
  std::string text;
  while (text.size() < 1'000'000) text += "corr\"ec";
  EXPECT_LE(said(text).size(), kMaxServerText);
}

TEST(Trace, z06_tells_the_whole_story_without_a_secret) {
  Flow flow(make_app(), *find_flow("login"));
  ASSERT_TRUE(flow.set_trace(true));
  ASSERT_TRUE(flow.set("username", "lena"));
  ASSERT_TRUE(flow.set("password", kPassword));
  ASSERT_TRUE(flow.next(kNow));
  const std::string body(flow.request().body.view());
  const size_t at = body.find("&state=") + 7;
  const std::string state = body.substr(at, body.find('&', at) - at);
  ASSERT_TRUE(flow.give_header("Location", "https://app.example.com/callback?code=aPrxSecretCode&sfdc_community_id=0DB&state=" + state));
  ASSERT_TRUE(flow.give_header("Set-Cookie", "sid=SecretCookie"));
  ASSERT_TRUE(flow.give_answer(302, 20, std::string_view()));
  ASSERT_TRUE(flow.next(kNow));
  ASSERT_TRUE(flow.give_answer(200, 20, R"({"access_token":"00Dx!SecretToken","refresh_token":"5AepSecretRefresh","scope":"api","unheard_of":"SecretThing","issued_at":"1767225600000"})"));
  const auto step = flow.next(kNow);
  ASSERT_TRUE(step && *step == Step::done);
  const std::string trace(flow.trace());
  for (const char* hidden : {"Secret", "corr", "7F3A9C1E5B2D8046", "5Aep", "00Dx!"}) EXPECT_EQ(trace.find(hidden), std::string::npos) << hidden << "\n" << trace;
  EXPECT_EQ(trace.find(state), std::string::npos);
  for (const char* told : {"> POST https://acme.my.site.com/shop/services/oauth2/authorize\n", "> Auth-Request-Type: Named-User\n", "username=lena", "< HTTP/2 302\n",
                           "< location: https://app.example.com/callback?code=", "sfdc_community_id=0DB", "> POST https://acme.my.site.com/shop/services/oauth2/token\n", "\"scope\":\"api\"", "unheard_of"}) {
    EXPECT_NE(trace.find(told), std::string::npos) << told << "\n" << trace;
  }
}

TEST(Catalogue, is_json_and_names_everything_once) {
  const auto catalogue = nlohmann::json::parse(write_catalogue(all_flows()));
  EXPECT_EQ(catalogue["abi"], HLID_ABI_VERSION);
  const std::set<std::string> kinds = {"text", "url", "list", "integer", "flag", "json"};
  const auto check = [&](const nlohmann::json& values) {
    std::set<std::string> names;
    for (const auto& value : values) {
      EXPECT_TRUE(names.insert(value["name"]).second) << value["name"];
      EXPECT_TRUE(kinds.contains(value["kind"])) << value["name"];
      EXPECT_FALSE(value["doc"].get<std::string>().empty()) << value["name"];
      EXPECT_TRUE(value["doc"].get<std::string>().ends_with('.')) << value["name"];
    }
  };
  check(catalogue["settings"]);
  std::set<std::string> results;
  for (const auto& result : catalogue["results"]) {
    EXPECT_TRUE(results.insert(result["name"]).second);
    check(result["fields"]);
  }
  for (const auto& flow : catalogue["flows"]) {
    check(flow["parameters"]);
    EXPECT_TRUE(results.contains(flow["result"])) << flow["name"];
    EXPECT_FALSE(flow["requests"].empty());
    EXPECT_FALSE(flow["source"].get<std::string>().empty());
    for (const auto& setting : flow["org_settings"]) EXPECT_FALSE(setting["metadata"].get<std::string>().empty());
  }
}

TEST(Catalogue, flows_are_found_by_their_exact_name) {
  for (const FlowSpec* flow : all_flows()) EXPECT_EQ(find_flow(flow->name), flow);
  for (const char* other : {"", "Login", "login ", "logi", "loginx"}) EXPECT_EQ(find_flow(other), nullptr) << other;
}

TEST(Limits, every_setting_and_parameter_has_a_maximum) {
  const auto check = [](std::span<const ValueSpec> rows) {
    for (const ValueSpec& row : rows) {
      const bool bounded = row.max_bytes > 0 || !row.choices.empty() || row.kind == ValueKind::flag || (row.kind == ValueKind::integer && row.max > 0);
      EXPECT_TRUE(bounded) << row.name;
    }
  };
  check(app_settings());
  for (const FlowSpec* flow : all_flows()) check(flow->parameters);
}

TEST(Limits, a_setting_is_taken_at_its_maximum_and_refused_above) {
  for (const ValueSpec& row : app_settings()) {
    if (row.max_bytes == 0 || row.kind == ValueKind::json) continue;
    std::string value = row.kind == ValueKind::url ? "https://h/" : "x";
    value += std::string(row.max_bytes - value.size(), 'x');
    EXPECT_TRUE(check_value(row, value)) << row.name;
    EXPECT_FALSE(check_value(row, value + "x")) << row.name;
  }
}

}  // namespace
}  // namespace hlid
