#include "conversation.h"

#include <cstdlib>

namespace secrets {
namespace {

constexpr std::string_view kUvid = "4f8fad5b-d9cb-469f-a165-70867728950e";
constexpr std::string_view kCallback = "https://app.example.com/callback";

// The whole of it, as a base64url text would begin: {"alg":"RS256","typ":"JWT"}.
constexpr std::string_view kJwtHeader = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";

Masked guest_jwt(const Masked& secret_claim) {
  Masked claims;
  claims.append(R"({"sub":"uvid:)").append(kUvid).append(R"(","exp":1767229200,"jti":")").append(secret_claim).append("\"}");
  Masked token(kJwtHeader);
  token.append(".").append_base64url(claims).append(".");
  return token.append_random(64);
}

void must(bool good) {
  if (!good) std::abort();  // the test itself is wrong
}

}  // namespace

std::vector<std::string> told_to_server(const std::string& flow, size_t request) {
  if (flow == "userinfo") return {"access_token"};
  if (flow == "revocation") return {"refresh_token"};
  std::vector<std::string> told = {"guest_token", "state", "extra_header", "extra_parameter"};
  if (flow == "login") told.push_back("password");
  if (request > 0) told.insert(told.end(), {"code", "verifier", "client_secret"});
  return told;
}

Conversation::Conversation(Story story) : story_(std::move(story)) {
  if (story_.echo.empty()) story_.echo = told_to_server(story_.flow, 0).front();
  make_marks();
  hlid_app_settings settings;
  hlid_app_settings_init(&settings, sizeof settings);
  settings.site = hlid_str("https://acme.my.site.com/shop");
  settings.client_id = hlid_str("3MVG9Example.ClientId");
  settings.redirect_uri = {kCallback.data(), kCallback.size()};
  for (const auto& [name, value] : story_.settings) {
    must(hlid_app_settings_set(&settings, {name.data(), name.size()}, {value.data(), value.size()}, nullptr) == HLID_OK);
  }
  const Plain client_secret(marks_["client_secret"]);
  if (story_.private_client) settings.client_secret = client_secret.view();
  Plain proxy;
  proxy.append("http://user:").append(marks_["proxy_password"]).append("@127.0.0.1:9");
  settings.proxy = proxy.view();
  Plain headers;
  headers.append(R"({"X-Api-Key":")").append(marks_["extra_header"]).append("\"}");
  settings.extra_headers = headers.view();
  Plain parameters;
  parameters.append(R"({"api_key":")").append(marks_["extra_parameter"]).append("\"}");
  settings.extra_parameters = parameters.view();
  must(hlid_app_new(&settings, &app_, nullptr) == HLID_OK);
  must(hlid_flow_new(app_, {story_.flow.data(), story_.flow.size()}, &flow_, nullptr) == HLID_OK);
  must(hlid_flow_set_trace(flow_, 1, nullptr) == HLID_OK);
  set_parameters();
}

void Conversation::make_marks() {
  marks_["password"].append("Pw \"&%/+").append_random(40).append("=\\");
  marks_["short_password"].append_random(10);  // fits into what a std::string keeps inside itself
  marks_["client_secret"].append_random(40).append("+/");
  marks_["proxy_password"].append_random(48);
  marks_["extra_header"].append_random(48);
  marks_["extra_parameter"].append_random(48);
  marks_["code"].append("aPrx").append_random(40).append("==");
  marks_["refresh_token"].append("5Aep").append_random(60);
  marks_["id_token"].append(kJwtHeader).append(".").append_random(80).append(".").append_random(60);
  marks_["guest_claim"].append_random(48);
  marks_["guest_token"].append(guest_jwt(marks_["guest_claim"]));
  marks_["access_token"].append("00DEx0000001abc!").append_random(60);
  marks_["access_claim"].append_random(48);
  if (story_.flow == "guest") marks_["access_token"] = guest_jwt(marks_["access_claim"]);
  marks_["own_state"].append_random(48);
  marks_["email"].append("lena@").append_random(40);
}

void Conversation::set_parameter(const char* name, const Masked& value) {
  const Plain plain(value);
  must(hlid_flow_set(flow_, hlid_str(name), plain.view(), nullptr) == HLID_OK);
}

