// sso: native single sign-on. A browser comes to authorize with the name of an identity provider, is sent on to it,
// and comes back to the app with a code. The provider is a page of the simulator, where a person picks a user; a test
// without a browser adds &user=NAME to the page's address. The page stores nothing: its address carries the app's
// request, which is checked again.
#include "simulator/endpoints.h"
#include "simulator/grants.h"
#include "simulator/html.h"

namespace hlid_sim {
namespace {

constexpr std::string_view kPage = "/__provider";

struct SsoRequest {
  std::shared_ptr<const App> app;
  GrantPtr grant;
  Text state;
  std::string provider;
};

Response error_redirect(const SsoRequest& sso, std::string_view error, std::string_view text) {
  std::string location = sso.grant->redirect_uri;
  location += location.find('?') == std::string::npos ? '?' : '&';
  location += "error=" + form_encode(error) + "&error_description=" + form_encode(text);
  if (sso.state) location += "&state=" + form_encode(*sso.state);
  return redirect(std::move(location));
}

SsoRequest read(const Org& org, const Request& request, const Form& query) {
  if (request.header("auth-request-type")) refuse("invalid_request", "invalid headers");
  SsoRequest sso;
  sso.app = org.directory()->find_app(query.require("client_id"));
  if (!sso.app) refuse("invalid_client_id", "client identifier invalid");
  sso.grant = std::make_shared<Grant>();
  sso.grant->client_id = sso.app->client_id;
  sso.grant->redirect_uri = query.require("redirect_uri");
  if (!org.is_registered(*sso.app, sso.grant->redirect_uri))
    refuse("redirect_uri_mismatch", "redirect_uri must match configuration");
  if (!sso.app->refused_with.empty()) refuse(sso.app->refused_with, "refused by the app's switch");
  // From here on a redirect could report the error to the app, but a live org is not known to do so.
  if (query.require("response_type") != "code") refuse("unsupported_response_type", "response type not supported");
  check_code_challenge(query.get("code_challenge"), query.get("code_challenge_method"),
                       sso.app->is_pkce_required || org.settings().is_pkce_required);
  sso.provider = query.require("sso_provider");
  if (!contains(org.settings().sso_providers, sso.provider))
    refuse("invalid_request", "the identity provider is not a login option of the site");
  const auto scopes = granted_scopes(*sso.app, query.get("scope"));
  if (!scopes) refuse("invalid_scope", "the requested scope is not allowed");
  sso.grant->scopes = *scopes;
  sso.grant->code_challenge = query.get("code_challenge").value_or("");
  sso.grant->nonce = query.get("nonce").value_or("");
  sso.state = query.get("state");
  return sso;
}

Response page(const Org& org, const Request& request, const SsoRequest& sso) {
  const std::string self = org.site() + std::string(kPage) + "?" + request.query;
  Response response;
  response.content_type = "text/html;charset=UTF-8";
  response.body = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>" + escape_html(sso.provider) + "</title></head><body>\n<h1>" +
                  escape_html(sso.provider) + "</h1>\n";
  for (const auto& username : org.directory()->usernames()) {
    response.body += "<p><a href=\"" + escape_html(self + "&user=" + form_encode(username)) + "\">Continue as " +
                     escape_html(username) + "</a></p>\n";
  }
  response.body += "<p><a href=\"" + escape_html(self + "&deny=1") + "\">Cancel</a></p>\n</body></html>\n";
  return response;
}

}  // namespace

Response sso_authorize(Org& org, const Request& request) {
  read(org, request, Form::query_of(request));
  return redirect(org.site() + std::string(kPage) + "?" + request.query);
}

Response sso_provider(Org& org, const Request& request) {
  if (request.method != "GET") refuse("invalid_request", "must use HTTP GET", 405);
  const Form query = Form::query_of(request);
  const SsoRequest sso = read(org, request, query);
  if (query.has("deny")) return error_redirect(sso, "access_denied", "end-user denied authorization");
  const auto username = query.get("user");
  if (!username) return page(org, request, sso);
  const auto user = org.directory()->find_user(*username);
  if (!user || !org.directory()->may_sign_in(*user)) return error_redirect(sso, "access_denied", "authentication failure");
  // Where an admin need not approve the app, the person does: a page of the org's that the simulated one leaves out.
  if (sso.app->admin_approved && !user->admin_approved)
    return error_redirect(sso, "invalid_app_access", "user is not admin approved");
  sso.grant->username = user->username;
  return code_redirect(org, sso.grant, sso.state);
}

}  // namespace hlid_sim
