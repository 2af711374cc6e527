#include "engine/request.h"

#include <string>

#include "base/text.h"
#include "codec/base64.h"
#include "engine/assertion.h"
#include "engine/integration_token.h"

namespace hlid {
namespace {

// Basic with the two parts percent-encoded first, as RFC 6749 2.3.1 asks of a client's credentials. Other clients of
// Salesforce's do without, and no text of Salesforce's says which: its keys and secrets hold only characters that stay
// as they are.
void add_client_basic(Context& flow) {
  Secret pair;
  append_form_encoded(pair, flow.app.client_id);
  pair.append(':');
  append_form_encoded(pair, flow.app.client_secret.view());
  Secret value("Basic ");
  append_base64(value, pair.view(), Base64::standard);
  add_secret_header(flow, "Authorization", value.view());
}

Result<void> add_client(Context& flow, Base base) {
  FormWriter form = form_of(flow);
  if (flow.app.client_auth == ClientAuth::secret_basic) {
    add_client_basic(flow);  // one place only: Salesforce ignores the header if the body repeats the pair
    return {};
  }
  form.add("client_id", flow.app.client_id);
  if (flow.app.client_auth == ClientAuth::secret_post) form.add_secret("client_secret", flow.app.client_secret.view());
  if (flow.app.client_auth != ClientAuth::private_key_jwt) return {};
  // For the token endpoint of the same host, whichever endpoint the request goes to (RFC 7523 3).
  auto assertion = signed_client_assertion(flow, join({address_of(flow, base), kTokenPath}));
  if (!assertion) return std::move(assertion).error();
  form.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  form.add_secret("client_assertion", assertion->view());
  return {};
}

}  // namespace

std::string_view address_of(const Context& flow, Base base) {
  switch (base) {
    case Base::org: return flow.app.origin;
    case Base::named: return flow.has(kNamedBase) ? flow.slot(kNamedBase) : flow.app.site;
    case Base::integration: return flow.app.integration.site.empty() ? flow.app.site : flow.app.integration.site;
    case Base::site: break;
  }
  return flow.app.site;
}

Result<void> begin_request(Context& flow, const RequestSpec& spec) {
  Request& request = flow.request;
  request.name = spec.name;
  request.method = spec.method;
  const std::string_view base = address_of(flow, spec.base);
  const std::string_view path = spec.path;
  request.url.reserve(base.size() + path.size());  // often there since the request before
  request.url.assign(base).append(path);
  request.retry_safe = spec.retry_safe;
  request.prefers_http2 = spec.prefers_http2;
  if (spec.body != Body::none) {
    request.body.reserve(500);
    add_lasting_header(flow, "Content-Type", spec.body == Body::json ? "application/json" : "application/x-www-form-urlencoded");
  }
  add_lasting_header(flow, "Accept", spec.accept);
  add_lasting_header(flow, "User-Agent", flow.app.user_agent);
  return *spec.integration_scope == '\0' ? Result<void>() : add_integration_token(flow, spec.integration_scope);
}

Result<void> finish_request(Context& flow, const RequestSpec& spec) {
  if (spec.auth == Auth::client) {
    if (auto added = add_client(flow, spec.base); !added) return added;
  }
  if (spec.extras != Extras::none) {
    for (const auto& [name, value] : flow.app.extra_headers) add_secret_header(flow, name, value.view());
  }
  if (spec.extras == Extras::all && spec.body == Body::form) {
    FormWriter form = form_of(flow);
    for (const auto& [name, value] : flow.app.extra_parameters) form.add_secret(name, value.view());
  }
  return spec.sign == nullptr ? Result<void>() : spec.sign(flow);
}

FormWriter form_of(Context& flow) { return FormWriter(flow.request.body, flow.tracing ? &flow.request.redacted_body : nullptr); }

JsonBody json_of(Context& flow) { return JsonBody(flow.request.body, flow.tracing ? &flow.request.redacted_body : nullptr); }

void add_header(Context& flow, std::string_view name, std::string_view value) { flow.request.headers.add(name, value, false); }

void add_lasting_header(Context& flow, const char* name, std::string_view value) {
  flow.request.headers.add_lasting(name, value);
}

void add_secret_header(Context& flow, std::string_view name, std::string_view value) {
  flow.request.headers.add(name, value, true);
}

void add_bearer(Context& flow, std::string_view token) {
  Secret value("Bearer ");
  value.append(token);
  add_secret_header(flow, "Authorization", value.view());
}

void add_basic(Context& flow, std::string_view left, std::string_view right, bool url_safe) {
  Secret pair(left);
  pair.append(':');
  pair.append(right);
  Secret value("Basic ");
  append_base64(value, pair.view(), url_safe ? Base64::url_unpadded : Base64::standard);
  flow.hide(value.view().substr(std::string_view("Basic ").size()));
  add_secret_header(flow, "Authorization", value.view());
}

}  // namespace hlid
