#include "net/poller.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/limits.h"

#ifdef __linux__
#include <sys/epoll.h>
#else
#include <poll.h>
#endif

namespace hlid {

#ifdef __linux__

int Poller::fd() const { return epoll_.get(); }

bool Poller::open() {
  epoll_ = Descriptor(above_standard_streams(::epoll_create1(EPOLL_CLOEXEC)));
  return static_cast<bool>(epoll_);
}

Poller::Entry& Poller::entry(int fd) {
  const auto index = static_cast<size_t>(fd);
  if (index >= entries_.size()) entries_.resize(index + 1);
  return entries_[index];
}

bool Poller::watch(int fd, bool in, bool out) {
  Entry& known = entry(fd);
  const uint32_t events = (in ? static_cast<uint32_t>(EPOLLIN) : 0U) | (out ? static_cast<uint32_t>(EPOLLOUT) : 0U);
  known.wanted = true;
  if (known.events == events) return true;
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  known.events = events;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0) return true;
  if (errno == ENOENT && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return true;
  known.events = 0;
  return false;
}

void Poller::remove(int fd, Entry& known) {
  epoll_event event{};
  if (known.events != 0) [[maybe_unused]]
    const int gone = ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &event);
  known.events = 0;
}

void Poller::forget(int fd) {
  Entry& known = entry(fd);
  known.wanted = false;
  // What libcurl opens for itself it also closes for itself: the number may be another's the next time.
  if (!known.ours) remove(fd, known);
}

void Poller::opened(int fd) { entry(fd) = {.events = 0, .wanted = false, .ours = true}; }

void Poller::closing(int fd) {
  Entry& known = entry(fd);
  remove(fd, known);
  known = {};
}

const std::vector<Poller::Ready>& Poller::wait(int timeout_ms, int most, const sigset_t* mask) {
  std::array<epoll_event, kMaxEvents> events;
  const int count = ::epoll_pwait(epoll_.get(), events.data(), std::min(most, kMaxEvents), timeout_ms, mask);
  ready_.clear();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    Entry& known = entry(event.data.fd);
    if (!known.wanted) {
      remove(event.data.fd, known);
      continue;
    }
    ready_.push_back({event.data.fd, (event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0,
                      (event.events & (EPOLLERR | EPOLLHUP)) != 0});
  }
  return ready_;
}

#else

int Poller::fd() const { return -1; }

bool Poller::open() { return true; }

bool Poller::watch(int fd, bool in, bool out) {
  forget(fd);
  watched_.push_back({fd, in, out});
  return true;
}

void Poller::forget(int fd) {
  std::erase_if(watched_, [fd](const Watched& watched) { return watched.fd == fd; });
}

void Poller::opened(int) {}

void Poller::closing(int fd) { forget(fd); }

const std::vector<Poller::Ready>& Poller::wait(int timeout_ms, int, const sigset_t* mask) {
  std::vector<pollfd> polled;
  for (const Watched& watched : watched_) {
    polled.push_back({watched.fd, static_cast<short>((watched.in ? POLLIN : 0) | (watched.out ? POLLOUT : 0)), 0});
  }
  ready_.clear();
  sigset_t before;
  if (mask != nullptr) ::pthread_sigmask(SIG_SETMASK, mask, &before);
  const int count = ::poll(polled.data(), static_cast<nfds_t>(polled.size()), timeout_ms);
  if (mask != nullptr) ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (count <= 0) return ready_;
  for (const pollfd& one : polled) {
    if (one.revents == 0) continue;
    ready_.push_back(
        {one.fd, (one.revents & POLLIN) != 0, (one.revents & POLLOUT) != 0, (one.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0});
  }
  return ready_;
}

#endif

}  // namespace hlid
