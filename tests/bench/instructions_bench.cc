// Logins over a warm connection, one at a time, in one of the two ways: what callgrind counts the instructions of.
//
//   hlid_instructions_bench ours|bare_curl SITE CA_FILE CLIENT_ID REDIRECT_URI USERNAME PASSWORD LOGINS
#include <cstdlib>
#include <string_view>

#include "logins.h"

namespace {

constexpr int kWarming = 16;  // the connection, its TLS session, caches, the allocator's lists

}  // namespace

// callgrind counts inside this function alone, by its name: see instructions.py.
extern "C" [[gnu::noinline]] void hlid_counted_logins(Ours* ours, Bare* bare, int logins);
extern "C" void hlid_counted_logins(Ours* ours, Bare* bare, int logins) {
  if (ours != nullptr) ours->wait(logins, 1);
  if (bare != nullptr) bare->run(logins, 1);
}

int main(int argc, char** argv) {
  if (argc != 9)
    stop("usage: hlid_instructions_bench ours|bare_curl SITE CA_FILE CLIENT_ID REDIRECT_URI USERNAME PASSWORD LOGINS");
  const Options options{argv[2], argv[3], argv[4], argv[5], argv[6], argv[7]};
  const int logins = std::atoi(argv[8]);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  if (std::string_view(argv[1]) == "ours") {
    Ours ours(options);
    ours.wait(kWarming, 1);
    hlid_counted_logins(&ours, nullptr, logins);
  } else {
    Bare bare(options);
    bare.run(kWarming, 1);
    hlid_counted_logins(nullptr, &bare, logins);
  }
  return 0;
}
