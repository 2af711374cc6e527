// U19 to U21: the environment, proxies, and what two apps in one process share.
#include "support.h"

namespace client_test {
namespace {

TEST(Proxy, u20_tunnels_to_the_site) {
  Server origin(OAuthSite().options(tls()));
  ServerOptions options;
  options.handler = proxy_to(origin.port());
  Server proxy(options);
  Signer signer(origin.origin(), {{"proxy", proxy.origin("127.0.0.1")}});
  const Ended end = signer.login(5000);
  EXPECT_TRUE(end.done()) << end.error.message;
}

}  // namespace
}  // namespace client_test
