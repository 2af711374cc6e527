// An ID token that is checked, and the least that this can cost.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>

#include "counted.h"

#include "jose/jwks.h"
#include "oauth/app.h"
#include "oauth/id_token.h"

namespace {

constexpr std::string_view kSite = "https://acme.my.site.com/shop";
const std::string kAccessToken = "00DEx0000001abc!AQcAQ" + std::string(80, 'A');

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Digest = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

EVP_PKEY* key() {
  static const std::unique_ptr<EVP_PKEY, FreeKey> made(EVP_RSA_gen(2048));
  return made.get();
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// As an org issues it with the scopes openid, profile and email.
std::string make_claims() {
  const hlid::Sha256 digest = hlid::sha256(kAccessToken);
  return hlid::join(
      {R"({"at_hash":")", base64_of(hlid::as_view(digest).substr(0, digest.size() / 2)),
       R"(","sub":"https://login.salesforce.com/id/00DEx0000001abcEAA/005Ex0000002defIAA","aud":")", kClientId, R"(","iss":")",
       kSite, R"(","exp":1767225720,"iat":1767225600,"name":"Lena Ortiz","given_name":"Lena","family_name":"Ortiz",)",
       R"("email":"lena.ortiz@example.com","email_verified":true,"zoneinfo":"Europe/Madrid","locale":"es_ES",)",
       R"("preferred_username":"lena.ortiz@example.com","user_id":"005Ex0000002defIAA","organization_id":"00DEx0000001abcEAA"})"});
}

struct Token {
  std::string claims = make_claims();
  std::string input = base64_of(R"({"kid":"238","typ":"JWT","alg":"RS256"})") + "." + base64_of(claims);
  std::string signature = std::string(256, '\0');
  std::string text;

  Token() {
    const Digest context(EVP_MD_CTX_new());
    size_t size = signature.size();
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    if (EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key(), nullptr) != 1 ||
        EVP_DigestSign(context.get(), out, &size, bytes(input), input.size()) != 1) {
      signature.clear();
    }
    text = input + "." + base64_of(signature);
  }
};

std::string modulus() {
  BIGNUM* n = nullptr;
  EVP_PKEY_get_bn_param(key(), "n", &n);
  std::string out(256, '\0');
  BN_bn2binpad(n, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  BN_free(n);
  return base64_of(out);
}

// OpenSSL with a key and a signature that are ready, and one parse of the claims.
void bare_id_token(benchmark::State& state) {
  const Token token;
  const simdjson::padded_string claims(token.claims);
  const Counted counted(state);
  for (auto _ : state) {
    const Digest context(EVP_MD_CTX_new());
    simdjson::dom::parser parser;
    const bool good = EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key(), nullptr) == 1 &&
                      EVP_DigestVerify(context.get(), bytes(token.signature), token.signature.size(), bytes(token.input),
                                       token.input.size()) == 1 &&
                      parser.parse(claims).error() == simdjson::SUCCESS;
    if (!good) state.SkipWithError("the token was refused");
  }
}
BENCHMARK(bare_id_token);

// All that the engine does with it, with the keys that an app keeps.
void id_token_verified(benchmark::State& state) {
  const hlid::NamedValue settings[] = {{"site", kSite}, {"client_id", kClientId}};
  const auto app = *hlid::App::create(settings);
  hlid::Jwks keys;
  const std::string set = hlid::join({R"({"keys":[{"kty":"RSA","kid":"238","e":"AQAB","n":")", modulus(), R"("}]})"});
  if (!keys.read(set)) return state.SkipWithError("the keys were not read");
  const Token given;
  const Counted counted(state);
  for (auto _ : state) {
    hlid::JwtReader token("the ID token");
    const bool good = token.read(given.text) &&
                      hlid::check_id_token(token, *app, {.access_token = kAccessToken, .now_ms = kNow}) && keys.verify(token);
    if (!good) state.SkipWithError("the token was refused");
  }
}
BENCHMARK(id_token_verified);

}  // namespace
