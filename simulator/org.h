// org.h: everything the simulated org remembers, behind one mutex. Nothing slow happens while it is held: keys are
// used and tokens are built outside.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "simulator/certificates.h"
#include "simulator/jwt.h"
#include "simulator/one_time.h"
#include "simulator/outbox.h"
#include "simulator/simulator.h"
#include "simulator/verifications.h"
#include "simulator/wire.h"

namespace hlid_sim {

inline constexpr const char* kOrgId = "00DEx0000001abcEAA";
inline constexpr const char* kCommunityId = "0DBEx0000004C9zOAE";

// One yes of the authorize endpoint and all that grows from it: a code, then tokens. Revoking it ends them all.
// Only `revoked` changes after it was made.
struct Grant {
  std::string client_id;
  std::string redirect_uri;  // empty where none was used
  std::vector<std::string> scopes;
  std::string code_challenge;  // empty: none was sent
  std::string nonce;
  bool guest = false;
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

struct CodeResult {
  Lookup lookup = Lookup::unknown;
  GrantPtr grant;  // set when ok
};

struct RefreshResult {
  Lookup lookup = Lookup::unknown;
  GrantPtr grant;
};

// A first-party flow between two requests to the authorization challenge endpoint.
struct Challenge {
  enum class Kind { password, otp };
  Kind kind = Kind::password;
  GrantPtr grant;          // what a code will stand for; its user is not known yet
  std::string username;    // password: what was given last,
  std::string password;    // so that either may be corrected alone
  std::string identifier;  // otp: see verifications.h
  std::string purpose;
  std::string method;
  int failures = 0;
  bool satisfied = false;  // asked for more, although all was right
};

// What to send instead of the true response, for the next `times` requests to an endpoint.
struct Fault {
  std::string endpoint;  // "*": any
  int status = 0;        // 0: the endpoint's own response, only late
  std::string body;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  int64_t times = 1;
  int64_t delay_ms = 0;
  bool drop = false;  // do what was asked, but close the connection without a response
};

class Org {
 public:
  Org(Options options, std::string origin);

  const std::string& site() const { return site_; }
  const std::string& origin() const { return origin_; }
  const std::string& prefix() const { return prefix_; }
  // The key that signs now; the first is made when it is needed, because that takes a tenth of a second.
  std::shared_ptr<const SigningKey> signing_key() const;
  void rotate_signing_key();  // the old ones stay published
  json jwks() const;
  // What an app signs with: its certificate, or a pair made when it is first asked for.
  AppKey app_key(const App& app) const;
  int64_t now_ms() const;

  Settings settings() const;
  std::shared_ptr<const App> find_app(const std::string& client_id) const;
  std::shared_ptr<const User> find_user(const std::string& username) const;
  // The person whom a user discovery handler finds by an email address, a phone number or one of the user's hints; null
  // where there is none, or more than one.
  std::shared_ptr<const User> discover(const std::string& hint) const;
  bool may_sign_in(const User& user) const;                                     // active, not locked (out), no employee
  std::shared_ptr<const User> create_user(User user);                           // null where the username is taken
  void set_password(const std::string& username, const std::string& password);  // and ends a lockout
  std::vector<std::string> usernames() const;
  // "{site}" in the registered ones stands for ours.
  bool is_registered(const App& app, const std::string& redirect_uri) const;

  // The user, or null: wrong password, unknown, inactive and locked cannot be told apart. Failures are counted.
  std::shared_ptr<const User> sign_in(const std::string& username, const std::string& password);

  std::string issue_code(GrantPtr grant);
  // The first call for a code is the only one that can succeed; a second one revokes what came of the first.
  CodeResult redeem_code(const std::string& code, const std::string& client_id);

  void remember_access_token(const std::string& token, AccessToken record);
  std::optional<AccessToken> find_access_token(const std::string& token) const;  // only live ones

  std::string issue_refresh_token(GrantPtr grant);
  // A refresh token is taken while its request runs, so that a parallel one can be told so, and given back with
  // finish_refresh, which retires it when the app rotates. An old one that comes again revokes its whole grant.
  RefreshResult begin_refresh(const std::string& token, const std::string& client_id);
  void finish_refresh(const std::string& token, bool retire);
  GrantPtr find_refresh_token(const std::string& token) const;

  bool revoke_access_token(const std::string& token);
  bool revoke_refresh_token(const std::string& token);  // and all that grew from the same grant

  Outbox& outbox() { return outbox_; }
  Verifications& verifications() { return verifications_; }
  PasswordResets& password_resets() { return password_resets_; }
  OneTime<Challenge>& challenges() { return challenges_; }  // by auth_session
  OneTime<std::string>& doors() { return doors_; }          // what a frontdoor_uri opens

  json cart(const std::string& owner) const;
  json add_to_cart(const std::string& owner, const std::vector<json>& items);

  // Control.
  void count_request(const std::string& endpoint, const Request& request);
  void count_use(const char* kind, const std::string& value);
  bool spend(const char* kind, const std::string& value);  // true for the first time only
  json seen() const;
  int64_t uses_of(const std::string& sha256_raw) const;
  json state() const;
  void change(const json& patch);
  void advance_ms(int64_t by) { offset_ms_ += by; }
  void add_fault(Fault fault);
  std::optional<Fault> take_fault(const std::string& endpoint);
  void wait_ms(int64_t delay);  // real time; ends early when the simulator stops
  void stop();
  void reset();  // forgets what came of requests; puts settings, apps, users and time back

 private:
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
  struct SignIns {
    int64_t attempts = 0;
    int64_t failures = 0;
    int in_a_row = 0;
    int64_t locked_until_ms = 0;
  };
  using Digest = std::string;  // tokens and codes are kept by their SHA-256, which is also shorter

  void load_locked(const Options& options);
  bool is_locked_locked(const User& user, int64_t now) const;
  void sweep_locked(int64_t now);

  const std::string origin_;
  const std::string prefix_;
  const std::string site_;
  const Options initial_;
  mutable std::mutex keys_mutex_;
  mutable std::vector<std::shared_ptr<const SigningKey>> keys_;  // the last one signs
  mutable std::map<std::string, AppKey> app_keys_;
  std::atomic<int64_t> offset_ms_{0};
  Outbox outbox_;
  Verifications verifications_;
  PasswordResets password_resets_;
  OneTime<Challenge> challenges_;
  OneTime<std::string> doors_;

  mutable std::mutex mutex_;
  std::condition_variable stopping_;
  bool stopped_ = false;
  Options options_;
  std::map<std::string, std::shared_ptr<const App>> apps_;
  std::map<std::string, std::shared_ptr<const User>> users_;
  std::unordered_map<Digest, Code> codes_;
  std::unordered_map<Digest, AccessToken> access_tokens_;
  std::unordered_map<Digest, Refresh> refresh_tokens_;
  size_t sweep_at_ = 0;
  std::map<std::string, std::vector<json>> carts_;
  std::deque<Fault> faults_;
  std::map<std::string, int64_t> requests_;
  int64_t requests_with_cookies_ = 0;
  std::map<std::string, SignIns> sign_ins_;
  std::map<std::string, std::unordered_map<Digest, int64_t>> uses_;  // by kind
  std::map<std::string, std::unordered_set<Digest>> spent_;
};

}  // namespace hlid_sim
