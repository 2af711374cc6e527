// One connection's worth of HTTP/1.x.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "journal.h"
#include "reply.h"
#include "script.h"
#include "server.h"
#include "stream.h"

namespace hlid_test {

class Http1Connection {
 public:
  Http1Connection(Stream& stream, Journal& journal, const ServerOptions& options, std::size_t connection)
      : stream_(stream), journal_(journal), options_(options), connection_(connection) {}

  // Both end with PeerGone or Stopped, or with what a handler throws.
  void run();
  void play(const Script& script);

 private:
  void serve_one();
  void act(const Action& action);
  Request begin();
  void read_head(Request& request);
  void read_body(Request& request);
  void read_chunks(Request& request);
  std::string take_line();
  std::string take(std::size_t size);
  void fill();
  void finish(const Request& request);
  void response(const Request& request, const Reply& reply);
  [[noreturn]] void end(After after);

  Stream& stream_;
  Journal& journal_;
  const ServerOptions& options_;
  std::size_t connection_;
  std::size_t served_ = 0;
  std::string buffer_{};    // read and not used yet
  std::size_t number_ = 0;  // of the request that is being read
  std::size_t used_ = 0;    // bytes of it used
  std::optional<Cut> cut_{};
};

// The bytes of a reply as HTTP/1 puts them on the wire, without `filler`, `more` and faults.
std::string http1_bytes(const Reply& reply);

}  // namespace hlid_test
