// Each rule has a file in rules/: a configuration that breaks it and one that does not.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "oauth/org_settings.h"
#include "org/lint.h"
#include "org/rules/rules.h"
#include "org/xml.h"

namespace hlid::org {
namespace {

using nlohmann::json;

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// "request: {…}" and "line: 4", then files: "--- bad: path", "--- good: path", "--- both: path".
struct Case {
  json request = json::object();
  int line = -1;
  std::vector<std::string> expected;  // "id line"
  Files bad;
  Files good;
};

Case read_case(const std::string& text) {
  Case out;
  std::vector<Files*> to;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("--- ")) {
      const size_t colon = line.find(": ");
      const std::string tag = line.substr(4, colon - 4);
      to.clear();
      if (tag != "good") to.push_back(&out.bad);
      if (tag != "bad") to.push_back(&out.good);
      for (Files* files : to) files->push_back({line.substr(colon + 2), ""});
    } else if (!to.empty()) {
      for (Files* files : to) files->back().bytes += line + "\n";
    } else if (line.starts_with("request: ")) {
      out.request = json::parse(line.substr(9));
    } else if (line.starts_with("expect: ")) {
      out.expected.push_back(line.substr(8));
    } else if (line.starts_with("line: ")) {
      out.line = std::stoi(line.substr(6));
    }
  }
  return out;
}

json lint_of(const Case& one, const Files& files) {
  json request = one.request;
  request["files"] = json::array();
  for (const File& file : files) request["files"].push_back({{"path", file.path}, {"text", file.bytes}});
  auto response = lint_json(request.dump());
  EXPECT_TRUE(response) << (response ? "" : response.error().data().message);
  return response ? json::parse(*response) : json::object();
}

TEST(OrgRules, each_has_a_file_that_breaks_it_and_one_that_does_not) {
  const std::filesystem::path folder = HLID_ORG_RULES;
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string id = entry.path().stem().string();
    ++files;
    SCOPED_TRACE(id);
    ASSERT_NE(find_rule(id), nullptr);
    const Case one = read_case(read_all(entry.path()));
    const json bad = lint_of(one, one.bad);
    std::vector<json> found;
    for (const json& finding : bad["findings"]) {
      if (finding["id"] == id) found.push_back(finding);
    }
    ASSERT_FALSE(found.empty()) << bad.dump(1);
    if (one.line >= 0) {
      EXPECT_EQ(found[0]["line"], one.line) << found[0].dump(1);
    }
    for (const json& finding : found) {
      // What a flow that is meant needs is an error, whatever the rule alone would be.
      if (finding["severity"] != "error") {
        EXPECT_EQ(finding["severity"], std::string(name_of(find_rule(id)->severity)));
      }
      for (const char* text : {"message", "change"}) {
        const std::string sentence = finding[text];
        EXPECT_TRUE(sentence.ends_with(".") || sentence.ends_with("?")) << text << ": " << sentence;
      }
      EXPECT_FALSE(finding["file"].get<std::string>().empty());
    }
    EXPECT_EQ(bad.dump().find("SECRET"), std::string::npos) << bad.dump(1);
    const json good = lint_of(one, one.good);
    for (const json& finding : good["findings"]) EXPECT_NE(finding["id"], id) << finding.dump(1);
    EXPECT_TRUE(good["unknown_files"].empty()) << good.dump(1);
  }
  EXPECT_EQ(files, all_rules().size());
}

// Files as people and tools write them: all that is found, and nothing else.
TEST(OrgRules, find_in_files_of_others_what_is_wrong_there) {
  size_t samples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(HLID_ORG_SAMPLES)) {
    SCOPED_TRACE(entry.path().stem().string());
    ++samples;
    const Case one = read_case(read_all(entry.path()));
    const json lint = lint_of(one, one.bad);
    std::vector<std::string> found;
    for (const json& finding : lint["findings"]) {
      if (finding["id"].get<std::string>() == finding["setting"].get<std::string>()) continue;  // a flow's need
      found.push_back(finding["id"].get<std::string>() + " " + std::to_string(finding["line"].get<int>()));
    }
    std::vector<std::string> expected = one.expected;
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, expected) << lint.dump(1);
    if (one.request.contains("flows")) {
      for (const json& flow : lint["apps"][0]["flows"]) EXPECT_EQ(flow["verdict"], "works") << lint.dump(1);
    }
  }
  EXPECT_GE(samples, 4U);
}

TEST(OrgRules, have_each_its_own_id_and_say_what_they_are_about) {
  std::vector<std::string> ids;
  for (const Rule* rule : all_rules()) {
    ids.emplace_back(rule->id);
    const std::string doc = rule->doc;
    EXPECT_TRUE(doc.ends_with(".")) << rule->id;
    EXPECT_EQ(std::string(rule->id).find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), std::string::npos) << rule->id;
    // A finding's id is a rule's or a setting's.
    for (const OrgSetting* setting : kAll) EXPECT_NE(std::string(setting->id), rule->id);
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
  for (const char* fault : kXmlFaults) EXPECT_NE(find_rule(fault), nullptr) << fault;
}

}  // namespace
}  // namespace hlid::org
