// K12 for the flows that have no test of their own in cut_test.cc: a request that counts once is seen once by the server,
// whatever breaks while it is on its way or while its response is.
#include "support.h"

namespace client_test {
namespace {

class SingleUse : public BothProtocols {};
RUN_OVER_BOTH(SingleUse);

constexpr const char* kRequestTokenPath = "/RequestTokenHandler";
constexpr const char* kAccessTokenPath = "/AccessTokenHandler";
constexpr const char* kRegisterPath = "/services/oauth2/register";
constexpr const char* kValue = "marked-single-use-value";

struct Case {
  const char* flow;
  Settings parameters{};
  const char* path = kTokenPath;
  std::size_t number = 0;          // of the single-use request
  const char* value = kValue;      // what must not come twice
  const char* callback = nullptr;  // behind kCallback, where a browser brings the value
  Settings settings{};
};

const std::vector<Case>& cases() {
  static const std::string kSaml =
      "<Response><Assertion ID=\"" + std::string(kValue) + "\"><SignatureValue/></Assertion></Response>";
  static const std::string kJwt = "eyJhbGciOiJSUzI1NiJ9.eyJkaWQiOiJsYW1wLTcifQ.c2ln";
  static const std::vector<Case> kCases = {
      {"web_server", {{"state", "s"}}, kTokenPath, 0, kValue, "?code=marked-single-use-value&state=s"},
      {"hybrid_web_server", {{"state", "s"}, {"scope", "web"}}, kTokenPath, 0, kValue, "?code=marked-single-use-value&state=s"},
      {"device", {}, kTokenPath, 1},
      {"token_exchange", {{"subject_token", kValue}, {"subject_token_type", "access_token"}}},
      {"refresh", {{"refresh_token", kValue}}},
      {"hybrid_refresh", {{"refresh_token", kValue}}},
      {"oauth1",
       {},
       kAccessTokenPath,
       1,
       kValue,
       "?oauth_token=request-token&oauth_verifier=marked-single-use-value",
       {{"client_secret", "marked-secret"}}},
      {"saml_assertion", {{"token_url", "$site/services/oauth2/token?so=00D"}, {"assertion", kSaml}}, kTokenPath, 0, ""},
      {"asset_token", {{"subject_token", kValue}, {"actor_token", kJwt}}},
      {"username_password",
       {{"username", kUsername}, {"password", kValue}},
       kTokenPath,
       0,
       kValue,
       nullptr,
       {{"client_secret", "marked-secret"}}},
      {"client_registration",
       {{"initial_access_token", kValue}, {"redirect_uris", kCallback}},
       kRegisterPath,
       0,
       kValue,
       nullptr,
       {{"client_secret", "marked-secret"}}},
  };
  return kCases;
}

// What leads up to the single-use request.
OAuthSite good_site() {
  OAuthSite site;
  site.on_path(kRequestTokenPath, http1(200, {}, "oauth_token=request-token&oauth_token_secret=request-secret"));
  site.on_path(kAccessTokenPath, http1(200, {}, "oauth_token=token&oauth_token_secret=secret&more=" + std::string(80, 'x')));
  site.on_path(kRegisterPath, json_reply(201, R"({"client_id":"3MVG9.new","client_secret":"new"})"));
  site.on_path(kTokenPath, [](const Request& request) {
    if (request.form("response_type") != "device_code") return OAuthSite::default_response(request);
    std::string body = R"({"device_code":")" + std::string(kValue);
    // An address of the org's own: Salesforce's login host is one.
    body += R"(","user_code":"WDJBMJHT","interval":1,"verification_uri":"https://login.salesforce.com/setup/connect"})";
    return json_reply(200, body);
  });
  return site;
}

// A poll comes a second after the code: fewer of these.
bool is_slow(const Case& one) { return one.flow == std::string_view("device"); }

struct Sent {
  Ended end{};
  std::size_t requests = 0;  // all that were begun
  std::size_t with_value = 0;
};

