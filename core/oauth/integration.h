// The integration user: some sites require its token for init and forgot password; where it comes from, and the
// one place where it is kept for all flows of an app.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"
#include "crypto/rsa_key.h"

namespace hlid {

// Client credentials with a secret (RFC 6749 4.4), or a JWT signed with a key (RFC 7523) for a user.
struct IntegrationSource {
  std::string client_id;  // empty: there is no source
  Secret client_secret;
  std::optional<RsaKey> key;
  std::string username;
  std::string site;      // base address of the token endpoint; empty: the site's own
  std::string audience;  // of the JWT

  [[nodiscard]] bool exists() const { return !client_id.empty(); }
};

// Safe from every thread; nothing slow happens inside. One flow fetches, the others wait.
class IntegrationToken {
 public:
  enum class Holder { held, mine, others };
  struct Look {
    Holder holder = Holder::others;
    Secret token;
    std::string scope;  // empty: the server did not say
    // With `mine`: the flow that holds this fetches. If it ends without store(), or holds it for longer than `lease_ms`, the next
    // flow that looks fetches.
    std::shared_ptr<void> lease;
    // With `others`: that fetching failed while the caller waited for it.
    std::optional<Error> failure;
  };
  IntegrationToken();
  ~IntegrationToken();
  IntegrationToken(const IntegrationToken&) = delete;
  IntegrationToken& operator=(const IntegrationToken&) = delete;

  // `waiting_since_ms`: when the caller began to wait, or 0.
  Look look(int64_t now_ms, int64_t lease_ms, int64_t waiting_since_ms);
  // expires_at_ms 0: not known; it is kept until a server refuses it.
  void store(std::string_view token, std::string_view scope, int64_t expires_at_ms);
  void fail(const Error& error, int64_t now_ms);
  // The server rejects this one from now on.
  void drop(std::string_view token);

 private:
  struct Held;
  std::shared_ptr<Held> held_;
};

}  // namespace hlid
