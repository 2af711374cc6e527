#include "org/configuration.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "codec/json.h"
#include "org/ignore.h"
#include "org/text_kinds.h"

namespace hlid::org {
namespace {

// No app has as many scopes or callbacks; files come from others, and each flow looks at all of them.
constexpr size_t kMaxParts = 1000;
constexpr size_t kMaxName = 255;
constexpr std::string_view kNamespace = "http://soap.sforce.com/2006/04/metadata";
constexpr std::string_view kChildTypes[] = {"ExtlClntAppGlobalOauthSettings", "ExtlClntAppOauthSettings",
                                            "ExtlClntAppOauthConfigurablePolicies", "ExtlClntAppConfigurablePolicies",
                                            "ExtlClntAppOauthSecuritySettings"};

std::string_view file_name(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

size_t levels_of(std::string_view path) { return static_cast<size_t>(std::count(path.begin(), path.end(), '/')); }

// "67.0" is 67.
int read_version_text(std::string_view text) {
  const auto number = read_decimal(text.substr(0, text.find('.')));
  return number && *number > 0 && *number < 1000 ? static_cast<int>(*number) : 0;
}

// `deepest` is the last element on the way that there is.
const Element* find_path(const Element& root, std::string_view path, const Element*& deepest) {
  deepest = &root;
  while (true) {
    const size_t dot = path.find('.');
    const Element* next = deepest->find(path.substr(0, dot));
    if (next == nullptr || dot == std::string_view::npos) return next;
    deepest = next;
    path.remove_prefix(dot + 1);
  }
}

void find_all(const Element& root, std::string_view path, std::vector<const Element*>& out) {
  const size_t dot = path.find('.');
  for (const Element& child : root.children) {
    if (child.name != path.substr(0, dot)) continue;
    if (dot == std::string_view::npos) {
      out.push_back(&child);
    } else {
      find_all(child, path.substr(dot + 1), out);
    }
  }
}

std::string_view without_spaces(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

// Each part with the line that it stands on.
void split(const Value& whole, char separator, std::vector<Value>& out) {
  std::string_view rest = whole.text;
  int line = whole.line;
  while (out.size() < kMaxParts) {
    const size_t end = rest.find(separator);
    const std::string_view raw = rest.substr(0, end);
    const std::string_view part = without_spaces(raw);
    if (!part.empty()) {
      Value one = whole;
      one.text = part;
      const auto before = raw.substr(0, static_cast<size_t>(part.data() - raw.data()));
      one.line = line + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
      out.push_back(one);
    }
    line += static_cast<int>(std::count(raw.begin(), raw.end(), '\n'));
    if (end == std::string_view::npos) return;
    if (separator == '\n') ++line;
    rest.remove_prefix(end + 1);
  }
}

// Words of the two kinds for one policy.
struct Words {
  std::string_view connected_app;
  std::string_view client_app;
};
constexpr Words kUserWords[] = {{"true", "AdminApprovedPreAuthorized"}, {"false", "AllSelfAuthorized"}};
constexpr Words kRefreshWords[] = {{"infinite", "Infinite"},
                                   {"zero", "Zero"},
                                   {"specific_lifetime", "SpecificLifetime"},
                                   {"specific_inactivity", "SpecificInactivity"}};

Value translated(Value value, AppKind kind, const auto& words) {
  if (kind != AppKind::connected_app || !value.known()) return value;
  const std::string_view word = value.text.substr(0, value.text.find(':'));
  for (const Words& row : words) {
    if (row.connected_app == word) value.text = row.client_app;
  }
  return value;
}

}  // namespace

std::string_view name_of(AppKind kind) { return kind == AppKind::connected_app ? "connected_app" : "external_client_app"; }

std::string Value::name() const { return type == nullptr ? std::string() : join({type->name, ".", path}); }

// ---- an app ----

const Document* App::document(std::string_view type) const {
  for (const Document* one : documents) {
    if (type == one->type->name) return one;
  }
  return nullptr;
}

bool App::has_oauth() const { return kind != AppKind::connected_app || documents.front()->root.find("oauthConfig") != nullptr; }

Value App::value(std::string_view element) const {
  ElementRef ref = find_element(element);
  if (ref && kind == AppKind::connected_app) ref = twin_of(*ref.type, *ref.element);
  if (!ref) {
    Value none;
    none.given = Given::none;
    return none;
  }
  const Document* where = nullptr;
  Value first;
  for (const Document* one : documents) {
    if (one->type != ref.type) continue;
    const Value found = Configuration::value_in(*one, ref.path);
    if (where == nullptr) {
      where = one;
      first = found;
    } else if (found.given != first.given || found.text != first.text) {
      // Two files of one type: which of them counts, no file says.
      first.given = Given::unknown;
      first.text = {};
    }
  }
  if (where != nullptr) return first;
  Value value;
  value.type = ref.type;
  value.element = ref.element;
  value.path = ref.path;
  return value;
}

std::vector<Value> App::all(std::string_view element) const {
  std::vector<Value> out;
  const Value first = value(element);
  if (first.given != Given::given || first.element == nullptr || has_private_key(first.text)) return out;
  if (first.element->repeated) {
    std::vector<const Element*> found;
    find_all(first.document->root, first.path, found);
    if (found.size() > kMaxParts) found.resize(kMaxParts);
    for (const Element* one : found) {
      Value each = first;
      each.text = one->text;
      each.line = one->line;
      if (!one->nil && !each.text.empty()) out.push_back(each);
    }
    return out;
  }
  split(first, first.element->kind == ElementKind::lines ? '\n' : ',', out);
  return out;
}

Value App::permitted_users() const {
  return translated(value("ExtlClntAppOauthConfigurablePolicies.permittedUsersPolicyType"), kind, kUserWords);
}

Value App::refresh_policy() const {
  return translated(value("ExtlClntAppOauthConfigurablePolicies.refreshTokenPolicyType"), kind, kRefreshWords);
}

// ---- the files ----

Configuration Configuration::read(const Files& files) {
  Configuration out;
  for (const File& file : files) out.read_file(file);
  out.read_version();
  out.leave_out();
  out.link_apps();
  return out;
}

void Configuration::read_file(const File& file) {
  const std::string_view name = file_name(file.path);
  if (name == ".gitignore" || name == ".forceignore") {
    ignore_files_.emplace(file.path, file.bytes);
    ++files_read_;
    return;
  }
  if (name == "sfdx-project.json") {
    project_ = file.bytes;
    project_path_ = file.path;
    ++files_read_;
    return;
  }
  if (name.ends_with(".cls")) {
    classes_.emplace(name.substr(0, name.size() - 4), file.bytes);
    ++files_read_;
    return;
  }
  if (name.ends_with(".crt")) return;
  const TypeSpec* by_path = type_of_path(file.path);
  const bool looks_like_metadata =
      by_path != nullptr || std::string_view(file.bytes).substr(0, 1024).find(kNamespace) != std::string_view::npos;
  if (!looks_like_metadata) {
    unknown_files_.push_back(file.path);
    return;
  }
  Xml xml = Xml::read(file.bytes);
  if (xml.fault()) {
    if (by_path != nullptr) {
      unread_.push_back({file.path, *xml.fault()});
    } else {
      unknown_files_.push_back(file.path);
    }
    return;
  }
  const TypeSpec* type = find_type(xml.root()->name);
  if (type == nullptr) type = by_path;
  if (type == nullptr) {
    unknown_files_.push_back(file.path);
    return;
  }
  ++files_read_;
  Document& document = documents_.emplace_back();
  document.path = file.path;
  document.member = member_of_path(file.path);
  document.type = type;
  document.by_path = by_path;
  document.root = *xml.root();
  by_type_[type->name].push_back(&document);
}

int Configuration::version_of(const Document& manifest) { return read_version_text(manifest.root.value("version").value_or("")); }

// package.xml of the project or the zip, then the project, then whichever package.xml there is. What is deleted has a manifest
// too, with a version of its own.
void Configuration::read_version() {
  const std::string_view folder =
      std::string_view(project_path_).substr(0, project_path_.size() - file_name(project_path_).size());
  const Document* other = nullptr;
  for (const Document* manifest : of_type("Package")) {
    const std::string_view path = manifest->path;
    if (version_of(*manifest) == 0 || file_name(path) != "package.xml") continue;
    const std::string_view in_project = path.starts_with(folder) ? path.substr(folder.size()) : path;
    if (in_project == "package.xml" || in_project == "manifest/package.xml") {
      api_version_ = version_of(*manifest);
      api_version_file_ = manifest->path;
      return;
    }
    if (other == nullptr || levels_of(path) < levels_of(other->path)) other = manifest;
  }
  JsonDocument json;
  if (!project_.empty() && json.parse(project_) == JsonFault::none) {
    api_version_ = read_version_text(json.root().text("sourceApiVersion").value_or(""));
    api_version_file_ = project_path_;
  }
  if (api_version_ == 0 && other != nullptr) {
    api_version_ = version_of(*other);
    api_version_file_ = other->path;
  }
}

void Configuration::leave_out() {
  for (Document& one : documents_) {
    if (!ignored(".forceignore", one.path).value_or(false)) continue;
    // The guide itself says so of the global settings: once they are deployed, they hold the app's key.
    const bool is_there_already = std::string_view(one.type->name) == "ExtlClntAppGlobalOauthSettings" &&
                                  !one.root.value("consumerKey").value_or("").empty();
    one.is_left_out = !is_there_already;
  }
}

void Configuration::link_apps() {
  std::map<std::string, size_t, std::less<>> client_apps;
  const auto client_app = [&](std::string_view name) -> App& {
    const auto [at, is_new] = client_apps.try_emplace(std::string(name), apps_.size());
    if (is_new) apps_.push_back({AppKind::external_client_app, std::string(name), {}});
    return apps_[at->second];
  };
  for (const Document* one : of_type("ExternalClientApplication")) client_app(one->member).documents.push_back(one);
  for (const std::string_view type : kChildTypes) {
    for (const Document* child : of_type(type)) {
      const std::string_view name = app_named_by(*child);
      if (!name.empty()) client_app(name).documents.push_back(child);
    }
  }
  for (const Document* one : of_type("ConnectedApp")) apps_.push_back({AppKind::connected_app, one->member, {one}});
}

std::string_view Configuration::app_named_by(const Document& document) {
  const std::string_view name = document.root.value("externalClientApplication").value_or("");
  return name.size() > kMaxName || name.find('\n') != std::string_view::npos || has_private_key(name) ? std::string_view() : name;
}

const std::vector<const Document*>& Configuration::of_type(std::string_view type) const {
  static const std::vector<const Document*> none;
  const auto found = by_type_.find(type);
  return found == by_type_.end() ? none : found->second;
}

Value Configuration::value_in(const Document& document, std::string_view path) {
  Value value;
  value.type = document.type;
  value.element = find_element(*document.type, path);
  value.path = path;
  value.document = &document;
  const Element* deepest = nullptr;
  const Element* found = find_path(document.root, path, deepest);
  value.line = deepest->line;
  if (found == nullptr && value.element != nullptr && *value.element->also != '\0') found = deepest->find(value.element->also);
  if (value.element == nullptr || document.is_left_out) return value;
  if (found != nullptr && !found->nil) {
    value.given = Given::given;
    value.text = found->text;
    value.line = found->line;
  } else if (*value.element->default_text != '\0' && !document.type->keeps_absent) {
    value.given = Given::assumed;
    value.text = value.element->default_text;
  }
  return value;
}

Value Configuration::setting(std::string_view name) const {
  const ElementRef ref = find_element(name);
  Value value;
  if (!ref) return value;
  for (const Document* one : of_type(ref.type->name)) {
    const Value found = value_in(*one, ref.path);
    if (found.given != Given::given) {
      if (value.type == nullptr) value = found;
    } else if (value.given != Given::given) {
      value = found;
    } else if (value.text != found.text) {
      value.given = Given::unknown;
      value.text = {};
      return value;
    }
  }
  if (value.type == nullptr) {
    value.type = ref.type;
    value.element = ref.element;
    value.path = ref.path;
  }
  return value;
}

std::optional<bool> Configuration::ignored(std::string_view ignore_file, std::string_view path) const {
  std::optional<bool> found;
  for (const auto& [where, text] : ignore_files_) {
    if (file_name(where) != ignore_file) continue;
    const std::string_view folder = std::string_view(where).substr(0, where.size() - ignore_file.size());
    if (!path.starts_with(folder)) continue;
    if (!found) found = false;
    // Those of deeper folders come later in the order of their paths, and their lines count more.
    if (const auto says = ignores(text, path.substr(folder.size()), ignore_steps_)) found = says;
  }
  return found;
}

}  // namespace hlid::org
