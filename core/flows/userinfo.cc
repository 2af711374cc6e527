// Who a token belongs to.
#include "base/text.h"
#include "codec/json.h"
#include "flows/code_flow.h"
#include "flows/fields.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "access_token",
     .form = Form::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "A named user's access token, with the scope openid or id."},
};

constexpr FieldSpec kFields[] = {
    {"sub", ValueKind::text, false, "The user's identity URL.", true},
    {"user_id", ValueKind::text, false, "The user's record id."},
    {"organization_id", ValueKind::text, false, "The org's id."},
    {"preferred_username", ValueKind::text, false, "The user name."},
    {"nickname", ValueKind::text, false, "The nickname on the site."},
    {"name", ValueKind::text, false, "First and last name."},
    {"given_name", ValueKind::text, false, "First name."},
    {"family_name", ValueKind::text, false, "Last name."},
    {"email", ValueKind::text, false, "The email address."},
    {"email_verified", ValueKind::flag, false, "Whether the email address was verified."},
    {"zoneinfo", ValueKind::text, false, "Time zone, such as America/Los_Angeles."},
    {"locale", ValueKind::text, false, "Locale, such as en_US."},
    {"phone_number", ValueKind::text, false, "The phone number."},
    {"user_type", ValueKind::text, false, "The kind of licence, such as CSP_LITE_PORTAL."},
    {"raw", ValueKind::json, true, "The whole answer as it came; absent from a result that was stored and restored."},
};
constexpr ResultSpec kUserInfo = {"UserInfo", "Claims of the token's user (OpenID Connect Core 5.3).", kFields};

constexpr OrgSetting kOrgSettings[] = {
    {"App: OAuth Scopes: Access unique user identifiers (openid), or Access the identity URL service (id)",
     "ExtlClntAppOauthSettings.commaSeparatedOauthScopes"},
};

Result<void> ask(Work& work) {
  begin_request(work, "userinfo", "GET", kUserinfoPath, true);
  Secret value("Bearer ");
  value.append(*work.parameter("access_token"));
  add_secret_header(work, "Authorization", value.view());
  return {};
}

Result<Branch> read(Work& work) {
  const Refusal about{Endpoint::userinfo, Asker::session, false};
  JsonDocument document;
  const bool json =
      work.response.status == 200 && !work.response.body.empty() && document.parse(work.response.body.view()) == JsonFault::none;
  if (!json || !document.root().is_object() || document.root().find("error")) {
    Error error = read_refusal(work.response, about, work.now_ms);
    // A 401 or 403 that nobody can explain is about the token; a page is a proxy's or a firewall's.
    const bool page = work.response.body.view().find('<') != std::string_view::npos;
    const std::string_view reason = error.data().reason;
    const bool unexplained =
        reason == "refused" || reason == "bad_response" || reason == "unauthorized" || reason == "access_denied";
    if ((work.response.status == 401 || (work.response.status == 403 && !page)) && unexplained) {
      auto& data = error.edit();
      data.kind = Kind::refused;
      data.reason = "invalid_token";
      data.advice = Advice::sign_in_again;
      data.message = "the access token is not taken";
      data.hint.clear();
    }
    return error;
  }
  const JsonValue root = document.root();
  const auto subject = root.text("sub");
  if (!subject || subject->empty())
    return Error::protocol("bad_response", "the userinfo response names no user").http_status(200);
  for (const FieldSpec& field : kFields) {
    const auto member = root.find(field.name);
    if (!member || std::string_view(field.name) == "raw") continue;
    if (field.kind == ValueKind::flag) {
      if (const auto truth = member->as_boolean()) work.result.set(field.name, *truth ? "true" : "false");
    } else {
      work.result.set_if(field.name, member->as_text());
    }
  }
  work.result.set("raw", work.response.body.view());
  return Branch::then;
}

enum State : uint8_t { kAsk, kDone };
constexpr StateSpec kStates[] = {{"ask", Step::send, ask}, {"done", Step::done, nullptr}};
constexpr Row kRows[] = {{kAsk, Event::response, read, kDone, kDone}};
constexpr RequestSpec kRequests[] = {{"userinfo", "GET", kUserinfoPath, true}};

}  // namespace

constexpr FlowSpec kUserinfoFlow = {
    .name = "userinfo",
    .summary = "Says who an access token belongs to.",
    .description = "One GET with the token in the Authorization header, to the configured site only.",
    .source = "OpenID Connect Core 5.3; Salesforce Help: remoteaccess_oauth_endpoints",
    .accepts_guest = false,
    .parameters = kParameters,
    .requests = kRequests,
    .asks = {},
    .org_settings = kOrgSettings,
    .result = &kUserInfo,
    .check = nullptr,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
