// Hybrid flows: a token response that also holds the sessions of the org's web domains, for an app that shows its pages.
#pragma once

#include <algorithm>
#include <array>
#include <iterator>

#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"

namespace hlid {

inline constexpr FieldSpec kHybridFields[] = {
    {"sid_cookie_name", ValueKind::text, false, "Name of the cookie that holds a session id. With the scope web."},
    {"cookie_sid_client", ValueKind::text, true, "Value of the cookie sid_Client. With the scope web."},
    {"cookie_client_src", ValueKind::text, true, "Value of the cookie clientSrc. With the scope web."},
    {"content_sid", ValueKind::text, true, "Session id for content_domain. With the scope content."},
    {"content_domain", ValueKind::text, false, "Host of the org's files."},
    {"lightning_sid", ValueKind::text, true, "Session id for lightning_domain. With the scope lightning."},
    {"lightning_domain", ValueKind::text, false, "Host of the org's Lightning pages."},
    {"visualforce_sid", ValueKind::text, true, "Session id for visualforce_domain. With the scope visualforce."},
    {"visualforce_domain", ValueKind::text, false, "Host of the org's Visualforce pages."},
    {"csrf_token", ValueKind::text, true, "Token that Lightning pages require with changes. With the scope lightning."},
    {"parent_sid", ValueKind::text, true, "Session id for the host of instance_url, where the access token is a JWT."},
    {"cookies", ValueKind::json, true,
     "The cookies for a web view, as a JSON array of objects: domain, name, value, path, secure, same_site, and domain_attribute, "
     "which is true if the cookie needs a Domain attribute (the login of a site). This library sets none of them. Each "
     "response has new ones: set all of them again.",
     true},
    {"ignored_fields", ValueKind::list, false,
     "Fields of the response that were left out: a domain that is neither the site's nor one of that kind of Salesforce's, a value that "
     "no cookie can hold, or a cookie name that the list gives to another cookie."},
};

inline constexpr auto kHybridTokenSetFields = [] {
  std::array<FieldSpec, std::size(kTokenSetFields) + std::size(kHybridFields)> all{};
  std::copy(std::begin(kHybridFields), std::end(kHybridFields),
            std::copy(std::begin(kTokenSetFields), std::end(kTokenSetFields), all.begin()));
  return all;
}();
inline constexpr ResultSpec kHybridTokenSet = {"HybridTokenSet", "A session, and the sessions of the org's web domains.",
                                               kHybridTokenSetFields};

// Of the hybrid flows, beyond what their bases have.
inline constexpr Diagnosis kHybridScopeDiagnosis = {
    "invalid_scope",     "",
    kAnywhere,           "invalid_scope",
    Advice::fix_org,     "a scope is not selected on the app, or the scope web is missing, which hybrid flows require",
    hints::kHybridScopes};
// The server's own words: nothing is wrong with the code or the token.
inline constexpr Diagnosis kHybridRotationDiagnosis = {
    "invalid_grant",
    "with refresh token rotation",
    kAnywhere,
    "jwt_with_rotation",
    Advice::fix_org,
    "hybrid flows do not support JWT-based access tokens together with refresh token rotation",
    hints::kJwtOrRotation};
template <size_t N>
constexpr auto with_hybrid_scopes(const std::array<Diagnosis, N>& rows) {
  std::array<Diagnosis, N + 2> all{};
  auto end = std::copy(rows.begin(), rows.end(), all.begin());
  *end++ = kHybridScopeDiagnosis;
  *end = kHybridRotationDiagnosis;
  return all;
}

// Adds these fields to a result that read_token_response wrote, from its `raw`: of the token endpoint, or of the fragment of a
// callback.
void add_hybrid_fields(const App& app, FlowResult& result);
// read_token, and these fields.
Result<void> read_hybrid_token(Context& flow);

// The last state of every hybrid flow: a token response with these fields.
template <auto kDone>
Next<kDone> hybrid_exchanged(Context& flow) {
  if (auto read = read_hybrid_token(flow); !read) return std::move(read).error();
  return to<kDone>;
}

}  // namespace hlid
