// The grant with a SAML assertion: what is signed, and what it must say. xmlsec1 checks in tests/interop that the signature is
// one.
#include "saml_support.h"
#include "site.h"

namespace hlid_sim_test {

constexpr const char* kSamlGrant = "urn:ietf:params:oauth:grant-type:saml2-bearer";

class SamlBearer : public Site {
 protected:
  // Not in canonical form: the prefix of another producer, attributes out of order, white space, an empty element.
  std::string unsigned_assertion() const {
    return "<a:Assertion Version='2.0' ID='_1' IssueInstant='2026-01-01T00:00:00Z'\n xmlns:a='urn:oasis:names:tc:SAML:2.0:assertion'>"
           "<a:Issuer>" +
           kIntegration + "</a:Issuer>SIGNATURE<a:Subject><a:NameID>integration@example.com</a:NameID>" +
           "<a:SubjectConfirmation Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'><a:SubjectConfirmationData Recipient='" +
           sim_->origin() +
           "/services/oauth2/token' NotOnOrAfter='2026-01-01T00:03:00.5Z'/></a:SubjectConfirmation></a:Subject>\n" +
           "<a:Conditions NotBefore='2026-01-01T00:00:00Z' NotOnOrAfter='2026-01-01T00:03:00Z'><a:AudienceRestriction><a:Audience>" +
           sim_->origin() + "</a:Audience></a:AudienceRestriction></a:Conditions></a:Assertion>";
  }

