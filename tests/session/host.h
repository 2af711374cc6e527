// Runs a session's flows to their end on the model of a store and a server, with what a test puts in between.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/limits.h"
#include "codec/base64.h"
#include "engine/flow.h"
#include "flows/registry.h"
#include "oauth/session_memory.h"
#include "session/record.h"
#include "tests/session/model.h"

namespace session_model {

inline constexpr int64_t kNow = 1'767'225'600'000;
inline constexpr char kKey1[] = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
inline constexpr char kKey2[] = "k2:AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

using Settings = std::vector<std::pair<std::string, std::string>>;

inline std::shared_ptr<const hlid::App> make_app(const Settings& more = {}) {
  hlid::Settings settings;
  const Settings all = {{"site", "https://acme.my.site.com"},
                        {"client_id", "3MVG9"},
                        {"redirect_uri", "https://app.example.com/callback"},
                        {"session_keys", kKey1}};
  for (const auto* list : {&all, &more}) {
    for (const auto& [name, value] : *list) EXPECT_TRUE(settings.set(name, value)) << name;
  }
  return *hlid::App::create(settings);
}

// One process: an app, a clock, and what its network and its way to the store do to it.
struct Process {
  explicit Process(Store& on, Server& at, const Settings& more = {}) : app(make_app(more)), store(on), server(at) {}

  std::shared_ptr<const hlid::App> app;
  Store& store;
  Server& server;
  int64_t now = kNow;
  std::shared_ptr<hlid::SessionCache> cache = std::make_shared<hlid::SessionCache>();
  std::unique_ptr<hlid::Flow> flow;
  // Called before each step is done. True: it has given the outcome itself.
  std::function<bool(hlid::Flow&)> between;
  int sent = 0;
  int operations = 0;
  int waits = 0;

  hlid::Flow& begin(const std::string& name, const Settings& parameters = {}, const std::string& key = "user-42") {
    flow = std::make_unique<hlid::Flow>(app, *hlid::find_flow("session_" + name));
    EXPECT_TRUE(flow->set("key", key));
    for (const auto& [parameter, value] : parameters) EXPECT_TRUE(flow->set(parameter, value)) << parameter;
    flow->attach(cache);
    const auto step = flow->next(now);
    EXPECT_TRUE(step) << step.error().data().message;
    return *flow;
  }
  [[nodiscard]] bool is_over() const { return flow->step() == hlid::Step::done || flow->step() == hlid::Step::failed; }

  void step() {
    if (!between || !between(*flow)) act();
    const auto next = flow->next(now);
    ASSERT_TRUE(next) << next.error().data().message;
  }
  void act() {
    switch (flow->step()) {
      case hlid::Step::store: {
        ++operations;
        const hlid::StoreRequest& request = flow->store();
        const Store::Reply reply = store.apply(request);
        EXPECT_TRUE(request.operation == hlid::StoreOperation::load ? flow->give_stored(reply.found, reply.version, reply.value)
                                                                    : flow->give_store_done(reply.done));
        break;
      }
      case hlid::Step::send: {
        ++sent;
        const Server::Response response = server.serve(flow->request().url, flow->request().body.view());
        give(response.status, response.body);
        break;
      }
      case hlid::Step::wait:
        ++waits;
        now = std::max(now, flow->wait_until_ms());
        break;
      default: FAIL() << "step " << static_cast<int>(flow->step());
    }
  }
  void give(int status, std::string_view body) {
    const std::string_view type = body.starts_with('{') ? "application/json" : body.starts_with('<') ? "text/html" : "text/plain";
    EXPECT_TRUE(flow->give_header("content-type", type));
    EXPECT_TRUE(flow->give_response(status, 11, body));
  }
  // To the end: "done", or the reason of the failure.
  std::string run(const std::string& name, const Settings& parameters = {}, const std::string& key = "user-42") {
    begin(name, parameters, key);
    return finish();
  }
  std::string finish() {
    for (int steps = 0; !is_over(); ++steps) {
      if (steps > 2'000) return "endless";
      step();
    }
    return flow->step() == hlid::Step::done ? "done" : flow->error()->data().reason;
  }
  // Until the flow is about to do this.
  bool run_until(const std::function<bool(const hlid::Flow&)>& there) {
    for (int steps = 0; !is_over() && steps < 2'000; ++steps) {
      if (there(*flow)) return true;
      step();
    }
    return false;
  }
  [[nodiscard]] std::string got(std::string_view name) const {
    return flow->result() == nullptr ? std::string() : std::string(flow->result()->get(name));
  }
  [[nodiscard]] const hlid::Error::Data& error() const { return flow->error()->data(); }
  // Without a look at the store.
  [[nodiscard]] std::string cached(int64_t min_ttl_ms = 0) const {
    char buffer[64] = {};
    return {buffer, cache->copy(now, min_ttl_ms, app->session_cache_ms, buffer, sizeof buffer)};
  }
  [[nodiscard]] std::optional<hlid::Record> record(const std::string& key = "user-42") const {
    const auto entry = store.entries.find(key);
    if (entry == store.entries.end()) return std::nullopt;
    auto opened = hlid::open_record(*app, app->session_keys, key, entry->second.version, entry->second.value);
    if (!opened) return std::nullopt;
    return std::move(*opened);
  }
};

inline bool sends(const hlid::Flow& flow) { return flow.step() == hlid::Step::send; }
inline bool is_at(const hlid::Flow& flow, hlid::StoreOperation operation) {
  return flow.step() == hlid::Step::store && flow.store().operation == operation;
}

// A sign-in's result, with a token that ends after so many milliseconds.
inline std::string tokens(int64_t lasts_ms, const std::string& more = "") {
  return R"({"access_token":"00D!a0.0","refresh_token":"f0.0","token_type":"Bearer","instance_url":"https://acme.my.salesforce.com",)"
         R"("expires_at_ms":)" +
         std::to_string(kNow + lasts_ms) + more + "}";
}

}  // namespace session_model
