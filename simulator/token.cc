// token: the endpoint where a code or a refresh token becomes tokens.
#include "simulator/assertion.h"
#include "simulator/crypto.h"
#include "simulator/endpoints.h"

namespace hlid_sim {
namespace {

constexpr size_t kMinVerifier = 43;
constexpr size_t kMaxVerifier = 171;  // RFC 7636 stops at 128; Salesforce's own clients send 171

bool secret_required_at_refresh(const App& app) {
  return secret_required_always(app) && app.is_secret_required_for_refresh_token;
}

std::string jwt_access_token(const Org& org, const App& app, const Grant& grant, const User* user,
                             const std::vector<std::string>& scopes, int64_t now_ms, int64_t expires_ms) {
  const auto key = org.signing_key();
  const json header = {{"alg", "RS256"},
                       {"typ", "JWT"},
                       {"kid", key->kid()},
                       {"tty", "sfdc-core-token"},
                       {"tnk", "core/sim/" + std::string(kOrgId).substr(0, 15)},
                       {"ver", "1.0"}};
  json claims = {{"iss", org.site()},
                 {"aud", {org.site(), org.origin()}},
                 {"sub", grant.guest ? "uvid:" + grant.uvid : "uid:" + user->user_id},
                 {"client_id", app.client_id},
                 {"scp", join_words(scopes)},
                 {"mty", "oauth"},
                 {"jti", hex(random_bytes(16))},
                 {"iat", now_ms / 1000},
                 {"nbf", now_ms / 1000},
                 {"exp", expires_ms / 1000}};
  if (!grant.guest && !grant.uvid.empty()) claims["uvid"] = grant.uvid;
  return key->sign(header, claims);
}

std::string id_token(const Org& org, const App& app, const Grant& grant, const User& user, const std::string& access_token,
                     int64_t now_ms, int lifetime_min) {
  const auto key = org.signing_key();
  const json header = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key->kid()}};
  json claims = {{"iss", org.site()},
                 {"sub", identity_url(org, user)},
                 {"aud", app.client_id},
                 {"iat", now_ms / 1000},
                 {"exp", now_ms / 1000 + int64_t{lifetime_min} * 60},
                 {"at_hash", base64url(sha256(access_token).substr(0, 16))},
                 {"preferred_username", user.username},
                 {"email", user.email}};
  if (!grant.nonce.empty()) claims["nonce"] = grant.nonce;
  return key->sign(header, claims);
}

}  // namespace

json issue_tokens(Org& org, const App& app, const GrantPtr& grant, const User* user, const std::vector<std::string>& scopes) {
  const int64_t now = org.now_ms();
  const Settings settings = org.settings();
  // A guest's token is always a JWT.
  const bool jwt = grant->guest || app.is_named_user_jwt_enabled;
  const int minutes = grant->guest ? app.guest_jwt_timeout_min
                      : jwt        ? app.named_user_jwt_timeout_min
                                   : settings.session_timeout_min;
  const int64_t expires = now + int64_t{minutes} * 60'000;
  const std::string access_token = jwt ? jwt_access_token(org, app, *grant, user, scopes, now, expires)
                                       : std::string(kOrgId).substr(0, 15) + "!AQ" + base64url(random_bytes(60));
  org.remember_access_token(access_token, {grant, scopes, jwt, now, expires});

  const std::string issued_at = std::to_string(now);
  json response = {{"access_token", access_token},
                   {"token_type", "Bearer"},
                   {"token_format", jwt ? "jwt" : "opaque"},
                   {"scope", join_words(scopes)},
                   {"issued_at", issued_at},
                   {"sfdc_community_url", org.site()},
                   {"sfdc_community_id", kCommunityId},
                   // A guest's token is good on the site only.
                   {"instance_url", grant->guest ? org.site() : org.origin()}};
  if (!user) return response;
  const std::string id = identity_url(org, *user);
  response["id"] = id;
  // A public client has no secret to check this with; the org still signs.
  response["signature"] = base64(hmac_sha256(app.client_secret.empty() ? app.client_id : app.client_secret, id + issued_at));
  if (jwt) response["api_instance_url"] = org.origin();
  if (contains(scopes, "openid"))
    response["id_token"] = id_token(org, app, *grant, *user, access_token, now, settings.id_token_lifetime_min);
  return response;
}

