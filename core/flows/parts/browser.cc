#include "flows/parts/browser.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "codec/form.h"
#include "oauth/app.h"
#include "oauth/authorize_response.h"
#include "oauth/hints.h"
#include "oauth/pkce.h"

namespace hlid {
namespace {

constexpr std::string_view kPrompts[] = {"login", "consent", "select_account"};
constexpr HostKind kNoSites[] = {HostKind::my_domain, HostKind::login};

// Each word once: the words of a list, of which the table has checked the spaces.
bool is_prompt(std::string_view text) {
  bool seen[std::size(kPrompts)] = {};
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const auto found = std::find(std::begin(kPrompts), std::end(kPrompts), text.substr(0, end));
    if (found == std::end(kPrompts)) return false;
    bool& given = seen[found - std::begin(kPrompts)];
    if (given) return false;
    given = true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

bool is_path_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

// A parameter of this name, if the flow has one and it was given.
std::optional<std::string_view> given(const Context& flow, std::string_view name) { return flow.parameter(name); }

Result<void> make_nonce(Context& flow, std::string_view response_type) {
  if (const auto own = given(flow, "nonce")) {
    flow.keep(kNonce, *own);
    return {};
  }
  // Where no scope is named, the app's own may contain openid.
  if (!flow.scope().empty() && !wants_openid(flow) && !lists(response_type, "id_token")) return {};
  auto nonce = make_state();
  if (!nonce) return std::move(nonce).error();
  flow.keep(kNonce, std::move(*nonce));
  return {};
}

}  // namespace

Result<void> check_browser(Context& flow) {
  if (const auto prompt = given(flow, "prompt"); prompt && !is_prompt(*prompt))
    return Error::argument("prompt", "must be login, consent, select_account, or more than one of them, each once");
  if (const auto expid = given(flow, "expid"); expid && !is_path_word(*expid))
    return Error::argument("expid", "has a character that is not a letter, a digit, - or _");
  if (given(flow, "immediate") == "true" && !flow.app.check_host(kNoSites))
    return Error::argument("immediate", "is not available on Experience Cloud sites, only on My Domain and login hosts");
  return {};
}

Result<void> check_callback(const Context& flow, std::string_view name, std::string_view value) {
  return check_callback_address(name, value, flow.app.redirect_uri);
}

bool wants_openid(const Context& flow) { return lists(flow.scope(), "openid"); }

Result<void> show_authorize(Context& flow, std::string_view response_type) {
  const bool brings_code = response_type == "code";
  if (!flow.has(kState)) {
    if (brings_code) {
      if (auto made = new_pkce_and_state(flow); !made) return std::move(made).error();
    } else {
      if (auto made = new_state(flow); !made) return made;
      if (wants_openid(flow) || lists(response_type, "id_token")) flow.keep(kWantsIdToken, "true");
    }
    if (auto made = make_nonce(flow, response_type); !made) return made;
  }
  Secret query;
  FormWriter form(query);
  form.add("response_type", response_type);
  form.add("client_id", flow.app.client_id);
  form.add("redirect_uri", flow.app.redirect_uri);
  if (const auto provider = given(flow, "sso_provider")) form.add("sso_provider", *provider);
  if (brings_code) {
    add_challenge_and_scope(flow, form, code_challenge_of(flow.slot(kVerifier)).view(), true);
  } else {
    add_scope(flow, form);
  }
  if (flow.has(kNonce)) form.add("nonce", flow.slot(kNonce));
  for (const char* name : {"prompt", "login_hint", "display"}) {
    if (const auto value = given(flow, name)) form.add(name, *value);
  }
  if (given(flow, "immediate") == "true") form.add("immediate", "true");
  form.add("state", flow.slot(kState));
  const auto expid = given(flow, "expid");
  Secret& url = flow.show->url;
  url.append(join({flow.app.site, kAuthorizePath, expid ? "/" : "", expid.value_or(""), "?"}));
  url.append(query.view());
  return {};
}

Result<void> take_code(Context& flow) {
  auto code = read_callback_address(flow.given.view(), flow.app, flow.app.redirect_uri, flow.slot(kState),
                                    {Endpoint::authorize, flow.errors, true});
  if (!code) return std::move(code).error();
  keep_code(flow, std::move(*code));
  return {};
}

namespace {
constexpr Diagnosis kDiagnoses[] = {HLID_BROWSER_DIAGNOSES(hints::kAppEnabled)};
static_assert(is_without_order(kDiagnoses));
}  // namespace

constexpr ErrorSpec kBrowserErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace hlid
