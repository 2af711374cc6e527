// What the org's identity provider posts for a user: a SAML response with a signed assertion, written as canonical XML has it.
#pragma once

#include <chrono>
#include <ctime>
#include <string>

#include "simulator/crypto.h"

namespace org_test {

inline std::string utc(int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::string out(32, '\0');
  out.resize(std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &parts));
  return out;
}

// `id` tells one assertion from another: each is valid once.
inline std::string saml_response(const std::string& private_pem, const std::string& user, const std::string& recipient,
                                 const std::string& id) {
  const int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::string until = utc(now + 300);
  const std::string c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
  const std::string begin = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"" + id +
                            "\" IssueInstant=\"" + utc(now) +
                            "\" Version=\"2.0\"><saml:Issuer>https://idp.example.com</saml:Issuer>";
  const std::string end =
      "<saml:Subject><saml:NameID>" + user +
      "</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData "
      "NotOnOrAfter=\"" +
      until + "\" Recipient=\"" + recipient +
      "\"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotOnOrAfter=\"" + until +
      "\"><saml:AudienceRestriction><saml:Audience>https://saml.salesforce.com</saml:Audience></saml:AudienceRestriction>"
      "</saml:Conditions></saml:Assertion>";
  const std::string info =
      "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:CanonicalizationMethod Algorithm=\"" + c14n +
      "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\">"
      "</ds:SignatureMethod><ds:Reference URI=\"#" +
      id +
      "\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>"
      "<ds:Transform Algorithm=\"" +
      c14n +
      "\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>"
      "<ds:DigestValue>" +
      hlid_sim::base64(hlid_sim::sha256(begin + end)) + "</ds:DigestValue></ds:Reference></ds:SignedInfo>";
  const hlid_sim::Pkey key = hlid_sim::read_private_key(private_pem);
  const std::string signature = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">" + info + "<ds:SignatureValue>" +
                                hlid_sim::base64(hlid_sim::sign_rs256(key.get(), info)) + "</ds:SignatureValue></ds:Signature>";
  return "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\">" + begin + signature + end +
         "</samlp:Response>";
}

}  // namespace org_test
