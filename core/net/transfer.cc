#include "net/transfer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "net/descriptors.h"
#include "net/limits.h"
#include "net/outcome.h"

namespace hlid {
namespace {

// Options keep the first failure, so that one look at the end is enough.
class Options {
 public:
  explicit Options(CURL* easy) : easy_(easy) {}
  template <typename T>
  Options& set(CURLoption option, T value) {
    if (good_) good_ = curl_easy_setopt(easy_, option, value) == CURLE_OK;
    return *this;
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  CURL* easy_;
  bool good_ = true;
};

bool is_https(std::string_view origin) { return origin.starts_with("https:"); }

bool has_header(const Request& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const Header& header) { return equals_ignoring_case(header.name, name); });
}

// Whether the other side has closed the connection, or it is broken, although there may be something left to read.
// Asked of the system, because OpenSSL would ask libcurl: it tells the fault to the transfer that it is at work on, and
// has none at that moment (8.22 crashes). Nor does 8.22 notice the end of an HTTP/2 connection before the next request.
bool has_ended(curl_socket_t socket) {
  pollfd asked{socket, POLLIN, 0};
#ifdef POLLRDHUP
  asked.events |= POLLRDHUP;
#else
  constexpr short POLLRDHUP = 0;
#endif
  if (::poll(&asked, 1, 0) <= 0) return false;
  if ((asked.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0) return true;
  char byte = 0;
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

// Emptying the thread's list costs as much as sending a request, also where it is empty.
void clear_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

// Where the URL's path begins, if libcurl may be given it apart from the rest: it sends those bytes as they are.
size_t path_apart(std::string_view url) {
  const size_t path = url.find('/', std::string_view("https://").size());
  const bool plain = url.find('?') >= path && url.find('#') == std::string_view::npos && is_visible_ascii(url);
  return plain ? path : std::string_view::npos;
}

bool speaks_http_2(const SSL* ssl) {
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &size);
  return size == 2 && std::memcmp(protocol, "h2", 2) == 0;
}

// Marks a connection on which the server has said GOAWAY. The mark goes with the connection.
int goaway_mark() {
  static const int mark = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return mark;
}

}  // namespace

std::unique_ptr<Transfer> Transfer::create(const Common& common, const Transfer* before) {
  std::unique_ptr<Transfer> transfer(new Transfer(common));  // NOLINT: the constructor is private
  if (before != nullptr) transfer->refusals_ = before->refusals_;
  transfer->easy_.reset(curl_easy_init());
  if (!transfer->easy_ || !transfer->set_common_options()) return nullptr;
  return transfer;
}

Transfer::~Transfer() { leave_stream(); }

bool Transfer::set_common_options() {
  const App& app = common_.app;
  const bool https = is_https(app.origin);
  may_be_http_2_ = !app.http_1_only;
  // A request on a kept connection that has died would be sent again by libcurl itself, and so would one that the server
  // refused. With this word, which means nothing to HTTP, the first is left to us (lib/transfer.c, Curl_retry_request), so
  // that libcurl says which of the two it is. A libcurl without RTSP lacks the option, and then on_ready_to_send decides.
  curl_easy_setopt(easy_.get(), CURLOPT_RTSP_REQUEST, static_cast<long>(CURL_RTSPREQ_RECEIVE));
  Options options(easy_.get());
  options.set(CURLOPT_PRIVATE, this)
      .set(CURLOPT_SHARE, common_.share)
      .set(CURLOPT_NOSIGNAL, 1L)
      .set(CURLOPT_NOPROGRESS, 1L)
      // A thread that still looks a name up is left behind instead of waited for: the deadline comes first.
      .set(CURLOPT_QUICK_EXIT, 1L)
      .set(CURLOPT_BUFFERSIZE, kReceiveBuffer)
      .set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer)
      // The loop keeps the deadline; these only must not come before it.
      .set(CURLOPT_TIMEOUT_MS, 0L)
      .set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(2 * kMaxTimeoutMs))
      .set(CURLOPT_PROTOCOLS_STR, https ? "https" : "http")
      .set(CURLOPT_REDIR_PROTOCOLS_STR, "https")
      .set(CURLOPT_FOLLOWLOCATION, 0L)
      .set(CURLOPT_UNRESTRICTED_AUTH, 0L)
      .set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE))
      .set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED))
      .set(CURLOPT_PATH_AS_IS, 1L)
      .set(CURLOPT_HTTP09_ALLOWED, 0L)
      .set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(kMaxResponseBody))
      .set(CURLOPT_HTTP_VERSION, static_cast<long>(app.http_1_only ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS))
      .set(CURLOPT_TCP_NODELAY, 1L);
  options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
      .set(CURLOPT_SSL_VERIFYPEER, 1L)
      .set(CURLOPT_SSL_VERIFYHOST, 2L)
      .set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
      .set(CURLOPT_PROXY_SSL_VERIFYPEER, 1L)
      .set(CURLOPT_PROXY_SSL_VERIFYHOST, 2L)
      // The store is ours (Trust); libcurl must add none.
      .set(CURLOPT_CAINFO, static_cast<const char*>(nullptr))
      .set(CURLOPT_CAPATH, static_cast<const char*>(nullptr))
      .set(CURLOPT_PROXY_CAINFO, static_cast<const char*>(nullptr))
      .set(CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr))
      .set(CURLOPT_CA_CACHE_TIMEOUT, 0L)
      .set(CURLOPT_SSL_CTX_FUNCTION, &Transfer::on_tls_context)
      .set(CURLOPT_SSL_CTX_DATA, this);
  options.set(CURLOPT_HTTPPROXYTUNNEL, 1L)
      .set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L)
      .set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE))
      .set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
  if (!app.proxy_from_environment) {
    Secret proxy(app.proxy.view());
    proxy.append('\0');
    options.set(CURLOPT_PROXY, proxy.data()).set(CURLOPT_NOPROXY, "");
  }
  options.set(CURLOPT_HEADERFUNCTION, &Transfer::on_header)
      .set(CURLOPT_HEADERDATA, this)
      .set(CURLOPT_WRITEFUNCTION, &Transfer::on_body)
      .set(CURLOPT_WRITEDATA, this)
      .set(CURLOPT_ERRORBUFFER, words_)
      .set(CURLOPT_DEBUGFUNCTION, &Transfer::on_text)
      .set(CURLOPT_DEBUGDATA, this)
      .set(CURLOPT_PREREQFUNCTION, &Transfer::on_ready_to_send)
      .set(CURLOPT_PREREQDATA, this)
      .set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket)
      .set(CURLOPT_OPENSOCKETDATA, this)
      // Of the connection, which outlives the transfer that opened it.
      .set(CURLOPT_CLOSESOCKETFUNCTION, &Transfer::on_close_socket)
      .set(CURLOPT_CLOSESOCKETDATA, &common_.poller);
  return options.good();
}

