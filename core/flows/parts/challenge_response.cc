#include "flows/parts/challenge_response.h"

#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"

namespace hlid {
namespace {

Error broken(const char* reason, std::string_view what, int32_t status) {
  return Error::protocol(reason, what).advise(Advice::restart).http_status(status);
}

Result<ChallengeResponse> read_success(const Response& response, const JsonValue& root) {
  const auto code = root.text("authorization_code");
  if (!code || code->empty() || code->size() > kMaxCode || !is_printable_ascii(*code)) {
    return broken("bad_code", "the challenge response has no valid authorization code", response.status);
  }
  ChallengeResponse out;
  out.code = Secret(*code);
  return out;
}

// Opaque to us, but it goes into a form and into a sealed flow.
Result<Secret> read_session(const Response& response, const JsonValue& root) {
  const auto member = root.find("auth_session");
  if (!member) return Secret();
  const auto text = member->as_text();
  if (!text || text->empty() || text->size() > kMaxAuthSession || has_control(*text)) {
    return broken("bad_auth_session", "the challenge response's auth_session is empty, too long or no text", response.status);
  }
  return Secret(*text);
}

std::string_view word(const JsonValue& root, std::string_view name) { return root.text(name).value_or(""); }

// `error_code` says what the server thinks of what it was given, `login_status` what it then did. Of the codes only two
// are known; so a sent message counts, whatever code comes with it.
std::optional<ChallengeResponse::Says> read_question(const JsonValue& root) {
  const std::string_view code = word(root, "error_code");
  if (code == "invalid_credentials" || code == "invalid_otp") return ChallengeResponse::Says::wrong;
  const auto status = root.find("login_status");
  const bool sent = status && equals_ignoring_case(word(*status, "state"), "otp_sent");
  if (sent || code == "login_initialized" || code == "otp_required") return ChallengeResponse::Says::otp_sent;
  return std::nullopt;
}

Result<ChallengeResponse> read_challenge(const Response& response, const JsonValue& root, Refusal about, int64_t now_ms) {
  const std::string_view error = word(root, "error");
  const std::string_view code = word(root, "error_code");
  const std::string_view text = word(root, "error_description");
  const auto says = read_question(root);
  if (!says) {
    const std::string_view apex = word(root, "apex_error");
    Error refused = diagnose(code.empty() ? error : code, text, response, about, now_ms);
    return apex.empty() ? std::move(refused) : std::move(refused).server(code.empty() ? error : code, apex);
  }
  auto session = read_session(response, root);
  if (!session) return std::move(session).error();
  ChallengeResponse out;
  out.says = *says;
  out.auth_session = std::move(*session);
  out.server_code = Secret(code.empty() ? error : code);
  out.server_text = Secret(text);
  return out;
}

}  // namespace

Result<ChallengeResponse> read_challenge_response(const Response& response, Refusal about, int64_t now_ms) {
  JsonDocument document;
  const JsonFault fault = response.body.empty() ? JsonFault::cut : document.parse(response.body.view());
  const bool success = response.status >= 200 && response.status < 300;
  if (fault != JsonFault::none) return success ? no_json(response, fault, about, now_ms) : read_refusal(response, about, now_ms);
  const JsonValue root = document.root();
  const bool refused = root.find("error").has_value();
  if (refused && root.find("authorization_code")) {
    return broken("bad_response", "the challenge response holds both a code and an error", response.status);
  }
  const std::string_view error = word(root, "error");
  if (error == "authorization_required" || error == "insufficient_authorization")
    return read_challenge(response, root, about, now_ms);
  if (success && root.is_object() && !refused) return read_success(response, root);
  return read_refusal(response, about, now_ms);
}

}  // namespace hlid
