// The responses that say who an access token belongs to: userinfo and the identity URL.
#pragma once

#include <span>
#include <string_view>

#include "codec/json.h"
#include "engine/context.h"
#include "oauth/description.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"

namespace hlid {

// The object of claims, borrowed from `document`, whose member `user` names the user. An unexplained 401 or 403 is about the
// token: invalid_token.
Result<JsonValue> read_claims_of(const Context& flow, JsonDocument& document, std::string_view user);
// The members that the table names, each of its kind, and raw. A member of another kind is left out.
void set_claims(Context& flow, const JsonValue& claims, std::span<const FieldSpec> fields);

// The token is good, but not for this.
#define HLID_CLAIMS_DIAGNOSES                                                                                               \
  {"invalid_scope",       "", kAnywhere, "invalid_scope", Advice::fix_org, "the access token lacks the scope openid or id", \
   hints::kIdentityScopes},                                                                                                 \
  {                                                                                                                         \
    "insufficient_scope", "", kAnywhere, "invalid_scope", Advice::fix_org, "the access token lacks the scope openid or id", \
        hints::kIdentityScopes                                                                                              \
  }

}  // namespace hlid
