// A guest's two requests, and what their refusals mean: for the guest flow, and for a guest's session in a store.
#pragma once

#include "crypto/uuid.h"
#include "flows/parts/code.h"
#include "flows/parts/visitor.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"

namespace hlid {

// The visitor is in kUvid, and in kGuestToken while an earlier token proves it.
inline Result<void> fill_guest_authorize(Context& flow) {
  if (auto filled = fill_authorize(flow, "guest"); !filled) return filled;
  const bool renews = flow.has(kGuestToken);
  Secret hint(renews ? "JWT " : "UVID ");
  hint.append(flow.slot(renews ? kGuestToken : kUvid));
  if (flow.app.guest_uvid_in_body) {
    form_of(flow).add_secret("uvid_hint", hint.view());
  } else {
    add_secret_header(flow, "Uvid-Hint", hint.view());
  }
  return {};
}

inline Result<void> fill_guest_token(Context& flow) {
  // The same value as at authorize, without its scheme word; without both headers: "unknown_error".
  add_header(flow, "Auth-Request-Type", "guest");
  add_secret_header(flow, "Uvid-Hint", flow.slot(flow.has(kGuestToken) ? kGuestToken : kUvid));
  return exchange_code(flow);
}

// The server is known to require HTTP/2 here.
constexpr RequestSpec with_http2(RequestSpec request) {
  request.prefers_http2 = true;
  return request;
}
inline constexpr RequestSpec kGuestTokenRequest = with_http2(kToken);

inline constexpr Diagnosis kGuestDiagnoses[] = {
    {"", "guest flow not enabled", kAnywhere, "guest_flow_not_enabled", Advice::fix_org,
     "the guest flow is not enabled for this app", hints::kGuestSwitch},
    {"invalid_grant", "", Endpoint::authorize, "access_denied", Advice::fix_org, "the server denies access", hints::kGuestSwitch},
    {"inactive_user", "", Endpoint::authorize, "access_denied", Advice::fix_org, "the server denies access", hints::kGuestSwitch},
    {"login_error", "", Endpoint::authorize, "access_denied", Advice::fix_org, "the server denies access", hints::kGuestSwitch},
    {"unknown_error", "", kAnywhere, "guest_headers_missing", Advice::fix_org,
     "the server did not see the guest headers of the token call", hints::kGuestHeaders},
    {"oauth_flow_disabled", "", kAnywhere, "guest_flow_not_enabled", Advice::fix_org,
     "the guest flow is not enabled for this app", hints::kGuestSwitch},
};
static_assert(is_without_order(kGuestDiagnoses));
inline constexpr ErrorSpec kGuestErrors{.diagnoses = kGuestDiagnoses, .headless_hint = hints::kGuestSwitch};

}  // namespace hlid
