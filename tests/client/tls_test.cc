// S: what a server may do wrong before the first byte of HTTP.
#include "support.h"

namespace client_test {
namespace {

TEST(Tls, s01_expired) {
  Server server(OAuthSite().options(tls({.valid_from = -7200, .valid_until = -3600})));
  Signer signer(server.origin());
  const Ended end = signer.login(5000);
  EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT);
  EXPECT_EQ(end.error.reason, "tls_failed");
  EXPECT_FALSE(end.error.outcome_unknown);
  EXPECT_EQ(server.journal().everything(), "");
}

}  // namespace
}  // namespace client_test
