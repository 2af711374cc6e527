#include "net/hosts.h"

namespace hlid {

namespace {

// A site and where its tokens come from are two; a flow's parameters may name any others (token_url).
constexpr size_t kMostAtRest = 16;

bool is_at_rest(const std::unique_ptr<Host>& host) { return host->first == nullptr && host->seeking + host->carried == 0; }

}  // namespace

bool Hosts::enter(Queued& request, std::string_view origin, bool may_begin) {
  Host& host = find(origin);
  request.host = &host;
  if (may_begin && host.first == nullptr && has_room(host)) {
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

Queued* Hosts::next() {
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

bool Hosts::has_next() const {
  if (waiting_ == 0) return false;
  for (const auto& host : hosts_) {
    if (host->first != nullptr && has_room(*host)) return true;
  }
  return false;
}

void Hosts::carry(Queued& request, bool multiplexes) {
  if (request.host == nullptr) return;
  request.host->multiplexes = multiplexes;
  if (request.at != Queued::At::seeks) return;  // it is sent again
  request.at = Queued::At::carried;
  --request.host->seeking;
  ++request.host->carried;
}

void Hosts::leave(Queued& request) {
  switch (request.at) {
    case Queued::At::home: return;
    case Queued::At::waits: unlink(request); break;
    case Queued::At::seeks:
      --request.host->seeking;
      // One that got nowhere: the others need not try one by one.
      if (request.host->carried == 0) request.host->multiplexes = false;
      break;
    case Queued::At::carried: --request.host->carried; break;
  }
  request.at = Queued::At::home;
  request.host = nullptr;
}

bool Hosts::has_room(const Host& host) const {
  if (!host.multiplexes) return host.seeking + host.carried < connections_;
  // The first finds out whether its connection carries the others as well (ALPN).
  if (host.carried == 0) return host.seeking == 0;
  // How many it carries is the server's to say, and libcurl does not pass it on: as long as those before have found a place.
  return host.seeking < connections_;
}

Host& Hosts::find(std::string_view origin) {
  for (const auto& host : hosts_) {
    if (host->origin == origin) return *host;
  }
  if (hosts_.size() >= kMostAtRest) std::erase_if(hosts_, is_at_rest);
  hosts_.push_back(std::make_unique<Host>());
  hosts_.back()->origin = origin;
  hosts_.back()->multiplexes = !http_1_only_ && origin.starts_with("https:");
  return *hosts_.back();
}

void Hosts::unlink(Queued& request) {
  Host& host = *request.host;
  (request.before == nullptr ? host.first : request.before->after) = request.after;
  (request.after == nullptr ? host.last : request.after->before) = request.before;
  request.before = request.after = nullptr;
  --waiting_;
}

}  // namespace hlid
