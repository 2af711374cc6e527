// tokens.h: the authorization codes, access tokens and refresh tokens that the org has issued.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulator/clock.h"
#include "simulator/directory.h"
#include "simulator/wire.h"

namespace hlid_sim {

// One authorization and all that grows from it: a code, then tokens. Revoking it ends them all.
// Only `revoked` changes after it was made.
struct Grant {
  std::string client_id;
  std::string redirect_uri;  // empty where none was used
  std::vector<std::string> scopes;
  std::string code_challenge;  // empty: none was sent
  std::string nonce;
  bool guest = false;
  bool at_org = false;    // signed in at the org's own host, not at the site
  std::string username;   // empty for a guest
  std::string uvid;       // a guest's own, or the one carried by a named user; may be empty
  std::string uvid_hint;  // guests: what the token call must repeat, without the scheme word
  std::atomic<bool> revoked{false};
};
using GrantPtr = std::shared_ptr<Grant>;

struct AccessToken {
  GrantPtr grant;
  std::vector<std::string> scopes;
  bool jwt = false;
  int64_t issued_ms = 0;
  int64_t expires_ms = 0;
};

enum class Lookup { unknown, expired, used, other_client, in_use, ok };

struct FoundGrant {
  Lookup lookup = Lookup::unknown;
  GrantPtr grant;  // set when ok
};

class Tokens {
 public:
  // Lifetimes are the directory's settings at the time a code or token is used.
  Tokens(const Clock& clock, const Directory& directory) : clock_(clock), directory_(directory) {}

  std::string issue_code(GrantPtr grant);
  // The first call for a code is the only one that can succeed; a second one revokes what grew from the first.
  FoundGrant redeem_code(const std::string& code, const std::string& client_id);

  void remember_access_token(const std::string& token, AccessToken record);
  std::optional<AccessToken> find_access_token(const std::string& token) const;  // only live ones

  std::string issue_refresh_token(GrantPtr grant);
  // A refresh token is in use while its request runs, so that a parallel request is refused, until finish_refresh, which
  // retires it when the app rotates. A retired one that comes again revokes its whole grant.
  FoundGrant begin_refresh(const std::string& token, const std::string& client_id);
  void finish_refresh(const std::string& token, bool done, bool retire);
  // How refresh tokens were used: how old each was, how many were refused because they were in use, and how many families a
  // retired one ended.
  json refreshes() const;
  GrantPtr find_refresh_token(const std::string& token) const;
  // Whether the app holds a live one of that user: the user has approved it.
  bool has_refresh_token(const std::string& client_id, const std::string& username) const;

  bool revoke_access_token(const std::string& token);
  bool revoke_refresh_token(const std::string& token);  // and all that grew from the same grant

 private:
  using Digest = std::string;  // tokens and codes are kept by their SHA-256, which is also shorter
  struct Code {
    GrantPtr grant;
    int64_t issued_ms = 0;
    bool used = false;
  };
  struct Refresh {
    GrantPtr grant;
    int64_t issued_ms = 0;
    bool in_use = false;
    bool retired = false;
  };

  void sweep_locked(int64_t now, int64_t code_lifetime_ms);

  const Clock& clock_;
  const Directory& directory_;
  mutable std::mutex mutex_;
  std::unordered_map<Digest, Code> codes_;
  std::unordered_map<Digest, AccessToken> access_tokens_;
  std::unordered_map<Digest, Refresh> refresh_tokens_;
  size_t sweep_at_ = 0;
  std::vector<int64_t> refreshed_at_age_ms_;  // of the refresh tokens
  int64_t refreshes_in_use_ = 0;
  int64_t families_ended_ = 0;
};

}  // namespace hlid_sim
