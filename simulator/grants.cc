#include "simulator/grants.h"

#include <algorithm>
#include <cctype>

namespace hlid_sim {
namespace {

constexpr size_t kChallengeLength = 43;  // base64url of a SHA-256, unpadded

}  // namespace

void check_code_challenge(const Text& challenge, const Text& method, bool required) {
  if (method && *method != "S256") refuse("invalid_request", "the code challenge method must be S256");
  if (!challenge) {
    if (method) refuse("invalid_request", "the code challenge method comes without a code challenge");
    if (required) refuse("invalid_request", "missing required code challenge");
    return;
  }
  const bool well_formed = challenge->size() == kChallengeLength && std::all_of(challenge->begin(), challenge->end(), [](char c) {
                             return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
                           });
  if (!well_formed) refuse("invalid_request", "invalid code challenge");
}

std::optional<std::vector<std::string>> granted_scopes(const App& app, const Text& asked) {
  if (!asked || asked->empty()) return app.scopes;
  auto scopes = split_words(*asked);
  for (auto& scope : scopes) {
    if (scope == "offline_access") scope = "refresh_token";  // two names of one scope
    if (!contains(app.scopes, scope)) return std::nullopt;
  }
  return scopes;
}

std::string uvid_inside(const Org& org, const std::string& token) {
  const auto found = org.tokens()->find_access_token(token);
  return found && found->jwt ? found->grant->uvid : std::string();
}

std::string carried_uvid(const Org& org, const Text& header, const Text& body) {
  if (header && body) refuse("invalid_request", "uvid invalid");
  const std::string prefix = org.settings().uvid_prefix;
  // The value after its scheme word, which must be there, may be there or must not.
  const auto value_of = [&](std::string text, std::string_view scheme) {
    const bool has_scheme = text.starts_with(scheme);
    if (has_scheme ? prefix == "none" : prefix == "scheme") refuse("invalid_request", "uvid invalid");
    return has_scheme ? text.substr(scheme.size()) : text;
  };
  if (header) {
    const std::string uvid = uvid_inside(org, value_of(*header, "JWT "));
    if (uvid.empty()) refuse("invalid_request", "uvid invalid");
    return uvid;
  }
  if (!body) return {};
  const std::string uvid = value_of(*body, "UVID ");
  if (!is_uuid_v4(uvid)) refuse("invalid_request", "uvid invalid");
  return uvid;
}

Response code_redirect(Org& org, GrantPtr grant, const Text& state) {
  std::string location = grant->redirect_uri;
  location += location.find('?') == std::string::npos ? '?' : '&';
  const bool at_org = grant->at_org;
  location += "code=" + form_encode(org.tokens()->issue_code(std::move(grant)));
  if (!at_org) {
    const bool rogue = org.settings().response_fault == "site_url";
    location += "&sfdc_community_url=" + form_encode(rogue ? org.origin() + "/rogue" : org.community_url());
    location += "&sfdc_community_id=" + std::string(kCommunityId);
  }
  if (org.settings().response_fault == "iss") location += "&iss=" + form_encode("https://another.my.site.com/shop");
  if (state) location += "&state=" + form_encode(*state);
  return redirect(std::move(location));
}

}  // namespace hlid_sim
