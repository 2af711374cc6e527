#include "org/needs.h"

#include <algorithm>

#include "base/text.h"
#include "org/text_kinds.h"

namespace hlid::org {
namespace {

using Met = Verdict::Met;

bool has_word(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What Full brings along: everything but refresh tokens, and the scopes of the headless endpoints.
bool full_covers(std::string_view word) {
  constexpr std::string_view kOwn[] = {"RefreshToken",     "OfflineAccess", "OpenID",
                                       "UserRegistration", "PwdlessLogin",  "ForgotPassword"};
  return std::find(std::begin(kOwn), std::end(kOwn), word) == std::end(kOwn);
}

Verdict judge_scopes(const Need& need, const App& app) {
  Verdict out;
  out.value = app.value(need.element);
  const std::vector<Value> selected = app.all(need.element);
  if (selected.empty()) {
    // No file of that type: unknown. A file without scopes: none are selected.
    out.met = out.value.document == nullptr || out.value.document->is_left_out ? Met::unknown : Met::no;
    return out;
  }
  std::vector<std::string_view> words;
  for (const Value& one : selected) {
    const ScopeSpec* scope = find_scope(one.text);
    words.push_back(scope != nullptr ? std::string_view(scope->metadata) : one.text);
  }
  const std::vector<std::string_view> wanted = words_of(need.value);
  const bool full = has_word(words, "Full");
  const auto selected_or_covered = [&](std::string_view word) { return has_word(words, word) || (full && full_covers(word)); };
  bool good = true;
  if (need.wish == Wish::any_scope) {
    good = wanted.empty() || std::any_of(wanted.begin(), wanted.end(), selected_or_covered);
  } else if (need.wish == Wish::all_scopes) {
    good = std::all_of(wanted.begin(), wanted.end(), selected_or_covered);
  } else {
    good = std::any_of(words.begin(), words.end(), [&](std::string_view word) { return !has_word(wanted, word); });
  }
  out.met = good ? Met::yes : Met::no;
  return out;
}

Verdict judge_callbacks(const Need& need, const App& app) {
  Verdict out;
  out.value = app.value(need.element);
  const std::vector<Value> callbacks = app.all(need.element);
  if (callbacks.empty()) {
    out.met = out.value.document == nullptr || out.value.document->is_left_out ? Met::unknown : Met::no;
    return out;
  }
  const bool local =
      std::any_of(callbacks.begin(), callbacks.end(), [](const Value& one) { return is_local_callback(one.text); });
  out.met = local ? Met::yes : Met::no;
  return out;
}

// No type of token is one that it reads.
bool supports_nothing(const Document& handler) {
  constexpr std::string_view kTypes[] = {"isAccessTokenSupported", "isIdTokenSupported", "isJwtSupported",
                                         "isRefreshTokenSupported", "isSaml2Supported"};
  return std::all_of(std::begin(kTypes), std::end(kTypes),
                     [&](std::string_view type) { return handler.root.value(type).value_or("") == "false"; });
}

Verdict judge_handlers(const App& app, const Configuration& configuration) {
  Verdict out;
  const std::vector<const Document*>& handlers = configuration.of_type("OauthTokenExchangeHandler");
  out.value.type = find_type("OauthTokenExchangeHandler");
  out.value.path = "enablements";
  out.value.element = find_element(*out.value.type, out.value.path);
  if (std::all_of(handlers.begin(), handlers.end(), [](const Document* one) { return one->is_left_out; })) return out;
  out.met = Met::no;
  const std::string_view link = app.kind == AppKind::connected_app ? "connectedApp" : "externalClientApp";
  for (const Document* handler : handlers) {
    if (handler->is_left_out || supports_nothing(*handler)) continue;
    out.value = Configuration::value_in(*handler, "isEnabled");
    for (const Element& enablement : handler->root.children) {
      if (enablement.name != "enablements" || enablement.value(link).value_or("") != app.name) continue;
      if (out.value.is("true")) {
        out.met = Met::yes;
        return out;
      }
    }
  }
  // It is not linked, or what links it is off.
  if (out.value.is("true")) {
    out.value.path = "enablements";
    out.value.element = find_element(*out.value.type, out.value.path);
  }
  return out;
}

Met judge_value(const Need& need, const Value& value) {
  if (value.given == Given::none) return Met::inapplicable;
  if (need.wish == Wish::present) {
    if (value.given == Given::unknown)
      return value.document == nullptr || value.document->is_left_out || value.document->type->keeps_absent ? Met::unknown
                                                                                                            : Met::no;
    return value.text.empty() ? Met::no : Met::yes;
  }
  if (!value.known()) return Met::unknown;
  return (value.text == need.value) == (need.wish == Wish::is) ? Met::yes : Met::no;
}

// An element of the app, of the org or of a site.
std::vector<Value> values_for(std::string_view element, const App& app, const Configuration& configuration,
                              const Circumstances& circumstances) {
  if (element.starts_with("Network.")) {
    const std::string_view path = element.substr(element.find('.') + 1);
    std::vector<Value> out;
    for (const Document* site : configuration.of_type("Network")) {
      if (!circumstances.site.empty() && site->member != circumstances.site) continue;
      out.push_back(Configuration::value_in(*site, path));
    }
    if (!out.empty()) return out;
    if (!circumstances.site.empty()) {
      Value absent;
      const ElementRef ref = find_element(element);
      absent.type = ref.type;
      absent.element = ref.element;
      absent.path = ref.path;
      return {absent};
    }
    return {configuration.setting(element)};
  }
  if (element.starts_with("OauthOidcSettings.")) return {configuration.setting(element)};
  if (element.ends_with(".permittedUsersPolicyType")) return {app.permitted_users()};
  if (element.ends_with(".refreshTokenPolicyType")) return {app.refresh_policy()};
  return {app.value(element)};
}

// The best that one of them says: a flow needs one site that fits.
Verdict judge_element(const Need& need, std::string_view element, const App& app, const Configuration& configuration,
                      const Circumstances& circumstances) {
  Verdict best;
  bool first = true;
  const auto rank = [](Met met) { return met == Met::yes ? 3 : met == Met::inapplicable ? 2 : met == Met::unknown ? 1 : 0; };
  for (const Value& value : values_for(element, app, configuration, circumstances)) {
    const Met met = judge_value(need, value);
    if (first || rank(met) > rank(best.met)) {
      best.met = met;
      best.value = value;
    }
    first = false;
  }
  return best;
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::opens: return "opens";
    case Level::must: return "must";
    case Level::should: return "should";
    case Level::any: break;
  }
  return "any";
}

std::string_view phrase_of(When when) {
  switch (when) {
    case When::always: break;
    case When::public_client: return "for a public client";
    case When::private_client: return "for a private client";
    case When::basic_header: return "with credentials_placement header";
    case When::after_guest: return "where guests sign in";
    case When::login_hint: return "with login_hint or customdata";
    case When::templates: return "with emailtemplate";
    case When::other_apps: return "for tokens of other apps";
  }
  return "";
}

std::optional<bool> counts(When when, const Circumstances& circumstances) {
  using Client = Circumstances::Client;
  switch (when) {
    case When::always: return true;
    case When::public_client:
    case When::private_client:
      if (circumstances.client == Client::unknown) return std::nullopt;
      return (circumstances.client == Client::of_public) == (when == When::public_client);
    case When::basic_header: return circumstances.basic_header;
    case When::after_guest: return circumstances.after_guest;
    case When::login_hint: return circumstances.login_hint;
    case When::templates: return circumstances.templates;
    case When::other_apps: return circumstances.other_apps;
  }
  return std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    const size_t end = list.find(' ');
    if (end != 0) out.push_back(list.substr(0, end));
    if (end == std::string_view::npos) break;
    list.remove_prefix(end + 1);
  }
  return out;
}

std::string wish_of(const Need& need) {
  const auto joined = [&](std::string_view last) {
    std::string out;
    const std::vector<std::string_view> words = words_of(need.value);
    for (size_t i = 0; i < words.size(); ++i) {
      if (i != 0) out += i + 1 == words.size() ? last : ", ";
      out += words[i];
    }
    return out;
  };
  switch (need.wish) {
    case Wish::nothing: return "either";
    case Wish::is: return need.value;
    case Wish::is_not: return join({"anything but ", need.value});
    case Wish::present: return "a value";
    case Wish::any_scope: return *need.value == '\0' ? "at least one scope" : joined(" or ");
    case Wish::all_scopes: return joined(" and ");
    case Wish::own_scope: return join({"a scope other than ", joined(" and ")});
    case Wish::localhost: return "a callback on localhost";
    case Wish::handler: return "an enabled handler that names the app and supports a type of token";
    case Wish::document: return join({"a ", need.element});
    case Wish::keeper: return "a private client";
    case Wish::client_app: return "an external client app";
    case Wish::connected_app:
    case Wish::perhaps_connected_app: return "a connected app";
  }
  return {};
}

Verdict judge(const Need& need, const App& app, const Configuration& configuration, const Circumstances& circumstances) {
  Verdict out;
  switch (need.wish) {
    case Wish::nothing: out.met = Met::inapplicable; return out;
    case Wish::any_scope:
    case Wish::all_scopes:
    case Wish::own_scope: return judge_scopes(need, app);
    case Wish::localhost: return judge_callbacks(need, app);
    case Wish::handler: return judge_handlers(app, configuration);
    case Wish::document: out.met = configuration.of_type(need.element).empty() ? Met::unknown : Met::yes; return out;
    // The row counts for a public client alone.
    case Wish::keeper: out.met = Met::no; return out;
    case Wish::client_app: out.met = app.kind == AppKind::external_client_app ? Met::yes : Met::no; return out;
    case Wish::connected_app: out.met = app.kind == AppKind::connected_app ? Met::yes : Met::no; return out;
    case Wish::perhaps_connected_app: out.met = app.kind == AppKind::connected_app ? Met::yes : Met::unknown; return out;
    case Wish::is:
    case Wish::is_not:
    case Wish::present: break;
  }
  out = judge_element(need, need.element, app, configuration, circumstances);
  if (*need.or_element == '\0' || out.met == Met::yes) return out;
  const Verdict other = judge_element(need, need.or_element, app, configuration, circumstances);
  if (other.met == Met::yes) return other;
  // One that is not known could be the one that will do.
  if (other.met == Met::unknown && out.met == Met::no) return other;
  return out;
}

}  // namespace hlid::org
