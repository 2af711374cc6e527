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
#include "oauth/salesforce_pages.h"
#include "oauth/site_address.h"

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
    case Endpoint::token:
    case Endpoint::code: return "token";
    case Endpoint::revoke: return "revoke";
    case Endpoint::userinfo: return "userinfo";
    case Endpoint::keys: return "keys";
    case Endpoint::discovery: return "discovery";
    case Endpoint::identity: return "identity";
    case Endpoint::init: return "init";
    case Endpoint::forgot_password: return "forgot password";
    case Endpoint::challenge: return "authorization challenge";
    case Endpoint::introspect: return "introspection";
    case Endpoint::single_access: return "single access";
    case Endpoint::device: return "device code";
    case Endpoint::register_client: return "client registration";
    case Endpoint::request_token: return "request token";
    case Endpoint::access_token: return "access token";
    case Endpoint::oauth1_login: return "OAuth 1.0a login";
  }
  return "";
}

Error with_retry_after(Error error, const Response& response, int64_t now_ms) {
  if (error.data().advice == Advice::retry_later) error.edit().retry_after_ms = retry_after_ms(response, now_ms).value_or(-1);
  return error;
}

namespace {

// A client that the server does not accept: the same words for a wrong secret, a missing one, and a wrong signature.
void say_what_was_sent(Error& error, const Diagnosis& row, Proof proof) {
  if (std::string_view(row.reason) != "invalid_client") return;
  if (proof == Proof::none) {
    error.edit().message = "the app requires a client secret, and none was sent";
    error.edit().field = "client_secret";
  } else if (proof == Proof::assertion && row.hint != kAssertionType) {  // whose words are about the assertion already
    error.edit().message = "the server rejected the client's signed assertion, or the app has no certificate";
    error.edit().hint = kClientAssertion;
  } else if (row.message == words::kWrongSecret) {
    error.edit().field = "client_secret";
  }
}

}  // namespace

Error diagnose(std::string_view code, std::string_view text, const Response& response, Refusal about, int64_t now_ms) {
  const bool may_run_handler = about.endpoint == Endpoint::authorize || about.endpoint == Endpoint::challenge;
  const Diagnosis* row = find_diagnosis(code, text, about);
  if (row == nullptr && may_run_handler) row = about.flow.handler;
  if (row == nullptr) row = find_outage(text);
  if (row == nullptr) row = find_outage(code);
  if (row != nullptr) {
    Error error = Error::refused(row->reason, row->message)
                      .advise(row->advice)
                      .hint(row->hint)
                      .server(code, text)
                      .http_status(response.status);
    say_what_was_sent(error, *row, about.proof);
    if (row->hint == kUvidHint && about.endpoint == Endpoint::code &&
        (response.http_version == 10 || response.http_version == 11)) {
      error.edit().hint =
          "this response came over HTTP/1.1, over which the guest token call is known to fail: let the client "
          "speak HTTP/2 (setting http_version, and no proxy that speaks HTTP/1.1 only). Otherwise: a version 4 UUID, or an unexpired guest token";
    }
    return with_retry_after(std::move(error), response, now_ms);
  }
  Error error = Error::refused("refused", join({"the ", name_of(about.endpoint), " endpoint rejected the request"}));
  return std::move(error).server(code, text).http_status(response.status);
}

Error not_headless(std::string_view where, const Response& response, Refusal about) {
  const int32_t http_status = response.status;
  // These flows are not headless sign-ins: none of their switches is to blame.
  if (!about.flow.is_headless) {
    return Error::protocol("bad_response", join({"the ", name_of(about.endpoint), " endpoint responded with ", where}))
        .advise(Advice::fix_org)
        .hint(kNothingBetween)
        .http_status(http_status);
  }
  if (about.endpoint == Endpoint::challenge) {
    return Error::protocol("not_headless", join({"the authorization challenge endpoint responded with ", where}))
        .advise(Advice::fix_org)
        .hint(kFirstParty)
        .http_status(http_status);
  }
  const std::string page = page_hint(response.request_url);
  std::string hint = join({page, page.empty() ? "" : ". Otherwise: ", kFlowSwitch, "; ", kScopes});
  hint += join({"; ", about.flow.headless_hint});
  return Error::protocol("not_headless", join({"the ", name_of(about.endpoint),
                                               " endpoint did not treat this as a headless request: it responded with ", where}))
      .advise(Advice::fix_org)
      .hint(hint)
      .http_status(http_status);
}

