#include "net/loop.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "net/clock.h"
#include "net/limits.h"

namespace hlid {
namespace {

// Of a request's own address, which the app's settings have been checked for; empty if it is an IPv6 address.
std::string host_of(std::string_view url) {
  const size_t begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  url.remove_prefix(begin + 3);
  url = url.substr(0, url.find('/'));
  return url.starts_with('[') ? std::string() : std::string(url.substr(0, url.find(':')));
}

// "https://host:port", of the same.
std::string_view origin_of(std::string_view url) {
  const size_t host = url.find("://");
  return host == std::string_view::npos ? url : url.substr(0, url.find('/', host + 3));
}

}  // namespace

Loop::Loop(std::shared_ptr<const App> app, Trust trust, Board& board)
    : app_(std::move(app)),
      trust_(std::move(trust)),
      board_(board),
      hosts_(static_cast<size_t>(app_->max_connections), app_->http_1_only) {}

Loop::~Loop() = default;

bool Loop::open() {
  if (!poller_.open()) return false;
  share_.reset(curl_share_init());
  multi_.reset(curl_multi_init());
  if (!share_ || !multi_) return false;
  // TLS sessions for all handles of this client, and for no other client. One thread at a time: no locks.
  if (curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK) return false;
  common_ = std::make_unique<Transfer::Common>(Transfer::Common{*app_, trust_, share_.get(), poller_, turn_, streams_, hosts_});
  CURLM* multi = multi_.get();
  const long connections = static_cast<long>(app_->max_connections);
  const bool good = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket) == CURLM_OK &&
                    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this) == CURLM_OK &&
                    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Loop::on_timer) == CURLM_OK &&
                    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this) == CURLM_OK &&
                    curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX)) == CURLM_OK &&
                    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections) == CURLM_OK &&
                    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections) == CURLM_OK;
  if (!good) return false;
  // Since 8.20 the end of a client would wait for a thread that still looks a name up. By its number: this may have been compiled
  // with an older libcurl than it runs with, and one that lacks the option says so and does nothing.
  constexpr auto kQuickExit = static_cast<CURLMoption>(CURLOPTTYPE_LONG + 21);
  curl_multi_setopt(multi, kQuickExit, 1L);
  // The first handle now: an option that this libcurl lacks is found before anything runs.
  idle_.push_back(Transfer::create(*common_));
  if (!idle_.back()) return false;
  if (!poller_.watch(board_.wake_fd(), true, false)) return false;
  return !board_.is_driven() || (alarm_.open() && poller_.watch(alarm_.fd(), true, false));
}

void Loop::lead(Errand& errand, const BorrowedThread* on) {
  for (int in_a_row = 0;;) {
    const Board::Pause pause = board_.pause(errand, orders_);
    if (pause == Board::Pause::stop) return;
    if (pause == Board::Pause::follow) follow_orders();
    // What an order leads to, mostly a request, leaves without a look at the descriptors; but orders that never end must not
    // keep these waiting.
    if (pause == Board::Pause::sleep || ++in_a_row == kMaxOrdersInARow) {
      look(pause == Board::Pause::sleep ? sleep_ms(errand.until_ms) : 0, on);
      errand.looked = true;
      in_a_row = 0;
    }
    drive_libcurl();
    turn_.forget_closed();
    run_timers();
  }
}

bool Loop::turn(int64_t most_bytes, int64_t most_requests) {
  if (!board_.begin_turn(orders_)) return false;
  const BorrowedThread here;
  turn_.begin_hosts(most_bytes > 0 ? most_bytes : kTurnBytes, most_requests > 0 ? most_requests : kTurnRequests);
  // Orders may use up one turn after another; what is on its way must not wait for their end.
  orders_first_ = !orders_first_;
  if (orders_first_) {
    follow_orders();
  } else {
    run_timers();
  }
  look(0, &here);
  drive_libcurl();
  if (orders_first_) {
    run_timers();
  } else {
    follow_orders();
  }
  turn_.forget_closed();
  const int64_t due = next_due_ms();
  const bool more = turn_.is_over() || !orders_.started.empty() || !orders_.cancelled.empty() || due <= steady_ms();
  turn_.end_hosts();
  if (!more && due != Errand::kNoLimit) alarm_.set(due);
  board_.end_turn(more);
  return more;
}

