// The loop: asks each flow for its next step and performs it. Whichever thread turns it has it to itself; Board says which.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "net/board.h"
#include "net/borrowed_thread.h"
#include "net/hosts.h"
#include "net/libcurl.h"
#include "net/name_check.h"
#include "net/poller.h"
#include "net/timers.h"
#include "net/transfer.h"
#include "net/trust.h"

namespace hlid {

class Loop {
 public:
  Loop(std::shared_ptr<const App> app, Trust trust, Board& board);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  // False if the system or libcurl cannot.
  bool open();
  // Turns until the board says stop. `on`: the caller's thread; null on one of the client's own.
  void lead(Errand& errand, const BorrowedThread* on);
  // One turn on the host's loop, which is held for at most that many bytes and requests (0: as many as usual), or a fraction of
  // a millisecond. True: there is more to do at once.
  bool turn(int64_t most_bytes, int64_t most_requests);
  // What the host's loop watches.
  [[nodiscard]] int fd() const { return poller_.fd(); }
  // Ends every flow, and lets go of libcurl.
  void end_all();

 private:
  void look(int timeout_ms, const BorrowedThread* on);
  [[nodiscard]] int64_t next_due_ms() const;
  void follow_orders();
  void adopt(const OperationPtr& operation);
  void note(const OperationPtr& operation);
  // Performs the flow's step, and those that follow at once.
  void act(Operation& operation);
  // Puts the flow's request on its way, or where it waits for room. False: nothing was sent, and the flow knows.
  bool send(Operation& operation);
  // Whether its deadline has passed before anything was sent; then the flow knows.
  bool is_late(Operation& operation);
  void give_up_waiting(Operation& operation);
  // Whether request_interval_ms have passed since the last one began.
  [[nodiscard]] bool may_begin() const;
  // Gives it to libcurl. False: the same.
  bool begin(Operation& operation);
  // Those that waited, as far as there is room and time now.
  void begin_waiting();
  bool add(Operation& operation, bool fresh);
  // libcurl failed to begin it.
  void drop_transfer(Operation& operation);
  void ask_next(Operation& operation);
  void read_messages();
  void transfer_ended(Operation& operation, CURLcode code);
  // Whether the name that was not found exists at all. False: that cannot be found out.
  bool check_name(Operation& operation);
  void name_is_known(int fd);
  void give_name_fault(Operation& operation, const char* reason, std::string_view why);
  void forget_check(Operation& operation);
  void run_timers();
  void let_go_of_transfer(Operation& operation);
  void break_off_transfer(Operation& operation);
  void end(Operation& operation, Error error);
  void finish(Operation& operation);
  void drive_libcurl();
  void turn_libcurl(curl_socket_t socket, int what);
  [[nodiscard]] int sleep_ms(int64_t until_ms) const;

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* socket_data);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  const std::shared_ptr<const App> app_;
  const Trust trust_;
  Board& board_;
  Poller poller_;
  Turn turn_;
  Streams<Transfer> streams_;
  Hosts hosts_;
  Timers timers_;
  Share share_;
  Multi multi_;
  std::unique_ptr<Transfer::Common> common_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<OperationPtr> active_;
  std::vector<std::unique_ptr<NameCheck>> checks_;
  Board::Orders orders_;
  Alarm alarm_;                  // for the host's loop
  bool orders_first_ = false;    // in its last turn
  int64_t libcurl_due_ms_ = -1;  // -1: never
  int64_t next_start_ms_ = 0;    // no request begins before this time
};

}  // namespace hlid