bool holds_error(const JsonValue& root) {
  const auto error = root.find("error");
  return error ? error->type() != JsonValue::Type::null : holds_rest_error(root);
}

bool holds_rest_error(const JsonValue& root) {
  const auto items = root.items();
  return !items.empty() && (items.front().text("errorCode") || items.front().text("message"));
}

namespace {

// The body as one word, such as Bad_OAuth_Token: some endpoints say their codes so, as text or as HTML.
std::optional<std::string_view> plain_word(std::string_view body) {
  constexpr size_t kLongest = 64;
  body = trimmed(body);
  const bool word = !body.empty() && body.size() <= kLongest &&
                    std::all_of(body.begin(), body.end(), [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
  return word ? std::optional(body) : std::nullopt;
}

// What a body that is not JSON still says.
std::optional<Error> read_other_words(const Response& response, Refusal about, int64_t now_ms) {
  if (response.is_redirect()) {
    auto page = salesforce_page_at(response, about);
    return page ? std::optional(with_retry_after(std::move(*page), response, now_ms)) : std::nullopt;
  }
  const auto word = plain_word(response.body.view());
  if (word && find_diagnosis(*word, "", about) != nullptr) return diagnose(*word, "", response, about, now_ms);
  if (auto page = salesforce_page_in(response, about)) return with_retry_after(std::move(*page), response, now_ms);
  if (auto outage = find_outage_in(response, about)) return with_retry_after(std::move(*outage), response, now_ms);
  return std::nullopt;
}

}  // namespace

Error no_json(const Response& response, JsonFault fault, Refusal about, int64_t now_ms) {
  const auto bad = [&](const char* reason, std::string_view what, Advice advice) {
    return Error::protocol(reason, join({"the ", name_of(about.endpoint), " response ", what}))
        .advise(advice)
        .http_status(response.status);
  };
  switch (fault) {
    case JsonFault::cut: return bad("bad_json", "ends too early to be JSON", Advice::restart);
    case JsonFault::duplicate: return bad("bad_json", "names a member twice", Advice::none);
    case JsonFault::too_deep:
    case JsonFault::too_large: return bad("bad_json", "is over a maximum", Advice::none);
    case JsonFault::syntax:
    case JsonFault::none: break;
  }
  if (auto said = read_other_words(response, about, now_ms)) return std::move(*said);
  if (response.is_html()) return not_headless("an HTML page", response, about);
  std::string_view text = response.body.view();
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const bool word = !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  if (!word) return bad("bad_json", "is not JSON", Advice::none);
  return bad("no_json", "is in another form than JSON", Advice::fix_org).hint(kNothingBetween);
}

Error read_refusal(const Response& response, Refusal about, int64_t now_ms) {
  JsonDocument document;
  const JsonFault fault = response.body.empty() ? JsonFault::syntax : document.parse(response.body.view());
  const auto words = fault == JsonFault::none ? read_words(document.root()) : std::nullopt;
  const std::string_view code = words ? words->code : std::string_view();
  const std::string_view text = words ? words->text : std::string_view();
  if (response.is_passing_fault()) return with_retry_after(passing_fault(response, about).server(code, text), response, now_ms);
  if (words) {
    Error error = diagnose(code, text, response, about, now_ms);
    if (is_no_endpoint(response.status) && std::string_view(error.data().reason) == "refused")
      return diagnose_http(response, about).server(code, text);
    return words->apex.empty() ? std::move(error) : std::move(error).server(code, words->apex);
  }
  if (auto said = read_other_words(response, about, now_ms)) return std::move(*said);
  const bool headless = about.endpoint == Endpoint::authorize || about.endpoint == Endpoint::token ||
                        about.endpoint == Endpoint::code || about.endpoint == Endpoint::init ||
                        about.endpoint == Endpoint::forgot_password || about.endpoint == Endpoint::challenge;
  if (response.status == 200 && response.is_html() && headless) return not_headless("an HTML page", response, about);
  return diagnose_http(response, about);
}

}  // namespace hlid
