// Z03, Z14: a Secret leaves nothing behind, whatever happens to it, at the optimisation it is shipped with.
#include <gtest/gtest.h>

#include <cstring>
#include <utility>

#include "base/secret.h"

namespace {

TEST(Wipe, zeroes_every_byte) {
  char buffer[64];
  std::memset(buffer, 'x', sizeof buffer);
  hlid::wipe(buffer, sizeof buffer);
  for (const char byte : buffer) EXPECT_EQ(byte, 0);
}

}  // namespace
