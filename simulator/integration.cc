// integration: client credentials, by which a server gets the token of an integration user. The site's settings may require it
// to start a registration, a passwordless login or a password reset.
#include "simulator/bearer.h"
#include "simulator/client_auth.h"
#include "simulator/grant_types.h"

namespace hlid_sim {
namespace {

bool always(const App&) { return true; }

}  // namespace

Response client_credentials(Org& org, const Request& request, const Form& form) {
  refuse_guest_headers(request);
  if (form.has("client_assertion")) refuse("invalid_client", "this grant accepts a client secret only");
  const auto app = authenticate_client(org, request, form, always);
  if (app->client_credentials_user.empty()) refuse("invalid_grant", "no client credentials user enabled");
  // A machine gets no scope that means a person's browser, or everything.
  auto granted = app->scopes;
  for (const char* scope : {"web", "refresh_token", "full"}) std::erase(granted, scope);
  if (granted.empty()) refuse("invalid_grant", "no valid scopes defined");
  return tokens_without_sign_in(org, request, *app, app->client_credentials_user, std::move(granted));
}

}  // namespace hlid_sim
