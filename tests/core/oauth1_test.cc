// The signatures of OAuth 1.0a against published examples and what a flow sends, and the reader of its XML.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "codec/flat_xml.h"
#include "codec/form.h"
#include "engine/flow.h"
#include "flows/registry.h"
#include "oauth/oauth1_signature.h"

namespace hlid {
namespace {

std::string base_of(std::string_view method, std::string_view url, std::string_view form,
                    std::vector<OAuth1Parameter> parameters) {
  const auto base = oauth1_base_string(method, url, form, parameters);
  return base ? std::string(base->view()) : "none";
}

TEST(OAuth1, signs_a_request_for_a_request_token_as_salesforce_does) {
  const std::string base =
      base_of("POST", "https://login.salesforce.com/_nc_external/system/security/oauth/RequestTokenHandler", "",
              {{"oauth_consumer_key", "3MVG9EXAMPLEKEY"},
               {"oauth_signature_method", "HMAC-SHA1"},
               {"oauth_timestamp", "1700000000"},
               {"oauth_nonce", "n0nce1"},
               {"oauth_version", "1.0"},
               {"oauth_callback", "https://app.example.com/cb"}});
  EXPECT_EQ(oauth1_signature(base, "1234567890123456789", "").view(), "duqgqP0yASewlTRKIwutr7pw9n0=");
}

// RFC 5849 3.4.1.1: names twice, without a value, with a space, encoded in the query and again in the form.
TEST(OAuth1, has_the_base_string_of_the_rfc) {
  EXPECT_EQ(
      base_of("post", "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", "c2&a3=2+q",
              {{"oauth_consumer_key", "9djdj82h48djs9d2"},
               {"oauth_token", "kkk9d7dh3k39sjv7"},
               {"oauth_signature_method", "HMAC-SHA1"},
               {"oauth_timestamp", "137131201"},
               {"oauth_nonce", "7d8f3e4a"}}),
      "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%"
      "26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%"
      "3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7");
}

// RFC 5849 1.2, the request for a resource.
TEST(OAuth1, has_the_signature_of_the_rfc) {
  const std::string base = base_of("GET", "http://photos.example.net/photos?file=vacation.jpg&size=original", "",
                                   {{"oauth_consumer_key", "dpf43f3p2l4k3l03"},
                                    {"oauth_token", "nnch734d00sl2jdk"},
                                    {"oauth_signature_method", "HMAC-SHA1"},
                                    {"oauth_timestamp", "137131202"},
                                    {"oauth_nonce", "chapoH"}});
  EXPECT_EQ(oauth1_signature(base, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00").view(), "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
}

TEST(OAuth1, signs_no_address_that_is_none) {
  EXPECT_EQ(base_of("POST", "/path", "", {}), "none");
  EXPECT_EQ(base_of("POST", "https://a.example/?x=%zz", "", {}), "none");
  EXPECT_EQ(base_of("POST", "https://a.example", "x=%", {}), "none");
  EXPECT_EQ(base_of("POST", "https://a.example", "", {}), "POST&https%3A%2F%2Fa.example%2F&");
}

TEST(OAuth1, writes_the_header_percent_encoded) {
  const OAuth1Parameter parameters[] = {{"oauth_token", "a b+\"c"}};
  EXPECT_EQ(oauth1_authorization(parameters, "x+/=").view(), R"(OAuth oauth_token="a%20b%2B%22c", oauth_signature="x%2B%2F%3D")");
}

// ---- what a flow sends ----

std::string parameter_in(std::string_view header, std::string_view name) {
  const size_t at = header.find(std::string(name) + "=\"");
  if (at == std::string_view::npos) return "";
  const size_t from = at + name.size() + 2;
  return std::string(header.substr(from, header.find('"', from) - from));
}

std::string authorization_of(const Flow& flow) {
  for (const Header& header : flow.request().headers) {
    if (header.name == "Authorization") return std::string(header.value);
  }
  return "";
}

std::string decoded(std::string_view text) {
  const auto out = form_decoded(text);
  return out ? std::string(out->view()) : "";
}

// Whether the header's signature is the one of its other parameters.
bool is_signed(const Flow& flow, std::string_view token_secret) {
  const std::string header = authorization_of(flow);
  std::vector<std::pair<std::string, std::string>> held;
  for (const char* name : {"oauth_callback", "oauth_verifier", "oauth_consumer_key", "oauth_token", "oauth_signature_method",
                           "oauth_timestamp", "oauth_nonce", "oauth_version"}) {
    if (const std::string value = parameter_in(header, name); !value.empty()) held.emplace_back(name, decoded(value));
  }
  const std::vector<OAuth1Parameter> parameters(held.begin(), held.end());
  const auto base = oauth1_base_string(flow.request().method, flow.request().url, flow.request().body.view(), parameters);
  return base &&
         oauth1_signature(base->view(), "s3cret&+", token_secret).view() == decoded(parameter_in(header, "oauth_signature"));
}

TEST(OAuth1, signs_each_request_with_the_secret_it_has_and_a_nonce_of_its_own) {
  constexpr int64_t kNow = 1'767'225'600'000;
  const std::vector<NamedValue> settings = {{"site", "https://acme.my.salesforce.com"},
                                            {"client_id", "3MVG9.Key"},
                                            {"client_secret", "s3cret&+"},
                                            {"redirect_uri", "https://app.example.com/callback?x=1"}};
  Flow flow(*App::create(settings), *find_flow("oauth1"));
  std::set<std::string> nonces;
  const auto expect_signed = [&](std::string_view secret, int64_t second) {
    EXPECT_TRUE(is_signed(flow, secret)) << authorization_of(flow);
    EXPECT_TRUE(nonces.insert(parameter_in(authorization_of(flow), "oauth_nonce")).second);
    EXPECT_EQ(parameter_in(authorization_of(flow), "oauth_timestamp"), std::to_string(second));
  };
  ASSERT_EQ(*flow.next(kNow), Step::send);
  expect_signed("", kNow / 1000);
  ASSERT_TRUE(flow.give_no_response(true, "cut_off", ""));
  ASSERT_EQ(*flow.next(kNow + 5000), Step::wait);
  ASSERT_EQ(*flow.next(kNow + 8000), Step::send);
  expect_signed("", kNow / 1000 + 8);
  ASSERT_TRUE(flow.give_response(200, 11, std::string_view("oauth_token=r&oauth_token_secret=rs%26")));
  ASSERT_EQ(*flow.next(kNow + 9000), Step::show);
  ASSERT_TRUE(flow.give_value("callback_url", "https://app.example.com/callback?x=1&oauth_token=r&oauth_verifier=v%2B"));
  ASSERT_EQ(*flow.next(kNow + 10'000), Step::send);
  expect_signed("rs&", kNow / 1000 + 10);
  EXPECT_EQ(parameter_in(authorization_of(flow), "oauth_verifier"), "v%2B");
  ASSERT_TRUE(flow.give_response(200, 11, std::string_view("oauth_token=a&oauth_token_secret=as")));
  ASSERT_EQ(*flow.next(kNow + 11'000), Step::send);
  expect_signed("as", kNow / 1000 + 11);
  EXPECT_EQ(flow.request().url, "https://acme.my.salesforce.com/services/OAuth/u/67.0");
  EXPECT_EQ(authorization_of(flow).find("oauth_verifier"), std::string::npos);
  EXPECT_EQ(authorization_of(flow).find("oauth_callback"), std::string::npos);
  ASSERT_TRUE(flow.give_response(200, 11, std::string_view("<response><sessionId>s</sessionId></response>")));
  ASSERT_EQ(*flow.next(kNow + 12'000), Step::done);
  EXPECT_EQ(flow.result()->get("session_id"), "s");
}

// ---- the XML ----

TEST(FlatXml, reads_elements_below_the_root) {
  const auto xml = FlatXml::read("<r><a>1</a> <b/><c x='>'>&#xE9;&#8364;&#x1F600;&gt;</c></r>", "r");
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->elements().size(), 3U);
  EXPECT_EQ(xml->get("a"), "1");
  EXPECT_EQ(xml->get("b"), "");
  EXPECT_EQ(xml->get("c"), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80>");
  EXPECT_EQ(xml->get("d"), "");
  EXPECT_TRUE(FlatXml::read("<r/>", "r"));
}

TEST(FlatXml, reads_nothing_else) {
  for (const std::string_view text : {"",
                                      "r",
                                      "<r>",
                                      "<r",
                                      "</r>",
                                      "<r></q>",
                                      "<r>text</r>",
                                      "<r><a>1</b></r>",
                                      "<r><a>1</r>",
                                      "<r><a></a b></r>",
                                      "<r a></r>",
                                      "<r a=1></r>",
                                      "<r a='<'></r>",
                                      "<r><1/></r>",
                                      "<r><a>&;</a></r>",
                                      "<r><a>&#;</a></r>",
                                      "<r><a>&#x;</a></r>",
                                      "<r><a>&#xD800;</a></r>",
                                      "<r><a>&#1114112;</a></r>",
                                      "<r><a>&#99999999999;</a></r>",
                                      "<r><a>&#-1;</a></r>",
                                      "<r><a>&amp</a></r>",
                                      "<r><a><![CDATA[x]]></a></r>",
                                      "<r><?x?></r>",
                                      "<?xml version='1.0'",
                                      "<?xml <?><r/>",
                                      "<r/><r/>",
                                      "<r><a>\x01</a></r>",
                                      "<r><a>\xFF</a></r>"}) {
    EXPECT_FALSE(FlatXml::read(text, "r")) << text;
  }
}

}  // namespace
}  // namespace hlid
