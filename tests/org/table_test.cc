// The table of types in itself: what it says twice, it says alike.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "org/types.h"

namespace hlid::org {
namespace {

void check(const TypeSpec& type, std::span<const ElementSpec> elements, const std::string& path) {
  std::set<std::string> names;
  for (const ElementSpec& element : elements) {
    const std::string here = path + element.name;
    SCOPED_TRACE(std::string(type.name) + "." + here);
    EXPECT_TRUE(names.insert(element.name).second);
    EXPECT_EQ(find_element(type, here), &element);
    EXPECT_EQ(element.kind == ElementKind::group, !element.children.empty());
    const std::string doc = element.doc;
    EXPECT_TRUE(doc.empty() || doc.ends_with("."));
    if (element.kind == ElementKind::choice) {
      EXPECT_FALSE(element.choices.empty());
    }
    if (*element.twin != '\0') {
      const ElementRef twin = twin_of(type, element);
      ASSERT_TRUE(twin) << element.twin;
      // Both kinds have the setting, if one has it; what two elements of one kind are in one of the other is not one pair.
      if (element.setting != nullptr && twin.element->setting != nullptr) {
        EXPECT_EQ(element.setting, twin.element->setting);
      }
      EXPECT_EQ(element.inverted, twin.element->inverted);
      EXPECT_EQ(element.secret, twin.element->secret);
    }
    check(type, element.children, here + ".");
  }
}

TEST(OrgTypes, say_the_same_of_both_kinds) {
  std::set<std::string> suffixes;
  for (const TypeSpec* type : all_types()) {
    check(*type, type->elements, "");
    if (*type->member == '\0' && *type->suffix != '\0') {
      EXPECT_TRUE(suffixes.insert(type->suffix).second) << type->suffix;
    }
    EXPECT_EQ(find_type(type->name), type);
    const std::string doc = type->doc;
    EXPECT_TRUE(doc.ends_with("."));
  }
}

TEST(OrgTypes, are_known_by_their_paths) {
  const auto name = [](const char* path) { return type_of_path(path) == nullptr ? "" : std::string(type_of_path(path)->name); };
  EXPECT_EQ(name("force-app/main/default/externalClientApps/Shop.eca-meta.xml"), "ExternalClientApplication");
  EXPECT_EQ(name("externalClientApps/Shop.eca"), "ExternalClientApplication");
  EXPECT_EQ(name("settings/OauthOidc.settings"), "OauthOidcSettings");
  EXPECT_EQ(name("settings/ExternalClientApp.settings-meta.xml"), "ExternalClientAppSettings");
  EXPECT_EQ(name("settings/Account.settings-meta.xml"), "");
  EXPECT_EQ(name("manifest/package.xml"), "Package");
  EXPECT_EQ(name("classes/Shop.cls-meta.xml"), "ApexClass");
  EXPECT_EQ(name("classes/Shop.cls"), "");
  EXPECT_EQ(name("README.md"), "");
  EXPECT_EQ(member_of_path("a/Shop.Two.eca-meta.xml"), "Shop.Two");
}

TEST(OrgScopes, have_two_words) {
  EXPECT_STREQ(find_scope("refresh_token")->metadata, "RefreshToken");
  EXPECT_STREQ(find_scope("REFRESHTOKEN")->wire, "refresh_token");
  EXPECT_EQ(find_scope("SFAP"), find_scope("SFApiPlatform"));
  EXPECT_EQ(word_of(*find_scope("sfap_api"), true), "SFAP");
  EXPECT_EQ(word_of(*find_scope("sfap_api"), false), "SFApiPlatform");
  EXPECT_EQ(find_scope(""), nullptr);
  EXPECT_EQ(find_scope("everything"), nullptr);
  // Every word that an element takes is one of these, in the spelling of its kind.
  for (const char* path : {"ExtlClntAppOauthSettings.commaSeparatedOauthScopes", "ConnectedApp.oauthConfig.scopes"}) {
    const ElementRef ref = find_element(std::string_view(path));
    ASSERT_TRUE(ref);
    for (const char* word : ref.element->choices) {
      ASSERT_NE(find_scope(word), nullptr) << word;
      EXPECT_EQ(word_of(*find_scope(word), std::string(path).starts_with("Connected")), word);
    }
  }
}

}  // namespace
}  // namespace hlid::org
