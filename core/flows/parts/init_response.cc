#include "flows/parts/init_response.h"

#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"

namespace hlid {
namespace {

std::string recaptcha_hint(const InitSpec& init, bool sent) {
  return join({init.recaptcha_hint, sent ? "; recaptcha is for keys of v2 and v3, recaptcha_event for Enterprise"
                                         : "; give the parameter recaptcha or recaptcha_event"});
}

// What the server says, in any of the forms that Salesforce's REST endpoints use.
struct Words {
  std::string_view code;
  std::string_view text;
};
Words words_of(const JsonValue& root) {
  const auto items = root.items();
  const JsonValue from = items.empty() ? root : items.front();
  Words words;
  for (const char* name : {"error", "errorCode", "error_code", "status_code", "status"}) {
    if (words.code.empty()) words.code = from.text(name).value_or("");
  }
  for (const char* name : {"error_description", "message", "error_message", "otp_error", "password_error", "invalid_request"}) {
    if (words.text.empty()) words.text = from.text(name).value_or("");
  }
  return words;
}

// Codes that say only that the call was refused: the status, the text and what was sent with it tell why.
bool is_about_the_call(const Diagnosis& row) {
  constexpr std::string_view kReasons[] = {"invalid_token",       "access_denied",  "invalid_request",    "invalid_scope",
                                           "wrong_host",          "token_missing",  "wrong_org",          "registration_refused",
                                           "client_registration", "invalid_client", "integration_refused"};
  const std::string_view reason = row.reason;
  return row.code == "unknown_error" || std::find(std::begin(kReasons), std::end(kReasons), reason) != std::end(kReasons);
}

// Whether a 2xx response still reports an error: an object with an error's members, or REST's list of errors.
bool says_something(const JsonValue& root) {
  if (!root.is_object()) return holds_rest_error(root);
  const Words words = words_of(root);
  return !words.code.empty() || !words.text.empty() || root.find("error") || root.find("errorCode");
}

// A refusal, and which of the two protections caused it: the first thing that goes wrong on a new site.
Error diagnose_init(const Response& response, Words words, Refusal about, const InitSpec& init, Protections sent,
                    int64_t now_ms) {
  const auto says = [&](std::string_view part) {
    return contains_ignoring_case(words.text, part) || contains_ignoring_case(words.code, part);
  };
  const auto refused = [&](const char* reason, std::string_view message, Advice advice, std::string_view hint) {
    return Error::refused(reason, message).advise(advice).hint(hint).server(words.code, words.text).http_status(response.status);
  };
  if (response.is_passing_fault()) return read_refusal(response, about, now_ms);
  if (says("captcha")) {
    return sent.recaptcha ? refused("recaptcha_refused", "the site rejected the reCAPTCHA token", Advice::fix_org,
                                    recaptcha_hint(init, true))
                          : refused("recaptcha_required", "the site requires a reCAPTCHA token with this call", Advice::fix_org,
                                    recaptcha_hint(init, false));
  }
  const Diagnosis* row = find_diagnosis(words.code, words.text, about);
  if (row != nullptr && !is_about_the_call(*row)) return diagnose(words.code, words.text, response, about, now_ms);
  const bool no_authority = response.status == 401 || response.status == 403 || words.code == "INVALID_SESSION_ID" ||
                            words.code == "invalid_token" || words.code == "INSUFFICIENT_ACCESS" || says("scope") ||
                            says("authenticat") || says("authoriz");
  if (no_authority) {
    return integration_token_error(init, sent.integration_token, refused("", "", Advice::fix_org, ""));
  }
  if (says("template")) {
    return refused("email_template_refused", "the site rejected this email template", Advice::fix_org, init.template_hint);
  }
  if (says("limit") || says("too many"))
    return refused("rate_limited", "too many messages have been asked for", Advice::retry_later, "");
  if (says("password"))
    return refused("password_policy", "the password does not meet the org's password policy", Advice::ask_again, "");
  if (says("handler")) {
    return refused("no_handler", "the site has no class for this", Advice::fix_org, hints::kHandlers);
  }
  const bool outage = (row != nullptr && row->advice == Advice::retry_later) || find_outage(words.text) != nullptr ||
                      find_outage(words.code) != nullptr;
  if (outage) return diagnose(words.code, words.text, response, about, now_ms);
  return refused("init_refused", join({"the ", name_of(about.endpoint), " endpoint refused the request"}), Advice::fix_org,
                 join({sent.recaptcha ? "" : recaptcha_hint(init, false), sent.recaptcha ? "" : "; or ", init.auth_hint}));
}

Error not_for_us(const Response& response, JsonFault fault, Refusal about, const InitSpec& init, Protections sent,
                 int64_t now_ms) {
  if (response.status == 200)
    return response.body.empty() ? no_json(response, JsonFault::cut, about, now_ms) : no_json(response, fault, about, now_ms);
  if (response.status == 401 || response.status == 403) {
    Error error = diagnose_init(response, {}, about, init, sent, now_ms);
    return error;
  }
  return read_refusal(response, about, now_ms);
}

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdentifier && is_visible_ascii(text) && text.find(':') == std::string_view::npos;
}

bool is_success(std::string_view status) { return equals_ignoring_case(status, "success"); }

}  // namespace

