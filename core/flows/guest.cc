// A visitor without an account: the UVID goes out, a guest's JWT comes back.
#include "base/text.h"
#include "crypto/uuid.h"
#include "flows/code_flow.h"
#include "flows/fields.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "uvid",
     .form = Form::uuid_v4,
     .max_bytes = kUuidLength,
     .doc = "The visitor's ID: a version 4 UUID in lower case, made and kept by the app (a cookie, local storage).",
     .fallback = "a new one",
     .from_guest = "uvid"},
    {.name = "guest_token",
     .form = Form::visible,
     .secret = true,
     .max_bytes = kMaxToken,
     .doc = "An earlier guest token of the same visitor, to renew it. While it lasts it proves who the visitor is; after "
            "that its UVID is sent.",
     .from_guest = "access_token"},
    kScopeParameter,
};

constexpr FieldSpec kFields[] = {
    HLID_TOKEN_FIELDS(true),
    {"renew_at_ms", ValueKind::integer, false,
     "When to renew the visit, in milliseconds since 1970: while nine tenths of the token's time are over and it still proves "
     "the visitor. Absent where the token does not say when it ends."},
};
constexpr ResultSpec kGuest = {"Guest", "A guest's session: the visitor's UVID and a JWT for the site's own host.", kFields};

constexpr OrgSetting kOrgSettings[] = {
    kCodeCredentialsSetting,
    kAppCodeCredentialsSetting,
    {"App policies: Enable Code and Credentials Flow for Guest Users",
     "ExtlClntAppOauthConfigurablePolicies.isGuestCodeCredFlowEnabled"},
    {"App policies: Guest JWT Timeout", "ExtlClntAppOauthConfigurablePolicies.guestJwtTimeout"},
};

Result<void> check(Work& work) {
  if (auto good = keep_visitor(work); !good) return good;
  if (!work.slot(Slot::uvid).empty()) return {};
  auto made = make_uuid_v4();
  if (!made) return std::move(made).error();
  work.keep(Slot::uvid, *made);
  return {};
}

Result<void> authorize(Work& work) {
  if (auto begun = begin_authorize(work, "guest"); !begun) return begun;
  const bool renews = !work.slot(Slot::uvid_hint).empty();
  Secret hint(renews ? "JWT " : "UVID ");
  hint.append(renews ? work.slot(Slot::uvid_hint) : work.slot(Slot::uvid));
  if (work.app.guest_uvid_in_body) {
    form_of(work).add_secret("uvid_hint", hint.view());
  } else {
    add_secret_header(work, "Uvid-Hint", hint.view());
  }
  finish_authorize(work);
  return {};
}

Result<void> exchange(Work& work) {
  if (auto begun = begin_token(work); !begun) return begun;
  work.request.prefers_http2 = true;
  // The same value as at authorize, without its scheme word; without both headers: "unknown_error".
  add_header(work, "Auth-Request-Type", "guest");
  const bool renews = !work.slot(Slot::uvid_hint).empty();
  add_secret_header(work, "Uvid-Hint", renews ? work.slot(Slot::uvid_hint) : work.slot(Slot::uvid));
  finish_token(work);
  return {};
}

using Table = CodeFlow<Asker::guest, authorize, exchange>;

}  // namespace

constexpr FlowSpec kGuestFlow = {
    .name = "guest",
    .summary = "Gives a visitor without an account a UVID and a guest token.",
    .description =
        "The app's own UUID goes out, and a JWT for the site's host comes back whose subject is that visitor. "
        "Give the result to a login, and the visitor's UVID is carried into the named session. Renew a visit by "
        "giving the earlier guest_token. There is no refresh token.",
    .source = "Salesforce Help: remoteaccess_headless_guest_public_clients, remoteaccess_headless_guest_private_client",
    .accepts_guest = true,
    .parameters = kParameters,
    .requests = kCodeFlowRequests,
    .asks = {},
    .org_settings = kOrgSettings,
    .result = &kGuest,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
