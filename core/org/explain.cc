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

namespace hlid::org {
namespace {

constexpr size_t kMaxWord = 200;
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
      // Its rows say what every flow of a kind needs, and not the list of each.
      const std::vector<const Need*> rows = needs_of(*flow);
      const bool listed = std::any_of(flow->org_settings.begin(), flow->org_settings.end(),
                                      [&](const OrgSetting& one) { return std::string_view(one.id) == setting.id; });
      const bool needed = std::any_of(rows.begin(), rows.end(), [&](const Need* row) {
        // A flow for private clients alone has a secret whatever the app says.
        return row->setting == &setting && row->wish != Wish::keeper;
      });
      if (listed || needed) add_once(entry.flows, flow);
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
      Entry& entry = add(EntryKind::setting, setting->id);
      entry.doc = setting->doc;
      entry.setup = setting->setup;
      describe(entry, *setting);
      each_element([&](const TypeSpec& type, const ElementSpec& spec, const std::string& path) {
        if (spec.setting == setting) entry.elements.push_back({&type, &spec, path});
      });
    }
  }

  void elements() {
    each_element([&](const TypeSpec& type, const ElementSpec& spec, const std::string& path) {
      const std::string name = join({type.name, ".", path});
      if (!is(spec.name) && folded(path) != folded_ && folded(name) != folded_) return;
      Entry& entry = add(EntryKind::element, name);
      entry.doc = spec.doc;
      entry.elements.push_back({&type, &spec, path});
      const OrgSetting* setting = setting_of(type, spec, path);
      if (setting != nullptr) {
        entry.setup = setting->setup;
        if (entry.doc.empty()) entry.doc = setting->doc;
        describe(entry, *setting);
      }
      if (entry.doc.empty()) entry.doc = "No flow of this library depends on it.";
    });
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
                           (*scope.connected_app_word != '\0' && is(scope.connected_app_word));
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

  static void take_hint(Entry& entry, const Diagnosis& row) {
    if (entry.hint.empty()) entry.hint = row.hint;
    for (const OrgSetting* setting : kAll) {
      if (row.hint.find(setting->setup) != std::string_view::npos) add_once(entry.settings, setting);
    }
  }

  // docs/errors.md has them all; what the server's words are, and what an admin can do, is in the diagnoses.
  void reasons() {
    for (const Reason& reason : kReasons) {
      if (!is(reason.name)) continue;
      Entry& entry = add(EntryKind::reason, reason.name);
      entry.doc = reason.doc;
      each_diagnosis([&](const Diagnosis& row, const FlowSpec* flow) {
        if (reason.name != row.reason) return;
        if (flow != nullptr) add_once(entry.flows, flow);
        if (!row.code.empty()) add_once(entry.errors, row.code);
        take_hint(entry, row);
      });
    }
  }

  // The server's own word can mean several things; where it comes from decides.
  void codes() {
    Entry* entry = nullptr;
    each_diagnosis([&](const Diagnosis& row, const FlowSpec* flow) {
      if (row.code.empty() || !is(row.code)) return;
      if (entry == nullptr) {
        entry = &add(EntryKind::error_code, row.code);
        entry->doc = row.message;
      }
      if (flow != nullptr) add_once(entry->flows, flow);
      add_once(entry->errors, std::string_view(row.reason));
      take_hint(*entry, row);
    });
  }

  void nearest() {
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
  if (word.size() > kMaxWord) in.refuse("word", "is longer than 200 bytes");
  if (!in.good()) return in.take_fault();
  const Explanation found = explain(word);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("entries").begin_array();
  for (const Entry& entry : found.entries) write_entry(json, entry);
  json.end_array().key("nearest").begin_array();
  for (const std::string& one : found.nearest) json.text(one);
  json.end_array().end_object();
  return out;
}

}  // namespace hlid::org
