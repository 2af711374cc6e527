// Setup's own words for values of metadata: SETUP.md has them, and `explain` knows them.
#pragma once

#include <string_view>

namespace hlid::org {

struct SetupWord {
  std::string_view element;
  std::string_view value;
  std::string_view text;
};
inline constexpr SetupWord kSetupWords[] = {
    {"permittedUsersPolicyType", "AdminApprovedPreAuthorized", "Admin approved users are pre-authorized"},
    {"permittedUsersPolicyType", "AllSelfAuthorized", "All users may self-authorize"},
    {"ipRelaxationPolicyType", "Enforce", "Enforce IP restrictions"},
    {"ipRelaxationPolicyType", "Bypass", "Relax IP restrictions"},
    {"ipRelaxationPolicyType", "Bypass_2factor", "Relax IP restrictions for activated devices"},
    {"ipRelaxationPolicyType", "Enforce_RelaxRefresh", "Enforce IP restrictions, but relax for refresh tokens"},
    {"refreshTokenPolicyType", "SpecificLifetime", "Expire refresh token after"},
    {"refreshTokenPolicyType", "SpecificInactivity", "Expire refresh token if not used for"},
    {"refreshTokenPolicyType", "Infinite", "Refresh token is valid until revoked"},
    {"refreshTokenPolicyType", "Zero", "Immediately expire refresh token"},
};

}  // namespace hlid::org
