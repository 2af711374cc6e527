// endpoints.h: one function for each endpoint of the site. Each takes a request whose path led to it and answers, or
// throws a Refusal. A new flow is one more file and one more line in routes.cc.
#pragma once

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

inline constexpr std::string_view kControlPrefix = "/__sim/";

Answer authorize(Org& org, const Request& request);  // authorize.cc
Answer token(Org& org, const Request& request);      // token.cc
Answer org_token(Org& org, const Request& request);  // integration.cc: the org's own host, for servers only
Answer revoke(Org& org, const Request& request);     // session.cc, and so are the next six
Answer userinfo(Org& org, const Request& request);
Answer introspect(Org& org, const Request& request);
Answer echo(Org& org, const Request& request);
Answer keys(Org& org, const Request& request);
Answer discovery(Org& org, const Request& request);
Answer login(Org& org, const Request& request);
Answer cart(Org& org, const Request& request);                     // cart.cc
Answer init_registration(Org& org, const Request& request);        // registration.cc
Answer init_passwordless(Org& org, const Request& request);        // passwordless.cc
Answer forgot_password(Org& org, const Request& request);          // forgot_password.cc
Answer authorization_challenge(Org& org, const Request& request);  // challenge.cc
Answer sso_authorize(Org& org, const Request& request);            // sso.cc: authorize by GET, with sso_provider
Answer sso_provider(Org& org, const Request& request);             // the page that stands for the provider
Answer single_access(Org& org, const Request& request);            // single_access.cc
Answer frontdoor(Org& org, const Request& request);
Answer client_credentials(Org& org, const Request& request, const Form& form);  // integration.cc: grants at token
Answer jwt_bearer(Org& org, const Request& request, const Form& form);

// Everything under /__sim/, told apart by what follows it.
Answer control(Org& org, const Request& request, std::string_view what);  // control.cc

// Which app a request to the token or introspection endpoint comes from; refused where it does not say, or cannot
// prove it. `secret_required` is asked only of an app that has a secret.
std::shared_ptr<const App> authenticate_client(Org& org, const Request& request, const Form& form,
                                               bool (*secret_required)(const App&));
bool secret_required_always(const App& app);

// The answer to a successful request for tokens, without a refresh token.
json issue_tokens(Org& org, const App& app, const GrantPtr& grant, const User* user, const std::vector<std::string>& scopes);

// The headers that mark a guest's call to token and revoke; refused unless both are there and the hint is the
// expected one (UUIDs are compared as they were sent).
void check_guest_headers(const Request& request, std::string_view expected_hint);
void refuse_guest_headers(const Request& request);

std::string identity_url(const Org& org, const User& user);

}  // namespace hlid_sim
