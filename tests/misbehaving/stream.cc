#include "stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#ifndef POLLRDHUP  // glibc shows it to GNU sources only
#define POLLRDHUP 0x2000
#endif

namespace hlid_test {
namespace {

int milliseconds_until(std::optional<Clock::time_point> until) {
  if (!until) return -1;
  // Rounded up, or the last millisecond would be spent spinning.
  const auto left = std::chrono::ceil<Milliseconds>(*until - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, 1'000'000));
}

Wire& wire_of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

int bio_read(BIO* bio, char* out, std::size_t size, std::size_t* taken) {
  BIO_clear_retry_flags(bio);
  const long got = wire_of(bio).receive(out, size);
  *taken = got > 0 ? static_cast<std::size_t>(got) : 0;
  return got > 0 ? 1 : 0;
}

int bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
  BIO_clear_retry_flags(bio);
  if (!wire_of(bio).send({data, size})) return -1;
  *written = size;
  return 1;
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* wire_method() {
  static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    BIO_meth_set_read_ex(method, bio_read);
    BIO_meth_set_write_ex(method, bio_write);
    BIO_meth_set_ctrl(method, bio_control);
    BIO_meth_set_create(method, bio_create);
    return std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)>(method, BIO_meth_free);
  }();
  return kMethod.get();
}

}  // namespace

// Wire

Wire::Ready Wire::wait(short events, std::optional<Clock::time_point> until) noexcept {
  pollfd fds[] = {{fd_, events, 0}, {stop_fd_, POLLIN, 0}};
  for (;;) {
    const int ready = poll(fds, 2, milliseconds_until(until));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0 || fds[1].revents != 0) {
      stopped_ = true;
      return Ready::stop;
    }
    if (ready > 0) return Ready::yes;
    if (until && Clock::now() >= *until) return Ready::timeout;
  }
}

long Wire::receive(char* out, std::size_t size) noexcept {
  if (fd_ < 0) return -1;
  if (fault != nullptr && fault->cut_in) {
    if (in_ >= *fault->cut_in) {
      fault_hit = true;
      return -1;
    }
    size = std::min(size, *fault->cut_in - in_);
  }
  for (;;) {
    if (wait(POLLIN, std::nullopt) == Ready::stop) return -1;
    const ssize_t got = recv(fd_, out, size, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got > 0) in_ += static_cast<std::size_t>(got);
    return got;
  }
}

bool Wire::send(std::string_view bytes) noexcept {
  if (fd_ < 0) return false;
  const std::size_t slice = fault != nullptr && fault->slice > 0 ? fault->slice : bytes.size();
  while (!bytes.empty()) {
    std::size_t size = std::min(slice, bytes.size());
    if (fault != nullptr && fault->cut_out) {
      size = std::min(size, *fault->cut_out - std::min(out_, *fault->cut_out));
      if (size == 0) {
        fault_hit = true;
        return false;
      }
    }
    const ssize_t sent = ::send(fd_, bytes.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent < 0) {
      if (wait(POLLOUT, std::nullopt) == Ready::stop) return false;
      continue;
    }
    out_ += static_cast<std::size_t>(sent);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (fault != nullptr && fault->pause.count() > 0 && !bytes.empty() &&
        wait(POLLRDHUP, Clock::now() + fault->pause) != Ready::timeout) {
      return false;
    }
  }
  return true;
}

void Wire::half_close() noexcept { shutdown(fd_, SHUT_WR); }

