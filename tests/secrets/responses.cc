// The server's part of a conversation: good responses, and every way in which it can say back what it was told.
#include "conversation.h"

namespace secrets {
namespace {

constexpr std::string_view kCallback = "https://app.example.com/callback";

bool has_member(std::string_view body, std::string_view name) { return body.find(name) != std::string_view::npos; }

}  // namespace

void Conversation::append_echo(Plain& out, bool in_json) const {
  const Masked& mark = echo_;
  if (story_.percent_echo) {
    out.append(encoded_echo());
    return;
  }
  for (size_t i = 0; i < mark.size(); ++i) {
    const char c = mark.at(i);
    if (in_json && c == '\n') {
      out.append("\\n");
      continue;
    }
    if (in_json && (c == '"' || c == '\\')) out.append("\\");
    out.append(std::string_view(&c, 1));
  }
}

Masked Conversation::encoded_echo() const {
  Masked encoded;
  return encoded.append_form_encoded(echo_);
}

void Conversation::append_code(Plain& out) {
  Masked encoded;
  out.append(encoded.append_form_encoded(fresh("code")));
}

void Conversation::give(int32_t status, std::initializer_list<std::pair<const char*, const Plain*>> headers, const Plain& body) {
  for (const auto& [name, value] : headers) (void)hlid_flow_give_header(flow_, hlid_str(name), value->view(), nullptr);
  must(hlid_flow_give_response(flow_, status, 20, body.view(), nullptr) == HLID_OK);
}

void Conversation::give_json(int32_t status, const Plain& body) {
  Plain type;
  type.append("application/json;charset=UTF-8");
  give(status, {{"Content-Type", &type}}, body);
}

void Conversation::give_good(std::string_view request) {
  Plain body;
  if (request == "authorize") {
    Plain location;
    location.append(kCallback).append("?code=");
    append_code(location);
    location.append("&state=").append(marks_["state"]);
    return give(302, {{"Location", &location}}, body);
  }
  if (request == "request_token" || request == "access_token") {
    const bool first = request == "request_token";
    Masked token, secret;
    body.append("oauth_token=").append(token.append_form_encoded(fresh(first ? "request_token" : "oauth_token")));
    body.append("&oauth_token_secret=");
    body.append(secret.append_form_encoded(fresh(first ? "request_secret" : "oauth_secret")));
    return give(200, {}, body);
  }
  if (request == "login") {
    body.append("<response><sessionId>").append(fresh("session")).append("</sessionId></response>");
    return give(200, {}, body);
  }
  if (request == "integration_token") {
    body.append(R"({"access_token":")").append(fresh("integration_bearer"));
    body.append(R"(","token_type":"Bearer","scope":"user_registration_api pwdless_login_api forgot_password"})");
  } else if (request == "init") {
    body.append(R"({"status":"success","identifier":")").append(fresh("identifier")).append("\"}");
  } else if (request == "forgot_password") {
    body.append(R"({"status_code":"otp_sent"})");
  } else if (request == "reset_password") {
    body.append(R"({"status_code":"success"})");
  } else if (request == "authorization_challenge") {
    // The first one has a message sent, whatever it brought: the one-time password is a second factor then.
    const bool first = has_member(text(hlid_flow_request_body(flow_)), "client_assertion");
    if (first) {
      body.append(R"({"error":"insufficient_authorization","error_code":"otp_required","auth_session":")")
          .append(fresh("auth_session"));
      body.append(R"(","login_status":{"state":"OTP_SENT"}})");
      return give_json(401, body);
    }
    body.append(R"({"authorization_code":")").append(fresh("code")).append("\"}");
  } else if (request == "token") {
    body.append(R"({"access_token":")")
        .append(fresh("access_token"))
        .append(R"(","refresh_token":")")
        .append(fresh("refresh_token"));
    body.append(R"(","id_token":")").append(fresh("id_token")).append(R"(","token_type":"Bearer","issued_at":"1767225600123")");
    if (use_.flow.starts_with("hybrid")) {
      for (const auto& [name, mark] : kHybridSecrets)
        body.append(",\"").append(name).append("\":\"").append(fresh(std::string(mark))).append("\"");
      for (const auto& [name, value] : kHybridNames) body.append(",\"").append(name).append("\":\"").append(value).append("\"");
    }
    body.append("}");
  } else if (request == "asset_token") {
    body.append(R"({"access_token":")").append(fresh("access_token")).append(R"(","token_type":"N_A"})");
  } else if (request == "device_code") {
    body.append(R"({"device_code":")").append(fresh("device_code")).append(R"(","user_code":"WDJBMJHT","interval":1,)");
    body.append(R"("expires_in":20,"verification_uri":"https://acme.my.salesforce.com/setup/connect"})");
  } else if (request == "register") {
    body.append(R"({"client_id":"3MVG9New","client_secret":")").append(fresh("new_client_secret"));
    body.append(R"(","registration_access_token":")").append(fresh("registration_token")).append("\"}");
  } else if (request == "userinfo") {
    body.append(R"({"sub":"005","email":")").append(fresh("email")).append("\"}");
  } else if (request == "identity") {
    body.append(R"({"id":"https://login.salesforce.com/id/00DEx0000001abcEAA/005Ex0000002defIAA","asserted_user":true,"email":")")
        .append(fresh("email"))
        .append("\"}");
  } else if (request == "discovery") {
    body.append(R"({"issuer":"https://acme.my.site.com/shop"})");
  } else if (request == "introspect") {
    body.append(R"({"active":true,"jti":")").append(fresh("introspected")).append("\"}");
  } else if (request == "single_access") {
    body.append(R"({"frontdoor_uri":"https://acme.my.site.com/shop/secur/frontdoor.jsp?otp=)")
        .append(fresh("frontdoor"))
        .append("\"}");
  } else {
    must(request == "revoke");
  }
  give_json(200, body);
}

void Conversation::give_wrong_value(std::string_view request) {
  Plain body;
  int32_t status = 400;
  if (request == "access_token") {
    body.append("1711 Failed: Invalid Verifier ");
    append_echo(body, false);
    return give(401, {}, body);
  }
  if (request == "authorization_challenge") {
    status = 401;
    const bool otp = has_member(text(hlid_flow_request_body(flow_)), "login_otp");
    body.append(R"({"error":"authorization_required","error_code":")").append(otp ? "invalid_otp" : "invalid_credentials");
    body.append(R"(","auth_session":")").append(fresh("auth_session")).append(R"(","error_description":"wrong )");
  } else if (request == "reset_password") {
    status = 200;
    policy_ = !policy_;
    body.append(policy_ ? R"({"status_code":"password_policy_check_failure","password_error":"wrong )"
                        : R"({"status_code":"invalid_otp","otp_error":"wrong )");
  } else if (request == "init" || request == "forgot_password") {
    body.append(R"({"error":"invalid_request","message":"wrong password )");
  } else {
    body.append(R"({"error":"invalid_grant","error_description":"wrong )");
  }
  append_echo(body, true);
  body.append("\"}");
  give_json(status, body);
}

