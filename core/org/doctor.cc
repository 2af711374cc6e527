#include "org/doctor.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"
#include "org/inquiries.h"
#include "org/types.h"

namespace hlid::org {
namespace {

constexpr size_t kMaxScopes = 12;  // that are asked about, one request each
constexpr std::string_view kScopePrefix = "scope_";
constexpr std::string_view kScopeQuestion = "scope";  // is asked of each
constexpr std::string_view kOtherHost = "not supported on this domain";

bool same(const OrgSetting& one, const OrgSetting& other) { return std::string_view(one.id) == other.id; }

bool is_scope_wish(const Need& need) {
  return need.wish == Wish::any_scope || need.wish == Wish::all_scopes || need.wish == Wish::own_scope;
}

bool uses_an_app(const FlowSpec& flow) {
  const std::vector<const Need*> needs = needs_of(flow);
  return std::any_of(needs.begin(), needs.end(), [](const Need* need) { return same(*need->setting, kAppEnabled); });
}

// The profile's scopes go with each of its requests.
bool sends_scope(const FlowSpec& flow, const Circumstance& about) {
  return !about.scope.empty() && std::any_of(flow.parameters.begin(), flow.parameters.end(),
                                             [](const ValueSpec& spec) { return std::string_view(spec.name) == "scope"; });
}
constexpr Need kProfileScopes{.setting = &kAppScopes, .wish = Wish::any_scope};

std::vector<const Need*> all_needs_of(const FlowSpec& flow, const Circumstance& about) {
  std::vector<const Need*> out = needs_of(flow);
  const auto judges = [](const Need* need) { return same(*need->setting, kAppScopes) && *need->value == '\0'; };
  if (sends_scope(flow, about) && std::none_of(out.begin(), out.end(), judges)) out.push_back(&kProfileScopes);
  return out;
}

// Each once, in the order of the table.
std::vector<const OrgSetting*> settings_of(const Circumstance& about) {
  std::vector<const OrgSetting*> out;
  for (const OrgSetting* setting : kAll) {
    const bool wanted = std::any_of(about.flows.begin(), about.flows.end(), [&](const FlowSpec* flow) {
      const std::vector<const Need*> needs = all_needs_of(*flow, about);
      return std::any_of(needs.begin(), needs.end(), [&](const Need* need) { return same(*need->setting, *setting); });
    });
    if (wanted) out.push_back(setting);
  }
  return out;
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// As requests spell them, each once: what the flows need and what the profile asks for. Full access comes first: it covers the
// others, and where it is refused, the server looks at what the app may have.
std::vector<std::string> scopes_of(const Circumstance& about) {
  std::vector<std::string> out;
  const auto add = [&](std::string_view word) {
    if (word.empty() || has(out, word)) return;
    if (out.empty()) out.emplace_back("full");
    if (!has(out, word)) out.emplace_back(word);
  };
  for (const std::string_view word : about.scope) add(word);
  for (const FlowSpec* flow : about.flows) {
    for (const Need* need : needs_of(*flow)) {
      if (need->wish != Wish::any_scope && need->wish != Wish::all_scopes) continue;
      for (const std::string_view word : words_of(need->value)) {
        const ScopeSpec* scope = find_scope(word);
        if (scope == nullptr || word == "OfflineAccess") continue;  // another name of refresh_token
        add(scope->wire);
      }
    }
  }
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
  if (name == "discovery" || name == "keys") return true;
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
    "oauth_flow_disabled app_blocked fail_close_app_blocked client_blocked OAUTH_APP_BLOCKED OAUTH_AUTHORIZATION_BLOCKED invalid_client_id app_not_found invalid_client "
    "unsupported_response_type unsupported_grant_type server_error service_unavailable system_down unknown_error "
    "rate_limit_exceeded LOGIN_RATE_EXCEEDED REQUEST_LIMIT_EXCEEDED inactive_org";

constexpr std::string_view kBlocked =
    "app_blocked fail_close_app_blocked client_blocked OAUTH_APP_BLOCKED OAUTH_AUTHORIZATION_BLOCKED";

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
    if (found->asks_for_token && lists(sign.codes, "status:401")) return true;
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
      if (same(*row.setting, setting) && *row.why != '\0' && fits(row.sign) && fits(row.also) && fits(row.and_also)) return &row;
    }
    return nullptr;
  }

  // The server does not know the app, or refuses it whatever it asks for.
  std::string app_refused() const {
    const Observation* code = find("code");
    if (code == nullptr || code->shape != Shape::words) return {};
    if (lists("invalid_client_id app_not_found OAUTH_EC_APP_NOT_FOUND", code->code))
      return "The server does not know the app. A new one takes about ten minutes; else the client_id is another org's, or that of a "
             "sandbox.";
    if (lists(kBlocked, code->code))
      return "An admin or a policy of the org blocks the app. In Setup > Connected Apps OAuth Usage it must not be blocked, and must be "
             "installed.";
    return code->code == "oauth_flow_disabled" ? "The server refuses the app whatever it asks for." : "";
  }

