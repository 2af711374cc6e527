#include "flows/parts/bearer.h"

#include "base/limits.h"
#include "base/text.h"

namespace hlid {
namespace {

// From the year of this library to 2100: beyond, a clock was never set.
constexpr int64_t kFirstNowMs = 1'735'689'600'000;
constexpr int64_t kLastNowMs = 4'102'444'800'000;

}  // namespace

std::string_view bearer_audience(const App& app) { return app.host_kind() == HostKind::site ? app.site : app.origin; }

Result<void> check_signer(const App& app) {
  if (app.host_signs || app.private_key) return {};
  return Error(Error::argument("private_key", "is missing: it signs the assertion")).hint(hints::kHostSigns);
}

Result<void> check_lifetime(const App& app) {
  if (app.assertion_lifetime_s <= kMaxJwtBearerLifetimeS) return {};
  return Error::argument("assertion_lifetime_s", join({"must be at most ", std::to_string(kMaxJwtBearerLifetimeS),
                                                       " here: the server rejects a JWT that ends later"}));
}

Result<void> check_clock(const Context& flow) {
  if (flow.now_ms >= kFirstNowMs && flow.now_ms < kLastNowMs) return {};
  return Error::state("wrong_clock", join({"this machine's clock is wrong: it shows ", utc_time(flow.now_ms)}))
      .hint("Set the clock, best by NTP: a signed assertion is valid for minutes by the server's clock.");
}

Result<void> check_not_expired(const Context& flow, int64_t expires_at_ms) {
  if (flow.now_ms < expires_at_ms) return {};
  return Error::transport("timeout", "the assertion expired before the server responded").advise(Advice::retry_later);
}

Result<void> check_signature(const Context& flow) {
  if (flow.given.size() >= 256 && flow.given.size() <= 1024) return {};
  return Error::argument("signature", "must be 256 to 1024 bytes: give the raw RS256 signature, not text");
}

}  // namespace hlid
