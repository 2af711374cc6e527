// A token for a device: an access token, and what the device says of itself, signed with its own key, are exchanged for an asset
// token. What comes back is not documented by Salesforce: it is read by the rules of RFC 8693, RFC 7519 and RFC 7800.
#include <algorithm>
#include <optional>
#include <string>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "crypto/pem.h"
#include "crypto/rsa_key.h"
#include "flows/parts/fields.h"
#include "flows/parts/one_request.h"
#include "flows/parts/read_json.h"
#include "flows/registry.h"
#include "jose/jwk.h"
#include "jose/jwks.h"
#include "jose/jwt.h"
#include "oauth/address.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr size_t kMaxSubject = 10'000;  // Salesforce's maximum
constexpr size_t kMaxDeviceId = 255;
constexpr size_t kMaxName = 1024;
constexpr char kDefaultKeyId[] = "devicekey";  // of Salesforce's own example

constexpr const char* kInsteadOfKey[] = {"actor_token"};
constexpr const char* kInsteadOfToken[] = {"device_key", "kid", "did", "name", "asset"};
constexpr const char* kInsteadOfJwk[] = {"asset_token_certificate"};
constexpr const char* kInsteadOfCertificate[] = {"asset_token_jwk"};

constexpr ValueSpec kParameters[] = {
    {.name = "subject_token",
     .charset = Charset::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxSubject,
     .doc = "An access token of the user whose device this is, from any flow, with the scopes api and openid.",
     .is_token = true},
    {.name = "actor_token",
     .charset = Charset::visible,
     .secret = true,
     .max_bytes = kMaxToken,
     .excludes = kInsteadOfToken,
     .doc = "What the device says of itself: a JWT signed with its private key (RS256). Instead of it, the flow makes one with "
            "device_key. Where the asset token is verified, it must hold did and cnf.",
     .is_token = true},
    {.name = "device_key",
     .charset = Charset::utf8,
     .secret = true,
     .max_bytes = kMaxPrivateKeyPem,
     .excludes = kInsteadOfKey,
     .doc = "PEM of the device's private RSA key (PKCS#8 or PKCS#1, not encrypted, 2,048 to 8,192 bits). This or actor_token."},
    {.name = "kid",
     .charset = Charset::visible,
     .max_bytes = kMaxDeviceId,
     .excludes = kInsteadOfKey,
     .doc = "Name of the device's key, in the actor token's header and its cnf.jwk.",
     .default_text = kDefaultKeyId},
    {.name = "did",
     .charset = Charset::visible,
     .max_bytes = kMaxDeviceId,
     .excludes = kInsteadOfKey,
     .doc = "The device's id; needed with device_key. AssetTokenEvent reports it as DeviceId."},
    {.name = "name",
     .charset = Charset::one_line,
     .max_bytes = kMaxName,
     .excludes = kInsteadOfKey,
     .doc = "What the asset token is called in the org.",
     .default_text = "none"},
    {.name = "asset",
     .kind = ValueKind::json,
     .charset = Charset::utf8,
     .secret = true,
     .max_bytes = kMaxUserdata,
     .excludes = kInsteadOfKey,
     .doc = "JSON object of the Asset's fields: Name, SerialNumber, AccountId, ContactId. One that exists (Id, SerialNumber) is "
            "linked, another is created.",
     .default_text = "none"},
    {.name = "asset_token_certificate",
     .charset = Charset::utf8,
     .max_bytes = kMaxCertificatePem,
     .excludes = kInsteadOfCertificate,
     .doc =
         "PEM of the org's certificate that signs asset tokens (Setup > Certificate and Key Management), or of its public key. "
         "With it the asset token is verified: the org does not publish this key.",
     .default_text = "none: the token is read, but not verified"},
    {.name = "asset_token_jwk",
     .kind = ValueKind::json,
     .charset = Charset::utf8,
     .max_bytes = kMaxCertificatePem,
     .excludes = kInsteadOfJwk,
     .doc = "The same key as a JSON Web Key."},
    {.name = "asset_token_audience",
     .charset = Charset::printable,
     .max_bytes = kMaxUrl,
     .doc = "What aud of the asset token must contain: one of the audiences set on the app.",
     .default_text = "any"},
};

