// simulator.h: an Experience Cloud site in one process, for an app's own tests and for the demo.
//
// Start one, point a client at site(), stop it (or let it go). It listens on 127.0.0.1 only, needs no file and no
// network, and is as strict as a live org is known to be: what it refuses, an org would refuse too, or is likely to.
//
//   auto sim = hlid_sim::Simulator::start(hlid_sim::default_options());
//   connect_to(sim->site(), sim->ca_file());
//
// Over HTTP the same can be done under {origin}/__sim/ (control.cc): state, settings, seen, time, fail, reset,
// rotate_key, outbox. docs/simulator.md lists every setting and call.
//
// Every member of Simulator may be called from any thread. Errors are exceptions (std::runtime_error) with one line for
// people.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace hlid_sim {

// An external client app. The names are those of the Metadata API, written in snake_case.
struct App {
  std::string client_id;
  std::string client_secret;               // empty: a public client
  std::vector<std::string> redirect_uris;  // "{site}" stands for the site's own address
  std::vector<std::string> scopes = {"openid", "api", "refresh_token"};
  bool is_code_cred_flow_enabled = true;
  bool is_code_cred_post_only = false;
  bool is_consumer_secret_optional = false;  // counts only where there is a secret
  bool is_secret_required_for_refresh_token = true;
  bool is_pkce_required = true;
  bool is_named_user_jwt_enabled = true;
  bool is_guest_code_cred_flow_enabled = true;
  bool is_refresh_token_rotation_enabled = false;
  // A code with which every call for this app is refused, such as "app_blocked", "oauth_flow_disabled", "installation_error".
  std::string refused_with;
  bool admin_approved = true;  // "Admin approved users are pre-authorized", rather than self-authorize
  int guest_jwt_timeout_min = 30;
  int named_user_jwt_timeout_min = 30;
  bool is_first_party_app_enabled = false;
  bool is_jwt_bearer_enabled = false;
  // What the app signs its assertions with: a PEM certificate or public key. Where it is empty and one of the two above
  // is on, a key pair is made, and description() has the private half.
  std::string client_assertion_certificate;
  std::string client_credentials_user;  // whom the client credentials flow runs as; empty: switched off
};

struct User {
  std::string username;
  std::string password;
  std::string user_id;  // made up where empty
  std::string email;    // the username where empty
  std::string phone;
  std::string first_name;
  std::string last_name;
  std::vector<std::string> hints;  // what else the discovery handler knows this person by
  bool email_verified = true;
  bool phone_verified = true;
  bool active = true;
  bool locked = false;
  bool api_only = false;  // an integration user: no headless flow is for employees
  // The page to which a right password leads instead of to the callback: "change_password", "verify_identity",
  // "login_flow", "approval", "error_page"; with " here" behind it the page comes itself, with 200.
  std::string page;
  bool admin_approved = true;  // holds the profile or permission set that the app asks for
};

// What an admin can switch for the whole org, and what the protocol's sources leave open.
struct Settings {
  bool oauth_cd_crdt_flow_enable = true;  // OauthOidcSettings.oAuthCdCrdtFlowEnable
  // The response of every endpoint: "maintenance" (503, a page and Retry-After), "maintenance_page" (200 and a page),
  // "rate_limit" (403, REST's LOGIN_RATE_EXCEEDED), "server_error" (400, OAuth's code), "gateway" (502, a page). Empty: as usual.
  std::string outage;
  bool guest_token_requires_http2 = false;  // one live report; see is_http2 in wire.h
  int authorization_code_lifetime_s = 15 * 60;
  int session_timeout_min = 120;  // opaque access tokens
  int id_token_lifetime_min = 2;
  int refresh_token_lifetime_min = 0;  // 0: until revoked
  int max_login_attempts = 10;         // 0: nobody is ever locked out
  int lockout_min = 15;
  std::string pkce_mismatch_error = "invalid_grant";  // Salesforce's text also knows "invalid_request"

  // For pages in browsers.
  bool enable_oauth_cors_policy = false;
  std::vector<std::string> cors_whitelist_origins;

