// Identity URLs, .../id/ORG/USER: the `id` of a session and the `sub` of an ID token.
#pragma once

#include <optional>
#include <string_view>

namespace hlid {

// Record ids of 15 or 18 letters and digits.
struct IdentityIds {
  std::string_view org, user;
};

// Of a path that is /id/ORG/USER and nothing else.
std::optional<IdentityIds> ids_of_path(std::string_view path);
// Of an address, at the end of its path.
std::optional<IdentityIds> ids_of_identity(std::string_view address);

bool is_record_id(std::string_view id);
// The same record, whichever of the two is the long id.
bool is_same_record(std::string_view a, std::string_view b);

}  // namespace hlid
