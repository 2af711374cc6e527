#include "flows/parts/introspect.h"

#include "codec/json.h"
#include "flows/parts/read_json.h"

namespace hlid {

void fill_introspect(Context& flow, std::string_view token, std::string_view hint) {
  FormWriter form = form_of(flow);
  form.add_secret("token", token);
  if (!hint.empty()) form.add("token_type_hint", hint);
}

Result<void> read_introspection(Context& flow) {
  JsonDocument document;
  auto success = read_json_success(flow, document);
  if (!success) return std::move(success).error();
  const JsonValue& root = *success;
  const auto member = root.find("active");
  const auto active = member ? member->as_boolean() : std::nullopt;
  if (!active)
    return Error::protocol("bad_response", "the introspection response does not say whether the token is active")
        .http_status(200);
  flow.result.set("active", *active ? "true" : "false");
  if (!*active) return {};
  for (const char* name : {"scope", "client_id", "username", "token_type", "sub", "iss", "jti"})
    flow.result.set_if(name, root.text(name));
  set_words(flow, root, "aud");
  set_time(flow, root, "exp", "expires_at_ms");
  set_time(flow, root, "iat", "issued_at_ms");
  set_time(flow, root, "nbf", "not_before_ms");
  return {};
}

}  // namespace hlid
