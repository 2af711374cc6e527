#include "oauth/visitor.h"

#include <algorithm>

#include "base/limits.h"
#include "crypto/uuid.h"
#include "jose/jwt.h"
#include "oauth/hints.h"

namespace hlid {
namespace {

constexpr std::string_view kScheme = "uvid:";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// A UUID, with or without the prefix "uvid:", normalised for comparison.
std::optional<std::string> as_uvid(std::string_view text) {
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  if (text.size() != kUuidLength) return std::nullopt;  // most claims: not worth a copy
  const std::string id = lower(text);
  return is_uuid_v4(id) ? std::optional(id) : std::nullopt;
}

// It is undocumented which claim of a named user's token holds the UVID. So: `uvid`, then any string of the form
// "uvid:<id>", then any that equals the UVID that was sent.
std::optional<std::string> find_uvid(const JsonValue& claims, std::string_view sent) {
  if (const auto claim = claims.text("uvid")) return as_uvid(*claim);
  std::optional<std::string> equal;
  for (const auto& member : claims.members()) {
    const auto text = member.value.as_text();
    if (!text) continue;
    const auto id = as_uvid(*text);
    if (!id) continue;
    if (text->starts_with(kScheme)) return id;
    if (*id == sent) equal = id;
  }
  return equal;
}

bool lasts(const JwtReader& jwt, int64_t now_ms) {
  const auto expires = jwt.expires_at_ms();
  return !expires || now_ms < *expires - kGuestTokenMarginMs;
}

void lost(FlowResult& into, std::string_view sent, std::string_view why) {
  into.set("uvid", sent);
  into.set("uvid_carry", "lost");
  into.set("uvid_carry_reason", why);
}

}  // namespace

std::optional<std::string> guest_uvid_of(std::string_view token) {
  JwtReader jwt;
  if (!looks_like_jwt(token) || !jwt.read(token) || !jwt.subject().starts_with(kScheme)) return std::nullopt;
  return as_uvid(jwt.subject());
}

Result<Visitor> read_visitor(std::optional<std::string_view> guest_token, std::optional<std::string_view> uvid, int64_t now_ms) {
  Visitor visitor;
  if (uvid) visitor.uvid = *uvid;
  if (!guest_token) return visitor;
  JwtReader jwt;
  if (!looks_like_jwt(*guest_token) || !jwt.read(*guest_token)) {
    return Error::argument("guest_token", "is not a JWT: only a guest's JWT access token carries a visitor");
  }
  const auto own = guest_uvid_of(*guest_token);
  if (!own) return Error::argument("guest_token", "is not a guest token: its sub is not uvid:<UVID>");
  if (uvid && *uvid != *own) return Error::argument("uvid", "belongs to a different visitor than the guest_token");
  visitor.uvid = *own;
  if (lasts(jwt, now_ms)) visitor.token = Secret(*guest_token);
  return visitor;
}

bool is_guest_token_good(std::string_view token, int64_t now_ms) {
  JwtReader jwt;
  return jwt.read(token) && lasts(jwt, now_ms);
}

Result<void> read_carry(std::string_view access_token, std::string_view sent_uvid, bool is_guest, bool verified,
                        JwtMemory& memory, FlowResult& into) {
  JwtReader jwt(memory);
  const bool opaque = !looks_like_jwt(access_token);
  if (!opaque && !jwt.read(access_token)) {
    if (into.get("token_format").empty()) into.set("token_format", "jwt");
    if (sent_uvid.empty()) {
      into.set("uvid_carry", "absent");
    } else {
      lost(into, sent_uvid, "the access token is a damaged JWT");
    }
    return {};
  }
  if (opaque) {
    if (into.get("token_format").empty()) into.set("token_format", "opaque");
    if (sent_uvid.empty()) {
      into.set("uvid_carry", "absent");
    } else {
      lost(into, sent_uvid, is_guest ? hints::kOpaqueGuest : hints::kOpaqueUser);
    }
    return {};
  }
  if (into.get("token_format").empty()) into.set("token_format", "jwt");
  // The token's own claim takes precedence over expires_in.
  if (const auto expires = jwt.expires_at_ms()) into.replace("expires_at_ms", std::to_string(*expires));
  const auto another = [] {
    return Error::protocol("another_visitor", "the access token belongs to a different visitor than the one sent")
        .advise(Advice::restart);
  };
  if (is_guest) {
    const std::string_view subject = jwt.subject();
    if (subject.empty()) {
      lost(into, sent_uvid, "the guest token has no subject");
      return {};
    }
    const auto own = subject.starts_with(kScheme) ? as_uvid(subject) : std::nullopt;
    if (!own) return Error::protocol("not_a_guest_token", "the guest token's subject is not a visitor").advise(Advice::restart);
    if (*own != sent_uvid) return another();
  }
  const auto found = find_uvid(jwt.claims(), sent_uvid);
  if (found && !sent_uvid.empty() && *found != sent_uvid) return another();
  if (found) {
    into.set("uvid", *found);
    into.set("uvid_carry", sent_uvid.empty() ? "absent" : "carried");
    into.set("uvid_verified", verified ? "true" : "false");
  } else if (sent_uvid.empty()) {
    into.set("uvid_carry", "absent");
  } else {
    lost(into, sent_uvid, "the access token is a JWT without the visitor: the org does not extend guest sessions for this flow");
  }
  return {};
}

}  // namespace hlid
