// What each inquiry sends, and what it makes of any response.
#include "org/inquiries.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "engine/flow.h"
#include "flows/registry.h"
#include "oauth/app.h"
#include "org/doctor.h"

namespace hlid::org {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;
constexpr const char* kSecret = "an-app-secret-of-32-characters-x";

std::shared_ptr<const hlid::App> make_app() {
  const NamedValue values[] = {{"site", "https://acme.my.site.com/shop"},
                               {"client_id", "3MVG9Example"},
                               {"client_secret", kSecret},
                               {"redirect_uri", "https://app.acme.example/callback"}};
  auto app = hlid::App::create(values);
  EXPECT_TRUE(app);
  return *app;
}

using Arguments = std::vector<std::pair<std::string, std::string>>;

// All that it may be asked with: one flow for each set of arguments in the table of questions.
struct Case {
  const FlowSpec* flow;
  Arguments arguments;
};
std::vector<Case> cases() {
  std::vector<Case> out;
  for (const Question& question : all_questions()) {
    const FlowSpec* flow = find_inquiry(question.flow);
    if (flow == nullptr) continue;
    Case one{flow, {}};
    for (const Argument& argument : question.arguments) one.arguments.emplace_back(argument.name, argument.value);
    out.push_back(std::move(one));
  }
  return out;
}

std::unique_ptr<Flow> begun(const Case& one) {
  auto flow = std::make_unique<Flow>(make_app(), *one.flow);
  EXPECT_TRUE(flow->set_trace(true));
  for (const auto& [name, value] : one.arguments) EXPECT_TRUE(flow->set(name, value)) << name;
  const auto step = flow->next(kNow);
  EXPECT_TRUE(step && *step == Step::send) << one.flow->name;
  return flow;
}

std::string header(const Request& request, std::string_view name) {
  for (const Header& one : request.headers) {
    if (one.name == name) return std::string(one.value);
  }
  return {};
}

struct Reply {
  int status;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

std::unique_ptr<Flow> answered(const Case& one, const Reply& reply) {
  auto flow = begun(one);
  for (const auto& [name, value] : reply.headers) EXPECT_TRUE(flow->give_header(name, value));
  EXPECT_TRUE(flow->give_response(reply.status, 11, reply.body));
  EXPECT_TRUE(flow->next(kNow));
  return flow;
}

std::string field(const Flow& flow, std::string_view name) {
  return flow.result() == nullptr ? "" : std::string(flow.result()->get(name));
}

TEST(Inquiries, are_in_no_catalogue_and_each_is_asked) {
  std::set<std::string> asked;
  for (const Case& one : cases()) asked.insert(one.flow->name);
  for (const FlowSpec* flow : all_inquiries()) {
    EXPECT_EQ(find_flow(flow->name), nullptr);
    EXPECT_TRUE(std::string_view(flow->name).starts_with("inquiry_"));
    EXPECT_TRUE(asked.contains(flow->name)) << flow->name;
    EXPECT_EQ(flow->requests().size(), 1U);
  }
  for (const Question& question : all_questions())
    EXPECT_TRUE(find_inquiry(question.flow) != nullptr || find_flow(question.flow) != nullptr) << question.flow;
}

TEST(Inquiries, send_what_is_wrong_on_purpose_and_no_secret_but_the_apps) {
  std::set<std::string> bodies;
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.flow->name);
    const auto flow = begun(one);
    const Request& request = flow->request();
    const std::string body(request.body.view());
    EXPECT_TRUE(request.url.starts_with("https://acme.my.site.com/shop/")) << request.url;
    EXPECT_FALSE(request.retry_safe);
    const std::string whole = request.url + "\n" + body;
    const bool proves =
        std::string_view(one.flow->name) == "inquiry_token" || std::string_view(one.flow->name) == "inquiry_introspection";
    EXPECT_EQ(whole.find(kSecret) != std::string::npos, proves) << whole;
    EXPECT_EQ(flow->trace().find(kSecret), std::string_view::npos);
    // Made up again for each: nothing that a server could know.
    const std::string again(begun(one)->request().body.view());
    if (body.find("headlessid-") != std::string::npos) {
      EXPECT_NE(body, again);
    }
    bodies.insert(whole);
  }
  EXPECT_EQ(bodies.size(), cases().size());
}