void Wire::close(bool reset) noexcept {
  if (fd_ < 0) return;
  if (reset) {
    const linger at_once{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ::close(fd_);
  fd_ = -1;
}

// Stream

Stream::Stream(int fd, int stop_fd, Journal& journal, std::size_t connection)
    : stop_fd_(stop_fd), wire_(fd, stop_fd), journal_(journal), connection_(connection) {
  const int on = 1;  // a slice is a packet, as far as it is up to us
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void Stream::give_up() const {
  if (wire_.stopped()) throw Stopped();
  throw PeerGone();
}

void Stream::start_tls(SSL_CTX* context, const HandshakeFault* fault) {
  if (fault != nullptr && fault->instead) {
    if (!fault->instead->empty()) {
      char record[16384 + 5];
      if (wire_.receive(record, sizeof record) <= 0) give_up();
    }
    wire_.fault = fault;
    const bool sent = wire_.send(*fault->instead);
    wire_.fault = nullptr;
    if (!sent && !wire_.fault_hit) give_up();
    throw EndHere(fault->after);
  }

  ConnectionRecord record;
  ssl_.reset(SSL_new(context));
  SSL_set_app_data(ssl_.get(), &record);
  BIO* bio = BIO_new(wire_method());
  BIO_set_data(bio, &wire_);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
  wire_.fault = fault;
  ERR_clear_error();
  if (SSL_CTX_get_max_early_data(context) > 0) take_early_data();
  const int done = SSL_accept(ssl_.get());
  wire_.fault = nullptr;
  if (done == 1) note_handshake(ssl_.get(), record);
  journal_.change(connection_, [&](ConnectionRecord& entry) {
    entry.handshake_started = record.handshake_started;
    entry.handshake_done = record.handshake_done;
    entry.resumed = record.resumed;
    entry.offered_session = record.offered_session;
    entry.offered_early_data = record.offered_early_data;
    entry.early_data_bytes = early_.size();
    entry.sni = record.sni;
    entry.offered_alpn = record.offered_alpn;
    entry.alpn = record.alpn;
    entry.tls_version = record.tls_version;
    entry.client_certificate = record.client_certificate;
  });
  SSL_set_app_data(ssl_.get(), nullptr);
  if (done == 1) return;
  ssl_.reset();
  if (wire_.fault_hit) throw EndHere(fault->after);
  give_up();
}

void Stream::take_early_data() {
  char buffer[4096];
  for (;;) {
    std::size_t got = 0;
    const int result = SSL_read_early_data(ssl_.get(), buffer, sizeof buffer, &got);
    early_.append(buffer, got);
    if (result != SSL_READ_EARLY_DATA_SUCCESS) return;
  }
}

std::string Stream::alpn() const {
  if (!ssl_) return {};
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::size_t Stream::read(char* out, std::size_t size) {
  std::size_t got = 0;
  if (!early_.empty()) {
    got = early_.copy(out, size);
    early_.erase(0, got);
  } else if (ssl_) {
    ERR_clear_error();
    if (SSL_read_ex(ssl_.get(), out, size, &got) != 1) give_up();
  } else {
    const long plain = wire_.receive(out, size);
    if (plain <= 0) give_up();
    got = static_cast<std::size_t>(plain);
  }
  journal_.received(connection_, {out, got});
  return got;
}

std::string Stream::peek(std::size_t size) {
  if (!early_.empty()) return early_.substr(0, size);
  std::string out(size, '\0');
  if (ssl_) {
    std::size_t got = 0;
    ERR_clear_error();
    if (SSL_peek_ex(ssl_.get(), out.data(), size, &got) != 1) give_up();
    out.resize(got);
    return out;
  }
  for (;;) {
    if (wire_.wait(POLLIN, std::nullopt) == Wire::Ready::stop) give_up();
    const ssize_t got = recv(wire_.fd(), out.data(), size, MSG_DONTWAIT | MSG_PEEK);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) give_up();
    out.resize(static_cast<std::size_t>(got));
    return out;
  }
}

void Stream::write(std::string_view bytes) {
  if (bytes.empty()) return;
  if (!ssl_) {
    if (!wire_.send(bytes)) give_up();
    return;
  }
  std::size_t written = 0;
  ERR_clear_error();
  if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) != 1) give_up();
}

Stream::Woke Stream::wait(std::optional<Clock::time_point> until, const std::vector<const Gate*>& gates, bool for_input) {
  if (for_input && (!early_.empty() || (ssl_ && SSL_pending(ssl_.get()) > 0))) return Woke::input;
  std::vector<pollfd> fds{{wire_.fd(), static_cast<short>(for_input ? POLLIN : POLLRDHUP), 0}, {stop_fd_, POLLIN, 0}};
  for (const Gate* gate : gates) fds.push_back({gate->descriptor(), POLLIN, 0});
  for (;;) {
    const int ready = poll(fds.data(), fds.size(), milliseconds_until(until));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0 || fds[1].revents != 0) throw Stopped();
    if (fds[0].revents != 0) return for_input ? Woke::input : Woke::hangup;
    if (ready > 0) return Woke::gate;
    if (until && Clock::now() >= *until) return Woke::timeout;
  }
}

void Stream::pause(Milliseconds time) {
  if (time.count() > 0 && wait(Clock::now() + time, {}, false) == Woke::hangup) throw EndHere(After::silent);
}

bool Stream::end(After after) {
  switch (after) {
    case After::keep:
    case After::silent: return true;
    case After::fin:
      ERR_clear_error();
      if (ssl_) SSL_shutdown(ssl_.get());
      wire_.half_close();
      return true;
    case After::no_notify: wire_.half_close(); return true;
    case After::deaf: wait(std::nullopt, {}, false); return false;
    case After::rst: wire_.close(true); return false;
    case After::close: wire_.close(false); return false;
  }
  return false;
}

void Stream::ask_to_renegotiate() {
  if (!ssl_ || SSL_version(ssl_.get()) > TLS1_2_VERSION) return;
  ERR_clear_error();
  SSL_renegotiate(ssl_.get());
  if (SSL_do_handshake(ssl_.get()) != 1) give_up();
}

void Stream::note_end() {
  const long renegotiations = ssl_ ? SSL_total_renegotiations(ssl_.get()) : 0;
  journal_.change(connection_, [&](ConnectionRecord& entry) {
    entry.renegotiations = static_cast<int>(renegotiations);
    entry.ended = true;
  });
}

void Stream::tunnel(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw PeerGone();
  Wire other(fd, stop_fd_);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw PeerGone();
  char buffer[16384];
  for (;;) {
    // Bytes that TLS to the proxy has already decrypted do not show in poll.
    const bool pending = ssl_ && SSL_pending(ssl_.get()) > 0;
    pollfd fds[] = {{wire_.fd(), POLLIN, 0}, {fd, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    const int ready = poll(fds, 3, pending ? 0 : -1);
    if (ready < 0 && errno != EINTR) throw PeerGone();
    if (ready < 0) continue;
    if (fds[2].revents != 0) throw Stopped();
    if (pending || fds[0].revents != 0) {
      // What passes is not ours to record: it is for the server behind.
      long got = 0;
      if (ssl_) {
        got = SSL_read(ssl_.get(), buffer, sizeof buffer);
      } else {
        got = wire_.receive(buffer, sizeof buffer);
      }
      if (got <= 0 || !other.send({buffer, static_cast<std::size_t>(got)})) throw PeerGone();
    }
    if (fds[1].revents != 0) {
      const long got = other.receive(buffer, sizeof buffer);
      if (got <= 0) {
        // The server behind is gone; a reset of it is passed on as one.
        throw EndHere(got == 0 ? After::fin : After::rst);
      }
      write({buffer, static_cast<std::size_t>(got)});
    }
  }
}

}  // namespace hlid_test
