// A refresh token's use, plain or hybrid: its one parameter, and what a refusal means.
#pragma once

#include <array>
#include <string_view>

#include "engine/request.h"
#include "engine/spec.h"
#include "flows/parts/fields.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {

inline constexpr ValueSpec kRefreshParameters[] = {
    {.name = "refresh_token",
     .charset = Charset::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "The refresh token. If the org rotates them, it is valid for one call: never send one from two places at once.",
     .is_token = true},
};

inline constexpr OrgSetting kRefreshOrgSettings[] = {org::kAppRefreshScope, org::kAppRefreshPolicy, org::kAppRefreshSecret};

// Never repeated once it may have been sent: with rotation a second use ends the session.
inline constexpr RequestSpec kRefreshRequest{
    .name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .auth = Auth::client, .extras = Extras::all};

inline Result<void> fill_refresh(Context& flow, std::string_view grant_type) {
  FormWriter form = form_of(flow);
  form.add("grant_type", grant_type);
  form.add_secret("refresh_token", *flow.parameter("refresh_token"));
  return {};
}

// `hint`: what an admin can do where the server refuses the token itself.
constexpr auto refresh_diagnoses(std::string_view hint) {
  constexpr std::string_view kEnded = "the refresh token has expired, was revoked, or was already used";
  constexpr std::string_view kInUse = "another request is using this refresh token right now";
  return std::to_array<Diagnosis>({
      {"", "already being processed", Endpoint::token, "refresh_in_progress", Advice::retry_later, kInUse, ""},
      // Until Winter '25. There is no code in this grant that could have expired.
      {"", "expired authorization code", Endpoint::token, "refresh_in_progress", Advice::retry_later, kInUse, ""},
      {"invalid_grant", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEnded, hint},
      {"invalid_token", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEnded, ""},
      {"inactive_user", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEnded, ""},
      {"INVALID_SESSION_ID", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEnded, ""},
      {"insufficient_authorization", "", Endpoint::token, "insufficient_authorization", Advice::sign_in_again,
       "the server requires further proof from the person: sign in again", ""},
      {"immediate_unsuccessful", "", Endpoint::token, "interaction_required", Advice::sign_in_again,
       "the server requires the person to sign in or to approve", ""},
      {"invalid_client", "", Endpoint::token, "invalid_client", Advice::fix_org, "the server rejected the client's secret",
       hints::kRefreshClient},
      {"invalid_request", "", Endpoint::token, "invalid_request", Advice::fix_org,
       "the server rejected the form of the refresh request", hints::kRequest},
      {"unsupported_grant_type", "", Endpoint::token, "flow_not_enabled", Advice::fix_org,
       "the token endpoint rejected the refresh token grant", hints::kRefreshSwitch},
      {"oauth_flow_disabled", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
       hints::kRefreshSwitch},
      {"unauthorized_client", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
       hints::kRefreshSwitch},
  });
}

}  // namespace hlid
