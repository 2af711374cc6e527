// oauth1: OAuth 1.0a, at the org's own host: a request token, the page where a person approves, an access token, and the signed
// login that turns it into a session. Each signature is computed here from what arrived.
#include "simulator/oauth1.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "simulator/crypto.h"
#include "simulator/endpoints.h"
#include "simulator/html.h"

namespace hlid_sim {
namespace {

constexpr std::string_view kPage = "/setup/secur/RemoteAccessAuthorizationPage.apexp";
constexpr std::string_view kLogin = "/services/OAuth/";
constexpr const char* kOutOfBand = "oob";
constexpr int64_t kLifetimeMs = 15 * 60'000;
constexpr int64_t kToleranceMs = 3 * 60'000;
constexpr int kMaxAttempts = 3;
constexpr size_t kMaxNonces = 200'000;

struct Fault {
  int number;  // 0: Salesforce documents none
  const char* name;
  const char* problem;
};
constexpr Fault kNonceReplay{1701, "Nonce Replay Detected", "nonce_used"};
constexpr Fault kNoKey{1702, "Missing Consumer Key Parameter", "parameter_absent&oauth_parameters_absent=oauth_consumer_key"};
constexpr Fault kBadToken{1703, "Invalid Access Token", "token_rejected"};
constexpr Fault kBadVersion{1704, "Version Not Supported", "version_rejected"};
constexpr Fault kBadTimestamp{1705, "Invalid Timestamp", "timestamp_refused"};
constexpr Fault kNoNonce{1706, "Invalid Nonce", "parameter_absent&oauth_parameters_absent=oauth_nonce"};
constexpr Fault kNoToken{1707, "Missing OAuth Token Parameter", "parameter_absent&oauth_parameters_absent=oauth_token"};
constexpr Fault kBadAddress{1708, "IP Address Not Allowed", "1708"};
constexpr Fault kBadMethod{1709, "Invalid Signature Method", "signature_method_rejected"};
constexpr Fault kBadCallback{1710, "Invalid Callback URL", "1710"};
constexpr Fault kBadVerifier{1711, "Invalid Verifier", "verifier_invalid"};
constexpr Fault kTooMany{1712, "Get Access Token Limit Exceeded", "1712"};
constexpr Fault kDeleted{1713, "Consumer Deleted", "consumer_key_unknown"};
constexpr Fault kApiDisabled{1716, "OAuth Api Access Disabled", "1716"};
constexpr Fault kBadSignature{0, "Invalid Signature", "signature_invalid"};

// Where Salesforce puts the number is not documented.
[[noreturn]] void fail(const Org& org, const Fault& fault) {
  const std::string shape = org.settings().oauth1_error_shape;
  const std::string text = (fault.number == 0 ? "" : std::to_string(fault.number) + " ") + "Failed: " + fault.name;
  Response response;
  response.status = 401;
  if (shape == "form") {
    response.content_type = "application/x-www-form-urlencoded";
    response.body = std::string("oauth_problem=") + fault.problem;
  } else if (shape == "page") {
    response.content_type = "text/html;charset=UTF-8";
    response.body =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>" + text + "</title></head><body><p>" + text + "</p></body></html>\n";
  } else {
    response.content_type = "text/plain;charset=UTF-8";
    response.body = text;
  }
  refuse(std::move(response));
}

std::string decoded(const Org& org, std::string_view text) {
  // A '+' is itself here, and no space.
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) fail(org, kBadSignature);
    out += *byte;
    i += 2;
  }
  return out;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Authorization: OAuth a="b", c="d"; or the same as a form in the body.
Pairs read_parameters(const Org& org, const Request& request) {
  Pairs out;
  const auto header = request.header("authorization");
  if (!header) {
    if (request.body.empty()) return out;
    const Form form = Form::body_of(request);
    for (const auto& [name, value] : form.fields()) out.emplace_back(name, value);
    return out;
  }
  if (!request.body.empty()) refuse("invalid_request", "the body must be empty");
  std::string_view rest = *header;
  if (!rest.starts_with("OAuth ")) return out;
  rest.remove_prefix(6);
  while (!rest.empty()) {
    const size_t equals = rest.find("=\"");
    const size_t end = equals == std::string_view::npos ? equals : rest.find('"', equals + 2);
    if (end == std::string_view::npos) fail(org, kBadSignature);
    const std::string name = decoded(org, rest.substr(0, equals));
    const bool twice = std::any_of(out.begin(), out.end(), [&](const auto& pair) { return pair.first == name; });
    if (twice) fail(org, kBadSignature);
    out.emplace_back(name, decoded(org, rest.substr(equals + 2, end - equals - 2)));
    rest.remove_prefix(end + 1);
    const size_t next = rest.find_first_not_of(", ");
    rest.remove_prefix(std::min(next, rest.size()));
  }
  return out;
}

// RFC 5849 3.4.
std::string signature_of(const Org& org, const Request& request, const Pairs& parameters, const std::string& client_secret,
                         const std::string& token_secret) {
  Pairs sorted;
  for (const auto& [name, value] : parameters) {
    if (name != "oauth_signature" && name != "realm") sorted.emplace_back(form_encode(name), form_encode(value));
  }
  if (!request.query.empty()) {
    const Form query = Form::query_of(request);
    for (const auto& [name, value] : query.fields()) sorted.emplace_back(form_encode(name), form_encode(value));
  }
  std::sort(sorted.begin(), sorted.end());
  std::string normalized;
  for (const auto& [name, value] : sorted) normalized += (normalized.empty() ? "" : "&") + name + "=" + value;
  // The address by which the client called: any of the org's own names.
  const std::string scheme = org.origin().substr(0, org.origin().find("://") + 3);
  std::string url = scheme + request.header("host").value_or("");
  std::transform(url.begin(), url.end(), url.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const std::string_view port : {":443", ":80"}) {
    if (url.ends_with(port) && (scheme == "https://") == (port == ":443")) url.resize(url.size() - port.size());
  }
  const std::string base = request.method + "&" + form_encode(url + request.path) + "&" + form_encode(normalized);
  return base64(hmac_sha1(form_encode(client_secret) + "&" + form_encode(token_secret), base));
}

struct Signed {
  std::shared_ptr<const App> app;
  Pairs parameters;
  std::string get(std::string_view name) const {
    for (const auto& [own, value] : parameters) {
      if (own == name) return value;
    }
    return {};
  }
};

// All but the signature, which may need the secret of a token.
Signed read_request(const Org& org, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST", 405);
  Signed out;
  out.parameters = read_parameters(org, request);
  const std::string client_id = out.get("oauth_consumer_key");
  if (client_id.empty()) fail(org, kNoKey);
  out.app = org.directory()->find_app(client_id);
  if (!out.app || out.app->client_secret.empty()) fail(org, kDeleted);
  if (!out.app->refused_with.empty()) refuse(out.app->refused_with, "refused by the app's switch");
  if (out.get("oauth_signature_method") != "HMAC-SHA1") fail(org, kBadMethod);
  if (const auto version = out.get("oauth_version"); !version.empty() && version != "1.0") fail(org, kBadVersion);
  const std::string text = out.get("oauth_timestamp");
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) fail(org, kBadTimestamp);
  if (seconds * 1000 < org.now_ms() - kToleranceMs || seconds * 1000 > org.now_ms() + kToleranceMs) fail(org, kBadTimestamp);
  if (out.get("oauth_nonce").empty()) fail(org, kNoNonce);
  if (!org.settings().is_oauth1_api_access_enabled) fail(org, kApiDisabled);
  if (!org.settings().is_oauth1_ip_allowed) fail(org, kBadAddress);
  return out;
}

