// hub.h: what brings finished flows from the clients of one environment (the main thread, or one worker) to its
// event loop. One thread waits on the descriptors of all its clients, takes what is finished, and wakes the loop
// through a thread-safe function: Node-API alone, so it works wherever Node-API does. The thread starts with the
// first client and ends with the environment.
#pragma once

#include <napi.h>
#include <pthread.h>

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

// Everything but run(), begin_open() and end_open() is called on the environment's own thread.
class Hub {
 public:
  explicit Hub(Napi::Env env) : env_(env) {}
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Starts the thread if it does not run yet. False where the system gives no thread or no descriptor, or the
  // environment is at its end.
  [[nodiscard]] bool start();
  // A client is being made on another thread, which takes long (the system's certificates are read); false
  // where the environment is at its end. shut_down() waits for it. The client made is watched from end_open on.
  [[nodiscard]] bool begin_open();
  [[nodiscard]] bool end_open(hlid_client* client);
  // From here on the hub does not touch the client.
  void remove(hlid_client* client);

  [[nodiscard]] uint64_t next_tag() { return ++last_tag_; }
  // A flow is in flight: it and its client stay alive, and so does the event loop, until it is delivered.
  void sent(uint64_t tag, Flow* flow, Client* client, napi_deferred deferred);
  // Takes what this client has finished and resolves its promises; used when the client has closed.
  void drain(hlid_client* client);
  // Closes every client and ends the thread. At the end of the environment, and before the process exits:
  // threads that still run then would use a TLS library that is being torn down.
  void shut_down();

 private:
  struct InFlight {
    Flow* flow;
    Client* client;
    napi_deferred deferred;
  };

  static void* run(void* hub);
  static void on_loop(napi_env env, napi_value function, void* hub, void* data);
  static void on_env_end(void* hub);
  void watch();
  void wake();
  [[nodiscard]] bool take(hlid_client* client);
  void deliver(size_t most);

  Napi::Env env_;
  napi_threadsafe_function to_loop_ = nullptr;
  pthread_t thread_{};
  bool running_ = false;
  bool ended_ = false;
  int wake_read_ = -1;
  int wake_write_ = -1;
  uint64_t last_tag_ = 0;
  std::unordered_map<uint64_t, InFlight> in_flight_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable opened_;
  int opening_ = 0;
  std::vector<hlid_client*> clients_;
  std::deque<hlid_completion> ready_;
  bool stop_ = false;
  bool loop_called_ = false;
};

}  // namespace hlid_node