void Conversation::set_parameters() {
  if (story_.flow == "login") {
    set_parameter("username", Masked("lena.ortiz@example.com"));
    // Set twice: the first value is gone, too.
    set_parameter("password", marks_["short_password"]);
    set_parameter("password", marks_["password"]);
    set_parameter("guest_token", marks_["guest_token"]);
    set_parameter("state", marks_["own_state"]);
  } else if (story_.flow == "guest") {
    set_parameter("guest_token", marks_["guest_token"]);
  } else if (story_.flow == "userinfo") {
    set_parameter("access_token", marks_["access_token"]);
  } else {
    set_parameter("token", marks_["refresh_token"]);
  }
  // Values that are refused leave nothing behind either.
  Plain refused(marks_["password"]);
  refused.append(std::string_view("\0", 1));
  const char* secret = story_.flow == "login" ? "password" : story_.flow == "guest" ? "guest_token" : story_.flow == "userinfo" ? "access_token" : "token";
  hlid_error* error = nullptr;
  must(hlid_flow_set(flow_, hlid_str(secret), refused.view(), &error) == HLID_E_ARGUMENT);
  must(found_in(text(hlid_error_message(error)), forms({"password"})).empty());
  hlid_error_free(error);
}

hlid_step Conversation::run() {
  size_t number = 0;
  for (;;) {
    hlid_step step = 0;
    must(hlid_flow_next(flow_, now_, &step, nullptr) == HLID_OK);
    if (step == HLID_STEP_WAIT) {
      now_ = hlid_flow_wait_until_ms(flow_);
      continue;
    }
    if (step != HLID_STEP_SEND) return step;
    capture("state=", "state");
    capture("code_verifier=", "verifier");
    if (keep_requests) {
      std::string all(text(hlid_flow_request_url(flow_)));
      for (size_t i = 0; i < hlid_flow_request_header_count(flow_); ++i) {
        all.append("\n").append(text(hlid_flow_request_header_value(flow_, i)));
      }
      requests_.emplace_back(std::string(text(hlid_flow_request_name(flow_))) + " head", all);
      requests_.emplace_back(std::string(text(hlid_flow_request_name(flow_))) + " body", text(hlid_flow_request_body(flow_)));
    }
    if (number == story_.cancel_at) {
      hlid_flow_cancel(flow_);
      continue;
    }
    const How how = number < story_.answers.size() ? story_.answers[number] : How::good;
    ++number;
    answer(text(hlid_flow_request_name(flow_)), how);
  }
}

// Takes a value that the flow made up from the body of its request.
void Conversation::capture(const char* field, const char* mark) {
  const std::string_view body = text(hlid_flow_request_body(flow_));
  const std::string_view name = field;
  size_t at = body.find(name);
  if (at == std::string_view::npos) return;
  Masked taken;
  for (at += name.size(); at < body.size() && body[at] != '&'; ++at) taken.push(body[at]);
  marks_[mark] = std::move(taken);
}

void Conversation::append_echo(Plain& out, bool in_json) const {
  const auto found = marks_.find(story_.echo);
  if (found == marks_.end()) return;  // the flow has not made it up yet
  const Masked& mark = found->second;
  if (story_.percent_echo) {
    Masked encoded;
    out.append(encoded.append_form_encoded(mark));
    return;
  }
  for (size_t i = 0; i < mark.size(); ++i) {
    const char c = mark.at(i);
    if (in_json && (c == '"' || c == '\\')) out.append("\\");
    out.append(std::string_view(&c, 1));
  }
}

void Conversation::give(int32_t status, std::initializer_list<std::pair<const char*, const Plain*>> headers, const Plain& body) {
  for (const auto& [name, value] : headers) (void)hlid_flow_give_header(flow_, hlid_str(name), value->view(), nullptr);
  must(hlid_flow_give_answer(flow_, status, 20, body.view(), nullptr) == HLID_OK);
}

void Conversation::give_good(std::string_view request) {
  Plain location, body, type;
  type.append("application/json;charset=UTF-8");
  if (request == "authorize") {
    Masked code;
    code.append_form_encoded(marks_["code"]);
    location.append(kCallback).append("?code=").append(code).append("&state=").append(marks_["state"]);
    return give(302, {{"Location", &location}}, body);
  }
  if (request == "token") {
    body.append(R"({"access_token":")").append(marks_["access_token"]).append(R"(","refresh_token":")").append(marks_["refresh_token"]);
    body.append(R"(","id_token":")").append(marks_["id_token"]).append(R"(","token_type":"Bearer","issued_at":"1767225600123"})");
  } else if (request == "userinfo") {
    body.append(R"({"sub":"005","email":")").append(marks_["email"]).append("\"}");
  }
  give(200, {{"Content-Type", &type}}, body);
}

