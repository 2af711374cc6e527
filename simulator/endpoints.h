// endpoints.h: one function for each endpoint of the site. Each gets a request whose path led to it, and returns a
// response or throws a Refusal. routes.cc has the table of them.
#pragma once

#include <string>
#include <string_view>

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

inline constexpr std::string_view kControlPrefix = "/__sim/";

// authorization_challenge.cc
Response authorization_challenge(Org& org, const Request& request);

// authorize.cc
inline constexpr std::string_view kAuthorizePath = "/services/oauth2/authorize";
// What follows it in a path, as one more part of it; empty for any other path.
std::string experience_id_of(std::string_view path);
Response authorize(Org& org, const Request& request);

// cart.cc
Response cart(Org& org, const Request& request);

// control.cc: everything under kControlPrefix; `what` follows it
Response control(Org& org, const Request& request, std::string_view what);

// device.cc
Response connect(Org& org, const Request& request);  // the page where a person enters the code of a device
// What the page does: empty if it worked, else why it did not.
std::string decide_device(Org& org, const std::string& user_code, bool approve, const std::string& username);

// forgot_password.cc
Response forgot_password(Org& org, const Request& request);

// introspect.cc
Response introspect(Org& org, const Request& request);

// oauth1.cc: at the org's own host
Response oauth1_request_token(Org& org, const Request& request);
Response oauth1_authorize(Org& org, const Request& request);
Response oauth1_access_token(Org& org, const Request& request);
Response oauth1_login(Org& org, const Request& request);

// login_pages.cc: what a browser sees; org_...: at the org's own host
Response browser_authorize(Org& org, const Request& request, const std::string& expid);  // authorize by GET
Response org_authorize(Org& org, const Request& request);
Response login(Org& org, const Request& request);
Response org_login(Org& org, const Request& request);
Response approval(Org& org, const Request& request);
Response org_approval(Org& org, const Request& request);

// passwordless.cc
Response init_passwordless(Org& org, const Request& request);

// public_documents.cc
Response auth_configuration(Org& org, const Request& request);
Response discovery(Org& org, const Request& request);
Response org_discovery(Org& org, const Request& request);  // at the org's own host
Response end_session(Org& org, const Request& request);
Response echo(Org& org, const Request& request);
Response keys(Org& org, const Request& request);

// register.cc
Response register_client(Org& org, const Request& request);

// registration.cc
Response init_registration(Org& org, const Request& request);

// revoke.cc
Response revoke(Org& org, const Request& request);

// single_access.cc
Response single_access(Org& org, const Request& request);
Response frontdoor(Org& org, const Request& request);

// sso.cc
Response sso_authorize(Org& org, const Request& request);  // authorize by GET, with sso_provider
Response sso_provider(Org& org, const Request& request);   // the page of the identity provider

// token.cc
Response token(Org& org, const Request& request);
Response org_token(Org& org, const Request& request);  // at the org's own host

// userinfo.cc
Response userinfo(Org& org, const Request& request);
Response identity(Org& org, const Request& request);  // at an identity URL

}  // namespace hlid_sim