Result<Secret> read_init_response(const Response& response, Refusal about, const InitSpec& init, Protections sent,
                                  int64_t now_ms) {
  JsonDocument document;
  const JsonFault fault = response.body.empty() ? JsonFault::syntax : document.parse(response.body.view());
  if (fault != JsonFault::none) return not_for_us(response, fault, about, init, sent, now_ms);
  const JsonValue root = document.root();
  const bool says_no = root.find("error") || root.find("errorCode") || holds_rest_error(root);
  if (response.status != 200 || says_no) return diagnose_init(response, words_of(root), about, init, sent, now_ms);
  const auto broken = [&](std::string_view what) {
    return Error::protocol("bad_init_response", join({"the init response ", what}))
        .advise(Advice::fix_org)
        .hint(hints::kNothingBetween)
        .http_status(200);
  };
  if (const auto status = root.text("status"); status && !is_success(*status)) {
    return broken("has a status other than success").server(*status, root.text("message").value_or(""));
  }
  const auto identifier = root.text("identifier");
  if (!identifier || !is_identifier(*identifier)) return broken("has no valid identifier");
  return Secret(*identifier);
}

ForgotResponse read_forgot_response(const Response& response, Refusal about, const InitSpec& init, Protections sent,
                                    int64_t now_ms) {
  ForgotResponse out;
  JsonDocument document;
  const JsonFault fault = response.body.empty() ? JsonFault::syntax : document.parse(response.body.view());
  if (fault != JsonFault::none) {
    out.error = not_for_us(response, fault, about, init, sent, now_ms);
    return out;
  }
  if (response.is_redirect()) {
    out.error = read_refusal(response, about, now_ms);
    return out;
  }
  const JsonValue root = document.root();
  const std::string_view status_code = root.text("status_code").value_or("");
  const std::string_view status = root.text("status").value_or("");
  const std::string_view decides = status_code.empty() ? status : status_code;
  const bool overload = response.is_passing_fault();
  if (!overload && (decides == "otp_sent" || is_success(decides)) && response.status < 300) return out;
  const auto about_person = [&](const char* reason, std::string_view message, Advice advice, const char* text) {
    return Error::refused(reason, message)
        .advise(advice)
        .server(decides, root.text(text).value_or(""))
        .http_status(response.status);
  };
  if (!overload && decides == "invalid_otp") {
    out.error = about_person("invalid_otp", "the one-time password is wrong", Advice::ask_again, "otp_error");
  } else if (!overload && decides == "password_policy_check_failure") {
    out.error = about_person("password_policy", "the password does not meet the org's password policy", Advice::ask_again,
                             "password_error");
  } else if (!overload && decides == "regenerate_otp") {
    out.error = about_person("regenerate_otp", "the one-time password has expired, or its attempts are used up", Advice::restart,
                             "otp_error");
  } else if (response.status < 300 && !says_something(root)) {
    out.error =
        Error::protocol("bad_response", join({"the ", name_of(about.endpoint), " response reports neither success nor refusal"}))
            .advise(Advice::fix_org)
            .hint(hints::kNothingBetween)
            .http_status(response.status);
  } else {
    out.error = diagnose_init(response, words_of(root), about, init, sent, now_ms);
  }
  return out;
}

Error integration_token_error(const InitSpec& init, bool sent, Error error) {
  auto& data = error.edit();
  data.reason = sent ? "integration_token_refused" : "integration_token_required";
  data.message =
      sent ? "the site rejected the integration user's token" : "the site requires an integration user's token with this call";
  data.advice = Advice::fix_org;
  data.hint = init.auth_hint;
  return error;
}

bool is_bearer_refusal(const Error& error) { return std::string_view(error.data().reason) == "integration_token_refused"; }

}  // namespace hlid