const Case kHeader{find_inquiry("inquiry_headless"), {{"auth_request_type", "Named-User"}, {"placement", "header"}}};
const Case kBody{find_inquiry("inquiry_headless"), {{"auth_request_type", "Named-User"}, {"placement", "body"}}};
const Case kGuest{find_inquiry("inquiry_headless"), {{"auth_request_type", "guest"}}};
const Case kMadeUp{find_inquiry("inquiry_authorize"),
                   {{"response_type", "code"}, {"callback", "made_up"}, {"code_challenge", "none"}}};
const Case kScope{find_inquiry("inquiry_authorize"),
                  {{"response_type", "code"}, {"callback", "right"}, {"code_challenge", "right"}, {"scope", "api web"}}};

TEST(Inquiries, say_what_they_are_about) {
  EXPECT_EQ(header(begun(kHeader)->request(), "Authorization"), "Basic Og==");
  EXPECT_EQ(begun(kHeader)->request().body.view().find("username"), std::string_view::npos);
  EXPECT_NE(begun(kBody)->request().body.view().find("&username=&password="), std::string_view::npos);
  EXPECT_EQ(header(begun(kGuest)->request(), "Auth-Request-Type"), "guest");
  EXPECT_EQ(header(begun(kGuest)->request(), "Uvid-Hint"), "");
  EXPECT_EQ(begun(kMadeUp)->request().url,
            "https://acme.my.site.com/shop/services/oauth2/authorize?response_type=code&client_id=3MVG9Example&redirect_uri="
            "https%3A%2F%2Fheadlessid.invalid%2Fcallback");
  EXPECT_EQ(begun(kMadeUp)->request().method, std::string_view("GET"));
  EXPECT_TRUE(begun(kScope)->request().url.ends_with("&code_challenge_method=S256&scope=api+web"));
  const Case registration{find_inquiry("inquiry_init"), {{"endpoint", "registration"}}};
  EXPECT_EQ(begun(registration)->request().body.view(), "{}");
  EXPECT_EQ(header(begun(registration)->request(), "Authorization"), "");
  const Case forgot{find_inquiry("inquiry_init"), {{"endpoint", "forgot_password"}}};
  EXPECT_TRUE(begun(forgot)->request().url.ends_with("/services/auth/headless/forgot_password"));
  EXPECT_NE(begun(forgot)->request().body.view().find("@example.invalid\""), std::string_view::npos);
}

TEST(Inquiries, end_with_any_response) {
  const std::string mega(10'000'000, 'x');
  const std::string page = "<html><body>" + std::string(kMaxResponseBody - 200, 'a') + "error=late</body></html>";
  const Reply replies[] = {
      {200, {{"content-type", "text/html"}}, "<html><title>Login</title></html>"},
      {500, {{"content-type", "text/html"}}, "<html>error</html>"},
      {503, {}, ""},
      {200, {}, ""},
      {204, {}, ""},
      {302, {{"location", "https://elsewhere.example/x"}}, ""},
      {302, {{"location", "https://app.acme.example/callback?error=invalid_scope&error_description=no"}}, ""},
      {302, {}, ""},
      {302, {{"location", "::::"}}, ""},
      {400, {{"content-type", "application/json"}}, R"({"error":"invalid_grant","error_description":"no"})"},
      {400, {{"content-type", "application/json"}}, R"([{"errorCode":"X","message":"no"}])"},
      {400, {{"content-type", "application/json"}}, R"({"error":{"a":1}})"},
      {400, {{"content-type", "application/json"}}, "{\"error\":"},
      {200, {{"content-type", "application/json"}}, "[[[[[[[[[["},
      {418, {{"content-type", "text/plain"}}, "error=" + std::string(5000, 'e')},
      {200, {{"content-type", "text/html"}}, page},
  };
  const std::set<std::string> kinds = {"json", "html", "redirect", "empty", "other"};
  for (const Case& one : cases()) {
    for (const Reply& reply : replies) {
      SCOPED_TRACE(std::string(one.flow->name) + " " + std::to_string(reply.status) + " " + reply.body.substr(0, 40));
      const auto flow = answered(one, reply);
      ASSERT_EQ(flow->step(), Step::done);
      EXPECT_EQ(field(*flow, "http_status"), std::to_string(reply.status));
      EXPECT_TRUE(kinds.contains(field(*flow, "kind")));
      EXPECT_LE(field(*flow, "error").size(), kMaxServerCode + 8);
      EXPECT_LE(field(*flow, "error_description").size(), kMaxServerText + 8);
    }
    const auto flow = answered(one, {200, {}, mega});
    EXPECT_EQ(flow->step(), Step::failed);
    EXPECT_EQ(flow->error()->data().reason, std::string_view("response_too_large"));
  }
}

