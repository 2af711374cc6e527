// Authorization Code and Credentials: user name and password, without a browser.
#include "base/text.h"
#include "flows/fields.h"
#include "flows/otp_flow.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,
    kLoginHintParameter,
    kCustomdataParameter,
    {.name = "password",
     .form = Form::utf8,
     .secret = true,
     .max_bytes = kMaxPassword,
     .doc = "The password, sent byte for byte: never trimmed or changed. UTF-8 without NUL. Without it the flow asks for it, "
            "and asks again after a wrong one.",
     .fallback = "asked for"},
    kRecaptchaParameter,
    kScopeParameter,
    kStateParameter,
    kGuestTokenParameter,
    kUvidParameter,
};

constexpr ValueSpec kAsks[] = {kPasswordAsk};

constexpr OrgSetting kOrgSettings[] = {kCodeCredentialsSetting, kAppCodeCredentialsSetting, kPreAuthorizedSetting,
                                       kNamedJwtSetting};

enum State : uint8_t { kAskPassword, kAuthorize, kToken, kKeys, kDone };

Result<void> check(Work& work) {
  if (auto good = check_who(work); !good) return good;
  const auto username = work.parameter("username");
  if (work.app.credentials_in_header && username && username->find(':') != std::string_view::npos) {
    return Error::argument("username", "has a colon, which credentials_placement header cannot carry (RFC 7617); use body");
  }
  return keep_visitor(work);
}

Result<void> authorize(Work& work) {
  if (auto begun = begin_authorize(work, "Named-User"); !begun) return begun;
  const auto given = work.parameter("password");
  const std::string_view password = given ? *given : work.slot(Slot::password);
  const auto username = work.parameter("username");
  FormWriter form = form_of(work);
  // A hint goes in the body, whatever the placement: the header has room for a user name only.
  if (work.app.credentials_in_header && username) {
    add_basic(work, *username, password, work.app.url_safe_basic);
  } else {
    add_who(work, form);
    form.add_secret("password", password);
  }
  if (const auto recaptcha = work.parameter("recaptcha")) form.add_secret("recaptcha", *recaptcha);
  add_visitor(work);
  finish_authorize(work);
  return {};
}

Result<uint8_t> start(Work& work) { return static_cast<uint8_t>(work.parameter("password") ? kAuthorize : kAskPassword); }

Result<void> ask_password(Work& work) {
  work.ask.name = "password";
  work.ask.secret = true;
  return {};
}

Result<Branch> take_password(Work& work) {
  work.keep(Slot::password, std::move(work.given));
  return Branch::then;
}

// A person can try again, one who gave the password with the call cannot.
Result<Branch> ask_again(Work& work, Error error) {
  work.forget(Slot::password);
  forget_authorize(work);
  if (work.parameter("password")) return error;
  work.ask.problem = std::move(error);
  work.ask.problem->edit().advice = Advice::ask_again;
  return Branch::otherwise;
}

Result<Branch> authorized(Work& work) {
  auto read = read_authorize(work, Asker::named);
  work.drop_single_use();
  if (!read && is_for_person(read.error())) return ask_again(work, std::move(read).error());
  if (!read) return std::move(read).error();
  work.forget(Slot::password);
  return Branch::then;
}

Result<Branch> no_response(Work& work) {
  Error error = std::move(*work.ask.problem);
  work.ask.problem.reset();
  return ask_again(work, std::move(error));
}

using Code = CodeFlow<Asker::named, authorize, exchange_code>;

constexpr StateSpec kStates[] = {
    {"ask_password", Step::ask, ask_password}, {"authorize", Step::send, authorize}, {"token", Step::send, exchange_code},
    {"keys", Step::send, begin_keys},          {"done", Step::done, nullptr},
};
constexpr Row kRows[] = {
    {kAskPassword, Event::value, take_password, kAuthorize, kAuthorize},
    {kAuthorize, Event::response, authorized, kToken, kAskPassword},
    {kAuthorize, Event::no_response, no_response, kAskPassword, kAskPassword},
    {kToken, Event::response, Code::exchanged, kDone, kKeys},
    {kKeys, Event::response, Code::verified, kDone, kDone},
};

}  // namespace

constexpr FlowSpec kLoginFlow = {
    .name = "login",
    .summary = "Signs a customer or partner in with user name and password.",
    .description =
        "The Authorization Code and Credentials Flow with PKCE. A guest's visit is carried into the session: the "
        "result says whether the UVID was carried, lost (and why) or absent. A wrong user name and a wrong "
        "password look the same. Without a password the flow asks for it, as often as it takes.",
    .source =
        "Salesforce Help: remoteaccess_authorization_code_credentials_flow; remoteaccess_headless_guest_extension; remoteaccess_headless_discovery",
    .accepts_guest = true,
    .parameters = kParameters,
    .requests = kCodeFlowRequests,
    .asks = kAsks,
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .check = check,
    .states = kStates,
    .rows = kRows,
    .start = start,
};

}  // namespace hlid
