// The end of a session, whichever tokens the app holds of it.
#include "base/text.h"
#include "codec/form.h"
#include "codec/url.h"
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
     .doc = "The session's access token, opaque or a JWT; a guest's too. This or refresh_token, or both.",
     .is_token = true},
    {.name = "refresh_token",
     .charset = Charset::printable,
     .secret = true,
     .max_bytes = kMaxToken,
     .doc = "The session's refresh token, if it has one. It is revoked first: otherwise it could get a new access token.",
     .is_token = true},
    kTokensParameter,
    {.name = "end_session",
     .kind = ValueKind::flag,
     .doc = "With true, the result has end_session_url; so it has with any of the next three.",
     .default_text = "false"},
    {.name = "id_token_hint",
     .charset = Charset::visible,
     .secret = true,
     .max_bytes = kMaxToken,
     .doc = "The session's ID token, for end_session_url. An address with it is a secret.",
     .is_token = true},
    {.name = "post_logout_redirect_uri",
     .kind = ValueKind::url,
     .charset = Charset::visible,
     .max_bytes = kMaxUrl,
     .doc = "Where the browser goes after the logout, for end_session_url: https, or a scheme of the app's own."},
    {.name = "state",
     .charset = Charset::printable,
     .secret = true,
     .max_bytes = kMaxState,
     .doc = "What the address post_logout_redirect_uri gets back, for end_session_url.",
     .in_ticket = InTicket::never},
};

constexpr FieldSpec kFields[] = {
    {"end_session_url", ValueKind::url, true,
     "Where a browser ends its own session at Salesforce: the app opens it there. Only where the parameters ask for it."},
};
constexpr ResultSpec kLogout = {"Logout", "The tokens are revoked.", kFields};
constexpr const char* kForEndSession[] = {"id_token_hint", "post_logout_redirect_uri", "state"};

enum State : uint8_t { kRevoking, kDone };

// Which of the two has been revoked already: the refresh token goes first.
constexpr SlotSpec kRevoked{"revoked", InTicket::never, true};

// A page that the browser may go to: the app's own, never a script.
Result<void> check_return_address(std::string_view address) {
  constexpr const char* kName = "post_logout_redirect_uri";
  constexpr std::string_view kNotPages[] = {"javascript", "data", "vbscript", "blob", "file", "about"};
  const auto url = parse_url(address);
  if (!url) return Error::argument(kName, "is not an absolute URI, such as https://app.example.com/bye");
  const bool http = equals_ignoring_case(url->scheme, "http");
  if ((http || equals_ignoring_case(url->scheme, "https")) && !url->has_authority)
    return Error::argument(kName, "is not an absolute URI, such as https://app.example.com/bye");
  for (const std::string_view scheme : kNotPages) {
    if (equals_ignoring_case(url->scheme, scheme)) return Error::argument(kName, "must be https, or a scheme of the app's own");
  }
  if (url->has_userinfo) return Error::argument(kName, "contains a username or password");
  if (http && !is_loopback(url->host)) return Error::argument(kName, "is http on a host other than loopback");
  return {};
}

Result<void> check(Context& flow) {
  if (const auto address = flow.parameter("post_logout_redirect_uri")) {
    if (auto good = check_return_address(*address); !good) return good;
  }
  if (flow.parameter("access_token") || flow.parameter("refresh_token")) return {};
  return Error::argument("access_token", "or refresh_token is missing");
}

bool at_refresh_token(const Context& flow) { return flow.parameter("refresh_token") && !flow.has(kRevoked); }

Result<void> revoke(Context& flow) {
  const std::string_view token = *flow.parameter(at_refresh_token(flow) ? "refresh_token" : "access_token");
  fill_revoke(flow, token, at_refresh_token(flow) ? "" : guest_uvid_of(token).value_or(""));
  return {};
}

// Parameters of OpenID Connect RP-Initiated Logout 1.0, which Salesforce does not document: none is sent by default.
void set_end_session_url(Context& flow) {
  bool wanted = flow.parameter("end_session") == "true";
  Secret query;
  FormWriter form(query);
  for (const char* name : kForEndSession) {
    const auto value = flow.parameter(name);
    if (!value) continue;
    wanted = true;
    form.add(name, *value);
  }
  if (!wanted) return;
  Secret url(join({flow.app.site, "/services/auth/idp/oidc/logout"}));
  if (!query.empty()) {
    url.append('?');
    url.append(query.view());
  }
  flow.result.set("end_session_url", url.view());
}

// A token that is already gone suits a logout; an opaque access token is revoked with its refresh token.
Next<kRevoking, kDone> revoked(Context& flow) {
  if (auto read = read_revoked(flow, true); !read) return std::move(read).error();
  const bool another = at_refresh_token(flow) && flow.parameter("access_token");
  flow.keep(kRevoked, "refresh_token");
  if (another) return to<kRevoking>;
  set_end_session_url(flow);
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
        "a JWT access token was revoked, some of Salesforce's services still accept it for up to 30 minutes. A browser that signed "
        "in has a session of its own at Salesforce, which revoked tokens do not end: open end_session_url in it.",
    .source = "RFC 7009; OpenID Connect RP-Initiated Logout 1.0; Salesforce Help: remoteaccess_revoke_token",
    .parameters = kParameters,
    .hosts = kEveryHost,
    .result = &kLogout,
    .errors = &kSessionErrors,
    .check = check,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
