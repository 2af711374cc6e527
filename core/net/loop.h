// The I/O thread: asks each flow for its next step and performs it.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "net/board.h"
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

  // False if the system or libcurl cannot. Before the thread starts.
  bool open();
  // The thread's work: until the board says that it is closing. Ends every flow, and lets go of libcurl.
  void run();

 private:
  void follow_orders();
  void adopt(const OperationPtr& operation);
  // Performs the flow's step, and those that follow at once.
  void act(Operation& operation);
  // Puts the flow's request on its way. False: nothing was sent, and the flow knows.
  bool send(Operation& operation);
  bool add(Operation& operation, bool fresh);
  void ask_next(Operation& operation);
  void read_messages();
  void transfer_ended(Operation& operation, CURLcode code);
  // Whether the name that was not found exists at all. False: that cannot be found out.
  bool check_name(Operation& operation);
  void name_is_known(int fd);
  void forget_check(Operation& operation);
  void run_timers();
  void let_go_of_transfer(Operation& operation);
  void break_off_transfer(Operation& operation);
  void end(Operation& operation, Error error);
  void end_all();
  void finish(Operation& operation);
  void drive_libcurl();
  void turn_libcurl(curl_socket_t socket, int what);
  [[nodiscard]] int sleep_ms() const;

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* socket_data);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  const std::shared_ptr<const App> app_;
  const Trust trust_;
  Board& board_;
  Poller poller_;
  Turn turn_;
  Streams<Transfer> streams_;
  Timers timers_;
  Share share_;
  Multi multi_;
  std::unique_ptr<Transfer::Common> common_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<OperationPtr> active_;
  std::vector<std::unique_ptr<NameCheck>> checks_;
  Board::Orders orders_;
  int64_t libcurl_due_ms_ = -1;  // -1: never
  int64_t next_start_ms_ = 0;    // no request begins before this time
  bool closing_ = false;
};

}  // namespace hlid