TEST(Inquiries, read_where_a_redirect_leads) {
  const auto callback = answered(
      kScope, {302, {{"location", "https://app.acme.example/callback#error=oauth_flow_disabled&error_description=is+off"}}, ""});
  EXPECT_EQ(field(*callback, "to_callback"), "true");
  EXPECT_EQ(field(*callback, "error"), "oauth_flow_disabled");
  EXPECT_EQ(field(*callback, "error_description"), "is off");
  const auto login = answered(kScope, {302, {{"location", "/shop/login?startURL=%2Fsetup%3Ferror%3Dno"}}, ""});
  EXPECT_EQ(field(*login, "to_callback"), "false");
  EXPECT_EQ(field(*login, "host"), "acme.my.site.com");
  EXPECT_EQ(field(*login, "error"), "");
  const auto page = answered(
      kMadeUp,
      {400, {{"content-type", "text/html"}}, "<p>error=redirect_uri_mismatch&amp;error_description=redirect_uri+must+match</p>"});
  EXPECT_EQ(field(*page, "error"), "redirect_uri_mismatch");
  EXPECT_EQ(field(*page, "error_description"), "redirect_uri must match");
  // A callback that only looks like ours, and one of this library's own that is not the app's.
  const auto other = answered(kMadeUp, {302, {{"location", "https://app.acme.example.evil.example/callback?code=x"}}, ""});
  EXPECT_EQ(field(*other, "to_callback"), "false");
}

TEST(Inquiries, believe_no_other_hosts_address_and_no_pages_link) {
  for (const char* location :
       {"http://portal.invalid/login?error=invalid_grant", "https://acme.my.site.com.evil.example/?error=invalid_client_id",
        "https://acme.my.site.com:8443/shop?error=invalid_grant"}) {
    const auto away = answered(kScope, {302, {{"location", location}}, ""});
    EXPECT_EQ(field(*away, "error"), "") << location;
    EXPECT_EQ(field(*away, "to_site"), "") << location;
  }
  const auto login = answered(kScope, {302, {{"location", "/shop/login?error=true"}}, ""});
  EXPECT_EQ(field(*login, "to_site"), "true");
  EXPECT_EQ(field(*login, "error"), "");
  const auto page = [](const std::string& body) { return answered(kScope, {200, {{"content-type", "text/html"}}, body}); };
  EXPECT_EQ(field(*page("<a href='/login?error=true'>Log in</a>"), "kind"), "html");
  const auto link = page("<a href='/help?error=invalid_grant'>Help</a>");
  EXPECT_EQ(field(*link, "error"), "");
  EXPECT_EQ(field(*link, "kind"), "other") << "neither a login page nor an error";
  const auto script = page("<script>location='https://app.acme.example/callback?error=invalid_scope'</script>");
  EXPECT_EQ(field(*script, "error"), "invalid_scope");
  // Where an app's own name ends up in a redirect.
  const Case proven{find_inquiry("inquiry_token"), {{"grant_type", "authorization_code"}}};
  const auto leak = answered(proven, {302, {{"location", std::string("https://") + kSecret + ".evil.example/"}}, ""});
  EXPECT_EQ(field(*leak, "host").find(kSecret), std::string::npos);
}

