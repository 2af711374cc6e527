#include "oauth/challenge_answer.h"

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

Result<ChallengeAnswer> read_success(const Answer& answer, const JsonValue& root) {
  const auto code = root.text("authorization_code");
  if (!code || code->empty() || code->size() > kMaxCode || !is_printable_ascii(*code)) {
    return broken("bad_code", "the challenge answer has no authorization code, or one that is none", answer.status);
  }
  ChallengeAnswer out;
  out.code = Secret(*code);
  return out;
}

// Opaque to us, but it goes into a form and into a sealed flow.
Result<Secret> read_session(const Answer& answer, const JsonValue& root) {
  const auto member = root.find("auth_session");
  if (!member) return Secret();
  const auto text = member->as_text();
  if (!text || text->empty() || text->size() > kMaxAuthSession || has_control(*text)) {
    return broken("bad_auth_session", "the challenge answer's auth_session is empty, too long or no text", answer.status);
  }
  return Secret(*text);
}

std::string_view word(const JsonValue& root, std::string_view name) { return root.text(name).value_or(""); }

// `error_code` says what the server thinks of what it was given, `login_status` what it then did. Of the codes only two
// are known; so a message that was sent counts, whatever the code beside it.
std::optional<ChallengeAnswer::Says> read_question(const JsonValue& root) {
  const std::string_view code = word(root, "error_code");
  if (code == "invalid_credentials" || code == "invalid_otp") return ChallengeAnswer::Says::wrong;
  const auto status = root.find("login_status");
  const bool sent = status && equals_ignoring_case(word(*status, "state"), "otp_sent");
  if (sent || code == "login_initialized" || code == "otp_required") return ChallengeAnswer::Says::otp_sent;
  return std::nullopt;
}

Result<ChallengeAnswer> read_challenge(const Answer& answer, const JsonValue& root, Refusal about, int64_t now_ms) {
  const std::string_view error = word(root, "error");
  const std::string_view code = word(root, "error_code");
  const std::string_view text = word(root, "error_description");
  const auto says = read_question(root);
  if (!says) {
    const std::string_view apex = word(root, "apex_error");
    Error refused = diagnose(code.empty() ? error : code, text, answer, about, now_ms);
    return apex.empty() ? std::move(refused) : std::move(refused).server(code.empty() ? error : code, apex);
  }
  auto session = read_session(answer, root);
  if (!session) return std::move(session).error();
  ChallengeAnswer out;
  out.says = *says;
  out.auth_session = std::move(*session);
  out.server_code = Secret(code.empty() ? error : code);
  out.server_text = Secret(text);
  return out;
}

}  // namespace

Result<ChallengeAnswer> read_challenge_answer(const Answer& answer, Asker asker, int64_t now_ms) {
  const Refusal about{Endpoint::challenge, asker, true};
  JsonDocument document;
  const JsonFault fault = answer.body.empty() ? JsonFault::cut : document.parse(answer.body.view());
  const bool success = answer.status >= 200 && answer.status < 300;
  if (fault != JsonFault::none) return success ? no_json(answer, fault, about, now_ms) : read_refusal(answer, about, now_ms);
  const JsonValue root = document.root();
  const bool refused = root.find("error").has_value();
  if (refused && root.find("authorization_code")) {
    return broken("bad_answer", "the challenge answer holds both a code and an error", answer.status);
  }
  const std::string_view error = word(root, "error");
  if (error == "authorization_required" || error == "insufficient_authorization")
    return read_challenge(answer, root, about, now_ms);
  if (success && root.is_object() && !refused) return read_success(answer, root);
  return read_refusal(answer, about, now_ms);
}

}  // namespace hlid