namespace {

void check_verifier(const Org& org, const Grant& grant, const Form& form) {
  const auto verifier = form.get("code_verifier");
  if (grant.code_challenge.empty()) {
    // Sent without a challenge, it would only look as if it protected the code.
    if (verifier) refuse("invalid_grant", "invalid code verifier");
    return;
  }
  if (!verifier) refuse("invalid_grant", "missing code verifier");
  if (verifier->size() < kMinVerifier || verifier->size() > kMaxVerifier || base64url(sha256(*verifier)) != grant.code_challenge)
    refuse(org.settings().pkce_mismatch_error, "invalid code verifier");
}

Response exchange_code(Org& org, const Request& request, const Form& form) {
  const auto app = authenticate_client(org, request, form, secret_required_always);
  const std::string code = form.require("code");
  org.count_use("codes", code);
  if (const auto verifier = form.get("code_verifier")) org.count_use("code_verifiers", *verifier);

  const CodeResult redeemed = org.redeem_code(code, app->client_id);
  if (redeemed.lookup == Lookup::expired) refuse("invalid_grant", "expired authorization code");
  if (redeemed.lookup != Lookup::ok) refuse("invalid_grant", "invalid authorization code");
  const GrantPtr& grant = redeemed.grant;

  // From here on the code is spent, whatever comes of it.
  if (grant->guest) {
    check_guest_headers(request, grant->uvid_hint);
    if (org.settings().guest_token_requires_http2 && !request.is_http2()) refuse("invalid_request", "uvid invalid");
  } else {
    refuse_guest_headers(request);
  }
  // A first-party code came without a redirect; the app may still name one of its own.
  const auto redirect_uri = form.get("redirect_uri");
  if (!grant->redirect_uri.empty() && !redirect_uri) refuse("invalid_request", "missing required parameter: redirect_uri");
  const bool matches =
      grant->redirect_uri.empty() ? !redirect_uri || org.is_registered(*app, *redirect_uri) : redirect_uri == grant->redirect_uri;
  if (!matches) refuse("invalid_grant", "redirect_uri must match the one at authorize");
  check_verifier(org, *grant, form);

  const auto user = grant->guest ? nullptr : org.find_user(grant->username);
  if (!grant->guest && (!user || !user->active)) refuse("inactive_user", "user is inactive");
  json response = issue_tokens(org, *app, grant, user.get(), grant->scopes);
  if (user && contains(grant->scopes, "refresh_token")) response["refresh_token"] = org.issue_refresh_token(grant);
  return json_response(200, response);
}

Response refresh(Org& org, const Request& request, const Form& form) {
  const auto app = authenticate_client(org, request, form, secret_required_at_refresh);
  refuse_guest_headers(request);
  const std::string token = form.require("refresh_token");
  org.count_use("refresh_tokens", token);
  if (form.has("code_verifier")) refuse("invalid_grant", "invalid code verifier");

  const RefreshResult begun = org.begin_refresh(token, app->client_id);
  if (begun.lookup == Lookup::in_use) refuse("invalid_grant", "token request is already being processed");
  if (begun.lookup != Lookup::ok) refuse("invalid_grant", "expired access/refresh token");
  // Gives the token back on every way out; only a success retires it.
  struct Finish {
    Org& org;
    const std::string& token;
    bool retire = false;
    ~Finish() { org.finish_refresh(token, retire); }
  } finish{org, token};

  const GrantPtr& grant = begun.grant;
  const auto user = org.find_user(grant->username);
  if (!user || !user->active) refuse("inactive_user", "user is inactive");
  json response = issue_tokens(org, *app, grant, user.get(), grant->scopes);
  if (app->is_refresh_token_rotation_enabled) {
    response["refresh_token"] = org.issue_refresh_token(grant);
    finish.retire = true;
  }
  return json_response(200, response);
}

// The signature stands for the secret (RFC 7523 §2.2).
std::shared_ptr<const App> asserted_client(Org& org, const Request& request, const Form& form) {
  if (request.header("authorization") || form.has("client_secret"))
    refuse("invalid_request", "the client must authenticate in one way only");
  if (form.require("client_assertion_type") != kJwtBearerClient)
    refuse("invalid_request", "the client assertion type is not supported");
  const std::string assertion = form.require("client_assertion");
  const auto app = org.find_app(form.get("client_id").value_or(issuer_of(assertion)));
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  const auto read = read_assertion(org, *app, assertion, {site_audiences(org), true});
  if (const auto* problem = std::get_if<std::string>(&read)) refuse("invalid_client", *problem);
  return app;
}

}  // namespace

