// One request on its way: a libcurl handle that is used again and again.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/hosts.h"
#include "net/libcurl.h"
#include "net/outcome.h"
#include "net/poller.h"
#include "net/response_reader.h"
#include "net/streams.h"
#include "net/trust.h"

namespace hlid {

class Transfer {
 public:
  // What all transfers of a client have in common. Outlives them.
  struct Common {
    const App& app;
    const Trust& trust;
    CURLSH* share;
    Poller& poller;
    Turn& turn;
    Streams<Transfer>& streams;
    Hosts& hosts;
  };

  // Null if libcurl fails. `before`: the transfer whose request it sends again.
  static std::unique_ptr<Transfer> create(const Common& common, const Transfer* before = nullptr);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  // Prepares the handle for this request. The request stays where it is until `reset`; its body is not
  // copied. `fresh`: on a connection of its own. False if libcurl fails.
  bool prepare(const Request& request, bool fresh);
  // Nothing of the request or its response is kept, beyond what libcurl's own buffers hold.
  void reset();

  // Reports the outcome to the flow.
  void give(Flow& flow, CURLcode code);
  // The deadline passed.
  void give_timeout(Flow& flow);
  // The connection is not used again once this request has been removed from it, unless others are on it (HTTP/2).
  void give_up_connection();
  // It never reached the server and should be sent again at once: the connection was stale, or its end had been announced
  // before this request.
  enum class Again : uint8_t { no, on_any_connection, on_a_fresh_one };
  Again again();
  // Whether the handle may serve another request: a failed one may leave state that no reset clears.
  [[nodiscard]] bool is_as_new() const { return refusals_ == 0 && (clean_end_ || stale_connection_); }
  // Whether a byte of the request may have reached the server.
  [[nodiscard]] bool maybe_sent() const { return left_; }

  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  // The HTTP/2 stream that carries the request, and the connection's name; 0 and null while there is none.
  [[nodiscard]] uint32_t stream() const { return stream_; }
  [[nodiscard]] const void* connection() const { return connection_; }
  void set_beyond_goaway() { beyond_goaway_ = true; }
  // The server announced that it will not process the request, and no response to it has begun.
  [[nodiscard]] bool waits_in_vain() const {
    return beyond_goaway_ && left_ && !sent_twice_ && !reader_.began() && reader_.fault() == nullptr;
  }
  Queued* owner = nullptr;  // whose request it is

 private:
  explicit Transfer(const Common& common) : common_(common) {}
  bool set_common_options();
  bool set_url(const std::string& url);
  bool take_origin(std::string_view origin);
  void set_headers(const Request& request);
  bool connection_is_clean();
  [[nodiscard]] long connections_made() const;
  void follow(const StreamNews& news);
  void leave_stream();
  void count_refusal();
  [[nodiscard]] SSL* tls() const;
  [[nodiscard]] Outcome outcome(CURLcode code) const;

  static size_t on_header(char* data, size_t size, size_t count, void* self);
  static size_t on_body(char* data, size_t size, size_t count, void* self);
  static int on_text(CURL* easy, curl_infotype type, char* data, size_t size, void* self);
  static int on_ready_to_send(void* self, char*, char*, int, int);
  static CURLcode on_tls_context(CURL* easy, void* context, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close_socket(void* poller, curl_socket_t socket);

  const Common& common_;
  std::string origin_;     // of the request, and of those before it
  UrlParts origin_parts_;  // libcurl reads them, and does not copy them
  Easy easy_;
  ResponseReader reader_;
  Secret header_lines_;              // "Name: value\0" one after the other
  std::vector<curl_slist> headers_;  // libcurl reads the list, and does not copy it
  bool is_prepared_ = false;         // and not reset since
  bool left_ = false;                // the request was about to go out
  bool sent_twice_ = false;          // libcurl wanted to send it again
  bool stale_connection_ = false;
  bool fresh_asked_ = false;
  bool no_descriptor_ = false;        // the system gave no socket
  char words_[CURL_ERROR_SIZE] = {};  // libcurl's about a failure; never shown
  bool clean_end_ = false;
  bool may_be_http_2_ = false;
  uint32_t stream_ = 0;
  const void* connection_ = nullptr;
  bool beyond_goaway_ = false;  // the server has said that it does not look at this stream
  int refusals_ = 0;            // of this request; none of them was processed
  bool refused_for_now_ = false;
  long connections_before_ = 0;      // that the handle had made when the request was sent last
  const void* ends_with_ = nullptr;  // the TLS connection whose end is the body's
};

}  // namespace hlid