  // A success, or words that Salesforce's endpoints are known to say.
  bool responds() const {
    return seen_.empty() || std::any_of(seen_.begin(), seen_.end(), [](const auto& one) {
             const Observation& seen = one.second;
             return seen.shape == Shape::granted || seen.asks_for_token ||
                    (seen.shape == Shape::words && (is_known_code(seen.code) || !seen.text.empty()));
           });
  }

  bool was_asked(const OrgSetting& setting) const {
    return std::any_of(all_conclusions().begin(), all_conclusions().end(),
                       [&](const Conclusion& row) { return same(*row.setting, setting) && find(row.sign.question) != nullptr; });
  }

  // Of the flow itself, which may have been run: that its scopes were refused.
  bool refuses_scopes_of(const FlowSpec& flow) const {
    return std::any_of(all_questions().begin(), all_questions().end(), [&](const Question& question) {
      return std::string_view(question.flow) == flow.name && fits({.question = question.name, .codes = "invalid_scope"});
    });
  }

  // What comes from behind the sign-in is not seen: a refusal for what the app lacks shows that the server looks before it. That
  // of a made-up word shows no more than that it knows its words.
  bool looks_at_scopes() const {
    return std::any_of(seen_.begin(), seen_.end(), [](const auto& one) {
      return one.first.starts_with(kScopePrefix) && one.second.shape == Shape::words && one.second.code == "invalid_scope";
    });
  }

  std::optional<bool> selected(std::string_view scope) const {
    const Observation* found = find(join({kScopePrefix, scope}));
    if (found == nullptr) return std::nullopt;
    if (found->shape == Shape::words && found->code == "invalid_scope") return false;
    const bool accepted = found->shape == Shape::page || found->shape == Shape::granted;
    return accepted && looks_at_scopes() ? std::optional(true) : std::nullopt;
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
    std::vector<const FlowSpec*> prevented;
    const auto add = [&](Standing standing, const std::vector<const FlowSpec*>& flows) {
      if (standing != Standing::wrong) return;
      out_.prevents = true;
      prevented.insert(prevented.end(), flows.begin(), flows.end());
    };
    for (const Learnt& one : out_.settings) add(one.standing, one.flows);
    for (const Fact& one : out_.facts) add(one.standing, one.prevented);
    std::copy_if(about_.flows.begin(), about_.flows.end(), std::back_inserter(out_.prevented),
                 [&](const FlowSpec* flow) { return std::find(prevented.begin(), prevented.end(), flow) != prevented.end(); });
    out_.responds = reading_.responds();
    return std::move(out_);
  }

 private:
  void add_facts();
  void add_facts_of_app();
  void add_facts_of_tokens();
  void add_fact(const char* name, Standing standing, std::string_view text, const char* question = nullptr,
                std::vector<const FlowSpec*> prevented = {});
  std::vector<const FlowSpec*> flows_of(const Question& question) const;
  void keep_the_unmet(Learnt& out, const std::map<const FlowSpec*, Standing>& standings) const;
  Learnt learn(const OrgSetting& setting) const;
  void learn_scopes(const OrgSetting& setting, Learnt& out) const;
  std::optional<bool> met_by_scopes(const Need& need, std::string& why) const;
  Standing standing_of(const Need& need, const Learnt& learnt) const;

