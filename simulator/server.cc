// server: cpp-httplib reads requests and writes answers; the connections under it are ours. Its own ones look at an
// idle connection a hundred times a second, take as long as the keep-alive time to stop, send head and body apart,
// and percent-decode header values, which would hide a client that encodes them.
#include "simulator/server.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <httplib.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>

namespace hlid_sim {
namespace {

constexpr size_t kMaxConnections = 512;  // each has a thread; more of them wait
constexpr int kBacklog = 1024;
constexpr time_t kIdleSeconds = 120;
constexpr size_t kMaxHeadBytes = 64 * 1024;
constexpr size_t kMaxBodyBytes = 1024 * 1024;
constexpr size_t kMaxFormBytes = 64 * 1024;
constexpr size_t kReadBytes = 16 * 1024;

class Connection final : public httplib::Stream {
 public:
  Connection(int socket, SSL* ssl) : socket_(socket), ssl_(ssl), buffer_(kReadBytes) {}

  // Waits for the first byte of a request; false when the peer has gone or has been silent for too long.
  bool begin_request() {
    head_.clear();
    head_ended_ = false;
    return from_ < to_ || fill();
  }

  ssize_t read(char* to, size_t size) override {
    // What is waiting before the body has come is "100 Continue", and the peer waits for it.
    if (from_ == to_ && (!flush() || !fill())) return -1;
    const size_t count = std::min(size, to_ - from_);
    std::memcpy(to, buffer_.data() + from_, count);
    from_ += count;
    if (!head_ended_) {
      head_.append(to, count);
      if (head_.size() > kMaxHeadBytes) return -1;
      head_ended_ = head_.ends_with("\r\n\r\n");  // the head is read byte by byte
    }
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, size_t size) override {
    out_.append(from, size);
    return static_cast<ssize_t>(size);
  }

  // One write for the whole answer.
  bool flush() {
    if (drop_) return false;
    size_t sent = 0;
    while (sent < out_.size()) {
      const size_t left = out_.size() - sent;
      const ssize_t count = ssl_ ? SSL_write(ssl_, out_.data() + sent, static_cast<int>(left))
                                 : ::send(socket_, out_.data() + sent, left, MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += static_cast<size_t>(count);
    }
    out_.clear();
    return true;
  }

  void drop() { drop_ = true; }
  const std::string& head() const { return head_; }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip = "127.0.0.1", port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip = "127.0.0.1", port = 0; }
  // httplib answers 500 where this is too large for select(), which we do not use.
  socket_t socket() const override { return 0; }

 private:
  bool fill() {
    const ssize_t count = ssl_ ? SSL_read(ssl_, buffer_.data(), static_cast<int>(buffer_.size()))
                               : ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) return false;
    from_ = 0;
    to_ = static_cast<size_t>(count);
    return true;
  }

  const int socket_;
  SSL* const ssl_;
  std::vector<char> buffer_;
  size_t from_ = 0;
  size_t to_ = 0;
  std::string out_;
  std::string head_;
  bool head_ended_ = false;
  bool drop_ = false;
};

// The connection whose request this thread handles; httplib does not hand it to the handlers.
thread_local Connection* t_connection = nullptr;

Request request_from(const httplib::Request& from, std::string body, const std::string& head) {
  Request request;
  request.method = from.method;
  request.body = std::move(body);
  const size_t question = from.target.find('?');
  request.path = from.target.substr(0, question);
  if (question != std::string::npos) request.query = from.target.substr(question + 1);
  for (size_t at = head.find("\r\n"); at != std::string::npos && at + 2 < head.size();) {
    const size_t end = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, end == std::string::npos ? end : end - at - 2);
    at = end;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const size_t first = line.find_first_not_of(" \t", colon + 1);
    const size_t last = line.find_last_not_of(" \t");
    request.headers.emplace_back(std::move(name),
                                 first == std::string::npos ? std::string() : line.substr(first, last - first + 1));
  }
  return request;
}

// A thread for each connection that is open, kept for the next one.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> job) override {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
      if (idle_ < jobs_.size() && threads_.size() < kMaxConnections) threads_.emplace_back([this] { work(); });
    }
    ready_.notify_one();
  }

  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    ready_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      ready_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
      --idle_;
      if (jobs_.empty()) return;
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
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

class HttpServer final : public httplib::Server {
 public:
  explicit HttpServer(Context context) : context_(std::move(context)) {}

