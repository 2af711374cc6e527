// OAuth 1.0a: a request token, the person's approval in a browser, an access token, and the signed login that turns it into a
// session.
#include <array>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "codec/form.h"
#include "codec/url.h"
#include "crypto/random.h"
#include "engine/request.h"
#include "engine/spec.h"
#include "flows/parts/person.h"
#include "flows/registry.h"
#include "oauth/authorize_response.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/oauth1_response.h"
#include "oauth/oauth1_signature.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr size_t kMaxApiVersion = 8;
constexpr const char* kDefaultApi = "u";
constexpr const char* kDefaultApiVersion = "67.0";
constexpr const char* kOutOfBand = "oob";

constexpr const char* kApis[] = {"u", "c"};
constexpr const char* kCallbacks[] = {kOutOfBand};
constexpr const char* kInsteadOfLegs[] = {"oauth_token"};
constexpr const char* kInsteadOfToken[] = {"oauth_callback"};

constexpr ValueSpec kParameters[] = {
    {.name = "oauth_callback",
     .choices = kCallbacks,
     .excludes = kInsteadOfLegs,
     .doc = "oob: the page shows the person a verifier to type, for a program that no browser can come back to.",
     .default_text = "the setting redirect_uri"},
    {.name = "token_only",
     .kind = ValueKind::flag,
     .doc =
         "With true, the flow ends before the login: the result has the access token and its secret, and no session. A later flow "
         "gets one for them (oauth_token, oauth_token_secret).",
     .default_text = "false"},
    {.name = "api",
     .choices = kApis,
     .doc = "The API that server_url is for: u, Partner, or c, Enterprise.",
     .default_text = kDefaultApi},
    {.name = "api_version",
     .charset = Charset::visible,
     .max_bytes = kMaxApiVersion,
     .doc = "Version of that API, such as 67.0.",
     .default_text = kDefaultApiVersion},
    {.name = "oauth_token",
     .charset = Charset::printable,
     .secret = true,
     .max_bytes = kMaxToken,
     .excludes = kInsteadOfToken,
     .doc = "An access token of an earlier flow: no person is asked, and it becomes a session at once.",
     .is_token = true,
     .in_ticket = InTicket::never},
    {.name = "oauth_token_secret",
     .charset = Charset::printable,
     .secret = true,
     .max_bytes = kMaxToken,
     .doc = "The secret of oauth_token.",
     .in_ticket = InTicket::never},
};

constexpr const char* kInsteadOfVerifier[] = {"oauth_verifier"};
constexpr const char* kInsteadOfCallback[] = {"callback_url"};
constexpr ValueSpec kCallbackAsk = {
    .name = "callback_url",
    .charset = Charset::visible,
    .secret = true,
    .max_bytes = kMaxLocation,
    .excludes = kInsteadOfVerifier,
    .doc =
        "The whole address at which the browser arrived: the app's redirect_uri with oauth_token and oauth_verifier. Any other "
        "address is refused and the flow waits on; the first that is the callback counts.",
    .trimmed = true};
constexpr ValueSpec kVerifierAsk = {.name = "oauth_verifier",
                                    .charset = Charset::visible,
                                    .secret = true,
                                    .max_bytes = kMaxCode,
                                    .excludes = kInsteadOfCallback,
                                    .doc =
                                        "With oauth_callback oob: the verifier that the page shows. A wrong one can be "
                                        "corrected; Salesforce accepts three attempts.",
                                    .trimmed = true};

constexpr FieldSpec kFields[] = {
    {"oauth_token", ValueKind::text, true, "The access token. Salesforce's APIs do not accept it: they accept session_id.", true},
    {"oauth_token_secret", ValueKind::text, true, "The secret of oauth_token.", true},
    {"session_id", ValueKind::text, true, "The session, for Authorization: OAuth or Bearer; absent without the login."},
    {"server_url", ValueKind::url, false, "Address of the API that was asked for, if it is the org's or a Salesforce host's."},
    {"metadata_server_url", ValueKind::url, false, "Address of the Metadata API, with the same rule."},
    {"sandbox", ValueKind::flag, false, "Whether the org is a sandbox, as the server says."},
    {"raw", ValueKind::text, true, "The login's original response, XML; absent from a result that was stored and restored."},
};
constexpr ResultSpec kResult = {"OAuth1Session", "An OAuth 1.0a access token, and the session that it was turned into.", kFields};