void Loop::look(int timeout_ms, const BorrowedThread* on) {
  const auto& ready = poller_.wait(timeout_ms, turn_.most_events(), on == nullptr ? nullptr : on->mask_for_sleep());
  const auto is_wake = [&](const Poller::Ready& one) { return one.fd == board_.wake_fd(); };
  board_.stir(std::any_of(ready.begin(), ready.end(), is_wake));
  for (const Poller::Ready& one : ready) {
    if (is_wake(one)) continue;
    if (one.fd == alarm_.fd()) {
      alarm_.clear();
      continue;
    }
    if (turn_.is_over()) return;  // what is left stays ready
    if (std::any_of(checks_.begin(), checks_.end(), [&](const auto& check) { return check->fd() == one.fd; })) {
      name_is_known(one.fd);
      continue;
    }
    const int what = (one.in ? CURL_CSELECT_IN : 0) | (one.out ? CURL_CSELECT_OUT : 0) | (one.error ? CURL_CSELECT_ERR : 0);
    turn_libcurl(one.fd, what);
  }
}

int64_t Loop::next_due_ms() const {
  int64_t due = Errand::kNoLimit;
  if (hosts_.has_next()) {
    if (may_begin()) return 0;
    due = next_start_ms_;
  }
  if (libcurl_due_ms_ >= 0) due = std::min(due, libcurl_due_ms_);
  if (const Timed* first = timers_.first()) due = std::min(due, first->due_ms);
  return due;
}

int Loop::sleep_ms(int64_t until_ms) const {
  const int64_t due = std::min(until_ms, next_due_ms());
  if (due == Errand::kNoLimit) return -1;
  return static_cast<int>(std::clamp<int64_t>(due - steady_ms(), 0, kMaxSleepMs));
}

void Loop::follow_orders() {
  size_t adopted = 0;
  for (; adopted < orders_.started.size() && !turn_.is_over(); ++adopted) {
    adopt(orders_.started[adopted]);
    turn_.count_one();
    // A connection that it opens takes a while: each on its own, so that the turn can end after it.
    if (turn_.is_hosts()) drive_libcurl();
  }
  orders_.started.erase(orders_.started.begin(), orders_.started.begin() + static_cast<std::ptrdiff_t>(adopted));
  if (!orders_.started.empty()) return;
  // Thousands may have been cancelled in one moment. The last first: then nothing moves up.
  while (!orders_.cancelled.empty() && !turn_.is_over()) {
    const OperationPtr operation = std::move(orders_.cancelled.back());
    orders_.cancelled.pop_back();
    if (operation->active_index < active_.size() && active_[operation->active_index] == operation) {
      end(*operation, SharedFlow::cancelled());
    }
    turn_.count_one();
  }
}

// Runs what libcurl has due, reports the outcomes, and does what follows: mostly the next request of the
// same flow, which then leaves without another look at the descriptors.
void Loop::drive_libcurl() {
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    if (libcurl_due_ms_ >= 0 && libcurl_due_ms_ <= steady_ms()) {
      libcurl_due_ms_ = -1;
      turn_libcurl(CURL_SOCKET_TIMEOUT, 0);
    }
    read_messages();
    begin_waiting();
    if (libcurl_due_ms_ != 0 || turn_.is_over()) return;
  }
}

void Loop::turn_libcurl(curl_socket_t socket, int what) {
  turn_.begin();
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, what, &running);
}

void Loop::adopt(const OperationPtr& operation) {
  note(operation);
  act(*operation);
}

void Loop::note(const OperationPtr& operation) {
  operation->active_index = active_.size();
  active_.push_back(operation);
}

// The only place where a flow in flight moves on, and where it learns that it was cancelled in the meantime.
void Loop::ask_next(Operation& operation) {
  Flow& flow = operation.flow;
  operation.shared.enter();
  if (operation.shared.is_cancelled()) flow.end(SharedFlow::cancelled(), operation.was_sent);
  Result<Step> step = flow.next(operation.clock.now_ms());
  // What start checked holds here as well; should it not, the flow is over.
  if (!step) flow.end(std::move(step).error());
  operation.step = flow.step();
  operation.was_sent = false;
  operation.shared.leave();
}

void Loop::act(Operation& operation) {
  for (;;) {
    switch (operation.step) {
      case Step::send:
        if (send(operation)) return;
        ask_next(operation);
        break;
      case Step::wait: timers_.set(operation, operation.clock.steady_at(operation.flow.wait_until_ms())); return;
      case Step::ask:
      case Step::show:
      case Step::sign:
      case Step::store:
      case Step::done:
      case Step::failed: finish(operation); return;
    }
  }
}

bool Loop::is_late(Operation& operation) {
  if (operation.flow.deadline_ms() > operation.clock.now_ms()) return false;
  give_up_waiting(operation);
  return true;
}

