// An HTTP proxy, good or bad: a Server whose handler is one of these. Whatever passes through a tunnel is recorded by
// the server behind, not here; the CONNECT and its headers are.
#pragma once

#include <cstdint>
#include <string>

#include "reply.h"

namespace hlid_test {

// Joins every CONNECT, to wherever, to this port of 127.0.0.1. Anything but CONNECT is refused.
Handler proxy_to(std::uint16_t port);
// The same for who brings these credentials in a Basic header; 407 for others.
Handler proxy_to(std::uint16_t port, std::string user_and_password);
Reply proxy_tunnel(std::uint16_t port, Headers headers = {});
Reply proxy_wants_credentials(std::string scheme = "Basic realm=\"proxy\"");
// 200 to a CONNECT with headers without end, or a refusal with a body of that many bytes.
Reply proxy_endless_headers();
Reply proxy_huge_refusal(std::uint64_t bytes);

}  // namespace hlid_test
