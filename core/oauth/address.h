// Addresses that a response brings: which of them may be handed on. A program sends tokens to them, so that one of a
// stranger's is worse than none.
#pragma once

#include <string_view>

#include "oauth/app.h"

namespace hlid {

// An address of the configured site's origin, with a plain path and nothing behind it.
bool is_site_address(const App& app, std::string_view address);

// The same, or https at a host of Salesforce's, or the origin that the integration user's token comes from.
bool is_org_address(const App& app, std::string_view address);

// The same for a page, which may have a query.
bool is_org_page(const App& app, std::string_view address);

}  // namespace hlid
