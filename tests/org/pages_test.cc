// docs/org-settings.md, docs/org-rules.md and docs/org-questions.md are what the tables say. HLID_WRITE_PAGES=1 org_tests
// --gtest_filter='OrgPages.*' writes them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "flows/registry.h"
#include "oauth/org_settings.h"
#include "org/doctor.h"
#include "org/needs.h"
#include "org/rules/rules.h"

namespace hlid::org {
namespace {

constexpr const char* kHead = "<!-- Written by tests/org/pages_test.cc from core/org. -->\n";

// In a cell of a table.
std::string cell(std::string text) {
  for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.replace(at, 1, "\\|");
  return text;
}

struct Place {
  std::string name;  // "Type.path"
  const TypeSpec* type;
  const ElementSpec* element;
};

void find_places(const TypeSpec& type, std::span<const ElementSpec> elements, const std::string& path, const OrgSetting& setting,
                 std::vector<Place>& out) {
  for (const ElementSpec& element : elements) {
    const std::string here = path + "." + element.name;
    if (element.setting == &setting) out.push_back({here, &type, &element});
    find_places(type, element.children, here, setting, out);
  }
}

std::string elements_of(const OrgSetting& setting) {
  std::vector<Place> places;
  for (const TypeSpec* type : all_types()) find_places(*type, type->elements, type->name, setting, places);
  // Scopes are one element for several settings.
  if (places.empty() && std::string(setting.metadata).find("commaSeparatedOauthScopes") != std::string::npos) {
    return "`ExtlClntAppOauthSettings.commaSeparatedOauthScopes`<br>`ConnectedApp.oauthConfig.scopes`";
  }
  std::string out;
  for (const Place& place : places) {
    out += (out.empty() ? "`" : "<br>`") + place.name + "`";
    std::string facts;
    if (*place.element->default_text != '\0') facts += std::string("default ") + place.element->default_text;
    const int since = std::max(place.element->since, place.type->since);
    if (since != 0) facts += (facts.empty() ? "" : ", ") + ("API " + std::to_string(since));
    if (place.element->inverted) facts += facts.empty() ? "inverted" : ", inverted";
    if (!facts.empty()) out += " (" + facts + ")";
  }
  return out;
}

std::string flows_of(const OrgSetting& setting) {
  std::string out;
  size_t count = 0;
  for (const FlowSpec* flow : all_flows()) {
    if (!depends_on(*flow, setting)) continue;
    ++count;
    out += (out.empty() ? "[" : ", [") + std::string(flow->name) + "](flows/" + flow->name + ".md)";
  }
  if (count > 20) return "all with an app";
  return out;
}

std::string settings_page() {
  std::string out =
      std::string(kHead) +
      "# Settings of an org\n\n"
      "Every setting that a flow depends on: where an admin finds it in Setup, which element of the Metadata API it is, for both "
      "kinds of app, and which flows it concerns. `headlessid org explain SETTING` says the same, `headlessid org lint DIR` "
      "reads them from files. \"inverted\": true means that the box in Setup is not ticked. What "
      "the linter finds beyond them: [rules](org-rules.md).\n\n"
      "| setting | what it does | in Setup | elements | flows |\n|---|---|---|---|---|\n";
  for (const OrgSetting* setting : kAll) {
    out += std::string("| `") + setting->id + "` | " + cell(setting->doc) + " | " + cell(setting->setup) + " | " +
           elements_of(*setting) + " | " + flows_of(*setting) + " |\n";
  }
  return out;
}

std::string rules_page() {
  std::string out =
      std::string(kHead) +
      "# Rules of the linter\n\n"
      "What `headlessid org lint` finds in files, whichever flow is wanted. A finding that a flow needs a setting has the "
      "[setting's](org-settings.md) name instead. An error does not deploy or stops a flow; a warning works, but not as people "
      "expect; a note is worth knowing.\n\n"
      "| rule | | what it says |\n|---|---|---|\n";
  for (const Rule* rule : all_rules()) {
    out += std::string("| `") + rule->id + "` | " + std::string(name_of(rule->severity)) + " | " + cell(rule->doc) + " |\n";
  }
  return out;
}

std::string state_of(const Conclusion& row) {
  if (row.state == State::one_off) return std::string("this or `") + row.partner->id + "` is off";
  if (row.state == State::one_on) return std::string("this or `") + row.partner->id + "` is on";
  return std::string(name_of(row.state));
}

std::string sign_of(const Sign& sign) {
  const std::string codes = sign.codes;
  std::string out = std::string("`") + sign.question + "`: ";
  switch (sign.shape) {
    case Shape::granted: return out + (codes.starts_with("format:") ? "a token, `" + codes.substr(7) + "`" : "a success");
    case Shape::page: return out + "a page";
    case Shape::missing: return out + "404";
    default: break;
  }
  std::string what;
  for (const std::string_view code : words_of(sign.codes)) {
    std::string word(code);
    if (word.starts_with("reason:")) word = word.substr(7);
    if (word.starts_with("status:")) word = word.substr(7);
    what += (what.empty() ? "`" : ", `") + word + "`";
  }
  if (*sign.says != '\0') what += std::string(what.empty() ? "" : " with ") + "\"" + sign.says + "\"";
  if (*sign.but_not != '\0') what += std::string(", not \"") + sign.but_not + "\"";
  return out + (what.empty() ? "a refusal" : what);
}

std::string questions_page() {
  std::string out =
      std::string(kHead) +
      "# What the doctor asks\n\n"
      "`headlessid org doctor` ([the org's side](org.md#asking-a-live-site)) asks these, as far as the flows and the profile call for "
      "them, and `scope_` with each scope that they need. Nothing is complete and right but what gets a token of a guest or of the "
      "app's run-as user, and that is revoked.\n\n"
      "| question | sends | |\n|---|---|---|\n";
  for (const Question& one : all_questions())
    out += std::string("| `") + one.name + "` | " + one.method + " " + cell(one.path) + " | " + cell(one.why) + " |\n";
  out +=
      "\n## What it learns\n\n"
      "A setting is what the first of its rows says that fits. Where none fits it cannot be told, and the server's own words "
      "are shown.\n\n"
      "| setting | is | where |\n|---|---|---|\n";
  for (const Conclusion& row : all_conclusions()) {
    if (row.state == State::unknown) continue;
    std::string where = sign_of(row.sign);
    if (*row.also.question != '\0') where += "; " + sign_of(row.also);
    if (*row.and_also.question != '\0') where += "; " + sign_of(row.and_also);
    out += std::string("| `") + row.setting->id + "` | " + state_of(row) + " | " + cell(where) + " |\n";
  }
  out +=
      "\nA scope is selected if authorize accepts it and refuses a made-up one. The rest cannot be told:\n\n"
      "| setting | why |\n|---|---|\n";
  for (const OrgSetting* setting : kAll) {
    bool learnt = std::string(setting->metadata).find("commaSeparatedOauthScopes") != std::string::npos;
    for (const Conclusion& row : all_conclusions())
      learnt = learnt || (std::string(row.setting->id) == setting->id && row.state != State::unknown);
    if (!learnt) out += std::string("| `") + setting->id + "` | " + cell(std::string(why_untold(*setting))) + " |\n";
  }
  return out;
}

void check(const std::string& name, const std::string& text) {
  const std::string path = std::string(HLID_DOCS) + "/" + name;
  if (std::getenv("HLID_WRITE_PAGES") != nullptr) std::ofstream(path, std::ios::binary) << text;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream there;
  there << in.rdbuf();
  EXPECT_TRUE(there.str() == text) << name << " is stale: HLID_WRITE_PAGES=1 org_tests --gtest_filter='OrgPages.*' writes it";
}

TEST(OrgPages, say_what_the_tables_say) {
  check("org-settings.md", settings_page());
  check("org-rules.md", rules_page());
  check("org-questions.md", questions_page());
}

}  // namespace
}  // namespace hlid::org