void Conversation::give_bad_value(std::string_view request) {
  Plain body;
  if (request == "authorize") {
    Plain location;
    location.append(kCallback).append("?code=a+");
    location.append(encoded_echo()).append("&state=").append(marks_["state"]);
    return give(302, {{"Location", &location}}, body);
  }
  body.append(request == "init"                      ? R"({"status":"success","identifier":"a )"
              : request == "authorization_challenge" ? R"({"authorization_code":"a )"
              : request == "single_access"           ? R"({"frontdoor_uri":"http://a )"
              : request == "introspect"              ? R"({"active":"a )"
              : request == "device_code"             ? R"({"device_code":"a )"
              : request == "register"                ? R"({"client_id":5,"client_secret":"a )"
              : request == "userinfo"                ? R"({"sub":5,"email":"a )"
                                                     : R"({"access_token":"a )");
  append_echo(body, true);
  body.append("\"}");
  give_json(200, body);
}

void Conversation::response(std::string_view request, How how) {
  // As it was told: this response may bring a new one.
  const auto told = marks_.find(story_.echo);
  echo_ = told == marks_.end() ? Masked() : told->second;
  Plain location, body, type, mark;
  append_echo(mark, false);
  const Masked encoded = encoded_echo();
  const auto fill = [&](std::string_view before, std::string_view after) {
    body.append(before);
    append_echo(body, true);
    body.append(after);
  };
  type.append("application/json");
  switch (how) {
    case How::good: return give_good(request);
    case How::wrong_value: return give_wrong_value(request);
    case How::bad_value: return give_bad_value(request);
    case How::refused:
    case How::unauthorized:
      fill(R"({"error":")", R"(","error_description":"the value )");
      fill("", " is not good\"}");
      return give(how == How::refused ? 400 : 401, {{"Content-Type", &type}, {"WWW-Authenticate", &mark}}, body);
    case How::rest_error:
      fill(R"([{"errorCode":")", R"(","message":"not )");
      fill("", "\"}]");
      return give_json(403, body);
    case How::other_status:
      fill(R"({"status":")", R"(","status_code":")");
      fill("", R"(","message":")");
      fill("", "\"}");
      return give_json(200, body);
    case How::server_error: fill("503: the server has no idea what ", " may be"); return give(503, {{"X-Echo", &mark}}, body);
    case How::html:
      type.wipe();
      type.append("text/html");
      fill("<!DOCTYPE html><h1>Error: ", "</h1>");
      fill("<form><input value=\"", "\"></form>");
      return give(200, {{"Content-Type", &type}, {"Set-Cookie", &mark}}, body);
    case How::elsewhere:
      location.append("https://evil.example/")
          .append(encoded)
          .append("?password=")
          .append(encoded)
          .append("&error=")
          .append(encoded);
      return give(302, {{"Location", &location}}, body);
    case How::sent_back:
      location.append(kCallback)
          .append("?error=invalid_grant&error_description=wrong+")
          .append(encoded)
          .append("&state=")
          .append(marks_["state"]);
      return give(302, {{"Location", &location}}, body);
    case How::wrong_state:
      location.append(kCallback).append("?code=").append("x").append("&state=");
      append_echo(location, false);
      return give(302, {{"Location", &location}}, body);
    case How::cut_json: fill(R"({"access_token":")", ""); return give_json(200, body);
    case How::both:
      body.append(R"({"access_token":")")
          .append(fresh("access_token"))
          .append(R"(","authorization_code":")")
          .append(fresh("code"));
      fill(R"(","error":")", "\"}");
      return give_json(200, body);
    case How::other_type:
      body.append(R"({"access_token":")").append(fresh("access_token"));
      fill(R"(","token_type":")", "\"}");
      return give_json(200, body);
    case How::many_headers:
      for (int i = 0; i < 300; ++i) (void)hlid_flow_give_header(flow_, hlid_str("X-Echo"), mark.view(), nullptr);
      return give(200, {}, body);
    case How::odd_header: return give(200, {{"Content-Type", &mark}, {"Content-Encoding", &mark}}, body);
    case How::no_response: must(hlid_flow_give_no_response(flow_, HLID_MAYBE_SENT, mark.view(), nullptr) == HLID_OK); return;
  }
}

}  // namespace secrets
