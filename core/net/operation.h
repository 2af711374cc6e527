// One flow in flight.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/shared_flow.h"
#include "net/clock.h"
#include "net/hosts.h"
#include "net/timers.h"
#include "net/transfer.h"

namespace hlid {

class Board;
struct Sleeper;

// How a flow comes back, and which threads turn the loop for it.
enum class Start : uint8_t {
  queue,     // into the queue
  wait,      // kept for wait
  attended,  // the same, and it moves only while a call waits
  any,       // into the queue, and the same
};

struct Operation : Timed, Queued, SharedFlow::Run, std::enable_shared_from_this<Operation> {
  Operation(SharedFlow& runs, Board& on, uint64_t named, Start how, bool driven)
      : shared(runs),
        flow(runs.flow),
        board(on),
        tag(named),
        waited(how == Start::wait || how == Start::attended),
        is_unattended(how < Start::attended && !driven) {}
  void hurry() override;

  SharedFlow& shared;
  Flow& flow;
  Board& board;
  const uint64_t tag;
  const bool waited;         // kept for wait, instead of going to the queue
  const bool is_unattended;  // moves also where no call waits
  const FlowClock clock;

  // Owned by the caller until it hands the operation over, then by the thread that turns the loop, then by the call that takes
  // it.
  Step step = Step::failed;

  // Guarded by the board.
  enum class Place : uint8_t { entering, running, finished, taken };
  Place place = Place::entering;
  bool cancelled = false;
  mutable Sleeper* sleepers = nullptr;  // who wait for it

  // Of the thread that turns the loop.
  std::unique_ptr<Transfer> transfer;  // while libcurl has a request
  size_t active_index = 0;
  bool was_sent = false;     // the request whose response the flow looks at next
  bool checks_name = false;  // waits for a NameCheck, without a transfer
};

using OperationPtr = std::shared_ptr<Operation>;

}  // namespace hlid
