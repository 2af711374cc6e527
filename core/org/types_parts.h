// What the files of the table share.
#pragma once

#include <iterator>

#include "org/types.h"

namespace hlid::org {

inline constexpr size_t kClientAppTypesCount = 6;
inline constexpr size_t kConnectedAppTypesCount = 1;
inline constexpr size_t kOrgTypesCount = 13;
extern const TypeSpec kClientAppTypes[kClientAppTypesCount];
extern const TypeSpec kConnectedAppTypes[kConnectedAppTypesCount];
extern const TypeSpec kOrgTypes[kOrgTypesCount];

// The guide's, and what the server's own message about a wrong one adds.
inline constexpr const char* kAppScopeWords[] = {"Basic",
                                                 "Api",
                                                 "Web",
                                                 "Full",
                                                 "Chatter",
                                                 "CustomApplications",
                                                 "RefreshToken",
                                                 "OpenID",
                                                 "Profile",
                                                 "Email",
                                                 "Address",
                                                 "Phone",
                                                 "OfflineAccess",
                                                 "CustomPermissions",
                                                 "Wave",
                                                 "Eclair",
                                                 "Pardot",
                                                 "Lightning",
                                                 "Content",
                                                 "CDPIngest",
                                                 "CDPProfile",
                                                 "CDPQuery",
                                                 "CDPSegment",
                                                 "CDPIdentityResolution",
                                                 "CDPCalculatedInsight",
                                                 "Chatbot",
                                                 "SFApiPlatform",
                                                 "Interaction",
                                                 "EinsteinGPT",
                                                 "PwdlessLogin",
                                                 "ForgotPassword",
                                                 "UserRegistration",
                                                 "MCP",
                                                 "SCRT",
                                                 "CDP",
                                                 "DataCloudUserClaims"};

// Minutes. Those above 30 since API 65.
inline constexpr const char* kJwtTimeouts[] = {"1", "5", "10", "15", "30", "60", "90", "120", "240", "480", "720"};

}  // namespace hlid::org
