// Scopes: the words of metadata, of requests and of Setup.
#include "base/text.h"
#include "org/types.h"

namespace hlid::org {
namespace {

constexpr ScopeSpec kScopes[] = {
    {"Basic", "id", "Access the identity URL service (id, profile, email, address, phone)"},
    {"Api", "api", "Manage user data via APIs (api)"},
    {"Web", "web", "Manage user data via Web browsers (web)"},
    {"Full", "full", "Full access (full)"},
    {"Chatter", "chatter_api", "Access Connect REST API resources (chatter_api)"},
    {"CustomApplications", "visualforce", "Access Visualforce applications (visualforce)"},
    {"RefreshToken", "refresh_token", "Perform requests at any time (refresh_token, offline_access)"},
    {"OpenID", "openid", "Access unique user identifiers (openid)"},
    {"Profile", "profile", "Access the identity URL service (id, profile, email, address, phone)"},
    {"Email", "email", "Access the identity URL service (id, profile, email, address, phone)"},
    {"Address", "address", "Access the identity URL service (id, profile, email, address, phone)"},
    {"Phone", "phone", "Access the identity URL service (id, profile, email, address, phone)"},
    {"OfflineAccess", "offline_access", "Perform requests at any time (refresh_token, offline_access)"},
    {"CustomPermissions", "custom_permissions", "Access custom permissions (custom_permissions)"},
    {"Wave", "wave_api", "Access Analytics REST API resources (wave_api)"},
    {"Eclair", "eclair_api", "Access Analytics REST API Charts Geodata resources (eclair_api)"},
    {"Pardot", "pardot_api", "Manage Pardot services (pardot_api)"},
    {"Lightning", "lightning", "Access Lightning applications (lightning)"},
    {"Content", "content", "Access content resources (content)"},
    {"CDPIngest", "cdp_ingest_api", "Manage Data Cloud Ingestion API data (cdp_ingest_api)"},
    {"CDPProfile", "cdp_profile_api", "Manage Data Cloud profile data (cdp_profile_api)"},
    {"CDPQuery", "cdp_query_api", "Perform ANSI SQL queries on Data Cloud data (cdp_query_api)"},
    {"CDPSegment", "cdp_segment_api", "Perform segmentation on Data Cloud data (cdp_segment_api)"},
    {"CDPIdentityResolution", "cdp_identityresolution_api", "Manage Data Cloud Identity Resolution (cdp_identityresolution_api)"},
    {"CDPCalculatedInsight", "cdp_calculated_insight_api",
     "Manage Data Cloud Calculated Insight data (cdp_calculated_insight_api)"},
    {"Chatbot", "chatbot_api", "Access chatbot services (chatbot_api)"},
    {.metadata = "SFApiPlatform",
     .wire = "sfap_api",
     .setup = "Access the Salesforce API Platform (sfap_api)",
     .connected_app_word = "SFAP"},
    {"Interaction", "interaction_api", "Access Interaction API resources (interaction_api)"},
    {"EinsteinGPT", "einstein_gpt_api", "Access Einstein GPT services (einstein_gpt_api)"},
    {"PwdlessLogin", "pwdless_login_api", "Access Headless Passwordless Login API (pwdless_login_api)"},
    {"ForgotPassword", "forgot_password", "Access Headless Forgot Password API (forgot_password)"},
    {"UserRegistration", "user_registration_api", "Access Headless Registration API (user_registration_api)"},
    {"MCP", "mcp_api", "Access MCP servers (mcp_api)"},
    {"SCRT", "scrt_api"},
    {"CDP", "cdp_api", "Access all Data Cloud API resources (cdp_api)"},
    {"DataCloudUserClaims", ""},
    {.metadata = "A2A", .wire = "", .client_app = false},
    {.metadata = "CmdbDiscovery", .wire = "", .client_app = false},
    {.metadata = "SemanticLayer", .wire = "", .client_app = false},
};

}  // namespace

std::span<const ScopeSpec> all_scopes() { return kScopes; }

const ScopeSpec* find_scope(std::string_view word) {
  if (word.empty()) return nullptr;
  for (const ScopeSpec& scope : kScopes) {
    if (equals_ignoring_case(word, scope.metadata) || equals_ignoring_case(word, scope.wire) ||
        equals_ignoring_case(word, scope.connected_app_word)) {
      return &scope;
    }
  }
  return nullptr;
}

std::string_view word_of(const ScopeSpec& scope, bool connected_app) {
  return connected_app && *scope.connected_app_word != '\0' ? scope.connected_app_word : scope.metadata;
}

}  // namespace hlid::org
