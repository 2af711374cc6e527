// Patterns of .gitignore: the cases of gitignore(5).
#include "org/ignore.h"

#include <gtest/gtest.h>

#include <string>

namespace hlid::org {
namespace {

std::optional<bool> ignores(std::string_view lines, std::string_view path) {
  int64_t steps = 1'000'000;
  return hlid::org::ignores(lines, path, steps);
}

TEST(OrgIgnore, reads_patterns_as_git_does) {
  const std::string path = "force-app/main/extlClntAppGlobalOauthSets/Shop.ecaGlblOauth-meta.xml";
  for (const char* line : {"**/extlClntAppGlobalOauthSets/**", "extlClntAppGlobalOauthSets/", "extlClntAppGlobalOauthSets",
                           "*.ecaGlblOauth-meta.xml", "force-app/main/extlClntAppGlobalOauthSets/*", "/force-app", "**/Shop.*",
                           "force-app/**/Shop.ecaGlblOauth-meta.xml", "Shop.ecaGlbl[A-Z]auth-meta.xml",
                           "Sho?.ecaGlblOauth-meta.xml", "force-app/   "}) {
    EXPECT_EQ(ignores(line, path), true) << line;
  }
  for (const char* line : {"", "# force-app", "main/extlClntAppGlobalOauthSets/", "*.xml/", "/main", "force-app/*.xml", "Shop",
                           "Shop.ecaGlbl[!A-Z]auth-meta.xml", "\\#x", "**/other/**"}) {
    EXPECT_EQ(ignores(line, path), std::nullopt) << line;
  }
  EXPECT_EQ(ignores("force-app/\n!Shop.ecaGlblOauth-meta.xml\n", path), false);
  EXPECT_EQ(ignores("!Shop.ecaGlblOauth-meta.xml\r\nforce-app/\r\n", path), true);
}

TEST(OrgIgnore, ends_whatever_the_pattern_is) {
  std::string stars;
  for (int i = 0; i < 200; ++i) stars += "*a";
  EXPECT_EQ(ignores(stars + "b", std::string(2000, 'a')), std::nullopt);
  int64_t few = 100;
  EXPECT_EQ(hlid::org::ignores("**/*a*b*c\nab\n", std::string(2000, 'a') + "/ab", few), std::nullopt);
  EXPECT_GE(few, -1);
  EXPECT_LE(few, 0);
  EXPECT_EQ(ignores("[", "["), std::nullopt);
  EXPECT_EQ(ignores("[a-", "a"), true);
}

}  // namespace
}  // namespace hlid::org
