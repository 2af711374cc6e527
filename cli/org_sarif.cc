#include "cli/org_sarif.h"

#include <algorithm>
#include <map>
#include <string>

#include "cli/handles.h"
#include "cli/org_command.h"

namespace hlid_cli {
namespace {

using Json = nlohmann::ordered_json;

// A path as the path of an address (RFC 3986).
std::string encoded(const std::string& path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string out;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += "0123456789ABCDEF"[byte >> 4];
    out += "0123456789ABCDEF"[byte & 15];
  }
  return out;
}

// Brackets would begin a link (SARIF 2.1.0, 3.11.6).
std::string unlinked(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// What a rule is about. The id of a setting or of a fault of XML is explained too, as far as it is known.
std::string rule_text(const std::string& id) {
  const Json said = ask_library(hlid_org_explain, {{"word", id}});
  for (const Json& entry : said.at("entries")) {
    if (!entry.at("doc").get<std::string>().empty()) return entry.at("doc");
  }
  std::string words = id;
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace

bool is_of_verdict(const Json& finding) { return finding.at("severity") == "note" && !finding.at("flows").empty(); }

Json sarif_of(const Json& lint, bool flows_are_wanted) {
  Json results = Json::array();
  Json rules = Json::array();
  std::map<std::string, size_t> known;
  for (const Json& finding : lint.at("findings")) {
    if (!flows_are_wanted && is_of_verdict(finding)) continue;
    const std::string id = finding.at("id");
    const auto [at, is_new] = known.try_emplace(id, known.size());
    if (is_new) rules.push_back({{"id", id}, {"shortDescription", {{"text", rule_text(id)}}}});
    const std::string change = finding.at("change");
    Json result = {
        {"ruleId", id},
        {"ruleIndex", at->second},
        {"level", finding.at("severity")},
        {"message", {{"text", unlinked(finding.at("message").get<std::string>() + (change.empty() ? "" : " " + change))}}}};
    if (const std::string file = finding.at("file"); !file.empty()) {
      Json place = {{"artifactLocation", {{"uri", encoded(file)}}}};
      if (finding.at("line").get<int>() > 0) place["region"] = {{"startLine", finding.at("line")}};
      result["locations"] = Json::array({{{"physicalLocation", place}}});
    }
    results.push_back(std::move(result));
  }
  const Json driver = {{"name", "headlessid"}, {"version", std::string(text_of(hlid_version()))}, {"rules", rules}};
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", Json::array({{{"tool", {{"driver", driver}}}, {"columnKind", "utf16CodeUnits"}, {"results", results}}})}};
}

}  // namespace hlid_cli
