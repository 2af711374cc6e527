// SAML assertions: what is signed is what is written, whatever the names in it hold. xmlsec1 and the schema of OASIS look at the
// whole in tests/interop.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/form.h"
#include "codec/xml_write.h"
#include "crypto/digest.h"
#include "engine/flow.h"
#include "flows/parts/saml.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;  // 2026-01-01

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t begin = text.find(before);
  if (begin == std::string_view::npos) return "nothing before";
  const size_t end = text.find(after, begin + before.size());
  return std::string(text.substr(begin + before.size(), end - begin - before.size()));
}

std::string without_signature(std::string_view xml) {
  constexpr std::string_view kEnd = "</ds:Signature>";
  const size_t begin = xml.find("<ds:Signature ");
  const size_t end = xml.find(kEnd) + kEnd.size();
  return std::string(xml.substr(0, begin)) + std::string(xml.substr(end));
}

// The assertion that the flow sends, and what it had signed.
struct Made {
  std::string xml;
  std::string signed_info;
};

Made make(std::string_view username, std::string_view audience = "", std::string_view lifetime_s = "180",
          std::string_view site = "https://acme.my.salesforce.com") {
  const NamedValue settings[] = {
      {"site", site}, {"client_id", "3MVG9Example.ClientId"}, {"signed_by", "host"}, {"assertion_lifetime_s", lifetime_s}};
  auto app = App::create(settings);
  EXPECT_TRUE(app) << app.error().data().message;
  Flow flow(*app, *find_flow("saml_bearer"));
  EXPECT_TRUE(flow.set("username", username));
  if (!audience.empty()) {
    EXPECT_TRUE(flow.set("audience", audience));
  }
  EXPECT_EQ(*flow.next(kNow), Step::sign);
  Made made;
  made.signed_info = flow.sign().input.view();
  EXPECT_TRUE(flow.give_value("signature", std::string(256, 's')));
  EXPECT_EQ(*flow.next(kNow), Step::send);
  FormReader form(flow.request().body.view());
  while (form.next()) {
    if (form.name() == "assertion") made.xml = from_base64(form.value(), Base64::url_unpadded)->view();
  }
  return made;
}

TEST(Saml, says_who_for_whom_where_and_until_when) {
  const Made made = make("lena.ortiz@example.com");
  EXPECT_EQ(between(made.xml, "<saml:Issuer>", "</saml:Issuer>"), "3MVG9Example.ClientId");
  EXPECT_EQ(between(made.xml, "nameid-format:unspecified\">", "</saml:NameID>"), "lena.ortiz@example.com");
  EXPECT_EQ(between(made.xml, "<saml:Audience>", "</saml:Audience>"), "https://acme.my.salesforce.com");
  EXPECT_EQ(between(made.xml, "Recipient=\"", "\""), "https://acme.my.salesforce.com/services/oauth2/token");
  EXPECT_EQ(between(made.xml, "IssueInstant=\"", "\""), "2026-01-01T00:00:00Z");
  EXPECT_EQ(between(made.xml, "<saml:Conditions NotOnOrAfter=\"", "\""), "2026-01-01T00:03:00Z");
  EXPECT_EQ(between(made.xml, "<saml:SubjectConfirmationData NotOnOrAfter=\"", "\""), "2026-01-01T00:03:00Z");
}

TEST(Saml, is_for_the_host_that_site_names_unless_the_caller_says_otherwise) {
  for (const char* host : {"https://login.salesforce.com", "https://test.salesforce.com"}) {
    const Made made = make("lena", "", "180", host);
    EXPECT_EQ(between(made.xml, "<saml:Audience>", "</saml:Audience>"), host);
    EXPECT_EQ(between(made.xml, "Recipient=\"", "\""), std::string(host) + "/services/oauth2/token");
  }
  const Made made = make("lena", "https://login.salesforce.com");
  EXPECT_EQ(between(made.xml, "<saml:Audience>", "</saml:Audience>"), "https://login.salesforce.com");
}

TEST(Saml, is_valid_for_five_minutes_at_most) {
  EXPECT_EQ(between(make("lena", "", "300").xml, "<saml:Conditions NotOnOrAfter=\"", "\""), "2026-01-01T00:05:00Z");
  EXPECT_EQ(between(make("lena", "", "600").xml, "<saml:Conditions NotOnOrAfter=\"", "\""), "2026-01-01T00:05:00Z");
}

TEST(Saml, signs_the_digest_of_what_it_writes) {
  for (const std::string_view name : {"lena.ortiz@example.com", "o'hara & <sons> \"ü\" ]]>", "\xF0\x9F\x98\x80 &amp;amp; &#xD;",
                                      "  spaces  ", "</saml:Issuer>"}) {
    const Made made = make(name);
    EXPECT_NE(made.xml.find(made.signed_info), std::string::npos) << name;
    EXPECT_EQ(between(made.signed_info, "<ds:DigestValue>", "</ds:DigestValue>"),
              to_base64(as_view(sha256(without_signature(made.xml))), Base64::standard).view())
        << name;
    EXPECT_EQ(between(made.signed_info, "URI=\"#", "\""), between(made.xml, " ID=\"", "\"")) << name;
    // Only after the issuer, where the schema has it.
    EXPECT_NE(made.xml.find("3MVG9Example.ClientId</saml:Issuer><ds:Signature "), std::string::npos) << name;
  }
}

TEST(Saml, has_a_new_id_each_time) {
  const std::string one = between(make("lena").xml, " ID=\"", "\"");
  EXPECT_EQ(one.size(), 33U);
  EXPECT_EQ(one[0], '_');
  EXPECT_NE(one, between(make("lena").xml, " ID=\"", "\""));
}

TEST(Saml, escapes_as_canonical_xml_does) {
  Secret text;
  append_xml_text(text, "a&b<c>d\"e'f\tg\nh\ri");
  EXPECT_EQ(text.view(), "a&amp;b&lt;c&gt;d\"e'f\tg\nh&#xD;i");
  Secret value;
  append_xml_attribute(value, "a&b<c>d\"e'f\tg\nh\ri");
  EXPECT_EQ(value.view(), "a&amp;b&lt;c>d&quot;e'f&#x9;g&#xA;h&#xD;i");
}

TEST(Saml, knows_what_xml_cannot_carry) {
  EXPECT_TRUE(is_xml_text("a\t\n\r ü \xF0\x9F\x98\x80 \xEF\xBF\xBD"));
  for (const char* text : {"\x01", "a\x1F", "\xEF\xBF\xBE", "a\xEF\xBF\xBF"}) EXPECT_FALSE(is_xml_text(text));
}

TEST(Saml, writes_times_of_all_kinds_of_years) {
  EXPECT_EQ(utc_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_time(951'782'399'999), "2000-02-28T23:59:59Z");
  EXPECT_EQ(utc_time(951'782'400'000), "2000-02-29T00:00:00Z");
  EXPECT_EQ(utc_time(951'868'800'000), "2000-03-01T00:00:00Z");
  EXPECT_EQ(utc_time(4'107'542'400'000), "2100-03-01T00:00:00Z");
  EXPECT_EQ(utc_time(1'798'761'599'000), "2026-12-31T23:59:59Z");
  EXPECT_EQ(utc_time(253'402'300'799'000), "9999-12-31T23:59:59Z");
  EXPECT_EQ(utc_time(INT64_MAX), "9999-12-31T23:59:59Z");
  EXPECT_EQ(utc_time(-1), "1970-01-01T00:00:00Z");
}

}  // namespace
}  // namespace hlid