  // NetworkAuthApiSettings. A live org wants at least one protection (a Bearer token, reCAPTCHA) for each flow; here
  // all are off until a test switches them on. What a client sends is checked all the same.
  bool does_registration_require_auth = false;
  bool does_pwdless_login_require_auth = false;
  bool does_forgot_password_require_auth = false;
  bool is_recaptcha_required_rgstr = false;
  bool is_recaptcha_required_pwdless_login = false;
  bool is_recaptcha_required_forgot_pwd = false;
  std::string recaptcha_kind = "any";  // the one field that is taken: "recaptcha", "recaptchaevent", "any" of them
  bool is_recaptcha_accepted = true;   // what the reCAPTCHA service says of a token it has not seen before
  bool headless_registration_handler = true;
  bool headless_discovery_handler = true;
  bool is_user_disambiguation_allowed_username_pwd = true;
  bool is_user_disambiguation_allowed_forgot_pwd = true;
  bool is_rgstr_email_template_allowlisting_enabled = false;
  bool is_pwdless_login_email_template_allowlisting_enabled = false;
  bool is_forgot_pwd_email_template_allowlisting_enabled = false;
  std::vector<std::string> network_email_tmpl_allowlist = {"00XEx0000000001MAA"};
  int max_password_reset_attempts = 5;

  // One-time codes, and what else the sources say nothing of.
  int otp_length = 6;
  int otp_lifetime_s = 15 * 60;
  int max_otp_attempts = 3;
  bool is_older_otp_replaced = true;  // a new identifier replaces the person's last one
  bool is_otp_rate_limit_enabled = false;
  int otp_requests_per_hour = 5;  // for each person, while the limit is on
  int password_min_length = 8;
  bool is_password_letter_and_digit_required = true;
  std::string init_error_shape =
      "oauth";  // {error, error_description}; "rest": [{message, errorCode}]; "status": {status, message}
  int forgot_password_error_status = 400;

  // First-party apps and single sign-on.
  bool is_first_party_apps_allowed = true;
  bool does_password_login_require_auth = false;  // asked of first-party logins
  int auth_session_lifetime_s = 10 * 60;
  int challenge_error_status = 403;  // the draft says 400
  std::string first_party_response;  // instead of a code: "insufficient_authorization" or "redirect_to_web"
  std::vector<std::string> sso_providers = {"ExampleProvider"};
};

struct Options {
  int port = 0;  // 0: any free one
  bool tls = false;
  std::string path_prefix = "/shop";
  std::string public_origin;  // where a proxy in front is reached; empty: ours
  std::string outbox_file;    // messages to people are appended here, one JSON object a line
  Settings settings;
  std::vector<App> apps;
  std::vector<User> users;
  std::function<int64_t()> now_ms;  // the clock; the system's where empty
};

// A public and a private app, one for integration users and a first-party one, and a few users whose passwords are
// awkward on purpose.
Options default_options();

// The default options, changed by a JSON object. Members are named as above; "settings" is an object; a member of
// "apps" or "users" changes the one with its client_id or username, or adds it. Unknown names are refused.
Options options_from_json(std::string_view text);

class Simulator {
 public:
  static std::unique_ptr<Simulator> start(Options options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  const std::string& site() const;    // https://localhost:PORT/shop
  const std::string& origin() const;  // https://localhost:PORT
  int port() const;

  // The certificates are made at start. The files live in a private folder that goes with the simulator; with
  // tls off and no https public_origin there are none, and these are empty.
  const std::string& ca_pem() const;
  const std::string& ca_file() const;
  const std::string& certificate_file() const;  // for a proxy in front, such as nghttpx
  const std::string& key_file() const;

  // What a program needs in order to talk to it: site, origin, ca_file, control, apps, users with passwords.
  nlohmann::json description() const;
  // What has arrived so far: requests by endpoint, sign-ins, and how often each single-use value was used, by its
  // SHA-256 in hex.
  nlohmann::json seen() const;
  // Messages that were sent to people, the oldest first: {to, channel, flow, username, otp, ...}.
  nlohmann::json outbox() const;
  // A patch in the shape that options_from_json takes: only "settings", "apps" and "users".
  void change(const nlohmann::json& patch);
  void advance_ms(int64_t by);

  void stop();  // safe twice; ends open connections

 private:
  struct Parts;
  explicit Simulator(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hlid_sim
