#include "oauth/token_response.h"

#include <array>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "jose/jwt.h"
#include "oauth/address.h"

namespace hlid {
namespace {

Error bad(const char* reason, std::string_view what, int32_t status = 200) {
  return Error::protocol(reason, what).http_status(status);
}

// From September 2001 to the year 9999: a smaller number is in seconds, or no time at all.
constexpr int64_t kFirstTimeMs = 1'000'000'000'000;

// Milliseconds, as a string of digits or as a number; anything else is as good as absent.
std::optional<std::string> read_time(const JsonMembers& root, std::string_view name) {
  const auto member = root.find(name);
  if (!member) return std::nullopt;
  const auto text = member->as_text();
  const auto number = text ? read_decimal(*text) : member->as_integer();
  if (!number || *number < kFirstTimeMs || *number > kLastTimeMs) return std::nullopt;
  return std::to_string(*number);
}

// Lifetime in seconds. Salesforce seldom sends it; a malformed value means "unknown", never "unlimited".
std::optional<int64_t> read_expires_in(const JsonMembers& root) {
  const auto member = root.find("expires_in");
  if (!member) return std::nullopt;
  const auto text = member->as_text();
  const auto seconds = text ? read_decimal(*text) : member->as_integer();
  if (!seconds || *seconds <= 0 || *seconds > 10LL * 366 * 86'400) return std::nullopt;
  return seconds;
}

// A private client can check that `id` and `issued_at` were not exchanged (oauth: HMAC with its secret).
Result<void> check_signature(const JsonMembers& root, const App& app, std::string_view secret) {
  const auto signature = root.text("signature");
  const auto id = root.text("id");
  const auto issued_at = root.text("issued_at");
  if (!app.verify_signature || secret.empty() || !signature || !id || !issued_at) return {};
  const Secret expected = to_base64(as_view(hmac_sha256(secret, join({*id, *issued_at}))), Base64::standard);
  if (!equal_constant_time(expected.view(), *signature)) {
    return bad("bad_signature", "the token response's signature is wrong").advise(Advice::restart);
  }
  return {};
}

// RFC 6749 A.12 and A.17: any printable character, including the space.
bool is_token(std::string_view text) { return !text.empty() && text.size() <= kMaxToken && is_printable_ascii(text); }

// Only an address of the site itself; another origin's is reported as ignored_site_url.
void set_site_url(const JsonMembers& root, const App& app, FlowResult& into) {
  // Both spellings are in use; the newer one first.
  for (const char* name : {"sfdc_site_url", "sfdc_community_url"}) {
    const std::string_view address = root.text(name).value_or("");
    if (address.empty() || !into.get("site_url").empty()) continue;
    if (is_site_address(app, address)) {
      into.set("site_url", address);
    } else if (into.get("ignored_site_url").empty()) {
      into.set("ignored_site_url", escape_for_display(address, kMaxUrl));
    }
  }
}

}  // namespace

Result<void> read_token_response(const Response& response, const App& app, Refusal about, int64_t now_ms, FlowResult& into) {
  return read_token_response(response, app, app.client_secret.view(), about, now_ms, into);
}

Result<void> read_token_response(const Response& response, const App& app, std::string_view client_secret, Refusal about,
                                 int64_t now_ms, FlowResult& into) {
  if (response.status != 200) {
    if (response.status > 200 && response.status < 300) {
      return bad("no_token", "the token endpoint responded without a token", response.status).advise(Advice::restart);
    }
    return read_refusal(response, about, now_ms);
  }
  JsonDocument document(app.reading->json);
  const JsonFault fault = response.body.empty() ? JsonFault::cut : document.parse(response.body.view());
  if (fault != JsonFault::none) return no_json(response, fault, about, now_ms);
  const JsonMembers root(document.root());
  if (holds_error(document.root())) {
    if (!root.find("access_token")) return read_refusal(response, about, now_ms);
    return bad("bad_response", "the token response contains both a token and an error").advise(Advice::restart);
  }
  if (!document.root().is_object()) return bad("bad_response", "the token response is not a JSON object");
  const auto access_token = root.text("access_token");
  if (!access_token || !is_token(*access_token)) return bad("no_token", "the token response has no valid access token");
  const auto type = root.text("token_type");
  if (root.find("token_type") && (!type || !equals_ignoring_case(*type, "bearer"))) {
    return bad("bad_token_type", "the token's type is not Bearer");
  }
  const auto refresh_token = root.text("refresh_token");
  if (refresh_token && !refresh_token->empty() && !is_token(*refresh_token))
    return bad("no_token", "the token response's refresh_token is malformed");
  if (auto good = check_algorithm(*access_token, *app.reading); !good) return good;
  if (auto good = check_signature(root, app, client_secret); !good) return good;

  into.reserve(2 * response.body.size());  // its members, and all of it
  into.set("access_token", *access_token);
  into.set_if("refresh_token", refresh_token);
  // A malformed one is for its check to refuse, which may cost no more than the ID token.
  const auto id_token = root.text("id_token");
  if (id_token && !id_token->empty() && (app.verify_id_token != IdTokenCheck::none || is_token(*id_token)))
    into.set("id_token", *id_token);
  into.set("token_type", "Bearer");
  for (const char* name : {"scope", "token_format"}) into.set_if(name, root.text(name));
  for (const char* name : {"instance_url", "id"}) {
    const auto address = root.text(name);
    if (address && is_org_address(app, *address)) into.set(name, *address);
  }
  into.set_if("issued_at_ms", read_time(root, "issued_at"));
  if (const auto seconds = read_expires_in(root)) into.set("expires_at_ms", std::to_string(now_ms + *seconds * 1000));
  set_site_url(root, app, into);
  for (const char* name : {"sfdc_site_id", "sfdc_community_id"}) {
    if (into.get("site_id").empty()) into.set_if("site_id", root.text(name));
  }
  into.set("raw", response.body.view());
  return {};
}

}  // namespace hlid
