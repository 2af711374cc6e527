// Parameters and result fields that more than one flow has.
#pragma once

#include "base/limits.h"
#include "oauth/description.h"

namespace hlid {

inline constexpr ValueSpec kScopeParameter = {
    .name = "scope", .kind = ValueKind::list, .form = Form::scopes, .max_bytes = kMaxScope,
    .doc = "Scopes to ask for, separated by spaces, instead of the app's setting.", .fallback = "the app's scope"};
inline constexpr ValueSpec kStateParameter = {
    .name = "state", .form = Form::visible, .secret = true, .max_bytes = kMaxState,
    .doc = "A state of the caller's own. One is always sent, and the answer's is compared with it.",
    .fallback = "43 random characters"};
inline constexpr ValueSpec kGuestTokenParameter = {
    .name = "guest_token", .form = Form::visible, .secret = true, .max_bytes = kMaxToken,
    .doc = "Access token of a guest flow. It carries the visitor while it lasts; one that ends within 30 seconds is not "
           "sent, and the plain UVID goes instead.",
    .from_guest = "access_token"};
inline constexpr ValueSpec kUvidParameter = {
    .name = "uvid", .form = Form::uuid_v4, .max_bytes = kUuidLength,
    .doc = "The unique visitor ID: a version 4 UUID in lower case, made and kept by the app.", .from_guest = "uvid"};

// uvid_always: a guest's result always names the visitor.
#define HLID_TOKEN_FIELDS(uvid_always)                                                                                             \
  {"access_token", ValueKind::text, true, "The token, opaque or a JWT.", true},                                             \
      {"token_type", ValueKind::text, false, "Always Bearer.", true},                                                       \
      {"scope", ValueKind::list, false, "Scopes that were granted, as the server lists them; absent if it does not."},\
      {"instance_url", ValueKind::url, false,                                                                         \
       "Base address of the org's APIs. Data only: nothing is sent there by this library."},                          \
      {"issued_at_ms", ValueKind::integer, false, "When the token was made, in milliseconds since 1970."},            \
      {"expires_at_ms", ValueKind::integer, false,                                                                    \
       "When the token ends, in milliseconds since 1970, where it says so itself; absent: unknown."},                 \
      {"token_format", ValueKind::text, false, "opaque or jwt."},                                                     \
      {"uvid", ValueKind::text, false, "The visitor's UVID.", uvid_always},                                                        \
      {"uvid_carry", ValueKind::text, false,                                                                          \
       "carried: the token holds the visitor's UVID. lost: one was sent, but the token does not hold it. absent: none was sent.", true}, \
      {"uvid_carry_reason", ValueKind::text, false, "With lost: why, and the setting to change."},                    \
      {"uvid_verified", ValueKind::flag, false, "Whether the UVID was read from a token whose signature was checked (verify_jwt)."}, \
      {"site_url", ValueKind::url, false, "The site's address, as the server says it."},                              \
      {"site_id", ValueKind::text, false, "The site's Network id, as the server says it."},                           \
      {"ignored_site_url", ValueKind::text, false,                                                                    \
       "A site address in the authorize answer that has another origin than the site's: it was not used."},           \
      {"raw", ValueKind::json, true, "The token answer as it came.", true}

}  // namespace hlid
