// JWTs and key sets. The input is a token and a key set, or the token's two JSON parts and a key set: so
// that the fuzzer need not learn base64url first.
#include "jose/jwt.h"

#include "base/limits.h"
#include "codec/base64.h"
#include "jose/jwks.h"
#include "oauth/id_token.h"
#include "tests/fuzz/fuzz.h"

namespace {

std::shared_ptr<const hlid::App> make_app(std::string_view site) {
  const hlid::NamedValue settings[] = {{"site", site}, {"client_id", "3MVG9Example.ClientId"}};
  return *hlid::App::create(settings);
}

// An ID token that passes says what it must.
void check_as_id_token(const hlid::JwtReader& jwt, int64_t now) {
  static const std::shared_ptr<const hlid::App> apps[] = {make_app("https://acme.my.site.com/shop"),
                                                          make_app("https://login.salesforce.com")};
  for (const auto& app : apps) {
    for (const bool from_browser : {false, true}) {
      const hlid::ExpectedIdToken expected = {.nonce = from_browser ? "n-19c2" : "",
                                              .access_token = "00DEx0000001abc!AQcAQExampleOpaque",
                                              .from_browser = from_browser,
                                              .now_ms = now};
      const auto good = hlid::check_id_token(jwt, *app, expected);
      if (!good) {
        MUST(!good.error().data().message.empty());
        continue;
      }
      MUST(jwt.header().algorithm == "RS256" && !jwt.subject().empty());
      const std::string_view issuer = jwt.claims().text("iss").value_or("");
      MUST(issuer.size() >= 8 && issuer.find("://") != std::string_view::npos);
      MUST(jwt.expires_at_ms().value_or(0) + hlid::kClockLeewayMs >= now);
      if (from_browser) MUST(jwt.claims().text("nonce") == "n-19c2" && jwt.claims().text("at_hash").has_value());
    }
  }
}

}  // namespace

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
  // As it is read in the same memory again: its header is known then.
  static hlid::JwtMemory memory;
  hlid::JwtReader jwt(memory);
  [[maybe_unused]] const bool looks = hlid::looks_like_jwt(token);
  const auto read = jwt.read(token);
  hlid::JwtReader alone;
  MUST(alone.read(token).has_value() == read.has_value());
  hlid::JwtReader again(memory);
  MUST(again.read(token).has_value() == read.has_value());
  if (!read) {
    MUST(!read.error().data().message.empty());
    return 0;
  }
  MUST(token.size() <= hlid::kMaxToken);
  // Signed with somebody's private key; with which algorithm, a key decides.
  const std::string algorithm(jwt.header().algorithm);
  MUST(alone.header().algorithm == algorithm && again.header().algorithm == algorithm);
  MUST(alone.key_id() == jwt.key_id() && again.key_id() == jwt.key_id() && alone.subject() == jwt.subject());
  MUST(algorithm.size() == 5 && (algorithm.starts_with("RS") || algorithm.starts_with("PS") || algorithm.starts_with("ES")));
  MUST(token.starts_with(jwt.signing_input()));
  if (const auto expires = jwt.expires_at_ms()) MUST(*expires > 0);
  [[maybe_unused]] const auto subject = jwt.subject();
  for (const int64_t now : {int64_t{0}, int64_t{1'767'225'600'000}, int64_t{253'402'300'799'000}}) {
    if (const auto times = hlid::check_times(jwt, now); !times) MUST(!times.error().data().message.empty());
    check_as_id_token(jwt, now);
  }
  // Nothing is good without a key.
  if (!has_keys || keys.empty() || algorithm != "RS256") MUST(!keys.verify(jwt));
  if (const auto good = keys.verify(jwt); !good) MUST(!good.error().data().message.empty());
  return 0;
}
