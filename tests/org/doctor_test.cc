// The tables of the doctor, and what it concludes.
#include "org/doctor.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"
#include "org/inquiries.h"

namespace hlid::org {
namespace {

using nlohmann::json;

json ask(const json& request) {
  const auto text = doctor_request(request.dump());
  EXPECT_TRUE(text) << text.error().data().message;
  return text ? json::parse(*text) : json();
}

std::vector<std::string> all_names() {
  std::vector<std::string> out;
  for (const FlowSpec* flow : all_flows()) out.emplace_back(flow->name);
  return out;
}

json everything() {
  return {{"flows", all_names()},
          {"client", "private"},
          {"scope", "api openid"},
          {"has", {"redirect_uri", "client_secret", "private_key", "user"}}};
}

json setting(const json& found, const std::string& id) {
  for (const json& one : found["settings"]) {
    if (one["id"] == id) return one;
  }
  return {};
}

TEST(Doctor, tables_are_whole) {
  std::set<std::string> names;
  for (const Question& one : all_questions()) {
    SCOPED_TRACE(one.name);
    EXPECT_TRUE(names.insert(one.name).second);
    EXPECT_TRUE(std::string_view(one.why).ends_with("."));
    EXPECT_TRUE(std::string_view(one.path).starts_with("/"));
    const FlowSpec* flow = find_inquiry(one.flow);
    if (flow == nullptr) flow = find_flow(one.flow);
    ASSERT_NE(flow, nullptr);
    const auto requests = flow->requests();
    EXPECT_TRUE(std::any_of(requests.begin(), requests.end(), [&](const RequestSpec* request) {
      return std::string_view(one.path).find(request->path) != std::string_view::npos &&
             one.method == std::string_view(request->method);
    }));
    for (const Argument& argument : one.arguments) {
      EXPECT_TRUE(std::any_of(flow->parameters.begin(), flow->parameters.end(), [&](const ValueSpec& spec) {
        return std::string_view(spec.name) == argument.name;
      })) << argument.name;
    }
  }
  for (const Conclusion& row : all_conclusions()) {
    SCOPED_TRACE(row.setting->id);
    for (const Sign* sign : {&row.sign, &row.also, &row.and_also}) {
      if (*sign->question != '\0') {
        EXPECT_TRUE(names.contains(sign->question)) << sign->question;
      }
    }
    EXPECT_STRNE(row.sign.question, "");
    if (row.state != State::unknown) {
      EXPECT_TRUE(std::string_view(row.why).ends_with("."));
    }
    EXPECT_EQ(row.partner != nullptr, row.state == State::one_off || row.state == State::one_on);
  }
}

TEST(Doctor, says_one_thing_of_each_setting_of_each_flow) {
  for (const FlowSpec* flow : all_flows()) {
    SCOPED_TRACE(flow->name);
    json request = everything();
    request["flows"] = {flow->name};
    const json found = ask(request);
    std::multiset<std::string> said;
    for (const json& one : found["settings"]) {
      said.insert(one["id"].get<std::string>());
      EXPECT_EQ(one["state"], "unknown");
      EXPECT_EQ(one["standing"], "cannot_be_told");
      EXPECT_TRUE(one["why"].get<std::string>().ends_with(".")) << one;
      EXPECT_FALSE(one["setup"].get<std::string>().empty());
    }
    for (const OrgSetting& own : flow->org_settings) EXPECT_EQ(said.count(own.id), 1U) << own.id;
    for (const Need* need : needs_of(*flow)) EXPECT_EQ(said.count(need->setting->id), 1U) << need->setting->id;
    EXPECT_EQ(found["prevents"], false);
  }
}

TEST(Doctor, asks_only_what_the_flows_and_the_profile_call_for) {
  const auto names = [](const json& found) {
    std::set<std::string> out;
    for (const json& one : found["questions"]) EXPECT_TRUE(out.insert(one["name"].get<std::string>()).second);
    return out;
  };
  const auto login = names(ask({{"flows", {"login"}}, {"client", "public"}, {"has", {"redirect_uri"}}}));
  EXPECT_TRUE(login.contains("headless") && login.contains("code") && login.contains("discovery"));
  for (const char* other : {"guest", "client_credentials", "user", "device", "passwordless", "code_without_secret"})
    EXPECT_FALSE(login.contains(other)) << other;
  const auto reset = names(ask({{"flows", {"password_reset"}}, {"client", "public"}}));
  EXPECT_EQ(reset, (std::set<std::string>{"discovery", "keys", "forgot_password"}));
  const auto refresh = names(ask({{"flows", {"refresh"}}, {"client", "private"}, {"has", {"client_secret"}}}));
  EXPECT_TRUE(refresh.contains("refresh_without_secret") && refresh.contains("code"));
  EXPECT_FALSE(refresh.contains("callback"));
  const auto all = names(ask(everything()));
  for (const Question& one : all_questions()) EXPECT_TRUE(all.contains(one.name)) << one.name;
  EXPECT_TRUE(all.contains("scope_refresh_token") && all.contains("scope_api") && all.contains("scope_full"));
  EXPECT_LE(all.size(), all_questions().size() + 12);
}

TEST(Doctor, tells_what_a_flow_needs) {
  const json page = {{"http_status", 200}, {"kind", "html"}};
  const json good = {{"done", true}};
  json request = {{"flows", {"login"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  request["observations"] = {{"discovery", good}, {"headless", page}, {"headless_guest", page}};
  const json off = ask(request);
  EXPECT_EQ(off["prevents"], true);
  for (const auto& [id, partner] : {std::pair{"headless_flows", "app_headless_flow"}, {"app_headless_flow", "headless_flows"}}) {
    EXPECT_EQ(setting(off, id)["state"], "one_of_two_off");
    EXPECT_EQ(setting(off, id)["standing"], "wrong");
    EXPECT_EQ(setting(off, id)["partner"], partner);
    EXPECT_EQ(setting(off, id)["needed"], "on");
  }
  // Where nothing else responds, a page may be of an outage.
  request["observations"].erase("discovery");
  EXPECT_EQ(ask(request)["prevents"], false);
  request["observations"] = {
      {"headless_guest",
       {{"http_status", 400}, {"kind", "json"}, {"error", "invalid_request"}, {"error_description", "uvid invalid"}}}};
  EXPECT_EQ(setting(ask(request), "headless_flows")["state"], "on");
  EXPECT_EQ(setting(ask(request), "headless_flows")["standing"], "as_it_must_be");
}

// What the order of a server's checks hides.
TEST(Doctor, believes_a_missing_secret_only_where_a_wrong_one_is_refused) {
  const auto said = [](const char* code) { return json{{"http_status", 400}, {"kind", "json"}, {"error", code}}; };
  json request = {{"flows", {"web_server"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  const auto state = [&](const char* without, const char* wrong) {
    request["observations"] = {{"code", said(without)}, {"code_with_wrong_secret", said(wrong)}};
    const json one = setting(ask(request), "app_secret");
    return one["state"].get<std::string>() + " " + one["standing"].get<std::string>();
  };
  EXPECT_EQ(state("invalid_client", "invalid_client"), "on wrong");
  EXPECT_EQ(state("invalid_grant", "invalid_client"), "off as_it_must_be");
  EXPECT_EQ(state("invalid_grant", "invalid_grant"), "unknown cannot_be_told");
  EXPECT_EQ(state("server_error", "invalid_client"), "unknown cannot_be_told");
  // A private client should have it required, and works without.
  request["client"] = "private";
  request["has"] = {"redirect_uri", "client_secret"};
  request["observations"] = {{"code_without_secret", said("invalid_grant")}, {"code_with_wrong_secret", said("invalid_client")}};
  EXPECT_EQ(setting(ask(request), "app_secret")["standing"], "should_change");
  EXPECT_EQ(ask(request)["prevents"], false);
}

TEST(Doctor, an_app_that_is_refused_tells_nothing_else) {
  json request = everything();
  request["flows"] = {"login", "user_agent", "web_server"};
  for (const char* code : {"invalid_client_id", "oauth_flow_disabled"}) {
    const json no = {{"http_status", 400}, {"kind", "json"}, {"error", code}};
    for (const Question& one : all_questions()) request["observations"][one.name] = no;
    const json found = ask(request);
    EXPECT_EQ(found["prevents"], true);
    for (const json& one : found["settings"]) {
      if (one["id"] == "app_enabled" && std::string_view(code) == "oauth_flow_disabled") continue;
      EXPECT_EQ(one["state"], "unknown") << code << one;
    }
  }
}

// One of two protections will do.
TEST(Doctor, a_message_needs_one_protection) {
  json request = {{"flows", {"passwordless_login"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  const auto standing = [&](const json& seen, const char* id) {
    request["observations"] = {{"passwordless", seen}};
    const json one = setting(ask(request), id);
    return one["state"].get<std::string>() + " " + one["standing"].get<std::string>();
  };
  const json open = {{"http_status", 200}, {"kind", "json"}, {"error", "success"}};
  EXPECT_EQ(standing(open, "passwordless_auth"), "off wrong");
  EXPECT_EQ(standing(open, "passwordless_recaptcha"), "off either");
  EXPECT_EQ(standing(open, "passwordless_allowed"), "on as_it_must_be");
  const json captcha = {
      {"http_status", 400}, {"kind", "json"}, {"error", "invalid_request"}, {"error_description", "missing reCAPTCHA token"}};
  EXPECT_EQ(standing(captcha, "passwordless_recaptcha"), "on either");
  EXPECT_EQ(standing(captcha, "passwordless_auth"), "unknown cannot_be_told");
  const json token = {{"http_status", 401}, {"kind", "json"}, {"error", "invalid_token"}};
  EXPECT_EQ(standing(token, "passwordless_auth"), "on as_it_must_be");
  EXPECT_EQ(standing(token, "passwordless_recaptcha"), "unknown cannot_be_told");
  const json both = {
      {"http_status", 400}, {"kind", "json"}, {"error_description", "must require authentication, reCAPTCHA, or both"}};
  EXPECT_EQ(standing(both, "passwordless_recaptcha"), "unknown cannot_be_told");
  EXPECT_EQ(setting(ask(request), "passwordless_recaptcha")["said"], "must require authentication, reCAPTCHA, or both");
}

TEST(Doctor, scopes_are_believed_where_a_made_up_one_is_refused) {
  const json refused = {{"http_status", 302}, {"kind", "redirect"}, {"to_callback", true}, {"error", "invalid_scope"}};
  const json page = {{"http_status", 200}, {"kind", "html"}};
  json request = {{"flows", {"refresh"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  const auto state = [&](const json& made_up, const json& real, const json& full) {
    request["observations"] = {{"scope_made_up", made_up}, {"scope_refresh_token", real}, {"scope_full", full}};
    const json one = setting(ask(request), "app_refresh_scope");
    return one["state"].get<std::string>() + " " + one["standing"].get<std::string>();
  };
  EXPECT_EQ(state(refused, page, refused), "right as_it_must_be");
  EXPECT_EQ(state(refused, refused, refused), "wrong wrong");
  EXPECT_EQ(state(refused, refused, page), "unknown cannot_be_told");
  EXPECT_EQ(state(page, page, page), "unknown cannot_be_told");
}

TEST(Doctor, refuses_requests_that_are_wrong) {
  const auto fault = [](const json& request) {
    const auto text = doctor_request(request.dump());
    return text ? std::string() : std::string(text.error().data().field);
  };
  EXPECT_EQ(fault({{"client", "public"}}), "flows");
  EXPECT_EQ(fault({{"flows", {"no_such"}}, {"client", "public"}}), "flows");
  EXPECT_EQ(fault({{"flows", {"login"}}, {"client", "secret"}}), "client");
  EXPECT_EQ(fault({{"flows", {"login"}}, {"client", "public"}, {"has", {"x"}}}), "has");
  EXPECT_EQ(fault({{"flows", {"login"}}, {"client", "public"}, {"observations", json::array()}}), "observations");
}

// Whatever comes, of each setting there is one word, and nothing is called wrong without a response that says so.
TEST(Doctor, any_observations_do) {
  std::mt19937 random(9);
  const auto pick = [&](const std::vector<json>& from) { return from[random() % from.size()]; };
  const std::vector<json> codes = {"",
                                   "invalid_grant",
                                   "invalid_client",
                                   "oauth_flow_disabled",
                                   "invalid_scope",
                                   "invalid_request",
                                   "unsupported_response_type",
                                   "redirect_uri_mismatch",
                                   "server_error",
                                   7,
                                   nullptr};
  const std::vector<json> texts = {"", "uvid invalid", "guest flow not enabled", "missing required code challenge", "captcha"};
  const std::vector<json> kinds = {"json", "html", "redirect", "empty", "other", ""};
  for (int i = 0; i < 500; ++i) {
    json request = everything();
    for (const json& one : ask(request)["questions"]) {
      if (random() % 3 == 0) continue;
      request["observations"][one["name"].get<std::string>()] = {{"http_status", pick({200, 302, 400, 401, 404, 500, -1})},
                                                                 {"kind", pick(kinds)},
                                                                 {"error", pick(codes)},
                                                                 {"error_description", pick(texts)},
                                                                 {"to_callback", random() % 2 == 0},
                                                                 {"done", random() % 8 == 0}};
      if (i > 10) break;
    }
    const json found = ask(request);
    for (const json& one : found["settings"])
      EXPECT_EQ(one["state"] == "unknown", one["standing"] == "cannot_be_told" && one["state"] == "unknown");
    if (!request.contains("observations")) {
      EXPECT_EQ(found["prevents"], false);
    }
  }
}

}  // namespace
}  // namespace hlid::org
