#include "simulator/client_auth.h"

#include "simulator/assertion.h"

namespace hlid_sim {
namespace {

constexpr int64_t kLongestMs = 300'000;

// The signature replaces the secret (RFC 7523 §2.2).
std::shared_ptr<const App> asserted_client(Org& org, const Request& request, const Form& form) {
  if (request.header("authorization") || form.has("client_secret"))
    refuse("invalid_request", "the client must authenticate in one way only");
  if (form.require("client_assertion_type") != kJwtBearerClient)
    refuse("invalid_request", "the client assertion type is not supported");
  const std::string assertion = form.require("client_assertion");
  const auto app = org.directory()->find_app(form.get("client_id").value_or(issuer_of(assertion)));
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  AssertionRules rules{token_endpoints(org), true};
  rules.longest_ms = kLongestMs;
  const auto read = read_assertion(org, *app, assertion, rules);
  if (const auto* problem = std::get_if<std::string>(&read)) refuse("invalid_client", *problem);
  return app;
}

}  // namespace

bool secret_required_always(const App& app) { return !app.client_secret.empty() && !app.is_consumer_secret_optional; }

std::shared_ptr<const App> authenticate_client(Org& org, const Request& request, const Form& form,
                                               bool (*secret_required)(const App&)) {
  if (form.has("client_assertion") || form.has("client_assertion_type")) return asserted_client(org, request, form);
  const auto basic = basic_credentials(request);
  if (basic && form.has("client_secret")) refuse("invalid_request", "the client secret must be in one place only");
  if (basic && form.get("client_id").value_or(basic->left) != basic->left)
    refuse("invalid_request", "the client identifiers differ");
  const std::string only = org.settings().token_client_auth;
  if (only == "client_secret_post" && basic) refuse("invalid_client", "invalid client credentials", 401);
  if (only == "client_secret_basic" && form.has("client_secret")) refuse("invalid_client", "invalid client credentials");
  const auto app = org.directory()->find_app(basic ? basic->left : form.require("client_id"));
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  const auto secret = basic ? std::optional(basic->right) : form.get("client_secret");
  // A wrong secret is refused even where none is required. RFC 6749 §5.2 asks for 401 where the client tried to
  // authenticate by header; a live org has been seen to respond with 400, and a client must accept both.
  if (secret ? (app->client_secret.empty() || *secret != app->client_secret) : secret_required(*app)) {
    Response response = oauth_error(basic ? 401 : 400, "invalid_client", "invalid client credentials");
    if (basic) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"oauth2\"");
    refuse(std::move(response));
  }
  return app;
}

void check_guest_headers(const Request& request, std::string_view expected_hint) {
  const auto type = request.header("auth-request-type");
  const auto hint = request.header("uvid-hint");
  if (!type || !hint) refuse("unknown_error", "retry your request");
  if (*type != "guest") refuse("invalid_request", "invalid headers");
  if (*hint != expected_hint) refuse("invalid_request", "uvid invalid");
}

void refuse_guest_headers(const Request& request) {
  if (request.header("auth-request-type") || request.header("uvid-hint")) refuse("invalid_request", "invalid headers");
}

}  // namespace hlid_sim
