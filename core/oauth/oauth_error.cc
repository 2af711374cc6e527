#include "oauth/oauth_error.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/http_fault.h"

namespace hlid {
namespace {

using namespace hints;

// Views into the document: what a server says may be what it was told, and belongs in no string of ours.
struct ServerWords {
  std::string_view code;
  std::string_view text;
  std::string_view apex;
};

// {error, error_description, apex_error}, or REST's [{errorCode, message}].
std::optional<ServerWords> read_words(const JsonValue& root) {
  ServerWords words;
  if (root.is_array()) {
    const auto items = root.items();
    if (items.empty()) return std::nullopt;
    words.code = items.front().text("errorCode").value_or("");
    words.text = items.front().text("message").value_or("");
  } else {
    words.code = root.text("error").value_or("");
    words.text = root.text("error_description").value_or("");
    words.apex = root.text("apex_error").value_or("");
    if (words.code.empty()) words.code = root.text("errorCode").value_or("");
    if (words.text.empty()) words.text = root.text("message").value_or("");
    if (words.code.empty() && root.find("error")) words.code = "unknown";
  }
  if (words.code.empty() && words.text.empty()) return std::nullopt;
  return words;
}

}  // namespace

std::string_view name_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::authorize: return "authorize";
    case Endpoint::token: return "token";
    case Endpoint::revoke: return "revoke";
    case Endpoint::userinfo: return "userinfo";
    case Endpoint::keys: return "keys";
    case Endpoint::init: return "init";
    case Endpoint::forgot_password: return "forgot password";
    case Endpoint::challenge: return "authorization challenge";
    case Endpoint::introspect: return "introspection";
    case Endpoint::single_access: return "single access";
  }
  return "";
}

Error diagnose(std::string_view code, std::string_view text, int32_t http_status, int32_t http_version, Refusal about) {
  if (const Diagnosis* row = find_diagnosis(code, text, about)) {
    Error error = Error::refused(row->reason, row->message).advise(row->advice).hint(row->hint).server(code, text).http_status(http_status);
    if (row->hint == kUvidHint && about.endpoint == Endpoint::token && (http_version == 10 || http_version == 11)) {
      error.edit().hint = "this answer came over HTTP/1.1, over which the guest token call is known to fail: let the client "
                          "speak HTTP/2 (setting http_version, and no proxy that speaks HTTP/1.1 only). Else: a version 4 "
                          "UUID, or a guest token that has not ended";
    }
    return error;
  }
  if (about.asker == Asker::guest && code == "unknown_error") {
    return Error::refused("guest_headers_missing", "the server did not see the guest headers of the token call")
        .advise(Advice::fix_org)
        .hint("something between this program and the site takes the Auth-Request-Type or Uvid-Hint header away")
        .server(code, text)
        .http_status(http_status);
  }
  // Whatever the site's own code throws while it creates the user arrives here, in its own words.
  const bool creates_user = about.endpoint == Endpoint::authorize || about.endpoint == Endpoint::challenge;
  if (about.asker == Asker::registration && creates_user && http_status < 500) {
    return Error::refused("registration_refused", "the site's registration handler does not take this registration")
        .advise(Advice::ask_again)
        .server(code, text)
        .http_status(http_status);
  }
  const bool server_side = code == "server_error" || code == "unknown_error" || http_status >= 500;
  return Error::refused(server_side ? "server_error" : "refused",
                        join({"the ", name_of(about.endpoint), " endpoint refuses the request"}))
      .advise(server_side ? Advice::restart : Advice::none)
      .server(code, text)
      .http_status(http_status);
}

Error not_headless(std::string_view where, int32_t http_status, Refusal about) {
  if (about.endpoint == Endpoint::challenge) {
    return Error::protocol("not_headless", join({"the authorization challenge endpoint answers with ", where}))
        .advise(Advice::fix_org)
        .hint(kFirstParty)
        .http_status(http_status);
  }
  std::string hint = join({kFlowSwitch, "; every scope that is asked for selected on the app (commaSeparatedOauthScopes)"});
  if (about.asker != Asker::guest) {
    hint += "; with the header placement: Require user credentials in the POST body off (isCodeCredPostOnly)";
  } else {
    hint += join({"; ", kGuestSwitch});
  }
  return Error::protocol("not_headless", join({"the ", name_of(about.endpoint), " endpoint did not take this as a headless request: it answers with ", where}))
      .advise(Advice::fix_org)
      .hint(hint)
      .http_status(http_status);
}

bool holds_rest_error(const JsonValue& root) {
  const auto items = root.items();
  return !items.empty() && (items.front().text("errorCode") || items.front().text("message"));
}

Error no_json(const Answer& answer, JsonFault fault, Refusal about) {
  const auto bad = [&](const char* reason, std::string_view what, Advice advice) {
    return Error::protocol(reason, join({"the ", name_of(about.endpoint), " answer ", what})).advise(advice).http_status(answer.status);
  };
  switch (fault) {
    case JsonFault::cut: return bad("bad_json", "ends too early to be JSON", Advice::restart);
    case JsonFault::duplicate: return bad("bad_json", "names a member twice", Advice::none);
    case JsonFault::too_deep:
    case JsonFault::too_large: return bad("bad_json", "is over a maximum", Advice::none);
    case JsonFault::syntax:
    case JsonFault::none: break;
  }
  if (answer.is_html()) return not_headless("an HTML page", answer.status, about);
  std::string_view text = answer.body.view();
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const bool word = !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  if (!word) return bad("bad_json", "is no JSON", Advice::none);
  return bad("no_json", "is in another form than JSON", Advice::fix_org).hint(kNothingBetween);
}

Error read_refusal(const Answer& answer, Refusal about, int64_t now_ms) {
  JsonDocument document;
  const JsonFault fault = answer.body.empty() ? JsonFault::syntax : document.parse(answer.body.view());
  const auto words = fault == JsonFault::none ? read_words(document.root()) : std::nullopt;
  Error error = words ? diagnose(words->code, words->text, answer.status, answer.http_version, about) : diagnose_http(answer, about);
  if (words && !words->apex.empty()) error = std::move(error).server(words->code, words->apex);
  if (words && is_no_endpoint(answer.status) && std::string_view(error.data().reason) == "refused") {
    error = diagnose_http(answer, about).server(words->code, words->text);
  }
  const bool overload = answer.status == 429;
  if (overload || answer.status >= 500) {
    auto& data = error.edit();
    data.kind = Kind::refused;
    data.reason = overload ? "rate_limited" : "server_error";
    data.message = join({"the ", name_of(about.endpoint), " endpoint ", overload ? "has had too many requests" : "failed: HTTP ",
                         overload ? "" : std::to_string(answer.status)});
    data.advice = overload || !about.single_use ? Advice::retry_later : Advice::restart;
    data.hint.clear();
    data.outcome_unknown = !overload && about.single_use;
    data.retry_after_ms = retry_after_ms(answer, now_ms).value_or(-1);
  }
  const bool headless = about.endpoint == Endpoint::authorize || about.endpoint == Endpoint::token ||
                        about.endpoint == Endpoint::init || about.endpoint == Endpoint::forgot_password ||
                        about.endpoint == Endpoint::challenge;
  if (!words && answer.status == 200 && answer.is_html() && headless) {
    return not_headless("an HTML page", answer.status, about);
  }
  return error;
}

}  // namespace hlid