constexpr OrgSetting kOrgSettings[] = {org::kConnectedAppCallback, org::kUserApiEnabled, org::kUserLoginRules};
constexpr std::string_view kNeeds[] = {"client_secret"};
constexpr HostKind kHosts[] = {HostKind::my_domain, HostKind::login};

constexpr SlotSpec kRequestToken{"request_token", InTicket::always};
constexpr SlotSpec kRequestSecret{"request_token_secret", InTicket::always};
constexpr SlotSpec kVerifier{"oauth_verifier"};
constexpr SlotSpec kAccessToken{"oauth_token"};
constexpr SlotSpec kAccessSecret{"oauth_token_secret"};

enum State : uint8_t { kBegin, kRequest, kShow, kShowOutOfBand, kAccess, kLogin, kDone };

bool is_out_of_band(const Context& flow) { return flow.parameter("oauth_callback").has_value(); }
bool wants_login(const Context& flow) { return flow.parameter("token_only").value_or("false") != "true"; }

// Letters and digits, and few: some servers accept nothing else as a nonce.
Secret hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Secret out;
  for (const char c : bytes) {
    out.append(kDigits[static_cast<unsigned char>(c) >> 4U]);
    out.append(kDigits[static_cast<unsigned char>(c) & 15U]);
  }
  return out;
}

// A new nonce and the present second for each request, a repeated one too: the server accepts no nonce twice.
Result<void> sign(Context& flow, std::string_view token, std::string_view token_secret, OAuth1Parameter own) {
  const auto bytes = random_bytes(kNonceBytes);
  if (!bytes) return bytes.error().clone();
  const Secret nonce = hex_of(bytes->view());
  const std::string timestamp = std::to_string(std::max<int64_t>(0, flow.now_ms / 1000));
  std::array<OAuth1Parameter, 7> parameters;
  size_t count = 0;
  const auto add = [&](OAuth1Parameter parameter) {
    if (!parameter.second.empty()) parameters[count++] = parameter;
  };
  add(own);
  add({"oauth_consumer_key", flow.app.client_id});
  add({"oauth_token", token});
  add({"oauth_signature_method", "HMAC-SHA1"});
  add({"oauth_timestamp", timestamp});
  add({"oauth_nonce", nonce.view()});
  add({"oauth_version", "1.0"});
  const std::span<const OAuth1Parameter> all(parameters.data(), count);
  const auto base = oauth1_base_string(flow.request.method, flow.request.url, flow.request.body.view(), all);
  if (!base) return Error::argument("site", "is not an address that OAuth 1.0a can sign");
  const Secret signature = oauth1_signature(base->view(), flow.app.client_secret.view(), token_secret);
  flow.hide(signature.view());
  add_secret_header(flow, "Authorization", oauth1_authorization(all, signature.view()).view());
  return {};
}

Result<void> sign_request(Context& flow) {
  return sign(flow, {}, {}, {"oauth_callback", is_out_of_band(flow) ? kOutOfBand : std::string_view(flow.app.redirect_uri)});
}
Result<void> sign_access(Context& flow) {
  return sign(flow, flow.slot(kRequestToken), flow.slot(kRequestSecret), {"oauth_verifier", flow.slot(kVerifier)});
}
// Without the verifier: the server rejects a signature that covers it here.
Result<void> sign_login(Context& flow) { return sign(flow, flow.slot(kAccessToken), flow.slot(kAccessSecret), {}); }

// A request token without an approval is worth nothing, and each login makes a session: both may be repeated.
constexpr RequestSpec kRequestTokenRequest{.name = "request_token",
                                           .endpoint = Endpoint::request_token,
                                           .path = "/_nc_external/system/security/oauth/RequestTokenHandler",
                                           .base = Base::org,
                                           .body = Body::none,
                                           .accept = "*/*",
                                           .retry_safe = true,
                                           .extras = Extras::headers,
                                           .sign = sign_request};
