// A session in a store: the token without a flow, and each flow beside the bare refresh. The store is a variable: what is
// measured is what the library adds to a store's round trips.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <string>

#include "counted.h"
#include "engine/flow.h"
#include "flows/registry.h"
#include "headlessid/headlessid.h"
#include "oauth/app.h"
#include "oauth/session_memory.h"

namespace {

constexpr std::string_view kSite = "https://acme.my.salesforce.com";
constexpr const char* kSecret = "8F2A6C0E4B9D71355E0C7A14D8B3F6291C4E5A7B0D9F8E6C3A2B1D0F4E5C6B7A";
constexpr std::string_view kKeys = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const std::string kTokenResponse = token_response(kSite, kSecret);
const std::string kTokens = hlid::join(
    {R"({"access_token":"00DEx0000001abc!AQcAQ)", std::string(80, 'A'),
     R"(","refresh_token":"5Aep861ExampleRefreshExampleRefreshExampleRefreshExampleRefresh","token_type":"Bearer",)"
     R"("instance_url":"https://acme.my.salesforce.com","scope":"refresh_token openid api","expires_at_ms":1767232800000})"});

std::shared_ptr<const hlid::App> make_app() {
  const hlid::NamedValue settings[] = {
      {"site", kSite}, {"client_id", kClientId}, {"client_secret", kSecret}, {"session_keys", kKeys}};
  return *hlid::App::create(settings);
}

// One process with one session in its store.
struct Host {
  std::shared_ptr<const hlid::App> app = make_app();
  std::shared_ptr<hlid::SessionCache> cache = std::make_shared<hlid::SessionCache>();
  std::string version{};
  std::string value{};

  bool run(const hlid::FlowSpec& spec, const char* parameter, std::string_view given, int64_t now_ms) {
    hlid::Flow flow(app, spec);
    (void)flow.set("key", "user-42").has_value();
    if (parameter != nullptr) (void)flow.set(parameter, given).has_value();
    flow.attach(cache);
    auto step = flow.next(now_ms);
    while (step && (*step == hlid::Step::store || *step == hlid::Step::send)) {
      if (*step == hlid::Step::send) {
        (void)flow.give_response(200, 20, kTokenResponse).has_value();
      } else if (flow.store().operation == hlid::StoreOperation::load) {
        (void)flow.give_stored(!version.empty(), version, value).has_value();
      } else {
        if (flow.store().operation == hlid::StoreOperation::save) {
          version = flow.store().new_version;
          value = flow.store().value.view();
        }
        (void)flow.give_store_done(true).has_value();
      }
      step = flow.next(now_ms);
    }
    return step && *step == hlid::Step::done;
  }
  bool begin() { return run(hlid::flows::session_begin, "tokens", kTokens, kNow); }
};

void session_begin(benchmark::State& state) {
  Host host;
  const Counted counted(state);
  for (auto _ : state) {
    if (!host.begin()) state.SkipWithError("no session began");
  }
}
BENCHMARK(session_begin);

// After session_cache_ms: one load, and the token is still good.
void session_token_loaded(benchmark::State& state) {
  Host host;
  (void)host.begin();
  const Counted counted(state);
  for (auto _ : state) {
    if (!host.run(hlid::flows::session_token, nullptr, "", kNow)) state.SkipWithError("there is no token");
  }
}
BENCHMARK(session_token_loaded);

// Load, lock, load, mark, refresh, save, unlock.
void session_token_refreshed(benchmark::State& state) {
  Host host;
  (void)host.begin();
  const std::string version = host.version;
  const std::string value = host.value;
  const Counted counted(state);
  for (auto _ : state) {
    host.version = version;
    host.value = value;
    host.app->session_memory->keep("5Aep861ExampleRefreshExampleRefreshExampleRefreshExampleRefresh");
    if (!host.run(hlid::flows::session_token, nullptr, "", kNow + 7'200'000)) state.SkipWithError("there is no token");
  }
}
BENCHMARK(session_token_refreshed);

// What a host calls before each of its requests.
void session_token_cached(benchmark::State& state) {
  hlid_settings* settings = hlid_settings_new();
  hlid_app* app = nullptr;
  hlid_sessions* sessions = nullptr;
  hlid_session* session = nullptr;
  hlid_flow* flow = nullptr;
  hlid_step step = 0;
  const auto text = [](std::string_view value) { return hlid_view{value.data(), value.size()}; };
  bool good = hlid_settings_set(settings, text("site"), text(kSite), nullptr) == HLID_OK &&
              hlid_settings_set(settings, text("client_id"), text(kClientId), nullptr) == HLID_OK &&
              hlid_app_new(settings, &app, nullptr) == HLID_OK &&
              hlid_sessions_new(app, text(kKeys), &sessions, nullptr) == HLID_OK &&
              hlid_session_new(sessions, text("user-42"), &session, nullptr) == HLID_OK &&
              hlid_session_flow_new(session, text("begin"), &flow, nullptr) == HLID_OK &&
              hlid_flow_set(flow, text("tokens"), text(kTokens), nullptr) == HLID_OK &&
              hlid_flow_next(flow, kNow, &step, nullptr) == HLID_OK;
  while (good && step == HLID_STEP_STORE) {
    const bool loads = hlid_flow_store_operation(flow) == HLID_STORE_LOAD;
    good = (loads ? hlid_flow_give_stored(flow, 0, {}, {}, nullptr) : hlid_flow_give_store_done(flow, 1, nullptr)) == HLID_OK &&
           hlid_flow_next(flow, kNow, &step, nullptr) == HLID_OK;
  }
  std::array<char, 512> token;
  const Counted counted(state);
  for (auto _ : state) {
    if (hlid_session_token(session, kNow, 60'000, token.data(), token.size()) == 0) state.SkipWithError("there is no token");
    benchmark::DoNotOptimize(token);
  }
  hlid_flow_free(flow);
  hlid_session_free(session);
  hlid_sessions_free(sessions);
  hlid_app_free(app);
  hlid_settings_free(settings);
}
BENCHMARK(session_token_cached);

}  // namespace
