#include "cli/catalogue.h"

#include <algorithm>
#include <stdexcept>

#include <headlessid/headlessid.h>
#include <nlohmann/json.hpp>

#include "cli/words.h"

namespace hlid_cli {
namespace {

using json = nlohmann::json;

std::vector<std::string> texts(const json& from, const char* name) { return from.value(name, std::vector<std::string>{}); }

Field read_field(const json& from) {
  Field field;
  field.name = from.at("name").get<std::string>();
  field.kind = from.at("kind").get<std::string>();
  field.doc = from.value("doc", "");
  field.fallback = from.value("default", "");
  field.from_guest = from.value("from_guest", "");
  field.choices = texts(from, "choices");
  field.excludes = texts(from, "excludes");
  field.secret = from.value("secret", false);
  field.required = from.value("required", false);
  field.max_bytes = from.value("max_bytes", int64_t{0});
  field.min = from.value("min", int64_t{0});
  field.max = from.value("max", int64_t{0});
  return field;
}

Request read_request(const json& from) {
  return {from.at("name").get<std::string>(), from.value("method", ""), from.value("path", ""), from.value("retry_safe", false)};
}

Question read_question(const json& from) {
  return {from.at("name").get<std::string>(), from.value("doc", ""), from.value("secret", false),
          from.value("from_message", false), from.value("chosen", false)};
}

OrgSetting read_org_setting(const json& from) { return {from.value("setup", ""), from.value("metadata", "")}; }

ResultField read_result_field(const json& from) {
  return {from.at("name").get<std::string>(), from.value("kind", "text"),  from.value("doc", ""),
          from.value("secret", false),        from.value("always", false), texts(from, "choices")};
}

template <typename Value>
std::vector<Value> read_list(const json& from, const char* name, Value (*read)(const json&)) {
  std::vector<Value> out;
  const auto found = from.find(name);
  if (found == from.end()) return out;
  for (const json& each : *found) out.push_back(read(each));
  return out;
}

// As the client's proof, or as a setting that the flow cannot do without.
bool sends_secret(const json& flow) {
  const auto needs = flow.value("needs", std::vector<std::string>());
  const json requests = flow.value("requests", json::array());
  return std::find(needs.begin(), needs.end(), "client_secret") != needs.end() ||
         std::any_of(requests.begin(), requests.end(),
                     [](const json& each) { return each.value("client_authentication", false); });
}

FlowInfo read_flow(const json& from) {
  FlowInfo flow;
  flow.name = from.at("name").get<std::string>();
  flow.summary = from.value("summary", "");
  flow.description = from.value("description", "");
  flow.result = from.value("result", "");
  flow.source = from.value("source", "");
  flow.status = from.value("status", "current");
  flow.standing = from.value("standing", "");
  flow.hosts = from.value("hosts", std::vector<std::string>());
  flow.resends = from.value("resends", false);
  flow.sends_secret = sends_secret(from);
  flow.accepts_guest = from.value("accepts_guest", false);
  flow.parameters = read_list(from, "parameters", read_field);
  flow.requests = read_list(from, "requests", read_request);
  flow.asks = read_list(from, "asks", read_question);
  flow.org_settings = read_list(from, "org_settings", read_org_setting);
  return flow;
}

ResultInfo read_result(const json& from) {
  return {from.at("name").get<std::string>(), from.value("doc", ""), read_list(from, "fields", read_result_field)};
}

}  // namespace

const FlowInfo* Catalogue::find_flow(std::string_view name) const {
  const auto found = std::find_if(flows.begin(), flows.end(),
                                  [&](const FlowInfo& flow) { return flow.name == name || hyphened(flow.name) == name; });
  return found == flows.end() ? nullptr : &*found;
}

const ResultInfo* Catalogue::find_result(std::string_view name) const {
  const auto found = std::find_if(results.begin(), results.end(), [&](const ResultInfo& each) { return each.name == name; });
  return found == results.end() ? nullptr : &*found;
}

Catalogue read_catalogue() {
  const hlid_view text = hlid_catalogue();
  try {
    const json root = json::parse(text.data, text.data + text.size);
    return {root.at("version").get<std::string>(), read_list(root, "settings", read_field), read_list(root, "flows", read_flow),
            read_list(root, "results", read_result)};
  } catch (const json::exception&) {
    throw std::runtime_error("the library's catalogue cannot be read by this program; are both of the same version?");
  }
}

const Field* find_field(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace hlid_cli
