// hub.h: what brings finished flows from the clients of one environment (the main thread, or one worker) to its
// event loop. Each client's thread gives it what has ended, and it wakes the loop through a thread-safe function:
// Node-API alone, so it works wherever Node-API does.
#pragma once

#include <napi.h>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "headlessid/headlessid.h"

namespace hlid_node {

class Client;
class Flow;
class Runner;

// Everything but give(), begin_open() and end_open() is called on the environment's own thread.
class Hub {
 public:
  explicit Hub(Napi::Env env) : env_(env) {}
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Makes ready for clients. False where the system gives no memory for it, or the environment is at its end.
  [[nodiscard]] bool start();
  // A client is being made on another thread, which takes long (the system's certificates are read); false
  // where the environment is at its end. shut_down() waits for it. From end_open on it ends the client, too.
  [[nodiscard]] bool begin_open();
  [[nodiscard]] bool end_open(Runner* runner);
  // Its client has been closed.
  void remove(Runner* runner);

  [[nodiscard]] uint64_t next_tag() { return ++last_tag_; }
  // A flow is in flight: it and its client stay alive, and so does the event loop, until it is delivered.
  void sent(uint64_t tag, Flow* flow, Client* client, napi_deferred deferred);
  // From a client's thread: what has ended.
  void give(const hlid_completion* ended, size_t count);
  // Resolves at once what has been given; used when a client has closed.
  void deliver_all();
  // Closes every client and ends its thread. At the end of the environment, and before the process exits:
  // threads that still run then would use a TLS library that is being torn down.
  void shut_down();

 private:
  struct InFlight {
    Flow* flow;
    Client* client;
    napi_deferred deferred;
  };

  static void on_loop(napi_env env, napi_value function, void* hub, void* data);
  static void on_env_end(void* hub);
  void deliver(size_t most);

  Napi::Env env_;
  napi_threadsafe_function to_loop_ = nullptr;
  bool ended_ = false;
  uint64_t last_tag_ = 0;
  std::unordered_map<uint64_t, InFlight> in_flight_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable opened_;
  int opening_ = 0;
  std::vector<Runner*> runners_;
  std::deque<hlid_completion> ready_;
  bool stop_ = false;
  bool loop_called_ = false;
};

}  // namespace hlid_node
