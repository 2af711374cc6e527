// The client assertion of private_key_jwt: it is for the token endpoint of the host that the request goes to, unless the settings
// name another audience. It has a new jti each time, so that no vector can hold it.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/form.h"
#include "engine/flow.h"
#include "flows/registry.h"
#include "jose/jwt.h"
#include "tests/core/published_keys.h"

namespace hlid {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;

struct Claims {
  std::string iss, sub, aud;
  int64_t lifetime_s = 0;
};

// Of what a flow of one request sends.
Claims sent_by(std::string_view flow_name, std::vector<std::pair<const char*, const char*>> parameters, const char* site,
               const char* audience = "", const char* lifetime_s = "180") {
  std::vector<NamedValue> settings = {{"site", site},
                                      {"client_id", "3MVG9Example.ClientId"},
                                      {"token_endpoint_auth_method", "private_key_jwt"},
                                      {"private_key", kPublishedPkcs8},
                                      {"assertion_lifetime_s", lifetime_s}};
  if (*audience != '\0') settings.push_back({"attestation_audience", audience});
  auto app = App::create(settings);
  EXPECT_TRUE(app) << app.error().data().message;
  Flow flow(*app, *find_flow(flow_name));
  for (const auto& [name, value] : parameters) EXPECT_TRUE(flow.set(name, value)) << name;
  const auto step = flow.next(kNow);
  EXPECT_TRUE(step && *step == Step::send) << flow_name;
  Claims out;
  FormReader form(flow.request().body.view());
  while (form.next()) {
    if (form.name() != "client_assertion") continue;
    JwtReader jwt;
    EXPECT_TRUE(jwt.read(form.value()));
    out = {std::string(*jwt.claims().text("iss")), std::string(*jwt.claims().text("sub")), std::string(*jwt.claims().text("aud")),
           *jwt.claims().find("exp")->as_integer() - kNow / 1000};
  }
  return out;
}

TEST(ClientAssertion, is_for_the_token_endpoint_of_the_host) {
  for (const std::string host : {"https://acme.my.site.com/shop", "https://acme.my.site.com", "https://acme.my.salesforce.com",
                                 "https://login.salesforce.com", "https://test.salesforce.com"}) {
    const Claims claims = sent_by("refresh", {{"refresh_token", "5Aep861"}}, host.c_str());
    EXPECT_EQ(claims.aud, host + "/services/oauth2/token");
    EXPECT_EQ(claims.iss, "3MVG9Example.ClientId");
    EXPECT_EQ(claims.sub, "3MVG9Example.ClientId");
    EXPECT_EQ(claims.lifetime_s, 180);
  }
}

// RFC 7523 3: the token endpoint's address identifies the server, whichever endpoint is asked.
TEST(ClientAssertion, is_for_it_at_every_endpoint) {
  constexpr const char* kSite = "https://acme.my.site.com/shop";
  constexpr const char* kEndpoint = "https://acme.my.site.com/shop/services/oauth2/token";
  EXPECT_EQ(sent_by("introspection", {{"token", "00D!x"}}, kSite).aud, kEndpoint);
  EXPECT_EQ(sent_by("hybrid_refresh", {{"refresh_token", "5Aep861"}}, kSite).aud, kEndpoint);
  const std::vector<std::pair<const char*, const char*>> subject = {{"subject_token", "eyJ"}, {"subject_token_type", "jwt"}};
  EXPECT_EQ(sent_by("token_exchange", subject, kSite).aud, kEndpoint);
  EXPECT_EQ(sent_by("hybrid_token_exchange", subject, kSite).aud, kEndpoint);
}

TEST(ClientAssertion, never_ends_later_than_the_server_accepts) {
  constexpr const char* kSite = "https://acme.my.site.com/shop";
  EXPECT_EQ(sent_by("refresh", {{"refresh_token", "5Aep861"}}, kSite, "", "60").lifetime_s, 60);
  EXPECT_EQ(sent_by("refresh", {{"refresh_token", "5Aep861"}}, kSite, "", "600").lifetime_s, 300);
}

TEST(ClientAssertion, is_for_whom_the_settings_say) {
  EXPECT_EQ(
      sent_by("refresh", {{"refresh_token", "5Aep861"}}, "https://acme.my.site.com/shop", "https://acme.my.site.com/shop").aud,
      "https://acme.my.site.com/shop");
}

}  // namespace
}  // namespace hlid
