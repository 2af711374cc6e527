// SHA-256, HMAC-SHA256, HMAC-SHA1 and comparing without telling how much was equal.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hlid {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
std::string_view as_view(const Sha256& digest);
// For OAuth 1.0a alone. As a MAC it stands: it needs no resistance to collisions.
using Sha1 = std::array<unsigned char, 20>;
Sha1 hmac_sha1(std::string_view key, std::string_view bytes);
std::string_view as_view(const Sha1& digest);
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace hlid
