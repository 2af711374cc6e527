// token_exchange: the grant by which another identity provider's token becomes a session. What the org's Apex class
// decides on a live org is decided here by what the token says of itself.
#include <algorithm>

#include "simulator/client_auth.h"
#include "simulator/crypto.h"
#include "simulator/grant_types.h"
#include "simulator/grants.h"
#include "simulator/hybrid.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

constexpr size_t kMaxSubjectToken = 10'000;
constexpr std::string_view kTypePrefix = "urn:ietf:params:oauth:token-type:";
constexpr std::string_view kTypes[] = {"access_token", "refresh_token", "id_token", "saml2", "jwt"};

bool secret_required_at_exchange(const App& app) {
  return !app.client_secret.empty() && app.is_secret_required_for_token_exchange;
}

// The subject of a JWT, whose signature the simulated handler does not check; empty for anything else.
std::string subject_of_jwt(const std::string& token) {
  const size_t first = token.find('.');
  const size_t second = first == std::string::npos ? first : token.find('.', first + 1);
  if (second == std::string::npos) return {};
  const auto text = from_base64(token.substr(first + 1, second - first - 1));
  const json claims = text ? json::parse(*text, nullptr, false) : json();
  return claims.is_object() && claims.contains("sub") && claims["sub"].is_string() ? claims["sub"].get<std::string>() : "";
}

std::string subject_of_saml(const std::string& token) {
  const std::string xml = from_base64(token).value_or("");
  const size_t tag = xml.find("NameID");
  const size_t begin = tag == std::string::npos ? tag : xml.find('>', tag);
  const size_t end = begin == std::string::npos ? begin : xml.find('<', begin);
  return end == std::string::npos ? "" : xml.substr(begin + 1, end - begin - 1);
}

std::string subject_of(const std::string& type, const std::string& token) {
  if (type == "saml2") return subject_of_saml(token);
  if (const std::string subject = subject_of_jwt(token); !subject.empty()) return subject;
  return type == "id_token" || type == "jwt" ? "" : token;
}

Response exchange(Org& org, const Request& request, const Form& form, bool hybrid) {
  refuse_guest_headers(request);
  const auto app = authenticate_client(org, request, form, secret_required_at_exchange);
  if (!app->is_token_exchange_enabled) refuse("unsupported_grant_type", "grant type not supported");
  const std::string token = form.require("subject_token");
  org.watch()->count_use("subject_tokens", token);
  std::string type = form.require("subject_token_type");
  if (!type.starts_with(kTypePrefix)) refuse("invalid_request", "subject token type not supported");
  type.erase(0, kTypePrefix.size());
  if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes))
    refuse("invalid_request", "subject token type not supported");
  if (token.size() > kMaxSubjectToken) refuse("invalid_grant", "subject token too long");
  const auto& handlers = app->token_exchange_handlers;
  const auto named = form.get("token_handler");
  if (handlers.empty() || (named && !contains(handlers, *named))) refuse("invalid_request", "token handler not found");
  const auto user = org.directory()->find_user(subject_of(type, token));
  if (!user || !user->active) refuse("invalid_request", "token handler validation failed");
  if (!user->admin_approved || !app->admin_approved) refuse("invalid_grant", "user hasn't approved this consumer");
  const auto scopes = granted_scopes(*app, form.get("scope"));
  if (!scopes) refuse("invalid_scope", "the requested scope is invalid");
  auto grant = std::make_shared<Grant>();
  grant->client_id = app->client_id;
  grant->username = user->username;
  grant->scopes = *scopes;
  grant->at_org = is_at_org(org, request);
  if (hybrid) check_hybrid(*app, *grant);
  if (hybrid && app->is_named_user_jwt_enabled)
    refuse("invalid_grant", "the hybrid token exchange flow does not support JWT-based access tokens");
  json response = issue_tokens(org, *app, grant, user.get(), grant->scopes);
  if (contains(*scopes, "refresh_token")) response["refresh_token"] = org.tokens()->issue_refresh_token(grant);
  if (hybrid) add_hybrid_members(*grant, org.settings().response_fault, response);
  return json_response(200, response);
}

}  // namespace

Response exchange_token(Org& org, const Request& request, const Form& form) { return exchange(org, request, form, false); }
Response exchange_hybrid_token(Org& org, const Request& request, const Form& form) { return exchange(org, request, form, true); }

}  // namespace hlid_sim
