// The table of org settings, and the hints that are composed from it.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

TEST(OrgSettings, are_complete_and_each_has_its_own_id) {
  std::set<std::string> ids;
  std::set<std::string> places;
  for (const OrgSetting* row : org::kAll) {
    const std::string doc = row->doc;
    const std::string setup = row->setup;
    EXPECT_TRUE(ids.insert(row->id).second) << row->id;
    EXPECT_TRUE(places.insert(setup).second) << setup;
    EXPECT_EQ(std::string(row->id).find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << row->id;
    EXPECT_NE(*row->metadata, 0) << row->id;
    ASSERT_FALSE(doc.empty()) << row->id;
    EXPECT_EQ(doc.back(), '.') << row->id;
    const bool placed = setup.starts_with("Setup > ") || setup.starts_with("the app > ") ||
                        setup.starts_with("the app's policies > ") || setup.starts_with("the user's ") ||
                        setup.starts_with("the site's ");
    EXPECT_TRUE(placed) << setup;
  }
}

TEST(Hints, name_a_setting_as_the_table_does) {
  const auto named = [](const OrgSetting& row) { return std::string(row.setup) + " (" + row.metadata + ")"; };
  EXPECT_EQ(hints::kFlowSwitch, named(org::kHeadlessFlows) + "; " + named(org::kAppHeadlessFlow));
  EXPECT_EQ(hints::kApiEnabled, named(org::kUserApiEnabled));
  EXPECT_EQ(hints::kRecaptchaAtLogin, named(org::kLoginRecaptcha) + "; " + named(org::kRecaptchaKeys) +
                                          "; a token is valid for two minutes and one request");
  EXPECT_EQ(hints::kCallback,
            named(org::kAppCallback) + " must equal redirect_uri byte for byte, and the consumer key must belong to this org");
}

}  // namespace
}  // namespace hlid