void Transfer::set_headers(const Request& request) {
  size_t bytes = 64;
  for (const Header& header : request.headers) bytes += header.name.size() + header.value.size() + 3;
  header_lines_.reserve(bytes);  // the list points into it
  headers_.reserve(request.headers.size() + 3);
  const auto add = [&](std::string_view name, std::string_view separator, std::string_view value) {
    headers_.push_back({header_lines_.data() + header_lines_.size(), nullptr});
    header_lines_.append(name);
    header_lines_.append(separator);
    header_lines_.append(value);
    header_lines_.append('\0');
  };
  // "Name:" keeps libcurl from adding one of its own; "Name;" sends one without a value.
  for (const char* name : {"Expect", "Accept", "Content-Type"}) {
    if (!has_header(request, name)) add(name, ":", "");
  }
  for (const Header& header : request.headers) {
    // libcurl's own for a body, and written faster than one from the list, which it formats byte by byte.
    if (!request.body.empty() && header.value == "application/x-www-form-urlencoded" &&
        equals_ignoring_case(header.name, "Content-Type")) {
      continue;
    }
    if (header.value.empty()) {
      add(header.name, ";", "");
    } else {
      add(header.name, ": ", header.value);
    }
  }
  for (size_t i = 1; i < headers_.size(); ++i) headers_[i - 1].next = &headers_[i];
}

// libcurl takes a URL apart and writes it out again byte by byte, 15,000 instructions a request. So it is given the origin
// once, taken apart, and each request's path apart from it.
bool Transfer::set_url(const std::string& url) {
  Options options(easy_.get());
  const size_t path = path_apart(url);
  const bool apart = path != std::string::npos && take_origin(std::string_view(url).substr(0, path));
  options.set(CURLOPT_REQUEST_TARGET, apart ? url.c_str() + path : nullptr);
  if (!apart) {
    origin_.clear();
    options.set(CURLOPT_CURLU, static_cast<CURLU*>(nullptr)).set(CURLOPT_URL, url.c_str());
  }
  return options.good();
}

