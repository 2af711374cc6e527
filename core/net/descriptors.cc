#include "net/descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#ifdef __linux__
#include <sys/eventfd.h>
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

#else

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
