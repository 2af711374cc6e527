// oauth1.h: the request tokens, access tokens and nonces of OAuth 1.0a.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace hlid_sim {

struct RequestToken {
  std::string client_id;
  std::string secret;
  std::string callback;  // or "oob"
  std::string verifier;  // empty until a person has approved
  std::string username;  // who did
  int attempts = 0;      // to exchange it
  int64_t until_ms = 0;
};

struct OAuth1Access {
  std::string client_id;
  std::string secret;
  std::string username;
};

class OAuth1Tokens {
 public:
  // False for a nonce that the app has used before.
  bool spend_nonce(const std::string& client_id, const std::string& timestamp, const std::string& nonce);

  std::string add(RequestToken token);
  // Absent if it is unknown, has expired, or was exchanged.
  std::optional<RequestToken> find_request(const std::string& token, int64_t now_ms) const;
  // The new verifier; empty where find_request finds nothing.
  std::string approve(const std::string& token, const std::string& username, int64_t now_ms);
  // How often it has been tried, this time included.
  int count_attempt(const std::string& token);
  // The access token; the request token is gone.
  std::string exchange(const std::string& token, OAuth1Access access);

  std::optional<OAuth1Access> find_access(const std::string& token) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, RequestToken> requests_;
  std::map<std::string, OAuth1Access> accesses_;
  std::set<std::string> nonces_;
};

}  // namespace hlid_sim
