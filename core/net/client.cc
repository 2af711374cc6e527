#include "net/client.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "net/board.h"
#include "net/borrowed_thread.h"
#include "net/clock.h"
#include "net/descriptors.h"
#include "net/libcurl.h"
#include "net/limits.h"
#include "net/loop.h"
#include "net/thread.h"
#include "net/trust.h"

namespace hlid {

struct Client::Parts {
  Parts(std::shared_ptr<const App> of, Trust trust, int64_t max_in_flight, bool driven)
      : app(of), board(max_in_flight, driven), loop(std::move(of), std::move(trust), board) {}

  const std::shared_ptr<const App> app;
  const pid_t pid = ::getpid();
  Board board;
  Loop loop;

  std::mutex keeper_mutex;  // guards what follows
  Thread keeper;
  bool was_started = false;
  bool closed = false;
};

namespace {

Error forked() { return Error::state("forked", "the client was created before a fork; a child process must create its own"); }

// The flow goes back to the host. One that was parked when it was cancelled ends here.
Client::Completion hand_back(const Operation& operation) {
  SharedFlow& shared = operation.shared;
  shared.enter();
  if (shared.is_cancelled()) shared.flow.end(SharedFlow::cancelled());
  const Step step = shared.flow.step();
  shared.flow.hand_back();
  shared.take_back();
  return {shared.leave() ? nullptr : &shared, operation.tag, step};
}

}  // namespace

Client::Client(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Client>> Client::create(std::shared_ptr<const App> app, int64_t max_in_flight, bool driven) {
  if (max_in_flight == 0) max_in_flight = kDefaultMaxInFlight;
  if (max_in_flight < 0 || max_in_flight > kMaxInFlight)
    return Error::argument("max_in_flight", "must be a number from 1 to 1,000,000");
#ifndef __linux__
  if (driven) return Error::state("no_client", "a driven client needs epoll, which this system lacks");
#endif
  if (auto started = start_libcurl(); !started) return std::move(started).error();
  Result<Trust> trust = Trust::load(app->ca_file);
  if (!trust) return std::move(trust).error();
  auto parts = std::make_unique<Parts>(std::move(app), std::move(*trust), max_in_flight, driven);
  if (!parts->board.open() || !parts->loop.open()) {
    if (are_descriptors_used_up()) return Trust::no_descriptors();
    return Error(Error::state("no_client", "the client could not start: no descriptors or memory, or libcurl lacks an option")
                     .advise(Advice::retry_later));
  }
  return std::unique_ptr<Client>(new Client(std::move(parts)));  // NOLINT: the constructor is private
}

Client::~Client() {
  if (is_forked()) {
    // The other threads are not here, a lock may be held for ever, and libcurl's clean-up would write to the
    // parent's connections: all of it is left where it is.
    [[maybe_unused]] Parts* left_behind = parts_.release();
    return;
  }
  close();
}

bool Client::is_forked() const { return parts_->pid != ::getpid(); }

Result<OperationPtr> Client::begin(SharedFlow& flow, uint64_t tag, Start how, bool listed) {
  if (is_forked()) return forked();
  if (!flow.try_enter()) return SharedFlow::busy();
  auto begun = begin_inside(flow, tag, how, listed);
  flow.leave();
  if (!begun) return begun;
  if (!parts_->board.hand_over(*begun, listed)) {
    flow.enter();
    flow.take_back();
    flow.leave();
    return Error::state("closed", "the client is closed");
  }
  return begun;
}

Result<OperationPtr> Client::begin_inside(SharedFlow& flow, uint64_t tag, Start how, bool listed) {
  if (parts_->board.is_driven() && how != Start::queue)
    return Error::argument(listed ? "how" : "client", "no call can wait for a flow of a client that the host's loop drives");
  if (&flow.flow.app() != parts_->app.get()) return Error::argument("flow", "belongs to a different app than the client");
  auto operation = std::make_shared<Operation>(flow, parts_->board, tag, how, parts_->board.is_driven());
  if (auto reserved = parts_->board.reserve(operation, listed); !reserved) return std::move(reserved).error();
  if (operation->is_unattended) {
    if (auto kept = start_keeper(); !kept) {
      parts_->board.withdraw(operation, listed);
      return std::move(kept).error();
    }
  }
  // The first step on the caller's thread: that is where its parameters can still be put right.
  flow.flow.run_again();
  Result<Step> step = flow.flow.next(operation->clock.now_ms());
  if (!step) {
    parts_->board.withdraw(operation, listed);
    return std::move(step).error();
  }
  operation->step = *step;
  flow.lend(operation, parts_->pid);
  return operation;
}

// For flows that no call may wait for. It ends when there have been none for a while, and starts again.
Result<void> Client::start_keeper() {
  if (!parts_->board.lacks_keeper()) return {};
  const std::lock_guard lock(parts_->keeper_mutex);
  if (parts_->closed || !parts_->board.lacks_keeper()) return {};
  if (std::exchange(parts_->was_started, false)) parts_->keeper.join();
  const auto work = [](void* parts) -> void* {
    auto& of = *static_cast<Parts*>(parts);
    Sleeper self;
    while (of.board.keep(self)) {
      Errand errand;
      of.loop.lead(errand, nullptr);
    }
    return nullptr;
  };
  if (!parts_->keeper.start(work, parts_.get())) {
    return Error(Error::state("no_client", "the client's thread could not be made").advise(Advice::retry_later));
  }
  parts_->was_started = true;
  parts_->board.set_keeper();
  return {};
}

bool Client::await(Errand errand) {
  Sleeper self;
  for (;;) {
    switch (parts_->board.await(errand, self)) {
      case Board::Awaited::ended: return true;
      case Board::Awaited::late: return false;
      case Board::Awaited::lead: {
        const BorrowedThread here;
        parts_->loop.lead(errand, &here);
      }
    }
  }
}

Result<void> Client::start(SharedFlow& flow, uint64_t tag, Start how) {
  auto begun = begin(flow, tag, how, true);
  if (!begun) return std::move(begun).error();
  return {};
}

Result<Step> Client::run(SharedFlow& flow) {
  auto begun = begin(flow, 0, Start::attended, false);
  if (!begun) return std::move(begun).error();
  await({.mine = begun->get()});
  parts_->board.release(*begun, false);
  return hand_back(**begun).step;
}

size_t Client::take(Completion* out, size_t capacity) {
  if (is_forked()) return 0;
  std::array<OperationPtr, kTakenAtOnce> some;
  const size_t count = parts_->board.take(some.data(), std::min(some.size(), capacity));
  for (size_t i = 0; i < count; ++i) out[i] = hand_back(*some[i]);
  return count;
}

int64_t Client::until_ms(int64_t timeout_ms) {
  return timeout_ms < 0 || timeout_ms > kMaxWaitMs ? Errand::kNoLimit : steady_ms() + timeout_ms;
}

bool Client::wait_any(int64_t until_ms) {
  return !is_forked() && !parts_->board.is_driven() && await({.for_queue = true, .until_ms = until_ms});
}

Result<std::optional<Client::Completion>> Client::wait(uint64_t tag, int64_t timeout_ms) {
  if (is_forked()) return forked();
  auto found = parts_->board.find(tag);
  if (!found) return std::move(found).error();
  if (!await({.mine = found->get(), .until_ms = until_ms(timeout_ms)})) return std::optional<Completion>();
  if (!parts_->board.release(*found, true)) return Board::no_such_flow();
  return std::optional<Completion>(hand_back(**found));
}

size_t Client::in_flight() const { return is_forked() ? 0 : parts_->board.in_flight(); }

int Client::fd() const { return is_forked() ? -1 : parts_->board.is_driven() ? parts_->loop.fd() : parts_->board.queue_fd(); }

bool Client::turn(int64_t most_bytes, int64_t most_requests) {
  return !is_forked() && parts_->board.is_driven() && parts_->loop.turn(most_bytes, most_requests);
}

void Client::close() {
  if (is_forked()) return;
  // A second close waits here until all has ended.
  const std::lock_guard lock(parts_->keeper_mutex);
  if (std::exchange(parts_->closed, true)) return;
  parts_->board.close();
  {
    const BorrowedThread here;
    parts_->loop.end_all();
  }
  if (std::exchange(parts_->was_started, false)) parts_->keeper.join();
}

std::vector<Client::Completion> Client::take_rest() {
  std::vector<Completion> rest;
  if (is_forked()) return rest;
  for (const OperationPtr& operation : parts_->board.take_rest()) rest.push_back(hand_back(*operation));
  return rest;
}

}  // namespace hlid