bool Transfer::take_origin(std::string_view origin) {
  if (origin == origin_) return true;
  std::string text(origin);
  UrlParts parts(curl_url());
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return false;
  Options options(easy_.get());
  // The text as well: 7.88 writes one of its own for each request if it has none.
  if (!options.set(CURLOPT_URL, text.c_str()).set(CURLOPT_CURLU, parts.get()).good()) return false;
  origin_ = std::move(text);
  origin_parts_ = std::move(parts);
  return true;
}

bool Transfer::prepare(const Request& request, bool fresh) {
  const bool post = std::string_view(request.method) == "POST";
  if (!post && std::string_view(request.method) != "GET") return false;
  if (is_prepared_) {
    const int refusals = refusals_;
    reset();
    refusals_ = refusals;
  }
  is_prepared_ = true;
  set_headers(request);
  fresh_asked_ = fresh;
  Options options(easy_.get());
  if (post) {
    // A body, also an empty one, makes it a POST.
    options.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()))
        .set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.view().data());
  } else {
    options.set(CURLOPT_HTTPGET, 1L);
  }
  return set_url(request.url) && options.set(CURLOPT_HTTPHEADER, headers_.data())
                                     .set(CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L)
                                     .set(CURLOPT_FORBID_REUSE, 0L)
                                     .set(CURLOPT_VERBOSE, 0L)
                                     .good();
}

void Transfer::reset() {
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  curl_easy_setopt(easy_.get(), CURLOPT_POSTFIELDS, static_cast<const char*>(nullptr));
  headers_.clear();
  header_lines_.resize(0);  // wiped; the memory stays for the next request
  reader_.reset();
  is_prepared_ = false;
  left_ = false;
  sent_twice_ = false;
  stale_connection_ = false;
  fresh_asked_ = false;
  no_descriptor_ = false;
  words_[0] = 0;
  ends_with_ = nullptr;
  clean_end_ = false;
  leave_stream();
  refusals_ = 0;
  refused_for_now_ = false;
  connections_before_ = 0;
}

Transfer::Again Transfer::again() {
  if (stale_connection_) return Again::on_a_fresh_one;
  // Whatever libcurl makes of it: 7.88 calls the end of the connection an empty response, and a success.
  if (!waits_in_vain()) return Again::no;
  count_refusal();
  if (refused_for_now_) return Again::no;
  return refusals_ > 1 ? Again::on_a_fresh_one : Again::on_any_connection;
}

void Transfer::give(Flow& flow, CURLcode code) {
  clean_end_ = code == CURLE_OK && !sent_twice_;
  if (reader_.fault() != nullptr) {
    [[maybe_unused]] const auto given = flow.give_broken_response(reader_.fault(), reader_.fault_text());
    return;
  }
  // libcurl accepts any end as a proper one. Anything on the path can make one: only what is said inside TLS counts
  // (RFC 9112 9.8).
  if (code == CURLE_OK && ends_with_ != nullptr && !common_.turn.was_closed(ends_with_)) code = CURLE_PARTIAL_FILE;
  if (code == CURLE_OK && reader_.has_head()) {
    reader_.give(flow);
    return;
  }
  // What came after libcurl tried to send again says nothing about the first attempt.
  if (code == CURLE_OK || sent_twice_) code = CURLE_GOT_NOTHING;
  // libcurl gives up a header line that is too long for it in this way.
  if (code == CURLE_OUT_OF_MEMORY && left_ && !reader_.has_head()) code = CURLE_FILESIZE_EXCEEDED;
  const Outcome outcome = this->outcome(code);
  if (outcome.broken) {
    [[maybe_unused]] const auto given = flow.give_broken_response(outcome.reason, outcome.text);
    return;
  }
  if (refused_for_now_ && !left_) {
    [[maybe_unused]] const auto given = flow.give_no_response(false, "stream_refused", "the server refused the stream");
    return;
  }
  [[maybe_unused]] const auto given = flow.give_no_response(left_, outcome.reason, outcome.text);
}

namespace {

Proxy proxy_of([[maybe_unused]] CURL* easy, const App& app) {
  if (!app.proxy.empty()) return Proxy::used;
  if (!app.proxy_from_environment) return Proxy::none;
#if LIBCURL_VERSION_NUM >= 0x080700
  long used = 0;
  if (curl_easy_getinfo(easy, CURLINFO_USED_PROXY, &used) == CURLE_OK) return used != 0 ? Proxy::used : Proxy::none;
#endif
  return Proxy::perhaps;
}

}  // namespace

