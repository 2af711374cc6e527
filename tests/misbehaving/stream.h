// One accepted connection: bytes in and out, with or without TLS, that can always be woken to stop.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "journal.h"
#include "reply.h"
#include "tls.h"

namespace hlid_test {

// The peer has closed, reset or broken the connection.
struct PeerGone : std::exception {};
// The server is being stopped.
struct Stopped : std::exception {};
// A script says that the conversation ends here.
struct EndHere : std::exception {
  explicit EndHere(After how) : after(how) {}
  After after;
};

using Clock = std::chrono::steady_clock;

// A socket that does not block beyond the stopping of the server. Nothing here throws: OpenSSL calls it.
class Wire {
 public:
  Wire(int fd, int stop_fd) : fd_(fd), stop_fd_(stop_fd) {}
  ~Wire() { close(false); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // More than 0: so many bytes; 0: end; -1: broken, stopped or cut by the fault.
  long receive(char* out, std::size_t size) noexcept;
  bool send(std::string_view bytes) noexcept;
  void half_close() noexcept;
  void close(bool reset) noexcept;
  int fd() const noexcept { return fd_; }
  bool stopped() const noexcept { return stopped_; }

  // What poll says within the limit (forever if there is none): ready, timed out, or stopped.
  enum class Ready { yes, timeout, stop };
  Ready wait(short events, std::optional<Clock::time_point> until) noexcept;

  // While set, the limits of the fault count.
  const HandshakeFault* fault = nullptr;
  bool fault_hit = false;

 private:
  int fd_;
  int stop_fd_;
  bool stopped_ = false;
  std::size_t in_ = 0;
  std::size_t out_ = 0;
};

class Stream {
 public:
  Stream(int fd, int stop_fd, Journal& journal, std::size_t connection);

  // Throws EndHere where the fault says so, PeerGone when the client gives up.
  void start_tls(SSL_CTX* context, const HandshakeFault* fault);
  bool is_tls() const { return ssl_ != nullptr; }
  std::string alpn() const;

  // At least one byte, or PeerGone.
  std::size_t read(char* out, std::size_t size);
  // The next bytes without taking them: at least one.
  std::string peek(std::size_t size);
  void write(std::string_view bytes);

  enum class Woke { input, gate, timeout, hangup };
  // Until the time, or until one of the gates opens, or (if asked for) there is input. A peer that hangs up always
  // wakes it.
  Woke wait(std::optional<Clock::time_point> until, const std::vector<const Gate*>& gates, bool for_input);
  // Sleeps, but not longer than the peer is there; EndHere(silent) then, so that what it left is read.
  void pause(Milliseconds time);

  // Ends the conversation. Where that leaves the connection open to be read from, `read` goes on working, and
  // returns true.
  bool end(After after);
  void ask_to_renegotiate();
  void note_end();  // what is only known at the end

  // Joins both directions to a port of 127.0.0.1 until one side ends.
  void tunnel(std::uint16_t port);

 private:
  struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  void take_early_data();
  [[noreturn]] void give_up() const;

  int stop_fd_;
  Wire wire_;
  std::unique_ptr<SSL, SslFree> ssl_{};
  Journal& journal_;
  std::size_t connection_;
  std::string early_{};  // 0-RTT bytes that nobody has read yet
};

}  // namespace hlid_test