// The flow as far as it goes: shown pages are looked at, and the browser comes back.
Sent send(const Case& one, const ServerOptions& options) {
  Server server(options);
  Settings settings = {{"token_endpoint_auth_method", "none"}};
  if (!one.settings.empty()) settings = one.settings;
  const Signer signer(server.origin(), settings);
  Settings parameters = one.parameters;
  for (auto& [name, value] : parameters) {
    if (value.starts_with("$site")) value = server.origin() + value.substr(5);
  }
  const Flow flow = make_flow(signer.app, one.flow, parameters, 20'000);
  Sent sent;
  sent.end = run(signer.client, flow);
  if (sent.end.step == HLID_STEP_SHOW) {
    if (one.callback != nullptr) {
      const std::string arrived = std::string(kCallback) + one.callback;
      EXPECT_EQ(hlid_flow_give_value(flow.get(), hlid_str("callback_url"), view(arrived), nullptr), HLID_OK) << one.flow;
    }
    sent.end = run(signer.client, flow);
  }
  sent.requests = server.journal().request_records().size();
  sent.with_value = server.journal().count_value(one.value);
  return sent;
}

// Values that an earlier response brought, or a person, count where they are sent.
void expect_once(const Case& one, const Sent& sent, const std::string& where) {
  EXPECT_EQ(sent.end.step, HLID_STEP_FAILED) << one.flow << ", " << where;
  EXPECT_EQ(sent.end.error.kind, HLID_E_TRANSPORT) << one.flow << ", " << where << ": " << sent.end.error.message;
  EXPECT_TRUE(sent.end.error.outcome_unknown) << one.flow << ", " << where << ": " << sent.end.error.message;
  EXPECT_EQ(sent.requests, one.number + 1) << one.flow << ", " << where;
  EXPECT_LE(sent.with_value, 1U) << one.flow << ", " << where;
}

TEST_P(SingleUse, k12_each_of_these_flows_ends_well_where_nothing_breaks) {
  for (const Case& one : cases()) {
    if (one.flow == std::string_view("asset_token")) continue;  // its response would have to be a JWT
    const Sent sent = send(one, site(good_site()));
    EXPECT_NE(sent.end.step, HLID_STEP_SHOW) << one.flow;
    EXPECT_GE(sent.requests, one.number + 1) << one.flow;
    if (*one.value != '\0') {
      EXPECT_EQ(sent.with_value, 1U) << one.flow;
    }
  }
}

TEST_P(SingleUse, k12_no_response_comes) {
  for (const Case& one : cases()) {
    for (const After after : {After::rst, After::fin, After::no_notify, After::close}) {
      if (is_slow(one) && after != After::rst) continue;
      OAuthSite answers = good_site();
      answers.on_request(one.number, no_reply(after));
      const Sent sent = send(one, site(answers));
      expect_once(one, sent, "taken, then " + std::to_string(static_cast<int>(after)));
      if (*one.value != '\0') {
        EXPECT_EQ(sent.with_value, 1U) << one.flow;
      }
    }
  }
}

TEST_P(SingleUse, k12_the_response_is_cut) {
  for (const Case& one : cases()) {
    // In the first line, in a header or the frames' own head, in the body.
    for (const std::size_t at : {std::size_t{1}, std::size_t{20}, std::size_t{90}}) {
      for (const After after : {After::rst, After::fin}) {
        if (is_slow(one) && after != After::rst) continue;
        OAuthSite answers = good_site();
        answers.cut_response(one.number, at, after);
        expect_once(one, send(one, site(answers)), "response cut at " + std::to_string(at));
      }
    }
  }
}

TEST_P(SingleUse, k12_the_request_is_cut) {
  for (const Case& one : cases()) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{20}, std::size_t{60}}) {
      for (const After after : {After::rst, After::close}) {
        if (is_slow(one) && after != After::rst) continue;
        OAuthSite answers = good_site();
        answers.cut_request(one.number, at, after);
        expect_once(one, send(one, site(answers)), "request cut at " + std::to_string(at));
      }
    }
  }
}

// Overload and a gateway's page: the server may have done its work before it said so.
TEST_P(SingleUse, h11_a_response_that_is_a_failure_is_not_asked_for_again) {
  for (const Case& one : cases()) {
    if (one.flow == std::string_view("device")) continue;  // it polls on: nothing has been issued yet
    for (const int status : {429, 500, 502, 503, 504}) {
      OAuthSite answers = good_site();
      answers.on_request(one.number, http1(status, {{"Content-Type", "text/html"}, {"Retry-After", "0"}}, "<html>later</html>"));
      const Sent sent = send(one, site(answers));
      EXPECT_EQ(sent.end.step, HLID_STEP_FAILED) << one.flow << ", " << status;
      EXPECT_EQ(sent.requests, one.number + 1) << one.flow << ", " << status;
    }
  }
}

}  // namespace
}  // namespace client_test