constexpr RequestSpec kAccessTokenRequest{.name = "access_token",
                                          .endpoint = Endpoint::access_token,
                                          .path = "/_nc_external/system/security/oauth/AccessTokenHandler",
                                          .base = Base::org,
                                          .body = Body::none,
                                          .accept = "*/*",
                                          .extras = Extras::headers,
                                          .sign = sign_access};
constexpr RequestSpec kLoginRequest{.name = "login",
                                    .endpoint = Endpoint::oauth1_login,
                                    .path = "/services/OAuth/",
                                    .base = Base::org,
                                    .body = Body::none,
                                    .accept = "*/*",
                                    .retry_safe = true,
                                    .extras = Extras::headers,
                                    .sign = sign_login};

// "67.0"
bool is_api_version(std::string_view text) {
  const size_t dot = text.find('.');
  const auto major = read_decimal(text.substr(0, dot));
  return dot != std::string_view::npos && dot <= 3 && text.size() == dot + 2 && major && *major > 0 &&
         read_decimal(text.substr(dot + 1)).has_value();
}

Result<void> check(Context& flow) {
  const bool token = flow.parameter("oauth_token").has_value();
  if (token != flow.parameter("oauth_token_secret").has_value()) {
    return Error::argument(token ? "oauth_token_secret" : "oauth_token",
                           token ? "is required with oauth_token" : "is required with oauth_token_secret");
  }
  if (token && !wants_login(flow))
    return Error::argument("token_only", "cannot be true with oauth_token: nothing would be left to do");
  if (!is_api_version(flow.parameter("api_version").value_or(kDefaultApiVersion))) {
    return Error::argument("api_version", "is not of the form 67.0");
  }
  if (token || is_out_of_band(flow)) return {};
  const std::string_view callback = flow.app.redirect_uri;
  if (callback.empty()) return Error::argument("redirect_uri", "is required by oauth1, unless oauth_callback is oob");
  const auto url = parse_url(callback);
  if (!url || equals_ignoring_case(url->scheme, "http")) {
    return Error::argument("redirect_uri", "is http: OAuth 1.0a at Salesforce requires https or a scheme of the app's own");
  }
  return {};
}

Result<void> no_wait(Context& flow) {
  flow.wait_until_ms = flow.now_ms;
  return {};
}

Next<kRequest, kLogin> begin(Context& flow) {
  const auto token = flow.parameter("oauth_token");
  if (!token) return to<kRequest>;
  flow.keep(kAccessToken, *token);
  flow.keep(kAccessSecret, *flow.parameter("oauth_token_secret"));
  return to<kLogin>;
}

Result<void> fill_nothing(Context&) { return {}; }

Next<kShow, kShowOutOfBand> got_request_token(Context& flow) {
  auto read = read_oauth1_token(flow.response, kMaxRequestToken, flow.refusal(), flow.now_ms);
  if (!read) return std::move(read).error();
  flow.keep(kRequestToken, std::move(read->token));
  flow.keep(kRequestSecret, std::move(read->secret));
  if (is_out_of_band(flow)) return to<kShowOutOfBand>;
  return to<kShow>;
}

Result<void> show(Context& flow) {
  Secret query;
  FormWriter form(query);
  form.add("oauth_token", flow.slot(kRequestToken));
  form.add("oauth_consumer_key", flow.app.client_id);
  Secret& url = flow.show->url;
  url.append(flow.app.origin);
  url.append("/setup/secur/RemoteAccessAuthorizationPage.apexp?");
  url.append(query.view());
  return {};
}

Result<void> check_given(const Context& flow, std::string_view name, std::string_view value) {
  return name == kCallbackAsk.name ? check_callback_address(name, value, flow.app.redirect_uri) : Result<void>();
}

Next<kAccess> take_callback(Context& flow) {
  auto verifier = read_oauth1_callback(flow.given.view(), flow.app.redirect_uri, flow.slot(kRequestToken),
                                       {Endpoint::authorize, flow.errors, true});
  if (!verifier) return std::move(verifier).error();
  flow.keep(kVerifier, std::move(*verifier));
  return to<kAccess>;
}

Next<kAccess> take_verifier(Context& flow) {
  flow.keep(kVerifier, std::move(flow.given));
  return to<kAccess>;
}