  hlid_sim::Pkey app_key() {
    const json apps = sim_->description()["apps"];
    for (const json& app : apps) {
      if (app["client_id"] == kIntegration) return hlid_sim::read_private_key(app["private_key"]);
    }
    return nullptr;
  }
  Reply send(const std::string& xml) {
    return post_raw("/services/oauth2/token", form({{"grant_type", kSamlGrant}, {"assertion", hlid_sim::base64url(xml)}}));
  }
  Reply send_changed(const std::string& what, const std::string& with) {
    std::string xml = unsigned_assertion();
    replace(xml, what, with);
    return send(signed_by(app_key(), xml));
  }
};

TEST_F(SamlBearer, gives_a_token_as_often_as_the_assertion_is_valid) {
  const std::string xml = signed_by(app_key(), unsigned_assertion());
  for (int i = 0; i < 2; ++i) {
    const json got = send(xml).object();
    EXPECT_EQ(got["scope"], "api user_registration_api pwdless_login_api forgot_password") << got;
    EXPECT_FALSE(got.contains("refresh_token"));
  }
  EXPECT_EQ(uses_of("_1"), 2);
  advance_minutes(3);
  expect_error(send(xml), "invalid_grant", "invalid assertion");
}

TEST_F(SamlBearer, refuses_what_is_signed_by_another_or_changed_afterwards) {
  expect_error(send(signed_by(hlid_sim::make_rsa_key(2048), unsigned_assertion())), "invalid_client",
               "invalid client credentials");
  std::string xml = signed_by(app_key(), unsigned_assertion());
  replace(xml, "integration@example.com", "lena.ortiz@example.com");
  expect_error(send(xml), "invalid_client");
  expect_error(send(signed_by(app_key(), unsigned_assertion(), "")), "invalid_client");
  expect_error(send(signed_by(app_key(), unsigned_assertion(), "#_2")), "invalid_client");
  xml = unsigned_assertion();
  replace(xml, "SIGNATURE", "");
  expect_error(send(xml), "invalid_client");
  // A signed assertion inside of another, which unknown signed.
  const std::string inner = signed_by(app_key(), unsigned_assertion());
  xml = unsigned_assertion();
  replace(xml, "SIGNATURE", "<a:Advice>" + inner + "</a:Advice>");
  expect_error(send(xml), "invalid_client");
}

TEST_F(SamlBearer, checks_what_it_says) {
  const std::string origin = sim_->origin();
  expect_error(send_changed("<a:Audience>" + origin, "<a:Audience>https://test.salesforce.com"), "invalid_grant",
               "Audience validation failed");
  EXPECT_EQ(send_changed("<a:Audience>" + origin, "<a:Audience>https://login.salesforce.com").status, 200);
  expect_error(send_changed("Recipient='" + origin, "Recipient='https://login.salesforce.com"), "invalid_grant",
               "invalid assertion");
  expect_error(send_changed("NotOnOrAfter='2026-01-01T00:03:00Z'", "NotOnOrAfter='2026-01-01T00:05:01Z'"), "invalid_grant");
  expect_error(send_changed("NotOnOrAfter='2026-01-01T00:03:00Z'", "NotOnOrAfter='soon'"), "invalid_grant");
  expect_error(send_changed("NotBefore='2026-01-01T00:00:00Z'", "NotBefore='2026-01-01T00:01:00Z'"), "invalid_grant");
  expect_error(send_changed("cm:bearer", "cm:sender-vouches"), "invalid_grant");
  expect_error(send_changed("Version='2.0'", "Version='1.1'"), "invalid_grant");
  expect_error(send_changed(kIntegration, "3MVG9Nobody"), "invalid_client_id");
  expect_error(send_changed("integration@example.com", "unapproved@example.com"), "invalid_app_access",
               "user is not admin approved to access this app");
}

TEST_F(SamlBearer, refuses_other_forms) {
  const std::string xml = signed_by(app_key(), unsigned_assertion());
  const auto sent = [&](const std::string& assertion) {
    return post_raw("/services/oauth2/token", form({{"grant_type", kSamlGrant}, {"assertion", assertion}}));
  };
  for (const std::string& assertion :
       {xml, hlid_sim::base64(xml + " "), hlid_sim::base64url("<a/>"), hlid_sim::base64url("<!DOCTYPE a>" + xml),
        hlid_sim::base64url(xml.substr(0, 200)), std::string("x")}) {
    expect_error(sent(assertion), "invalid_grant", "invalid assertion");
  }
  const Fields fields = {{"grant_type", kSamlGrant}, {"assertion", hlid_sim::base64url(xml)}};
  expect_error(token(fields), "invalid_grant", "request not supported on this domain");
  expect_error(post_raw("/services/oauth2/token", form(with(fields, "scope", "api"))), "invalid_request",
               "scope parameter not supported");
  change_app(kIntegration, {{"scopes", {"api"}}});
  expect_error(sent(hlid_sim::base64url(xml)), "invalid_request");
  change_app(kIntegration, {{"refused_with", "oauth_flow_disabled"}});
  expect_error(sent(hlid_sim::base64url(xml)), "oauth_flow_disabled");
}

// The examples of Canonical XML 1.0 (3.1, 3.3) and Exclusive XML Canonicalization (2.2) in short.
TEST(Xml, is_written_in_its_canonical_form) {
  const auto canonical = [](const std::string& text) {
    const auto document = hlid_sim::parse_xml(text);
    return document ? hlid_sim::canonical(*document) : "not XML";
  };
  EXPECT_EQ(canonical("<?xml version='1.0'?>\n<!-- c --><e3   id='elem3' name = \"e\"  ></e3  >\n"),
            "<e3 id=\"elem3\" name=\"e\"></e3>");
  EXPECT_EQ(canonical("<a x='1' b:y='2' xmlns:b='u'/>"), "<a xmlns:b=\"u\" x=\"1\" b:y=\"2\"></a>");
  EXPECT_EQ(canonical("<a xmlns:n='unused' xmlns='d'><b xmlns=''/></a>"), "<a xmlns=\"d\"><b xmlns=\"\"></b></a>");
  EXPECT_EQ(canonical("<n:a xmlns:n='u'><n:b/></n:a>"), "<n:a xmlns:n=\"u\"><n:b></n:b></n:a>");
  EXPECT_EQ(canonical("<a>&#x20;&lt;&amp;&gt;\"<![CDATA[<x>&]]>\r\n&#xD;</a>"), "<a> &lt;&amp;&gt;\"&lt;x&gt;&amp;\n&#xD;</a>");
  EXPECT_EQ(canonical("<a b='&quot;&lt;&#9;&#10; \n>'/>"), "<a b=\"&quot;&lt;&#x9;&#xA;  >\"></a>");
  const auto nested = hlid_sim::parse_xml("<n0:a xmlns:n0='a'><n1:b xmlns:n1='b'><n0:c/></n1:b></n0:a>");
  EXPECT_EQ(hlid_sim::canonical(nested->children[0]), "<n1:b xmlns:n1=\"b\"><n0:c xmlns:n0=\"a\"></n0:c></n1:b>");
}

TEST(Xml, refuses_what_is_not_well_formed) {
  for (const char* text :
       {"", "a", "<a>", "<a></b>", "<a/><b/>", "<a b='1' b='2'/>", "<a b=1/>", "<a b='<'/>", "<n:a/>", "<a>&x;</a>",
        "<a>&#0;</a>", "<a>]]></a>", "<!DOCTYPE a><a/>", "<?pi?><a/>", "<a b='1'c='2'/>", "<1/>", "<a>\x01</a>",
        "<a xmlns:b='u' xmlns:c='u' b:x='1' c:x='2'/>", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>"}) {
    EXPECT_FALSE(hlid_sim::parse_xml(text)) << text;
  }
}

TEST(UtcTime, is_read_strictly) {
  EXPECT_EQ(hlid_sim::read_utc_time("2026-01-01T00:00:00Z"), 1'767'225'600);
  EXPECT_EQ(hlid_sim::read_utc_time("2026-01-01T00:00:00.123Z"), 1'767'225'600);
  for (const char* text : {"", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z",
                           "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00.Z", "2026-1-01T00:00:00ZZZ"}) {
    EXPECT_FALSE(hlid_sim::read_utc_time(text)) << text;
  }
}

}  // namespace hlid_sim_test
