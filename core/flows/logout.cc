// The end of a session, whichever tokens the app holds of it.
#include "flows/fields.h"
#include "flows/registry.h"
#include "flows/revoking.h"
#include "oauth/visitor.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "access_token",
     .form = Form::printable,
     .secret = true,
     .max_bytes = kMaxToken,
     .doc = "The session's access token, opaque or a JWT; a guest's too. This or refresh_token, or both."},
    {.name = "refresh_token",
     .form = Form::printable,
     .secret = true,
     .max_bytes = kMaxToken,
     .doc = "The session's refresh token, if it has one. It is revoked first: otherwise it would bring a new access token."},
};

enum State : uint8_t { kRefreshToken, kAccessToken, kDone };

Result<void> check(Work& work) {
  if (work.parameter("access_token") || work.parameter("refresh_token")) return {};
  return Error::argument("access_token", "or refresh_token is missing");
}

Result<uint8_t> start(Work& work) { return static_cast<uint8_t>(work.parameter("refresh_token") ? kRefreshToken : kAccessToken); }

Result<void> revoke_refresh_token(Work& work) {
  begin_revoke(work, *work.parameter("refresh_token"), "");
  return {};
}

Result<void> revoke_access_token(Work& work) {
  const std::string_view token = *work.parameter("access_token");
  begin_revoke(work, token, guest_uvid_of(token).value_or(""));
  return {};
}

// A token that is gone already is what a logout wants; an opaque access token goes with its refresh token.
Result<Branch> refresh_token_revoked(Work& work) {
  if (auto read = read_revoked(work, true); !read) return std::move(read).error();
  return work.parameter("access_token") ? Branch::then : Branch::otherwise;
}

Result<Branch> access_token_revoked(Work& work) {
  if (auto read = read_revoked(work, true); !read) return std::move(read).error();
  return Branch::then;
}

constexpr StateSpec kStates[] = {
    {"refresh_token", Step::send, revoke_refresh_token},
    {"access_token", Step::send, revoke_access_token},
    {"done", Step::done, nullptr},
};
constexpr Row kRows[] = {
    {kRefreshToken, Event::response, refresh_token_revoked, kAccessToken, kDone},
    {kAccessToken, Event::response, access_token_revoked, kDone, kDone},
};
constexpr RequestSpec kRequests[] = {kRevokeRequest};

}  // namespace

constexpr FlowSpec kLogoutFlow = {
    .name = "logout",
    .summary = "Ends a session: revokes its refresh token, then its access token.",
    .description =
        "One request for each token that is given. A token that the server does not know any more counts as revoked, so "
        "that a logout can be repeated after a failure. A failure must not keep an app from forgetting the session. After "
        "a JWT access token was revoked, some of Salesforce's services still accept it for up to 30 minutes.",
    .source = "RFC 7009; Salesforce Help: remoteaccess_revoke_token",
    .accepts_guest = false,
    .accepts_tokens = true,
    .parameters = kParameters,
    .requests = kRequests,
    .asks = {},
    .org_settings = {},
    .result = &kRevocation,
    .check = check,
    .states = kStates,
    .rows = kRows,
    .start = start,
};

}  // namespace hlid