bool secret_required_always(const App& app) { return !app.client_secret.empty() && !app.is_consumer_secret_optional; }

std::shared_ptr<const App> authenticate_client(Org& org, const Request& request, const Form& form,
                                               bool (*secret_required)(const App&)) {
  if (form.has("client_assertion") || form.has("client_assertion_type")) return asserted_client(org, request, form);
  const auto basic = basic_credentials(request);
  if (basic && form.has("client_secret")) refuse("invalid_request", "the client secret must be in one place only");
  if (basic && form.get("client_id").value_or(basic->left) != basic->left)
    refuse("invalid_request", "the client identifiers differ");
  const auto app = org.find_app(basic ? basic->left : form.require("client_id"));
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  const auto secret = basic ? std::optional(basic->right) : form.get("client_secret");
  // A wrong secret is never fine, even where none was needed. RFC 6749 §5.2 asks for 401 where the client tried to
  // authenticate by header; a live org has been seen to respond with 400, and a client must accept both.
  if (secret ? (app->client_secret.empty() || *secret != app->client_secret) : secret_required(*app)) {
    Response response = oauth_error(basic ? 401 : 400, "invalid_client", "invalid client credentials");
    if (basic) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"oauth2\"");
    refuse(std::move(response));
  }
  return app;
}

void check_guest_headers(const Request& request, std::string_view expected_hint) {
  const auto type = request.header("auth-request-type");
  const auto hint = request.header("uvid-hint");
  if (!type || !hint) refuse("unknown_error", "retry your request");
  if (*type != "guest") refuse("invalid_request", "invalid headers");
  if (*hint != expected_hint) refuse("invalid_request", "uvid invalid");
}

void refuse_guest_headers(const Request& request) {
  if (request.header("auth-request-type") || request.header("uvid-hint")) refuse("invalid_request", "invalid headers");
}

std::string identity_url(const Org& org, const User& user) { return org.origin() + "/id/" + kOrgId + "/" + user.user_id; }

Response token(Org& org, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST");
  const Form form = Form::body_of(request);
  if (!request.query.empty()) refuse("invalid_request", "parameters must be in the body");
  const std::string grant_type = form.require("grant_type");
  // Scopes are asked for at authorize; none of the grants here takes them.
  if (form.has("scope")) refuse("invalid_request", "scope parameter not supported");
  if (grant_type == "authorization_code") return exchange_code(org, request, form);
  if (grant_type == "refresh_token") return refresh(org, request, form);
  if (grant_type == "client_credentials") return client_credentials(org, request, form);
  if (grant_type == kJwtBearerGrant) return jwt_bearer(org, request, form);
  refuse("unsupported_grant_type", "grant type not supported");
}

}  // namespace hlid_sim
