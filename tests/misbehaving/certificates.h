// Certificates made on the spot: good ones, and each way of being bad that a client must notice.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace hlid_test {

// PEM, so that it can be copied, compared, damaged and written to files.
struct Identity {
  std::string chain_pem{};  // leaf first, in the order sent
  std::string key_pem{};
};

enum class Key { ec, rsa2048, rsa1024 };
enum class Digest { sha256, sha1 };

enum class Issuer {
  root,
  intermediate,          // leaf and intermediate are sent
  missing_intermediate,  // the intermediate exists but is not sent
  not_a_ca,              // the certificate in the middle says CA:false
  path_length,           // the root allows no CA below it, and there is one
  name_constraints,      // the intermediate may only sign for *.permitted.example
  weak_signature,        // the intermediate is signed with SHA-1
  weak_key,              // the intermediate has RSA 1024
  self,                  // the leaf signs itself
  unknown,               // another root, of the same name
};

struct Leaf {
  std::vector<std::string> dns{"localhost"};  // may hold NUL, wildcards, anything; none and no `ips`: no SAN at all
  std::vector<std::string> ips{"127.0.0.1", "::1"};
  std::string common_name = "leaf";
  long valid_from = -3600;       // seconds from now
  long valid_until = 24 * 3600;  // seconds from now
  Issuer issuer = Issuer::root;
  Key key = Key::ec;
  Digest digest = Digest::sha256;
  std::size_t padding = 0;         // bytes in an extension that nobody knows
  std::size_t extra_in_chain = 0;  // so many more intermediates in a row
  bool for_clients = false;        // extended key usage: clientAuth in place of serverAuth
  bool must_staple = false;
  bool send_root = false;  // at the end of the chain; libcurl looks there for who signed an OCSP answer
};

class Certificates {
 public:
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  const std::string& ca_pem() const;  // what a client is told to trust
  Identity leaf(const Leaf& wanted = {}) const;
  // An OCSP answer (DER) about the first certificate of the chain, signed by the root.
  std::string ocsp(const Identity& identity, bool revoked) const;

  static std::string public_key_pin(const Identity& identity);  // "sha256//..." as curl writes it
  static std::vector<std::string> der(const Identity& identity);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hlid_test
