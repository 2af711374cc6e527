#include "engine/keys.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "engine/request.h"
#include "jose/jwt.h"
#include "oauth/id_token.h"

namespace hlid {
namespace {

constexpr char kChecked[] = "id_token_checked";

bool checks_id_token(const Context& flow, const FlowSpec& spec) {
  if (flow.app.verify_id_token == IdTokenCheck::none || flow.result.get("id_token").empty()) return false;
  return std::any_of(spec.result->fields.begin(), spec.result->fields.end(),
                     [](const FieldSpec& field) { return std::string_view(field.name) == kChecked; });
}

Result<void> check_access_token(const Context& flow, const Jwks& keys) {
  JwtReader token;
  if (auto read = token.read(flow.result.get("access_token")); !read) return read;
  if (auto good = keys.verify(token); !good) return good;
  // Salesforce Help, jwt_access_tokens: client_id is the consumer key. Well signed is not enough.
  if (const auto client = token.claims().find("client_id"); client && client->as_text() != flow.app.client_id) {
    return Error::protocol("another_client", "the access token was made for another client");
  }
  return check_times(token, flow.now_ms);
}

Result<void> check_id_token(const Context& flow, const FlowSpec& spec, const Jwks* keys) {
  JwtReader token("the ID token");
  if (auto read = token.read(flow.result.get("id_token")); !read) return read;
  const ExpectedIdToken expected = {.named_base = flow.slot(kNamedBase),
                                    .nonce = flow.slot(kNonce),
                                    .access_token = flow.result.get("access_token"),
                                    .from_browser = spec.browser_brings_tokens,
                                    .now_ms = flow.now_ms};
  if (auto good = check_id_token(token, flow.app, expected); !good) return good;
  // at_hash ties the access token to the ID token, and nothing ties the id: a program would take it for the user's.
  const std::string_view id = flow.result.get("id");
  if (spec.browser_brings_tokens && !id.empty() && id != token.subject())
    return Error::protocol("another_user", "the callback's id is not the user of the ID token").advise(Advice::restart);
  return keys == nullptr ? Result<void>() : keys->verify(token);
}

}  // namespace

Result<void> fill_keys(Context& flow) {
  flow.request.url = join({flow.app.site, flow.app.jwks_path});
  return {};
}

Signatures wanted_signatures(const Context& flow, const FlowSpec& spec) {
  const bool id_token = flow.app.verify_id_token == IdTokenCheck::signature || spec.browser_brings_tokens;
  return {.access_token = spec.finish != nullptr && flow.app.verify_jwt && looks_like_jwt(flow.result.get("access_token")),
          .id_token = id_token && checks_id_token(flow, spec)};
}

Result<void> check_tokens(const Context& flow, const FlowSpec& spec, const Jwks* keys) {
  const Signatures wanted = wanted_signatures(flow, spec);
  if (wanted.access_token && keys != nullptr) {
    if (auto good = check_access_token(flow, *keys); !good) return good;
  }
  if (!checks_id_token(flow, spec)) return {};
  auto good = check_id_token(flow, spec, wanted.id_token ? keys : nullptr);
  if (!good) good.error().edit().message += "; the tokens that came with it were discarded";
  return good;
}

void note_id_token_check(Context& flow, const FlowSpec& spec) {
  if (!checks_id_token(flow, spec)) return;
  flow.result.set(kChecked, wanted_signatures(flow, spec).id_token ? "signature" : "claims");
}

}  // namespace hlid
