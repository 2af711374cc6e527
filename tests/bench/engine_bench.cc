// The engine alone: nanoseconds and allocations of a PKCE pair, a request, a response, whole flows, and of a ticket.
#include <benchmark/benchmark.h>

#include <string>

#include "counted.h"

#include "codec/form.h"
#include "engine/flow.h"
#include "flows/registry.h"
#include "oauth/app.h"
#include "oauth/pkce.h"
#include "oauth/token_response.h"

namespace {

constexpr std::string_view kSite = "https://acme.my.site.com/shop";
const std::string kTokenResponse = token_response(kSite, "");

std::shared_ptr<const hlid::App> make_app() {
  const hlid::NamedValue settings[] = {
      {"site", kSite},
      {"client_id", kClientId},
      {"redirect_uri", "https://app.example.com/callback"},
      {"scope", "openid api refresh_token"},
      {"seal_keys", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},
  };
  return *hlid::App::create(settings);
}

void set_login(hlid::Flow& flow) {
  (void)flow.set("username", "lena.ortiz@example.com").has_value();
  (void)flow.set("password", "P4ss+w&rd=1:x").has_value();
}

std::string state_of(const hlid::Flow& flow) {
  hlid::FormReader reader(flow.request().body.view());
  while (reader.next()) {
    if (reader.name() == "state") return std::string(reader.value());
  }
  return {};
}

// From the authorize request on, to the end.
bool bring_tokens(hlid::Flow& flow) {
  (void)flow
      .give_header("Location",
                   "https://app.example.com/callback?code=aPrx9k.Qd7%3D%3D&sfdc_community_url="
                   "https%3A%2F%2Facme.my.site.com%2Fshop&sfdc_community_id=0DBEx0000004C9zOAE&state=" +
                       state_of(flow))
      .has_value();
  (void)flow.give_response(302, 20, std::string_view()).has_value();
  (void)flow.next(kNow);
  (void)flow.give_response(200, 20, std::string_view(kTokenResponse)).has_value();
  const auto step = flow.next(kNow);
  return step && *step == hlid::Step::done;
}

void set_passwordless(hlid::Flow& flow) {
  (void)flow.set("username", "lena.ortiz@example.com").has_value();
  (void)flow.set("verification_method", "email").has_value();
  (void)flow.set("uvid", "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11").has_value();
}

// From the init to the question.
void wait_for_otp(hlid::Flow& flow) {
  (void)flow.next(kNow);
  (void)flow.give_response(200, 20, std::string_view(R"({"status":"success","identifier":"MFFx0000000e7cK"})")).has_value();
  (void)flow.next(kNow);
}

// From the init to the authorize request.
bool bring_otp(hlid::Flow& flow) {
  wait_for_otp(flow);
  (void)flow.give_value("otp", "493027").has_value();
  const auto step = flow.next(kNow);
  return step && *step == hlid::Step::send;
}

void pkce_pair(benchmark::State& state) {
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(hlid::make_pkce_pair());
}
BENCHMARK(pkce_pair);

void login_request(benchmark::State& state) {
  const auto app = make_app();
  const Counted counted(state);
  for (auto _ : state) {
    hlid::Flow flow(app, hlid::flows::login);
    set_login(flow);
    benchmark::DoNotOptimize(flow.next(kNow));
  }
}
BENCHMARK(login_request);

void token_response(benchmark::State& state) {
  const auto app = make_app();
  const Counted counted(state);
  for (auto _ : state) {
    hlid::Response response;
    response.status = 200;
    response.body = hlid::Secret(kTokenResponse);
    hlid::FlowResult result;
    benchmark::DoNotOptimize(
        hlid::read_token_response(response, *app, {hlid::Endpoint::code, *hlid::find_flow("login")->errors, true}, kNow, result));
  }
}
BENCHMARK(token_response);

void whole_login(benchmark::State& state) {
  const auto app = make_app();
  const Counted counted(state);
  for (auto _ : state) {
    hlid::Flow flow(app, hlid::flows::login);
    set_login(flow);
    (void)flow.next(kNow);
    if (!bring_tokens(flow)) state.SkipWithError("the login did not end well");
  }
}
BENCHMARK(whole_login);

void whole_passwordless_login(benchmark::State& state) {
  const auto app = make_app();
  const Counted counted(state);
  for (auto _ : state) {
    hlid::Flow flow(app, hlid::flows::passwordless_login);
    set_passwordless(flow);
    if (!bring_otp(flow) || !bring_tokens(flow)) state.SkipWithError("the flow did not end well");
  }
}
BENCHMARK(whole_passwordless_login);

void whole_registration(benchmark::State& state) {
  const auto app = make_app();
  const Counted counted(state);
  for (auto _ : state) {
    hlid::Flow flow(app, hlid::flows::registration);
    (void)flow
        .set("userdata",
             R"({"firstName":"Lena","lastName":"Ortiz","email":"lena.ortiz@example.com","username":"lena.ortiz@example.com"})")
        .has_value();
    (void)flow.set("password", "Corr3ctHorse!").has_value();
    (void)flow.set("verification_method", "email").has_value();
    if (!bring_otp(flow) || !bring_tokens(flow)) state.SkipWithError("the flow did not end well");
  }
}
BENCHMARK(whole_registration);

void seal(benchmark::State& state) {
  const auto app = make_app();
  hlid::Flow flow(app, hlid::flows::passwordless_login);
  set_passwordless(flow);
  wait_for_otp(flow);
  const Counted counted(state);
  for (auto _ : state) {
    if (!flow.seal("a session of the host's", kNow)) state.SkipWithError("it was not sealed");
  }
}
BENCHMARK(seal);

void unseal(benchmark::State& state) {
  const auto app = make_app();
  hlid::Flow flow(app, hlid::flows::passwordless_login);
  set_passwordless(flow);
  wait_for_otp(flow);
  (void)flow.seal("a session of the host's", kNow).has_value();
  const std::string ticket(flow.ticket());
  const Counted counted(state);
  for (auto _ : state) {
    auto opened = hlid::open_ticket(*app, "", ticket, "a session of the host's", kNow);
    if (!opened) return state.SkipWithError("it was not opened");
    hlid::Flow other(app, *hlid::find_flow(opened->flow));
    const auto restored = other.restore(*opened);
    if (!restored || *other.next(kNow) != hlid::Step::ask) state.SkipWithError("it does not wait as before");
  }
}
BENCHMARK(unseal);

}  // namespace

BENCHMARK_MAIN();
