// Which requests libcurl has, and which wait until it has room for them, for each host: a busy one keeps no other waiting.
//
// libcurl has a queue of its own, but there each request costs an easy handle, and one that finds no connection sets one up and
// drops it again whenever another request ends. Here it is a link in a list.
#pragma once

#include <algorithm>
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
    home,     // there is no request
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
  bool multiplexes = false;  // the connection that was used last carries many requests at once
};

class Hosts {
 public:
  // libcurl makes at most that many connections to a host.
  explicit Hosts(size_t connections) : connections_(connections) {}

  // True: the request is libcurl's. False: it waits, until next names it.
  bool enter(Queued& request, std::string_view origin) {
    Host& host = find(origin);
    request.host = &host;
    if (host.first == nullptr && has_room(host)) {
      request.at = Queued::At::seeks;
      ++host.seeking;
      return true;
    }
    request.at = Queued::At::waits;
    request.before = host.last;
    request.after = nullptr;
    (host.last == nullptr ? host.first : host.last->after) = &request;
    host.last = &request;
    ++waiting_;
    return false;
  }

  // The next of those that wait, which is libcurl's now; null where none has room. Hosts take turns.
  Queued* next() {
    if (waiting_ == 0) return nullptr;
    for (size_t i = 0; i < hosts_.size(); ++i) {
      turn_ = turn_ + 1 < hosts_.size() ? turn_ + 1 : 0;
      Host& host = *hosts_[turn_];
      Queued* request = host.first;
      if (request == nullptr || !has_room(host)) continue;
      unlink(*request);
      request->at = Queued::At::seeks;
      ++host.seeking;
      return request;
    }
    return nullptr;
  }
  [[nodiscard]] bool has_next() const {
    return waiting_ != 0 && std::any_of(hosts_.begin(), hosts_.end(),
                                        [this](const auto& host) { return host->first != nullptr && has_room(*host); });
  }

  // A connection takes the request. `multiplexes`: it can carry others at the same time.
  void carry(Queued& request, bool multiplexes) {
    if (request.host == nullptr) return;
    request.host->multiplexes = multiplexes;
    if (request.at != Queued::At::seeks) return;  // it is sent again
    request.at = Queued::At::carried;
    --request.host->seeking;
    ++request.host->carried;
  }

  // The request has ended, wherever it was.
  void leave(Queued& request) {
    switch (request.at) {
      case Queued::At::home: return;
      case Queued::At::waits: unlink(request); break;
      case Queued::At::seeks: --request.host->seeking; break;
      case Queued::At::carried: --request.host->carried; break;
    }
    request.at = Queued::At::home;
    request.host = nullptr;
  }

 private:
  // How many a connection carries is the server's to say, and libcurl does not pass it on. So a host that multiplexes has room
  // as long as those before have found a place.
  [[nodiscard]] bool has_room(const Host& host) const {
    return host.seeking + (host.multiplexes ? 0 : host.carried) < connections_;
  }

  Host& find(std::string_view origin) {
    const auto found = std::find_if(hosts_.begin(), hosts_.end(), [&](const auto& host) { return host->origin == origin; });
    if (found != hosts_.end()) return **found;
    hosts_.push_back(std::make_unique<Host>());
    hosts_.back()->origin = origin;
    return *hosts_.back();
  }

  void unlink(Queued& request) {
    Host& host = *request.host;
    (request.before == nullptr ? host.first : request.before->after) = request.after;
    (request.after == nullptr ? host.last : request.after->before) = request.before;
    request.before = request.after = nullptr;
    --waiting_;
  }

  const size_t connections_;
  std::vector<std::unique_ptr<Host>> hosts_;  // as many as the app's settings name: the site, and where its tokens come from
  size_t turn_ = 0;                           // whose it was last
  size_t waiting_ = 0;                        // at all hosts
};

}  // namespace hlid