void Conversation::answer(std::string_view request, How how) {
  Plain location, body, type, mark;
  append_echo(mark, false);
  const auto fill = [&](std::string_view before, std::string_view after) {
    body.append(before);
    append_echo(body, true);
    body.append(after);
  };
  type.append("application/json");
  switch (how) {
    case How::good: return give_good(request);
    case How::refused:
    case How::unauthorized:
      body.append(R"({"error":")");
      append_echo(body, true);
      fill(R"(","error_description":"your )", R"( is wrong"})");
      return give(how == How::refused ? 400 : 401, {{"Content-Type", &type}, {"WWW-Authenticate", &mark}}, body);
    case How::server_error:
      fill("the server has no idea what ", " may be");
      return give(503, {{"X-Echo", &mark}}, body);
    case How::html:
      fill("<html><input value=\"", "\"></html>");
      type.wipe();
      type.append("text/html");
      return give(200, {{"Content-Type", &type}, {"Set-Cookie", &mark}}, body);
    case How::elsewhere: {
      Masked encoded;
      encoded.append_form_encoded(marks_.at(story_.echo));
      location.append("https://evil.example/").append(encoded).append("?password=").append(encoded).append("&error=").append(encoded);
      return give(302, {{"Location", &location}}, body);
    }
    case How::sent_back: {
      Masked encoded;
      encoded.append_form_encoded(marks_.at(story_.echo));
      location.append(kCallback).append("?error=invalid_grant&error_description=wrong+").append(encoded).append("&state=").append(marks_["state"]);
      return give(302, {{"Location", &location}}, body);
    }
    case How::wrong_state:
      location.append(kCallback).append("?code=").append("x").append("&state=");
      append_echo(location, false);
      return give(302, {{"Location", &location}}, body);
    case How::cut_json:
      fill(R"({"access_token":")", "");
      return give(200, {{"Content-Type", &type}}, body);
    case How::both:
      body.append(R"({"access_token":")").append(marks_["access_token"]);
      fill(R"(","error":")", "\"}");
      return give(200, {{"Content-Type", &type}}, body);
    case How::bad_token:
      fill(R"({"access_token":"a )", "\"}");
      return give(200, {{"Content-Type", &type}}, body);
    case How::other_type:
      body.append(R"({"access_token":")").append(marks_["access_token"]);
      fill(R"(","token_type":")", "\"}");
      return give(200, {{"Content-Type", &type}}, body);
    case How::many_headers:
      for (int i = 0; i < 300; ++i) (void)hlid_flow_give_header(flow_, hlid_str("X-Echo"), mark.view(), nullptr);
      return give(200, {}, body);
    case How::odd_header:
      return give(200, {{"Content-Type", &mark}, {"Content-Encoding", &mark}}, body);
    case How::no_answer:
      must(hlid_flow_give_no_answer(flow_, HLID_LEFT_MAYBE, mark.view(), nullptr) == HLID_OK);
      return;
  }
}

void Conversation::free_flow() {
  hlid_flow_free(flow_);
  flow_ = nullptr;
}

void Conversation::free_all() {
  free_flow();
  hlid_app_free(app_);
  app_ = nullptr;
}

std::vector<Form> Conversation::forms() const {
  std::vector<std::string> names;
  for (const auto& [name, mark] : marks_) names.push_back(name);
  return forms(names);
}

std::vector<Form> Conversation::forms(const std::vector<std::string>& names) const {
  std::vector<Form> all;
  for (const std::string& name : names) {
    const auto found = marks_.find(name);
    if (found == marks_.end()) continue;
    for (Form& form : forms_of(name, found->second)) all.push_back(std::move(form));
  }
  return all;
}

std::string Conversation::texts() const {
  std::string all(text(hlid_flow_trace(flow_)));
  if (const hlid_error* error = hlid_flow_error(flow_)) {
    for (const hlid_view part : {hlid_error_message(error), hlid_error_hint(error), hlid_error_field(error), hlid_error_reason(error),
                                 hlid_error_server_code(error), hlid_error_server_text(error)}) {
      all.append("\n").append(text(part));
    }
  }
  return all;
}

}  // namespace secrets
