// Everything the server was sent, and the counts that tests assert at their end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reply.h"

namespace hlid_test {

struct ConnectionRecord {
  std::size_t number = 0;
  bool ended = false;      // the server has let go of it and has read all it was going to
  std::string received{};  // every byte, after TLS
  std::string late{};      // of those, what came after the server had ended the conversation (HTTP/1)

  bool handshake_started = false;  // a ClientHello was understood
  bool handshake_done = false;
  bool resumed = false;
  bool offered_session = false;     // pre_shared_key, or a ticket that was not empty
  bool offered_early_data = false;  // 0-RTT
  std::size_t early_data_bytes = 0;
  std::string sni{};
  std::vector<std::string> offered_alpn{};
  std::string alpn{};
  std::string tls_version{};
  std::string client_certificate{};  // its subject, or "" if there was none
  int renegotiations = 0;

  std::string handler_error{};  // what a handler or hook threw; the connection was closed for it

  std::size_t resets_received = 0;  // HTTP/2 RST_STREAM
  std::size_t goaways_received = 0;
  std::size_t pings_received = 0;  // without acknowledgements
};

struct RequestRecord {
  Request request{};         // as far as it was understood
  bool complete = false;     // the whole request was taken
  bool late = false;         // it came after the server had ended the conversation: nobody answered it
  std::size_t bytes = 0;     // taken from the connection for it (HTTP/2: with frame headers)
  std::string transcript{};  // head and decoded body, in text, as far as they came; decoded Basic credentials
};

class Journal {
 public:
  // For tests.
  std::size_t connections() const;
  std::size_t handshakes() const;  // completed
  std::size_t resumed() const;
  std::size_t requests() const;  // completed
  std::size_t requests(std::string_view path) const;
  std::size_t count(std::string_view text) const;          // how often these bytes came in
  std::size_t requests_with(std::string_view text) const;  // in how many requests, begun or completed
  // In how many requests the value was seen, raw or percent-encoded in whatever way.
  std::size_t count_value(std::string_view value) const;
  // All of it, for a search for secrets: received bytes of every connection and every transcript.
  std::string everything() const;
  std::vector<ConnectionRecord> connection_records() const;
  std::vector<RequestRecord> request_records() const;

  bool wait_for_requests(std::size_t completed, Milliseconds limit) const;
  bool wait_for_begun(std::size_t begun, Milliseconds limit) const;
  bool wait_for_connections(std::size_t accepted, Milliseconds limit) const;
  bool wait_until_idle(Milliseconds limit) const;  // every connection has ended

  // For the server.
  std::size_t add_connection();
  void received(std::size_t connection, std::string_view bytes);
  std::size_t begin_request(std::size_t connection, std::uint32_t stream, bool http2);
  void add_transcript(std::size_t request, std::string_view text, std::size_t wire_bytes);
  void complete_request(const Request& request, bool late);

  template <typename Change>
  void change(std::size_t connection, Change change) {
    {
      const std::lock_guard lock(mutex_);
      change(connections_[connection]);
    }
    changed_.notify_all();
  }

 private:
  template <typename Condition>
  bool wait(Milliseconds limit, Condition condition) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, condition);
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<ConnectionRecord> connections_;
  std::deque<RequestRecord> requests_;
  std::size_t completed_ = 0;
};

}  // namespace hlid_test