void Loop::give_up_waiting(Operation& operation) {
  timers_.clear(operation);
  hosts_.leave(operation);
  [[maybe_unused]] const auto given = operation.flow.give_no_response(false, "timeout", "the deadline passed");
}

bool Loop::send(Operation& operation) {
  if (is_late(operation)) return false;
  timers_.set(operation, operation.clock.steady_at(operation.flow.deadline_ms()));
  // With request_interval_ms, those that wait at other hosts come first.
  const bool is_next = app_->request_interval_ms == 0 || (may_begin() && !hosts_.has_next());
  return !hosts_.enter(operation, origin_of(operation.flow.request().url), is_next) || begin(operation);
}

bool Loop::may_begin() const { return app_->request_interval_ms == 0 || steady_ms() >= next_start_ms_; }

bool Loop::begin(Operation& operation) {
  if (app_->request_interval_ms > 0) next_start_ms_ = steady_ms() + app_->request_interval_ms;
  if (idle_.empty()) {
    operation.transfer = Transfer::create(*common_);
  } else {
    operation.transfer = std::move(idle_.back());
    idle_.pop_back();
  }
  if (operation.transfer && add(operation, false)) return true;
  drop_transfer(operation);
  return false;
}

void Loop::begin_waiting() {
  while (!turn_.is_over() && may_begin()) {
    Queued* next = hosts_.next();
    if (next == nullptr) return;
    turn_.count_one();
    auto& operation = static_cast<Operation&>(*next);
    if (is_late(operation) || !begin(operation)) {
      ask_next(operation);
      act(operation);
    }
    // The rest after libcurl has done this one, so that the turn can end between them.
    if (turn_.is_hosts()) return;
  }
}

void Loop::drop_transfer(Operation& operation) {
  timers_.clear(operation);
  hosts_.leave(operation);
  operation.transfer.reset();
  [[maybe_unused]] const auto given =
      operation.flow.give_no_response(false, "no_response", "libcurl could not begin the request");
}

bool Loop::add(Operation& operation, bool fresh) {
  Transfer& transfer = *operation.transfer;
  transfer.owner = &operation;
  if (!transfer.prepare(operation.flow.request(), fresh)) return false;
  if (curl_multi_add_handle(multi_.get(), transfer.easy()) != CURLM_OK) return false;
  return true;
}

void Loop::read_messages() {
  int left = 0;
  while (!turn_.is_over()) {
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
    if (message == nullptr) break;
    if (message->msg != CURLMSG_DONE) continue;
    turn_.count_one();
    const CURLcode code = message->data.result;  // the message goes with the handle
    void* found = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &found);
    transfer_ended(*static_cast<Operation*>(static_cast<Transfer*>(found)->owner), code);
  }
  // libcurl has not noticed yet, and may not before something else happens on the connection (7.88).
  while (Transfer* transfer = streams_.take_beyond()) {
    if (transfer->waits_in_vain()) transfer_ended(*static_cast<Operation*>(transfer->owner), CURLE_HTTP2);
  }
}

void Loop::transfer_ended(Operation& operation, CURLcode code) {
  Transfer& transfer = *operation.transfer;
  if (const Transfer::Again again = transfer.again(); again != Transfer::Again::no) {
    curl_multi_remove_handle(multi_.get(), transfer.easy());
    // A handle of libcurl's that was refused may remember it wrongly.
    if (!transfer.is_as_new()) operation.transfer = Transfer::create(*common_, &transfer);
    if (operation.transfer && add(operation, again == Transfer::Again::on_a_fresh_one)) return;
    drop_transfer(operation);
  } else {
    if (code == CURLE_COULDNT_RESOLVE_HOST && !transfer.maybe_sent() && check_name(operation)) return;
    operation.was_sent = transfer.maybe_sent();
    transfer.give(operation.flow, code);
    let_go_of_transfer(operation);
  }
  ask_next(operation);
  act(operation);
}

bool Loop::check_name(Operation& operation) {
  const std::string host = host_of(operation.flow.request().url);
  if (host.empty()) return false;
  auto found = std::find_if(checks_.begin(), checks_.end(), [&](const auto& check) { return check->host() == host; });
  if (found == checks_.end()) {
    auto check = NameCheck::start(host);
    if (!check) {
      if (are_descriptors_used_up()) return false;
      // libcurl had no thread either: that says nothing about the name.
      let_go_of_transfer(operation);
      give_name_fault(operation, "no_name_server", "the system gave no thread for looking up the site's name");
      return true;
    }
    poller_.watch(check->fd(), true, false);
    checks_.push_back(std::move(check));
    found = checks_.end() - 1;
  }
  let_go_of_transfer(operation);
  (*found)->waiting.push_back(&operation);
  operation.checks_name = true;
  timers_.set(operation, operation.clock.steady_at(operation.flow.deadline_ms()));
  return true;
}

