// Sits between OpenSSL and a connection's socket, and limits how much one turn reads: libcurl reads until the
// socket is empty, which under a flood of HTTP/2 frames is never. What was not read stays in the socket, which wakes the loop.
#pragma once

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <memory>

#include "net/turn.h"

namespace hlid {

class Throttle {
 public:
  Throttle();
  [[nodiscard]] bool good() const { return method_ != nullptr; }
  // Call before the connection reads anything; a second call does nothing. Both outlive the connection.
  void guard(SSL* ssl, Turn& turn) const;

 private:
  struct MethodFree {
    void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
  };
  std::unique_ptr<BIO_METHOD, MethodFree> method_;
};

}  // namespace hlid
