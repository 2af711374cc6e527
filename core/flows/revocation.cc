// The end of one token.
#include "flows/fields.h"
#include "flows/registry.h"
#include "flows/revoking.h"
#include "oauth/visitor.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "token",
     .form = Form::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "The access or refresh token to revoke. A refresh token takes its access tokens with it."},
    {.name = "uvid",
     .form = Form::uuid_v4,
     .max_bytes = kUuidLength,
     .doc = "With a guest's token: the visitor, for the guest headers that the server wants then.",
     .fallback = "read from a guest's token itself"},
};

Result<void> check(Work& work) {
  const auto own = guest_uvid_of(*work.parameter("token"));
  const auto uvid = work.parameter("uvid");
  if (own && uvid && *own != *uvid) return Error::argument("uvid", "is another visitor's than the token's");
  if (own) work.keep(Slot::uvid, *own);
  if (uvid) work.keep(Slot::uvid, *uvid);
  return {};
}

Result<void> revoke(Work& work) {
  begin_revoke(work, *work.parameter("token"), work.slot(Slot::uvid));
  return {};
}

Result<Branch> read(Work& work) {
  // After a repetition: the first try had come through after all (RFC 7009 2.2).
  if (auto revoked = read_revoked(work, work.repeated); !revoked) return std::move(revoked).error();
  return Branch::then;
}

enum State : uint8_t { kRevoke, kDone };
constexpr StateSpec kStates[] = {{"revoke", Step::send, revoke}, {"done", Step::done, nullptr}};
constexpr Row kRows[] = {{kRevoke, Event::response, read, kDone, kDone}};
constexpr RequestSpec kRequests[] = {kRevokeRequest};

}  // namespace

constexpr FlowSpec kRevocationFlow = {
    .name = "revocation",
    .summary = "Revokes one token.",
    .description =
        "Opaque and JWT access tokens and refresh tokens can be revoked; after it some of Salesforce's services still accept a "
        "JWT for up to 30 minutes. An access token that was revoked leaves its refresh token good, which brings a new one: "
        "the flow logout ends a whole session.",
    .source = "RFC 7009; Salesforce Help: remoteaccess_revoke_token",
    .accepts_guest = false,
    .parameters = kParameters,
    .requests = kRequests,
    .asks = {},
    .org_settings = {},
    .result = &kRevocation,
    .check = check,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
