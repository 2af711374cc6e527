// The rows of setting_rows(): what docs/settings.md, the CLI and the bindings' typed settings are made from.
#include <algorithm>
#include <array>
#include <iterator>
#include <type_traits>

#include "base/limits.h"
#include "base/text.h"
#include "oauth/app.h"
#include "oauth/setting_values.h"
#include "oauth/settings.h"

namespace hlid {
namespace {

// Where a value goes that its description has checked. A member of the app, or of its integration user.
std::string& in(App& app, std::string App::* member) { return app.*member; }
std::string& in(App& app, std::string IntegrationSource::* member) { return app.integration.*member; }
Secret& in(App& app, Secret App::* member) { return app.*member; }
Secret& in(App& app, Secret IntegrationSource::* member) { return app.integration.*member; }

template <auto kMember>
Result<void> text(App& app, const ValueSpec&, std::string_view value) {
  in(app, kMember) = value;
  return {};
}

template <auto kMember>
Result<void> secret(App& app, const ValueSpec&, std::string_view value) {
  in(app, kMember) = Secret(value);
  return {};
}

template <int64_t App::* kMember>
Result<void> number(App& app, const ValueSpec&, std::string_view value) {
  app.*kMember = read_decimal(value).value_or(app.*kMember);
  return {};
}

template <auto kMember>
Result<void> flag(App& app, const ValueSpec&, std::string_view value) {
  app.*kMember = value == "true";
  return {};
}

// Of two choices: whether the value is this one.
template <bool App::* kMember, size_t kChoice>
Result<void> choice(App& app, const ValueSpec& spec, std::string_view value) {
  app.*kMember = value == spec.choices[kChoice];
  return {};
}
template <bool App::* kMember>
constexpr auto* first = &choice<kMember, 0>;
template <bool App::* kMember>
constexpr auto* second = &choice<kMember, 1>;

// Of more: the one with the value's index.
template <auto kMember>
Result<void> one_of(App& app, const ValueSpec& spec, std::string_view value) {
  const auto found = std::find(spec.choices.begin(), spec.choices.end(), value);
  using Choice = std::remove_reference_t<decltype(app.*kMember)>;
  app.*kMember = static_cast<Choice>(found - spec.choices.begin());
  return {};
}

constexpr const char* kAuthMethods[] = {"client_secret_post", "client_secret_basic", "private_key_jwt", "none"};
constexpr const char* kSigners[] = {"key", "host"};
constexpr const char* kPlacements[] = {"body", "header"};
constexpr const char* kAlphabets[] = {"standard", "url_safe"};
constexpr const char* kTokenHosts[] = {"site", "sfdc_community_url"};
constexpr const char* kPrefixes[] = {"none", "scheme"};
constexpr const char* kIdTokenChecks[] = {"claims", "signature", "none"};
constexpr const char* kVersions[] = {"auto", "1.1"};

constexpr SettingRow kSettings[] = {
    {{.name = "site",
      .kind = ValueKind::url,
      .charset = Charset::visible,
      .required = true,
      .max_bytes = kMaxUrl,
      .doc =
          "Where requests go, https, without query. An Experience Cloud site with its path prefix (https://acme.my.site.com/shop), "
          "which headless flows need; or for other flows the org's My Domain (https://acme.my.salesforce.com) or a login host "
          "(https://login.salesforce.com, of a sandbox https://test.salesforce.com): the page of a flow says which it accepts. Not "
          "the address of a page or an endpoint (/s, /login, /services/...), nor a Lightning, Visualforce, Builder or Setup host."},
     take_site},
    {{.name = "client_id",
      .charset = Charset::printable,
      .required = true,
      .max_bytes = kMaxClientId,
      .doc = "Consumer key of the external client app or connected app."},
     text<&App::client_id>},
    {{.name = "redirect_uri",
      .kind = ValueKind::url,
      .charset = Charset::visible,
      .max_bytes = kMaxUrl,
      .doc = "A callback URL of the app, byte for byte as registered; needed by every flow that has a callback. The "
             "library itself never opens it. Headless public clients often use <site>/services/oauth2/echo.",
      .default_text = "none"},
     take_redirect_uri},
    {{.name = "scope",
      .kind = ValueKind::list,
      .charset = Charset::scopes,
      .max_bytes = kMaxScope,
      .doc = "Scopes to request, separated by spaces. Each must be selected on the app.",
      .default_text = "not sent, and the app's own apply"},
     text<&App::scope>},
    {{.name = "client_secret",
      .charset = Charset::printable,
      .secret = true,
      .max_bytes = kMaxClientSecret,
      .doc = "Consumer secret of a private client (a server). Leave it out of anything that you distribute to users.",
      .default_text = "absent: a public client"},
     secret<&App::client_secret>},
    {{.name = "token_endpoint_auth_method",
      .choices = kAuthMethods,
      .doc = "How a private client proves itself at the token endpoint (RFC 7591 2): its secret in the body, or in an "
             "Authorization: Basic header; or a JWT signed with private_key (RFC 7523).",
      .default_text = "client_secret_post with a secret, none without"},
     take_auth_method},
    {{.name = "credentials_placement",
      .choices = kPlacements,
      .doc =
          "Where login puts username and password. The header works only while 'Require user credentials in the POST body' is off on the app.",
      .default_text = "body"},
     second<&App::credentials_in_header>},
    {{.name = "basic_alphabet",
      .choices = kAlphabets,
      .doc = "Base64 of the Authorization: Basic header at authorize. Salesforce's documentation uses standard, its mobile "
             "SDKs url_safe without padding.",
      .default_text = "standard"},
     second<&App::url_safe_basic>},
    {{.name = "token_host",
      .choices = kTokenHosts,
      .doc = "Where the token call goes. sfdc_community_url is trusted only if its origin is the site's, and never from a "
             "browser's callback.",
      .default_text = "site"},
     second<&App::follow_community_url>},
    {{.name = "uvid_placement",
      .choices = kPlacements,
      .doc = "Where guest puts the UVID at authorize: the Uvid-Hint header or the uvid_hint field.",
      .default_text = "header"},
     first<&App::guest_uvid_in_body>},
    {{.name = "uvid_prefix",
      .choices = kPrefixes,
      .doc = "Whether named flows put the scheme word (JWT or UVID) before the visitor's value.",
      .default_text = "none"},
     second<&App::uvid_scheme_word>},
    {{.name = "extra_headers",
      .kind = ValueKind::json,
      .charset = Charset::one_line,
      .max_bytes = kMaxExtraJson,
      .doc =
          "JSON object of strings: additional headers of authorize and token calls. Never one that the protocol uses or that belongs to the connection (RFC 9110 7.6.1)."},
     take_extra_headers},
    {{.name = "extra_parameters",
      .kind = ValueKind::json,
      .charset = Charset::one_line,
      .max_bytes = kMaxExtraJson,
      .doc = "JSON object of strings: additional form fields of authorize and token calls. Never one that the protocol uses."},
     take_extra_parameters},
    {{.name = "user_agent",
      .charset = Charset::one_line,
      .max_bytes = kMaxUserAgent,
      .doc = "User-Agent of every request.",
      .default_text = "headlessid/<version>"},
     text<&App::user_agent>},
    {{.name = "jwks",
      .kind = ValueKind::json,
      .charset = Charset::utf8,
      .max_bytes = kMaxResponseBody,
      .doc = "A JSON Web Key Set to verify JWT access tokens and ID tokens against, for verify_jwt and verify_id_token.",
      .default_text = "fetched from jwks_path, and kept for an hour"},
     take_jwks},
    {{.name = "jwks_path",
      .charset = Charset::visible,
      .max_bytes = kMaxUrl,
      .doc = "Path below the site where the keys are fetched from, for verify_jwt and verify_id_token.",
      .default_text = kDefaultJwksPath},
     take_jwks_path},
    {{.name = "timeout_ms",
      .kind = ValueKind::integer,
      .min = 1,
      .max = kMaxTimeoutMs,
      .doc = "How long a flow may spend on the network, in milliseconds, over all its requests and retries.",
      .default_text = "30000"},
     number<&App::timeout_ms>},
    {{.name = "http_version",
      .choices = kVersions,
      .doc = "auto speaks HTTP/2 wherever the server does; guest tokens are known to be refused over HTTP/1.1.",
      .default_text = "auto",
      .client_only = true},
     second<&App::http_1_only>},
    {{.name = "proxy",
      .kind = ValueKind::url,
      .charset = Charset::visible,
      .secret = true,
      .max_bytes = kMaxUrl,
      .doc =
          "http:// or https:// address of a proxy, with username and password, percent-encoded, if it needs them. TLS is still checked "
          "end to end.",
      .default_text = "none",
      .client_only = true},
     take_proxy},
    {{.name = "ca_file",
      .charset = Charset::one_line,
      .max_bytes = kMaxPath,
      .doc = "File of PEM certificates to trust instead of the system's.",
      .default_text = "the system's",
      .client_only = true},
     text<&App::ca_file>},
    {{.name = "max_connections",
      .kind = ValueKind::integer,
      .min = 1,
      .max = kMaxConnections,
      .doc = "Maximum number of connections to the site. Over HTTP/2 one carries a hundred requests.",
      .default_text = "64",
      .client_only = true},
     number<&App::max_connections>},
    {{.name = "request_interval_ms",
      .kind = ValueKind::integer,
      .max = kMaxRequestIntervalMs,
      .doc =
          "Shortest time between the starts of two requests of a client, in milliseconds. The wait counts as part of timeout_ms.",
      .default_text = "0",
      .client_only = true},
     number<&App::request_interval_ms>},
    {{.name = "private_key",
      .charset = Charset::utf8,
      .secret = true,
      .max_bytes = kMaxPrivateKeyPem,
      .doc = "PEM of the private RSA key (PKCS#8 or PKCS#1, not encrypted, 2,048 to 8,192 bits) whose certificate is uploaded to "
             "the app. The one key for all that the app signs: first-party flows, private_key_jwt, JWT bearer and SAML bearer.",
      .default_text = "none"},
     take_private_key},
    {{.name = "signed_by",
      .choices = kSigners,
      .doc = "Who signs in a flow that signs: private_key, or the host with a key that never leaves it (a keystore, a KMS): "
             "the flow then stops at SIGN.",
      .default_text = "key"},
     second<&App::host_signs>},
    {{.name = "attestation_audience",
      .charset = Charset::visible,
      .max_bytes = kMaxUrl,
      .doc = "aud of the attestation, and of the client assertion of private_key_jwt.",
      .default_text = "the site; for private_key_jwt its token endpoint"},
     text<&App::attestation_audience>},
    {{.name = "attestation_subject",
      .charset = Charset::printable,
      .max_bytes = kMaxClientId,
      .doc = "sub of the attestation, and of the client assertion of private_key_jwt.",
      .default_text = "client_id"},
     text<&App::attestation_subject>},
    {{.name = "assertion_lifetime_s",
      .kind = ValueKind::integer,
      .min = 1,
      .max = kMaxAssertionLifetimeS,
      .doc =
          "How long an attestation or another signed JWT is valid, in seconds. At most 180 for a JWT bearer assertion. What ends later than Salesforce "
          "accepts is cut: a client assertion (private_key_jwt) and a SAML assertion at 300, an integration user's JWT at 180.",
      .default_text = "180"},
     number<&App::assertion_lifetime_s>},
    {{.name = "seal_keys",
      .kind = ValueKind::list,
      .charset = Charset::scopes,
      .secret = true,
      .max_bytes = kMaxSealKeysText,
      .doc =
          "Keys under which waiting flows are sealed: words of the form id:key, the key being 32 random bytes in base64, "
          "the id at most 16 letters, digits, - or _. The first key seals; any key can unseal: put a new one in front, and remove an old one when its last ticket has expired.",
      .default_text = "none: a flow cannot be sealed"},
     take_seal_keys},
    {{.name = "seal_lifetime_s",
      .kind = ValueKind::integer,
      .min = 1,
      .max = kMaxSealLifetimeS,
      .doc = "How long a sealed flow can be opened, in seconds.",
      .default_text = "900"},
     number<&App::seal_lifetime_s>},
    {{.name = "session_keys",
      .kind = ValueKind::list,
      .charset = Charset::scopes,
      .secret = true,
      .max_bytes = kMaxSealKeysText,
      .doc =
          "Keys under which sessions are sealed in a store: words of the form id:key, as in seal_keys. The first key seals; any "
          "key can unseal: put a new one in front, and remove an old one when every session has been saved since.",
      .default_text = "none: no session can be kept in a store"},
     take_session_keys},
    {{.name = "retry_lost_refresh",
      .kind = ValueKind::flag,
      .doc =
          "Where a process died between sending a session's refresh and saving what came, try the old refresh token a second "
          "time. If the org rotates refresh tokens and had made the new one, it takes the second use for theft, and ends the "
          "session. Without it such a session ends as rotation_lost. Where the org is known not to rotate them, the old token is "
          "tried again in any case.",
      .default_text = "false"},
     flag<&App::retry_lost_refresh>},
    {{.name = "session_introspection",
      .kind = ValueKind::flag,
      .doc =
          "Ask the server when a session's access token ends, if the token does not say so: one more request with each refresh. "
          "For private clients; an app that may not introspect its tokens goes on without.",
      .default_text = "false"},
     flag<&App::session_introspection>},
    {{.name = "session_cache_ms",
      .kind = ValueKind::integer,
      .min = 0,
      .max = kMaxSessionCacheMs,
      .doc =
          "How long a process uses a session's access token without a look at the store, in milliseconds; never beyond the time "
          "at which it is due to be refreshed. For that long a process may go on that has not heard of a session's end.",
      .default_text = "5000"},
     number<&App::session_cache_ms>},
    {{.name = "session_lifetime_s",
      .kind = ValueKind::integer,
      .min = 60,
      .max = kMaxSessionLifetimeS,
      .doc = "How long a store keeps a session that is not refreshed, in seconds.",
      .default_text = "7776000"},
     number<&App::session_lifetime_s>},
    {{.name = "integration_client_id",
      .charset = Charset::printable,
      .max_bytes = kMaxClientId,
      .doc = "Consumer key of the app by which an integration user gets the token that the site may require for registration, "
             "passwordless login and forgot password (scopes user_registration_api, pwdless_login_api, forgot_password). It is "
             "fetched on first use, kept, and renewed, once for all flows. For servers only.",
      .default_text = "none: no such token is sent, except one that is given to a flow"},
     text<&IntegrationSource::client_id>},
    {{.name = "integration_client_secret",
      .charset = Charset::printable,
      .secret = true,
      .max_bytes = kMaxClientSecret,
      .doc = "Its consumer secret: the token comes from the Client Credentials Flow."},
     secret<&IntegrationSource::client_secret>},
    {{.name = "integration_key",
      .charset = Charset::utf8,
      .secret = true,
      .max_bytes = kMaxPrivateKeyPem,
      .doc =
          "Instead of the secret: PEM of a private RSA key. The token then comes from the JWT Bearer Flow, for integration_username."},
     take_integration_key},
    {{.name = "integration_username",
      .charset = Charset::one_line,
      .max_bytes = kMaxUsername,
      .doc = "The integration user's name, with integration_key."},
     text<&IntegrationSource::username>},
    {{.name = "integration_site",
      .kind = ValueKind::url,
      .charset = Charset::visible,
      .max_bytes = kMaxUrl,
      .doc =
          "Where the integration user's token comes from: the org's My Domain, https://acme.my.salesforce.com. With integration_key a site "
          "serves it as well.",
      .default_text = "the site"},
     take_integration_site},
    {{.name = "integration_audience",
      .charset = Charset::visible,
      .max_bytes = kMaxUrl,
      .doc = "aud of the integration user's JWT: https://test.salesforce.com for a sandbox.",
      .default_text = "https://login.salesforce.com"},
     text<&IntegrationSource::audience>},
    {{.name = "allow_http_loopback",
      .kind = ValueKind::flag,
      .doc = "Accept an http:// site on 127.0.0.0/8, ::1 or localhost, for tests.",
      .default_text = "false"},
     flag<&App::allow_http_loopback>},
    {{.name = "send_code_challenge_method",
      .kind = ValueKind::flag,
      .doc =
          "Send code_challenge_method=S256 with code_challenge. Salesforce's documents recommend it in a browser's address, and "
          "leave it out of headless calls. RFC 7636 takes its absence for plain.",
      .default_text = "true for flows in a browser, false for headless ones"},
     flag<&App::send_code_challenge_method>},
    {{.name = "verify_jwt",
      .kind = ValueKind::flag,
      .doc =
          "Check JWT access tokens before a flow is DONE: the signature (RS256) against the site's keys, times, iss, aud and tty, and "
          "that the token was made for this app. The keys are fetched before anything that is not sent again.",
      .default_text = "false"},
     flag<&App::verify_jwt>},
    {{.name = "verify_id_token",
      .choices = kIdTokenChecks,
      .doc =
          "What is checked of an ID token before a flow is DONE: its claims (issuer, audience, times, nonce, at_hash); the claims and "
          "its signature (RS256) against the site's keys; or nothing. An ID token that a browser brings is checked with its "
          "signature, except with none. In a refresh one that does not pass is left out.",
      .default_text = "claims"},
     one_of<&App::verify_id_token>},
    {{.name = "verify_signature",
      .kind = ValueKind::flag,
      .doc = "Check the token response's signature, an HMAC of id and issued_at with client_secret, where the response has one. "
             "Without a client_secret it cannot be checked.",
      .default_text = "true"},
     flag<&App::verify_signature>},
    {{.name = "proxy_from_environment",
      .kind = ValueKind::flag,
      .doc = "Use HTTPS_PROXY, ALL_PROXY and NO_PROXY.",
      .default_text = "false",
      .client_only = true},
     flag<&App::proxy_from_environment>},
    {{.name = "first_party_redirect_uri",
      .kind = ValueKind::flag,
      .doc = "Send redirect_uri with the token call of a first-party flow. The draft does not send it.",
      .default_text = "false"},
     flag<&App::first_party_redirect_uri>},
    {{.name = "first_party_response_type",
      .kind = ValueKind::flag,
      .doc = "Send response_type=code with the first challenge. The draft asks for it, Salesforce's examples leave it out.",
      .default_text = "false"},
     flag<&App::first_party_response_type>},
};

constexpr auto kSpecs = [] {
  std::array<ValueSpec, std::size(kSettings)> specs;
  for (size_t i = 0; i < specs.size(); ++i) specs[i] = kSettings[i].spec;
  return specs;
}();

}  // namespace

std::span<const SettingRow> setting_rows() { return kSettings; }
std::span<const ValueSpec> app_settings() { return kSpecs; }

}  // namespace hlid