void check_signature(Org& org, const Request& request, const Signed& from, const std::string& token_secret) {
  if (from.get("oauth_signature") != signature_of(org, request, from.parameters, from.app->client_secret, token_secret))
    fail(org, kBadSignature);
  if (!org.oauth1()->spend_nonce(from.app->client_id, from.get("oauth_timestamp"), from.get("oauth_nonce")))
    fail(org, kNonceReplay);
}

bool is_callback(const Org& org, const App& app, const std::string& callback) {
  if (callback == kOutOfBand) return true;
  const size_t colon = callback.find(':');
  return colon != std::string::npos && colon > 0 && callback.substr(0, colon) != "http" && org.is_registered(app, callback);
}

Response form_response(const Pairs& pairs) {
  Response response;
  response.content_type = "application/x-www-form-urlencoded";
  for (const auto& [name, value] : pairs) response.body += (response.body.empty() ? "" : "&") + name + "=" + form_encode(value);
  return response;
}

Response page(const std::string& inside) {
  Response response;
  response.content_type = "text/html;charset=UTF-8";
  response.body = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Allow Access?</title></head><body>\n" +
                  inside + "</body></html>\n";
  return response;
}

Response back_to(const std::string& callback, const std::string& query) {
  return redirect(callback + (callback.find('?') == std::string::npos ? "?" : "&") + query);
}

