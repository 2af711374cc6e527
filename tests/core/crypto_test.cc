// crypto/, PKCE, UUIDs and JWTs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_set>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/rsa.h"
#include "crypto/uuid.h"
#include "jose/jwks.h"
#include "jose/jwt.h"
#include "oauth/pkce.h"

namespace hlid {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

TEST(Digest, gives_the_published_values) {
  EXPECT_EQ(hex(as_view(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
  // RFC 4231, cases 1 and 6.
  EXPECT_EQ(hex(as_view(hmac_sha256(std::string(20, '\x0b'), "Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(as_view(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, compares_whole_texts) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  for (const char* other : {"", "ab", "abcd", "xbc", "abx", "ABC"}) EXPECT_FALSE(equal_constant_time("abc", other)) << other;
}

TEST(Pkce, gives_the_challenges_of_the_protocol) {
  std::string bytes;
  for (int i = 0; i < 128; ++i) bytes += static_cast<char>(i);
  const Secret long_one = to_base64(std::string_view(bytes).substr(0, 96), Base64::url_unpadded);
  const Secret longest = to_base64(bytes, Base64::url_unpadded);
  EXPECT_EQ(long_one.size(), 128U);
  EXPECT_EQ(longest.size(), 171U);
  EXPECT_EQ(code_challenge_of("kV7m2Qx0cT4bN9sYpLr3Zf8WdHj6Ga1uEoXiRtKyMvQ").view(),
            "ekyqF_usRyEPD2rzjqYoLG_BR3x8hYq5vVYVbOswpxc");
  EXPECT_EQ(code_challenge_of(long_one.view()).view(), "10vGEdIUs89S5HPKbpL7Zkkl0o0Fu1gaA9ZhyeE_I74");
  EXPECT_EQ(code_challenge_of(longest.view()).view(), "m9v0o6VZCkA61J5U-X1Tz5TKs3SgkIws3KAW_OnRzjg");
  EXPECT_EQ(code_challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").view(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");  // RFC 7636 B
}

TEST(Pkce, k07_verifiers_are_well_formed_and_none_comes_twice) {
  std::unordered_set<uint64_t> seen;
  for (int i = 0; i < 200'000; ++i) {
    const auto pair = make_pkce_pair();
    ASSERT_TRUE(pair);
    const std::string_view verifier = pair->verifier.view();
    ASSERT_EQ(verifier.size(), 128U);
    ASSERT_TRUE(std::all_of(verifier.begin(), verifier.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }));
    uint64_t front = 0;
    std::memcpy(&front, verifier.data() + 16, sizeof front);
    ASSERT_TRUE(seen.insert(front).second);
  }
}

TEST(Pkce, k07_states_are_of_43_characters_and_none_comes_twice) {
  std::unordered_set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const auto state = make_state();
    ASSERT_EQ(state->size(), 43U);
    ASSERT_TRUE(seen.emplace(state->view()).second);
  }
}

TEST(Pkce, k07_a_pair_and_its_state_share_no_bytes) {
  std::unordered_set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const auto made = make_pkce_and_state();
    ASSERT_TRUE(made);
    ASSERT_EQ(made->pkce.verifier.size(), 128U);
    ASSERT_EQ(made->pkce.challenge.view(), code_challenge_of(made->pkce.verifier.view()).view());
    ASSERT_EQ(made->state.size(), 43U);
    ASSERT_EQ(made->pkce.verifier.view().find(made->state.view().substr(0, 8)), std::string_view::npos);
    ASSERT_TRUE(seen.emplace(made->state.view()).second);
    ASSERT_TRUE(seen.emplace(made->pkce.verifier.view()).second);
  }
}

TEST(Random, stays_in_its_bounds) {
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    const int64_t drawn = random_up_to(3);
    ASSERT_TRUE(drawn >= 0 && drawn <= 3);
    low |= drawn == 0;
    high |= drawn == 3;
  }
  EXPECT_TRUE(low && high);
  EXPECT_EQ(random_up_to(0), 0);
  EXPECT_EQ(random_up_to(-5), 0);
}

TEST(Uuid, f21_makes_and_takes_version_4_only) {
  std::unordered_set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const auto made = make_uuid_v4();
    ASSERT_TRUE(is_uuid_v4(*made)) << *made;
    ASSERT_TRUE(seen.insert(*made).second);
  }
  for (const char* bad :
       {"", "3F6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11", "3f6f1c1e-5d0b-1b57-9b0e-2f8f6a8f3c11",
        "3f6f1c1e-5d0b-4b57-7b0e-2f8f6a8f3c11", "3f6f1c1e-5d0b-4b57-cb0e-2f8f6a8f3c11", "3f6f1c1e5d0b-4b57-9b0e-2f8f6a8f3c11-",
        "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c1", "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c111", "3f6f1c1e_5d0b_4b57_9b0e_2f8f6a8f3c11",
        "gf6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11"}) {
    EXPECT_FALSE(is_uuid_v4(bad)) << bad;
  }
}

TEST(Jwt, t15_t16_looks_like_one_or_is_opaque) {
  for (const char* yes : {"eyJ.e30.", "eyJ", "eyJ.a.b.c.d", "abc.def.ghi", "ewog.e30.x", ".."})
    EXPECT_TRUE(looks_like_jwt(yes)) << yes;
  for (const char* no : {"", "00DEx0000001abc!AQ.cA.QE", "00DEx0000001abc!AQ", "a.b", "a.b.c.d", "a.b.c=", "a.b.c+", "a b.c.d"})
    EXPECT_FALSE(looks_like_jwt(no)) << no;
}

std::string token_of(std::string_view header, std::string_view claims) {
  std::string out(to_base64(header, Base64::url_unpadded).view());
  out += '.';
  out += to_base64(claims, Base64::url_unpadded).view();
  return out + ".c2ln";
}

TEST(Jwt, reads_its_claims_and_its_end) {
  const std::string token = token_of(R"({"alg":"RS256","kid":"k1"})", R"({"sub":"uvid:x","exp":1767227400})");
  JwtReader jwt;
  ASSERT_TRUE(jwt.read(token));
  EXPECT_EQ(jwt.key_id(), "k1");
  EXPECT_EQ(jwt.subject(), "uvid:x");
  EXPECT_EQ(jwt.expires_at_ms(), 1'767'227'400'000);
  EXPECT_EQ(jwt.signature().view(), "sig");
  EXPECT_EQ(jwt.signing_input(), token.substr(0, token.rfind('.')));
}

TEST(Jwt, t17_refuses_long_tokens_before_decoding) {
  JwtReader jwt;
  EXPECT_FALSE(jwt.read(token_of(R"({"alg":"RS256"})", std::string(kMaxToken, ' ') + "{}")));
  JwtReader other;
  EXPECT_FALSE(other.read(token_of(R"({"alg":"RS256","x":")" + std::string(kMaxJwtHeader, 'x') + "\"}", "{}")));
}

TEST(Jwt, in_one_memory_each_token_has_its_own_header_and_claims) {
  JwtMemory memory;
  const auto rs = [](const std::string& kid) { return R"({"alg":"RS256","kid":")" + kid + "\"}"; };
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 6; ++i) {
      const std::string kid = "k" + std::to_string(i);
      const std::string token = token_of(rs(kid), R"({"sub":")" + kid + std::string(static_cast<size_t>(i) * 3000, 's') + "\"}");
      JwtReader jwt(memory);
      ASSERT_TRUE(jwt.read(token)) << kid;
      EXPECT_EQ(jwt.key_id(), kid);
      JwtReader inside(memory);  // while the other's claims are still there
      ASSERT_TRUE(inside.read(token_of(rs(kid), R"({"sub":"another"})")));
      EXPECT_EQ(inside.subject(), "another");
      EXPECT_EQ(jwt.subject(), kid + std::string(static_cast<size_t>(i) * 3000, 's'));
    }
    const std::string unsigned_token = token_of(R"({"alg":"none"})", "{}");
    JwtReader jwt(memory);
    EXPECT_FALSE(jwt.read(unsigned_token));
    EXPECT_FALSE(check_algorithm(unsigned_token, memory));
    EXPECT_TRUE(check_algorithm(token_of(rs("k1"), "{}"), memory));
    EXPECT_FALSE(JwtReader(memory).read(token_of(R"({"alg":"RS256","crit":["b64"]})", "{}")));
    EXPECT_TRUE(JwtReader(memory).read(token_of(rs("k1"), "{}")));
  }
}

