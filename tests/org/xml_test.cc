// What is read of a file, and what a person is told of one that is not read.
#include "org/xml.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"

using hlid::org::Element;
using hlid::org::Xml;

namespace {

std::string repeated(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

// "reason line"
std::string fault(const std::string& text) {
  const Xml xml = Xml::read(text);
  if (!xml.fault()) return "none";
  EXPECT_EQ(xml.root(), nullptr);
  return std::string(xml.fault()->reason) + " " + std::to_string(xml.fault()->line);
}

std::string message(const std::string& text) {
  const Xml xml = Xml::read(text);
  return xml.fault() ? xml.fault()->message : "";
}

TEST(OrgXml, ReadsAFileOfTheMetadataApi) {
  const Xml xml = Xml::read(R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- retrieved -->
<ExtlClntAppOauthSettings xmlns="http://soap.sforce.com/2006/04/metadata" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
    <commaSeparatedOauthScopes> Api,
 OpenID </commaSeparatedOauthScopes>
    <label>R&amp;D &#60;x&#x3E; <![CDATA[<&>]]></label>
    <customAttributes><key>a</key><formula>"x"</formula></customAttributes>
    <customAttributes><key>b</key></customAttributes>
    <oauthLink xsi:nil="true"/>
    <empty/>
</ExtlClntAppOauthSettings>
)");
  ASSERT_FALSE(xml.fault()) << xml.fault()->message;
  const Element& root = *xml.root();
  EXPECT_EQ(root.name, "ExtlClntAppOauthSettings");
  EXPECT_EQ(root.line, 3);
  EXPECT_EQ(root.text, "");
  ASSERT_EQ(root.children.size(), 6U);
  EXPECT_EQ(root.value("commaSeparatedOauthScopes"), "Api,\n OpenID");
  EXPECT_EQ(root.find("label")->line, 6);
  EXPECT_EQ(root.value("label"), "R&D <x> <&>");
  EXPECT_EQ(root.children[3].value("key"), "b");
  EXPECT_EQ(root.children[3].value("formula"), std::nullopt);
  EXPECT_TRUE(root.find("oauthLink")->nil);
  EXPECT_EQ(root.value("oauthLink"), std::nullopt);
  EXPECT_EQ(root.value("empty"), "");
  EXPECT_EQ(root.find("empty")->line, 10);
  EXPECT_EQ(root.find("none"), nullptr);
}

TEST(OrgXml, ReadsWhatOtherToolsWrite) {
  EXPECT_EQ(fault("\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n<a>\r\n</a>\r\n"), "none");
  EXPECT_EQ(fault("<a/>"), "none");
  EXPECT_EQ(fault("<?other tool?><a/><!-- the end -->\n"), "none");
  EXPECT_EQ(Xml::read("<m:a xmlns:m='x'><m:b>1</m:b></m:a>").root()->value("b"), "1");
  EXPECT_EQ(Xml::read("<a>line\r\nnext</a>").root()->text, "line\nnext");
}

TEST(OrgXml, NamesBothTagsThatDoNotFit) {
  const std::string text = "<a>\n  <namedUserJwtTimeout>30</namedUserJwtTimeOut>\n</a>";
  EXPECT_EQ(fault(text), "xml_wrong_end 2");
  EXPECT_EQ(message(text),
            "</namedUserJwtTimeOut> should be </namedUserJwtTimeout>, which ends <namedUserJwtTimeout> of line 2.");
  EXPECT_EQ(message("<a>\n<b>\n\n</a>"), "</a> should be </b>, which ends <b> of line 2.");
  EXPECT_EQ(fault("<a/>\n</b>"), "xml_wrong_end 2");
  EXPECT_EQ(fault("<a>\n<b>\n</b>\n"), "xml_not_closed 1");
  EXPECT_EQ(fault("<a>\n<!-- <x> -->\n<![CDATA[<y>]]>\n<b attribute='>'>\n"), "xml_not_closed 4");
}

TEST(OrgXml, NamesTypographicQuotes) {
  EXPECT_EQ(fault("<?xml version=\xE2\x80\x9C"
                  "1.0\xE2\x80\x9D?>\n<a/>"),
            "xml_quotes 1");
  EXPECT_EQ(fault("<?xml version=\"1.0\"?>\n<a xmlns=\xE2\x80\x9Dhttp://x\xE2\x80\x9D>\n</a>"), "xml_quotes 2");
  // Within the text they are text.
  EXPECT_EQ(fault("<a>\xE2\x80\x9Cquoted\xE2\x80\x9D</a>"), "none");
}

TEST(OrgXml, RefusesDocumentTypesAndEntities) {
  EXPECT_EQ(fault("<!DOCTYPE a>\n<a/>"), "xml_doctype 1");
  EXPECT_EQ(fault("<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<a>&x;</a>"),
            "xml_doctype 2");
  EXPECT_EQ(fault("<!DOCTYPE a [<!ENTITY x \"&y;&y;\"><!ENTITY y \"&x;\">\n<a/>"), "xml_doctype 1");
  EXPECT_EQ(fault("<a>\n<b>x\n&nbsp;</b></a>"), "xml_entity 3");
  EXPECT_EQ(message("<a>&nbsp;</a>"), "&nbsp; is not an entity of XML.");
  EXPECT_EQ(fault("<a>R&D</a>"), "xml_entity 1");
  EXPECT_EQ(fault("<a>R &D; &#0;</a>"), "xml_entity 1");
  EXPECT_EQ(fault("<a>&#xD800;</a>"), "xml_entity 1");
  EXPECT_EQ(fault("<a>&amp</a>"), "xml_entity 1");
}

TEST(OrgXml, RefusesOtherEncodings) {
  EXPECT_EQ(fault(std::string("\xFF\xFE<\0a\0", 6)), "xml_encoding 0");
  EXPECT_EQ(fault(std::string("\xFE\xFF\0<", 4)), "xml_encoding 0");
  EXPECT_EQ(fault(std::string("<\0a\0/\0>\0", 8)), "xml_encoding 0");
  EXPECT_NE(message(std::string("<\0a\0/\0>\0", 8)).find("UTF-16"), std::string::npos);
  EXPECT_EQ(fault("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<a/>"), "xml_encoding 1");
  EXPECT_EQ(fault("<a>\xFC</a>"), "xml_encoding 0");
  EXPECT_EQ(fault(std::string("<a>\0</a>", 8)), "xml_encoding 0");
  EXPECT_EQ(fault("<a>\x01</a>"), "xml_encoding 0");
  EXPECT_EQ(fault("<a>\xEF\xBF\xBF</a>"), "xml_encoding 0");
}

TEST(OrgXml, RefusesWhatIsNotOneElement) {
  EXPECT_EQ(fault(""), "xml_empty 0");
  EXPECT_EQ(fault(" \n"), "xml_empty 0");
  EXPECT_EQ(fault("\xEF\xBB\xBF"), "xml_empty 0");
  EXPECT_EQ(fault("<!-- x -->"), "xml_empty 0");
  EXPECT_EQ(fault("<a/>\n<b/>"), "xml_more_roots 2");
  EXPECT_EQ(fault("<a/>\ntext"), "xml_more_roots 1");
  EXPECT_EQ(fault("text<a/>"), "xml_more_roots 1");
  EXPECT_EQ(fault("{\"a\": 1}"), "xml_more_roots 1");
  EXPECT_EQ(fault("<a b=1></a>"), "xml_not_well_formed 1");
  EXPECT_EQ(fault("<a>\n<1/>\n</a>"), "xml_not_well_formed 2");
}

TEST(OrgXml, HasLimits) {
  const auto nested = [](size_t levels) { return repeated("<a>", levels) + repeated("</a>", levels); };
  EXPECT_EQ(fault(nested(hlid::kMaxOrgXmlDepth)), "none");
  EXPECT_EQ(fault(nested(hlid::kMaxOrgXmlDepth + 1)), "xml_too_large 1");
  EXPECT_EQ(fault("<a>" + repeated("<b/>", hlid::kMaxOrgXmlElements - 1) + "</a>"), "none");
  EXPECT_EQ(fault("<a>" + repeated("<b/>", hlid::kMaxOrgXmlElements) + "</a>"), "xml_too_large 1");
  // 10 MB of nested elements are refused before anything is made of them.
  EXPECT_EQ(fault(repeated("<a>", 3'400'000)), "xml_too_large 0");
  EXPECT_EQ(fault("<a>" + std::string(hlid::kMaxOrgFile, 'x') + "</a>"), "xml_too_large 0");
}

TEST(OrgXml, AMessageShowsWhatAFileNamesInOneLine) {
  const std::string said = message("<a><b>\n</" + std::string(300, 'x') + ">");
  EXPECT_LT(said.size(), 300U);
  EXPECT_EQ(said.find('\n'), std::string::npos);
}

}  // namespace
