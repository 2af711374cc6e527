// grant_types.h: one function for each grant of the token endpoint. token.cc has the table of them.
#pragma once

#include <string_view>
#include <vector>

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

Response exchange_code(Org& org, const Request& request, const Form& form);  // authorization_code.cc
Response exchange_hybrid_code(Org& org, const Request& request, const Form& form);
Response refresh(Org& org, const Request& request, const Form& form);  // refresh_token.cc
Response hybrid_refresh(Org& org, const Request& request, const Form& form);
Response client_credentials(Org& org, const Request& request, const Form& form);  // integration.cc
Response exchange_token(Org& org, const Request& request, const Form& form);      // token_exchange.cc
Response exchange_hybrid_token(Org& org, const Request& request, const Form& form);
Response username_password(Org& org, const Request& request, const Form& form);  // username_password.cc
Response jwt_bearer(Org& org, const Request& request, const Form& form);         // jwt_bearer.cc
Response device(Org& org, const Request& request, const Form& form);             // device.cc

// device.cc: response_type in place of grant_type
Response device_code(Org& org, const Request& request, const Form& form);
Response saml_assertion(Org& org, const Request& request, const Form& form);  // saml_assertion.cc

Response saml_bearer(Org& org, const Request& request, const Form& form);  // saml_bearer.cc
Response asset_token(Org& org, const Request& request, const Form& form);  // asset_token.cc

std::vector<std::string_view> grant_type_names();

}  // namespace hlid_sim
