#include "net/poller.h"

#include <algorithm>
#include <array>
#include <cerrno>

#ifdef __linux__
#include <sys/epoll.h>
#else
#include <poll.h>
#endif

namespace hlid {

#ifdef __linux__

bool Poller::open() {
  epoll_ = Descriptor(above_standard_streams(::epoll_create1(EPOLL_CLOEXEC)));
  return static_cast<bool>(epoll_);
}

void Poller::watch(int fd, bool in, bool out) {
  epoll_event event{};
  event.events = (in ? static_cast<uint32_t>(EPOLLIN) : 0U) | (out ? static_cast<uint32_t>(EPOLLOUT) : 0U);
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0 || errno != ENOENT) return;
  // Without memory for it the flow ends by its deadline.
  [[maybe_unused]] const int added = ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void Poller::forget(int fd) {
  epoll_event event{};
  [[maybe_unused]] const int gone = ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &event);
}

const std::vector<Poller::Ready>& Poller::wait(int timeout_ms) {
  std::array<epoll_event, 128> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  ready_.clear();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    ready_.push_back({event.data.fd, (event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0,
                      (event.events & (EPOLLERR | EPOLLHUP)) != 0});
  }
  return ready_;
}

#else

bool Poller::open() { return true; }

void Poller::watch(int fd, bool in, bool out) {
  forget(fd);
  watched_.push_back({fd, in, out});
}

void Poller::forget(int fd) {
  std::erase_if(watched_, [fd](const Watched& watched) { return watched.fd == fd; });
}

const std::vector<Poller::Ready>& Poller::wait(int timeout_ms) {
  std::vector<pollfd> polled;
  for (const Watched& watched : watched_) {
    polled.push_back({watched.fd, static_cast<short>((watched.in ? POLLIN : 0) | (watched.out ? POLLOUT : 0)), 0});
  }
  ready_.clear();
  if (::poll(polled.data(), static_cast<nfds_t>(polled.size()), timeout_ms) <= 0) return ready_;
  for (const pollfd& one : polled) {
    if (one.revents == 0) continue;
    ready_.push_back({one.fd, (one.revents & POLLIN) != 0, (one.revents & POLLOUT) != 0,
                      (one.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0});
  }
  return ready_;
}

#endif

}  // namespace hlid
