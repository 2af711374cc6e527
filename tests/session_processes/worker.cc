// The worker of tests/session_processes in C++: it gets access tokens of sessions in one SQLite file, beside other processes.
// What it reads and prints: processes.py. It also begins the sessions, for the workers of every language.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <headlessid/headlessid.h>
#include <nlohmann/json.hpp>

#include "cli/handles.h"
#include "cli/sqlite_store.h"

namespace {

using hlid_cli::check;
using hlid_cli::text_of;
using hlid_cli::view_of;
using json = nlohmann::json;
using SessionsHandle = std::unique_ptr<hlid_sessions, hlid_cli::FreeWith<hlid_sessions_free>>;
using SessionHandle = std::unique_ptr<hlid_session, hlid_cli::FreeWith<hlid_session_free>>;

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void print(const json& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::cout << line.dump() + "\n" << std::flush;
}

hlid_cli::AppHandle make_app(const json& given) {
  json settings = given.at("settings");
  for (const char* name : {"site", "client_id", "redirect_uri"}) settings[name] = given.at(name);
  const hlid_cli::SettingsHandle made(hlid_settings_new());
  hlid_error* error = nullptr;
  check(hlid_settings_set_json(made.get(), view_of(settings.dump()), &error), error);
  hlid_app* app = nullptr;
  check(hlid_app_new(made.get(), &app, &error), error);
  return hlid_cli::AppHandle(app);
}

std::string path_of(const json& given) {
  const std::string address = given.at("store");
  constexpr std::string_view kScheme = "sqlite:";
  if (!address.starts_with(kScheme)) throw std::runtime_error("this worker knows SQLite only");
  return address.substr(kScheme.size());
}

class Worker {
 public:
  explicit Worker(const json& given) : given_(given), app_(make_app(given)) {
    hlid_error* error = nullptr;
    hlid_client* client = nullptr;
    check(hlid_client_new(app_.get(), 0, &client, &error), error);
    client_.reset(client);
    hlid_sessions* all = nullptr;
    check(hlid_sessions_new(app_.get(), {nullptr, 0}, &all, &error), error);
    all_.reset(all);
    for (const auto& key : given.at("keys")) {
      names_.push_back(key.get<std::string>());
      hlid_session* session = nullptr;
      check(hlid_session_new(all_.get(), view_of(names_.back()), &session, &error), error);
      sessions_.emplace_back(session);
    }
  }

  // One sign-in for each key.
  void begin() {
    for (const SessionHandle& session : sessions_) {
      hlid_error* error = nullptr;
      hlid_flow* made = nullptr;
      check(hlid_flow_new(app_.get(), hlid_str("login"), &made, &error), error);
      const hlid_cli::FlowHandle login(made);
      for (const auto& [name, value] : given_.at("sign_in").items())
        check(hlid_flow_set(login.get(), view_of(name), view_of(value.get<std::string>()), &error), error);
      expect(run(login.get()), login.get());
      json tokens;
      const hlid_result* result = hlid_flow_result(login.get());
      for (const char* name : {"access_token", "refresh_token", "token_type", "instance_url", "issued_at_ms", "expires_at_ms"}) {
        if (const auto value = text_of(hlid_result_get(result, hlid_str(name))); !value.empty()) tokens[name] = value;
      }
      const hlid_cli::FlowHandle flow = make_flow(session.get(), "begin", "tokens", tokens.dump());
      expect(run(flow.get()), flow.get());
    }
  }

  void work() {
    const int threads = given_.value("threads", 1);
    remaining_ = given_.at("calls").get<int64_t>();
    std::vector<std::thread> running;
    running.reserve(static_cast<size_t>(threads));
    for (int i = 0; i < threads; ++i) running.emplace_back([this, i] { use_sessions(static_cast<unsigned>(i)); });
    for (std::thread& thread : running) thread.join();
    print({{"calls", given_.at("calls")}, {"refreshed", refreshed_.load()}, {"failed", failed_.load()}});
  }

 private:
  hlid_cli::FlowHandle make_flow(const hlid_session* session, const char* name, const char* parameter, const std::string& value) {
    hlid_error* error = nullptr;
    hlid_flow* made = nullptr;
    check(hlid_session_flow_new(session, hlid_str(name), &made, &error), error);
    hlid_cli::FlowHandle flow(made);
    check(hlid_flow_set(flow.get(), hlid_str(parameter), view_of(value), &error), error);
    return flow;
  }

  hlid_step run(hlid_flow* flow) {
    while (true) {
      hlid_error* error = nullptr;
      hlid_step step = 0;
      check(hlid_client_run(client_.get(), flow, &step, &error), error);
      if (step != HLID_STEP_STORE) return step;
      const std::lock_guard lock(store_mutex_);
      store_.serve(flow);
    }
  }

  static void expect(hlid_step step, const hlid_flow* flow) {
    if (step != HLID_STEP_DONE) throw hlid_cli::LibraryError{hlid_cli::failure_of(hlid_flow_error(flow))};
  }

  void use_sessions(unsigned number) {
    std::minstd_rand random(given_.value("seed", 1U) * 1000U + number);
    const std::vector<int> pause = given_.value("pause_ms", std::vector<int>{0, 0});
    std::uniform_int_distribution<size_t> any(0, sessions_.size() - 1);
    std::uniform_int_distribution<int> pauses(pause.at(0), pause.at(1));
    while (remaining_.fetch_sub(1) > 0) {
      use(any(random));
      std::this_thread::sleep_for(std::chrono::milliseconds(pauses(random)));
    }
  }

  void use(size_t index) {
    const int64_t min_ttl_ms = given_.value("min_ttl_ms", int64_t{0});
    char token[4096];
    const hlid_session* session = sessions_[index].get();
    if (hlid_session_token(session, now_ms(), min_ttl_ms, token, sizeof token) > 0) return;
    const hlid_cli::FlowHandle flow = make_flow(session, "token", "min_ttl_ms", std::to_string(min_ttl_ms));
    if (run(flow.get()) == HLID_STEP_DONE) {
      if (text_of(hlid_result_get(hlid_flow_result(flow.get()), hlid_str("refreshed"))) == "true") ++refreshed_;
      return;
    }
    ++failed_;
    const hlid_cli::Failure failure = hlid_cli::failure_of(hlid_flow_error(flow.get()));
    print({{"failure", failure.reason},
           {"advice", failure.advice},
           {"message", failure.message},
           {"key", names_[index]},
           {"at_ms", now_ms()}});
  }

  json given_;
  hlid_cli::SqliteStore store_{path_of(given_), "store"};
  std::mutex store_mutex_;  // one connection for all threads
  hlid_cli::AppHandle app_;
  hlid_cli::ClientHandle client_;
  SessionsHandle all_;
  std::vector<std::string> names_;
  std::vector<SessionHandle> sessions_;
  std::atomic<int64_t> remaining_ = 0;
  std::atomic<int64_t> refreshed_ = 0;
  std::atomic<int64_t> failed_ = 0;
};

}  // namespace

int main() {
  try {
    std::string line;
    std::getline(std::cin, line);
    const json given = json::parse(line);
    Worker worker(given);
    print({{"ready", true}});
    if (given.contains("sign_in")) {
      worker.begin();
    } else {
      worker.work();
    }
    return 0;
  } catch (const hlid_cli::LibraryError& error) {
    std::cerr << error.failure.message << "\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
  }
  return 1;
}
