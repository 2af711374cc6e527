// docs/org-settings.md and docs/org-rules.md are what the tables say. HLID_WRITE_PAGES=1 org_tests --gtest_filter='OrgPages.*'
// writes them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "flows/registry.h"
#include "oauth/org_settings.h"
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
    bool needs = false;
    for (const Need* need : needs_of(*flow)) needs = needs || std::string(need->setting->id) == setting.id;
    if (!needs) continue;
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
}

}  // namespace
}  // namespace hlid::org
