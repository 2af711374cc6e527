// Authorization Code and Credentials: user name and password, without a browser.
#include "base/text.h"
#include "codec/base64.h"
#include "flows/code_flow.h"
#include "flows/fields.h"
#include "flows/registry.h"
#include "oauth/visitor.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "username", .form = Form::one_line, .required = true, .max_bytes = kMaxUsername,
     .doc = "The Salesforce user name, sent as it is. No colon with credentials_placement header."},
    {.name = "password", .form = Form::utf8, .secret = true, .required = true, .max_bytes = kMaxPassword,
     .doc = "The password, sent byte for byte: never trimmed or changed. UTF-8 without NUL, at most 16,000 bytes."},
    kScopeParameter,
    kStateParameter,
    kGuestTokenParameter,
    kUvidParameter,
};

constexpr FieldSpec kFields[] = {
    HLID_TOKEN_FIELDS(false),
    {"refresh_token", ValueKind::text, true, "With the scope refresh_token."},
    {"id_token", ValueKind::text, true, "With the scope openid. Not checked by this library."},
    {"id", ValueKind::url, false, "The user's identity URL."},
};
constexpr ResultSpec kTokenSet = {"TokenSet", "A named user's session.", kFields};

constexpr OrgSetting kOrgSettings[] = {
    {"OAuth and OpenID Connect Settings: Allow Authorization Code and Credentials Flows", "OauthOidcSettings.oAuthCdCrdtFlowEnable"},
    {"App: Enable Authorization Code and Credentials Flow", "ExtlClntAppGlobalOauthSettings.isCodeCredFlowEnabled"},
    {"App policies: Permitted Users: Admin approved users are pre-authorized", "ExtlClntAppOauthConfigurablePolicies.permittedUsersPolicyType"},
    {"App: Issue JWT-based access tokens for named users (to carry a UVID)", "ExtlClntAppGlobalOauthSettings.isNamedUserJwtEnabled"},
};

Result<void> check(Work& work) {
  auto visitor = read_visitor(work.parameter("guest_token"), work.parameter("uvid"), work.now_ms);
  if (!visitor) return std::move(visitor).error();
  if (work.app.credentials_in_header && work.parameter("username")->find(':') != std::string_view::npos) {
    return Error::argument("username", "has a colon, which credentials_placement header cannot carry (RFC 7617); use body");
  }
  work.keep(Slot::uvid, visitor->uvid);
  work.keep(Slot::uvid_hint, std::move(visitor->token));
  return {};
}

// The guest token proves the visitor, so it goes first; the plain UVID is for when it is gone. Never both.
void add_visitor(Work& work) {
  const std::string_view token = work.slot(Slot::uvid_hint);
  const std::string_view uvid = work.slot(Slot::uvid);
  if (uvid.empty()) return;
  Secret hint;
  if (work.app.uvid_scheme_word) hint.append(token.empty() ? "UVID " : "JWT ");
  hint.append(token.empty() ? uvid : token);
  if (token.empty()) {
    form_of(work).add_secret("uvid_hint", hint.view());
  } else {
    add_secret_header(work, "Uvid-Hint", hint.view());
  }
}

Result<void> authorize(Work& work) {
  if (auto begun = begin_authorize(work, "Named-User"); !begun) return begun;
  const std::string_view username = *work.parameter("username");
  const std::string_view password = *work.parameter("password");
  if (work.app.credentials_in_header) {
    Secret pair(username);
    pair.append(':');
    pair.append(password);
    Secret value("Basic ");
    append_base64(value, pair.view(), work.app.url_safe_basic ? Base64::url_unpadded : Base64::standard);
    add_secret_header(work, "Authorization", value.view());
  } else {
    FormWriter form = form_of(work);
    form.add("username", username);
    form.add_secret("password", password);
  }
  add_visitor(work);
  finish_authorize(work);
  return {};
}

Result<void> exchange(Work& work) {
  begin_token(work);
  finish_token(work);
  return {};
}

using Table = CodeFlow<Asker::named, authorize, exchange>;

}  // namespace

constexpr FlowSpec kLoginFlow = {
    .name = "login",
    .summary = "Signs a customer or partner in with user name and password.",
    .description = "The Authorization Code and Credentials Flow with PKCE. A guest's visit is carried into the session: the "
                   "result says whether the UVID was carried, lost (and why) or absent. A wrong user name and a wrong "
                   "password look the same.",
    .source = "Salesforce Help: remoteaccess_authorization_code_credentials_flow; remoteaccess_headless_guest_extension",
    .accepts_guest = true,
    .parameters = kParameters,
    .requests = kCodeFlowRequests,
    .asks = {},
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
