// Authorization Code and Credentials: user name and password, without a browser.
#include "base/text.h"
#include "flows/parts/code.h"
#include "flows/parts/credentials.h"
#include "flows/parts/fields.h"
#include "flows/parts/person.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,
    kLoginHintParameter,
    kCustomdataParameter,
    {.name = "password",
     .charset = Charset::utf8,
     .secret = true,
     .max_bytes = kMaxPassword,
     .doc = "The password, sent byte for byte: never trimmed or changed. UTF-8 without NUL. Without it the flow asks for it, "
            "and asks again after a wrong one.",
     .default_text = "asked for",
     .in_ticket = InTicket::never},
    kRecaptchaParameter,
    kScopeParameter,
    kStateParameter,
    kGuestParameter,
    kGuestTokenParameter,
    kUvidParameter,
};

constexpr OrgSetting kOrgSettings[] = {org::kHeadlessFlows, org::kAppHeadlessFlow, org::kAppPermittedUsers,
                                       org::kAppNamedJwt,   org::kAppPostOnly,     org::kDiscoveryHandler};

enum State : uint8_t { kAskPassword, kAuthorizing, kExchanging, kDone };

Result<void> check(Context& flow) {
  if (auto good = check_who(flow); !good) return good;
  const auto username = flow.parameter("username");
  if (flow.app.credentials_in_header && username && username->find(':') != std::string_view::npos) {
    return Error::argument("username", "has a colon, which credentials_placement header cannot transport (RFC 7617); use body");
  }
  return keep_visitor(flow);
}

Result<void> authorize(Context& flow) {
  if (auto filled = fill_authorize(flow, "Named-User"); !filled) return filled;
  const std::string_view password = flow.slot(kPassword);
  const auto username = flow.parameter("username");
  FormWriter form = form_of(flow);
  // A hint goes in the body, whatever the placement: the header has room for a user name only.
  if (flow.app.credentials_in_header && username) {
    add_basic(flow, *username, password, flow.app.url_safe_basic);
  } else {
    add_who(flow, form);
    form.add_secret("password", password);
  }
  if (const auto recaptcha = flow.parameter("recaptcha")) form.add_secret("recaptcha", *recaptcha);
  add_visitor(flow);
  return {};
}

// A person can try again; a caller who gave the password with the call gets the error.
Next<kAskPassword> try_again(Context& flow, Error error) {
  flow.forget(kPassword);
  forget_authorize(flow);
  if (flow.parameter("password")) return error;
  ask_again(flow, std::move(error));
  return to<kAskPassword>;
}

Next<kExchanging, kAskPassword> authorized(Context& flow) {
  auto read = read_authorize(flow);
  flow.drop_single_use();
  if (!read && is_for_person(read.error())) return try_again(flow, std::move(read).error());
  if (!read) return std::move(read).error();
  flow.forget(kPassword);
  return to<kExchanging>;
}

Next<kAskPassword> not_answered(Context& flow) { return try_again(flow, std::move(*flow.failure)); }

constexpr StateSpec kStates[] = {
    ask_state("ask_password", kPasswordAsk, kPassword),
    send_state("authorize", kAuthorize, authorize),
    send_state("token", kToken, exchange_code),
    done_state(),
};
constexpr Row kRows[] = {
    go(kAskPassword, Event::value, kAuthorizing),
    on<authorized>(kAuthorizing, Event::response),
    on<not_answered>(kAuthorizing, Event::no_response),
    on<exchanged<kDone>>(kExchanging, Event::response),
};
static_assert(well_formed(kStates, kRows));

constexpr const SlotSpec* kSlots[] = {&kUvid, &kGuestToken};

}  // namespace

constexpr FlowSpec flows::login = {
    .name = "login",
    .verb = "login",
    .summary = "Signs a customer or partner in with username and password.",
    .description =
        "The Authorization Code and Credentials Flow with PKCE. A guest's visit is carried into the session: the "
        "result says whether the UVID was carried, lost (and why) or absent. A wrong user name and a wrong "
        "password look the same. Without a password the flow asks for it, until it is right.",
    .source =
        "Salesforce Help: remoteaccess_authorization_code_credentials_flow; remoteaccess_headless_guest_extension; remoteaccess_headless_discovery",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .needs = kCodeNeeds,
    .result = &kTokenSet,
    .errors = &kCredentialErrors,
    .check = check,
    .finish = finish_named,
    .slots = kSlots,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
