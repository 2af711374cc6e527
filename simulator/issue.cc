#include "simulator/issue.h"

#include "simulator/crypto.h"

namespace hlid_sim {
namespace {

std::string address_of(const Org& org, const Grant& grant) { return grant.at_org ? org.origin() : org.site(); }
std::string issuer_of(const Org& org, const Grant& grant, const std::string& form) {
  return form == "origin" ? org.origin() : address_of(org, grant);
}

std::string jwt_access_token(const Org& org, const App& app, const Grant& grant, const User* user,
                             const std::vector<std::string>& scopes, int64_t now_ms, int64_t expires_ms) {
  const auto key = org.keys().signing();
  const json header = {{"alg", "RS256"},
                       {"typ", "JWT"},
                       {"kid", key->kid()},
                       {"tty", "sfdc-core-token"},
                       {"tnk", "core/sim/" + std::string(kOrgId).substr(0, 15)},
                       {"ver", "1.0"}};
  json claims = {{"iss", issuer_of(org, grant, org.settings().access_token_issuer)},
                 {"aud", {address_of(org, grant), org.origin()}},
                 {"sub", grant.guest ? "uvid:" + grant.uvid : "uid:" + user->user_id},
                 {"client_id", app.client_id},
                 {"scp", join_words(scopes)},
                 {"mty", "oauth"},
                 {"jti", hex(random_bytes(16))},
                 {"iat", now_ms / 1000},
                 {"nbf", now_ms / 1000},
                 {"exp", expires_ms / 1000}};
  const std::string uvid_claim = org.settings().uvid_claim;
  if (!grant.guest && !grant.uvid.empty() && !uvid_claim.empty()) claims[uvid_claim] = grant.uvid;
  return key->sign(header, claims);
}

// What a client must not let pass (`id_token_fault`).
void spoil(std::string_view fault, json& header, json& claims) {
  constexpr int kHour = 3600;
  if (fault == "iss") claims["iss"] = "https://another.my.site.com/shop";
  if (fault == "aud") claims["aud"] = "3MVG9Another.Client";
  if (fault == "azp") claims["aud"] = {claims["aud"], "3MVG9Another.Client"};
  if (fault == "exp") claims["exp"] = claims["iat"].get<int64_t>() - kHour;
  if (fault == "iat") claims["iat"] = claims["iat"].get<int64_t>() + kHour;
  if (fault == "nonce") claims["nonce"] = "another sign-in's";
  if (fault == "at_hash") claims["at_hash"] = base64url(sha256("another access token").substr(0, 16));
  if (fault == "kid") header["kid"] = "another key";
  if (fault == "alg") header["alg"] = "none";
}

std::string id_token(const Org& org, const App& app, const Grant& grant, const User& user, const std::string& access_token,
                     int64_t now_ms, int lifetime_min, std::string_view fault) {
  const auto key = org.keys().signing();
  json header = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key->kid()}};
  json claims = {{"iss", issuer_of(org, grant, org.settings().id_token_issuer)},
                 {"sub", identity_url(org, user)},
                 {"aud", app.client_id},
                 {"iat", now_ms / 1000},
                 {"exp", now_ms / 1000 + int64_t{lifetime_min} * 60},
                 {"at_hash", base64url(sha256(access_token).substr(0, 16))},
                 {"preferred_username", user.username},
                 {"email", user.email}};
  if (!grant.nonce.empty()) claims["nonce"] = grant.nonce;
  if (!fault.empty()) spoil(fault, header, claims);
  std::string token = key->sign(header, claims);
  if (fault == "signature") {
    char& first = token[token.rfind('.') + 1];
    first = first == 'A' ? 'B' : 'A';
  }
  return token;
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
  const int64_t lifetime_s = settings.access_token_lifetime_s > 0 ? settings.access_token_lifetime_s : int64_t{minutes} * 60;
  const int64_t expires = now + lifetime_s * 1000;
  const std::string access_token = jwt ? jwt_access_token(org, app, *grant, user, scopes, now, expires)
                                       : std::string(kOrgId).substr(0, 15) + "!AQ" + base64url(random_bytes(60));
  org.tokens()->remember_access_token(access_token, {grant, scopes, jwt, now, expires});

  const std::string issued_at = std::to_string(now);
  json response = {{"access_token", access_token},
                   {"token_type", "Bearer"},
                   {"token_format", jwt ? "jwt" : "opaque"},
                   {"scope", join_words(scopes)},
                   {"issued_at", issued_at},
                   // A guest's token is valid on the site only.
                   {"instance_url", grant->guest ? org.site() : org.origin()}};
  if (settings.token_says_expires_in) response["expires_in"] = lifetime_s;
  for (const char* name : {"sfdc_community", "sfdc_site"}) {
    if (grant->at_org || (settings.token_site_members != "both" && settings.token_site_members != name)) continue;
    response[std::string(name) + "_url"] = org.community_url();
    response[std::string(name) + "_id"] = kCommunityId;
  }
  if (!user) return response;
  const std::string_view fault = settings.response_fault;
  const std::string id = identity_url(org, *user);
  response["id"] = fault == "id" ? another_users(id) : id;
  // A public client has no secret to check this with; the org still signs.
  response["signature"] = base64(hmac_sha256(app.client_secret.empty() ? app.client_id : app.client_secret, id + issued_at));
  if (fault == "no_signature") response.erase("signature");
  if (jwt) response["api_instance_url"] = org.origin();
  if (contains(scopes, "openid") && fault != "no_id_token")
    response["id_token"] =
        id_token(org, app, *grant, *user, access_token, now, settings.id_token_lifetime_min, settings.id_token_fault);
  return response;
}

bool is_at_org(const Org& org, const Request& request) {
  return !org.prefix().empty() && !request.path.starts_with(org.prefix());
}

std::string another_users(std::string id) {
  char& last = id[id.rfind('/') + 15];  // of the part that counts: the rest is a checksum
  last = last == 'z' ? 'y' : 'z';
  return id;
}

std::string identity_url(const Org& org, const User& user) { return org.origin() + "/id/" + kOrgId + "/" + user.user_id; }

}  // namespace hlid_sim
