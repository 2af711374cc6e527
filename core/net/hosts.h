// Which requests libcurl has, and which wait until it has room for them, for each host: a busy one keeps no other waiting.
//
// libcurl has a queue of its own, but there each request costs an easy handle, and one that finds no connection sets one up and
// drops it again whenever another request ends. Here it is a link in a list. And with CURLOPT_PIPEWAIT, which is not set, one
// that waits for the handshake of another would wait for its whole response, should the connection speak HTTP/1.1 (8.22).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hlid {

struct Host;

// Base of what has a request; only Hosts writes these members.
struct Queued {
  enum class At : uint8_t {
    home,     // without a request
    waits,    // for room
    seeks,    // libcurl has it, and looks for a connection or makes one
    carried,  // a connection has it
  };
  At at = At::home;
  Host* host = nullptr;  // unless at home
  Queued* before = nullptr;
  Queued* after = nullptr;
};

struct Host {
  std::string origin;
  Queued* first = nullptr;  // of those that wait, in the order in which they came
  Queued* last = nullptr;
  size_t seeking = 0;
  size_t carried = 0;
  bool multiplexes = false;  // the connection that was used last carries many requests at once, or the first one may
};

class Hosts {
 public:
  // libcurl makes at most that many connections to a host.
  Hosts(size_t connections, bool http_1_only) : connections_(connections), http_1_only_(http_1_only) {}

  // True: the request is libcurl's. False: it waits until `next` names it, for room or, unless it `may_begin`, for its time.
  bool enter(Queued& request, std::string_view origin, bool may_begin = true);
  // The next of those that wait, which is libcurl's now; null where none has room. Hosts take turns.
  Queued* next();
  [[nodiscard]] bool has_next() const;
  // A connection takes the request. `multiplexes`: it can carry others at the same time.
  void carry(Queued& request, bool multiplexes);
  // The request has ended, wherever it was.
  void leave(Queued& request);
  // Hosts that it knows.
  [[nodiscard]] size_t count() const { return hosts_.size(); }

 private:
  [[nodiscard]] bool has_room(const Host& host) const;
  Host& find(std::string_view origin);
  void unlink(Queued& request);

  const size_t connections_;
  const bool http_1_only_;
  std::vector<std::unique_ptr<Host>> hosts_;
  size_t turn_ = 0;     // whose it was last
  size_t waiting_ = 0;  // at all hosts
};

}  // namespace hlid
