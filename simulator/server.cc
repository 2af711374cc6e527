// server: the connections under the simulated org, each with a thread of its own; http1.h speaks over them.
#include "simulator/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "simulator/http1.h"

namespace hlid_sim {
namespace {

constexpr size_t kMaxConnections = 512;  // each has a thread; more of them wait
constexpr int kBacklog = 1024;
constexpr time_t kIdleSeconds = 120;  // http1.cc announces it in Keep-Alive
constexpr int kPauseMs = 10;          // while no descriptor is free for a connection
constexpr size_t kMaxLingerBytes = 16 * 1024 * 1024;

class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

class Connection final : public Stream {
 public:
  Connection(int socket, SSL* ssl) : socket_(socket), ssl_(ssl) {}

  size_t read(char* to, size_t size) override {
    const ssize_t count = ssl_ ? SSL_read(ssl_, to, static_cast<int>(size)) : ::recv(socket_, to, size, 0);
    return count > 0 ? static_cast<size_t>(count) : 0;
  }

  bool write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count =
          ssl_ ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) : ::send(socket_, bytes.data(), bytes.size(), 0);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }

  // Closing a socket with unread bytes resets the connection, and the peer may lose the response.
  void linger() {
    if (ssl_) SSL_shutdown(ssl_);
    ::shutdown(socket_, SHUT_WR);
    const timeval second{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    char buffer[4096];
    size_t total = 0;
    for (ssize_t count = 0; total < kMaxLingerBytes && (count = ::recv(socket_, buffer, sizeof buffer, 0)) > 0;)
      total += static_cast<size_t>(count);
  }

 private:
  const int socket_;
  SSL* const ssl_;
};

// A thread for each connection that is open, kept for the next one.
class ConnectionThreads {
 public:
  explicit ConnectionThreads(std::function<void(Socket)> work) : work_(std::move(work)) {}
  ~ConnectionThreads() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    ready_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void add(Socket socket) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(socket));
      if (idle_ < waiting_.size() && threads_.size() < kMaxConnections) threads_.emplace_back([this] { run(); });
    }
    ready_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      ready_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
      --idle_;
      if (ended_) return;
      Socket socket = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      work_(std::move(socket));
      lock.lock();
    }
  }

  const std::function<void(Socket)> work_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Socket> waiting_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool ended_ = false;
};

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, ContextFree>;

int choose_http1(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void*) {
  static constexpr unsigned char kHttp1[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp1, sizeof(kHttp1) - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Context make_context(const Certificates& certificates) {
  Context context(SSL_CTX_new(TLS_server_method()));
  static constexpr unsigned char kName[] = "hlid_sim";
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_use_certificate(context.get(), certificates.leaf.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), certificates.key.get()) != 1 ||
      SSL_CTX_set_session_id_context(context.get(), kName, sizeof(kName) - 1) != 1)
    throw_openssl("TLS cannot be set up");
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http1, nullptr);
  return context;
}

void close_on_exec(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

Socket listen_on(int port, int& bound) {
  Socket socket(::socket(AF_INET, SOCK_STREAM, 0));
  const int yes = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  // SO_REUSEADDR takes a port whose last connections still linger; never one that another server holds.
  if (socket.get() < 0 || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket.get(), kBacklog) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("the port cannot be bound");
  close_on_exec(socket.get());
  // accept must not block where the connection has gone between poll and it.
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  bound = ntohs(address.sin_port);
  return socket;
}

}  // namespace

struct Server::Parts {
  explicit Parts(Context from) : context(std::move(from)) {}

  void accept_connections();
  void serve_connection(Socket socket);
  void converse(int socket, SSL* ssl);

  const Context context;
  Socket listening;
  Socket wake_read;
  Socket wake_write;
  int port = 0;
  Handler handler;
  std::thread thread;
  std::mutex mutex;
  std::set<int> open;
  bool ended = false;
};

void Server::Parts::accept_connections() {
  // What is written to a peer that has gone is an error here, not a signal to the process. The threads of the
  // connections inherit it.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  ConnectionThreads threads([this](Socket socket) { serve_connection(std::move(socket)); });
  while (true) {
    pollfd ready[] = {{wake_read.get(), POLLIN, 0}, {listening.get(), POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0) continue;
    if (ready[0].revents != 0) break;
    Socket socket(::accept(listening.get(), nullptr, nullptr));
    if (socket.get() >= 0)
      threads.add(std::move(socket));
    else if (errno == EMFILE || errno == ENFILE)
      std::this_thread::sleep_for(std::chrono::milliseconds(kPauseMs));
  }
  // No new ones; those that are open end, and their threads with them.
  const std::lock_guard lock(mutex);
  ended = true;
  for (const int socket : open) ::shutdown(socket, SHUT_RDWR);
}

void Server::Parts::serve_connection(Socket socket) {
  const int yes = 1;
  const timeval idle{kIdleSeconds, 0};
  close_on_exec(socket.get());
  ::fcntl(socket.get(), F_SETFL, 0);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
  {
    const std::lock_guard lock(mutex);
    if (ended) return;
    open.insert(socket.get());
  }
  std::unique_ptr<SSL, SslFree> ssl;
  bool usable = true;
  if (context) {
    ssl.reset(SSL_new(context.get()));
    usable = ssl && SSL_set_fd(ssl.get(), socket.get()) == 1 && SSL_accept(ssl.get()) == 1;
  }
  if (usable) converse(socket.get(), ssl.get());
  const std::lock_guard lock(mutex);
  open.erase(socket.get());
  ::shutdown(socket.get(), SHUT_RDWR);
}

void Server::Parts::converse(int socket, SSL* ssl) {
  Connection connection(socket, ssl);
  Http1 http(connection);
  while (auto incoming = http.next()) {
    Routed routed;
    try {
      if (incoming->refused != 0)
        routed.response.status = incoming->refused;
      else
        routed = handler(incoming->request);
    } catch (const std::exception&) {
      routed.response.status = 500;
    }
    if (routed.drop || !http.respond(*incoming, routed.response)) return;
    if (incoming->refused != 0) connection.linger();
    if (!incoming->keep_alive) break;
  }
  if (ssl) SSL_shutdown(ssl);
}

Server::Server(int port, const Certificates* certificates)
    : parts_(std::make_unique<Parts>(certificates ? make_context(*certificates) : Context())) {
  parts_->listening = listen_on(port, parts_->port);
  int wake[2];
  if (::pipe(wake) != 0) throw std::runtime_error("a pipe cannot be made");
  parts_->wake_read = Socket(wake[0]);
  parts_->wake_write = Socket(wake[1]);
  close_on_exec(wake[0]);
  close_on_exec(wake[1]);
}

Server::~Server() { stop(); }

int Server::port() const { return parts_->port; }

void Server::serve(Handler handler) {
  parts_->handler = std::move(handler);
  parts_->thread = std::thread([parts = parts_.get()] { parts->accept_connections(); });
}

void Server::stop() {
  if (!parts_->thread.joinable()) return;
  parts_->wake_write = Socket();
  parts_->thread.join();
  parts_->listening = Socket();
}

}  // namespace hlid_sim
