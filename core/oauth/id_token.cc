#include "oauth/id_token.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "oauth/address.h"

namespace hlid {
namespace {

Error bad(const char* reason, std::string_view what) { return Error::protocol(reason, what); }

// RS256 alone, and the token's own type where it names one: an access token (at+jwt) or a logout token is not an ID token.
Result<void> check_header(const JwtHeader& header) {
  if (header.algorithm != "RS256") return bad("bad_jwt", "the ID token is signed with another algorithm than RS256");
  if (header.type && !equals_ignoring_case(*header.type, "JWT"))
    return bad("bad_jwt", "the ID token's header says that it is another kind of token");
  return {};
}

Result<void> check_issuer(const JsonMembers& claims, const App& app, std::string_view named_base) {
  const std::string_view issuer = claims.text("iss").value_or("");
  if (issuer.empty()) return bad("bad_jwt", "the ID token does not say who issued it");
  if (is_own_issuer(app, issuer) || (!named_base.empty() && without_slash(issuer) == named_base)) return {};
  return bad("another_issuer", join({"the ID token comes from another issuer: ", escape_for_display(issuer, kMaxServerText)}))
      .advise(Advice::fix_org)
      .hint("`site` must be the address of the issuer, with its path: the discovery flow shows it");
}

Result<void> check_audience(const JsonMembers& claims, std::string_view client_id) {
  const auto audience = claims.find("aud");
  if (!audience) return bad("bad_jwt", "the ID token does not say for which client it was made");
  const std::vector<JsonValue> items = audience->items();
  const bool named = audience->as_text() == client_id ||
                     std::any_of(items.begin(), items.end(), [&](const JsonValue& item) { return item.as_text() == client_id; });
  if (!named) return bad("another_client", "the ID token was made for another client");
  const auto party = claims.find("azp");
  if (party && party->as_text() != client_id) return bad("another_client", "the ID token was issued to another client: its azp");
  if (!party && items.size() > 1)
    return bad("another_client", "the ID token has several audiences and does not say to which client it was issued: no azp");
  return {};
}

Result<void> check_nonce(const JsonMembers& claims, const ExpectedIdToken& expected) {
  if (expected.nonce.empty() && !expected.from_browser) return {};
  if (expected.nonce.empty()) {
    return bad("nonce_mismatch", "a browser brought an ID token, and no nonce was sent with which it could be checked")
        .advise(Advice::restart)
        .hint("name the scope openid in `scope`: a nonce is sent with it");
  }
  if (equal_constant_time(claims.text("nonce").value_or(""), expected.nonce)) return {};
  return bad("nonce_mismatch", "the ID token's nonce is not the one that was sent").advise(Advice::restart);
}

// The left half of SHA-256, the hash of RS256.
Result<void> check_access_token(const JsonMembers& claims, const ExpectedIdToken& expected) {
  const auto hash = claims.find("at_hash");
  if (!hash && !expected.from_browser) return {};
  const Sha256 digest = sha256(expected.access_token);
  constexpr size_t kHalf = std::tuple_size_v<Sha256> / 2;
  std::array<char, base64_size(kHalf, Base64::url_unpadded)> own{};
  write_base64(own.data(), as_view(digest).substr(0, kHalf), Base64::url_unpadded);
  if (hash && hash->as_text() == std::string_view(own.data(), own.size())) return {};
  return bad("at_hash_mismatch", hash ? "the ID token belongs to another access token: its at_hash"
                                      : "the ID token does not name its access token: it has no at_hash")
      .advise(Advice::restart);
}

}  // namespace

Result<void> check_id_token(const JwtReader& token, const App& app, const ExpectedIdToken& expected) {
  const JsonMembers claims(token.claims());
  if (auto good = check_header(token.header()); !good) return good;
  if (auto good = check_issuer(claims, app, expected.named_base); !good) return good;
  if (auto good = check_audience(claims, app.client_id); !good) return good;
  if (token.subject().empty()) return bad("bad_jwt", "the ID token names no user");
  if (auto good = check_times(token, expected.now_ms); !good) return good;
  if (!claims.find("iat")) return bad("bad_jwt", "the ID token does not say when it was issued");
  if (auto good = check_nonce(claims, expected); !good) return good;
  return check_access_token(claims, expected);
}

}  // namespace hlid