  const Circumstance& about_;
  Reading reading_;
  Diagnosed out_;
};

// Those that are in the way of nothing are left out, where some are.
void Doctor::keep_the_unmet(Learnt& out, const std::map<const FlowSpec*, Standing>& standings) const {
  if (out.standing != Standing::wrong && out.standing != Standing::should_change) return;
  std::erase_if(out.flows, [&](const FlowSpec* flow) {
    const auto found = standings.find(flow);
    return found == standings.end() || found->second != out.standing;
  });
}

// Those that a question is about.
std::vector<const FlowSpec*> Doctor::flows_of(const Question& question) const {
  std::vector<const FlowSpec*> out;
  const bool of_app = std::string_view(question.name).starts_with("code");
  for (const FlowSpec* flow : about_.flows) {
    if (*question.only_for != '\0' ? lists(question.only_for, flow->name) : of_app && uses_an_app(*flow)) out.push_back(flow);
  }
  return out;
}

void Doctor::add_fact(const char* name, Standing standing, std::string_view text, const char* question,
                      std::vector<const FlowSpec*> prevented) {
  std::string whole(text);
  const Observation* found = question == nullptr ? nullptr : reading_.find(question);
  if (found != nullptr && found->shape == Shape::words) {
    whole += join({" The server said: ", found->code, found->code.empty() || found->text.empty() ? "" : ": ", found->text});
  }
  out_.facts.push_back({name, standing, std::move(whole), std::move(prevented)});
}

void Doctor::add_facts() {
  const auto shape = [&](const char* question) {
    const Observation* found = reading_.find(question);
    return found == nullptr ? Shape::nothing : found->shape;
  };
  const auto asked = [&](const char* question) { return reading_.find(question) != nullptr; };
  if (asked("discovery")) {
    const bool good = shape("discovery") == Shape::granted;
    // A server that responds elsewhere is there, whatever it says of itself.
    if (shape("discovery") == Shape::missing && !reading_.responds())
      add_fact("discovery", Standing::wrong,
               "The server has nothing at this address: the path of the setting site is wrong, or the site is not active.",
               nullptr, about_.flows);
    else
      add_fact("discovery", good ? Standing::as_it_must_be : Standing::untold,
               good ? "The server says what it is." : "The server does not say what it is.", "discovery");
  }
  if (asked("keys")) {
    const bool good = shape("keys") == Shape::granted;
    add_fact("keys", good ? Standing::as_it_must_be : Standing::untold,
             good ? "The server has keys to verify tokens with." : "The server shows no keys to verify tokens with.", "keys");
  }
  add_facts_of_app();
  add_facts_of_tokens();
  for (const char* name : {"introspection", "revocation"}) {
    if (!asked(name)) continue;
    const bool responds = shape(name) == Shape::granted || shape(name) == Shape::words;
    add_fact(name, responds ? Standing::as_it_must_be : Standing::untold,
             responds ? "The endpoint responds." : "The endpoint's response says nothing.", name);
  }
  const size_t scopes = about_.has_callback ? scopes_of(about_).size() : 0;
  if (scopes > kMaxScopes)
    add_fact("scopes", Standing::untold,
             join({"Of ", std::to_string(scopes), " scopes the first ", std::to_string(kMaxScopes), " were asked about."}));
}

// A token that is left, or that came and is not what the flow takes.
void Doctor::add_facts_of_tokens() {
  for (const Question& end : all_questions()) {
    if (*end.follows == '\0') continue;
    const Observation* token = reading_.find(end.follows);
    const Observation* ended = reading_.find(end.name);
    if (token == nullptr) continue;
    if (token->shape == Shape::granted) {
      if (ended == nullptr || ended->shape != Shape::granted)
        add_fact(end.name, Standing::wrong, "The token that came could not be revoked: it lasts until it expires.", end.name);
    } else if (token->issued) {
      add_fact(end.name, Standing::wrong,
               join({"The server issued a token that the flow does not accept (", token->reason,
                     "), so that it was not revoked: it lasts until it expires."}),
               nullptr, flows_of(end));
    }
  }
}

void Doctor::add_facts_of_app() {
  std::vector<const FlowSpec*> with_app;
  std::copy_if(about_.flows.begin(), about_.flows.end(), std::back_inserter(with_app),
               [](const FlowSpec* flow) { return uses_an_app(*flow); });
  for (const Question& question : all_questions()) {
    const Observation* seen = reading_.find(question.name);
    if (seen == nullptr || std::string_view(question.name) == "code_without_secret") continue;
    if (seen->reason != "wrong_host" && !contains_ignoring_case(seen->text, kOtherHost)) continue;
    // An endpoint may be another host's alone; that is known of what was wanted here.
    std::vector<const FlowSpec*> flows = flows_of(question);
    const Standing standing = flows.empty() ? Standing::untold : Standing::wrong;
    add_fact("host", standing, join({"The host of the setting site does not serve what was asked as ", question.name, "."}),
             question.name, std::move(flows));
    break;
  }
  if (const Observation* code = reading_.find("code")) {
    const std::string refused = reading_.app_refused();
    const bool with_key = !about_.has_secret && about_.has_key && about_.needs.client == Circumstances::Client::of_private;
    const bool no_client = lists("invalid_client invalid_client_credentials", code->code);
    const bool looked_at = reading_.fits({.question = "code", .codes = "invalid_grant"});
    const bool first =
        reading_.fits({.question = "code_with_wrong_secret", .codes = "invalid_client invalid_client_credentials"});
    if (!refused.empty()) {
      add_fact("client_id", Standing::wrong, refused, "code", with_app);
    } else if (looked_at || (no_client && !with_key)) {
      add_fact("client_id", Standing::as_it_must_be, "The server knows the app.");
    } else {
      add_fact("client_id", Standing::untold, "The server does not say whether it knows the app.", "code");
    }
    if ((about_.has_secret || with_key) && refused.empty()) {
      const char* name = with_key ? "private_key" : "client_secret";
      const std::string what = with_key ? "assertion" : "secret";
      if (no_client)
        add_fact(name, Standing::wrong, join({"The server refuses the app's ", what, "."}), "code", with_app);
      else if (looked_at && first)
        add_fact(name, Standing::as_it_must_be, join({"The server accepts the app's ", what, ", and refuses a made-up secret."}));
      else
        add_fact(name, Standing::untold, join({"The server does not say whether the ", what, " is right."}), "code");
    }
  }
}

constexpr const char* kAcceptsScopes = ", and refuses one that the app does not have.";

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
    if (states.empty()) {
      why = "The profile names no scope.";
      return std::nullopt;
    }
    if (!about_.has_callback) why = "Only a profile with a redirect_uri can show it.";
    if (std::any_of(states.begin(), states.end(), is(false))) return false;
    if (std::all_of(states.begin(), states.end(), is(true))) {
      why = join({"The server accepts the scopes that the profile asks for", kAcceptsScopes});
      return true;
    }
    return std::nullopt;
  }
  const bool all = need.wish == Wish::all_scopes;
  const bool met =
      all ? std::all_of(states.begin(), states.end(), is(true)) : std::any_of(states.begin(), states.end(), is(true));
  if (met) {
    why = join({"The server accepts the scope", kAcceptsScopes});
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
  std::map<const FlowSpec*, Standing> standings;
  for (const FlowSpec* flow : out.flows) {
    for (const Need* need : all_needs_of(*flow, about_)) {
      if (!same(*need->setting, setting) || !is_scope_wish(*need)) continue;
      std::string why;
      std::optional<bool> met = met_by_scopes(*need, why);
      if (met != false && same(setting, kAppScopes) && need->wish == Wish::any_scope && reading_.refuses_scopes_of(*flow)) {
        met = false;
        why = "The server refuses the scopes that the profile asks for.";
      }
      const Standing standing = !met                           ? Standing::untold
                                : *met                         ? Standing::as_it_must_be
                                : need->level == Level::should ? Standing::should_change
                                                               : Standing::wrong;
      standings[flow] = std::max(standings[flow], standing);
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
  if (out.state == State::wrong) return keep_the_unmet(out, standings);
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
    const std::vector<const Need*> needs = all_needs_of(*flow, about_);
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
    out.why = why_untold(setting, reading_.was_asked(setting));
    out.said = reading_.said(setting);
  } else {
    out.state = row->state;
    out.partner = row->partner;
    out.why = row->why;
  }
  bool first = true;
  std::map<const FlowSpec*, Standing> standings;
  for (const FlowSpec* flow : out.flows) {
    for (const Need* need : all_needs_of(*flow, about_)) {
      if (!same(*need->setting, setting) || is_about_kind(*need)) continue;
      const bool is_known = row != nullptr && row->state != State::unknown;
      Standing standing = is_known ? standing_of(*need, out) : Standing::untold;
      if (is_known && row->works) standing = std::min(standing, Standing::should_change);
      standings[flow] = std::max(standings[flow], standing);
      if (first || standing > out.standing) {
        out.standing = standing;
        if (need->level != Level::any && counts(need->when, about_.needs) == true) out.needed = needed_of(*need);
      }
      first = false;
    }
  }
  keep_the_unmet(out, standings);
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

namespace {

size_t requests_of(const Question& question) {
  const FlowSpec* flow = find_flow(question.flow);
  return flow == nullptr ? 1 : std::max<size_t>(1, flow->requests().size());
}

}  // namespace

std::vector<Asked> questions_for(const Circumstance& about) {
  std::vector<Asked> out;
  const std::vector<const OrgSetting*> settings = settings_of(about);
  const std::vector<std::string> scopes = about.has_callback ? scopes_of(about) : std::vector<std::string>();
  for (const Question& question : all_questions()) {
    const bool of_scope = question.name == kScopeQuestion;
    if (of_scope ? scopes.empty() : !is_wanted(question, about, settings)) continue;
    Asked asked{&question, question.name, question.why, {}, requests_of(question)};
    for (const Argument& one : question.arguments) asked.arguments.emplace_back(one.name, one.value);
    if (!of_scope) {
      out.push_back(asked);
      continue;
    }
    size_t count = 0;
    for (const std::string& scope : scopes) {
      if (++count > kMaxScopes) break;
      asked.name = join({kScopePrefix, scope});
      asked.why = join({"The same with the scope ", scope, ", which shows whether the server refuses it to the app."});
      asked.arguments.back().second = scope;
      out.push_back(asked);
    }
  }
  return out;
}

Diagnosed diagnose(const Circumstance& about, const Observations& seen) { return Doctor(about, seen).run(); }

}  // namespace hlid::org