// Escaped as text in XML.
std::string element(const std::string& name, const std::string& text) {
  return "<" + name + ">" + escape_html(text) + "</" + name + ">";
}

bool is_version(std::string_view text) {
  const size_t dot = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return dot != std::string_view::npos && digits(text.substr(0, dot)) && digits(text.substr(dot + 1));
}

}  // namespace

bool OAuth1Tokens::spend_nonce(const std::string& client_id, const std::string& timestamp, const std::string& nonce) {
  const std::lock_guard lock(mutex_);
  if (nonces_.size() >= kMaxNonces) nonces_.clear();
  return nonces_.insert(sha256(client_id + "\n" + timestamp + "\n" + nonce)).second;
}

std::string OAuth1Tokens::add(RequestToken token) {
  std::string name = base64url(random_bytes(24));
  const std::lock_guard lock(mutex_);
  requests_[name] = std::move(token);
  return name;
}

std::optional<RequestToken> OAuth1Tokens::find_request(const std::string& token, int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  const auto found = requests_.find(token);
  if (found == requests_.end() || found->second.until_ms <= now_ms) return std::nullopt;
  return found->second;
}

std::string OAuth1Tokens::approve(const std::string& token, const std::string& username, int64_t now_ms) {
  if (!find_request(token, now_ms)) return {};
  const std::lock_guard lock(mutex_);
  RequestToken& request = requests_[token];
  request.username = username;
  request.verifier = base64url(random_bytes(12));
  return request.verifier;
}

int OAuth1Tokens::count_attempt(const std::string& token) {
  const std::lock_guard lock(mutex_);
  return ++requests_[token].attempts;
}

std::string OAuth1Tokens::exchange(const std::string& token, OAuth1Access access) {
  std::string name = base64url(random_bytes(36));
  const std::lock_guard lock(mutex_);
  requests_.erase(token);
  accesses_[name] = std::move(access);
  return name;
}

std::optional<OAuth1Access> OAuth1Tokens::find_access(const std::string& token) const {
  const std::lock_guard lock(mutex_);
  const auto found = accesses_.find(token);
  return found == accesses_.end() ? std::nullopt : std::optional(found->second);
}

Response oauth1_request_token(Org& org, const Request& request) {
  const Signed from = read_request(org, request);
  check_signature(org, request, from, "");
  const std::string callback = from.get("oauth_callback");
  if (!is_callback(org, *from.app, callback)) fail(org, kBadCallback);
  RequestToken token;
  token.client_id = from.app->client_id;
  token.secret = base64(random_bytes(18));
  token.callback = callback;
  token.until_ms = org.now_ms() + kLifetimeMs + kToleranceMs;
  const std::string secret = token.secret;
  return form_response({{"oauth_token", org.oauth1()->add(std::move(token))},
                        {"oauth_token_secret", secret},
                        {"oauth_callback_confirmed", "true"}});
}

