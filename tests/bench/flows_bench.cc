// Requests that a flow signs, each beside the bare call of OpenSSL that makes the same signature: the limit of any client. And
// flows of one request and one response, beside each other.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <string>

#include "counted.h"

#include "engine/flow.h"
#include "flows/registry.h"
#include "oauth/app.h"

namespace {

template <auto Free>
struct FreeWith {
  template <typename Object>
  void operator()(Object* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;

constexpr std::string_view kSite = "https://acme.my.salesforce.com";
constexpr const char* kSecret = "8F2A6C0E4B9D71355E0C7A14D8B3F6291C4E5A7B0D9F8E6C3A2B1D0F4E5C6B7A";
constexpr std::string_view kPending =
    R"({"error":"authorization_pending","error_description":"The device is not yet authorized"})";
constexpr std::string_view kDeviceCode = R"({"device_code":"M0FRNnE2bkRtVnhYRkhpWjJpRExmZFZWdkRERHlOaw","user_code":"BZUU9VS2",)"
                                         R"("verification_uri":"https://acme.my.salesforce.com/setup/connect","interval":5})";

const std::string kTokenResponse = token_response(kSite, kSecret);

EVP_PKEY* key() {
  static const Key made(EVP_RSA_gen(2048));
  return made.get();
}

std::string pem() {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

std::shared_ptr<const hlid::App> make_app() {
  const std::string private_key = pem();
  const hlid::NamedValue settings[] = {
      {"site", "https://acme.my.salesforce.com"},           {"client_id", "3MVG9Example.ClientId"}, {"client_secret", kSecret},
      {"redirect_uri", "https://app.example.com/callback"}, {"private_key", private_key},
  };
  return *hlid::App::create(settings);
}

// ---- requests that are signed ----

// The input is as long as that of the assertion.
void bare_rs256(benchmark::State& state) {
  const std::string input(240, 'x');
  const Counted counted(state);
  for (auto _ : state) {
    const Digest context(EVP_MD_CTX_new());
    std::array<unsigned char, 256> signature;
    size_t size = signature.size();
    const bool good = EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key(), nullptr) == 1 &&
                      EVP_DigestSign(context.get(), signature.data(), &size, reinterpret_cast<const unsigned char*>(input.data()),
                                     input.size()) == 1;
    if (!good) state.SkipWithError("it was not signed");
    benchmark::DoNotOptimize(signature);
  }
}
BENCHMARK(bare_rs256);

void signed_request(benchmark::State& state, const hlid::FlowSpec& spec) {
  const auto app = make_app();
  const Counted counted(state);
  for (auto _ : state) {
    hlid::Flow flow(app, spec);
    (void)flow.set("username", "lena.ortiz@example.com").has_value();
    const auto step = flow.next(kNow);
    if (!step || *step != hlid::Step::send) state.SkipWithError("there is no request");
    benchmark::DoNotOptimize(flow.request().body.view());
  }
}
void jwt_bearer_request(benchmark::State& state) { signed_request(state, hlid::flows::jwt_bearer); }
BENCHMARK(jwt_bearer_request);
void saml_bearer_request(benchmark::State& state) { signed_request(state, hlid::flows::saml_bearer); }
BENCHMARK(saml_bearer_request);

// Key and input are as long as those of the request for a request token.
void bare_hmac_sha1(benchmark::State& state) {
  const std::string secret = std::string(kSecret) + "&";
  const std::string input(410, 'x');
  const Counted counted(state);
  for (auto _ : state) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> signature;
    unsigned size = 0;
    if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(input.data()),
             input.size(), signature.data(), &size) == nullptr) {
      state.SkipWithError("it was not signed");
    }
    benchmark::DoNotOptimize(signature);
  }
}
BENCHMARK(bare_hmac_sha1);

void oauth1_request(benchmark::State& state) {
  const auto app = make_app();
  const Counted counted(state);
  for (auto _ : state) {
    hlid::Flow flow(app, hlid::flows::oauth1);
    const auto step = flow.next(kNow);
    if (!step || *step != hlid::Step::send) state.SkipWithError("there is no request");
    benchmark::DoNotOptimize(flow.request());
  }
}
BENCHMARK(oauth1_request);

// ---- one request and its response ----

bool respond(hlid::Flow& flow, int32_t status, std::string_view body, int64_t now_ms, hlid::Step wanted) {
  (void)flow.give_response(status, 20, body).has_value();
  const auto step = flow.next(now_ms);
  return step && *step == wanted;
}

void refresh(benchmark::State& state) {
  const auto app = make_app();
  const Counted counted(state);
  for (auto _ : state) {
    hlid::Flow flow(app, hlid::flows::refresh);
    (void)flow.set("refresh_token", "5Aep861ExampleRefreshExampleRefreshExampleRefreshExampleRefresh").has_value();
    (void)flow.next(kNow);
    if (!respond(flow, 200, kTokenResponse, kNow, hlid::Step::done)) state.SkipWithError("there are no tokens");
  }
}
BENCHMARK(refresh);

void token_exchange(benchmark::State& state) {
  const auto app = make_app();
  const Counted counted(state);
  for (auto _ : state) {
    hlid::Flow flow(app, hlid::flows::token_exchange);
    (void)flow.set("subject_token", "5Aep861ExampleRefreshExampleRefreshExampleRefreshExampleRefresh").has_value();
    (void)flow.set("subject_token_type", "access_token").has_value();
    (void)flow.next(kNow);
    if (!respond(flow, 200, kTokenResponse, kNow, hlid::Step::done)) state.SkipWithError("there are no tokens");
  }
}
BENCHMARK(token_exchange);

// From one wait to the next. The flow is made again before its code expires, which is not measured.
void device_poll(benchmark::State& state) {
  constexpr int kPolls = 100;  // in the ten minutes of a code
  const auto app = make_app();
  std::unique_ptr<hlid::Flow> flow;
  int64_t now_ms = kNow;
  int left = 0;
  long counted = 0;
  for (auto _ : state) {
    if (left == 0) {
      state.PauseTiming();
      flow = std::make_unique<hlid::Flow>(app, hlid::flows::device);
      now_ms = kNow;
      left = kPolls;
      (void)flow->next(now_ms);
      if (!respond(*flow, 200, kDeviceCode, now_ms, hlid::Step::show)) return state.SkipWithError("no code is shown");
      (void)flow->next(now_ms);
      state.ResumeTiming();
    }
    --left;
    const long before = allocations.load();
    now_ms = flow->wait_until_ms();
    const auto step = flow->next(now_ms);
    if (!step || *step != hlid::Step::send || !respond(*flow, 400, kPending, now_ms, hlid::Step::wait))
      return state.SkipWithError("it does not poll");
    counted += allocations.load() - before;
  }
  state.counters["allocs"] = benchmark::Counter(static_cast<double>(counted) / static_cast<double>(state.iterations()));
}
BENCHMARK(device_poll);

}  // namespace