Outcome Transfer::outcome(CURLcode code) const {
  const App& app = common_.app;
  const Proxy proxy = proxy_of(easy_.get(), app);
  // libcurl needs some of its own for a lookup.
  const bool starved = no_descriptor_ || ((code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
                                           code == CURLE_OUT_OF_MEMORY || code == CURLE_FAILED_INIT) &&
                                          are_descriptors_used_up());
  if (!left_ && starved) return {"no_descriptors", "this process may open no more files and sockets", false};
  if (!left_ && is_tls_failure(code)) {
    long site = X509_V_OK;
    long of_proxy = X509_V_OK;
    curl_easy_getinfo(easy_.get(), CURLINFO_SSL_VERIFYRESULT, &site);
    curl_easy_getinfo(easy_.get(), CURLINFO_PROXY_SSL_VERIFYRESULT, &of_proxy);
    // Each begins as X509_V_ERR_UNSPECIFIED, and stays so until that certificate has been looked at.
    const bool by_proxy = of_proxy > X509_V_ERR_UNSPECIFIED;
    return tls_outcome_of(code, by_proxy ? of_proxy : site, by_proxy, words_);
  }
  long status = 0;
  if (!left_ && proxy != Proxy::none && curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK &&
      status >= 300) {
    return proxy_outcome_of(status);
  }
  return outcome_of(code, left_, proxy);
}

void Transfer::give_timeout(Flow& flow) {
  const Outcome outcome = outcome_of(CURLE_OPERATION_TIMEDOUT, left_, Proxy::none);
  [[maybe_unused]] const auto given = flow.give_no_response(left_, outcome.reason, outcome.text);
}

size_t Transfer::on_header(char* data, size_t size, size_t count, void* self) {
  const size_t bytes = size * count;
  auto* transfer = static_cast<Transfer*>(self);
  if (!transfer->reader_.take_line({data, bytes})) return 0;
  if (transfer->ends_with_ == nullptr && transfer->reader_.lasts_until_end()) transfer->ends_with_ = transfer->tls();
  return bytes;
}

size_t Transfer::on_body(char* data, size_t size, size_t count, void* self) {
  const size_t bytes = size * count;
  return static_cast<Transfer*>(self)->reader_.take_body({data, bytes}) ? bytes : 0;
}

// libcurl's reports about the request's stream, from just before the request is written.
int Transfer::on_text(CURL*, curl_infotype type, char* data, size_t size, void* self) {
  if (type != CURLINFO_TEXT) return 0;
  const std::string_view line(data, size);
  static_cast<Transfer*>(self)->follow(read_news(line));
  // Password and token, in a buffer on libcurl's stack.
  if (shows_header(line)) OPENSSL_cleanse(data, size);
  return 0;
}

void Transfer::follow(const StreamNews& news) {
  switch (news.what) {
    case StreamNews::What::nothing: return;
    case StreamNews::What::opened:
      leave_stream();
      stream_ = news.stream;
      connection_ = tls();
      if (stream_ != 0 && connection_ != nullptr) common_.streams.add(this);
      return;
    case StreamNews::What::goaway:
      // Whichever request libcurl reads for hears it; it is said to all of the connection.
      if (SSL* ssl = tls()) {
        SSL_set_ex_data(ssl, goaway_mark(), ssl);
        common_.streams.end_with(ssl, news.stream);
      }
      return;
    case StreamNews::What::refused:
      if (left_ && !reader_.began()) count_refusal();
      return;
  }
}

void Transfer::leave_stream() {
  if (stream_ != 0) common_.streams.remove(this);
  stream_ = 0;
  connection_ = nullptr;
  beyond_goaway_ = false;
}

// The first time the request goes out again on whatever connection there is, the next time on one of its own, as that
// one's first stream. A server that refuses even this is left alone for the flow's pause between two attempts.
void Transfer::count_refusal() {
  const bool on_its_own = connections_made() > connections_before_;
  ++refusals_;
  left_ = false;
  leave_stream();
  refused_for_now_ = on_its_own || refusals_ > 2;
  curl_easy_setopt(easy_.get(), CURLOPT_VERBOSE, 0L);
  if (refusals_ == 2) {
    fresh_asked_ = true;
    curl_easy_setopt(easy_.get(), CURLOPT_FRESH_CONNECT, 1L);
  }
}

long Transfer::connections_made() const {
  long made = 0;
  return curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &made) == CURLE_OK ? made : 0;
}

