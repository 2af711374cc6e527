// runner.h: a client of the library, and the thread that does its work. The thread is there while flows are in flight and for
// a second after the last: it waits for whatever ends, turns the client's loop while it waits, and gives the hub what has ended.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "headlessid/headlessid.h"

namespace hlid_node {

class Hub;

class Runner {
 public:
  // `client` is its own from here on.
  Runner(Hub& hub, hlid_client* client) : hub_(hub), client_(client) {}
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  [[nodiscard]] hlid_client* client() const { return client_; }

  // hlid_client_start with HLID_START_ANY, on the environment's own thread; absent if the system gives no thread.
  [[nodiscard]] std::optional<hlid_status> start(hlid_flow* flow, uint64_t tag, hlid_error** error);
  // Closes the client. What it had in flight has come to the hub when this returns, and nothing comes afterwards. From any
  // thread, and twice.
  void end();

 private:
  static void* run(void* runner);
  void work();
  [[nodiscard]] bool start_thread();

  Hub& hub_;
  hlid_client* const client_;

  std::mutex mutex_;  // guards what follows; held while a flow starts, so that the thread does not end meanwhile
  std::condition_variable stopped_;
  bool is_running_ = false;  // the thread may still touch what is not its own
  bool is_joinable_ = false;
  bool has_ended_ = false;
  pthread_t thread_{};
};

}  // namespace hlid_node
