#include "simulator/assertion.h"

#include <algorithm>

#include "simulator/bearer.h"
#include "simulator/crypto.h"
#include "simulator/init.h"

namespace hlid_sim {
namespace {

// A JWT allows base64url without padding only.
std::optional<std::string> decode(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  return from_base64(text);
}

std::string text_in(const json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_for(const json& claims, const std::vector<std::string>& audiences) {
  const json aud = claims.value("aud", json());
  const auto ours = [&](const json& one) { return one.is_string() && contains(audiences, one.get<std::string>()); };
  return aud.is_array() ? std::any_of(aud.begin(), aud.end(), ours) : ours(aud);
}

}  // namespace

std::optional<Jwt> split_jwt(const std::string& assertion) {
  const size_t first = assertion.find('.');
  const size_t second = first == std::string::npos ? first : assertion.find('.', first + 1);
  if (second == std::string::npos || assertion.find('.', second + 1) != std::string::npos) return std::nullopt;
  const auto header = decode(std::string_view(assertion).substr(0, first));
  const auto claims = decode(std::string_view(assertion).substr(first + 1, second - first - 1));
  const auto signature = decode(std::string_view(assertion).substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  const auto header_json = strict_json_object(*header);
  const auto claims_json = strict_json_object(*claims);
  if (!header_json || !claims_json) return std::nullopt;
  return Jwt{*header_json, *claims_json, assertion.substr(0, second), *signature};
}

std::string issuer_of(const std::string& assertion) {
  const auto parts = split_jwt(assertion);
  return parts ? text_in(parts->claims, "iss") : "";
}

namespace {

constexpr const char* kTokenPath = "/services/oauth2/token";

// The one that a setting names.
std::string audience_named(const Org& org, const std::string& name) {
  if (name == "site") return org.site();
  if (name == "site_endpoint") return org.site() + kTokenPath;
  if (name == "my_domain") return org.origin();
  if (name == "my_domain_endpoint") return org.origin() + kTokenPath;
  return kProductionLogin;
}

}  // namespace

std::vector<std::string> site_audiences(const Org& org) {
  const std::string only = org.settings().attestation_audience;
  if (only != "any") return {audience_named(org, only)};
  return {org.site(), org.site() + kTokenPath};
}

std::vector<std::string> token_endpoints(const Org& org) {
  const std::string only = org.settings().client_assertion_audience;
  if (only != "any") return {audience_named(org, only)};
  return {org.site() + kTokenPath, org.origin() + kTokenPath, std::string(kProductionLogin) + kTokenPath};
}

bool is_signed_by_app(const Org& org, const App& app, const std::string& assertion) {
  const auto parts = split_jwt(assertion);
  const Pkey key = read_public_key(org.keys().of_assertions(app).certificate_pem);
  return parts && key && text_in(parts->header, "alg") == "RS256" &&
         verify_rs256(key.get(), parts->signed_text, parts->signature);
}

std::variant<json, std::string> read_assertion(Org& org, const App& app, const std::string& assertion,
                                               const AssertionRules& rules) {
  using Problem = std::string;
  const auto parts = split_jwt(assertion);
  if (!parts) return Problem("the assertion is not a JWT");
  const json& claims = parts->claims;
  const std::string jti = text_in(claims, "jti");
  if (!jti.empty()) org.watch()->count_use("assertion_ids", jti);

  if (text_in(parts->header, "alg") != "RS256") return Problem("the assertion must be signed with RS256");
  const AppKey pair = rules.is_attestation ? org.keys().of_app(app) : org.keys().of_assertions(app);
  const Pkey key = read_public_key(pair.certificate_pem);
  if (!key) return Problem("the app has no certificate");
  if (!verify_rs256(key.get(), parts->signed_text, parts->signature))
    return Problem("the assertion's signature is not the app's");
  if (text_in(claims, "iss") != app.client_id) return Problem("the assertion's issuer is not the app");
  if (!is_for(claims, rules.audiences)) return Problem("Audience validation failed");
  const int64_t now_s = org.now_ms() / 1000;
  const json exp = claims.value("exp", json());
  if (!exp.is_number_integer() || exp.get<int64_t>() <= now_s) return Problem("the assertion has expired");
  if (rules.longest_ms > 0 && exp.get<int64_t>() * 1000 > org.now_ms() + rules.longest_ms)
    return Problem("the assertion expires too late");
  if (const json nbf = claims.value("nbf", json()); nbf.is_number_integer() && nbf.get<int64_t>() > now_s)
    return Problem("the assertion is not valid yet");
  const std::string sub = text_in(claims, "sub");
  if (!rules.sub_is_user && (rules.sub_is_client || claims.contains("sub")) && sub != app.client_id)
    return Problem("the assertion's subject is not the app");
  // Only a valid assertion is spent, so that one client cannot use up another's ids.
  if (rules.once && !jti.empty() && !org.watch()->spend("assertion_ids", app.client_id + "\n" + jti))
    return Problem("the assertion has been used before");
  return claims;
}

}  // namespace hlid_sim
