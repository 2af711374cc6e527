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

json questions_of(const json& request) { return ask(request)["questions"]; }

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
  for (const Question& one : all_questions())
    EXPECT_EQ(all.contains(one.name), std::string_view(one.name) != "scope") << one.name;
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
  const json open = {{"http_status", 200}, {"kind", "json"}, {"error", "success"}, {"accepted", true}};
  EXPECT_EQ(standing(open, "passwordless_auth"), "off should_change");
  EXPECT_EQ(ask(request)["prevents"], false) << "the flow works";
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
  const auto state = [&](const json& real, const json& full) {
    request["observations"] = {{"scope_refresh_token", real}, {"scope_full", full}};
    const json one = setting(ask(request), "app_refresh_scope");
    return one["state"].get<std::string>() + " " + one["standing"].get<std::string>();
  };
  EXPECT_EQ(state(page, refused), "right as_it_must_be");
  EXPECT_EQ(state(refused, refused), "wrong wrong");
  EXPECT_EQ(state(refused, page), "unknown cannot_be_told");
  EXPECT_EQ(state(page, page), "unknown cannot_be_told");
}

TEST(Doctor, judges_the_scopes_of_the_profile_for_each_flow_that_sends_them) {
  const json refused = {{"http_status", 302}, {"kind", "redirect"}, {"to_callback", true}, {"error", "invalid_scope"}};
  const json page = {{"http_status", 200}, {"kind", "html"}};
  for (const char* flow : {"login", "guest", "web_server"}) {
    json request = {{"flows", {flow}}, {"client", "public"}, {"scope", "openid chatter_api"}, {"has", {"redirect_uri"}}};
    EXPECT_EQ(setting(ask(request), "app_scopes")["standing"], "cannot_be_told") << flow;
    request["observations"] = {{"scope_full", refused}, {"scope_openid", page}, {"scope_chatter_api", refused}};
    json found = ask(request);
    EXPECT_EQ(setting(found, "app_scopes")["standing"], "wrong") << flow;
    EXPECT_EQ(found["prevented"], json({flow}));
    request["observations"]["scope_chatter_api"] = page;
    found = ask(request);
    EXPECT_EQ(setting(found, "app_scopes")["state"], "right") << flow;
  }
  json guest = {{"flows", {"guest", "login"}}, {"client", "public"}, {"scope", "api"}, {"has", {"redirect_uri"}}};
  guest["observations"] = {{"guest", {{"http_status", 400}, {"error", "invalid_scope"}, {"reason", "invalid_scope"}}}};
  EXPECT_EQ(setting(ask(guest), "app_scopes")["standing"], "wrong");
  EXPECT_EQ(ask(guest)["prevented"], json({"guest"})) << "the login was not refused";
  const json without = {{"flows", {"login"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  EXPECT_TRUE(setting(ask(without), "app_scopes").is_null());
  const json web = {{"flows", {"web_server"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  EXPECT_EQ(setting(ask(web), "app_scopes")["why"], "The profile names no scope.");
}

TEST(Doctor, names_each_scope_and_says_how_many_it_left) {
  std::string scope;
  for (char letter = 'a'; letter < 'a' + 20; ++letter) scope += std::string(scope.empty() ? "" : " ") + letter;
  const json request = {{"flows", {"login"}}, {"client", "public"}, {"scope", scope}, {"has", {"redirect_uri"}}};
  const json found = ask(request);
  std::set<std::string> whys;
  for (const json& one : found["questions"]) {
    const std::string name = one["name"];
    if (!name.starts_with("scope_")) continue;
    EXPECT_TRUE(whys.insert(one["why"].get<std::string>()).second);
    EXPECT_NE(one["why"].get<std::string>().find(" " + name.substr(6) + ","), std::string::npos);
  }
  EXPECT_EQ(whys.size(), 12U);
  EXPECT_NE(found["facts"].dump().find("Of 21 scopes the first 12 were asked about."), std::string::npos);
}

json fact(const json& found, const std::string& name) {
  for (const json& one : found["facts"]) {
    if (one["name"] == name) return one;
  }
  return {};
}

json refusal(const char* code, const char* text = "") {
  return {{"http_status", 400}, {"kind", "json"}, {"error", code}, {"error_description", text}};
}

TEST(Doctor, what_is_no_salesforce_is_said) {
  json request = everything();
  const auto all = [&](const json& seen) {
    for (const json& one : questions_of(request)) request["observations"][one["name"].get<std::string>()] = seen;
    return ask(request);
  };
  EXPECT_EQ(ask(request)["responds"], true) << "nothing was asked yet";
  const json html = {{"http_status", 200}, {"kind", "html"}};
  const json away = {{"http_status", 302}, {"kind", "redirect"}, {"host", "sso.example"}};
  const json lost = {{"http_status", 0}, {"reason", "timeout"}};
  for (const json& seen : {html, away, lost, json{{"http_status", 500}, {"kind", "json"}, {"error", "server_error"}},
                           json{{"http_status", 403}, {"kind", "html"}}}) {
    const json found = all(seen);
    EXPECT_EQ(found["responds"], false) << seen;
    for (const json& one : found["settings"]) EXPECT_EQ(one["state"], "unknown") << seen << one;
  }
  const json nowhere = all({{"http_status", 404}, {"kind", "html"}});
  EXPECT_EQ(nowhere["responds"], false);
  EXPECT_EQ(fact(nowhere, "discovery")["standing"], "wrong");
  request["observations"]["code"] = refusal("invalid_grant");
  EXPECT_EQ(fact(ask(request), "discovery")["standing"], "cannot_be_told");
  EXPECT_EQ(ask(request)["responds"], true);
}

TEST(Doctor, what_a_proxy_says_is_no_switch) {
  json request = {{"flows", {"login", "passwordless_login"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  const json good = {{"done", true}};
  for (const json& seen :
       {json{{"http_status", 403}, {"kind", "html"}}, json{{"http_status", 302}, {"kind", "redirect"}, {"host", "sso.example"}},
        json{{"http_status", 401}, {"kind", "html"}}}) {
    request["observations"] = {{"discovery", good}, {"headless", seen}, {"headless_guest", seen}, {"passwordless", seen}};
    const json found = ask(request);
    for (const char* id : {"headless_flows", "passwordless_auth"})
      EXPECT_EQ(setting(found, id)["state"], "unknown") << seen << id;
    EXPECT_EQ(found["prevents"], false);
  }
  // A way to the site's own page is one.
  const json login = {{"http_status", 302}, {"kind", "redirect"}, {"to_site", true}};
  request["observations"] = {{"discovery", good}, {"headless", login}, {"headless_guest", login}};
  EXPECT_EQ(setting(ask(request), "headless_flows")["state"], "one_of_two_off");
  request["observations"] = {{"passwordless", {{"http_status", 401}, {"kind", "empty"}, {"asks_for_token", true}}}};
  EXPECT_EQ(setting(ask(request), "passwordless_auth")["state"], "on");
  // Only what is documented of a success is one.
  for (const char* kind : {"json", "empty"}) {
    request["observations"] = {{"passwordless", {{"http_status", 200}, {"kind", kind}}}};
    for (const char* id : {"passwordless_allowed", "passwordless_auth", "passwordless_recaptcha"})
      EXPECT_EQ(setting(ask(request), id)["state"], "unknown") << kind << id;
  }
}

TEST(Doctor, an_app_that_proves_itself_by_its_key) {
  json request = {{"flows", {"web_server"}}, {"client", "private"}, {"has", {"redirect_uri", "private_key"}}};
  request["observations"] = {{"code", refusal("invalid_client")}, {"code_with_wrong_secret", refusal("invalid_client")}};
  const json found = ask(request);
  EXPECT_EQ(fact(found, "private_key")["standing"], "wrong");
  EXPECT_EQ(fact(found, "client_id")["standing"], "cannot_be_told");
  EXPECT_EQ(found["prevented"], json({"web_server"}));
  request["observations"]["code"] = refusal("invalid_grant");
  EXPECT_EQ(fact(ask(request), "private_key")["standing"], "as_it_must_be");
}

TEST(Doctor, a_host_that_does_not_serve_the_flow) {
  json request = {{"flows", {"guest", "jwks"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  request["observations"] = {{"guest", {{"http_status", 400}, {"error", "invalid_grant"}, {"reason", "wrong_host"}}}};
  EXPECT_EQ(fact(ask(request), "host")["standing"], "wrong");
  EXPECT_EQ(ask(request)["prevented"], json({"guest"}));
  request["observations"] = {{"code", refusal("invalid_grant", "request not supported on this domain")}};
  EXPECT_EQ(fact(ask(request), "host")["standing"], "wrong");
  request = {{"flows", {"device"}}, {"client", "public"}};
  request["observations"] = {{"device", refusal("invalid_grant", "request not supported on this domain")}};
  EXPECT_EQ(fact(ask(request), "host")["standing"], "cannot_be_told");
}

TEST(Doctor, names_only_the_flows_whose_need_is_unmet) {
  json request = {{"flows", {"login", "guest", "jwks"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  request["observations"] = {{"headless_guest", refusal("invalid_request", "guest flow not enabled")}};
  EXPECT_EQ(setting(ask(request), "app_guest_flow")["flows"], json({"guest"}));
  EXPECT_EQ(ask(request)["prevented"], json({"guest"}));
  request = {{"flows", {"login", "introspection"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  request["observations"] = {{"code", refusal("invalid_grant")}, {"code_with_wrong_secret", refusal("invalid_client")}};
  EXPECT_EQ(setting(ask(request), "app_secret")["flows"], json({"introspection"}));
  // Where none is named, those of another kind of client are left out.
  request["all"] = true;
  EXPECT_EQ(ask(request)["left_out"], json({"introspection"}));
  EXPECT_EQ(setting(ask(request), "app_secret")["standing"], "as_it_must_be");
  EXPECT_EQ(ask(request)["prevents"], false);
}

TEST(Doctor, an_app_that_is_blocked_is_not_off) {
  for (const char* code : {"app_blocked", "fail_close_app_blocked", "client_blocked", "OAUTH_APP_BLOCKED"}) {
    json request = {{"flows", {"login"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
    request["observations"] = {{"code", refusal(code)}};
    const json found = ask(request);
    EXPECT_EQ(setting(found, "app_enabled")["state"], "unknown") << code;
    EXPECT_NE(fact(found, "client_id")["text"].get<std::string>().find("Connected Apps OAuth Usage"), std::string::npos) << code;
    EXPECT_EQ(found["prevented"], json({"login"}));
  }
}

TEST(Doctor, says_that_a_token_is_left) {
  json request = {{"flows", {"guest"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  const json came = {{"done", true}, {"token_format", "jwt"}};
  const auto seen = [&](const json& guest, const json& end) {
    request["observations"] = {{"guest", guest}, {"guest_end", end}};
    const json one = fact(ask(request), "guest_end");
    return one.is_null() ? std::string() : one["standing"].get<std::string>();
  };
  EXPECT_EQ(seen(came, {{"done", true}}), "");
  EXPECT_EQ(seen(came, refusal("unsupported_token_type")), "wrong");
  EXPECT_EQ(seen(came, {{"http_status", 500}}), "wrong");
  request["observations"] = {{"guest", came}};
  EXPECT_EQ(fact(ask(request), "guest_end")["standing"], "wrong");
  EXPECT_EQ(ask(request)["prevented"], json::array());
  request["observations"] = {{"guest", {{"http_status", 200}, {"reason", "bad_signature"}, {"issued", true}}}};
  EXPECT_EQ(fact(ask(request), "guest_end")["standing"], "wrong");
  EXPECT_NE(fact(ask(request), "guest_end")["text"].get<std::string>().find("bad_signature"), std::string::npos);
}

TEST(Doctor, counts_the_requests_and_asks_a_user_only_for_what_that_shows) {
  json request = {{"flows", {"guest"}}, {"client", "public"}, {"has", {"redirect_uri", "user"}}};
  for (const json& one : questions_of(request)) {
    if (one["name"] == "guest") {
      EXPECT_GE(one["requests"], 2);
    }
    if (one["flow"].get<std::string>().starts_with("inquiry_")) {
      EXPECT_EQ(one["requests"], 1);
    }
    EXPECT_NE(one["name"], "user") << "a guest is not a user";
  }
  request["flows"] = {"login"};
  EXPECT_EQ(ask(request)["questions"].back()["name"], "user");
}

// A page before the sign-in proves nothing of what is looked at after it.
TEST(Doctor, a_page_proves_no_order) {
  const json page = {{"http_status", 200}, {"kind", "html"}};
  json request = {{"flows", {"web_server", "user_agent"}}, {"client", "public"}, {"has", {"redirect_uri"}}};
  request["observations"] = {{"discovery", {{"done", true}}}, {"callback", page}, {"no_challenge", page}, {"user_agent", page}};
  for (const char* id : {"proof_key", "app_proof_key", "user_agent_flow"}) {
    const json one = setting(ask(request), id);
    EXPECT_EQ(one["state"], "unknown") << id;
    EXPECT_NE(one["why"].get<std::string>().find("after that"), std::string::npos) << one;
  }
}

TEST(Doctor, says_why_it_cannot_be_told_of_what_was_sent) {
  json request = {{"flows", {"client_credentials", "jwt_bearer", "guest"}},
                  {"client", "private"},
                  {"has", {"redirect_uri", "client_secret", "private_key"}}};
  const auto why = [&](const char* id) { return setting(ask(request), id)["why"].get<std::string>(); };
  EXPECT_NE(why("app_client_credentials").find("Only the profile's client_secret"), std::string::npos);
  const json no = refusal("invalid_request");
  request["observations"] = {
      {"client_credentials", no}, {"jwt_bearer", no}, {"guest", {{"done", true}, {"token_format", "opaque"}}}};
  for (const char* id : {"app_client_credentials", "app_run_as_user", "app_bearer_certificate", "app_guest_jwt"})
    EXPECT_FALSE(why(id).starts_with("Only ")) << why(id);
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
    for (const json& one : questions_of(request)) {
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