TEST(Jwt, t24_a_time_is_a_time_or_nothing) {
  for (const char* exp : {"0", "-1", "\"1767227400\"", "1767227400000", "9223372036854775808", "1e30", "null", "1.5"}) {
    const std::string token = token_of(R"({"alg":"RS256"})", std::string(R"({"exp":)") + exp + "}");
    JwtReader jwt;
    ASSERT_TRUE(jwt.read(token)) << exp;
    EXPECT_FALSE(jwt.expires_at_ms()) << exp;
    EXPECT_FALSE(check_times(jwt, 1'767'225'600'000)) << exp;
  }
}

TEST(Rsa, t10_t13_refuses_odd_numbers_of_every_kind) {
  const std::string n(256, '\xFF');
  const std::string signature(256, '\x01');
  for (const std::string& e :
       {std::string(""), std::string("\x01"), std::string("\x02"), std::string("\0", 1), std::string(5, '\x03')})
    EXPECT_FALSE(verify_rs256(n, e, "x", signature));
  for (const size_t size : {size_t{0}, size_t{1}, size_t{64}, size_t{255}, size_t{1025}, size_t{4096}})
    EXPECT_FALSE(verify_rs256(std::string(size, '\xFF'), "\x01\x02\x01", "x", signature)) << size;
  EXPECT_FALSE(verify_rs256(std::string(256, '\0'), std::string("\x01\x00\x01", 3), "x", signature));
  EXPECT_FALSE(verify_rs256(n, std::string("\x01\x00\x01", 3), "x", ""));
  EXPECT_FALSE(verify_rs256(n, std::string("\x01\x00\x01", 3), "", signature));
}

}  // namespace
}  // namespace hlid
