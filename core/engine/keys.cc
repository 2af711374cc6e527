#include "engine/keys.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "engine/request.h"
#include "jose/jwt.h"
#include "oauth/address.h"
#include "oauth/id_token.h"

namespace hlid {
namespace {

constexpr char kChecked[] = "id_token_checked";
constexpr std::string_view kAccessTokenType = "sfdc-core-token";

bool has_id_token_field(const FlowSpec& spec) {
  return std::any_of(spec.result->fields.begin(), spec.result->fields.end(),
                     [](const FieldSpec& field) { return std::string_view(field.name) == kChecked; });
}

bool checks_id_token(const Context& flow, const FlowSpec& spec) {
  return flow.app.verify_id_token != IdTokenCheck::none && !flow.result.get("id_token").empty() && has_id_token_field(spec);
}

// No ID token comes where the flow itself names the scopes, and openid is not one of them.
bool may_bring_id_token(const Context& flow, const FlowSpec& spec) {
  const bool names_scope = std::any_of(spec.parameters.begin(), spec.parameters.end(),
                                       [](const ValueSpec& own) { return std::string_view(own.name) == "scope"; });
  const std::string_view scope = names_scope ? flow.scope() : std::string_view();
  return has_id_token_field(spec) && (scope.empty() || lists(scope, "openid"));
}

// An access token that is well signed may still be another app's, another org's, or another kind of token. Salesforce Help,
// jwt_access_tokens: tty says what it is, client_id is the consumer key, iss and aud are an address of the org. A token
// endpoint's may lack what is compared, because TLS says where it comes from; one that a browser brings may not.
class AccessTokenCheck {
 public:
  AccessTokenCheck(const Context& flow, const FlowSpec& spec) : flow_(flow), from_browser_(spec.browser_brings_tokens) {}

  [[nodiscard]] Result<void> check(const JwtReader& token) const {
    const auto& type = token.header().salesforce_type;
    if (type ? *type != kAccessTokenType : from_browser_) {
      return Error::protocol("bad_jwt", "the access token's header does not say that it is an access token: its tty");
    }
    if (auto good = check_times(token, flow_.now_ms); !good) return good;
    const JsonValue claims = token.claims();
    if (const std::string_view issuer = claims.text("iss").value_or(""); !is_own(issuer)) {
      return Error::protocol("another_issuer", join({"the access token comes from another issuer: ",
                                                     issuer.empty() ? "none" : escape_for_display(issuer, kMaxServerText)}))
          .advise(Advice::fix_org)
          .hint("`site` must be the address of the issuer, with its path: the discovery flow shows it");
    }
    const auto audience = claims.find("aud");
    if (audience ? !names_own(*audience) : from_browser_) {
      return Error::protocol("wrong_audience", "the access token is for another audience than the org");
    }
    const auto client = claims.find("client_id");
    if (client ? client->as_text() != flow_.app.client_id : from_browser_) {
      return Error::protocol("another_client", "the access token was made for another client");
    }
    return {};
  }

 private:
  // An experience site's token may name the org's My Domain, which the token endpoint has named as well.
  [[nodiscard]] bool is_own(std::string_view address) const {
    address = without_slash(address);
    if (address.empty()) return false;
    if (is_own_issuer(flow_.app, address)) return true;
    return address == flow_.slot(kNamedBase) || (!from_browser_ && address == without_slash(flow_.result.get("instance_url")));
  }
  [[nodiscard]] bool names_own(const JsonValue& audience) const {
    if (const auto text = audience.as_text()) return is_own(*text);
    const std::vector<JsonValue> items = audience.items();
    return std::any_of(items.begin(), items.end(), [&](const JsonValue& item) { return is_own(item.as_text().value_or("")); });
  }

  const Context& flow_;
  bool from_browser_;
};

Result<void> check_access_token(const Context& flow, const FlowSpec& spec, const Jwks& keys) {
  JwtReader token(*flow.app.reading);
  if (auto read = token.read(flow.result.get("access_token")); !read) return read;
  if (auto good = keys.verify(token); !good) return good;
  return AccessTokenCheck(flow, spec).check(token);
}

Result<void> check_id_token(const Context& flow, const FlowSpec& spec, const Jwks* keys) {
  JwtReader token(*flow.app.reading, "the ID token");
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
    if (auto good = check_access_token(flow, spec, *keys); !good) return good;
  }
  if (!checks_id_token(flow, spec)) return {};
  auto good = check_id_token(flow, spec, wanted.id_token ? keys : nullptr);
  if (!good) good.error().edit().message += "; the tokens that came with it were discarded";
  return good;
}

bool wants_keys_first(const Context& flow, const FlowSpec& spec) {
  if (flow.app.jwks != nullptr || !spec.is_single_use() || spec.stores_tokens) return false;
  // An ID token that a refresh cannot check costs no more than itself.
  return (flow.app.verify_jwt && spec.finish != nullptr) ||
         (flow.app.verify_id_token == IdTokenCheck::signature && !spec.renews_session && may_bring_id_token(flow, spec));
}

bool drop_id_token(Context& flow, const FlowSpec& spec, const Error& why) {
  if (!spec.renews_session || !checks_id_token(flow, spec)) return false;
  flow.result.remove("id_token");
  flow.result.set(kChecked, "failed");
  flow.result.set("id_token_failure", why.data().reason);
  return true;
}

void note_id_token_check(Context& flow, const FlowSpec& spec) {
  if (!checks_id_token(flow, spec)) return;
  flow.result.set(kChecked, wanted_signatures(flow, spec).id_token ? "signature" : "claims");
}

}  // namespace hlid
