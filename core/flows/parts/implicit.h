// What the flows share whose tokens come in the fragment of the callback.
#pragma once

#include "flows/parts/browser.h"
#include "oauth/org_settings.h"

namespace hlid {

// The announced end of the user-agent flow and of the hybrid one.
inline constexpr char kImplicitRetires[] = "2027-02-20";

inline constexpr ValueSpec kImplicitAsk = {
    .name = "callback_url",
    .charset = Charset::visible,
    .secret = true,
    .max_bytes = kMaxLocation,
    .doc =
        "The whole address at which the browser arrived, with its fragment: the app's redirect_uri, #, and the tokens with the "
        "state. Any other address is refused and the flow waits on; the first that is the callback counts.",
    .trimmed = true};

inline constexpr OrgSetting kImplicitOrgSettings[] = {org::kUserAgentFlow, org::kAppCallback, org::kAppScopes, org::kAppApproval,
                                                      org::kSiteProviders};

extern const ErrorSpec kImplicitErrors;

// The callback's fragment, checked and written into the result as a token response. Nothing but these texts says who sent them:
// where the app's secret is there, `signature` must be, and the ID token where it was asked for.
Result<void> take_tokens(Context& flow);

}  // namespace hlid
