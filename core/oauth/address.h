// Which addresses in a response may be passed on. Programs send tokens to them, so that a foreign one is worse than none.
#pragma once

#include <string_view>

#include "oauth/app.h"

namespace hlid {

// An address of the configured site's origin, with a plain path and nothing after it.
bool is_site_address(const App& app, std::string_view address);

// The same, or https at a Salesforce host, or the origin that issues the integration user's token.
bool is_org_address(const App& app, std::string_view address);

// The same for a page, which may have a query.
bool is_org_page(const App& app, std::string_view address);

}  // namespace hlid
