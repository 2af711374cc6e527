#include "engine/keys.h"

#include "base/text.h"
#include "jose/jwks.h"
#include "jose/jwt.h"

namespace hlid {

Result<void> fill_keys(Context& flow) {
  flow.request.url = join({flow.app.site, flow.app.jwks_path});
  return {};
}

bool wants_keys(const Context& flow) { return flow.app.verify_jwt && looks_like_jwt(flow.result.get("access_token")); }

Result<void> verify_access_token(const Context& flow, std::string_view jwks) {
  Jwks keys;
  if (auto read = keys.read(jwks); !read) return read;
  JwtReader token;
  if (auto read = token.read(flow.result.get("access_token")); !read) return read;
  if (auto good = keys.verify(token); !good) return good;
  // Salesforce Help, jwt_access_tokens: client_id is the consumer key. Well signed is not enough.
  if (const auto client = token.claims().find("client_id"); client && client->as_text() != flow.app.client_id) {
    return Error::protocol("another_client", "the access token was made for another client");
  }
  return check_times(token, flow.now_ms);
}

}  // namespace hlid
