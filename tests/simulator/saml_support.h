// saml_support.h: signs SAML as another producer would, for the tests of both grants.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "simulator/saml.h"

namespace hlid_sim_test {

inline void replace(std::string& text, const std::string& what, const std::string& with) {
  const size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), with);
}

// The text of an element, with an enveloped signature of it in place of the word SIGNATURE. `uri`: what the signature says it is
// of.
inline std::string signed_by(const hlid_sim::Pkey& key, std::string xml, const std::string& uri = "#_1") {
  std::string bare = xml;
  replace(bare, "SIGNATURE", "");
  const auto document = hlid_sim::parse_xml(bare);
  EXPECT_TRUE(document);
  const std::string digest = document ? hlid_sim::base64(hlid_sim::sha256(hlid_sim::canonical(*document))) : "";
  const std::string info =
      "<d:SignedInfo xmlns:d='http://www.w3.org/2000/09/xmldsig#'><d:CanonicalizationMethod "
      "Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/><d:SignatureMethod "
      "Algorithm='http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'/><d:Reference URI='" +
      uri +
      "'><d:Transforms><d:Transform Algorithm='http://www.w3.org/2000/09/xmldsig#enveloped-signature'/><d:Transform "
      "Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/></d:Transforms><d:DigestMethod "
      "Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/><d:DigestValue>" +
      digest + "</d:DigestValue></d:Reference></d:SignedInfo>";
  const std::string signature =
      hlid_sim::base64(hlid_sim::sign_rs256(key.get(), hlid_sim::canonical(*hlid_sim::parse_xml(info))));
  replace(xml, "SIGNATURE",
          "<d:Signature xmlns:d='http://www.w3.org/2000/09/xmldsig#'>" + info + "<d:SignatureValue>" + signature +
              "</d:SignatureValue></d:Signature>");
  return xml;
}

}  // namespace hlid_sim_test
