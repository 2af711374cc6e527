// Which addresses in a response may be passed on. Programs send tokens to them, so that a foreign one is worse than none.
#pragma once

#include <cstdint>
#include <string_view>

#include "oauth/app.h"

namespace hlid {

// An address of the configured site's origin, with a plain path and nothing after it.
bool is_site_address(const App& app, std::string_view address);

// The same, or https at a Salesforce host, or the origin that issues the integration user's token.
bool is_org_address(const App& app, std::string_view address);

// Whether this is the issuer of the configured site's own tokens: the site, with or without its path, with or without a slash
// behind it.
bool is_site_issuer(const App& app, std::string_view issuer);

// The same; or, where the settings name a login host, a login host or a My Domain, which a login host leads to; or, where they
// name a My Domain, a login host, which may issue for it.
bool is_own_issuer(const App& app, std::string_view issuer);

std::string_view without_slash(std::string_view address);

// The same as is_org_address for a page, which may have a query.
bool is_org_page(const App& app, std::string_view address);

// A page at which a person signs in or types a code, with or without a query: at the site's own origin, a login host or a My
// Domain. Not at another Salesforce host, which may be any customer's site.
bool is_login_page(const App& app, std::string_view address);

// The hosts on which an org serves its own pages, by what they serve.
enum class WebDomain : uint8_t { content, lightning, visualforce };
// A host name and nothing else: one of that kind, or the site's own.
bool is_web_host(const App& app, WebDomain kind, std::string_view host);

}  // namespace hlid