void Loop::name_is_known(int fd) {
  const auto found = std::find_if(checks_.begin(), checks_.end(), [&](const auto& check) { return check->fd() == fd; });
  const std::unique_ptr<NameCheck> check = std::move(*found);
  checks_.erase(found);
  poller_.closing(fd);
  for (Operation* operation : check->waiting) {
    operation->checks_name = false;
    timers_.clear(*operation);
    give_name_fault(*operation, check->is_unknown() ? "no_host" : "no_name_server", {});
  }
}

void Loop::give_name_fault(Operation& operation, const char* reason, std::string_view why) {
  [[maybe_unused]] const auto given = operation.flow.give_fault(false, reason, why);
  ask_next(operation);
  act(operation);
}

// In mid-transfer: an HTTP/1.1 connection is closed, an HTTP/2 stream reset, so that no late response can reach
// another flow; and a connection that was silent for one must not keep the next one waiting.
void Loop::break_off_transfer(Operation& operation) {
  if (operation.transfer) operation.transfer->give_up_connection();
  let_go_of_transfer(operation);
}

void Loop::let_go_of_transfer(Operation& operation) {
  timers_.clear(operation);
  hosts_.leave(operation);
  if (!operation.transfer) return;
  curl_multi_remove_handle(multi_.get(), operation.transfer->easy());
  const bool again = operation.transfer->is_as_new() && idle_.size() < kMaxIdleTransfers;
  operation.transfer->reset();
  if (again) idle_.push_back(std::move(operation.transfer));
  operation.transfer.reset();
}

void Loop::forget_check(Operation& operation) {
  if (!operation.checks_name) return;
  operation.checks_name = false;
  for (const auto& check : checks_) std::erase(check->waiting, &operation);
}

void Loop::run_timers() {
  const int64_t now = steady_ms();
  for (Timed* first = timers_.first(); first != nullptr && first->due_ms <= now && !turn_.is_over(); first = timers_.first()) {
    turn_.count_one();
    auto& operation = static_cast<Operation&>(*first);
    if (operation.transfer) {
      operation.was_sent = operation.transfer->maybe_sent();
      operation.transfer->give_timeout(operation.flow);
      break_off_transfer(operation);
    } else {
      timers_.clear(operation);
      const bool waits = operation.checks_name || operation.at != Queued::At::home;
      forget_check(operation);
      if (waits) give_up_waiting(operation);
    }
    ask_next(operation);
    act(operation);
  }
}

void Loop::end(Operation& operation, Error error) {
  const bool maybe_sent = operation.transfer && operation.transfer->maybe_sent();
  forget_check(operation);
  break_off_transfer(operation);
  operation.shared.enter();
  operation.flow.end(std::move(error), maybe_sent);
  operation.step = operation.flow.step();
  operation.shared.leave();
  finish(operation);
}

void Loop::finish(Operation& operation) {
  const OperationPtr self = std::move(active_[operation.active_index]);
  if (operation.active_index + 1 != active_.size()) {
    active_[operation.active_index] = std::move(active_.back());
    active_[operation.active_index]->active_index = operation.active_index;
  }
  active_.pop_back();
  board_.finish(self);
}

void Loop::end_all() {
  board_.collect(orders_);
  for (const OperationPtr& operation : orders_.started) note(operation);
  orders_ = {};
  while (!active_.empty()) end(*active_.back(), Error::state("closed", "the client was closed"));
  checks_.clear();
  idle_.clear();
  // Connections go with the multi handle, then the sessions that they shared.
  multi_.reset();
  share_.reset();
}

int Loop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto* loop = static_cast<Loop*>(self);
  if (what == CURL_POLL_REMOVE) {
    loop->poller_.forget(socket);
  } else {
    loop->poller_.watch(socket, what != CURL_POLL_OUT, what != CURL_POLL_IN);
  }
  return 0;
}

int Loop::on_timer(CURLM*, long timeout_ms, void* self) {
  auto* loop = static_cast<Loop*>(self);
  // 0 means 'at once', without reading the clock.
  loop->libcurl_due_ms_ = timeout_ms < 0 ? -1 : timeout_ms == 0 ? 0 : steady_ms() + timeout_ms;
  return 0;
}

}  // namespace hlid
