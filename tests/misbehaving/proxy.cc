#include "proxy.h"

#include <openssl/evp.h>

namespace hlid_test {

Reply proxy_tunnel(std::uint16_t port, Headers headers) {
  std::string head = "HTTP/1.1 200 Connection established\r\n";
  for (const auto& [name, value] : headers) head += name + ": " + value + "\r\n";
  Reply reply = raw_reply(head + "\r\n");
  reply.tunnel = port;
  return reply;
}

Reply proxy_wants_credentials(std::string scheme) {
  return http1(407, {{"Proxy-Authenticate", std::move(scheme)}}, "credentials, please");
}

Handler proxy_to(std::uint16_t port) {
  return [port](const Request& request) { return request.method == "CONNECT" ? proxy_tunnel(port) : http1(405); };
}

Handler proxy_to(std::uint16_t port, std::string user_and_password) {
  std::string encoded(user_and_password.size() * 2 + 4, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(user_and_password.data()),
                                   static_cast<int>(user_and_password.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return [next = proxy_to(port), wanted = "Basic " + encoded](const Request& request) {
    return request.header("proxy-authorization") == wanted ? next(request) : proxy_wants_credentials();
  };
}

Reply proxy_endless_headers() {
  Reply reply = raw_reply("HTTP/1.1 200 Connection established\r\n");
  reply.more = [](std::uint32_t, std::uint64_t) {
    std::string lines;
    for (int i = 0; i < 100; ++i) lines += "X-Filler: " + std::string(500, 'f') + "\r\n";
    return lines;
  };
  return reply;
}

Reply proxy_huge_refusal(std::uint64_t bytes) {
  Reply reply = http1(502, {{"Content-Type", "text/html"}});
  reply.filler = bytes;
  return reply;
}

}  // namespace hlid_test
