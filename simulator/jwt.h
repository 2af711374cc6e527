// jwt.h: the org's signing key, and the JSON Web Tokens it makes. Nothing here is guarded by a lock: an EVP_PKEY may
// sign in many threads at once.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "simulator/crypto.h"

namespace hlid_sim {

class SigningKey {
 public:
  SigningKey();
  const std::string& kid() const { return kid_; }
  nlohmann::json jwk() const;  // the public half
  std::string sign(const nlohmann::json& header, const nlohmann::json& claims) const;

 private:
  Pkey key_;
  std::string modulus_;
  std::string exponent_;
  std::string kid_;
};

}  // namespace hlid_sim
