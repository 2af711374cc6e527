#include "net/board.h"

#include <chrono>
#include <utility>

#include "net/limits.h"

namespace hlid {
namespace {

Error closed() { return Error::state("closed", "the client is closed"); }

}  // namespace

Result<void> Board::reserve(const OperationPtr& operation, bool listed) {
  const std::lock_guard lock(mutex_);
  if (closing_) return closed();
  if (in_flight_ >= max_in_flight_) {
    return Error(
        Error::state("too_many_flows", "as many flows are in flight as max_in_flight allows").advise(Advice::retry_later));
  }
  if (listed && !listed_.try_emplace(operation->tag, operation).second) {
    return Error::state("tag_in_use", "another flow in flight has this tag");
  }
  ++in_flight_;
  return {};
}

void Board::withdraw(const OperationPtr& operation, bool listed) {
  const std::lock_guard lock(mutex_);
  if (listed) listed_.erase(operation->tag);
  --in_flight_;
}

bool Board::hand_over(const OperationPtr& operation, bool listed) {
  const std::lock_guard lock(mutex_);
  if (closing_) {
    if (listed) listed_.erase(operation->tag);
    --in_flight_;
    return false;
  }
  operation->place = Operation::Place::running;
  started_.push_back(operation);
  if (operation->cancelled) cancelled_.push_back(operation);
  wake_loop();
  return true;
}

void Board::wake_loop() {
  if (woken_) return;
  woken_ = true;
  wake_.raise();
}

void Board::release(Operation& operation) {
  operation.place = Operation::Place::taken;
  --in_flight_;
}

size_t Board::take(OperationPtr* out, size_t capacity) {
  const std::lock_guard lock(mutex_);
  size_t count = 0;
  while (count < capacity && !queue_.empty()) {
    out[count] = std::move(queue_.front());
    queue_.pop_front();
    listed_.erase(out[count]->tag);
    release(*out[count]);
    ++count;
  }
  if (count != 0 && queue_.empty()) queue_signal_.lower();
  return count;
}

Result<OperationPtr> Board::wait(uint64_t tag, int64_t timeout_ms) {
  const auto no_such_flow = [] { return Error::state("no_such_flow", "no flow with this tag is kept for wait"); };
  std::unique_lock lock(mutex_);
  const auto found = listed_.find(tag);
  if (found == listed_.end() || !found->second->waited) return no_such_flow();
  const OperationPtr operation = found->second;
  const auto is_over = [&] { return operation->place >= Operation::Place::finished; };
  if (timeout_ms < 0 || timeout_ms > kMaxWaitMs) {
    operation->finished.wait(lock, is_over);
  } else if (!operation->finished.wait_for(lock, std::chrono::milliseconds(timeout_ms), is_over)) {
    return OperationPtr();
  }
  if (operation->place == Operation::Place::taken) return no_such_flow();
  listed_.erase(tag);
  release(*operation);
  return operation;
}

void Board::wait(Operation& operation) {
  std::unique_lock lock(mutex_);
  operation.finished.wait(lock, [&] { return operation.place == Operation::Place::finished; });
  release(operation);
}

void Board::cancel(const OperationPtr& operation) {
  const std::lock_guard lock(mutex_);
  if (operation->cancelled || operation->place >= Operation::Place::finished) return;
  operation->cancelled = true;
  if (operation->place != Operation::Place::running) return;  // noticed when it is handed over
  cancelled_.push_back(operation);
  wake_loop();
}

void Operation::hurry() { board.cancel(shared_from_this()); }

void Board::begin_close() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  wake_loop();
}

std::vector<OperationPtr> Board::take_rest() {
  const std::lock_guard lock(mutex_);
  std::vector<OperationPtr> rest;
  rest.reserve(listed_.size());
  for (auto& [tag, operation] : listed_) rest.push_back(std::move(operation));
  listed_.clear();
  queue_.clear();
  queue_signal_.lower();
  for (const OperationPtr& operation : rest) release(*operation);
  return rest;
}

size_t Board::in_flight() const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(in_flight_);
}

void Board::collect(Orders& out) {
  wake_.lower();
  const std::lock_guard lock(mutex_);
  woken_ = false;
  out.started.clear();
  out.cancelled.clear();
  std::swap(out.started, started_);
  std::swap(out.cancelled, cancelled_);
  out.closing = closing_;
}

void Board::finish(const OperationPtr& operation) {
  const std::lock_guard lock(mutex_);
  operation->place = Operation::Place::finished;
  if (operation->waited) {
    operation->finished.notify_all();
    return;
  }
  queue_.push_back(operation);
  if (queue_.size() == 1) queue_signal_.raise();
}

}  // namespace hlid
