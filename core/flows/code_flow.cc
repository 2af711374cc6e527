#include "flows/code_flow.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/url.h"
#include "flows/attestation.h"
#include "jose/jwks.h"
#include "oauth/address.h"
#include "oauth/authorize_response.h"
#include "oauth/pkce.h"
#include "oauth/token_response.h"
#include "oauth/visitor.h"

namespace hlid {

void begin_request(Work& work, const char* name, const char* method, std::string_view path, bool retry_safe) {
  work.request.name = name;
  work.request.method = method;
  work.request.url = join({work.app.site, path});
  work.request.retry_safe = retry_safe;
  work.request.headers.reserve(8);
  if (std::string_view(method) == "POST") {
    add_header(work, "Content-Type", "application/x-www-form-urlencoded");
    work.request.body.reserve(1024);
  }
  add_header(work, "Accept", "application/json");
  add_header(work, "User-Agent", work.app.user_agent);
}

void begin_json_request(Work& work, const char* name, std::string_view path, bool retry_safe) {
  work.request.name = name;
  work.request.method = "POST";
  work.request.url = join({work.app.site, path});
  work.request.retry_safe = retry_safe;
  work.request.headers.reserve(8);
  work.request.body.reserve(512);
  add_header(work, "Content-Type", "application/json");
  add_header(work, "Accept", "application/json");
  add_header(work, "User-Agent", work.app.user_agent);
}

JsonBody json_of(Work& work) { return JsonBody(work.request.body, work.tracing ? &work.request.shown_body : nullptr); }

void add_header(Work& work, std::string_view name, std::string_view value) {
  work.request.headers.push_back({std::string(name), Secret(value), false});
}

void add_secret_header(Work& work, std::string_view name, std::string_view value) {
  work.request.headers.push_back({std::string(name), Secret(value), true});
}

void add_bearer(Work& work, std::string_view token) {
  Secret value("Bearer ");
  value.append(token);
  add_secret_header(work, "Authorization", value.view());
}

void add_basic(Work& work, std::string_view left, std::string_view right, bool url_safe) {
  Secret pair(left);
  pair.append(':');
  pair.append(right);
  Secret value("Basic ");
  append_base64(value, pair.view(), url_safe ? Base64::url_unpadded : Base64::standard);
  work.hide(value.view().substr(std::string_view("Basic ").size()));
  add_secret_header(work, "Authorization", value.view());
}

Result<void> keep_visitor(Work& work) {
  // Unsealed, a flow has its visitor already.
  if (!work.parameter("guest_token") && !work.parameter("uvid")) return {};
  auto visitor = read_visitor(work.parameter("guest_token"), work.parameter("uvid"), work.now_ms);
  if (!visitor) return std::move(visitor).error();
  work.keep(Slot::uvid, visitor->uvid);
  work.keep(Slot::uvid_hint, std::move(visitor->token));
  return {};
}

// The guest token proves the visitor, so it goes first; the plain UVID is for when it is gone. Never both.
Secret add_visitor_header(Work& work) {
  const std::string_view uvid = work.slot(Slot::uvid);
  if (uvid.empty()) return {};
  // A person may have taken their time: what was good when the flow began need not be good any more.
  if (!work.slot(Slot::uvid_hint).empty() && !is_guest_token_good(work.slot(Slot::uvid_hint), work.now_ms))
    work.forget(Slot::uvid_hint);
  const std::string_view token = work.slot(Slot::uvid_hint);
  Secret hint;
  if (work.app.uvid_scheme_word) hint.append(token.empty() ? "UVID " : "JWT ");
  hint.append(token.empty() ? uvid : token);
  if (token.empty()) return hint;
  add_secret_header(work, "Uvid-Hint", hint.view());
  return {};
}

void add_visitor(Work& work) {
  if (const Secret uvid = add_visitor_header(work); !uvid.empty()) form_of(work).add_secret("uvid_hint", uvid.view());
}

FormWriter form_of(Work& work) { return FormWriter(work.request.body, work.tracing ? &work.request.shown_body : nullptr); }

namespace {

void add_extras(Work& work) {
  for (const auto& [name, value] : work.app.extra_headers) add_secret_header(work, name, value.view());
  FormWriter form = form_of(work);
  for (const auto& [name, value] : work.app.extra_parameters) form.add_secret(name, value.view());
}

// Basic with the two parts percent-encoded first, as RFC 6749 2.3.1 asks of a client's credentials. Other clients of
// Salesforce's do without, and no text of Salesforce's says which: its keys and secrets hold only characters that stay
// as they are.
void add_client_basic(Work& work) {
  Secret pair;
  append_form_encoded(pair, work.app.client_id);
  pair.append(':');
  append_form_encoded(pair, work.app.client_secret.view());
  Secret value("Basic ");
  append_base64(value, pair.view(), Base64::standard);
  add_secret_header(work, "Authorization", value.view());
}

Result<void> verify(Work& work, std::string_view jwks) {
  Jwks keys;
  if (auto read = keys.read(jwks); !read) return read;
  JwtReader token;
  const std::string_view access_token = work.result.get("access_token");
  if (auto read = token.read(access_token); !read) return read;
  if (auto good = keys.verify(token); !good) return good;
  // Salesforce Help, jwt_access_tokens: client_id is the consumer key. Well signed is not enough.
  if (const auto client = token.claims().find("client_id"); client && client->as_text() != work.app.client_id) {
    return Error::protocol("another_client", "the access token was made for another client");
  }
  return check_times(token, work.now_ms);
}

Result<Branch> finish(Work& work, Asker asker, bool verified) {
  auto carried = read_carry(work.result.get("access_token"), work.slot(Slot::uvid), asker == Asker::guest, verified, work.result);
  if (!carried) return std::move(carried).error();
  const auto ends = read_decimal(work.result.get("expires_at_ms"));
  if (asker == Asker::guest && ends && *ends > work.now_ms) {
    const int64_t early = std::max((*ends - work.now_ms) / 10, kGuestTokenMarginMs);
    work.result.set("renew_at_ms", std::to_string(std::max(work.now_ms, *ends - early)));
  }
  return Branch::then;
}

}  // namespace

Result<Secret> make_proof(Work& work) {
  auto pkce = make_pkce_pair();
  if (!pkce) return std::move(pkce).error();
  if (const auto own = work.parameter("state")) {
    work.keep(Slot::state, *own);
  } else {
    auto state = make_state();
    if (!state) return std::move(state).error();
    work.keep(Slot::state, std::move(*state));
  }
  work.keep(Slot::verifier, std::move(pkce->verifier));
  return std::move(pkce->challenge);
}

Result<void> begin_authorize(Work& work, std::string_view auth_request_type) {
  auto challenge = make_proof(work);
  if (!challenge) return std::move(challenge).error();
  begin_request(work, "authorize", "POST", kAuthorizePath, false);
  add_header(work, "Auth-Request-Type", auth_request_type);
  FormWriter form = form_of(work);
  form.add("response_type", "code_credentials");
  form.add("client_id", work.app.client_id);
  form.add("redirect_uri", work.app.redirect_uri);
  form.add("code_challenge", challenge->view());
  if (work.app.send_code_challenge_method) form.add("code_challenge_method", "S256");
  const std::string_view scope = work.parameter("scope").value_or(work.app.scope);
  if (!scope.empty()) form.add("scope", scope);
  form.add_secret("state", work.slot(Slot::state));
  return {};
}

void finish_authorize(Work& work) { add_extras(work); }

Result<void> read_authorize(Work& work, Asker asker) {
  auto code = read_authorize_response(work.response, work.request.url, work.app.redirect_uri, work.slot(Slot::state),
                                      {Endpoint::authorize, asker, true}, work.now_ms);
  if (!code) return std::move(code).error();
  keep_code(work, std::move(*code));
  return {};
}

void keep_code(Work& work, AuthorizationCode code) {
  work.keep(Slot::code, std::move(code.code));
  if (code.community_url.empty()) return;
  if (!is_site_address(work.app, code.community_url)) {
    work.result.set("ignored_site_url", escape_for_display(code.community_url, kMaxUrl));
  } else if (work.app.follow_community_url) {
    std::string_view base = code.community_url;
    while (base.ends_with('/')) base.remove_suffix(1);
    work.keep(Slot::base_url, base);
  }
}

Result<void> add_client(Work& work) {
  FormWriter form = form_of(work);
  if (work.app.client_auth == ClientAuth::secret_basic) {
    add_client_basic(work);  // one place only: Salesforce ignores the header if the body repeats the pair
    return {};
  }
  form.add("client_id", work.app.client_id);
  if (work.app.client_auth == ClientAuth::secret_post) form.add_secret("client_secret", work.app.client_secret.view());
  if (work.app.client_auth != ClientAuth::private_key_jwt) return {};
  auto assertion = signed_attestation(work);
  if (!assertion) return std::move(assertion).error();
  form.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  form.add_secret("client_assertion", assertion->view());
  return {};
}

Result<void> begin_token(Work& work, RedirectUri redirect_uri) {
  begin_request(work, "token", "POST", kTokenPath, false);
  if (!work.slot(Slot::base_url).empty()) work.request.url = join({work.slot(Slot::base_url), kTokenPath});
  FormWriter form = form_of(work);
  form.add("grant_type", "authorization_code");
  form.add_secret("code", work.slot(Slot::code));
  if (auto added = add_client(work); !added) return added;
  if (redirect_uri == RedirectUri::send) form.add("redirect_uri", work.app.redirect_uri);
  form.add_secret("code_verifier", work.slot(Slot::verifier));
  return {};
}

void finish_token(Work& work) { add_extras(work); }

void forget_authorize(Work& work) {
  work.forget(Slot::verifier);
  work.forget(Slot::state);
}

Result<Branch> read_token(Work& work, Asker asker) {
  auto read = read_token_response(work.response, work.app, {Endpoint::token, asker, true}, work.now_ms, work.result);
  if (!read) return std::move(read).error();
  work.forget(Slot::code);
  work.forget(Slot::verifier);
  if (!work.app.verify_jwt || !looks_like_jwt(work.result.get("access_token"))) return finish(work, asker, false);
  if (work.app.jwks.empty()) return Branch::otherwise;
  if (auto good = verify(work, work.app.jwks); !good) return std::move(good).error();
  return finish(work, asker, true);
}

Result<void> begin_keys(Work& work) {
  begin_request(work, "keys", "GET", work.app.jwks_path, true);
  return {};
}

Result<Branch> read_keys(Work& work, Asker asker) {
  if (work.response.status != 200) return read_refusal(work.response, {Endpoint::keys, asker, false}, work.now_ms);
  if (auto good = verify(work, work.response.body.view()); !good) return std::move(good).error();
  return finish(work, asker, true);
}

}  // namespace hlid
