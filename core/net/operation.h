// One flow in flight.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>

#include "engine/shared_flow.h"
#include "net/clock.h"
#include "net/timers.h"
#include "net/transfer.h"

namespace hlid {

class Board;

struct Operation : Timed, SharedFlow::Run, std::enable_shared_from_this<Operation> {
  Operation(SharedFlow& runs, Board& on, uint64_t named, bool kept)
      : shared(runs), flow(runs.flow), board(on), tag(named), waited(kept) {}
  void hurry() override;

  SharedFlow& shared;
  Flow& flow;
  Board& board;
  const uint64_t tag;
  const bool waited;  // kept for wait, instead of going to the queue
  const FlowClock clock;

  // Owned by the caller until it hands the operation over, then by the I/O thread, then by the call that takes it.
  Step step = Step::failed;

  // Guarded by the board.
  enum class Place : uint8_t { entering, running, finished, taken };
  Place place = Place::entering;
  bool cancelled = false;
  std::condition_variable finished;  // of waited ones

  // The I/O thread's own.
  std::unique_ptr<Transfer> transfer;  // while a request is on its way
  size_t active_index = 0;
  bool was_sent = false;     // the request whose response the flow looks at next
  bool checks_name = false;  // waits for a NameCheck, without a transfer
  bool is_paced = false;     // waits for its turn to be sent (request_interval_ms), without a transfer
};

using OperationPtr = std::shared_ptr<Operation>;

}  // namespace hlid
