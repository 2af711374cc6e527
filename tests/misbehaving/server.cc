#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "http1_connection.h"
#include "http2_connection.h"
#include "stream.h"

namespace hlid_test {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Signals are for the program under test: a thread started while this lives gets none.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

void raise_event(int fd) {
  const std::uint64_t one = 1;
  if (write(fd, &one, sizeof one) != sizeof one && errno != EAGAIN) fail("write to an eventfd");
}

}  // namespace

Server::Server(ServerOptions options) : options_(std::move(options)) {
  if (options_.tls) context_ = make_context(*options_.tls);
  stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  done_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_fd_ < 0 || done_fd_ < 0) fail("eventfd");
  listen_here();
  const SignalsBlocked blocked;
  acceptor_ = std::thread([this] { accept_loop(); });
}

Server::~Server() {
  stop();
  ::close(stop_fd_);
  ::close(done_fd_);
}

void Server::stop() {
  if (stopped_) return;
  stopped_ = true;
  raise_event(stop_fd_);
  acceptor_.join();
  for (Connection& connection : open_) connection.thread.join();
  open_.clear();
  ::close(listener_);
}

std::string Server::origin(std::string_view host) const {
  return (options_.tls ? "https://" : "http://") + std::string(host) + ":" + std::to_string(port_);
}

std::size_t Server::connections() const {
  // A client may be connected before the acceptor wakes up; a test that asserts "nobody came" must not miss it.
  while (!stopped_ && options_.max_connections == 0) {
    const std::lock_guard lock(accept_mutex_);
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, 0) <= 0) break;
    std::this_thread::yield();
  }
  return journal_.connections();
}

void Server::listen_here() {
  listener_ = socket(options_.ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener_ < 0) fail("socket");
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (options_.receive_buffer > 0) {  // accepted sockets inherit it
    setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &options_.receive_buffer, sizeof options_.receive_buffer);
  }
  if (options_.ipv6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(options_.port);
    address.sin6_addr = in6addr_loopback;
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  }
  if (listen(listener_, options_.backlog) != 0) fail("listen");
  sockaddr_in6 bound{};  // sin6_port and sin_port are in the same place
  socklen_t size = sizeof bound;
  if (getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) fail("getsockname");
  port_ = ntohs(bound.sin6_port);
}

void Server::accept_loop() {
  for (;;) {
    reap();
    const bool full = options_.max_connections > 0 && open_.size() >= options_.max_connections;
    pollfd fds[] = {{stop_fd_, POLLIN, 0}, {done_fd_, POLLIN, 0}, {full ? -1 : listener_, POLLIN, 0}};
    if (poll(fds, 3, -1) < 0 && errno != EINTR) return;
    if (fds[0].revents != 0) return;
    if (fds[1].revents != 0) {
      std::uint64_t ended = 0;
      if (read(done_fd_, &ended, sizeof ended) < 0 && errno != EAGAIN) return;
    }
    if (fds[2].revents != 0) accept_one();
  }
}

void Server::accept_one() {
  const std::lock_guard lock(accept_mutex_);
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;  // it went away again
  const std::size_t number = journal_.add_connection();
  Connection& connection = open_.emplace_back();
  connection.thread = std::thread([this, fd, number, &connection] {
    serve(fd, number);
    connection.done = true;
    raise_event(done_fd_);
  });
}

void Server::reap() {
  open_.remove_if([](Connection& connection) {
    if (!connection.done) return false;
    connection.thread.join();
    return true;
  });
}

void Server::serve(int fd, std::size_t number) {
  Stream stream(fd, stop_fd_, journal_, number);
  const auto read_on = [&] {  // what comes after the end is recorded too
    char buffer[16384];
    for (;;) stream.read(buffer, sizeof buffer);
  };
  try {
    const After first = options_.on_accept ? options_.on_accept(number) : After::keep;
    if (first != After::keep) throw EndHere(first);
    if (context_) {
      const std::optional<HandshakeFault> fault =
          options_.tls->fault ? options_.tls->fault(number) : std::optional<HandshakeFault>();
      stream.start_tls(context_.get(), fault ? &*fault : nullptr);
    }
    if (options_.script) {
      if (const std::optional<Script> script = options_.script(number)) {
        Http1Connection(stream, journal_, options_, number).play(*script);
      }
    }
    if (stream.alpn() == "h2" || (!context_ && stream.peek(3) == "PRI")) {
      Http2Connection(stream, journal_, options_, number).run();
    } else {
      Http1Connection(stream, journal_, options_, number).run();
    }
  } catch (const EndHere& end) {
    try {
      if (stream.end(end.after)) read_on();
    } catch (const std::exception&) {  // the peer has gone, or we are stopping: the end either way
    }
  } catch (const PeerGone&) {
  } catch (const Stopped&) {
  } catch (const std::exception& error) {
    journal_.change(number, [&](ConnectionRecord& record) { record.handler_error = error.what(); });
  }
  stream.note_end();
}

}  // namespace hlid_test
