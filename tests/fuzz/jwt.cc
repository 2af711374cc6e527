// JWTs and key sets. The input is a token and a key set, or the token's two JSON parts and a key set: so
// that the fuzzer need not learn base64url first.
#include "jose/jwt.h"

#include "base/limits.h"
#include "codec/base64.h"
#include "jose/jwks.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  std::string token(input.line());
  if (token.starts_with('{')) {
    hlid::Secret made = hlid::to_base64(token, hlid::Base64::url_unpadded);
    made.append('.');
    hlid::append_base64(made, input.line(), hlid::Base64::url_unpadded);
    made.append(".");
    made.append(input.line());
    token = made.view();
  }
  hlid::Jwks keys;
  const bool has_keys = keys.read(input.rest()).has_value();
  hlid::JwtReader jwt;
  [[maybe_unused]] const bool looks = hlid::looks_like_jwt(token);
  if (const auto read = jwt.read(token); !read) {
    MUST(!read.error().data().message.empty());
    return 0;
  }
  MUST(token.size() <= hlid::kMaxToken);
  // Signed with somebody's private key; with which algorithm, a key decides.
  const std::string algorithm(jwt.header().text("alg").value_or(""));
  MUST(algorithm.size() == 5 && (algorithm.starts_with("RS") || algorithm.starts_with("PS") || algorithm.starts_with("ES")));
  MUST(token.starts_with(jwt.signing_input()));
  if (const auto expires = jwt.expires_at_ms()) MUST(*expires > 0);
  [[maybe_unused]] const auto subject = jwt.subject();
  for (const int64_t now : {int64_t{0}, int64_t{1'767'225'600'000}, int64_t{253'402'300'799'000}}) {
    if (const auto times = hlid::check_times(jwt, now); !times) MUST(!times.error().data().message.empty());
  }
  // Nothing is good without a key.
  if (!has_keys || keys.empty() || algorithm != "RS256") MUST(!keys.verify(jwt));
  if (const auto good = keys.verify(jwt); !good) MUST(!good.error().data().message.empty());
  return 0;
}
