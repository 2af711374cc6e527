#include "oauth/setting_values.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/aead.h"
#include "jose/jwks.h"
#include "oauth/site_address.h"

namespace hlid {
namespace {

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
constexpr std::string_view kOwnParameters[] = {"actor_token",
                                               "actor_token_type",
                                               "assertion",
                                               "assertion_type",
                                               "auth_session",
                                               "client_assertion",
                                               "client_assertion_type",
                                               "client_id",
                                               "client_secret",
                                               "code",
                                               "code_challenge",
                                               "code_challenge_method",
                                               "code_verifier",
                                               "customdata",
                                               "did",
                                               "display",
                                               "emailtemplate",
                                               "format",
                                               "grant_type",
                                               "identifier",
                                               "immediate",
                                               "login_hint",
                                               "login_otp",
                                               "login_type",
                                               "newpassword",
                                               "nonce",
                                               "oauth_consumer_key",
                                               "oauth_token",
                                               "otp",
                                               "password",
                                               "prompt",
                                               "recaptcha",
                                               "recaptchaevent",
                                               "redirect_uri",
                                               "refresh_token",
                                               "response_type",
                                               "scope",
                                               "sso_provider",
                                               "state",
                                               "subject_token",
                                               "subject_token_type",
                                               "token",
                                               "token_handler",
                                               "token_type_hint",
                                               "userdata",
                                               "username",
                                               "uvid_hint",
                                               "verificationmethod"};

template <size_t N>
bool is_in(const std::string_view (&list)[N], std::string_view name) {
  return std::any_of(std::begin(list), std::end(list), [&](std::string_view own) { return equals_ignoring_case(own, name); });
}

bool is_header_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

bool is_proxy_header(std::string_view name) {
  constexpr std::string_view kProxy = "proxy-";
  return name.size() >= kProxy.size() && equals_ignoring_case(name.substr(0, kProxy.size()), kProxy);
}

using Pairs = std::vector<std::pair<std::string, Secret>>;

Result<Pairs> read_pairs(const char* setting, std::string_view json, bool headers) {
  JsonDocument document;
  if (document.parse(json) != JsonFault::none || !document.root().is_object()) {
    return Error::argument(setting, "must be a JSON object without duplicate names");
  }
  Pairs out;
  for (const auto& member : document.root().members()) {
    const auto value = member.value.as_text();
    if (!value) return Error::argument(setting, "has a value that is not a string");
    if (headers ? !is_header_name(member.name) : (member.name.empty() || !is_visible_ascii(member.name))) {
      return Error::argument(setting, "has a name that cannot be sent");
    }
    if (headers ? has_control(*value) : value->find('\0') != std::string_view::npos) {
      return Error::argument(setting, headers ? "has a value with control characters" : "has a value with a NUL");
    }
    const bool twice = headers && std::any_of(out.begin(), out.end(),
                                              [&](const auto& own) { return equals_ignoring_case(own.first, member.name); });
    if (twice) return Error::argument(setting, "has a duplicate name");
    if (headers ? is_in(kOwnHeaders, member.name) : is_in(kOwnParameters, member.name)) {
      return Error::argument(setting, join({"names ", member.name, ", which the protocol uses itself"}));
    }
    if (headers && (is_in(kHopHeaders, member.name) || is_proxy_header(member.name))) {
      return Error::argument(setting, join({"names ", member.name, ", which belongs to the connection and not to the request"}));
    }
    out.emplace_back(std::string(member.name), Secret(*value));
  }
  return out;
}

// In either alphabet of base64, with and without padding, as the tool that made the key wrote it.
std::optional<Secret> read_seal_key(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  Secret plain(text);
  std::replace(plain.data(), plain.data() + plain.size(), '+', '-');
  std::replace(plain.data(), plain.data() + plain.size(), '/', '_');
  auto key = from_base64(plain.view(), Base64::url_unpadded);
  if (!key || key->size() != kAeadKey) return std::nullopt;
  return key;
}

bool is_http(const Url& url) { return equals_ignoring_case(url.scheme, "http"); }
bool is_https(const Url& url) { return equals_ignoring_case(url.scheme, "https"); }

Error not_https(const char* setting) {
  return Error::argument(setting, "must be https (plain http is allowed only for loopback hosts, with allow_http_loopback)");
}

std::string without_end(std::string_view address) {
  while (address.ends_with('/')) address.remove_suffix(1);
  return std::string(address);
}

}  // namespace

Result<void> take_site(App& app, const ValueSpec& spec, std::string_view value) {
  const auto url = parse_url(value);
  if (!url || !url->has_authority) return Error::argument(spec.name, "is not an address of the form https://host/prefix");
  if (!is_https(*url) && !(is_http(*url) && is_loopback(url->host))) return not_https(spec.name);
  if (url->has_userinfo) return Error::argument(spec.name, "contains a username or password");
  if (url->has_query || url->has_fragment) return Error::argument(spec.name, "has a query or a fragment");
  if (url->path.find("//") != std::string_view::npos || url->path.find("/.") != std::string_view::npos ||
      url->path.find('%') != std::string_view::npos) {
    return Error::argument(spec.name, "has a path prefix with empty, dotted or percent-encoded parts");
  }
  if (const std::string other = not_a_site(*url); !other.empty()) return Error::argument(spec.name, other);
  app.site = without_end(value);
  app.origin = origin_of(*url);
  return {};
}

Result<void> take_integration_site(App& app, const ValueSpec& spec, std::string_view value) {
  const auto url = parse_url(value);
  if (!url || !url->has_authority || (!is_https(*url) && !is_http(*url))) {
    return Error::argument(spec.name, "is not an https address");
  }
  if (!is_https(*url) && !is_loopback(url->host)) return not_https(spec.name);
  if (url->has_userinfo || url->has_query || url->has_fragment) {
    return Error::argument(spec.name, "has more than a host and a path");
  }
  if (const std::string other = not_an_org(*url); !other.empty()) return Error::argument(spec.name, other);
  app.integration.site = without_end(value);
  return {};
}

Result<void> check_scheme(const App& app, const char* setting, std::string_view address) {
  const auto url = parse_url(address);
  return url && is_http(*url) && !app.allow_http_loopback ? Result<void>(not_https(setting)) : Result<void>();
}

Result<void> take_redirect_uri(App& app, const ValueSpec& spec, std::string_view value) {
  const auto url = parse_url(value);
  if (!url) return Error::argument(spec.name, "is not an absolute URI");
  if (url->has_fragment) return Error::argument(spec.name, "has a fragment (RFC 6749 3.1.2)");
  if (url->has_userinfo) return Error::argument(spec.name, "contains a username or password");
  if (is_http(*url) && !is_loopback(url->host)) return Error::argument(spec.name, "is http on a host other than loopback");
  app.redirect_uri = value;
  return {};
}

Result<void> take_auth_method(App& app, const ValueSpec&, std::string_view value) {
  app.client_auth = value == "none"                  ? ClientAuth::none
                    : value == "client_secret_basic" ? ClientAuth::secret_basic
                    : value == "private_key_jwt"     ? ClientAuth::private_key_jwt
                                                     : ClientAuth::secret_post;
  return {};
}

Result<void> take_extra_headers(App& app, const ValueSpec& spec, std::string_view value) {
  auto pairs = read_pairs(spec.name, value, true);
  if (!pairs) return std::move(pairs).error();
  app.extra_headers = std::move(*pairs);
  return {};
}

Result<void> take_extra_parameters(App& app, const ValueSpec& spec, std::string_view value) {
  auto pairs = read_pairs(spec.name, value, false);
  if (!pairs) return std::move(pairs).error();
  app.extra_parameters = std::move(*pairs);
  return {};
}

Result<void> take_jwks(App& app, const ValueSpec& spec, std::string_view value) {
  auto keys = std::make_shared<Jwks>();
  if (auto read = keys->read(value); !read) return Error::argument(spec.name, "must be a JSON Web Key Set of at most 64 keys");
  app.jwks = std::move(keys);
  return {};
}

Result<void> take_jwks_path(App& app, const ValueSpec& spec, std::string_view value) {
  if (!value.starts_with('/') || value.starts_with("//")) return Error::argument(spec.name, "must begin with exactly one slash");
  const std::string whole = join({"https://site", value});
  const auto url = parse_url(whole);
  if (!url || url->has_fragment || url->path.find("/.") != std::string_view::npos) {
    return Error::argument(spec.name, "is not a plain path");
  }
  app.jwks_path = value;
  return {};
}

Result<void> take_proxy(App& app, const ValueSpec& spec, std::string_view value) {
  if (const std::string other = not_a_proxy(value); !other.empty()) return Error::argument(spec.name, other);
  app.proxy = Secret(value);
  return {};
}

Result<void> take_private_key(App& app, const ValueSpec& spec, std::string_view value) {
  auto key = RsaKey::from_pem(value, spec.name);
  if (!key) return std::move(key).error();
  app.private_key = std::move(*key);
  return {};
}

Result<void> take_integration_key(App& app, const ValueSpec& spec, std::string_view value) {
  auto key = RsaKey::from_pem(value, spec.name);
  if (!key) return std::move(key).error();
  app.integration.key = std::move(*key);
  return {};
}

namespace {

Error wrong_key(const ValueSpec& spec, std::string_view why) { return Error::argument(spec.name, join({why, kSealKeyForm})); }

}  // namespace

Result<SealKeys> read_seal_keys(const ValueSpec& spec, std::string_view value) {
  SealKeys out;
  while (!value.empty()) {
    const size_t end = std::min(value.find(' '), value.size());
    const std::string_view word = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    const size_t colon = word.find(':');
    const std::string_view id = word.substr(0, std::min(colon, word.size()));
    if (colon == std::string_view::npos || id.size() > kMaxSealKeyId || !is_header_name(id)) {
      return wrong_key(spec, "has a word that is not of the form id:key, with an id of at most 16 letters, digits, - or _");
    }
    auto key = read_seal_key(word.substr(colon + 1));
    if (!key) return wrong_key(spec, "has a key that is not 32 bytes in base64");
    const bool twice = std::any_of(out.begin(), out.end(), [&](const auto& own) { return own.first == id; });
    if (twice) return wrong_key(spec, "has a duplicate id");
    if (out.size() == kMaxSealKeys) return wrong_key(spec, "has more than 8 keys");
    out.emplace_back(std::string(id), std::move(*key));
  }
  return out;
}

namespace {

Result<void> take_keys(SealKeys& into, const ValueSpec& spec, std::string_view value) {
  auto keys = read_seal_keys(spec, value);
  if (!keys) return std::move(keys).error();
  into = std::move(*keys);
  return {};
}

}  // namespace

Result<void> take_seal_keys(App& app, const ValueSpec& spec, std::string_view value) {
  return take_keys(app.seal_keys, spec, value);
}

Result<void> take_session_keys(App& app, const ValueSpec& spec, std::string_view value) {
  return take_keys(app.session_keys, spec, value);
}

}  // namespace hlid
