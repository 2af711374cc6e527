// What the flows share that exchange a subject token of another identity provider (RFC 8693).
#pragma once

#include <array>
#include <string_view>

#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {

// Salesforce Help: 10,000 characters since Summer '24.
inline constexpr size_t kMaxSubjectToken = 10'000;
inline constexpr size_t kMaxTokenHandler = 255;

inline constexpr const char* kSubjectTokenTypes[] = {"access_token", "refresh_token", "id_token", "saml2", "jwt"};
inline constexpr ValueSpec kTokenExchangeParameters[] = {
    {.name = "subject_token",
     .charset = Charset::visible,
     .secret = true,
     .required = true,
     .max_bytes = kMaxSubjectToken,
     .doc = "The identity provider's token, sent as it is: a SAML assertion as base64url text. At most 10,000 characters.",
     .is_token = true,
     .in_ticket = InTicket::never},
    {.name = "subject_token_type",
     .required = true,
     .choices = kSubjectTokenTypes,
     .doc = "What it is: the last part of urn:ietf:params:oauth:token-type:id_token and its like."},
    {.name = "token_handler",
     .charset = Charset::printable,
     .max_bytes = kMaxTokenHandler,
     .doc = "Name of the token exchange handler. Salesforce's sources disagree whether it is that of the handler or of its Apex "
            "class: give both the same.",
     .default_text = "not sent, and the app's default handler runs"},
    kScopeParameter,
};

inline constexpr OrgSetting kTokenExchangeOrgSettings[] = {
    org::kAppTokenExchange, org::kTokenExchangeHandler, org::kAppTokenExchangeSecret, org::kAppPermittedUsers, org::kAppScopes};
inline constexpr HostKind kTokenExchangeHosts[] = {HostKind::site, HostKind::my_domain};

inline constexpr RequestSpec kExchangeSubject{
    .name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .auth = Auth::client, .extras = Extras::all};

Result<void> fill_token_exchange(Context& flow, std::string_view grant_type);

// A handler may replace Salesforce's words by its own. `hint`: what an admin can do where the grant itself is refused.
constexpr auto token_exchange_diagnoses(std::string_view hint) {
  constexpr std::string_view kRefused = "the server, or the org's token exchange handler, rejected the subject token";
  return std::to_array<Diagnosis>({
      {"", "token handler not found", kAnywhere, "token_handler_not_found", Advice::fix_org,
       "the app has no token exchange handler of that name", hints::kHandlerFound},
      {"", "token handler validation failed", kAnywhere, "subject_token_refused", Advice::sign_in_again,
       "the org's token exchange handler rejected the subject token, or failed", hints::kHandlerLog},
      {"invalid_request", "", kAnywhere, "subject_token_refused", Advice::sign_in_again, kRefused, hints::kHandlerLog},
      {"invalid_grant", "", kAnywhere, "subject_token_refused", Advice::sign_in_again, kRefused, hint},
      {"invalid_token", "", kAnywhere, "subject_token_refused", Advice::sign_in_again, kRefused, hints::kHandlerLog},
      {"invalid_client", "", kAnywhere, "invalid_client", Advice::fix_org, words::kWrongSecret, hints::kTokenExchangeClient},
      {"unsupported_grant_type", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
       hints::kTokenExchangeSwitch},
      {"oauth_flow_disabled", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
       hints::kTokenExchangeSwitch},
      {"unauthorized_client", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
       hints::kTokenExchangeSwitch},
  });
}

}  // namespace hlid
