// What the engine's benchmarks share: the clock, a token response, and the count of allocations beside the time.
#pragma once

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "codec/base64.h"
#include "crypto/digest.h"

extern std::atomic<long> allocations;  // allocations.cc

inline constexpr int64_t kNow = 1'767'225'600'000;

inline constexpr std::string_view kClientId = "3MVG9Example.ClientId";

inline std::string base64_of(std::string_view bytes, hlid::Base64 alphabet = hlid::Base64::url_unpadded) {
  return std::string(hlid::to_base64(bytes, alphabet).view());
}

// What a live org sends: signed with the client's secret, and with an ID token whose claims are good. The ID token's own
// signature is not looked at unless a setting asks for it.
inline std::string token_response(std::string_view issuer, std::string_view client_secret) {
  const std::string access_token = "00DEx0000001abc!AQcAQ" + std::string(80, 'A');
  const std::string id = "https://login.salesforce.com/id/00DEx0000001abcEAA/005Ex0000002defIAA";
  const hlid::Sha256 digest = hlid::sha256(access_token);
  const std::string claims =
      hlid::join({R"({"at_hash":")", base64_of(hlid::as_view(digest).substr(0, digest.size() / 2)), R"(","sub":")", id,
                  R"(","aud":")", kClientId, R"(","iss":")", issuer, R"(","exp":1767225720,"iat":1767225600})"});
  const std::string id_token =
      base64_of(R"({"kid":"238","typ":"JWT","alg":"RS256"})") + "." + base64_of(claims) + "." + base64_of(std::string(256, 's'));
  const hlid::Sha256 signature = hlid::hmac_sha256(client_secret, id + "1767225600000");
  return hlid::join(
      {R"({"access_token":")", access_token,
       R"(","refresh_token":"5Aep861ExampleRefreshExampleRefreshExampleRefreshExampleRefresh","sfdc_community_url":)"
       R"("https://acme.my.site.com/shop","sfdc_community_id":"0DBEx0000004C9zOAE","signature":")",
       base64_of(hlid::as_view(signature), hlid::Base64::standard),
       R"(","token_format":"opaque","scope":"refresh_token openid api","id_token":")", id_token,
       R"(","instance_url":"https://acme.my.salesforce.com","id":")", id,
       R"(","token_type":"Bearer","issued_at":"1767225600000"})"});
}

// Reports allocations beside the time.
class Counted {
 public:
  explicit Counted(benchmark::State& state) : state_(state), before_(allocations.load()) {}
  ~Counted() {
    state_.counters["allocs"] =
        benchmark::Counter(static_cast<double>(allocations.load() - before_) / static_cast<double>(state_.iterations()));
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  benchmark::State& state_;
  long before_;
};
