// One request on its way: a libcurl handle that is used again and again.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "net/answer_reader.h"
#include "net/libcurl.h"
#include "net/poller.h"
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
  };

  // Null if libcurl cannot.
  static std::unique_ptr<Transfer> create(const Common& common);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  // Makes the handle ready for this request. The request stays where it is until `reset`; its body is not
  // copied. `fresh`: on a connection of its own. False if libcurl cannot.
  bool prepare(const Request& request, bool fresh);
  // Nothing of the request or its answer is kept, beyond what libcurl's own buffers hold.
  void reset();

  // What came of it, to the flow. `alone`: the client had no other request on its way all the while.
  void give(Flow& flow, CURLcode code, bool alone);
  // The time was over.
  void give_timeout(Flow& flow);
  // The connection is not used again once this request is taken off it, unless others are on it (HTTP/2).
  void give_up_connection();
  // Nothing was sent because the connection found was no longer good: try once more on a fresh one.
  [[nodiscard]] bool wants_fresh_connection() const { return stale_connection_; }
  // Whether a byte of the request may have reached the server.
  [[nodiscard]] bool may_have_left() const { return left_; }

  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  void* owner = nullptr;  // of the loop

 private:
  explicit Transfer(const Common& common) : common_(common) {}
  bool set_common_options();
  void set_headers(const Request& request);
  bool connection_is_clean();
  [[nodiscard]] SSL* tls() const;

  static size_t on_header(char* data, size_t size, size_t count, void* self);
  static size_t on_body(char* data, size_t size, size_t count, void* self);
  static int on_ready_to_send(void* self, char*, char*, int, int);
  static CURLcode on_tls_context(CURL* easy, void* context, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close_socket(void* poller, curl_socket_t socket);

  const Common& common_;
  Easy easy_;
  AnswerReader reader_;
  Secret header_lines_;               // "Name: value\0" one after the other
  std::vector<curl_slist> headers_;   // libcurl reads the list, and does not copy it
  bool left_ = false;                 // the request was about to go out
  bool sent_twice_ = false;           // libcurl wanted to send it again
  bool stale_connection_ = false;
  bool fresh_asked_ = false;
  const void* ends_with_ = nullptr;   // the TLS connection whose end is the body's
};

}  // namespace hlid
