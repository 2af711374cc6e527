// The rows of needs against what flows say of themselves, and how they are judged.
#include "org/needs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "flows/registry.h"
#include "oauth/org_settings.h"
#include "org/rules/rules.h"

namespace hlid::org {
namespace {

std::set<std::string> settings_of(const FlowSpec& flow) {
  std::set<std::string> ids;
  for (const OrgSetting& setting : flow.org_settings) ids.insert(setting.id);
  return ids;
}

TEST(OrgNeeds, are_those_that_the_flow_lists) {
  for (const FlowSpec* flow : all_flows()) {
    SCOPED_TRACE(flow->name);
    std::set<std::string> needed;
    for (const Need* need : needs_of(*flow)) needed.insert(need->setting->id);
    for (const std::string& id : settings_of(*flow)) EXPECT_TRUE(needed.contains(id)) << id << " has no row";
    const std::set<std::string> listed = settings_of(*flow);
    for (const Need& need : own_needs(flow->name))
      EXPECT_TRUE(listed.contains(need.setting->id)) << need.setting->id << " is not listed";
  }
}

TEST(OrgNeeds, name_elements_that_there_are) {
  std::set<std::string> with_rows;
  for (const FlowSpec* flow : all_flows()) {
    for (const Need* need : needs_of(*flow)) {
      SCOPED_TRACE(std::string(flow->name) + ": " + need->setting->id);
      if (*need->element != '\0') with_rows.insert(need->setting->id);
      const std::string doc = need->doc;
      EXPECT_TRUE(doc.ends_with("."));
      if (need->wish == Wish::document) {
        EXPECT_NE(find_type(need->element), nullptr);
      } else if (*need->element != '\0') {
        EXPECT_TRUE(find_element(std::string_view(need->element))) << need->element;
      }
      if (*need->or_element != '\0') {
        EXPECT_TRUE(find_element(std::string_view(need->or_element))) << need->or_element;
      }
      EXPECT_EQ(need->wish == Wish::nothing, need->level == Level::any);
      EXPECT_FALSE(wish_of(*need).empty());
      if (*need->rule != '\0') {
        EXPECT_NE(find_rule(need->rule), nullptr) << need->rule;
      }
      if (need->wish == Wish::any_scope || need->wish == Wish::all_scopes || need->wish == Wish::own_scope) {
        for (const std::string_view word : words_of(need->value)) {
          ASSERT_NE(find_scope(word), nullptr) << word;
          EXPECT_EQ(word, find_scope(word)->metadata);
        }
      }
      // A wanted word is one that the element can have.
      const ElementRef ref = find_element(std::string_view(need->element));
      if (need->wish == Wish::is && ref) {
        const auto& choices = ref.element->choices;
        const bool flag = ref.element->kind == ElementKind::boolean &&
                          (std::string(need->value) == "true" || std::string(need->value) == "false");
        EXPECT_TRUE(flag ||
                    std::any_of(choices.begin(), choices.end(), [&](const char* one) { return std::string(one) == need->value; }))
            << need->element << " " << need->value;
      }
    }
  }
  // What the table of types ties to a setting, some flow has a row for; these are matters of the org or a site alone.
  const std::set<std::string> of_no_flow = {"app_ip_relaxation", "recaptcha_keys", "site_prefix", "user_api_enabled",
                                            "app_own_scopes"};
  const auto check = [&](const auto& self, std::span<const ElementSpec> elements) -> void {
    for (const ElementSpec& element : elements) {
      if (element.setting != nullptr && !of_no_flow.contains(element.setting->id)) {
        EXPECT_TRUE(with_rows.contains(element.setting->id)) << element.name << ": " << element.setting->id;
      }
      self(self, element.children);
    }
  };
  for (const TypeSpec* type : all_types()) check(check, type->elements);
}

TEST(OrgNeeds, count_only_in_their_case) {
  Circumstances nothing_known;
  EXPECT_EQ(counts(When::always, nothing_known), true);
  EXPECT_EQ(counts(When::public_client, nothing_known), std::nullopt);
  EXPECT_EQ(counts(When::basic_header, nothing_known), std::nullopt);
  Circumstances of_public;
  of_public.client = Circumstances::Client::of_public;
  EXPECT_EQ(counts(When::public_client, of_public), true);
  EXPECT_EQ(counts(When::private_client, of_public), false);
}

}  // namespace
}  // namespace hlid::org
