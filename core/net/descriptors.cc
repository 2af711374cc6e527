#include "net/descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#ifdef __linux__
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#endif

namespace hlid {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int above_standard_streams(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const int higher = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  ::close(fd);
  return higher;
}

bool are_descriptors_used_up() {
  const Descriptor probe(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (probe) return false;
  if (errno == EMFILE) return true;
  // Standard error is closed.
  const Descriptor other(::open("/", O_RDONLY | O_CLOEXEC));
  return !other && (errno == EMFILE || errno == ENFILE);
}

#ifdef __linux__

bool Signal::open() {
  read_ = Descriptor(above_standard_streams(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)));
  return static_cast<bool>(read_);
}

void Signal::raise() const {
  const uint64_t one = 1;
  // Full cannot happen, and if it did, it would be readable, which is all that counts.
  [[maybe_unused]] const auto written = ::write(read_.get(), &one, sizeof one);
}

void Signal::lower() const {
  uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(read_.get(), &count, sizeof count);
}

bool Alarm::open() {
  timer_ = Descriptor(above_standard_streams(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)));
  return static_cast<bool>(timer_);
}

void Alarm::set(int64_t due_ms) {
  if (due_ms >= due_ms_) return;
  due_ms_ = due_ms;
  const int64_t at = std::max<int64_t>(due_ms, 1);
  itimerspec when{};
  when.it_value.tv_sec = at / 1000;
  when.it_value.tv_nsec = at % 1000 * 1'000'000;
  [[maybe_unused]] const int set = ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Alarm::clear() {
  due_ms_ = kNever;
  uint64_t times = 0;
  [[maybe_unused]] const auto taken = ::read(timer_.get(), &times, sizeof times);
}

#else

bool Alarm::open() { return false; }
void Alarm::set(int64_t) {}
void Alarm::clear() {}

bool Signal::open() {
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) return false;
  read_ = Descriptor(above_standard_streams(ends[0]));
  write_ = Descriptor(above_standard_streams(ends[1]));
  for (const int fd : {read_.get(), write_.get()}) {
    if (fd < 0 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return false;
  }
  return true;
}

void Signal::raise() const {
  const char one = 1;
  [[maybe_unused]] const auto written = ::write(write_.get(), &one, sizeof one);
}

void Signal::lower() const {
  char bytes[64];
  while (::read(read_.get(), bytes, sizeof bytes) > 0) {
  }
}

#endif

}  // namespace hlid
