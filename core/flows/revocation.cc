// The end of one token.
#include "flows/parts/fields.h"
#include "flows/parts/one_request.h"
#include "flows/parts/revoke.h"
#include "flows/parts/session.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/visitor.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "token",
     .charset = Charset::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "The access or refresh token to revoke. Revoking a refresh token also revokes its access tokens.",
     .is_token = true},
    {.name = "uvid",
     .charset = Charset::uuid_v4,
     .max_bytes = kUuidLength,
     .doc = "With a guest's token: the visitor, for the guest headers that the server then requires.",
     .default_text = "read from a guest's token itself"},
};

Result<void> check(Context& flow) {
  const auto own = guest_uvid_of(*flow.parameter("token"));
  const auto uvid = flow.parameter("uvid");
  if (own && uvid && *own != *uvid) return Error::argument("uvid", "belongs to a different visitor than the token");
  if (own) flow.keep(kUvid, *own);
  if (uvid) flow.keep(kUvid, *uvid);
  return {};
}

Result<void> fill(Context& flow) {
  fill_revoke(flow, *flow.parameter("token"), flow.slot(kUvid));
  return {};
}

// After a repetition: the first try had come through after all (RFC 7009 2.2).
Result<void> read(Context& flow) { return read_revoked(flow, flow.repeated); }

using Table = OneRequest<kRevoke, fill, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::revocation = {
    .name = "revocation",
    .verb = "revoke",
    .summary = "Revokes one token.",
    .description =
        "Opaque and JWT access tokens and refresh tokens can be revoked; after it some of Salesforce's services still accept a "
        "JWT for up to 30 minutes. Revoking an access token leaves its refresh token valid, which can get a new one: "
        "the flow logout ends a whole session.",
    .source = "RFC 7009; Salesforce Help: remoteaccess_revoke_token",
    .parameters = kParameters,
    .hosts = kEveryHost,
    .result = &kRevocation,
    .errors = &kSessionErrors,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
