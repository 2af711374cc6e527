// Which certificates are trusted: read and checked when the client is made, and never read again.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "net/throttle.h"

namespace hlid {

struct StoreFree {
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
};

class Trust {
 public:
  // The file's certificates and no others; with an empty name, the system's. ARGUMENT for ca_file: not
  // readable, too large, damaged, without a certificate, or with anything else in it. STATE
  // "no_system_ca" lists the places searched.
  static Result<Trust> load(const std::string& ca_file);

  // STATE: the process may open no more files.
  static Error no_descriptors();

  // Makes a TLS context of libcurl's as strict as we want it, before its handshake. What its connections read
  // counts for `turn`, which outlives them.
  void apply(SSL_CTX* context, Turn& turn) const;

 private:
  Trust(std::unique_ptr<X509_STORE, StoreFree> store, std::unique_ptr<Throttle> throttle)
      : store_(std::move(store)), throttle_(std::move(throttle)) {}
  std::unique_ptr<X509_STORE, StoreFree> store_;
  std::unique_ptr<Throttle> throttle_;
};

}  // namespace hlid
