// A callback whose response is in the fragment: the tokens of the implicit grant (RFC 6749 4.2.2).
#pragma once

#include <string_view>

#include "oauth/app.h"
#include "oauth/oauth_error.h"

namespace hlid {

// The fields of the fragment as the text of a JSON object, in which form the token endpoint would send them; that there is a
// good token among them is for the reader of it to check. The state is compared in constant time before anything else is trusted.
// An error may come in the fragment or in the query; a token only in the fragment, which browsers send to no server.
Result<Secret> read_fragment_callback(std::string_view address, const App& app, std::string_view redirect_uri,
                                      std::string_view state, Refusal about);

}  // namespace hlid