constexpr FieldSpec kFields[] = {
    {"asset_token", ValueKind::text, true, "The asset token: a JWT for your own backend.", true},
    {"token_type", ValueKind::text, false, "How it is used: Bearer."},
    {"issued_token_type", ValueKind::text, false, "What kind of token the server calls it (RFC 8693 3)."},
    {"kid", ValueKind::text, false, "Names the org's certificate that signed it."},
    {"iss", ValueKind::text, false, "The org that issued it."},
    {"sub", ValueKind::text, false, "Whom it is about."},
    {"did", ValueKind::text, false, "The device's id."},
    {"aud", ValueKind::list, false, "Whom it is meant for; several are separated by spaces."},
    {"expires_at_ms", ValueKind::integer, false, "When it ends, in milliseconds since 1970."},
    {"issued_at_ms", ValueKind::integer, false, "When it was made, in milliseconds since 1970."},
    {"not_before_ms", ValueKind::integer, false, "When it begins to be good, in milliseconds since 1970."},
    {"key_thumbprint", ValueKind::text, false,
     "Thumbprint (RFC 7638) of the key that its user must prove to have: the device's."},
    {"claims", ValueKind::json, true, "All its claims."},
    {"verified", ValueKind::flag, false,
     "Whether its signature, times, issuer, audience, device id and key were checked, with asset_token_certificate or "
     "asset_token_jwk. Not so where it names no device id, in did or sub, no audience, or another issuer than the org or a login "
     "host.",
     true},
    {"raw", ValueKind::json, true, "The complete original response; absent from a result that was stored and restored."},
};
constexpr ResultSpec kAssetToken = {"AssetToken", "A token by which a device proves itself to your own backend.", kFields};

constexpr OrgSetting kOrgSettings[] = {org::kAppAssetTokens, org::kAppAssetScopes};

constexpr SlotSpec kActorToken{"actor_token"};
constexpr SlotSpec kDeviceKey{"device_key_thumbprint", InTicket::never, true};
constexpr SlotSpec kDeviceId{"device_id", InTicket::never, true};

Error bad(const char* reason, std::string_view what) { return Error::protocol(reason, what).http_status(200); }

// The key of cnf (RFC 7800 3.2, RFC 9449 6.1) by its thumbprint; empty where there is none.
std::string confirmed_key(const JsonValue& claims) {
  const auto cnf = claims.find("cnf");
  if (!cnf) return {};
  if (const auto jwk = cnf->find("jwk")) {
    const auto key = read_rsa_jwk(*jwk);
    return key ? thumbprint_of(*key) : std::string();
  }
  return std::string(cnf->text("jkt").value_or(""));
}

std::optional<RsaPublicKey> org_key(const Context& flow) {
  if (const auto pem = flow.parameter("asset_token_certificate")) return read_public_key(*pem);
  const auto jwk = flow.parameter("asset_token_jwk");
  JsonDocument document;
  if (!jwk || document.parse(*jwk) != JsonFault::none) return std::nullopt;
  return read_rsa_jwk(document.root());
}

Result<void> check_org_key(const Context& flow) {
  for (const char* name : {"asset_token_certificate", "asset_token_jwk"}) {
    if (!flow.parameter(name) || org_key(flow)) continue;
    const std::string_view other = other_than_key(*flow.parameter(name), false);
    return Error::argument(name, other.empty() ? "does not hold a public RSA key of 2048 to 8192 bits" : other);
  }
  return {};
}

// Only what it must be: the server says what it thinks of the rest. Where the asset token is verified, it is compared with what
// stands here.
Result<void> check_actor_token(std::string_view token, bool is_compared) {
  JwtReader jwt;
  if (!jwt.read(token)) return Error::argument("actor_token", "is not a signed JWT");
  if (jwt.header().algorithm != "RS256") return Error::argument("actor_token", "must be signed with RS256");
  if (!is_compared) return {};
  if (confirmed_key(jwt.claims()).empty()) {
    return Error::argument("actor_token", "does not name the device's RSA key in cnf, and the asset token could not be verified");
  }
  if (jwt.claims().text("did").value_or("").empty()) {
    return Error::argument("actor_token", "does not name the device's id in did, and the asset token could not be verified");
  }
  return {};
}

