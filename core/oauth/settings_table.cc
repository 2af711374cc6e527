// The rows of app_settings(): what docs/settings.md, the CLI and the bindings' typed settings are made from.
#include "base/limits.h"
#include "oauth/app.h"

namespace hlid {
namespace {

constexpr const char* kAuthMethods[] = {"client_secret_post", "client_secret_basic", "private_key_jwt", "none"};
constexpr const char* kSigners[] = {"key", "host"};
constexpr const char* kPlacements[] = {"body", "header"};
constexpr const char* kAlphabets[] = {"standard", "url_safe"};
constexpr const char* kTokenHosts[] = {"site", "sfdc_community_url"};
constexpr const char* kPrefixes[] = {"none", "scheme"};
constexpr const char* kVersions[] = {"auto", "1.1"};

constexpr ValueSpec kSettings[] = {
    {.name = "site", .kind = ValueKind::url, .form = Form::visible, .required = true, .max_bytes = kMaxUrl,
     .doc = "Address of the Experience Cloud site with its path prefix, https, without query: https://acme.my.site.com/shop. "
            "Not the address of a page or an endpoint (/s, /login, /services/...), nor a Lightning, Visualforce, Builder or Setup "
            "host; login.salesforce.com, test.salesforce.com and My Domain hosts do not answer headless requests."},
    {.name = "client_id", .form = Form::printable, .required = true, .max_bytes = kMaxClientId,
     .doc = "Consumer key of the external client app or connected app."},
    {.name = "redirect_uri", .kind = ValueKind::url, .form = Form::visible, .required = true, .max_bytes = kMaxUrl,
     .doc = "A callback URL of the app, byte for byte as registered. It is never visited. Public clients often use "
            "<site>/services/oauth2/echo."},
    {.name = "scope", .kind = ValueKind::list, .form = Form::scopes, .max_bytes = kMaxScope,
     .doc = "Scopes to ask for, separated by spaces. Each must be selected on the app.",
     .fallback = "none is named, and the app's own apply"},
    {.name = "client_secret", .form = Form::printable, .secret = true, .max_bytes = kMaxClientSecret,
     .doc = "Consumer secret of a private client (a server). Leave it out in anything that is handed to users.",
     .fallback = "absent: a public client"},
    {.name = "token_endpoint_auth_method", .choices = kAuthMethods,
     .doc = "How a private client proves itself at the token endpoint (RFC 7591 2): its secret in the body, or in an "
            "Authorization: Basic header; or a JWT signed with attestation_key (RFC 7523).",
     .fallback = "client_secret_post with a secret, none without"},
    {.name = "credentials_placement", .choices = kPlacements,
     .doc = "Where login puts user name and password. The header only works while 'Require user credentials in the POST "
            "body' is off on the app.",
     .fallback = "body"},
    {.name = "basic_alphabet", .choices = kAlphabets,
     .doc = "Base64 of the Authorization: Basic header at authorize. Salesforce's documentation uses standard, its mobile "
            "SDKs url_safe without padding.",
     .fallback = "standard"},
    {.name = "token_host", .choices = kTokenHosts,
     .doc = "Where the token call goes. sfdc_community_url is believed only where its origin is the site's.",
     .fallback = "site"},
    {.name = "uvid_placement", .choices = kPlacements,
     .doc = "Where guest puts the UVID at authorize: the Uvid-Hint header or the uvid_hint field.",
     .fallback = "header"},
    {.name = "uvid_prefix", .choices = kPrefixes,
     .doc = "Whether named flows put the scheme word (JWT or UVID) before the visitor's value.",
     .fallback = "none"},
    {.name = "extra_headers", .kind = ValueKind::json, .form = Form::one_line, .max_bytes = kMaxExtraJson,
     .doc = "JSON object of strings: headers that authorize and token calls carry as well. Never one that the protocol uses, or that belongs to the connection (RFC 9110 7.6.1)."},
    {.name = "extra_parameters", .kind = ValueKind::json, .form = Form::one_line, .max_bytes = kMaxExtraJson,
     .doc = "JSON object of strings: form fields that authorize and token calls carry as well. Never one that the protocol uses."},
    {.name = "user_agent", .form = Form::one_line, .max_bytes = kMaxUserAgent,
     .doc = "User-Agent of every request.", .fallback = "headlessid/<version>"},
    {.name = "jwks", .kind = ValueKind::json, .form = Form::utf8, .max_bytes = kMaxAnswerBody,
     .doc = "A JSON Web Key Set to verify JWT access tokens against, for verify_jwt.",
     .fallback = "fetched from jwks_path"},
    {.name = "jwks_path", .form = Form::visible, .max_bytes = kMaxUrl,
     .doc = "Path below the site where the keys are fetched from, for verify_jwt.",
     .fallback = "/id/keys"},
    {.name = "timeout_ms", .kind = ValueKind::integer, .min = 1, .max = kMaxTimeoutMs,
     .doc = "Longest time that a flow may spend on the network, in milliseconds, all its requests and repetitions together.",
     .fallback = "30000"},
    {.name = "http_version", .choices = kVersions,
     .doc = "auto speaks HTTP/2 wherever the server does; guest tokens are known to be refused over HTTP/1.1.",
     .fallback = "auto", .client_only = true},
    {.name = "proxy", .kind = ValueKind::url, .form = Form::visible, .secret = true, .max_bytes = kMaxUrl,
     .doc = "http:// or https:// address of a proxy, with user name and password, percent-encoded, if it wants them. TLS is still checked "
            "end to end.",
     .fallback = "none", .client_only = true},
    {.name = "ca_file", .form = Form::one_line, .max_bytes = kMaxPath,
     .doc = "File of PEM certificates that are trusted instead of the system's.",
     .fallback = "the system's", .client_only = true},
    {.name = "max_connections", .kind = ValueKind::integer, .min = 1, .max = kMaxConnections,
     .doc = "Connections to the site at a time. Over HTTP/2 one carries a hundred requests.",
     .fallback = "64", .client_only = true},
    {.name = "attestation_key", .form = Form::utf8, .secret = true, .max_bytes = kMaxPrivateKeyPem,
     .doc = "PEM of the private RSA key (PKCS#8 or PKCS#1, not encrypted, 2,048 to 8,192 bits) whose certificate is uploaded to "
            "the app: first-party flows prove the client with it, and private_key_jwt.",
     .fallback = "none"},
    {.name = "attestation_signer", .choices = kSigners,
     .doc = "Who signs for a first-party flow: attestation_key, or the host, whose key never leaves it (a keystore, a KMS): "
            "the flow then stops at SIGN.",
     .fallback = "key"},
    {.name = "attestation_audience", .form = Form::visible, .max_bytes = kMaxUrl,
     .doc = "aud of the attestation.", .fallback = "the site"},
    {.name = "attestation_subject", .form = Form::printable, .max_bytes = kMaxClientId,
     .doc = "sub of the attestation.", .fallback = "client_id"},
    {.name = "attestation_lifetime_s", .kind = ValueKind::integer, .min = 1, .max = kMaxAssertionLifetimeS,
     .doc = "How long an attestation or another signed JWT is good for, in seconds.", .fallback = "180"},
    {.name = "seal_keys", .kind = ValueKind::list, .form = Form::scopes, .secret = true, .max_bytes = kMaxSealKeysText,
     .doc = "Keys under which waiting flows are sealed: words of the form id:key, the key being 32 random bytes in base64, "
            "the id at most 16 letters, digits, - or _. The first seals, all of them open: put a new one in front, and take an "
            "old one away when its last ticket has ended.",
     .fallback = "none: a flow cannot be sealed"},
    {.name = "seal_lifetime_s", .kind = ValueKind::integer, .min = 1, .max = kMaxSealLifetimeS,
     .doc = "How long a sealed flow can be opened, in seconds.", .fallback = "900"},
    {.name = "integration_client_id", .form = Form::printable, .max_bytes = kMaxClientId,
     .doc = "Consumer key of the app by which an integration user gets the token that the site may want with registration, "
            "passwordless login and forgot password (scopes user_registration_api, pwdless_login_api, forgot_password). It is "
            "fetched when it is first needed, kept, and renewed, once for all flows. For servers only.",
     .fallback = "none: no such token is sent, unless a flow is given one"},
    {.name = "integration_client_secret", .form = Form::printable, .secret = true, .max_bytes = kMaxClientSecret,
     .doc = "Its consumer secret: the token comes by the Client Credentials Flow."},
    {.name = "integration_key", .form = Form::utf8, .secret = true, .max_bytes = kMaxPrivateKeyPem,
     .doc = "Instead of the secret: PEM of a private RSA key. The token then comes by the JWT Bearer Flow, for "
            "integration_username."},
    {.name = "integration_username", .form = Form::one_line, .max_bytes = kMaxUsername,
     .doc = "The integration user's name, with integration_key."},
    {.name = "integration_site", .kind = ValueKind::url, .form = Form::visible, .max_bytes = kMaxUrl,
     .doc = "Where the integration user's token comes from, mostly the org's My Domain: https://acme.my.salesforce.com.",
     .fallback = "the site"},
    {.name = "integration_audience", .form = Form::visible, .max_bytes = kMaxUrl,
     .doc = "aud of the integration user's JWT: https://test.salesforce.com for a sandbox.",
     .fallback = "https://login.salesforce.com"},
    {.name = "allow_http_loopback", .kind = ValueKind::flag,
     .doc = "Accept an http:// site on 127.0.0.0/8, ::1 or localhost, for tests.", .fallback = "false"},
    {.name = "send_code_challenge_method", .kind = ValueKind::flag,
     .doc = "Send code_challenge_method=S256 beside code_challenge. Salesforce's documents leave it out.", .fallback = "false"},
    {.name = "verify_jwt", .kind = ValueKind::flag,
     .doc = "Check the signature (RS256), issuer's keys and times of JWT access tokens before a flow is DONE.", .fallback = "false"},
    {.name = "proxy_from_environment", .kind = ValueKind::flag,
     .doc = "Obey HTTPS_PROXY, ALL_PROXY and NO_PROXY.", .fallback = "false", .client_only = true},
    {.name = "first_party_redirect_uri", .kind = ValueKind::flag,
     .doc = "Send redirect_uri with the token call of a first-party flow. The draft says that it is not sent.", .fallback = "false"},
    {.name = "first_party_response_type", .kind = ValueKind::flag,
     .doc = "Send response_type=code with the first challenge. The draft asks for it, Salesforce's examples leave it out.",
     .fallback = "false"},
};

}  // namespace

std::span<const ValueSpec> app_settings() { return kSettings; }

}  // namespace hlid
