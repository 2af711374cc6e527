// Runs flows on libcurl, thousands at a time. A call that waits turns the loop itself if no other thread does; for flows that no
// call waits for there is a thread. Every call is safe from every thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/shared_flow.h"
#include "net/operation.h"

namespace hlid {

struct Errand;

class Client {
 public:
  // STATE if the system cannot (no descriptor, no list of certificates, no fitting libcurl);
  // ARGUMENT names ca_file or max_in_flight.
  static Result<std::unique_ptr<Client>> create(std::shared_ptr<const App> app, int64_t max_in_flight, bool driven);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // Closes. No other call may be running. Completions not yet taken are dropped.
  ~Client();

  struct Completion {
    SharedFlow* flow = nullptr;  // null: it was freed meanwhile
    uint64_t tag = 0;
    Step step = Step::failed;
  };

  // From success until its completion has been taken the flow is the client's. On failure it stays the
  // caller's: ARGUMENT where its parameters are not complete, STATE otherwise.
  Result<void> start(SharedFlow& flow, uint64_t tag, Start how);
  // Finished or parked flows that were not started as waited ones.
  // At most kTakenAtOnce.
  static constexpr size_t kTakenAtOnce = 64;
  size_t take(Completion* out, size_t capacity);
  // When a wait of so many milliseconds from now ends (-1: never).
  static int64_t until_ms(int64_t timeout_ms);
  // Waits for something to take. False: none in time, or nothing comes into the queue any more.
  bool wait_any(int64_t until_ms);
  // The waited flow with this tag; absent if it has not ended in time (-1: no limit).
  Result<std::optional<Completion>> wait(uint64_t tag, int64_t timeout_ms);
  // Starts the flow and waits for its end, without a tag.
  Result<Step> run(SharedFlow& flow);
  [[nodiscard]] size_t in_flight() const;
  // A turn on the host's loop, of a driven client: Loop::turn.
  bool turn(int64_t most_bytes, int64_t most_requests);
  // Readable while take has something to return; of a driven client, while turn has something to do. -1 in a child process.
  [[nodiscard]] int fd() const;
  void close();
  // After close: every flow not yet taken, including those waited for.
  std::vector<Completion> take_rest();

 private:
  struct Parts;
  explicit Client(std::unique_ptr<Parts> parts);
  [[nodiscard]] bool is_forked() const;
  Result<OperationPtr> begin(SharedFlow& flow, uint64_t tag, Start how, bool listed);
  Result<OperationPtr> begin_inside(SharedFlow& flow, uint64_t tag, Start how, bool listed);
  Result<void> start_keeper();
  // False: not in time.
  bool await(Errand errand);

  std::unique_ptr<Parts> parts_;
};

}  // namespace hlid