// What a person typed wrong is typed again; a browser brings the same verifier each time.
Next<kLogin, kDone, kShowOutOfBand> got_access_token(Context& flow) {
  auto read = read_oauth1_token(flow.response, kMaxToken, flow.refusal(), flow.now_ms);
  if (!read) {
    if (!is_out_of_band(flow) || std::string_view(read.error().data().reason) != "verifier_refused")
      return std::move(read).error();
    flow.forget(kVerifier);
    ask_again(flow, std::move(read).error());
    return to<kShowOutOfBand>;
  }
  for (const SlotSpec* spent : {&kVerifier, &kRequestToken, &kRequestSecret}) flow.forget(*spent);
  flow.keep(kAccessToken, std::move(read->token));
  flow.keep(kAccessSecret, std::move(read->secret));
  if (wants_login(flow)) return to<kLogin>;
  flow.result.set("oauth_token", flow.slot(kAccessToken));
  flow.result.set("oauth_token_secret", flow.slot(kAccessSecret));
  return to<kDone>;
}

Result<void> fill_login(Context& flow) {
  flow.request.url += flow.parameter("api").value_or(kDefaultApi);
  flow.request.url += '/';
  flow.request.url += flow.parameter("api_version").value_or(kDefaultApiVersion);
  return {};
}

// The approval has been used, and the access token that it brought goes with the flow.
Error login_lost(const Context& flow, Error error) {
  auto& data = error.edit();
  if (flow.parameter("oauth_token") || (data.advice != Advice::retry_later && data.advice != Advice::none)) return error;
  data.advice = Advice::restart;
  data.outcome_unknown = true;
  data.retry_after_ms = -1;
  data.hint = "with token_only the flow ends with the access token: a login that fails then costs no approval";
  return error;
}

Next<> login_not_answered(Context& flow) { return login_lost(flow, std::move(*flow.failure)); }

Next<kDone> logged_in(Context& flow) {
  flow.result.set("oauth_token", flow.slot(kAccessToken));
  flow.result.set("oauth_token_secret", flow.slot(kAccessSecret));
  if (auto read = read_oauth1_session(flow.response, flow.app, flow.refusal(), flow.now_ms, flow.result); !read) {
    return login_lost(flow, std::move(read).error());
  }
  return to<kDone>;
}

constexpr StateSpec kStates[] = {
    wait_state("begin", no_wait),
    send_state("request_token", kRequestTokenRequest, fill_nothing),
    show_state("show", show, kCallbackAsk),
    show_state("show_out_of_band", show, kVerifierAsk),
    send_state("access_token", kAccessTokenRequest, fill_nothing),
    send_state("login", kLoginRequest, fill_login),
    done_state(),
};
constexpr Row kRows[] = {
    on<begin>(kBegin, Event::time),
    on<got_request_token>(kRequest, Event::response),
    on<take_callback>(kShow, Event::value),
    on<take_verifier>(kShowOutOfBand, Event::value),
    on<got_access_token>(kAccess, Event::response),
    on<logged_in>(kLogin, Event::response),
    on<login_not_answered>(kLogin, Event::no_response),
};
static_assert(well_formed(kStates, kRows));

constexpr const SlotSpec* kSlots[] = {&kRequestToken, &kRequestSecret};

constexpr std::string_view kNothingBetween =
    "nothing in between (a proxy, a firewall) may remove the Authorization header, change it, or send a request twice";
constexpr std::string_view kClock = "this machine's clock: Salesforce allows three minutes";
constexpr std::string_view kRequestEnded = "the request token has expired (15 minutes), was used, or is not known";
constexpr std::string_view kDenied = "the person denied access, or the sign-in was refused";