Result<void> check(Context& flow) {
  if (auto good = check_org_key(flow); !good) return good;
  if (const auto given = flow.parameter("actor_token")) return check_actor_token(*given, org_key(flow).has_value());
  const auto pem = flow.parameter("device_key");
  if (!pem) return Error::argument("device_key", "is missing: give it, or an actor_token");
  if (!flow.parameter("did")) return Error::argument("did", "is missing: the device's id");
  auto key = RsaKey::from_pem(*pem, "device_key");
  if (!key) return std::move(key).error();
  return {};
}

// As Salesforce's own example has it: no times, because a device may have no clock.
Result<void> make_actor_token(Context& flow) {
  auto key = RsaKey::from_pem(*flow.parameter("device_key"), "device_key");
  if (!key) return std::move(key).error();
  const RsaPublicKey half = key->public_key();
  const std::string_view kid = flow.parameter("kid").value_or(kDefaultKeyId);
  std::string header;
  JsonWriter(header).begin_object().member("alg", "RS256").member("kid", kid).end_object();
  Secret claims;
  JsonBody body(claims);
  body.add("did", *flow.parameter("did"));
  if (const auto name = flow.parameter("name")) body.add("Name", *name);
  if (const auto asset = flow.parameter("asset")) body.add_json("Asset", *asset);
  body.add_json("cnf", join({R"({"jwk":)", jwk_of(half, kid), "}"}));
  body.end();
  Secret token = to_base64(header, Base64::url_unpadded);
  token.append('.');
  append_base64(token, claims.view(), Base64::url_unpadded);
  auto signature = key->sign_rs256(token.view());
  if (!signature) return std::move(signature).error();
  token.append('.');
  append_base64(token, signature->view(), Base64::url_unpadded);
  flow.keep(kActorToken, std::move(token));
  flow.keep(kDeviceKey, thumbprint_of(half));
  flow.keep(kDeviceId, *flow.parameter("did"));
  return {};
}

Result<void> keep_actor_token(Context& flow) {
  const auto given = flow.parameter("actor_token");
  if (!given) return make_actor_token(flow);
  JwtReader jwt;
  if (auto read = jwt.read(*given); !read) return read;
  flow.keep(kActorToken, *given);
  flow.keep(kDeviceKey, confirmed_key(jwt.claims()));
  flow.keep(kDeviceId, jwt.claims().text("did").value_or(""));
  return {};
}

// The access token says which app this is: no client_id.
Result<void> fill(Context& flow) {
  if (!flow.has(kActorToken)) {
    if (auto kept = keep_actor_token(flow); !kept) return kept;
  }
  FormWriter form = form_of(flow);
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
  form.add_secret("subject_token", *flow.parameter("subject_token"));
  form.add("subject_token_type", "urn:ietf:params:oauth:token-type:access_token");
  form.add_secret("actor_token", flow.slot(kActorToken));
  form.add("actor_token_type", "urn:ietf:params:oauth:token-type:jwt");
  return {};
}

Result<void> check_lifetime(const JwtReader& token, int64_t now_ms) {
  const auto expires = token.expires_at_ms();
  if (!expires) return bad("bad_jwt", "the asset token does not say when it ends");
  if (now_ms > *expires + kClockLeewayMs) return bad("token_expired", "the asset token has already expired");
  for (const char* name : {"nbf", "iat"}) {
    const auto claim = token.claims().find(name);
    if (!claim) continue;
    const auto seconds = claim->as_integer();
    if (!seconds || *seconds < 0 || *seconds > kLastTimeMs / 1000) {
      return bad("bad_jwt", join({"the asset token's ", name, " is not a time"}));
    }
    if (*seconds * 1000 > now_ms + kClockLeewayMs) {
      return Error(bad("token_not_yet_valid", "the asset token is not valid yet")).hint(kClockHint);
    }
  }
  return {};
}

