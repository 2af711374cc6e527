// File descriptors of ours: closed on exec, never 0 to 2, and a signal that one can wait on.
#pragma once

#include <cstdint>

namespace hlid {

// Owns one descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The same descriptor, or a copy above 2 with the lower one closed: a host that closed its standard streams
// must not find its log written into a socket. -1 stays -1.
int above_standard_streams(int fd);

// Whether the process, or the system, has run out of descriptors.
bool are_descriptors_used_up();

// Readable from raise until lower. An eventfd where there is one, otherwise a pipe. Raising and lowering are
// the owner's to put in order; either is safe from any thread.
class Signal {
 public:
  bool open();
  [[nodiscard]] int fd() const { return read_.get(); }
  void raise() const;
  void lower() const;

 private:
  Descriptor read_;
  Descriptor write_;  // the pipe's; none with an eventfd
};

// Readable from a time on. A timerfd; where there is none it cannot be opened.
class Alarm {
 public:
  bool open();
  [[nodiscard]] int fd() const { return timer_.get(); }
  // At the latest at this time of the steady clock, in milliseconds: one that is set for earlier stays.
  void set(int64_t due_ms);
  // After it has gone off.
  void clear();

 private:
  static constexpr int64_t kNever = INT64_MAX;
  Descriptor timer_;
  int64_t due_ms_ = kNever;
};

}  // namespace hlid
