#include "net/board.h"

#include <chrono>
#include <utility>

#include "net/clock.h"
#include "net/limits.h"

namespace hlid {
namespace {

Error closed() { return Error::state("closed", "the client is closed"); }

std::chrono::steady_clock::time_point at(int64_t steady_ms) {
  return std::chrono::steady_clock::time_point(std::chrono::milliseconds(steady_ms));
}

bool has_ended(const Operation& operation) { return operation.place >= Operation::Place::finished; }

}  // namespace

Board::Board(int64_t max_in_flight, bool driven) : max_in_flight_(max_in_flight), driven_(driven) {
  if (driven) leader_.rest();
}

// ---- callers ----

Error Board::no_such_flow() { return Error::state("no_such_flow", "no flow with this tag is kept for wait"); }

Result<void> Board::reserve(const OperationPtr& operation, bool listed) {
  const std::lock_guard lock(mutex_);
  if (leader_.is_closing()) return closed();
  if (in_flight_ >= max_in_flight_) {
    return Error(
        Error::state("too_many_flows", "as many flows are in flight as max_in_flight allows").advise(Advice::retry_later));
  }
  if (listed && !listed_.try_emplace(operation->tag, operation).second) {
    return Error::state("tag_in_use", "another flow in flight has this tag");
  }
  ++in_flight_;
  if (operation->is_unattended) ++wanting_keeper_;
  return {};
}

void Board::withdraw(const OperationPtr& operation, bool listed) {
  const std::lock_guard lock(mutex_);
  if (listed) listed_.erase(operation->tag);
  if (operation->is_unattended) --wanting_keeper_;
  --in_flight_;
}

bool Board::hand_over(const OperationPtr& operation, bool listed) {
  const std::lock_guard lock(mutex_);
  if (leader_.is_closing()) {
    if (listed) listed_.erase(operation->tag);
    if (operation->is_unattended) --wanting_keeper_;
    --in_flight_;
    return false;
  }
  operation->place = Operation::Place::running;
  leader_.add(operation->is_unattended, !operation->waited);
  started_.push_back(operation);
  if (operation->cancelled) cancelled_.push_back(operation);
  order();
  call();
  return true;
}

void Board::order() {
  if (!leader_.order()) return;
  if (driven_) return show_host();
  wake_.raise();
}

// The host's loop comes for what is due, and for what is in the queue.
void Board::show_host() {
  const bool has_reason = !leader_.sleeps() || !queue_.empty();
  if (has_reason == is_raised_) return;
  is_raised_ = has_reason;
  if (is_raised_) {
    wake_.raise();
  } else {
    wake_.lower();
  }
}

void Board::call() {
  if (Leader::Waiter* next = leader_.call()) static_cast<Sleeper*>(next)->bell.notify_one();
}

// A thread that wakes in vain sleeps again. One of those who wait for the queue is enough: what it leaves there rings the next.
void Board::ring(Sleeper* first, bool all) {
  for (Sleeper* one = first; one != nullptr; one = all ? one->next : nullptr) one->bell.notify_one();
}

void Board::free_place(Operation& operation) {
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
    free_place(*out[count]);
    ++count;
  }
  if (!queue_.empty()) {
    ring(wait_for_queue_, false);
  } else if (std::exchange(is_signalled_, false)) {
    queue_signal_.lower();
  }
  // In a turn, its end says so.
  if (driven_ && leader_.sleeps()) show_host();
  return count;
}

Result<OperationPtr> Board::find(uint64_t tag) {
  const std::lock_guard lock(mutex_);
  const auto found = listed_.find(tag);
  if (found == listed_.end() || !found->second->waited) return no_such_flow();
  return found->second;
}

bool Board::is_served(const Errand& errand) const {
  return errand.mine != nullptr ? has_ended(*errand.mine) : errand.for_queue ? !queue_.empty() : leader_.unattended() == 0;
}

Board::Awaited Board::await(const Errand& errand, Sleeper& self) {
  std::unique_lock lock(mutex_);
  Sleeper*& sleepers = errand.for_queue ? wait_for_queue_ : errand.mine->sleepers;
  for (bool slept = false;; slept = true) {
    const bool ended = is_served(errand);
    const bool in_vain = errand.for_queue && leader_.is_closing() && leader_.queued() == 0;
    if (ended || in_vain || ((errand.looked || slept) && errand.until_ms <= steady_ms())) {
      leader_.leave(self);
      call();
      return ended ? Awaited::ended : Awaited::late;
    }
    if (leader_.take(self, errand.for_queue)) return Awaited::lead;
    call();
    self.next = std::exchange(sleepers, &self);
    if (errand.until_ms == Errand::kNoLimit) {
      self.bell.wait(lock);
    } else {
      self.bell.wait_until(lock, at(errand.until_ms));
    }
    Sleeper** place = &sleepers;
    while (*place != &self) place = &(*place)->next;
    *place = self.next;
  }
}