  int bind(int port) {
    // Not httplib's default, which lets two servers share a port.
    set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    set_address_family(AF_INET);
    if (port == 0)
      port = bind_to_any_port("127.0.0.1");
    else if (!bind_to_port("127.0.0.1", port))
      port = -1;
    if (port <= 0) throw std::runtime_error("the port cannot be had");
    ::listen(svr_sock_, kBacklog);  // raises httplib's backlog of 5
    return port;
  }

  void end_connections() {
    const std::lock_guard lock(mutex_);
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
  }

 private:
  bool process_and_close_socket(socket_t socket) override {
    {
      const std::lock_guard lock(mutex_);
      open_.insert(socket);
    }
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    std::unique_ptr<SSL, SslFree> ssl;
    bool usable = true;
    if (context_) {
      ssl.reset(SSL_new(context_.get()));
      usable = ssl && SSL_set_fd(ssl.get(), socket) == 1 && SSL_accept(ssl.get()) == 1;
    }
    if (usable && converse(socket, ssl.get()) && ssl) SSL_shutdown(ssl.get());
    const std::lock_guard lock(mutex_);
    open_.erase(socket);
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return true;
  }

  bool converse(int socket, SSL* ssl) {
    Connection connection(socket, ssl);
    t_connection = &connection;
    bool good = true;
    // svr_sock_ goes when the server stops.
    while (good && svr_sock_ != INVALID_SOCKET && connection.begin_request()) {
      bool closing = false;
      good = process_request(connection, false, closing, [](httplib::Request&) {}) && connection.flush();
      if (closing) break;
    }
    t_connection = nullptr;
    return good;
  }

  const Context context_;
  std::mutex mutex_;
  std::set<int> open_;
};

}  // namespace

struct Server::Parts {
  explicit Parts(Context context) : http(std::move(context)) {}
  HttpServer http;
  int port = 0;
  std::thread thread;
};

Server::Server(int port, const Certificates* certificates)
    : parts_(std::make_unique<Parts>(certificates ? make_context(*certificates) : Context())) {
  parts_->port = parts_->http.bind(port);
}

Server::~Server() { stop(); }

int Server::port() const { return parts_->port; }

void Server::serve(Handler handler) {
  HttpServer& http = parts_->http;
  const auto respond = [handler = std::move(handler)](const httplib::Request& from, std::string body, httplib::Response& to) {
    const Routed routed = handler(request_from(from, std::move(body), t_connection->head()));
    if (routed.drop) t_connection->drop();
    to.status = routed.answer.status;
    for (const auto& [name, value] : routed.answer.headers) to.headers.emplace(name, value);
    if (!routed.answer.content_type.empty()) to.set_content(routed.answer.body, routed.answer.content_type);
  };
  const auto answer = [respond](const httplib::Request& from, httplib::Response& to) { respond(from, from.body, to); };
  // The body is read here: httplib itself refuses forms above 8 KB, and a password may have 16,000 bytes.
  const auto read_and_answer = [respond](const httplib::Request& from, httplib::Response& to,
                                         const httplib::ContentReader& read) {
    std::string body;
    const bool form = from.get_header_value("Content-Type").starts_with("application/x-www-form-urlencoded");
    const size_t most = form ? kMaxFormBytes : kMaxBodyBytes;
    const bool whole = read([&](const char* data, size_t size) {
      body.append(data, size);
      return body.size() <= most;
    });
    if (whole)
      respond(from, std::move(body), to);
    else
      to.status = body.size() > most ? 413 : 400;
  };
  const char* any = R"([^\n]*)";
  http.Get(any, answer).Options(any, answer);
  http.Post(any, read_and_answer).Put(any, read_and_answer).Delete(any, read_and_answer).Patch(any, read_and_answer);
  http.set_read_timeout(kIdleSeconds);
  http.set_write_timeout(kIdleSeconds);
  http.set_keep_alive_timeout(kIdleSeconds);  // only said in the answers; the waiting is ours
  http.set_keep_alive_max_count(1'000'000);
  http.set_payload_max_length(kMaxBodyBytes);
  http.new_task_queue = [] { return new ConnectionThreads; };
  parts_->thread = std::thread([&http] { http.listen_after_bind(); });
  // Until it runs, stop() would do nothing.
  while (!http.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Server::stop() {
  if (!parts_->thread.joinable()) return;
  parts_->http.stop();
  parts_->http.end_connections();
  parts_->thread.join();
}

}  // namespace hlid_sim
