// The end of a session, whichever tokens the app holds of it.
#include "flows/parts/fields.h"
#include "flows/parts/revoke.h"
#include "flows/parts/session.h"
#include "flows/registry.h"
#include "oauth/visitor.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "access_token",
     .charset = Charset::printable,
     .secret = true,
     .max_bytes = kMaxToken,
     .doc = "The session's access token, opaque or a JWT; a guest's too. This or refresh_token, or both."},
    {.name = "refresh_token",
     .charset = Charset::printable,
     .secret = true,
     .max_bytes = kMaxToken,
     .doc = "The session's refresh token, if it has one. It is revoked first: otherwise it could get a new access token."},
    kTokensParameter,
};

enum State : uint8_t { kRevoking, kDone };

// Which of the two has been revoked already: the refresh token goes first.
constexpr SlotSpec kRevoked{"revoked", InTicket::never, true};

Result<void> check(Context& flow) {
  if (flow.parameter("access_token") || flow.parameter("refresh_token")) return {};
  return Error::argument("access_token", "or refresh_token is missing");
}

bool at_refresh_token(const Context& flow) { return flow.parameter("refresh_token") && !flow.has(kRevoked); }

Result<void> revoke(Context& flow) {
  const std::string_view token = *flow.parameter(at_refresh_token(flow) ? "refresh_token" : "access_token");
  fill_revoke(flow, token, at_refresh_token(flow) ? "" : guest_uvid_of(token).value_or(""));
  return {};
}

// A token that is already gone suits a logout; an opaque access token is revoked with its refresh token.
Next<kRevoking, kDone> revoked(Context& flow) {
  if (auto read = read_revoked(flow, true); !read) return std::move(read).error();
  const bool another = at_refresh_token(flow) && flow.parameter("access_token");
  flow.keep(kRevoked, "refresh_token");
  if (another) return to<kRevoking>;
  return to<kDone>;
}

constexpr StateSpec kStates[] = {send_state("revoke", kRevoke, revoke), done_state()};
constexpr Row kRows[] = {on<revoked>(kRevoking, Event::response)};
static_assert(well_formed(kStates, kRows));

}  // namespace

constexpr FlowSpec flows::logout = {
    .name = "logout",
    .verb = "logout",
    .summary = "Ends a session: revokes its refresh token, then its access token.",
    .description =
        "One request for each token that is given. A token that the server does not know any more counts as revoked, so "
        "that a logout can be repeated after a failure. A failure must not keep an app from forgetting the session. After "
        "a JWT access token was revoked, some of Salesforce's services still accept it for up to 30 minutes.",
    .source = "RFC 7009; Salesforce Help: remoteaccess_revoke_token",
    .parameters = kParameters,
    .hosts = kEveryHost,
    .result = &kRevocation,
    .errors = &kSessionErrors,
    .check = check,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
