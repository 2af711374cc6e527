// N: names, connections, time limits, cancelling and closing.
#include "support.h"

namespace client_test {
namespace {

TEST(Network, n04_connection_refused) {
  const RefusingPort dead;
  Signer signer("https://localhost:" + std::to_string(dead.port()));
  const Ended end = signer.login(5000);
  EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT);
  EXPECT_EQ(end.error.reason, "no_connection");
  EXPECT_FALSE(end.error.outcome_unknown);
}

}  // namespace
}  // namespace client_test
