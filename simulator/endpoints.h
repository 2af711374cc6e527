// endpoints.h: one function for each endpoint of the site. Each takes a request whose path led to it and responds, or
// throws a Refusal. A new flow is one more file and one more line in routes.cc.
#pragma once

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

inline constexpr std::string_view kControlPrefix = "/__sim/";

Response authorize(Org& org, const Request& request);  // authorize.cc
Response token(Org& org, const Request& request);      // token.cc
Response org_token(Org& org, const Request& request);  // integration.cc: the org's own host, for servers only
Response revoke(Org& org, const Request& request);     // session.cc, and so are the next six
Response userinfo(Org& org, const Request& request);
Response introspect(Org& org, const Request& request);
Response echo(Org& org, const Request& request);
Response keys(Org& org, const Request& request);
Response discovery(Org& org, const Request& request);
Response login(Org& org, const Request& request);
Response cart(Org& org, const Request& request);                     // cart.cc
Response init_registration(Org& org, const Request& request);        // registration.cc
Response init_passwordless(Org& org, const Request& request);        // passwordless.cc
Response forgot_password(Org& org, const Request& request);          // forgot_password.cc
Response authorization_challenge(Org& org, const Request& request);  // challenge.cc
Response sso_authorize(Org& org, const Request& request);            // sso.cc: authorize by GET, with sso_provider
Response sso_provider(Org& org, const Request& request);             // the page that stands for the provider
Response single_access(Org& org, const Request& request);            // single_access.cc
Response frontdoor(Org& org, const Request& request);
Response client_credentials(Org& org, const Request& request, const Form& form);  // integration.cc: grants at token
Response jwt_bearer(Org& org, const Request& request, const Form& form);

// Everything under /__sim/, told apart by what follows it.
Response control(Org& org, const Request& request, std::string_view what);  // control.cc

// Which app a request to the token or introspection endpoint comes from; refused where it does not say, or cannot
// prove it. `secret_required` is asked only of an app that has a secret.
std::shared_ptr<const App> authenticate_client(Org& org, const Request& request, const Form& form,
                                               bool (*secret_required)(const App&));
bool secret_required_always(const App& app);

// The response to a successful request for tokens, without a refresh token.
json issue_tokens(Org& org, const App& app, const GrantPtr& grant, const User* user, const std::vector<std::string>& scopes);

// The headers that mark a guest's call to token and revoke; refused unless both are there and the hint is the
// expected one (UUIDs are compared as they were sent).
void check_guest_headers(const Request& request, std::string_view expected_hint);
void refuse_guest_headers(const Request& request);

std::string identity_url(const Org& org, const User& user);

}  // namespace hlid_sim
