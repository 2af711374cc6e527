// A visitor without an account: the UVID goes out, a guest's JWT comes back.
#include "flows/parts/guest.h"
#include "base/text.h"
#include "crypto/uuid.h"
#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kGuestParameter,
    {.name = "uvid",
     .charset = Charset::uuid_v4,
     .max_bytes = kUuidLength,
     .doc = "The visitor's ID: a version 4 UUID in lower case, made and kept by the app (a cookie, local storage).",
     .default_text = "a new one",
     .from_guest = "uvid"},
    {.name = "guest_token",
     .charset = Charset::visible,
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
    {"visitor", ValueKind::json, true,
     "What an app keeps of the guest, as JSON text: uvid, access_token, renew_at_ms. Give it as the parameter guest."},
};
constexpr ResultSpec kGuest = {"Guest", "A guest's session: the visitor's UVID and a JWT for the site's own host.", kFields};

constexpr OrgSetting kOrgSettings[] = {org::kHeadlessFlows, org::kAppHeadlessFlow, org::kAppGuestFlow, org::kAppGuestJwt};

Result<void> check(Context& flow) {
  if (auto good = keep_visitor(flow); !good) return good;
  if (flow.has(kUvid)) return {};
  auto made = make_uuid_v4();
  if (!made) return std::move(made).error();
  flow.keep(kUvid, *made);
  return {};
}

using Table = CodeFlow<fill_guest_authorize, kGuestTokenRequest, fill_guest_token>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::guest = {
    .name = "guest",
    .verb = "guest",
    .summary = "Gives a visitor without an account a UVID and a guest token.",
    .description =
        "Sends the app's own UUID, and gets a JWT for the site's host whose subject is that visitor. "
        "Give the result to a login, and the visitor's UVID is carried into the named session. Renew a visit by "
        "giving the earlier guest_token. There is no refresh token.",
    .source = "Salesforce Help: remoteaccess_headless_guest_public_clients, remoteaccess_headless_guest_private_client",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .needs = kCodeNeeds,
    .result = &kGuest,
    .errors = &kGuestErrors,
    .check = check,
    .finish = finish_guest,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
