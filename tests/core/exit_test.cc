// What happens to OpenSSL when the process ends: nothing, as threads may still be in it.
#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "oauth/app.h"
#include "tests/core/published_keys.h"

namespace hlid {
namespace {

constexpr int kCleanedUp = 3;

// OpenSSL calls what is registered with it in its clean-up: at exit, if its exit handler is.
[[noreturn]] void exit_and_tell() {
  if (OPENSSL_atexit([] { _exit(kCleanedUp); }) != 1) _exit(1);
  std::exit(0);
}

// "threadsafe" starts this program again for the statement, so nothing has used OpenSSL before it.
class Exit : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(Exit, runs_openssls_clean_up_where_the_host_started_it) {
  EXPECT_EXIT(
      {
        OPENSSL_init_crypto(OPENSSL_INIT_ADD_ALL_DIGESTS, nullptr);
        exit_and_tell();
      },
      testing::ExitedWithCode(kCleanedUp), "");
}

TEST_F(Exit, leaves_openssl_alone_after_an_app_with_a_private_key) {
  EXPECT_EXIT(
      {
        const auto app = App::create(std::vector<NamedValue>{{"site", "https://acme.my.site.com"},
                                                             {"client_id", "3MVG9Example.ClientId"},
                                                             {"token_endpoint_auth_method", "private_key_jwt"},
                                                             {"private_key", kPublishedPkcs8}});
        if (!app) _exit(1);
        exit_and_tell();
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hlid
