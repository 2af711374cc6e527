// Runs flows on libcurl: one I/O thread, thousands of flows at a time. Every call is safe from every thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/shared_flow.h"

namespace hlid {

class Client {
 public:
  // STATE if the system cannot (no thread, no descriptor, no list of certificates, no fitting libcurl);
  // ARGUMENT names ca_file or max_in_flight.
  static Result<std::unique_ptr<Client>> create(std::shared_ptr<const App> app, int64_t max_in_flight);
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
  Result<void> start(SharedFlow& flow, uint64_t tag, bool waited);
  // Finished or parked flows that were not started as waited ones.
  size_t take(Completion* out, size_t capacity);
  // The waited flow with this tag; absent if it has not ended in time (-1: no limit).
  Result<std::optional<Completion>> wait(uint64_t tag, int64_t timeout_ms);
  // Starts the flow and waits for its end, without a tag.
  Result<Step> run(SharedFlow& flow);
  [[nodiscard]] size_t in_flight() const;
  // Readable while take has something to return. -1 in a child process.
  [[nodiscard]] int fd() const;
  void close();
  // After close: every flow not yet taken, including those waited for.
  std::vector<Completion> take_rest();

 private:
  struct Parts;
  explicit Client(std::unique_ptr<Parts> parts);
  [[nodiscard]] bool is_forked() const;
  Result<std::shared_ptr<struct Operation>> begin(SharedFlow& flow, uint64_t tag, bool waited, bool listed);
  Result<std::shared_ptr<struct Operation>> begin_inside(SharedFlow& flow, uint64_t tag, bool waited, bool listed);

  std::unique_ptr<Parts> parts_;
};

}  // namespace hlid