// libcurl resends a request on its own, POST and GET, where a kept connection dies before the first byte of
// the response, and where the server refuses an HTTP/2 stream. This is called each time just before a request is
// written: the second time it says no, unless the first never counted. (Cheaper than a body that cannot be rewound,
// which goes out in a TLS record and a packet of its own; and it holds for requests without a body as well.)
int Transfer::on_ready_to_send(void* self, char*, char*, int, int) {
  auto* transfer = static_cast<Transfer*>(self);
  if (transfer->refused_for_now_) return CURL_PREREQFUNC_ABORT;
  if (transfer->left_) {
    transfer->sent_twice_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  const long made = transfer->connections_made();
  const bool kept = made == transfer->connections_before_;
  if (!transfer->fresh_asked_ && kept && !transfer->connection_is_clean()) {
    transfer->stale_connection_ = true;
    transfer->give_up_connection();
    return CURL_PREREQFUNC_ABORT;
  }
  const SSL* ssl = transfer->may_be_http_2_ ? transfer->tls() : nullptr;
  const bool http_2 = ssl != nullptr && speaks_http_2(ssl);
  // libcurl's words about streams, which the others have none of.
  if (http_2) curl_easy_setopt(transfer->easy_.get(), CURLOPT_VERBOSE, 1L);
  transfer->common_.hosts.carry(*transfer->owner, http_2);
  transfer->left_ = true;
  return CURL_PREREQFUNC_OK;
}

void Transfer::give_up_connection() { curl_easy_setopt(easy_.get(), CURLOPT_FORBID_REUSE, 1L); }

// The site's connection, while libcurl works on it; null without TLS.
SSL* Transfer::tls() const {
  curl_tlssessioninfo* session = nullptr;
  if (!is_https(common_.app.origin) || curl_easy_getinfo(easy_.get(), CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK) return nullptr;
  return session == nullptr ? nullptr : static_cast<SSL*>(session->internals);
}

// A kept HTTP/1.1 connection on which something unexpected has arrived (the rest of a response that
// was longer than announced) must not serve the next request; libcurl only checks for its end. With HTTP/2 it may
// have read that end and carried on anyway (7.88.1).
bool Transfer::connection_is_clean() {
  char byte = 0;
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK) socket = CURL_SOCKET_BAD;
  const bool has_socket = socket != CURL_SOCKET_BAD;
  if (has_socket && has_ended(socket)) return false;
  if (SSL* ssl = tls()) {
    if ((SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0) return false;
    // libcurl 7.88 puts new requests on it while others are under way there, and none of them ever leaves.
    if (SSL_get_ex_data(ssl, goaway_mark()) != nullptr) return false;
    if (speaks_http_2(ssl)) return true;  // frames say whose they are
    clear_errors();                       // SSL_get_error reads the thread's list
    const int got = SSL_peek(ssl, &byte, 1);
    const bool quiet = got <= 0 && SSL_get_error(ssl, got) == SSL_ERROR_WANT_READ;
    clear_errors();
    return quiet;
  }
  return !has_socket || (::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

CURLcode Transfer::on_tls_context(CURL*, void* context, void* self) {
  const Common& common = static_cast<Transfer*>(self)->common_;
  common.trust.apply(static_cast<SSL_CTX*>(context), common.turn);
  return CURLE_OK;
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(self);
  // A connection for a request that is not going to be sent again.
  if (transfer->refused_for_now_) return CURL_SOCKET_BAD;
  if (transfer->left_) {
    transfer->sent_twice_ = true;
    return CURL_SOCKET_BAD;
  }
#ifdef SOCK_CLOEXEC
  constexpr int kCloseOnExec = SOCK_CLOEXEC;
#else
  constexpr int kCloseOnExec = 0;
#endif
  const int fd = above_standard_streams(::socket(address->family, address->socktype | kCloseOnExec, address->protocol));
  if (fd < 0) {
    transfer->no_descriptor_ = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return CURL_SOCKET_BAD;
  }
#ifdef TCP_USER_TIMEOUT
  // A connection that died without a word (a router that forgot it) is noticed in this time, and not in the
  // quarter of an hour that the system takes: with HTTP/2 each new request would be put on it until then.
  const unsigned int unacknowledged_ms = kMaxUnacknowledgedMs;
  [[maybe_unused]] const int set = ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof unacknowledged_ms);
#endif
  transfer->common_.poller.opened(fd);
  return fd;
}

int Transfer::on_close_socket(void* poller, curl_socket_t socket) {
  static_cast<Poller*>(poller)->closing(socket);
  return ::close(socket);
}

}  // namespace hlid
