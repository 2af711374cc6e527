// What may be seen of a response, and what must not: names of members, headers and query parameters.
#pragma once

#include <string_view>

namespace hlid {

// Everything else is dots in a trace: an unknown member may be a secret.
bool is_public_member(std::string_view name);
bool is_public_header(std::string_view name);

// What is a secret wherever a server sends it, however short it is.
bool is_secret_member(std::string_view name);

}  // namespace hlid
