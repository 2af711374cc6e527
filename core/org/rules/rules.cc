#include "org/rules/rules.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "org/text_kinds.h"

namespace hlid::org {
namespace {

constexpr size_t kMaxShown = 60;
constexpr size_t kMaxWord = 64;
constexpr size_t kMaxPath = 1024;

// Levenshtein's, case ignored.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (to_lower(a[i - 1]) == to_lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// The body of a key or a certificate, or a line of it.
bool is_long_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n";
  const auto has = [&](std::string_view any) { return text.find_first_of(any) != std::string_view::npos; };
  return text.size() >= 48 && text.find_first_not_of(kAlphabet) == std::string_view::npos && has(kAlphabet.substr(0, 26)) &&
         has(kAlphabet.substr(26, 26)) && has(kAlphabet.substr(52, 10));
}

// "https://shop:secret@host" is "https://...@host".
std::string without_password(std::string_view text) {
  const size_t mark = text.find("://");
  if (mark == std::string_view::npos) return std::string(text);
  const size_t begin = mark + 3;
  const std::string_view authority = text.substr(begin, text.substr(begin).find_first_of("/?#"));
  const size_t at = authority.find_last_of('@');
  if (at == std::string_view::npos) return std::string(text);
  return join({text.substr(0, begin), "...", text.substr(begin + at)});
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::note: break;
  }
  return "note";
}

bool Review::is_full(const Document& file) const {
  const auto found = of_file_.find(&file);
  return found != of_file_.end() && found->second >= kMaxOfFile;
}

Finding& Review::next(const Document* file) {
  if (file != nullptr && ++of_file_[file] > kMaxOfFile) return left_out_ = Finding();
  return findings.emplace_back();
}

void Review::tell_what_is_left_out() {
  for (const auto& [file, count] : of_file_) {
    if (count < kMaxOfFile) continue;
    Finding& finding = findings.emplace_back();
    finding.id = "more_findings";
    finding.file = file->path;
    finding.element = file->type->name;
    finding.message = join({"Not all that is wrong in this file is listed: it is more than ", std::to_string(kMaxOfFile), "."});
    finding.change = "Correct what is listed first.";
  }
}

Finding& Review::add(const Rule& rule, const Document& where, std::string_view path, int line, std::string_view message,
                     std::string_view change) {
  Finding& finding = next(&where);
  finding.id = rule.id;
  finding.severity = rule.severity;
  finding.stops_deployment = rule.stops_deployment;
  finding.file = where.path;
  finding.line = line;
  finding.element = path.empty() ? std::string(where.type->name) : join({where.type->name, ".", path});
  finding.message = message;
  finding.change = change;
  const std::string_view type = where.type->name;
  if (type == "ExternalClientApplication" || type == "ConnectedApp") {
    finding.app = where.member;
  } else {
    finding.app = Configuration::app_named_by(where);
  }
  if (const ElementSpec* element = find_element(*where.type, path); element != nullptr && element->setting != nullptr) {
    finding.setting = element->setting->id;
  }
  return finding;
}

Finding& Review::add(const Rule& rule, const App& app, const Value& where, std::string_view message, std::string_view change) {
  Finding& finding = next(where.document);
  finding.id = rule.id;
  finding.severity = rule.severity;
  finding.stops_deployment = rule.stops_deployment;
  finding.app = app.name;
  if (where.document != nullptr) {
    finding.file = where.document->path;
    finding.line = where.line;
  }
  finding.element = where.name();
  if (where.element != nullptr && where.element->setting != nullptr) finding.setting = where.element->setting->id;
  finding.message = message;
  finding.change = change;
  return finding;
}

Finding& Review::add_missing(const App& app, const TypeSpec& type) {
  const Rule& rule = *find_rule("file_not_here");
  const bool is_of_app = find_element(type, "externalClientApplication") != nullptr;
  Finding& finding = findings.emplace_back();
  finding.id = rule.id;
  finding.severity = rule.severity;
  finding.stops_deployment = rule.stops_deployment;
  finding.app = app.name;
  finding.file = app.documents.front()->path;
  finding.element = type.name;
  finding.message = join({"There is no ", type.name, is_of_app ? join({" of ", shown(app.name)}) : std::string(),
                          " among these files: flows that depend on it cannot be told."});
  return finding;
}

std::vector<const Rule*> all_rules() {
  std::vector<const Rule*> all;
  for (const std::span<const Rule> rules :
       {file_rules(), element_rules(), value_rules(), app_rules(), site_rules(), credential_rules()}) {
    for (const Rule& rule : rules) all.push_back(&rule);
  }
  return all;
}

const Rule* find_rule(std::string_view id) {
  for (const std::span<const Rule> rules :
       {file_rules(), element_rules(), value_rules(), app_rules(), site_rules(), credential_rules()}) {
    for (const Rule& rule : rules) {
      if (id == rule.id) return &rule;
    }
  }
  return nullptr;
}

std::string shown(std::string_view text) {
  if (text.empty()) return "empty";
  if (has_private_key(text)) return "a private key";
  if (is_long_base64(text)) return "a key or a certificate";
  return escape_for_display(without_password(text), kMaxShown);
}

std::string shown_path(std::string_view path) { return escape_for_display(path, kMaxPath); }

std::string shown(const Value& value) {
  if (value.given == Given::unknown || value.given == Given::none) return "not there";
  if (value.element != nullptr && value.element->secret) return value.text.empty() ? "empty" : "there";
  if (value.given == Given::assumed) return join({shown(value.text), " (the file does not say it; this is the default)"});
  return shown(value.text);
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > kMaxWord) return {};
  std::string_view best;
  size_t best_distance = 1 + std::max<size_t>(1, word.size() / 4);
  for (const std::string_view one : known) {
    const size_t far = distance(word, one);
    if (far < best_distance) {
      best = one;
      best_distance = far;
    }
  }
  return best;
}

// Two settings have one half in the app and the other in its policies.
std::string setup_of(const OrgSetting& setting, std::string_view element) {
  constexpr std::string_view kApp = "the app > ";
  const std::string_view setup = setting.setup;
  if (!element.starts_with("ExtlClntAppOauthConfigurablePolicies.") || !setup.starts_with(kApp)) return std::string(setup);
  return join({"the app's policies > ", setup.substr(kApp.size())});
}

}  // namespace hlid::org