bool is_for(const JsonValue& claims, std::string_view audience) {
  const auto aud = claims.find("aud");
  if (!aud) return false;
  if (aud->as_text() == audience) return true;
  const auto items = aud->items();
  return std::any_of(items.begin(), items.end(), [&](const JsonValue& item) { return item.as_text() == audience; });
}

// An org's My Domain, a login host, or no address at all: what Salesforce writes there is not documented.
bool is_foreign_issuer(const Context& flow, std::string_view issuer) {
  return issuer.find("://") != std::string_view::npos && !is_own_issuer(flow.app, issuer);
}

// What anyone who is shown the token checks; the last of it is that it belongs to this device.
Result<void> verify(const Context& flow, const JwtReader& token, const RsaPublicKey& key) {
  if (token.header().algorithm != "RS256") return bad("bad_jwt", "the asset token is signed with another algorithm than RS256");
  if (!verify_rs256(key.modulus.view(), key.exponent.view(), token.signing_input(), token.signature().view())) {
    return bad("bad_signature", "the asset token's signature does not match the given certificate or key");
  }
  if (auto good = check_lifetime(token, flow.now_ms); !good) return good;
  if (is_foreign_issuer(flow, token.claims().text("iss").value_or(""))) {
    return bad("another_issuer", "the asset token comes from another issuer than the org").advise(Advice::fix_org);
  }
  if (!token.claims().find("aud")) return bad("wrong_audience", "the asset token does not say whom it is for");
  if (confirmed_key(token.claims()).empty()) return bad("wrong_key", "the asset token does not name the device's key");
  return {};
}

// A token that leaves did out may still name the device as its subject.
bool names_device(const Context& flow, const JsonValue& claims) {
  return claims.find("did") || claims.text("sub") == flow.slot(kDeviceId);
}

// Salesforce does not document what iss and aud hold: what says nothing is not refused, and not called verified.
bool names_issuer_and_audience(const Context& flow, const JsonValue& claims) {
  const auto names = [](const JsonValue& audience) { return !audience.as_text().value_or("").empty(); };
  const auto aud = claims.find("aud");
  if (!aud || !is_own_issuer(flow.app, claims.text("iss").value_or(""))) return false;
  const auto items = aud->items();
  return names(*aud) || std::any_of(items.begin(), items.end(), names);
}

// Whether verified or not: a token for another audience, another device or its key is not the one that was asked for.
Result<void> check_claims(const Context& flow, const JsonValue& claims) {
  const auto audience = flow.parameter("asset_token_audience");
  if (audience && !is_for(claims, *audience)) return bad("wrong_audience", "the asset token is for another audience");
  const std::string key = confirmed_key(claims);
  if (!key.empty() && flow.has(kDeviceKey) && key != flow.slot(kDeviceKey)) {
    return bad("wrong_key", "the asset token is for another key than the device's");
  }
  const auto device = claims.find("did");
  if (device && flow.has(kDeviceId) && device->as_text() != flow.slot(kDeviceId)) {
    return bad("wrong_device", "the asset token is for another device: its did");
  }
  return {};
}

void set_fields(Context& flow, const JwtReader& token) {
  const JsonValue claims = token.claims();
  FlowResult& result = flow.result;
  result.set_if("kid", token.key_id());
  for (const char* name : {"iss", "sub", "did"}) result.set_if(name, claims.text(name));
  set_words(flow, claims, "aud");
  set_time(flow, claims, "exp", "expires_at_ms");
  set_time(flow, claims, "iat", "issued_at_ms");
  set_time(flow, claims, "nbf", "not_before_ms");
  result.set_if("key_thumbprint", confirmed_key(claims));
  const std::string_view input = token.signing_input();
  if (const auto text = from_base64(input.substr(input.find('.') + 1), Base64::url_unpadded)) {
    result.set("claims", text->view());
  }
}

