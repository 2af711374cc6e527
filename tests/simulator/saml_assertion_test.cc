// The grant with what an identity provider made for single sign-on: who signed it, and what it must say.
#include "saml_support.h"
#include "simulator/certificates.h"
#include "site.h"

namespace hlid_sim_test {

class SamlAssertion : public Site {
 protected:
  static constexpr const char* kPath = "/services/oauth2/token?so=00DEx0000001abc";

  std::string unsigned_assertion() const {
    return "<a:Assertion xmlns:a='urn:oasis:names:tc:SAML:2.0:assertion' ID='_1' Version='2.0' "
           "IssueInstant='2026-01-01T00:00:00Z'><a:Issuer>https://idp.example.com</a:Issuer>SIGNATURE<a:Subject><a:NameID>" +
           kLena + "</a:NameID><a:SubjectConfirmation Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'>" +
           "<a:SubjectConfirmationData Recipient='" + sim_->origin() +
           "' NotOnOrAfter='2026-01-01T00:05:00Z'/></a:SubjectConfirmation></a:Subject>" +
           "<a:Conditions NotOnOrAfter='2026-01-01T00:05:00Z'><a:AudienceRestriction><a:Audience>https://saml.salesforce.com"
           "</a:Audience></a:AudienceRestriction></a:Conditions></a:Assertion>";
  }
  static std::string response_of(const std::string& inside) {
    return "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' ID='_r'>" + inside + "</p:Response>";
  }
  static std::string without_signature(std::string xml) {
    replace(xml, "SIGNATURE", "");
    return xml;
  }
  hlid_sim::Pkey provider_key() { return hlid_sim::read_private_key(control("saml_sso").object().value("private_key", "")); }
  Reply send(const std::string& xml) {
    return post_raw(kPath, form({{"grant_type", "assertion"},
                                 {"assertion_type", "urn:oasis:names:tc:SAML:2.0:profiles:SSO:browser"},
                                 {"assertion", hlid_sim::base64(xml)}}));
  }
  Reply send_changed(const std::string& what, const std::string& with) {
    std::string xml = unsigned_assertion();
    replace(xml, what, with);
    return send(signed_by(provider_key(), xml));
  }
  void expect_refused(const Reply& got) {
    expect_error(got, "invalid_grant", "invalid assertion");
    EXPECT_EQ(got.object().value("error_uri", ""), sim_->origin() + "/setup/secur/SAMLValidationPage.apexp");
  }
};

TEST_F(SamlAssertion, gives_a_session_once) {
  const std::string xml = signed_by(provider_key(), unsigned_assertion());
  const json got = send(xml).object();
  EXPECT_EQ(got.size(), 5U) << got;
  for (const char* name : {"id", "issued_at", "instance_url", "signature", "access_token"})
    EXPECT_TRUE(got.contains(name)) << name;
  expect_refused(send(xml));
  EXPECT_EQ(uses_of("_1"), 2);
}

TEST_F(SamlAssertion, may_come_in_a_response_and_either_is_signed) {
  EXPECT_EQ(send(response_of(signed_by(provider_key(), unsigned_assertion()))).status, 200);
  std::string other = without_signature(unsigned_assertion());
  replace(other, "'_1'", "'_2'");
  EXPECT_EQ(send(signed_by(provider_key(), response_of("SIGNATURE" + other), "#_r")).status, 200);
}

TEST_F(SamlAssertion, is_signed_by_the_identity_provider) {
  const hlid_sim::Pkey another = hlid_sim::make_rsa_key(2048);
  expect_refused(send(signed_by(another, unsigned_assertion())));
  expect_refused(send(without_signature(unsigned_assertion())));
  expect_refused(send(response_of(signed_by(another, unsigned_assertion()))));
  std::string changed = signed_by(provider_key(), unsigned_assertion());
  replace(changed, kLena, "max@example.com");
  expect_refused(send(changed));
  // Another's assertion around a signed one, and a response whose signature is of something else.
  std::string wrapped = unsigned_assertion();
  replace(wrapped, "SIGNATURE", "<a:Advice>" + signed_by(provider_key(), unsigned_assertion()) + "</a:Advice>");
  expect_refused(send(wrapped));
  expect_refused(send(signed_by(provider_key(), response_of("SIGNATURE" + without_signature(unsigned_assertion())), "#_1")));
  EXPECT_EQ(send(signed_by(provider_key(), unsigned_assertion())).status, 200) << "none of these spent it";
}

TEST_F(SamlAssertion, is_checked_against_a_certificate_that_is_set) {
  const auto mine = hlid_sim::make_app_key("mine");
  setting("saml_validation_cert", mine.certificate_pem);
  EXPECT_EQ(control("saml_sso").object()["private_key"], "");
  EXPECT_EQ(send(signed_by(hlid_sim::read_private_key(mine.private_pem), unsigned_assertion())).status, 200);
  setting("saml_validation_cert", "nonsense");
  expect_refused(send(signed_by(hlid_sim::read_private_key(mine.private_pem), unsigned_assertion())));
}

TEST_F(SamlAssertion, is_checked_for_what_it_says) {
  expect_refused(send_changed("https://saml.salesforce.com", "https://other.example"));
  expect_refused(send_changed("Recipient='" + sim_->origin(), "Recipient='https://other.example"));
  expect_refused(
      send_changed("<a:Conditions NotOnOrAfter='2026-01-01T00:05:00Z'", "<a:Conditions NotOnOrAfter='2025-12-31T23:00:00Z'"));
  expect_refused(send_changed("cm:bearer", "cm:sender-vouches"));
  expect_refused(send_changed(kLena, "unknown@example.com"));
  expect_refused(send_changed(kLena, "inactive@example.com"));
  const std::string endpoint = sim_->origin() + kPath;
  EXPECT_EQ(send_changed("Recipient='" + sim_->origin(), "Recipient='" + endpoint).status, 200);
  const Reply unreadable = send("<a");
  expect_error(unreadable, "invalid_grant", "invalid assertion");
  EXPECT_FALSE(unreadable.object().contains("error_uri"));
}

}  // namespace hlid_sim_test
