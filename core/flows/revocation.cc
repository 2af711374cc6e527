// The end of a session.
#include "base/text.h"
#include "flows/code_flow.h"
#include "flows/fields.h"
#include "flows/registry.h"
#include "oauth/visitor.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "token", .form = Form::visible, .secret = true, .required = true, .max_bytes = kMaxToken,
     .doc = "The access or refresh token to revoke. A refresh token takes its access tokens with it."},
    {.name = "uvid", .form = Form::uuid_v4, .max_bytes = kUuidLength,
     .doc = "With a guest's token: the visitor, for the guest headers that the server wants then.",
     .fallback = "read from a guest's token itself"},
};

constexpr ResultSpec kRevocation = {"Revocation", "The token is revoked. Nothing more is said.", {}};

Result<void> check(Work& work) {
  const auto own = guest_uvid_of(*work.parameter("token"));
  const auto uvid = work.parameter("uvid");
  if (own && uvid && *own != *uvid) return Error::argument("uvid", "is another visitor's than the token's");
  if (own) work.keep(Slot::uvid, *own);
  if (uvid) work.keep(Slot::uvid, *uvid);
  return {};
}

Result<void> revoke(Work& work) {
  begin_request(work, "revoke", "POST", kRevokePath, true);
  if (!work.slot(Slot::uvid).empty()) {
    add_header(work, "Auth-Request-Type", "guest");
    add_secret_header(work, "Uvid-Hint", work.slot(Slot::uvid));
  }
  form_of(work).add_secret("token", *work.parameter("token"));
  return {};
}

Result<Branch> read(Work& work) {
  // The body says nothing, and Salesforce calls an empty one text/html; but a page is somebody else's answer.
  const bool page = work.answer.is_html() && !work.answer.body.empty();
  if (work.answer.status >= 200 && work.answer.status < 300 && !page) return Branch::then;
  Error error = read_refusal(work.answer, {Endpoint::revoke, Asker::session, false}, work.now_ms);
  // The first try had come through after all (RFC 7009 2.2).
  if (work.repeated && error.data().raw_code.view() == "invalid_token") return Branch::then;
  return error;
}

enum State : uint8_t { kRevoke, kDone };
constexpr StateSpec kStates[] = {{"revoke", Step::send, revoke}, {"done", Step::done, nullptr}};
constexpr Row kRows[] = {{kRevoke, Event::answer, read, kDone, kDone}};
constexpr RequestSpec kRequests[] = {{"revoke", "POST", kRevokePath, true}};

}  // namespace

constexpr FlowSpec kRevocationFlow = {
    .name = "revocation",
    .summary = "Ends a session by revoking its token.",
    .description = "A JWT access token cannot be called back: revoke its refresh token. A failure must not keep an app from "
                   "forgetting the session.",
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
