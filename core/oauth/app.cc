#include "oauth/app.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/version.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/aead.h"
#include "jose/jwks.h"
#include "oauth/site_address.h"
#include "oauth/typed_text.h"

namespace hlid {
namespace {

constexpr std::string_view kLoginHosts[] = {"login.salesforce.com", "test.salesforce.com"};

// The protocol's own words: a caller who could send them twice could change what a flow means.
constexpr std::string_view kOwnHeaders[] = {"authorization", "auth-request-type", "auth-verification-type",
                                            "uvid-hint",     "content-type",      "content-length",
                                            "accept",        "accept-encoding",   "host",
                                            "cookie",        "user-agent"};
// Those that belong to one connection (RFC 9110 7.6.1), or say where a message ends and what part of it is meant: not for a
// caller to send, and with HTTP/2 an error of the whole stream. And everything that begins with `proxy-`.
constexpr std::string_view kHopHeaders[] = {"connection",       "keep-alive",     "te",     "trailer",      "transfer-encoding",
                                            "upgrade",          "http2-settings", "expect", "max-forwards", "via",
                                            "content-encoding", "content-range",  "range",  "if-range",     "alt-used"};
// Every name that some flow sends; a test compares.
constexpr std::string_view kOwnParameters[] = {"response_type",
                                               "client_id",
                                               "client_secret",
                                               "client_assertion",
                                               "client_assertion_type",
                                               "redirect_uri",
                                               "scope",
                                               "state",
                                               "code",
                                               "code_challenge",
                                               "code_challenge_method",
                                               "code_verifier",
                                               "grant_type",
                                               "username",
                                               "password",
                                               "login_hint",
                                               "login_type",
                                               "login_otp",
                                               "customdata",
                                               "userdata",
                                               "uvid_hint",
                                               "refresh_token",
                                               "token",
                                               "token_type_hint",
                                               "auth_session",
                                               "assertion",
                                               "format",
                                               "recaptcha",
                                               "recaptchaevent",
                                               "emailtemplate",
                                               "verificationmethod",
                                               "identifier",
                                               "otp",
                                               "newpassword",
                                               "sso_provider"};

template <size_t N>
bool stands_in(const std::string_view (&list)[N], std::string_view name) {
  return std::any_of(std::begin(list), std::end(list), [&](std::string_view own) { return equals_ignoring_case(own, name); });
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_proxy_header(std::string_view name) {
  constexpr std::string_view kProxy = "proxy-";
  return name.size() >= kProxy.size() && equals_ignoring_case(name.substr(0, kProxy.size()), kProxy);
}

using Pairs = std::vector<std::pair<std::string, Secret>>;

Result<Pairs> read_pairs(const char* setting, std::string_view json, bool headers) {
  JsonDocument document;
  if (document.parse(json) != JsonFault::none || !document.root().is_object()) {
    return Error::argument(setting, "is no JSON object, or has a name twice");
  }
  Pairs out;
  for (const auto& member : document.root().members()) {
    const auto value = member.value.as_text();
    if (!value) return Error::argument(setting, "has a value that is no string");
    if (headers ? !is_header_name(member.name) : (member.name.empty() || !is_visible_ascii(member.name))) {
      return Error::argument(setting, "has a name that cannot be sent");
    }
    if (headers ? has_control(*value) : value->find('\0') != std::string_view::npos) {
      return Error::argument(setting, headers ? "has a value with control characters" : "has a value with a NUL");
    }
    const bool twice = headers && std::any_of(out.begin(), out.end(),
                                              [&](const auto& own) { return equals_ignoring_case(own.first, member.name); });
    if (twice) return Error::argument(setting, "has a name twice");
    if (headers ? stands_in(kOwnHeaders, member.name) : stands_in(kOwnParameters, member.name)) {
      return Error::argument(setting, join({"names ", member.name, ", which the protocol uses itself"}));
    }
    if (headers && (stands_in(kHopHeaders, member.name) || is_proxy_header(member.name))) {
      return Error::argument(setting, join({"names ", member.name, ", which belongs to the connection and not to the request"}));
    }
    out.emplace_back(std::string(member.name), Secret(*value));
  }
  return out;
}

// In either alphabet of base64, with and without padding: as the tool wrote it that made the key.
std::optional<Secret> read_seal_key(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  Secret plain(text);
  std::replace(plain.data(), plain.data() + plain.size(), '+', '-');
  std::replace(plain.data(), plain.data() + plain.size(), '/', '_');
  auto key = from_base64(plain.view(), Base64::url_unpadded);
  if (!key || key->size() != kAeadKey) return std::nullopt;
  return key;
}

// A PEM may end with a line, as files do.
std::string_view trimmed_of_lines(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
  while (text.starts_with('\n') || text.starts_with('\r') || text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

// A value is copied from somewhere, by an env file or by hand. JSON and PEM say themselves where they begin and end.
Result<void> check_copied(const ValueSpec& spec, std::string_view value) {
  if (spec.kind == ValueKind::json || spec.form == Form::utf8) {
    const bool key = spec.form == Form::utf8 && spec.secret;
    if (key && value.find("\\n") != std::string_view::npos)
      return Error::argument(spec.name, "has \\n written out where its lines should end");
    if (!key && spec.kind != ValueKind::integer && spec.kind != ValueKind::flag && spec.choices.empty()) return {};
  }
  const bool lines = spec.form == Form::utf8 && spec.secret;
  // Where a space is a character like any other (RFC 6749 VSCHAR), it is one at the ends, too.
  const bool spaces = spec.form == Form::printable;
  const size_t first = spaces ? std::min(value.find_first_not_of(' '), value.size()) : 0;
  const size_t last = spaces ? value.find_last_not_of(' ') + 1 : value.size();
  value = value.substr(first, std::max(last, first) - first);
  const std::string wrapping = wrapping_of(lines ? trimmed_of_lines(value) : value);
  return wrapping.empty() ? Result<void>() : Error::argument(spec.name, join({"is not the value alone: ", wrapping}));
}

const ValueSpec* find_setting(std::string_view name) {
  const auto rows = app_settings();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const ValueSpec& row) { return name == row.name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

Result<std::shared_ptr<const App>> App::create(std::span<const NamedValue> settings) {
  auto app = std::make_shared<App>();
  app->user_agent = join({"headlessid/", kVersion});
  app->jwks_path = "/id/keys";
  std::vector<std::string_view> given;
  // The loopback switch first: whether `site` is good depends on it.
  for (const NamedValue& setting : settings) {
    if (setting.name == "allow_http_loopback") app->allow_http_loopback_ = setting.value == "true";
  }
  for (const NamedValue& setting : settings) {
    const ValueSpec* spec = find_setting(setting.name);
    if (spec == nullptr) return unknown_name(setting.name, setting.value, app_settings(), "is no setting of an app");
    if (std::find(given.begin(), given.end(), setting.name) != given.end())
      return Error::argument(setting.name, "is given twice");
    given.push_back(setting.name);
    if (auto good = check_copied(*spec, setting.value); !good) return std::move(good).error();
    if (auto good = check_value(*spec, setting.value); !good) return std::move(good).error();
    if (auto taken = app->take(setting.name, setting.value); !taken) return std::move(taken).error();
  }
  for (const ValueSpec& spec : app_settings()) {
    if (spec.required && std::find(given.begin(), given.end(), spec.name) == given.end()) {
      return Error::argument(spec.name, "is missing");
    }
  }
  const bool method_given = std::find(given.begin(), given.end(), "token_endpoint_auth_method") != given.end();
  if (auto good = app->check_together(method_given); !good) return std::move(good).error();
  return std::shared_ptr<const App>(std::move(app));
}

Result<void> App::take_site(std::string_view value) {
  const auto url = parse_url(value);
  if (!url || !url->has_authority) return Error::argument("site", "is no address of the form https://host/prefix");
  const bool https = equals_ignoring_case(url->scheme, "https");
  const bool loopback = equals_ignoring_case(url->scheme, "http") && allow_http_loopback_ && is_loopback(url->host);
  if (!https && !loopback)
    return Error::argument("site", "is not https (http is taken for a loopback host with allow_http_loopback)");
  if (url->has_userinfo) return Error::argument("site", "holds a user name or password");
  if (url->has_query || url->has_fragment) return Error::argument("site", "has a query or a fragment");
  if (url->path.find("//") != std::string_view::npos || url->path.find("/.") != std::string_view::npos ||
      url->path.find('%') != std::string_view::npos) {
    return Error::argument("site", "has a path prefix with empty, dotted or percent-encoded parts");
  }
  if (stands_in(kLoginHosts, url->host)) {
    return Error::argument("site", "is Salesforce's own login host; headless requests go to the Experience Cloud site");
  }
  if (const std::string other = not_a_site(*url, false); !other.empty()) return Error::argument("site", other);
  while (value.ends_with('/')) value.remove_suffix(1);
  site = value;
  origin = origin_of(*url);
  return {};
}

Result<void> App::take(std::string_view name, std::string_view value) {
  if (name == "site") return take_site(value);
  if (name == "redirect_uri") {
    const auto url = parse_url(value);
    if (!url) return Error::argument(name, "is no absolute URI");
    if (url->has_fragment) return Error::argument(name, "has a fragment (RFC 6749 3.1.2)");
    if (url->has_userinfo) return Error::argument(name, "holds a user name or password");
    if (equals_ignoring_case(url->scheme, "http") && !is_loopback(url->host))
      return Error::argument(name, "is http on a host that is no loopback");
    redirect_uri = value;
  } else if (name == "client_id") {
    client_id = value;
  } else if (name == "scope") {
    scope = value;
  } else if (name == "client_secret") {
    client_secret = Secret(value);
  } else if (name == "token_endpoint_auth_method") {
    client_auth = value == "none"                  ? ClientAuth::none
                  : value == "client_secret_basic" ? ClientAuth::secret_basic
                  : value == "private_key_jwt"     ? ClientAuth::private_key_jwt
                                                   : ClientAuth::secret_post;
  } else if (name == "credentials_placement") {
    credentials_in_header = value == "header";
  } else if (name == "basic_alphabet") {
    url_safe_basic = value == "url_safe";
  } else if (name == "token_host") {
    follow_community_url = value == "sfdc_community_url";
  } else if (name == "uvid_placement") {
    guest_uvid_in_body = value == "body";
  } else if (name == "uvid_prefix") {
    uvid_scheme_word = value == "scheme";
  } else if (name == "extra_headers" || name == "extra_parameters") {
    const bool headers = name == "extra_headers";
    auto pairs = read_pairs(headers ? "extra_headers" : "extra_parameters", value, headers);
    if (!pairs) return std::move(pairs).error();
    (headers ? extra_headers : extra_parameters) = std::move(*pairs);
  } else if (name == "user_agent") {
    user_agent = value;
  } else if (name == "jwks") {
    Jwks keys;
    if (auto read = keys.read(value); !read) return Error::argument(name, "is no JSON Web Key Set of at most 64 keys");
    jwks = value;
  } else if (name == "jwks_path") {
    if (!value.starts_with('/') || value.starts_with("//")) return Error::argument(name, "does not begin with one slash");
    const std::string whole = join({"https://site", value});
    const auto url = parse_url(whole);
    if (!url || url->has_fragment || url->path.find("/.") != std::string_view::npos)
      return Error::argument(name, "is no plain path");
    jwks_path = value;
  } else if (name == "attestation_key") {
    auto key = RsaKey::from_pem(value, name);
    if (!key) return std::move(key).error();
    attestation_key = std::move(*key);
  } else if (name == "attestation_signer") {
    host_signs = value == "host";
  } else if (name == "attestation_audience") {
    attestation_audience = value;
  } else if (name == "attestation_subject") {
    attestation_subject = value;
  } else if (name == "attestation_lifetime_s") {
    attestation_lifetime_s = read_decimal(value).value_or(kDefaultAssertionLifetimeS);
  } else if (name == "seal_keys") {
    return take_seal_keys(value);
  } else if (name == "seal_lifetime_s") {
    seal_lifetime_s = read_decimal(value).value_or(kDefaultSealLifetimeS);
  } else if (name.starts_with("integration_")) {
    return take_integration(name, value);
  } else if (name == "first_party_redirect_uri") {
    first_party_redirect_uri = value == "true";
  } else if (name == "first_party_response_type") {
    first_party_response_type = value == "true";
  } else if (name == "timeout_ms") {
    timeout_ms = read_decimal(value).value_or(kDefaultTimeoutMs);
  } else if (name == "http_version") {
    http_1_only = value == "1.1";
  } else if (name == "proxy") {
    if (const std::string other = not_a_proxy(value); !other.empty()) return Error::argument(name, other);
    proxy = Secret(value);
  } else if (name == "ca_file") {
    ca_file = value;
  } else if (name == "max_connections") {
    max_connections = read_decimal(value).value_or(kDefaultMaxConnections);
  } else if (name == "send_code_challenge_method") {
    send_code_challenge_method = value == "true";
  } else if (name == "verify_jwt") {
    verify_jwt = value == "true";
  } else if (name == "proxy_from_environment") {
    proxy_from_environment = value == "true";
  }
  return {};
}

Result<void> App::take_seal_keys(std::string_view value) {
  while (!value.empty()) {
    const size_t end = std::min(value.find(' '), value.size());
    const std::string_view word = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    const size_t colon = word.find(':');
    const std::string_view id = word.substr(0, std::min(colon, word.size()));
    if (colon == std::string_view::npos || id.size() > kMaxSealKeyId || !is_header_name(id)) {
      return Error::argument("seal_keys",
                             "has a word that is not of the form id:key, with an id of at most 16 letters, digits, - or _");
    }
    auto key = read_seal_key(word.substr(colon + 1));
    if (!key) return Error::argument("seal_keys", "has a key that is not 32 bytes in base64");
    const bool twice = std::any_of(seal_keys.begin(), seal_keys.end(), [&](const auto& own) { return own.first == id; });
    if (twice) return Error::argument("seal_keys", "has an id twice");
    if (seal_keys.size() == kMaxSealKeys) return Error::argument("seal_keys", "has more than 8 keys");
    seal_keys.emplace_back(std::string(id), std::move(*key));
  }
  return {};
}

Result<void> App::take_integration(std::string_view name, std::string_view value) {
  if (name == "integration_client_id") {
    integration.client_id = value;
  } else if (name == "integration_client_secret") {
    integration.client_secret = Secret(value);
  } else if (name == "integration_key") {
    auto key = RsaKey::from_pem(value, name);
    if (!key) return std::move(key).error();
    integration.key = std::move(*key);
  } else if (name == "integration_username") {
    integration.username = value;
  } else if (name == "integration_audience") {
    integration.audience = value;
  } else if (name == "integration_site") {
    const auto url = parse_url(value);
    const bool https = url && equals_ignoring_case(url->scheme, "https");
    const bool loopback = url && equals_ignoring_case(url->scheme, "http") && allow_http_loopback_ && is_loopback(url->host);
    if (!url || !url->has_authority || (!https && !loopback)) return Error::argument(name, "is no https address");
    if (url->has_userinfo || url->has_query || url->has_fragment) return Error::argument(name, "has more than host and path");
    if (const std::string other = not_a_site(*url, true); !other.empty()) return Error::argument(name, other);
    while (value.ends_with('/')) value.remove_suffix(1);
    integration.site = value;
  }
  return {};
}

Result<void> App::check_integration() const {
  const bool secret = !integration.client_secret.empty();
  const bool key = integration.key.has_value();
  const bool any = secret || key || !integration.username.empty() || !integration.site.empty() || !integration.audience.empty();
  if (any && !integration.exists())
    return Error::argument("integration_client_id", "is missing beside the other integration settings");
  if (!integration.exists()) return {};
  if (secret == key) return Error::argument("integration_client_secret", "or integration_key must be given, and not both");
  if (key && integration.username.empty())
    return Error::argument("integration_username", "is missing, and integration_key needs it");
  if (!key && !integration.username.empty()) return Error::argument("integration_username", "is given without integration_key");
  return {};
}

Result<void> App::check_together(bool auth_method_given) {
  if (auto good = check_integration(); !good) return good;
  if (client_auth == ClientAuth::private_key_jwt) {
    if (!attestation_key)
      return Error::argument("attestation_key", "is missing, and token_endpoint_auth_method private_key_jwt needs it");
    if (!client_secret.empty())
      return Error::argument("client_secret", "is given although token_endpoint_auth_method is private_key_jwt");
    return {};
  }
  if (!auth_method_given) client_auth = client_secret.empty() ? ClientAuth::none : ClientAuth::secret_post;
  if (client_auth != ClientAuth::none && client_secret.empty()) {
    return Error::argument("client_secret", "is missing, and token_endpoint_auth_method needs it");
  }
  if (client_auth == ClientAuth::none && !client_secret.empty()) {
    return Error::argument("token_endpoint_auth_method", "is none although there is a client_secret");
  }
  if (client_auth == ClientAuth::secret_basic && client_id.find(':') != std::string::npos) {
    return Error::argument("client_id", "has a colon, which client_secret_basic cannot carry (RFC 7617)");
  }
  return {};
}

void App::earn_repeat() const {
  int credit = repeat_credit_.load(std::memory_order_relaxed);
  while (credit < kRepeatCredit && !repeat_credit_.compare_exchange_weak(credit, credit + 1, std::memory_order_relaxed)) {
  }
}

bool App::spend_repeat() const {
  int credit = repeat_credit_.load(std::memory_order_relaxed);
  while (credit >= kRepeatCost) {
    if (repeat_credit_.compare_exchange_weak(credit, credit - kRepeatCost, std::memory_order_relaxed)) return true;
  }
  return false;
}

}  // namespace hlid
