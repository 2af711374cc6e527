// Pages of Salesforce's own that a sign-in ends on: a password to change, an identity to verify, an error page.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oauth/oauth_error.h"
#include "oauth/response.h"

namespace hlid {

// The text between the tags of a page's title and headings.
Secret headings_of(std::string_view page);

// What the page means that a response redirects to, or contains; absent if it is not a known page, or not
// page of Salesforce's. Of its address only the code of an error is kept.
std::optional<Error> salesforce_page_at(const Response& redirect, Refusal about);
std::optional<Error> salesforce_page_in(const Response& response, Refusal about);

}  // namespace hlid
