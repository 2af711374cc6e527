// Addresses on this machine where nobody will answer.
#pragma once

#include <cstdint>
#include <vector>

namespace hlid_test {

// Connections are refused, for as long as the object lives: nobody else can get the port.
class RefusingPort {
 public:
  explicit RefusingPort(bool ipv6 = false);
  ~RefusingPort();
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;  // set while fd_ is made: first
  int fd_;
};

// Attempts to connect get no answer at all: the queue of the listening socket is full and stays so.
class BlackHolePort {
 public:
  explicit BlackHolePort(bool ipv6 = false);
  ~BlackHolePort();
  BlackHolePort(const BlackHolePort&) = delete;
  BlackHolePort& operator=(const BlackHolePort&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;  // set while fd_ is made: first
  int fd_;
  std::vector<int> fillers_{};
};

}  // namespace hlid_test
