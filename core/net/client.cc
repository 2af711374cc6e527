#include "net/client.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "net/board.h"
#include "net/descriptors.h"
#include "net/libcurl.h"
#include "net/loop.h"
#include "net/thread.h"
#include "net/trust.h"

namespace hlid {

struct Client::Parts {
  Parts(std::shared_ptr<const App> of, Trust trust, int64_t max_in_flight)
      : app(of), board(max_in_flight), loop(std::move(of), std::move(trust), board) {}

  const std::shared_ptr<const App> app;
  const pid_t pid = ::getpid();
  Board board;
  Loop loop;
  Thread thread;
  std::mutex joining;
  bool joined = false;
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

Result<std::unique_ptr<Client>> Client::create(std::shared_ptr<const App> app, int64_t max_in_flight) {
  if (max_in_flight == 0) max_in_flight = kDefaultMaxInFlight;
  if (max_in_flight < 0 || max_in_flight > kMaxInFlight)
    return Error::argument("max_in_flight", "must be a number from 1 to 1,000,000");
  if (auto started = start_libcurl(); !started) return std::move(started).error();
  Result<Trust> trust = Trust::load(app->ca_file);
  if (!trust) return std::move(trust).error();
  auto parts = std::make_unique<Parts>(std::move(app), std::move(*trust), max_in_flight);
  const auto work = [](void* loop) -> void* {
    static_cast<Loop*>(loop)->run();
    return nullptr;
  };
  if (!parts->board.open() || !parts->loop.open()) {
    if (are_descriptors_used_up()) return Trust::no_descriptors();
    return Error(Error::state("no_client", "the client could not start: no descriptors or memory, or libcurl lacks an option")
                     .advise(Advice::retry_later));
  }
  if (!parts->thread.start(work, &parts->loop)) {
    return Error(Error::state("no_client", "the client's thread could not be made").advise(Advice::retry_later));
  }
  return std::unique_ptr<Client>(new Client(std::move(parts)));  // NOLINT: the constructor is private
}

Client::~Client() {
  if (is_forked()) {
    // The thread is not here, a lock may be held for ever, and libcurl's clean-up would write to the
    // parent's connections: all of it is left where it is.
    [[maybe_unused]] Parts* left_behind = parts_.release();
    return;
  }
  close();
}

bool Client::is_forked() const { return parts_->pid != ::getpid(); }

Result<OperationPtr> Client::begin(SharedFlow& flow, uint64_t tag, bool waited, bool listed) {
  if (is_forked()) return forked();
  if (!flow.try_enter()) return SharedFlow::busy();
  auto begun = begin_inside(flow, tag, waited, listed);
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

Result<OperationPtr> Client::begin_inside(SharedFlow& flow, uint64_t tag, bool waited, bool listed) {
  if (&flow.flow.app() != parts_->app.get()) return Error::argument("flow", "belongs to a different app than the client");
  auto operation = std::make_shared<Operation>(flow, parts_->board, tag, waited);
  if (auto reserved = parts_->board.reserve(operation, listed); !reserved) return std::move(reserved).error();
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

Result<void> Client::start(SharedFlow& flow, uint64_t tag, bool waited) {
  auto begun = begin(flow, tag, waited, true);
  if (!begun) return std::move(begun).error();
  return {};
}

Result<Step> Client::run(SharedFlow& flow) {
  auto begun = begin(flow, 0, true, false);
  if (!begun) return std::move(begun).error();
  parts_->board.wait(**begun);
  return hand_back(**begun).step;
}

size_t Client::take(Completion* out, size_t capacity) {
  if (is_forked()) return 0;
  std::array<OperationPtr, 64> some;
  size_t count = 0;
  while (count < capacity) {
    const size_t got = parts_->board.take(some.data(), std::min(some.size(), capacity - count));
    for (size_t i = 0; i < got; ++i) out[count++] = hand_back(*std::exchange(some[i], nullptr));
    if (got < some.size()) break;
  }
  return count;
}

Result<std::optional<Client::Completion>> Client::wait(uint64_t tag, int64_t timeout_ms) {
  if (is_forked()) return forked();
  auto ended = parts_->board.wait(tag, timeout_ms);
  if (!ended) return std::move(ended).error();
  if (*ended == nullptr) return std::optional<Completion>();
  return std::optional<Completion>(hand_back(**ended));
}

size_t Client::in_flight() const { return is_forked() ? 0 : parts_->board.in_flight(); }

int Client::fd() const { return is_forked() ? -1 : parts_->board.queue_fd(); }

void Client::close() {
  if (is_forked()) return;
  parts_->board.begin_close();
  // A second close waits here until the thread has gone.
  const std::lock_guard lock(parts_->joining);
  if (std::exchange(parts_->joined, true)) return;
  parts_->thread.join();
}

std::vector<Client::Completion> Client::take_rest() {
  std::vector<Completion> rest;
  if (is_forked()) return rest;
  for (const OperationPtr& operation : parts_->board.take_rest()) rest.push_back(hand_back(*operation));
  return rest;
}

}  // namespace hlid
