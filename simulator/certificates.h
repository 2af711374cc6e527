// certificates.h: a certificate authority and a certificate for this machine, made at each start.
#pragma once

#include <memory>
#include <string>

#include <openssl/x509.h>

#include "simulator/crypto.h"

namespace hlid_sim {

struct X509Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, X509Free>;

struct Certificates {
  std::string ca_pem;
  Certificate leaf;  // localhost, 127.0.0.1, ::1
  Pkey key;
  std::string leaf_pem;
  std::string key_pem;
};

// Valid from an hour ago for a month, by the system's clock, because the peers' TLS libraries check it.
Certificates make_certificates();

// What an app signs its assertions with.
struct AppKey {
  std::string private_pem;
  std::string certificate_pem;
};
AppKey make_app_key(const std::string& client_id);

// Files in a new private folder, which is deleted with the object.
class PrivateFolder {
 public:
  PrivateFolder();
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  std::string write(const std::string& name, const std::string& content) const;  // 0600; returns the path

 private:
  std::string path_;
};

}  // namespace hlid_sim