Result<void> read(Context& flow) {
  JsonDocument document;
  auto success = read_json_success(flow, document);
  if (!success) return std::move(success).error();
  const JsonValue& root = *success;
  const auto text = root.text("access_token");
  if (!text || text->empty()) return bad("no_token", "the token response has no asset token");
  const auto type = root.text("token_type");
  // N_A is RFC 8693's word for a token that is not an access token.
  if (root.find("token_type") && (!type || (!equals_ignoring_case(*type, "bearer") && *type != "N_A"))) {
    return bad("bad_token_type", "the asset token's type is not Bearer");
  }
  JwtReader token;
  if (!token.read(*text)) return bad("bad_jwt", "the asset token is not a signed JWT");
  if (auto good = check_claims(flow, token.claims()); !good) return good;
  const auto key = org_key(flow);
  if (key) {
    if (auto good = verify(flow, token, *key); !good) return good;
  }
  flow.result.set("asset_token", *text);
  flow.result.set_if("token_type", type);
  flow.result.set_if("issued_token_type", root.text("issued_token_type"));
  set_fields(flow, token);
  const bool names_all = names_device(flow, token.claims()) && names_issuer_and_audience(flow, token.claims());
  flow.result.set("verified", key && names_all ? "true" : "false");
  flow.result.set("raw", flow.response.body.view());
  return {};
}

// The device's asset may have been registered: never again by itself.
constexpr RequestSpec kRequest{
    .name = "asset_token", .endpoint = Endpoint::token, .path = kTokenPath, .retry_safe = false, .extras = Extras::all};
constexpr std::string_view kExample[] = {"device_key", "did"};

using Table = OneRequest<kRequest, fill, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

constexpr std::string_view kEnded = "the access token has expired, was revoked, or is of another org";
constexpr Diagnosis kDiagnoses[] = {
    {"", "actor", Endpoint::token, "actor_token_refused", Advice::fix_org, "the server rejected the device's actor token",
     hints::kActorToken},
    {"invalid_grant", "", Endpoint::token, "subject_token_refused", Advice::sign_in_again, kEnded, ""},
    {"invalid_token", "", Endpoint::token, "subject_token_refused", Advice::sign_in_again, kEnded, ""},
    {"INVALID_SESSION_ID", "", Endpoint::token, "subject_token_refused", Advice::sign_in_again, kEnded, ""},
    {"invalid_scope", "", Endpoint::token, "invalid_scope", Advice::fix_org,
     "the access token lacks a scope that this flow requires", hints::kAssetScopes},
    {"insufficient_scope", "", Endpoint::token, "invalid_scope", Advice::fix_org,
     "the access token lacks a scope that this flow requires", hints::kAssetScopes},
    {"unsupported_grant_type", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, "the token endpoint rejected this grant",
     hints::kAssetSwitch},
    {"oauth_flow_disabled", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kAssetSwitch},
    {"unauthorized_client", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kAssetSwitch},
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::asset_token = {
    .name = "asset_token",
    .verb = "asset_token",
    .summary = "Gets an asset token for a device, and registers the device as an Asset.",
    .description =
        "Exchanges a user's access token and an actor token for an asset token. In the actor token the device states its id "
        "and its public key; the device's private key signs it. The asset token is a JWT for your own backend, bound to the "
        "device's key. The org creates or links the Asset and publishes an AssetTokenEvent, so that the request is never "
        "repeated once it may have been sent. The org does not publish the key that signs asset tokens: with "
        "asset_token_certificate or asset_token_jwk the token is verified, its times, audience and key included. The result "
        "holds no session.",
    .source = "RFC 8693; RFC 7800; Salesforce Help: remoteaccess_oauth_asset_token_flow",
    .status = Status::experimental,
    .status_note =
        "Salesforce documents neither the response nor how long the token is valid: this flow follows the standards, and its "
        "result may change.",
    .parameters = kParameters,
    .example = kExample,
    .org_settings = kOrgSettings,
    .hosts = kOrgHosts,
    .result = &kAssetToken,
    .errors = &kErrors,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
