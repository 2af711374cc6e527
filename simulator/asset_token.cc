// asset_token: the grant that exchanges a user's access token, and what a device says of itself, for a token of the device. The
// org registers the Asset, and publishes an AssetTokenEvent.
#include "simulator/assertion.h"
#include "simulator/client_auth.h"
#include "simulator/crypto.h"
#include "simulator/grant_types.h"

namespace hlid_sim {
namespace {

constexpr size_t kMaxSubject = 10'000;
constexpr const char* kAccessToken = "urn:ietf:params:oauth:token-type:access_token";
constexpr const char* kJwt = "urn:ietf:params:oauth:token-type:jwt";
constexpr const char* kKeyId = "assetTokens";  // the certificate's name in Setup

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The public key that the actor token brings, and is signed with.
json proven_key(const Jwt& actor) {
  const json cnf = actor.claims.value("cnf", json());
  const json jwk = cnf.is_object() ? cnf.value("jwk", json()) : json();
  if (!jwk.is_object() || text_in(jwk, "kty") != "RSA" || jwk.contains("d"))
    refuse("invalid_request", "invalid actor token: no RSA key in cnf.jwk");
  const auto modulus = from_base64(text_in(jwk, "n"));
  const auto exponent = from_base64(text_in(jwk, "e"));
  const Pkey key = modulus && exponent ? rsa_public_key(*modulus, *exponent) : nullptr;
  if (text_in(actor.header, "alg") != "RS256" || !key || !verify_rs256(key.get(), actor.signed_text, actor.signature))
    refuse("invalid_request", "invalid actor token: the signature is not of the key in cnf.jwk");
  return jwk;
}

struct Subject {
  std::shared_ptr<const App> app;
  std::shared_ptr<const User> user;
};

// The access token says whose device it is, and which app asks.
Subject read_subject(Org& org, const Form& form) {
  const std::string token = form.require("subject_token");
  if (token.size() > kMaxSubject) refuse("invalid_grant", "subject token is too long");
  if (form.require("subject_token_type") != kAccessToken) refuse("invalid_request", "subject token type not supported");
  const auto access = org.tokens()->find_access_token(token);
  if (!access || access->grant->guest) refuse("invalid_grant", "expired access/refresh token");
  const auto app = org.directory()->find_app(access->grant->client_id);
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  if (app->asset_token_audiences.empty()) refuse("oauth_flow_disabled", "asset tokens are not enabled for this app");
  for (const char* scope : {"api", "openid"}) {
    const bool covered = scope == std::string_view("api") && contains(access->scopes, "full");
    if (!covered && !contains(access->scopes, scope))
      refuse("invalid_scope", "the subject token lacks the scope " + std::string(scope));
  }
  const auto user = org.directory()->find_user(access->grant->username);
  if (!user || !user->active) refuse("inactive_user", "user is inactive");
  return {app, user};
}

std::string sign(const Org& org, const json& claims) {
  const std::string text =
      base64url(json{{"alg", "RS256"}, {"kid", kKeyId}, {"typ", "JWT"}}.dump()) + "." + base64url(claims.dump());
  const Pkey key = read_private_key(org.keys().of_asset_tokens().private_pem);
  return text + "." + base64url(sign_rs256(key.get(), text));
}

}  // namespace

Response asset_token(Org& org, const Request& request, const Form& form) {
  refuse_guest_headers(request);
  if (form.has("scope")) refuse("invalid_request", "scope parameter not supported");
  const std::string given = form.require("actor_token");
  org.watch()->count_use("actor_tokens", given);
  if (form.require("actor_token_type") != kJwt) refuse("invalid_request", "actor token type not supported");
  const auto [app, user] = read_subject(org, form);
  const auto actor = split_jwt(given);
  if (!actor) refuse("invalid_request", "invalid actor token: not a JWT");
  const json jwk = proven_key(*actor);
  const std::string did = text_in(actor->claims, "did");
  if (did.empty()) refuse("invalid_request", "invalid actor token: no did");
  const json fields = actor->claims.value("Asset", json());
  if (!fields.is_null() && !fields.is_object()) refuse("invalid_request", "invalid actor token: Asset is not an object");

  const json asset = fields.is_object() ? org.asset_tokens()->link(fields) : json();
  if (fields.is_object() && asset.is_null()) refuse("invalid_request", "invalid actor token: there is no Asset of that Id");
  const int64_t now_s = org.now_ms() / 1000;
  const int64_t end_s = now_s + app->asset_token_validity_s;
  const json claims = {{"iss", org.origin()},  {"sub", did},   {"did", did},   {"aud", app->asset_token_audiences},
                       {"iat", now_s},         {"nbf", now_s}, {"exp", end_s}, {"jti", hex(random_bytes(16))},
                       {"cnf", {{"jwk", jwk}}}};
  json event = {{"type", "AssetTokenEvent"},
                {"DeviceId", did},
                {"Name", text_in(actor->claims, "Name")},
                {"DeviceKey", jwk.dump()},
                {"ActorTokenPayload", actor->claims.dump()},
                {"ConnectedAppId", app->client_id},
                {"UserId", user->user_id},
                {"Expiration", end_s * 1000}};
  if (asset.is_object()) {
    event["AssetId"] = asset["Id"];
    event["AssetName"] = asset.value("Name", "");
    event["AssetSerialNumber"] = asset.value("SerialNumber", "");
  }
  org.asset_tokens()->publish(std::move(event));
  return json_response(200, {{"access_token", sign(org, claims)}, {"issued_token_type", kJwt}, {"token_type", "Bearer"}});
}

}  // namespace hlid_sim
