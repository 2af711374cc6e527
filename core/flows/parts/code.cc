#include "flows/parts/code.h"

#include "base/limits.h"
#include "base/text.h"
#include "oauth/address.h"
#include "oauth/pkce.h"
#include "oauth/token_response.h"

namespace hlid {

namespace {

// The caller's state, where there is one.
bool keep_own_state(Context& flow) {
  const auto own = flow.parameter("state");
  if (own) flow.keep(kState, *own);
  return own.has_value();
}

}  // namespace

Result<void> new_state(Context& flow) {
  if (keep_own_state(flow)) return {};
  auto state = make_state();
  if (!state) return std::move(state).error();
  flow.keep(kState, std::move(*state));
  return {};
}

Result<Secret> new_pkce_and_state(Context& flow) {
  auto made = make_pkce_and_state();
  if (!made) return std::move(made).error();
  flow.keep(kVerifier, std::move(made->pkce.verifier));
  if (!keep_own_state(flow)) flow.keep(kState, std::move(made->state));
  return std::move(made->pkce.challenge);
}

Result<void> fill_authorize(Context& flow, const char* auth_request_type) {
  auto challenge = new_pkce_and_state(flow);
  if (!challenge) return std::move(challenge).error();
  add_lasting_header(flow, "Auth-Request-Type", auth_request_type);
  FormWriter form = form_of(flow);
  form.add("response_type", "code_credentials");
  form.add("client_id", flow.app.client_id);
  form.add("redirect_uri", flow.app.redirect_uri);
  add_challenge_and_scope(flow, form, challenge->view());
  form.add_secret("state", flow.slot(kState));
  return {};
}

Result<void> read_authorize(Context& flow) {
  auto code = read_authorize_response(flow.response, flow.app, flow.request.url, flow.app.redirect_uri, flow.slot(kState),
                                      flow.refusal(), flow.now_ms);
  if (!code) return std::move(code).error();
  keep_code(flow, std::move(*code));
  return {};
}

void keep_code(Context& flow, AuthorizationCode code) {
  flow.keep(kCode, std::move(code.code));
  std::string_view base = code.community_url.view();
  if (base.empty()) return;
  if (!is_site_address(flow.app, base)) {
    flow.result.set("ignored_site_url", escape_for_display(base, kMaxUrl));
  } else if (flow.app.follow_community_url) {
    while (base.ends_with('/')) base.remove_suffix(1);
    flow.keep(kNamedBase, base);
  }
}

void forget_authorize(Context& flow) {
  flow.forget(kVerifier);
  flow.forget(kState);
}

namespace {

void add_code(Context& flow, std::string_view grant_type) {
  FormWriter form = form_of(flow);
  form.add("grant_type", grant_type);
  form.add_secret("code", flow.slot(kCode));
  form.add_secret("code_verifier", flow.slot(kVerifier));
}

}  // namespace

Result<void> exchange_code_without_redirect(Context& flow) {
  add_code(flow, "authorization_code");
  return {};
}

Result<void> exchange_code(Context& flow) { return exchange_code_for(flow, "authorization_code"); }

Result<void> exchange_code_for(Context& flow, std::string_view grant_type) {
  add_code(flow, grant_type);
  form_of(flow).add("redirect_uri", flow.app.redirect_uri);
  return {};
}

Result<void> read_token(Context& flow) {
  if (auto read = read_token_response(flow.response, flow.app, flow.refusal(), flow.now_ms, flow.result); !read) return read;
  flow.forget(kCode);
  flow.forget(kVerifier);
  return {};
}

}  // namespace hlid