bool Board::release(const OperationPtr& operation, bool listed) {
  const std::lock_guard lock(mutex_);
  if (operation->place == Operation::Place::taken) return false;
  if (listed) listed_.erase(operation->tag);
  free_place(*operation);
  return true;
}

void Board::cancel(const OperationPtr& operation) {
  const std::lock_guard lock(mutex_);
  if (operation->cancelled || has_ended(*operation)) return;
  operation->cancelled = true;
  if (operation->place != Operation::Place::running) return;  // noticed when it is handed over
  cancelled_.push_back(operation);
  order();
}

void Operation::hurry() { board.cancel(shared_from_this()); }

void Board::close() {
  Sleeper self;
  std::unique_lock lock(mutex_);
  while (!leader_.take_to_close(self)) {
    order();
    call();
    self.bell.wait(lock);
  }
  // Its loop will do nothing more for the host: only the queue is left to tell of.
  if (driven_) leader_.rest();
  if (keepers_bell_ != nullptr) keepers_bell_->notify_one();
  ring(wait_for_queue_, true);
}

std::vector<OperationPtr> Board::take_rest() {
  const std::lock_guard lock(mutex_);
  std::vector<OperationPtr> rest;
  rest.reserve(listed_.size());
  for (auto& [tag, operation] : listed_) rest.push_back(std::move(operation));
  listed_.clear();
  queue_.clear();
  if (std::exchange(is_signalled_, false)) queue_signal_.lower();
  if (driven_) show_host();
  for (const OperationPtr& operation : rest) free_place(*operation);
  return rest;
}

size_t Board::in_flight() const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(in_flight_);
}

// ---- the keeper ----

bool Board::lacks_keeper() const {
  const std::lock_guard lock(mutex_);
  return !has_keeper_;
}

void Board::set_keeper() {
  const std::lock_guard lock(mutex_);
  has_keeper_ = true;
}

bool Board::keep(Sleeper& self) {
  std::unique_lock lock(mutex_);
  keepers_bell_ = &self.bell;
  for (bool was_idle = false;;) {
    if (leader_.take_as_keeper(self)) return true;
    call();
    if (leader_.is_closing() || (was_idle && wanting_keeper_ == 0)) {
      leader_.leave(self);
      has_keeper_ = false;
      keepers_bell_ = nullptr;
      return false;
    }
    was_idle = self.bell.wait_until(lock, at(steady_ms() + kKeeperLingersMs)) == std::cv_status::timeout;
  }
}

// ---- the thread that turns the loop ----

Board::Pause Board::pause(const Errand& errand, Orders& out) {
  const std::lock_guard lock(mutex_);
  const bool has_work = !errand.for_queue || leader_.queued() > 0;
  if (is_served(errand) || !has_work || leader_.is_closing() || (errand.looked && errand.until_ms <= steady_ms())) {
    leader_.pass();
    call();
    return Pause::stop;
  }
  if (leader_.rest()) return Pause::sleep;
  swap(out);
  return Pause::follow;
}

bool Board::begin_turn(Orders& out) {
  const std::lock_guard lock(mutex_);
  if (!leader_.take_turn()) return false;
  leader_.stir();
  if (leader_.take_orders()) swap(out);
  return true;
}

void Board::end_turn(bool more) {
  const std::lock_guard lock(mutex_);
  leader_.pass();
  call();
  // Orders are left for the next turn to find.
  if (!more && !leader_.is_ordered()) leader_.rest();
  show_host();
}

void Board::swap(Orders& out) {
  const auto move = [](std::vector<OperationPtr>& from, std::vector<OperationPtr>& to) {
    if (to.empty()) return std::swap(from, to);
    to.insert(to.end(), from.begin(), from.end());
    from.clear();
  };
  move(started_, out.started);
  move(cancelled_, out.cancelled);
}

void Board::collect(Orders& out) {
  const std::lock_guard lock(mutex_);
  swap(out);
}

void Board::stir(bool woken) {
  leader_.stir();
  // The host's loop: at the end of the turn.
  if (woken && !driven_) wake_.lower();
}

void Board::finish(const OperationPtr& operation) {
  const std::lock_guard lock(mutex_);
  operation->place = Operation::Place::finished;
  leader_.remove(operation->is_unattended, !operation->waited);
  if (operation->is_unattended) --wanting_keeper_;
  if (operation->waited) return ring(operation->sleepers, true);
  queue_.push_back(operation);
  if (operation->is_unattended && !std::exchange(is_signalled_, true)) queue_signal_.raise();
  ring(wait_for_queue_, leader_.is_closing());
  // No turn's end will say so.
  if (driven_ && leader_.is_closing()) show_host();
}

}  // namespace hlid