TEST(Inquiries, take_only_a_documented_success_for_one) {
  const auto accepted = [](const Case& one, int status, const std::string& body) {
    return field(*answered(one, {status, {{"content-type", "application/json"}}, body}), "accepted") == "true";
  };
  for (const char* endpoint : {"registration", "passwordless", "forgot_password"}) {
    const Case init{find_inquiry("inquiry_init"), {{"endpoint", endpoint}}};
    for (const char* body : {"", "{}", "[]", "1", "null", "\"success\"", R"({"success":false,"identifier":"x"})",
                             R"({"status":"failed"})", R"({"identifier":""})", R"({"error":"x","identifier":"x"})"})
      EXPECT_FALSE(accepted(init, 200, body)) << body;
    EXPECT_FALSE(accepted(init, 204, ""));
    EXPECT_FALSE(accepted(init, 400, R"({"status":"success"})"));
    EXPECT_TRUE(accepted(init, 200, R"({"identifier":"0XW000"})"));
    EXPECT_TRUE(accepted(init, 200, R"({"status":"success","message":"ok"})"));
  }
  const Case introspection{find_inquiry("inquiry_introspection"), {}};
  EXPECT_TRUE(accepted(introspection, 200, R"({"active":false})"));
  EXPECT_FALSE(accepted(introspection, 200, "{}"));
  const Case revocation{find_inquiry("inquiry_revocation"), {}};
  EXPECT_TRUE(accepted(revocation, 200, ""));
  EXPECT_FALSE(accepted(revocation, 200, "<html>"));
  const Case init{find_inquiry("inquiry_init"), {{"endpoint", "passwordless"}}};
  EXPECT_EQ(field(*answered(init, {401, {{"www-authenticate", "Bearer realm=x"}}, ""}), "asks_for_token"), "true");
  EXPECT_EQ(field(*answered(init, {401, {{"www-authenticate", "Basic realm=x"}}, "<html>"}), "asks_for_token"), "");
}

// What a page or an address may say, and a row waits for, is known as a code.
TEST(Inquiries, know_the_codes_that_rows_wait_for) {
  for (const Conclusion& row : all_conclusions()) {
    for (const Sign* sign : {&row.sign, &row.also, &row.and_also}) {
      std::string codes = sign->codes;
      for (size_t at = 0; at < codes.size();) {
        const std::string code = codes.substr(at, codes.find(' ', at) - at);
        at += code.size() + 1;
        if (code.find(':') == std::string::npos) {
          EXPECT_TRUE(is_known_code(code)) << code;
        }
      }
    }
  }
}

TEST(Inquiries, show_no_secret_that_a_server_repeats) {
  const Case proven{find_inquiry("inquiry_token"), {{"grant_type", "authorization_code"}}};
  const auto flow = answered(proven, {400,
                                      {{"content-type", "application/json"}},
                                      std::string(R"({"error":"x","error_description":"you sent )") + kSecret + "\"}"});
  EXPECT_EQ(field(*flow, "error_description").find(kSecret), std::string::npos);
}

TEST(Inquiries, cannot_be_sealed) {
  const auto flow = begun(kBody);
  EXPECT_FALSE(flow->seal("binding", kNow));
}

TEST(Inquiries, errors_that_are_shown) {
  const auto is = [](std::string_view text, std::string_view code, std::string_view words) {
    const ShownError shown = error_shown_in(text);
    EXPECT_EQ(shown.code, code) << text;
    EXPECT_EQ(shown.text, words) << text;
  };
  is("?error=invalid_scope&error_description=c+d&state=x", "invalid_scope", "c+d");
  is("error=invalid_grant&amp;error_description=c</p>", "invalid_grant", "c");
  is("?error=true&x=1", "", "");
  is("?no_error=invalid_grant", "", "");
  is("?error=1&error=invalid_grant", "invalid_grant", "");
  is("?error_description=c", "", "");
  is("error=<script>", "", "");
  is("error=" + std::string(65, 'a'), "", "");
  is("no such thing", "", "");
}

}  // namespace
}  // namespace hlid::org