// The numbers are those of Salesforce Help, remoteaccess_errorcodes; 1714 and 1715 are not documented.
constexpr Diagnosis kDiagnoses[] = {
    {"1701", "", kAnywhere, "nonce_replayed", Advice::restart, "the server has seen this request's nonce before",
     kNothingBetween},
    {"1702", "", kAnywhere, "invalid_request", Advice::fix_org, "the server did not see the consumer key", kNothingBetween},
    {"1703", "", Endpoint::request_token, "invalid_request", Advice::fix_org,
     "the server rejected the request for a request token as one with a wrong token", kNothingBetween},
    {"1703", "", Endpoint::authorize, "request_token_refused", Advice::restart, kRequestEnded, ""},
    {"1703", "", Endpoint::access_token, "request_token_refused", Advice::restart, kRequestEnded, ""},
    {"1703", "", Endpoint::oauth1_login, "invalid_token", Advice::sign_in_again, words::kWrongToken, ""},
    {"1704", "", kAnywhere, "invalid_request", Advice::fix_org, "the server rejected OAuth version 1.0", kNothingBetween},
    {"1705", "", kAnywhere, "timestamp_refused", Advice::fix_org,
     "the server rejected the request's timestamp: it is too old, in the future, or missing", kClock},
    {"1706", "", kAnywhere, "invalid_request", Advice::fix_org, "the server did not see the request's nonce", kNothingBetween},
    {"1707", "", kAnywhere, "token_missing", Advice::fix_org, "the server did not see the request's token", kNothingBetween},
    {"1708", "", kAnywhere, "login_restricted", Advice::fix_org, "the user may not sign in from here, or not now",
     hints::kLoginRules},
    {"1709", "", kAnywhere, "invalid_request", Advice::fix_org, "the server rejected the signature method HMAC-SHA1",
     kNothingBetween},
    {"1710", "", kAnywhere, "redirect_uri_mismatch", Advice::fix_org, "the server rejected the callback",
     hints::kConnectedAppCallback},
    {"1711", "", kAnywhere, "verifier_refused", Advice::restart, "the verifier is wrong", ""},
    {"1712", "", kAnywhere, "attempts_exceeded", Advice::restart,
     "the request token was exchanged three times without success, and is no longer valid", ""},
    {"1713", "", kAnywhere, "unknown_client", Advice::fix_org, "the app was deleted from the org, or the server does not know it",
     hints::kClientKey},
    {"1714", "", kAnywhere, "refused", Advice::restart, "the server rejected the request for a reason that is not documented",
     ""},
    {"1715", "", kAnywhere, "refused", Advice::restart, "the server rejected the request for a reason that is not documented",
     ""},
    {"1716", "", kAnywhere, "api_disabled", Advice::fix_org, "the org or the user may not use the API with OAuth",
     hints::kApiEnabled},
    {"signature_invalid", "", kAnywhere, "invalid_client", Advice::fix_org,
     "the server rejected the request's signature: the consumer secret or the token's secret is wrong", hints::kConsumerSecret},
    {"user_refused", "", kAnywhere, "access_denied", Advice::restart, kDenied, ""},
    {"permission_denied", "", kAnywhere, "access_denied", Advice::restart, kDenied, ""},
    {"access_denied", "", Endpoint::authorize, "access_denied", Advice::restart, kDenied, ""},
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::oauth1 = {
    .name = "oauth1",
    .verb = "oauth1",
    .summary = "Gets a session by OAuth 1.0a, for integrations that still use it.",
    .description =
        "Asks for a request token, shows the page on which the person approves the app, exchanges the request token for an access "
        "token, and logs in with that: each request is signed with HMAC-SHA1. When the browser arrives at redirect_uri, give that "
        "address; with oauth_callback oob, give the verifier that the page shows. The access token does not expire: keep "
        "oauth_token and oauth_token_secret, and give them to a later flow, which gets a session without a person. If the login "
        "fails, the access token of that run is lost: with token_only there is no login, and the result has the token alone. "
        "A logout ends the session alone: oauth_token remains valid until it is revoked in Setup. "
        "While the page is shown the flow can be sealed.",
    .source = "RFC 5849; Salesforce Help: remoteaccess_oauth_1_flows, remoteaccess_errorcodes",
    .status = Status::discouraged,
    .status_note =
        "Salesforce documents OAuth 1.0a for connected apps only: since Spring '26 none can be created without Salesforce Support, and "
        "support for them ends in Summer '27. "
        "Use web_server, or client_credentials where no person is there.",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .needs = kNeeds,
    .hosts = kHosts,
    .result = &kResult,
    .errors = &kErrors,
    .check = check,
    .check_given = check_given,
    .slots = kSlots,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
