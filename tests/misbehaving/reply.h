// What a request was and what is done about it: the vocabulary of the misbehaving server.
//
// A Reply says the same thing over HTTP/1.1 and HTTP/2, so that one test runs over both; `raw` and `frames` are
// for what only one of them can say. Every fault is data: where to cut, how to end, how slowly to go.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hlid_test {

using Milliseconds = std::chrono::milliseconds;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::size_t number = 0;  // on this server, from 0, in the order in which first bytes arrived
  std::size_t connection = 0;
  std::uint32_t stream = 0;  // HTTP/2 only
  bool http2 = false;
  std::string method{};
  std::string target{};  // as sent: path and query, or host:port for CONNECT
  std::string path{};    // without the query
  std::string version = "HTTP/2";
  Headers headers{};   // HTTP/2: with the pseudo headers
  std::string body{};  // decoded, if it came in chunks

  // The first header of that name in any case, or "".
  std::string header(std::string_view name) const;
  // A member of the form in the body, or of the query, decoded; "" if there is none.
  std::string form(std::string_view name) const;
  std::string query(std::string_view name) const;
};

std::string percent_decode(std::string_view text);  // `+` is a space
std::string percent_encode(std::string_view text);  // all but unreserved characters

// How a connection goes on.
enum class After {
  keep,       // with the next request
  fin,        // close_notify, FIN; what still comes in is read and recorded until the peer closes
  no_notify,  // FIN without close_notify; reads on as `fin` does
  rst,        // RST at once
  close,      // close(2): the kernel sends FIN, or RST if something was not read
  silent,     // open, reads and records, never writes again
  deaf,       // open, neither reads nor writes: the peer's window closes
};

struct Cut {
  std::size_t at = 0;  // bytes that still pass
  After after = After::rst;
};

// Holds a response back until the test opens it: order without sleeping.
class Gate {
 public:
  Gate();
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  void open();
  int descriptor() const { return descriptor_; }  // readable once open

 private:
  int descriptor_;
};

enum class Framing { length, chunked, until_end };

struct Interim {
  int status = 103;
  Headers headers{};
};

struct Reply {
  int status = 200;
  Headers headers{};  // a Content-Length here is sent as it is, right or wrong
  std::string body{};
  Framing framing = Framing::length;  // HTTP/2: any but `length` leaves content-length out
  std::uint64_t filler = 0;           // so many 'x' after the body, made while sending
  Headers trailers{};                 // HTTP/2, and chunked
  std::vector<Interim> interim{};     // 1xx answers before this one
  std::string version = "HTTP/1.1";

  // Exactly these bytes and nothing of the above.
  std::optional<std::string> raw{};
  // HTTP/2: these frames and nothing of the above.
  std::function<std::string(std::uint32_t stream)> frames{};
  // After all that: more bytes, until it returns "" or the peer goes. `round` counts from 0.
  std::function<std::string(std::uint32_t stream, std::uint64_t round)> more{};

  Milliseconds delay{0};             // before the first byte
  std::shared_ptr<Gate> gate{};      // opened before the first byte
  std::size_t slice = 0;             // bytes a write (a TLS record each); 0: as they come
  Milliseconds pause{0};             // between slices
  std::optional<std::size_t> cut{};  // only so many bytes leave, then `after` (`keep` means `silent`)
  After after = After::keep;
  bool heedless = false;                  // HTTP/2: goes on although the client has reset the stream
  std::optional<std::uint16_t> tunnel{};  // HTTP/1: then join the connection to this port of 127.0.0.1
};

using Handler = std::function<Reply(const Request&)>;

// Makers.
Reply http1(int status, Headers headers = {}, std::string body = {});  // both protocols, in spite of the name
Reply raw_reply(std::string bytes, After after = After::keep);
Reply json_reply(int status, std::string json);
Reply no_reply(After after);  // the request is taken and not one byte comes back

// The same reply, worse.
Reply cut(Reply reply, std::size_t at, After after = After::rst);
Reply sliced(Reply reply, std::size_t slice, Milliseconds pause = Milliseconds{0});
Reply held(Reply reply, std::shared_ptr<Gate> gate);
Reply then(Reply reply, After after);

// Answers one after the other, whatever is asked; the last one for good.
Handler in_order(std::vector<Reply> replies);

}  // namespace hlid_test
