// http1.h: HTTP/1.1 as an org's front end speaks it: requests read strictly, responses written in one piece. Header values
// reach the endpoints as they were sent, and a fault may close a connection without a response: the simulated org is
// meant to show a client's mistakes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/wire.h"

namespace hlid_sim {

// The bytes of one connection.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual size_t read(char* to, size_t size) = 0;  // 0: the peer has closed, or was silent for too long
  virtual bool write(std::string_view bytes) = 0;
};

struct Incoming {
  Request request;
  int refused = 0;  // an HTTP status: the request is malformed or too large
  bool keep_alive = false;
};

class Http1 {
 public:
  explicit Http1(Stream& stream);

  // Waits for the next request; absent when the peer has closed.
  std::optional<Incoming> next();
  bool respond(const Incoming& to, const Response& response);

 private:
  bool fill();
  std::optional<std::string> read_head();
  bool read_exactly(size_t size, std::string* out);
  std::optional<std::string> read_line();
  int read_body(Incoming& incoming, size_t most);
  int read_chunks(std::string& body, size_t most);

  Stream& stream_;
  std::vector<char> buffer_;
  size_t from_ = 0;
  size_t to_ = 0;
  bool head_too_large_ = false;
};

}  // namespace hlid_sim
