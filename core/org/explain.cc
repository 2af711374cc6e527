#include "org/explain.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json_write.h"
#include "flows/registry.h"
#include "oauth/diagnoses.h"
#include "oauth/org_settings.h"
#include "org/needs.h"
#include "org/request.h"
#include "org/rules/rules.h"
#include "org/setup_words.h"

namespace hlid::org {
namespace {

constexpr size_t kMaxWord = 2000;  // of a response that is pasted
constexpr size_t kMaxName = 200;
constexpr size_t kMaxNearest = 3;
constexpr size_t kShortestPart = 5;  // of a label

std::string folded(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (c != '_' && c != '-' && c != ' ') out.push_back(to_lower(c));
  }
  return out;
}

// "the app > Callback URL": "Callback URL".
std::string_view label_of(std::string_view setup) {
  const size_t last = setup.rfind("> ");
  return last == std::string_view::npos ? setup : setup.substr(last + 2);
}

template <typename T>
void add_once(std::vector<T>& list, T item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

// Each diagnosis, and the flow that has it; null: it is one of all flows.
template <typename Look>
void each_diagnosis(Look look) {
  for (const Diagnosis& row : common_diagnoses()) look(row, nullptr);
  for (const FlowSpec* flow : all_flows()) {
    for (const Diagnosis& row : flow->errors->diagnoses) look(row, flow);
  }
}

template <typename Look>
void each_element(const TypeSpec& type, std::span<const ElementSpec> specs, const std::string& prefix, Look look) {
  for (const ElementSpec& spec : specs) {
    const std::string path = prefix + spec.name;
    look(type, spec, path);
    each_element(type, spec.children, path + ".", look);
  }
}

template <typename Look>
void each_element(Look look) {
  for (const TypeSpec* type : all_types()) each_element(*type, type->elements, "", look);
}

struct Reason {
  std::string_view kind;
  std::string_view name;
  std::string_view doc;
};
constexpr Reason kReasons[] = {
#include "org/reasons.inc"
};

// What people ask about that no flow has as a setting.
constexpr OrgSetting kCors = {
    "Setup > CORS: the app's origin is in the allowlist, and Enable CORS for OAuth endpoints is on",
    "CorsWhitelistOrigin, SecuritySettings.sessionSettings.enableOauthCorsPolicy", "cors",
    "Lets an app that runs in a browser read the responses of the OAuth and headless endpoints. Other apps do not need it."};
constexpr OrgSetting kOptIn = {"Setup > External Client Apps > Settings: Opt in to External Client Apps",
                               "ExternalClientAppSettings.enableExternalClientApps", "opt_in_to_external_client_apps",
                               "Lets the org have external client apps: without it their deployment fails."};
constexpr OrgSetting kConsumerSecrets = {
    "Setup > External Client Apps > Settings: Allow Access to OAuth Consumer Secrets via Metadata API", "not in the Metadata API",
    "allow_access_to_oauth_consumer_secrets_via_metadata_api",
    "Lets the Metadata API write and read an app's global OAuth settings. The user also needs the permission View External Client "
    "Apps Consumer Secrets in Metadata."};
constexpr OrgSetting kUninstalled = {
    "the user's profile or permission set > Approve Uninstalled Connected Apps", "a user permission",
    "approve_uninstalled_connected_apps",
    "Since September 2025 users need it for a connected app that is not installed in the org. Installing the app is better."};

struct Term {
  std::string_view word;
  const OrgSetting* setting;
};
constexpr Term kTerms[] = {
    {"PKCE", &kAppProofKey},
    {"PKCE", &kProofKey},
    {"Proof Key for Code Exchange", &kAppProofKey},
    {"code_challenge", &kAppProofKey},
    {"CORS", &kCors},
    {"Enable CORS for OAuth endpoints", &kCors},
    {"Opt in to External Client Apps", &kOptIn},
    {"Allow Access to OAuth Consumer Secrets via Metadata API", &kConsumerSecrets},
    {"View External Client Apps Consumer Secrets in Metadata", &kConsumerSecrets},
    {"Approve Uninstalled Connected Apps", &kUninstalled},
    // The whole text of an error, which has the code of many.
    {"The external client app or the OAuth plugin is disabled.", &kAppEnabled},
};

// Descriptions that have no diagnosis of their own: the code that comes with them says what they mean.
struct Phrase {
  std::string_view text;
  std::string_view code;
};
constexpr Phrase kPhrases[] = {{"authentication failure", "invalid_grant"}};

std::string lower_case(std::string_view text) {
  std::string out;
  for (const char c : text) out.push_back(to_lower(c));
  return out;
}

bool is_word_character(char c) { return c == '_' || (to_lower(c) >= 'a' && to_lower(c) <= 'z'); }

// "error=invalid_grant&error_description=authentication%20failure" in a person's words.
std::string decoded(std::string_view text) {
  const auto digit = [](char c) {
    const size_t at = std::string_view("0123456789abcdef").find(to_lower(c));
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hex = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    if (hex) {
      out.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

class Search {
 public:
  explicit Search(std::string_view word) : word_(word), folded_(folded(word)) {}

  Explanation run() {
    if (folded_.empty() || word_.size() > kMaxWord) return {};
    settings();
    elements();
    types();
    flows();
    scopes();
    rules();
    reasons();
    codes();
    terms();
    if (out_.entries.empty()) values();
    if (out_.entries.empty()) pasted();
    if (out_.entries.empty()) nearest();
    return std::move(out_);
  }

 private:
  bool is(std::string_view name) {
    known_.push_back(name);
    return folded(name) == folded_;
  }

  Entry& add(EntryKind kind, std::string_view name) {
    Entry& entry = out_.entries.emplace_back();
    entry.kind = kind;
    entry.name = name;
    return entry;
  }

  static void describe(Entry& entry, const OrgSetting& setting) {
    add_once(entry.settings, &setting);
    for (const FlowSpec* flow : all_flows()) {
      if (depends_on(*flow, setting)) add_once(entry.flows, flow);
    }
    each_diagnosis([&](const Diagnosis& row, const FlowSpec*) {
      if (row.hint.find(setting.setup) != std::string_view::npos) add_once(entry.errors, std::string_view(row.reason));
    });
  }

  void settings() {
    for (const OrgSetting* setting : kAll) {
      const std::string_view label = label_of(setting->setup);
      // A person copies a part of what the page shows.
      const bool part = folded_.size() >= kShortestPart && word_.find(' ') != std::string_view::npos &&
                        folded(label).find(folded_) != std::string::npos;
      if (!is(setting->id) && !is(label) && !part) continue;
      add_setting(*setting);
    }
  }

  void add_setting(const OrgSetting& setting) {
    const auto is_same = [&](const Entry& entry) { return entry.kind == EntryKind::setting && entry.name == setting.id; };
    if (std::any_of(out_.entries.begin(), out_.entries.end(), is_same)) return;
    Entry& entry = add(EntryKind::setting, setting.id);
    entry.doc = setting.doc;
    entry.setup = setting.setup;
    describe(entry, setting);
    each_element([&](const TypeSpec& type, const ElementSpec& spec, const std::string& path) {
      if (spec.setting != nullptr && std::string_view(spec.setting->id) == setting.id)
        entry.elements.push_back({&type, &spec, path});
    });
  }

  void terms() {
    for (const Term& term : kTerms) {
      if (is(term.word) || (folded(term.setting->id) == folded_ && find_all(*term.setting) == nullptr))
        add_setting(*term.setting);
    }
  }
  static const OrgSetting* find_all(const OrgSetting& setting) {
    const auto found = std::find(std::begin(kAll), std::end(kAll), &setting);
    return found == std::end(kAll) ? nullptr : *found;
  }

  // A value of a file, or Setup's words for one: the element that has it.
  void values() {
    each_element([&](const TypeSpec& type, const ElementSpec& spec, const std::string& path) {
      bool has = std::any_of(spec.choices.begin(), spec.choices.end(), [&](const char* choice) {
        // Not to be meant by any short word.
        return std::string_view(choice).size() < kShortestPart ? folded(choice) == folded_ : is(choice);
      });
      for (const SetupWord& word : kSetupWords) {
        const bool fits = word.element == spec.name;
        has = has || (fits && is(word.text));
      }
      if (has) add_element(type, spec, path);
    });
  }

  // ---- a whole response, or a line of a log ----

  void pasted() {
    const std::string text = lower_case(decoded(word_));
    const std::vector<std::string> words = words_in(text);
    each_diagnosis([&](const Diagnosis& row, const FlowSpec*) {
      if (row.text.size() < kShortestPart || text.find(lower_case(row.text)) == std::string::npos) return;
      const bool fits = row.code.empty() || std::find(words.begin(), words.end(), lower_case(row.code)) != words.end();
      if (fits) add_once(found_reasons_, std::string_view(row.reason));
    });
    for (const Term& term : kTerms) {
      if (term.word.size() >= 20 && text.find(lower_case(trimmed_dot(term.word))) != std::string::npos)
        add_setting(*term.setting);
    }
    for (const std::string_view reason : found_reasons_) Search(reason).take_reason(out_);
    std::string_view code;
    each_diagnosis([&](const Diagnosis& row, const FlowSpec*) {
      // "device" or "expired" alone is a word like any other.
      const bool is_code = row.code.find('_') != std::string_view::npos;
      if (code.empty() && is_code && std::find(words.begin(), words.end(), lower_case(row.code)) != words.end()) code = row.code;
    });
    for (const Phrase& phrase : kPhrases) {
      if (code.empty() && text.find(phrase.text) != std::string::npos) code = phrase.code;
    }
    if (!code.empty() && found_reasons_.empty()) Search(code).take_code(out_);
  }

  void take_reason(Explanation& out) {
    reasons();
    for (Entry& entry : out_.entries) out.entries.push_back(std::move(entry));
  }
  void take_code(Explanation& out) {
    codes();
    for (Entry& entry : out_.entries) out.entries.push_back(std::move(entry));
  }

  static std::string_view trimmed_dot(std::string_view text) {
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
  }

  static std::vector<std::string> words_in(std::string_view text) {
    std::vector<std::string> out(1);
    for (const char c : text) {
      if (is_word_character(c)) {
        out.back().push_back(c);
      } else if (!out.back().empty()) {
        out.emplace_back();
      }
    }
    return out;
  }

  void elements() {
    each_element([&](const TypeSpec& type, const ElementSpec& spec, const std::string& path) {
      const std::string name = join({type.name, ".", path});
      if (!is(spec.name) && folded(path) != folded_ && folded(name) != folded_) return;
      add_element(type, spec, path);
    });
  }

  void add_element(const TypeSpec& type, const ElementSpec& spec, const std::string& path) {
    Entry& entry = add(EntryKind::element, join({type.name, ".", path}));
    entry.doc = spec.doc;
    entry.elements.push_back({&type, &spec, path});
    const OrgSetting* setting = setting_of(type, spec, path);
    if (setting != nullptr) {
      entry.setup = setting->setup;
      if (entry.doc.empty()) entry.doc = setting->doc;
      describe(entry, *setting);
    }
    if (entry.doc.empty()) entry.doc = "No flow of this library depends on it.";
  }

  // That of the group where a part of it has none of its own.
  static const OrgSetting* setting_of(const TypeSpec& type, const ElementSpec& spec, std::string_view path) {
    const size_t dot = path.rfind('.');
    if (spec.setting != nullptr || dot == std::string_view::npos) return spec.setting;
    const ElementSpec* group = find_element(type, path.substr(0, dot));
    return group == nullptr ? nullptr : group->setting;
  }

  void types() {
    for (const TypeSpec* type : all_types()) {
      const auto matches = [&](std::string_view name) { return !name.empty() && folded(name) == folded_; };
      for (const char* name : {type->suffix, type->folder}) {
        if (*name != '\0') known_.emplace_back(name);
      }
      if (!is(type->name) && !matches(type->suffix) && !matches(type->folder) && !matches(type->member)) continue;
      Entry& entry = add(EntryKind::type, type->name);
      entry.doc = type->doc;
      entry.type = type;
      for (const ElementSpec& spec : type->elements) entry.elements.push_back({type, &spec, spec.name});
    }
  }

  void flows() {
    for (const FlowSpec* flow : all_flows()) {
      if (!is(flow->name)) continue;
      Entry& entry = add(EntryKind::flow, flow->name);
      entry.doc = flow->summary;
      for (const OrgSetting& needed : flow->org_settings) {
        for (const OrgSetting* setting : kAll) {
          if (std::string_view(setting->id) == needed.id) add_once(entry.settings, setting);
        }
      }
      for (const Diagnosis& row : flow->errors->diagnoses) add_once(entry.errors, std::string_view(row.reason));
    }
  }

  void scopes() {
    for (const ScopeSpec& scope : all_scopes()) {
      const bool matches = is(scope.metadata) || (*scope.wire != '\0' && is(scope.wire)) ||
                           (*scope.connected_app_word != '\0' && is(scope.connected_app_word)) ||
                           (*scope.setup != '\0' && is(scope.setup));
      if (!matches) continue;
      Entry& entry = add(EntryKind::scope, *scope.wire == '\0' ? scope.metadata : scope.wire);
      entry.doc = "A scope: one of the app's, and of a request's.";
      entry.setup = scope.setup;
      const ElementRef of_client_app = find_element("ExtlClntAppOauthSettings.commaSeparatedOauthScopes");
      const ElementRef of_connected_app = twin_of(*of_client_app.type, *of_client_app.element);
      const auto add_place = [&](const ElementRef& ref, bool has_it) {
        if (ref && has_it) entry.elements.push_back({ref.type, ref.element, std::string(ref.path)});
      };
      add_place(of_client_app, scope.client_app);
      add_place(of_connected_app, scope.connected_app);
    }
  }

  void rules() {
    for (const Rule* rule : all_rules()) {
      if (is(rule->id)) add(EntryKind::rule, rule->id).doc = rule->doc;
    }
  }

  static void name_settings(Entry& entry, std::string_view hint) {
    for (const OrgSetting* setting : kAll) {
      if (hint.find(setting->setup) != std::string_view::npos) add_once(entry.settings, setting);
    }
  }

  static void add_meaning(Entry& entry, const Diagnosis& row, const FlowSpec* flow) {
    const std::string_view where = row.endpoint ? name_of(*row.endpoint) : std::string_view();
    const auto same = std::find_if(entry.meanings.begin(), entry.meanings.end(), [&](const Meaning& one) {
      return one.reason == row.reason && one.doc == row.message && one.hint == row.hint && one.text == row.text &&
             one.flows.empty() == (flow == nullptr) &&
             (entry.kind == EntryKind::error_code ? one.where == where : one.code == row.code);
    });
    const bool is_new = same == entry.meanings.end();
    Meaning& meaning = is_new ? entry.meanings.emplace_back() : *same;
    if (is_new) {
      meaning = {row.reason, row.code, row.text, where, row.message, row.hint, {}};
    } else if (meaning.where != where) {
      meaning.where = "";
    }
    if (flow != nullptr) add_once(meaning.flows, flow);
  }

  // What is common comes first: a reason that has the code's own name, then what any flow and any endpoint means by it. One
  // doc and hint for all are given where all agree.
  static void finish(Entry& entry) {
    const auto rank = [&](const Meaning& one) {
      const bool own = entry.kind == EntryKind::error_code && folded(one.reason) == folded(one.code) && one.flows.empty();
      // A reason is the same wherever it comes from: what has a flow's own hint is the special case there.
      const bool special = entry.kind == EntryKind::reason
                               ? !one.flows.empty() && !one.hint.empty()
                               : one.where == name_of(Endpoint::challenge) || one.where == name_of(Endpoint::revoke);
      return (own ? 0 : 1) + (one.text.empty() ? 0 : 2) + (special ? 4 : 0) + (one.flows.empty() ? 0 : 8);
    };
    // There are few, and equal ones keep their order.
    const auto before = [&](const Meaning& a, const Meaning& b) { return rank(a) < rank(b); };
    for (auto next = entry.meanings.begin(); next != entry.meanings.end(); ++next) {
      std::rotate(std::upper_bound(entry.meanings.begin(), next, *next, before), next, next + 1);
    }
    const auto agree = [&](std::string_view Meaning::* member) {
      return std::all_of(entry.meanings.begin(), entry.meanings.end(),
                         [&](const Meaning& one) { return one.*member == entry.meanings.front().*member; });
    };
    if (entry.meanings.empty()) return;
    if (entry.kind == EntryKind::error_code) {
      entry.doc = agree(&Meaning::doc)
                      ? entry.meanings.front().doc
                      : std::string_view("It means different things, by the endpoint and the flow that it comes from.");
    }
    // A reason has one cause, whatever its codes.
    if (agree(&Meaning::hint) || entry.kind == EntryKind::reason) entry.hint = entry.meanings.front().hint;
    for (const Meaning& one : entry.meanings) {
      for (const FlowSpec* flow : one.flows) add_once(entry.flows, flow);
      if (entry.kind == EntryKind::error_code) add_once(entry.errors, one.reason);
      if (entry.kind == EntryKind::reason && !one.code.empty()) add_once(entry.errors, one.code);
      name_settings(entry, one.hint);
    }
  }

  // docs/errors.md has them all; what the server's words are, and what an admin can do, is in the diagnoses.
  void reasons() {
    for (const Reason& reason : kReasons) {
      if (!is(reason.name)) continue;
      Entry& entry = add(EntryKind::reason, reason.name);
      entry.doc = reason.doc;
      each_diagnosis([&](const Diagnosis& row, const FlowSpec* flow) {
        if (reason.name == row.reason) add_meaning(entry, row, flow);
      });
      finish(entry);
    }
  }

  // The server's own word can mean several things; where it comes from decides.
  void codes() {
    const size_t none = out_.entries.size();
    each_diagnosis([&](const Diagnosis& row, const FlowSpec* flow) {
      if (row.code.empty() || !is(row.code)) return;
      if (out_.entries.size() == none) add(EntryKind::error_code, row.code);
      add_meaning(out_.entries.back(), row, flow);
    });
    if (out_.entries.size() > none) finish(out_.entries.back());
  }

  void nearest() {
    std::vector<std::string_view> meant;
    add_meant_elements(word_, meant);
    add_meant_values(word_, meant);
    for (const std::string_view one : meant) out_.nearest.emplace_back(one);
    if (!meant.empty()) return;
    if (word_.size() > kMaxName || words_in(lower_case(word_)).size() > 3)
      out_.advice = "Give the error code alone, such as invalid_grant, or one setting, element or value.";
    if (word_.size() > kMaxName) return;
    std::vector<std::string_view> left = known_;
    while (out_.nearest.size() < kMaxNearest) {
      const std::string_view best = nearest_word(word_, left);
      if (best.empty()) return;
      out_.nearest.emplace_back(best);
      left.erase(std::remove_if(left.begin(), left.end(), [&](std::string_view one) { return folded(one) == folded(best); }),
                 left.end());
    }
  }

  std::string_view word_;
  std::string folded_;
  std::vector<std::string_view> known_;
  std::vector<std::string_view> found_reasons_;
  Explanation out_;
};

void write_elements(JsonWriter& json, const Entry& entry) {
  json.key("metadata").begin_array();
  for (const Place& one : entry.elements) {
    const ElementSpec& spec = *one.element;
    json.begin_object().member("type", one.type->name).member("element", one.path).member("kind", name_of(spec.kind));
    json.member("default", spec.default_text).key("since").integer(std::max(one.type->since, spec.since));
    json.key("inverted").boolean(spec.inverted).key("required").boolean(spec.required).member("doc", spec.doc);
    json.key("choices").begin_array();
    for (const char* choice : spec.choices) json.text(choice);
    json.end_array().end_object();
  }
  json.end_array();
}

void write_entry(JsonWriter& json, const Entry& entry) {
  json.begin_object().member("kind", name_of(entry.kind)).member("name", entry.name).member("doc", entry.doc);
  json.member("hint", entry.hint).member("setup", entry.setup);
  if (entry.type != nullptr) {
    json.key("file").begin_object().member("folder", entry.type->folder).member("suffix", entry.type->suffix);
    json.key("since").integer(entry.type->since).end_object();
  }
  write_elements(json, entry);
  json.key("settings").begin_array();
  for (const OrgSetting* setting : entry.settings) {
    json.begin_object()
        .member("id", setting->id)
        .member("setup", setting->setup)
        .member("metadata", setting->metadata)
        .end_object();
  }
  json.end_array().key("flows").begin_array();
  for (const FlowSpec* flow : entry.flows) json.text(flow->name);
  json.end_array().key("errors").begin_array();
  for (const std::string_view error : entry.errors) json.text(error);
  json.end_array().key("meanings").begin_array();
  for (const Meaning& one : entry.meanings) {
    json.begin_object().member("reason", one.reason).member("code", one.code).member("text", one.text);
    json.member("endpoint", one.where).member("doc", one.doc).member("hint", one.hint).key("flows").begin_array();
    for (const FlowSpec* flow : one.flows) json.text(flow->name);
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string_view name_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::setting: return "setting";
    case EntryKind::element: return "element";
    case EntryKind::type: return "type";
    case EntryKind::flow: return "flow";
    case EntryKind::scope: return "scope";
    case EntryKind::rule: return "rule";
    case EntryKind::reason: return "reason";
    case EntryKind::error_code: break;
  }
  return "error_code";
}

Explanation explain(std::string_view word) { return Search(trimmed(word)).run(); }

Result<std::string> explain_request(std::string_view request) {
  RequestReader in(request, {"word"});
  const std::string_view word = in.text("word");
  if (in.good() && trimmed(word).empty()) in.refuse("word", "is missing");
  if (word.size() > kMaxWord) in.refuse("word", "is longer than 2,000 bytes");
  if (!in.good()) return in.take_fault();
  const Explanation found = explain(word);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("entries").begin_array();
  for (const Entry& entry : found.entries) write_entry(json, entry);
  json.end_array().key("nearest").begin_array();
  for (const std::string& one : found.nearest) json.text(one);
  json.end_array().member("advice", found.advice).end_object();
  return out;
}

}  // namespace hlid::org
