// Base64, forms and header values, read strictly.
#include "site.h"

namespace hlid_sim_test {

using hlid_sim::base64;
using hlid_sim::base64url;
using hlid_sim::from_base64;

TEST(Wire, reads_base64_in_either_alphabet) {
  EXPECT_EQ(base64("lena.ortiz@example.com:Gr\u00fcn>?7~pass"), "bGVuYS5vcnRpekBleGFtcGxlLmNvbTpHcsO8bj4/N35wYXNz");
  EXPECT_EQ(base64url("lena.ortiz@example.com:Gr\u00fcn>?7~pass"), "bGVuYS5vcnRpekBleGFtcGxlLmNvbTpHcsO8bj4_N35wYXNz");
  EXPECT_EQ(base64("MFFx0000000e7cK:493027"), "TUZGeDAwMDAwMDBlN2NLOjQ5MzAyNw==");
  EXPECT_EQ(from_base64("TUZGeDAwMDAwMDBlN2NLOjQ5MzAyNw"), "MFFx0000000e7cK:493027");
  for (const char* bad : {"TUZ=", "T", "TUZGeD+_", "TUZG eDAw", "TUZGeDAwMDAwMDBlN2NLOjQ5MzAyNx==", "TQ=", "TQ==="})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(Wire, derives_the_published_pkce_challenge) { EXPECT_EQ(base64url(hlid_sim::sha256(kVerifier)), kChallenge); }

TEST(Wire, knows_a_version_4_uuid) {
  EXPECT_TRUE(hlid_sim::is_uuid_v4(kUvid));
  EXPECT_FALSE(hlid_sim::is_uuid_v4("3f6f1c1e-5d0b-1b57-9b0e-2f8f6a8f3c11"));
  EXPECT_FALSE(hlid_sim::is_uuid_v4("3f6f1c1e-5d0b-4b57-7b0e-2f8f6a8f3c11"));
  EXPECT_FALSE(hlid_sim::is_uuid_v4("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c1"));
  EXPECT_FALSE(hlid_sim::is_uuid_v4(""));
}

TEST(Wire, decodes_a_form_once) {
  const auto got = hlid_sim::Form::parse("a=1%2B1+2&b=%252B&c=");
  EXPECT_EQ(got.get("a"), "1+1 2");
  EXPECT_EQ(got.get("b"), "%2B");
  EXPECT_EQ(got.get("c"), "");
  EXPECT_FALSE(got.get("d"));
  EXPECT_TRUE(hlid_sim::Form::parse("").fields().empty());
}

TEST(Wire, an_address_may_hold_what_browsers_leave_alone) {
  hlid_sim::Request request;
  request.query = "user=lena@example.com&path=/s/orders?a,b&at=10:30";
  EXPECT_EQ(hlid_sim::Form::query_of(request).get("user"), "lena@example.com");
  EXPECT_EQ(hlid_sim::Form::query_of(request).get("path"), "/s/orders?a,b");
  EXPECT_THROW(hlid_sim::Form::parse(request.query), hlid_sim::Refusal);
  for (const char* bad : {"user=a b", "user=a\"b", "user=<b>"}) {
    request.query = bad;
    EXPECT_THROW(hlid_sim::Form::query_of(request), hlid_sim::Refusal) << bad;
  }
  try {
    (void)hlid_sim::Form::parse("user=a@b");
  } catch (const hlid_sim::Refusal& refusal) {
    EXPECT_NE(refusal.response.body.find("%40"), std::string::npos) << refusal.response.body;
  }
}

TEST(Wire, refuses_text_that_is_not_utf8) {
  for (const char* bad : {"a=%80", "a=%C0%AF", "a=%ED%A0%80", "a=%F4%90%80%80", "a=%C3"})
    EXPECT_THROW(hlid_sim::Form::parse(bad), hlid_sim::Refusal) << bad;
  EXPECT_NO_THROW(hlid_sim::Form::parse("a=%F0%9F%98%80&b=%C3%BC"));
}

}  // namespace hlid_sim_test
