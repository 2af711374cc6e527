// The visitor that a caller names, and the one that a token brings back. The token is given as it is, or as its
// claims in JSON.
#include "oauth/visitor.h"

#include "codec/base64.h"
#include "crypto/uuid.h"
#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const std::string_view uvid = input.line();
  std::string token(input.rest());
  if (token.starts_with('{')) {
    hlid::Secret made = hlid::to_base64(R"({"alg":"RS256"})", hlid::Base64::url_unpadded);
    made.append('.');
    hlid::append_base64(made, token, hlid::Base64::url_unpadded);
    made.append(".AAAA");
    token = made.view();
  }
  const auto own = hlid::guest_uvid_of(token);
  if (own) MUST(hlid::is_uuid_v4(*own));

  for (const int64_t now : {int64_t{0}, fuzz::kNowMs, int64_t{253'402'300'799'000}}) {
    const auto visitor = hlid::read_visitor(token, uvid.empty() ? std::nullopt : std::optional(uvid), now);
    if (!visitor) {
      fuzz::check_error(visitor.error());
      continue;
    }
    MUST(own && visitor->uvid == *own);
    MUST(uvid.empty() || uvid == *own);
    MUST(visitor->token.empty() || visitor->token.view() == token);
  }

  // The core checks a UVID before it gets here.
  const std::string_view sent = hlid::is_uuid_v4(uvid) ? uvid : std::string_view();
  hlid::JwtMemory memory;
  for (const bool is_guest : {false, true}) {
    if (is_guest && sent.empty()) continue;  // a guest always sends one
    hlid::FlowResult result;
    const auto read = hlid::read_carry(token, sent, is_guest, false, memory, result);
    if (!read) {
      fuzz::check_error(read.error());
      continue;
    }
    const std::string_view carry = result.get("uvid_carry");
    MUST(carry == "carried" || carry == "lost" || carry == "absent");
    MUST((carry == "absent") == sent.empty());
    MUST((carry == "lost") == !result.get("uvid_carry_reason").empty());
    if (!sent.empty()) MUST(result.get("uvid") == sent);
  }
  return 0;
}
