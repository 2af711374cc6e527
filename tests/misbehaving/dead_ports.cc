#include "dead_ports.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace hlid_test {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address loopback(bool ipv6, std::uint16_t port) {
  Address out;
  if (ipv6) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    six.sin6_addr = in6addr_loopback;
    std::memcpy(&out.storage, &six, sizeof six);
    out.size = sizeof six;
  } else {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memcpy(&out.storage, &four, sizeof four);
    out.size = sizeof four;
  }
  return out;
}

int bound(bool ipv6, std::uint16_t& port) {
  const int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  Address address = loopback(ipv6, 0);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address.storage), address.size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size) != 0) {
    throw std::system_error(errno, std::generic_category(), "bind");
  }
  sockaddr_in6 six{};  // its port is where sockaddr_in has it
  std::memcpy(&six, &address.storage, sizeof six);
  port = ntohs(six.sin6_port);
  return fd;
}

}  // namespace

RefusingPort::RefusingPort(bool ipv6) : fd_(bound(ipv6, port_)) {}
RefusingPort::~RefusingPort() { close(fd_); }

BlackHolePort::BlackHolePort(bool ipv6) : fd_(bound(ipv6, port_)) {
  if (listen(fd_, 0) != 0) throw std::system_error(errno, std::generic_category(), "listen");
  const Address address = loopback(ipv6, port_);
  // Until one stays without a response: how many fit is the kernel's business.
  for (int i = 0; i < 16; ++i) {
    const int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    fillers_.push_back(fd);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) continue;
    pollfd connected{fd, POLLOUT, 0};
    if (errno != EINPROGRESS || poll(&connected, 1, 50) == 0) return;
  }
}

BlackHolePort::~BlackHolePort() {
  for (const int fd : fillers_) close(fd);
  close(fd_);
}

}  // namespace hlid_test
