#include "org/doctor.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"
#include "org/types.h"

namespace hlid::org {
namespace {

constexpr size_t kMaxScopes = 12;  // that are asked about, one request each
constexpr std::string_view kScopePrefix = "scope_";
constexpr std::string_view kMadeUpScope = "scope_made_up";

bool same(const OrgSetting& one, const OrgSetting& other) { return std::string_view(one.id) == other.id; }

bool is_scope_wish(const Need& need) {
  return need.wish == Wish::any_scope || need.wish == Wish::all_scopes || need.wish == Wish::own_scope;
}

bool uses_an_app(const FlowSpec& flow) {
  const std::vector<const Need*> needs = needs_of(flow);
  return std::any_of(needs.begin(), needs.end(), [](const Need* need) { return same(*need->setting, kAppEnabled); });
}

// Those of the flow's own list and those of its kind, each once, in the order of the table.
std::vector<const OrgSetting*> settings_of(const Circumstance& about) {
  std::vector<const OrgSetting*> out;
  for (const OrgSetting* setting : kAll) {
    const bool wanted = std::any_of(about.flows.begin(), about.flows.end(), [&](const FlowSpec* flow) {
      const auto listed = [&](const OrgSetting& own) { return same(own, *setting); };
      const std::vector<const Need*> needs = needs_of(*flow);
      return std::any_of(flow->org_settings.begin(), flow->org_settings.end(), listed) ||
             std::any_of(needs.begin(), needs.end(), [&](const Need* need) { return same(*need->setting, *setting); });
    });
    if (wanted) out.push_back(setting);
  }
  return out;
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// As requests spell them, each once: what the flows need and what the profile asks for.
std::vector<std::string> scopes_of(const Circumstance& about) {
  std::vector<std::string> out;
  const auto add = [&](std::string_view word) {
    if (!word.empty() && out.size() < kMaxScopes && !has(out, word)) out.emplace_back(word);
  };
  for (const std::string_view word : about.scope) add(word);
  bool any = false;
  for (const FlowSpec* flow : about.flows) {
    for (const Need* need : needs_of(*flow)) {
      if (need->wish != Wish::any_scope && need->wish != Wish::all_scopes) continue;
      for (const std::string_view word : words_of(need->value)) {
        const ScopeSpec* scope = find_scope(word);
        if (scope == nullptr || word == "OfflineAccess") continue;  // another name of refresh_token
        add(scope->wire);
        any = true;
      }
    }
  }
  if (any) add("full");
  return out;
}

bool is_met(Wants wants, const Circumstance& about) {
  switch (wants) {
    case Wants::nothing: return true;
    case Wants::callback: return about.has_callback;
    case Wants::secret: return about.has_secret;
    case Wants::key: return about.has_key;
    case Wants::secret_and_callback: return about.has_secret && about.has_callback;
    case Wants::user: return about.has_user && about.has_callback;
  }
  return false;
}

bool names_question(const Conclusion& row, std::string_view question) {
  return question == row.sign.question || question == row.also.question || question == row.and_also.question;
}

bool is_wanted(const Question& question, const Circumstance& about, const std::vector<const OrgSetting*>& settings) {
  if (!is_met(question.wants, about)) return false;
  const std::string_view name = question.name;
  if (*question.only_for != '\0') {
    return std::any_of(about.flows.begin(), about.flows.end(),
                       [&](const FlowSpec* flow) { return lists(question.only_for, flow->name); });
  }
  if (name == "discovery" || name == "keys" || question.wants == Wants::user) return true;
  if (name == "code")
    return std::any_of(about.flows.begin(), about.flows.end(), [](const auto* flow) { return uses_an_app(*flow); });
  // Without a secret of its own the app sends what `code` sends.
  if (name == "code_without_secret" && !about.has_secret && !about.has_key) return false;
  if (name == "challenge") {
    return std::any_of(settings.begin(), settings.end(), [](const auto* setting) { return same(*setting, kAppFirstParty); });
  }
  return std::any_of(all_conclusions().begin(), all_conclusions().end(), [&](const Conclusion& row) {
    return names_question(row, name) &&
           std::any_of(settings.begin(), settings.end(), [&](const auto* setting) { return same(*setting, *row.setting); });
  });
}

// ---- conclusions ----

// Words that say nothing of a switch: the app is refused as a whole, or the server cannot respond now.
constexpr std::string_view kSaysNothing =
    "oauth_flow_disabled app_blocked fail_close_app_blocked client_blocked invalid_client_id app_not_found invalid_client "
    "unsupported_response_type unsupported_grant_type server_error service_unavailable system_down unknown_error "
    "rate_limit_exceeded LOGIN_RATE_EXCEEDED REQUEST_LIMIT_EXCEEDED inactive_org";

class Reading {
 public:
  Reading(const Circumstance& about, const Observations& seen) : about_(about), seen_(seen) {}

  const Observation* find(std::string_view question) const {
    // The app has no secret to leave out.
    if (question == "code_without_secret" && !about_.has_secret && !about_.has_key) question = "code";
    const auto found = seen_.find(question);
    return found == seen_.end() ? nullptr : &found->second;
  }

  bool fits(const Sign& sign) const {
    if (*sign.question == '\0') return true;
    const Observation* found = find(sign.question);
    if (found == nullptr) return false;
    const bool by_status = lists(sign.codes, join({"status:", std::to_string(found->http_status)}));
    if (by_status) return true;
    if (found->shape != sign.shape) return false;
    const bool any_code = *sign.codes == '\0';
    if (sign.shape == Shape::words && any_code && lists(kSaysNothing, found->code)) return false;
    const bool code = any_code || (!found->code.empty() && lists(sign.codes, found->code)) ||
                      (!found->reason.empty() && lists(sign.codes, join({"reason:", found->reason}))) ||
                      (!found->token_format.empty() && lists(sign.codes, join({"format:", found->token_format})));
    const auto says = [&](const char* part) {
      return contains_ignoring_case(found->text, part) || contains_ignoring_case(found->code, part);
    };
    return code && (*sign.says == '\0' || says(sign.says)) && (*sign.but_not == '\0' || !says(sign.but_not));
  }

  const Conclusion* conclusion_for(const OrgSetting& setting) const {
    for (const Conclusion& row : all_conclusions()) {
      if (same(*row.setting, setting) && row.state != State::unknown && fits(row.sign) && fits(row.also) && fits(row.and_also))
        return &row;
    }
    return nullptr;
  }

  // The server does not know the app, or refuses it whatever it asks for.
  std::string app_refused() const {
    const Observation* code = find("code");
    if (code == nullptr || code->shape != Shape::words) return {};
    if (lists("invalid_client_id app_not_found", code->code)) return "The server does not know the app.";
    const bool off = lists("oauth_flow_disabled app_blocked fail_close_app_blocked client_blocked", code->code);
    return off ? "The server refuses the app whatever it asks for." : "";
  }

  std::optional<bool> selected(std::string_view scope) const {
    const Observation* found = find(join({kScopePrefix, scope}));
    if (found == nullptr) return std::nullopt;
    if (found->shape == Shape::words && found->code == "invalid_scope") return false;
    const Observation* made_up = find(kMadeUpScope);
    const bool looks = made_up != nullptr && made_up->shape == Shape::words && made_up->code == "invalid_scope";
    const bool accepted = found->shape == Shape::page || found->shape == Shape::granted;
    return looks && accepted ? std::optional(true) : std::nullopt;
  }

  // The server's own words about the first question of the setting's that got some.
  std::string said(const OrgSetting& setting) const {
    for (const Conclusion& row : all_conclusions()) {
      if (!same(*row.setting, setting)) continue;
      const Observation* found = find(row.sign.question);
      if (found == nullptr || found->shape != Shape::words) continue;
      return found->text.empty() ? found->code : join({found->code, found->code.empty() ? "" : ": ", found->text});
    }
    return {};
  }

 private:
  const Circumstance& about_;
  const Observations& seen_;
};

// No response shows whether the app is an external client app.
bool is_about_kind(const Need& need) {
  return need.wish == Wish::client_app || need.wish == Wish::connected_app || need.wish == Wish::perhaps_connected_app;
}

// What a file's value means for the box in Setup: true is on, unless the element is the opposite.
bool wants_on(const Need& need) {
  const ElementRef ref = find_element(std::string_view(need.element));
  const bool inverted = ref.element != nullptr && ref.element->inverted;
  const std::string_view value = need.value;
  if (value == "true" || value == "false") return (((value == "true") != inverted)) == (need.wish == Wish::is);
  return true;  // a value that is as it must be
}

std::string needed_of(const Need& need) {
  const std::string_view value = need.value;
  if (value == "true" || value == "false") return wants_on(need) ? "on" : "off";
  return wish_of(need);
}

std::optional<bool> is_on(State state) {
  switch (state) {
    case State::on:
    case State::right: return true;
    case State::off:
    case State::wrong: return false;
    default: return std::nullopt;
  }
}

// The setting whose element would do as well.
const OrgSetting* other_of(const Need& need) {
  if (*need.or_element == '\0') return nullptr;
  const ElementRef ref = find_element(std::string_view(need.or_element));
  return ref.element == nullptr ? nullptr : ref.element->setting;
}

class Doctor {
 public:
  Doctor(const Circumstance& about, const Observations& seen) : about_(about), reading_(about, seen) {}

  Diagnosed run() {
    add_facts();
    for (const OrgSetting* setting : settings_of(about_)) out_.settings.push_back(learn(*setting));
    for (const Learnt& one : out_.settings) out_.prevents = out_.prevents || one.standing == Standing::wrong;
    for (const Fact& one : out_.facts) out_.prevents = out_.prevents || one.standing == Standing::wrong;
    return std::move(out_);
  }

 private:
  void add_facts();
  void add_fact(const char* name, Standing standing, std::string_view text, const char* question = nullptr);
  Learnt learn(const OrgSetting& setting) const;
  void learn_scopes(const OrgSetting& setting, Learnt& out) const;
  std::optional<bool> met_by_scopes(const Need& need, std::string& why) const;
  Standing standing_of(const Need& need, const Learnt& learnt) const;

  const Circumstance& about_;
  Reading reading_;
  Diagnosed out_;
};

void Doctor::add_fact(const char* name, Standing standing, std::string_view text, const char* question) {
  std::string whole(text);
  const Observation* found = question == nullptr ? nullptr : reading_.find(question);
  if (found != nullptr && found->shape == Shape::words) {
    whole += join({" The server said: ", found->code, found->code.empty() || found->text.empty() ? "" : ": ", found->text});
  }
  out_.facts.push_back({name, standing, std::move(whole)});
}

void Doctor::add_facts() {
  const auto shape = [&](const char* question) {
    const Observation* found = reading_.find(question);
    return found == nullptr ? Shape::nothing : found->shape;
  };
  const auto asked = [&](const char* question) { return reading_.find(question) != nullptr; };
  if (asked("discovery")) {
    const bool good = shape("discovery") == Shape::granted;
    add_fact("discovery", good ? Standing::as_it_must_be : Standing::untold,
             good ? "The server says what it is." : "The server does not say what it is.", "discovery");
  }
  if (asked("keys")) {
    const bool good = shape("keys") == Shape::granted;
    add_fact("keys", good ? Standing::as_it_must_be : Standing::untold,
             good ? "The server has keys to verify tokens with." : "The server shows no keys to verify tokens with.", "keys");
  }
  if (const Observation* code = reading_.find("code")) {
    const std::string refused = reading_.app_refused();
    const bool no_client = lists("invalid_client invalid_client_credentials", code->code);
    const bool looked_at = reading_.fits({.question = "code", .codes = "invalid_grant"});
    const bool first =
        reading_.fits({.question = "code_with_wrong_secret", .codes = "invalid_client invalid_client_credentials"});
    if (!refused.empty()) {
      add_fact("client_id", Standing::wrong, refused, "code");
    } else if (looked_at || no_client) {
      add_fact("client_id", Standing::as_it_must_be, "The server knows the app.");
    } else {
      add_fact("client_id", Standing::untold, "The server does not say whether it knows the app.", "code");
    }
    if (about_.has_secret && refused.empty()) {
      if (no_client)
        add_fact("client_secret", Standing::wrong, "The server refuses the app's secret.", "code");
      else if (looked_at && first)
        add_fact("client_secret", Standing::as_it_must_be, "The server accepts the app's secret, and refuses a made-up one.");
      else
        add_fact("client_secret", Standing::untold, "The server does not say whether the secret is right.", "code");
    }
  }
  for (const char* name : {"introspection", "revocation"}) {
    if (!asked(name)) continue;
    const bool responds = shape(name) == Shape::granted || shape(name) == Shape::words;
    add_fact(name, responds ? Standing::as_it_must_be : Standing::untold,
             responds ? "The endpoint responds." : "The endpoint's response says nothing.", name);
  }
}

std::optional<bool> Doctor::met_by_scopes(const Need& need, std::string& why) const {
  const std::vector<std::string_view> words = words_of(need.value);
  std::vector<std::optional<bool>> states;
  std::string refused;
  for (const std::string_view word : words) {
    const ScopeSpec* scope = find_scope(word);
    if (scope == nullptr || word == "OfflineAccess") continue;
    states.push_back(reading_.selected(scope->wire));
    if (states.back() == false) refused += join({refused.empty() ? "" : ", ", scope->wire});
  }
  if (!refused.empty())
    why = join({"The server refuses the scope", refused.find(',') == std::string::npos ? " " : "s ", refused, "."});
  const auto is = [](bool wanted) { return [=](const std::optional<bool>& state) { return state == wanted; }; };
  if (need.wish == Wish::own_scope) {
    const Conclusion* row = reading_.conclusion_for(kAppOwnScopes);
    if (row != nullptr) why = row->why;
    return row == nullptr ? std::nullopt : is_on(row->state);
  }
  if (words.empty()) {
    // Those that the profile asks for must all be selected.
    for (const std::string_view word : about_.scope) {
      const auto state = reading_.selected(word);
      states.push_back(state);
      if (state == false) why = join({"The server refuses the scope ", word, ", which the profile asks for."});
    }
    if (states.empty()) return std::nullopt;
    if (std::any_of(states.begin(), states.end(), is(false))) return false;
    if (std::all_of(states.begin(), states.end(), is(true))) {
      why = "The server accepts the scopes that the profile asks for, and refuses a made-up one.";
      return true;
    }
    return std::nullopt;
  }
  const bool all = need.wish == Wish::all_scopes;
  const bool met =
      all ? std::all_of(states.begin(), states.end(), is(true)) : std::any_of(states.begin(), states.end(), is(true));
  if (met) {
    why = "The server accepts the scope, and refuses a made-up one.";
    return true;
  }
  const bool failed = all ? std::any_of(states.begin(), states.end(), is(false))
                          : !states.empty() && std::all_of(states.begin(), states.end(), is(false));
  if (!failed) return std::nullopt;
  // Full access covers many scopes that are not selected by name.
  if (reading_.selected("full") != false) {
    why += " Whether the scope full covers it is not known.";
    return std::nullopt;
  }
  return false;
}

void Doctor::learn_scopes(const OrgSetting& setting, Learnt& out) const {
  bool known = true;
  for (const FlowSpec* flow : out.flows) {
    for (const Need* need : needs_of(*flow)) {
      if (!same(*need->setting, setting) || !is_scope_wish(*need)) continue;
      std::string why;
      const std::optional<bool> met = met_by_scopes(*need, why);
      const Standing standing = !met                           ? Standing::untold
                                : *met                         ? Standing::as_it_must_be
                                : need->level == Level::should ? Standing::should_change
                                                               : Standing::wrong;
      known = known && met.has_value();
      if (met == false && (out.state != State::wrong || standing == Standing::wrong)) {
        out.state = State::wrong;
        out.standing = std::max(out.standing, standing);
        out.why = why;
        out.needed = wish_of(*need);
      } else if (out.state != State::wrong && (out.why.empty() || !met)) {
        out.why = why;
        out.needed = wish_of(*need);
      }
    }
  }
  if (out.state == State::wrong) return;
  out.state = known ? State::right : State::unknown;
  out.standing = known ? Standing::as_it_must_be : Standing::untold;
  if (out.why.empty()) out.why = why_untold(setting);
}

Standing Doctor::standing_of(const Need& need, const Learnt& learnt) const {
  if (need.level == Level::any || need.wish == Wish::nothing) return Standing::either;
  if (counts(need.when, about_.needs) != true) return Standing::either;
  const bool wanted = wants_on(need);
  const Standing unmet = need.level == Level::should ? Standing::should_change : Standing::wrong;
  if (learnt.state == State::one_off) return wanted ? unmet : Standing::untold;
  if (learnt.state == State::one_on) return wanted ? Standing::untold : unmet;
  const auto on = is_on(learnt.state);
  if (!on) return Standing::untold;
  if (*on == wanted) return Standing::as_it_must_be;
  if (const OrgSetting* other = other_of(need)) {
    const Conclusion* row = reading_.conclusion_for(*other);
    const auto other_on = row == nullptr ? std::nullopt : is_on(row->state);
    if (!other_on) return Standing::untold;
    if (*other_on) return Standing::as_it_must_be;
  }
  return unmet;
}

Learnt Doctor::learn(const OrgSetting& setting) const {
  Learnt out;
  out.setting = &setting;
  bool about_scopes = false;
  for (const FlowSpec* flow : about_.flows) {
    const std::vector<const Need*> needs = needs_of(*flow);
    const auto about_it = [&](const Need* need) { return same(*need->setting, setting); };
    if (std::none_of(needs.begin(), needs.end(), about_it)) continue;
    out.flows.push_back(flow);
    about_scopes = about_scopes || std::any_of(needs.begin(), needs.end(),
                                               [&](const Need* need) { return about_it(need) && is_scope_wish(*need); });
  }
  const std::string refused = reading_.app_refused();
  const Conclusion* row = reading_.conclusion_for(setting);
  const bool of_app = std::string_view(setting.id).starts_with("app_") || row != nullptr;
  if (!refused.empty() && !same(setting, kAppEnabled) && !same(setting, kSitePrefix) && of_app) {
    out.why = refused;
    return out;
  }
  if (row == nullptr && about_scopes) {
    learn_scopes(setting, out);
    return out;
  }
  if (row == nullptr) {
    out.why = why_untold(setting);
    out.said = reading_.said(setting);
  } else {
    out.state = row->state;
    out.partner = row->partner;
    out.why = row->why;
  }
  bool first = true;
  for (const FlowSpec* flow : out.flows) {
    for (const Need* need : needs_of(*flow)) {
      if (!same(*need->setting, setting) || is_about_kind(*need)) continue;
      const Standing standing = row == nullptr ? Standing::untold : standing_of(*need, out);
      if (first || standing > out.standing) {
        out.standing = standing;
        if (need->level != Level::any && counts(need->when, about_.needs) == true) out.needed = needed_of(*need);
      }
      first = false;
    }
  }
  return out;
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::unknown: break;
    case State::on: return "on";
    case State::off: return "off";
    case State::right: return "right";
    case State::wrong: return "wrong";
    case State::one_off: return "one_of_two_off";
    case State::one_on: return "one_of_two_on";
  }
  return "unknown";
}

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::untold: break;
    case Standing::as_it_must_be: return "as_it_must_be";
    case Standing::either: return "either";
    case Standing::should_change: return "should_change";
    case Standing::wrong: return "wrong";
  }
  return "cannot_be_told";
}

std::vector<Asked> questions_for(const Circumstance& about) {
  std::vector<Asked> out;
  const std::vector<const OrgSetting*> settings = settings_of(about);
  const std::vector<std::string> scopes = about.has_callback ? scopes_of(about) : std::vector<std::string>();
  for (const Question& question : all_questions()) {
    const bool of_scope = question.name == kMadeUpScope;
    if (of_scope ? scopes.empty() : !is_wanted(question, about, settings)) continue;
    Asked asked{&question, question.name, {}};
    for (const Argument& one : question.arguments) asked.arguments.emplace_back(one.name, one.value);
    out.push_back(asked);
    if (!of_scope) continue;
    for (const std::string& scope : scopes) {
      asked.name = join({kScopePrefix, scope});
      asked.arguments.back().second = scope;
      out.push_back(asked);
    }
  }
  return out;
}

Diagnosed diagnose(const Circumstance& about, const Observations& seen) { return Doctor(about, seen).run(); }

}  // namespace hlid::org