// A test without a browser adds &user=NAME or &deny=1 to the address.
Response oauth1_authorize(Org& org, const Request& request) {
  if (request.method != "GET") refuse("invalid_request", "must use HTTP GET", 405);
  const Form query = Form::query_of(request);
  const std::string token = query.require("oauth_token");
  const auto found = org.oauth1()->find_request(token, org.now_ms());
  if (!found || query.require("oauth_consumer_key") != found->client_id) fail(org, kBadToken);
  const bool shows = found->callback == kOutOfBand;
  const auto refused = [&] {
    return shows ? page("<h1>Access denied</h1>\n")
                 : back_to(found->callback, "oauth_problem=user_refused&oauth_token=" + form_encode(token));
  };
  if (query.has("deny")) return refused();
  const auto username = query.get("user");
  if (!username) {
    const std::string self = org.origin() + std::string(kPage) + "?" + request.query;
    std::string links = "<h1>Allow Access?</h1>\n";
    for (const auto& name : org.directory()->usernames()) {
      links +=
          "<p><a href=\"" + escape_html(self + "&user=" + form_encode(name)) + "\">Allow as " + escape_html(name) + "</a></p>\n";
    }
    return page(links + "<p><a href=\"" + escape_html(self + "&deny=1") + "\">Deny</a></p>\n");
  }
  const auto user = org.directory()->find_user(*username);
  const auto app = org.directory()->find_app(found->client_id);
  // This page is where a person approves the app, unless an admin has to.
  if (!user || !app || !org.directory()->may_sign_in(*user) || (app->admin_approved && !user->admin_approved) ||
      !app->refused_with.empty())
    return refused();
  const std::string verifier = org.oauth1()->approve(token, user->username, org.now_ms());
  if (shows) return page("<h1>Access allowed</h1>\n<p>Verifier: <code>" + verifier + "</code></p>\n");
  return back_to(found->callback, "oauth_token=" + form_encode(token) + "&oauth_verifier=" + form_encode(verifier));
}

Response oauth1_access_token(Org& org, const Request& request) {
  const Signed from = read_request(org, request);
  const std::string token = from.get("oauth_token");
  if (token.empty()) fail(org, kNoToken);
  org.watch()->count_use("request_tokens", token);
  const auto found = org.oauth1()->find_request(token, org.now_ms());
  if (!found || found->client_id != from.app->client_id) fail(org, kBadToken);
  check_signature(org, request, from, found->secret);
  if (org.oauth1()->count_attempt(token) > kMaxAttempts) fail(org, kTooMany);
  if (found->verifier.empty() || from.get("oauth_verifier") != found->verifier) fail(org, kBadVerifier);
  const std::string secret = base64(random_bytes(18));
  return form_response({{"oauth_token", org.oauth1()->exchange(token, {found->client_id, secret, found->username})},
                        {"oauth_token_secret", secret}});
}

// POST /services/OAuth/u/67.0, u for the Partner API and c for Enterprise.
Response oauth1_login(Org& org, const Request& request) {
  const std::string_view rest = std::string_view(request.path).substr(kLogin.size());
  const std::string api(rest.substr(0, rest.find('/')));
  const std::string version(rest.substr(std::min(rest.find('/') + 1, rest.size())));
  if ((api != "u" && api != "c") || !is_version(version)) refuse("NOT_FOUND", "there is no such API", 404);
  const Signed from = read_request(org, request);
  const std::string token = from.get("oauth_token");
  if (token.empty()) fail(org, kNoToken);
  const auto found = org.oauth1()->find_access(token);
  if (!found || found->client_id != from.app->client_id) fail(org, kBadToken);
  // The signature is computed without these two, whatever the client signed.
  if (!from.get("oauth_verifier").empty() || !from.get("oauth_callback").empty()) fail(org, kBadSignature);
  check_signature(org, request, from, found->secret);
  const auto user = org.directory()->find_user(found->username);
  if (!user || !user->active) fail(org, kBadToken);
  auto grant = std::make_shared<Grant>();
  grant->client_id = from.app->client_id;
  grant->username = user->username;
  grant->scopes = {"full"};
  const std::string session = std::string(kOrgId).substr(0, 15) + "!" + base64url(random_bytes(60));
  AccessToken record;
  record.grant = grant;
  record.scopes = grant->scopes;
  record.issued_ms = org.now_ms();
  record.expires_ms = org.now_ms() + int64_t{org.settings().session_timeout_min} * 60'000;
  org.tokens()->remember_access_token(session, std::move(record));
  const std::string behind = "/" + version + "/" + std::string(kOrgId).substr(0, 15);
  Response response;
  response.content_type = "text/xml;charset=UTF-8";
  response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><response>" +
                  element("metadataServerUrl", org.origin() + "/services/Soap/m" + behind) + element("sandbox", "false") +
                  element("serverUrl", org.origin() + "/services/Soap/" + api + behind) + element("sessionId", session) +
                  "</response>";
  return response;
}

}  // namespace hlid_sim
