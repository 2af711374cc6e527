// What the library demands of an app before it sends anything, against what the linter says an org needs: over all flows, with
// the settings and parameters of the recorded conversations that end well.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "codec/base64.h"
#include "engine/flow.h"
#include "flows/registry.h"
#include "org/needs.h"

namespace hlid::org {
namespace {

using Json = nlohmann::ordered_json;  // settings are given in the order of the file

constexpr const char* kSecret = "1C7E90B5D3A8F642";
using Named = std::map<std::string, std::string>;

std::string text_of(const Json& value) {
  if (value.is_string()) return value;
  if (value.contains("base64")) {
    const auto bytes = from_base64(value["base64"].get<std::string>(), Base64::standard);
    return bytes ? std::string(bytes->view()) : "";
  }
  std::string out;
  if (value.contains("repeat")) {
    for (int i = 0; i < value["times"]; ++i) out += value["repeat"].get<std::string>();
  }
  return out;
}

struct Conversation {
  Json settings;
  Json parameters;
  int64_t now_ms = 0;
};

// Those that end with a result, by flow.
const std::map<std::string, std::vector<Conversation>>& conversations() {
  static const auto kAll = [] {
    std::map<std::string, std::vector<Conversation>> all;
    for (const auto& entry : std::filesystem::directory_iterator(HLID_VECTORS)) {
      if (entry.path().extension() != ".json") continue;
      std::ifstream file(entry.path());
      const Json vector = Json::parse(file);
      if (!vector.contains("flow") || !vector.contains("settings") || !vector.contains("end")) continue;
      if (vector["end"]["step"] != "DONE") continue;
      const Json parameters = vector.contains("parameters") ? vector["parameters"] : Json::object();
      all[vector["flow"]].push_back({vector["settings"], parameters, vector.value("now_ms", int64_t{1'767'225'600'000})});
    }
    return all;
  }();
  return kAll;
}

// The field that the library refuses before it sends anything; "" if it goes on.
std::string refused(const FlowSpec& flow, const Conversation& how, const Json& settings) {
  Named texts;
  for (const auto& [name, value] : settings.items()) texts[name] = text_of(value);
  std::vector<NamedValue> values;
  for (const auto& [name, value] : texts) values.push_back({name, value});
  auto app = hlid::App::create(values);
  if (!app) return app.error().data().field;
  if (auto good = flow.check_app(**app); !good) return good.error().data().field;
  Flow run(*app, flow);
  for (const auto& [name, value] : how.parameters.items()) {
    if (auto set = run.set(name, text_of(value)); !set) return set.error().data().field;
  }
  auto step = run.next(how.now_ms);
  if (!step) return step.error().data().field;
  return *step == Step::failed ? run.error()->data().field : "";
}

// Each way in which an app can be asked to run it: a setting that one conversation gets by without is not demanded.
bool demands(const FlowSpec& flow, const char* setting, Json (*change)(Json)) {
  const auto& all = conversations().at(flow.name);
  return std::all_of(all.begin(), all.end(),
                     [&](const Conversation& one) { return refused(flow, one, change(one.settings)) == setting; });
}

Json without_secret(Json settings) {
  settings.erase("client_secret");
  settings.erase("token_endpoint_auth_method");
  return settings;
}
Json with_secret(Json settings) {
  settings.erase("token_endpoint_auth_method");
  settings["client_secret"] = kSecret;
  return settings;
}
Json without_callback(Json settings) {
  settings.erase("redirect_uri");
  return settings;
}
Json without_key(Json settings) {
  settings.erase("host_signs");
  settings.erase("private_key");
  return settings.value("token_endpoint_auth_method", "") == "private_key_jwt" ? with_secret(settings) : settings;
}

TEST(OrgDemands, conversations_that_end_well_begin) {
  for (const FlowSpec* flow : all_flows()) {
    ASSERT_TRUE(conversations().contains(flow->name)) << flow->name;
    for (const Conversation& one : conversations().at(flow->name)) {
      EXPECT_EQ(refused(*flow, one, one.settings), "") << flow->name;
      EXPECT_EQ(refused(*flow, one, with_secret(one.settings)), "") << flow->name << " with a secret";
    }
  }
}

TEST(OrgDemands, what_the_library_demands_the_linter_does) {
  std::set<std::string> private_alone;
  for (const FlowSpec* flow : all_flows()) {
    SCOPED_TRACE(flow->name);
    const std::vector<const Need*> needs = needs_of(*flow);
    const auto has = [&](const auto& is) { return std::any_of(needs.begin(), needs.end(), is); };
    const bool for_private_clients = demands(*flow, "client_secret", without_secret);
    if (for_private_clients) private_alone.insert(flow->name);
    EXPECT_EQ(for_private_clients,
              has([](const Need* need) { return need->setting == &kAppSecret && need->wish == Wish::keeper; }));
    if (demands(*flow, "redirect_uri", without_callback)) {
      EXPECT_TRUE(has([](const Need* need) {
        return need->wish == Wish::present && std::string_view(need->element).ends_with(".callbackUrl");
      }));
    }
    if (demands(*flow, "private_key", without_key)) {
      EXPECT_TRUE(has([](const Need* need) {
        const std::string_view element = need->element;
        return need->wish == Wish::present && (element.ends_with(".certificate") || element.ends_with("AssertionCertificate"));
      }));
    }
  }
  const std::set<std::string> known = {"client_credentials",       "first_party_login", "first_party_passwordless",
                                       "first_party_registration", "introspection",     "oauth1",
                                       "username_password"};
  EXPECT_EQ(private_alone, known);
}

}  // namespace
}  // namespace hlid::org
