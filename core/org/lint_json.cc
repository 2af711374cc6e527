// The linter as JSON in and JSON out.
#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "flows/registry.h"
#include "org/lint.h"
#include "org/request.h"
#include "org/rules/rules.h"
#include "org/zip.h"

namespace hlid::org {
namespace {

// Base64 and escapes make files longer.
constexpr size_t kMaxRequest = 2 * kMaxOrgBytes;

Result<std::string> bytes_of(std::string_view field, std::string_view base64) {
  const auto bytes = from_base64(base64, Base64::standard);
  if (!bytes) return Error::argument(field, "must be base64");
  return std::string(bytes->view());
}

Result<void> read_files(const JsonValue& list, Files& out) {
  if (!list.is_array()) return Error::argument("files", "must be an array");
  size_t total = 0;
  for (const JsonValue& item : list.items()) {
    if (item.is_object()) {
      for (const JsonValue::Member& member : item.members()) {
        if (member.name != "path" && member.name != "text" && member.name != "base64")
          return Error::argument("files",
                                 join({"must have objects with path, and text or base64, and not ", shown(member.name)}));
      }
    }
    const auto path = item.text("path");
    const auto text = item.text("text");
    const auto base64 = item.text("base64");
    if (!path || (text.has_value() == base64.has_value())) {
      return Error::argument("files", "must have objects with path, and text or base64");
    }
    if (const std::string_view fault = path_fault(*path); !fault.empty()) {
      return Error::argument("files", join({"has a path that is not one below a folder: ", shown_path(*path), " ", fault}));
    }
    File file{std::string(*path), {}};
    if (text) {
      file.bytes = *text;
    } else {
      auto bytes = bytes_of("files", *base64);
      if (!bytes) return std::move(bytes).error();
      file.bytes = std::move(*bytes);
    }
    total += file.bytes.size();
    if (total > kMaxOrgBytes || out.size() == kMaxOrgFiles)
      return Error::argument("files", "has too many files, or too large ones");
    out.push_back(std::move(file));
  }
  return {};
}

Error unknown_flow(std::string_view word) {
  if (word.empty()) return Error::argument("flows", "must have names of flows");
  std::vector<std::string_view> names;
  for (const FlowSpec* flow : all_flows()) names.push_back(flow->name);
  const std::string_view nearest = nearest_word(word, names);
  return Error::argument("flows", nearest.empty()
                                      ? join({"has ", shown(word), ", which is not a flow"})
                                      : join({"has ", shown(word), ", which is not a flow. Did you mean ", nearest, "?"}));
}

Result<void> read_flows(const JsonValue& list, std::vector<const FlowSpec*>& out) {
  if (!list.is_array()) return Error::argument("flows", "must be an array");
  for (const JsonValue& item : list.items()) {
    const FlowSpec* flow = find_flow(item.as_text().value_or(""));
    if (flow == nullptr) return unknown_flow(item.as_text().value_or(""));
    if (std::find(out.begin(), out.end(), flow) == out.end()) out.push_back(flow);
  }
  return {};
}

Result<void> read_version(const JsonValue& value, int& out) {
  const auto text = value.as_text();
  const size_t point = text ? text->find('.') : std::string_view::npos;
  const bool has_rest = point != std::string_view::npos && text->substr(point) != ".0";
  const auto number = text ? read_decimal(text->substr(0, point)) : value.as_integer();
  if (has_rest || !number || *number < 1 || *number > 999)
    return Error::argument("api_version", "must be a version such as 67.0");
  out = static_cast<int>(*number);
  return {};
}

Result<void> read_choice(std::string_view name, const JsonValue& value, std::string_view no, std::string_view yes,
                         std::optional<bool>& out) {
  const std::string_view text = value.as_text().value_or("");
  if (text != no && text != yes) return Error::argument(name, join({"must be ", no, " or ", yes}));
  out = text == yes;
  return {};
}

// What an app uses beyond its flows. What the list lacks is then not used.
Result<void> read_uses(const JsonValue& list, Circumstances& out) {
  if (!list.is_array()) return Error::argument("uses", "must be an array");
  out.login_hint = out.templates = out.other_apps = false;
  for (const JsonValue& item : list.items()) {
    const std::string_view word = item.as_text().value_or("");
    if (word == "login_hint") {
      out.login_hint = true;
    } else if (word == "emailtemplate") {
      out.templates = true;
    } else if (word == "tokens_of_other_apps") {
      out.other_apps = true;
    } else {
      return Error::argument("uses", "knows login_hint, emailtemplate and tokens_of_other_apps");
    }
  }
  return {};
}

// .git, .sfdx and what npm brings, as in a folder.
bool is_in_folder_left_out(std::string_view path) {
  for (size_t at = 0; at < path.size();) {
    const size_t end = path.find('/', at);
    if (end == std::string_view::npos) return false;
    if (path[at] == '.' || path.substr(at, end - at) == "node_modules") return true;
    at = end + 1;
  }
  return false;
}

Result<void> read_member(std::string_view name, const JsonValue& value, LintRequest& out) {
  using Client = Circumstances::Client;
  if (value.type() == JsonValue::Type::null) return {};
  if (name == "files") return read_files(value, out.files);
  if (name == "flows") return read_flows(value, out.flows);
  if (name == "api_version") return read_version(value, out.api_version);
  if (name == "zip_base64") {
    auto zip = bytes_of(name, value.as_text().value_or(""));
    if (!zip) return std::move(zip).error();
    auto files = unpack(*zip);
    if (!files) return std::move(files).error();
    for (File& file : *files) {
      if (!is_in_folder_left_out(file.path)) out.files.push_back(std::move(file));
    }
    return {};
  }
  if (name == "client") {
    std::optional<bool> is_public;
    if (auto good = read_choice(name, value, "private", "public", is_public); !good) return good;
    out.circumstances.client = *is_public ? Client::of_public : Client::of_private;
    return {};
  }
  if (name == "credentials_placement") return read_choice(name, value, "body", "header", out.circumstances.basic_header);
  if (name == "uses") return read_uses(value, out.circumstances);
  if (name == "site") {
    const auto text = value.as_text();
    if (!text || text->empty()) return Error::argument(name, "must be the name of a site");
    out.circumstances.site = *text;
    return {};
  }
  if (name == "app") {
    const auto text = value.as_text();
    if (!text || text->empty()) return Error::argument(name, "must be the name of an app");
    out.app = *text;
    return {};
  }
  if (name == "strict") {
    const auto on = value.as_boolean();
    if (!on) return Error::argument(name, "must be true or false");
    out.strict = *on;
    return {};
  }
  return Error::argument("request", join({"has a member that this call does not know: ", shown(name)}));
}

void write_texts(JsonWriter& json, std::string_view name, const auto& texts) {
  json.key(name).begin_array();
  for (const auto& text : texts) json.text(text);
  json.end_array();
}

void write(JsonWriter& json, const FlowVerdict& verdict) {
  json.begin_object().member("flow", verdict.flow->name).member("verdict", name_of(verdict.works));
  json.key("findings").begin_array();
  for (const size_t index : verdict.findings) json.integer(static_cast<int64_t>(index));
  json.end_array();
  write_texts(json, "not_in_files", verdict.not_in_files);
  if (!verdict.site.empty()) json.member("site", verdict.site);
  json.end_object();
}

void write(JsonWriter& json, const Finding& finding) {
  json.begin_object().member("id", finding.id).member("severity", name_of(finding.severity));
  json.key("stops_deployment").boolean(finding.stops_deployment);
  write_texts(json, "flows", finding.flows);
  json.member("app", finding.app).member("file", finding.file).key("line").integer(finding.line);
  json.member("element", finding.element).member("setting", finding.setting);
  json.member("message", finding.message).member("change", finding.change).end_object();
}

std::string write(const Lint& lint) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("ok").boolean(lint.ok).key("apps").begin_array();
  for (const AppVerdict& app : lint.apps) {
    json.begin_object().member("name", app.name).member("kind", name_of(app.kind)).key("flows").begin_array();
    for (const FlowVerdict& flow : app.flows) write(json, flow);
    json.end_array().end_object();
  }
  json.end_array().key("findings").begin_array();
  for (const Finding& finding : lint.findings) write(json, finding);
  json.end_array().key("files_read").integer(static_cast<int64_t>(lint.files_read));
  json.key("api_version").integer(lint.api_version);
  write_texts(json, "unknown_files", lint.unknown_files);
  json.end_object();
  return out;
}

}  // namespace

Result<std::string> lint_json(std::string_view request) {
  JsonDocument document;
  const JsonFault fault = document.parse(request, kMaxRequest, kMaxOrgFiles);
  if (fault != JsonFault::none || !document.root().is_object()) return Error::argument("request", why_no_request(fault));
  LintRequest wish;
  for (const JsonValue::Member& member : document.root().members()) {
    if (auto good = read_member(member.name, member.value, wish); !good) return std::move(good).error();
  }
  if (wish.files.empty()) return Error::argument("files", "is missing: there is nothing to read");
  if (wish.strict && wish.flows.empty()) return Error::argument("strict", "goes with flows: it is about those that are wanted");
  auto found = lint(wish);
  if (!found) return std::move(found).error();
  return write(*found);
}

}  // namespace hlid::org
