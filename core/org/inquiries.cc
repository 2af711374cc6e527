#include "org/inquiries.h"

#include <algorithm>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "codec/form.h"
#include "codec/json.h"
#include "codec/url.h"
#include "engine/redact.h"
#include "flows/parts/code.h"
#include "flows/parts/one_request.h"
#include "oauth/callback.h"
#include "oauth/pkce.h"
#include "oauth/salesforce_pages.h"

namespace hlid::org {

namespace {

constexpr std::string_view kCode = "error=";
constexpr std::string_view kText = "error_description=";
constexpr size_t kMaxPage = 64 * 1024;  // an error is at the beginning of its page

constexpr std::string_view kKnownCodes =
    "access_denied app_blocked app_not_found authorization_pending client_blocked fail_close_app_blocked immediate_unsuccessful "
    "inactive_org inactive_user installation_error interaction_required invalid_app_access invalid_assertion_type invalid_client "
    "invalid_client_credentials invalid_client_id invalid_client_metadata invalid_dpop_proof invalid_grant invalid_redirect_uri "
    "invalid_request invalid_scope invalid_session invalid_token login_error login_required consent_required "
    "insufficient_authorization insufficient_scope oauth_flow_disabled rate_limit_exceeded redirect_uri_mismatch "
    "redirect_uri_missing server_error service_unavailable slow_down system_down temporarily_unavailable unauthorized_client "
    "unknown_error unsupported_grant_type unsupported_response_type unsupported_token_type use_dpop_nonce "
    "INVALID_SESSION_ID INVALID_AUTH_HEADER INVALID_ISS INVALID_LOGIN LOGIN_RATE_EXCEEDED ORG_LOCKED REQUEST_LIMIT_EXCEEDED "
    "TRIAL_EXPIRED URL_NOT_RESET API_DISABLED_FOR_ORG OAUTH_APP_BLOCKED OAUTH_AUTHORIZATION_BLOCKED OAUTH_APP_ACCESS_DENIED "
    "OAUTH_EC_APP_NOT_FOUND OAUTH_APPROVAL_ERROR_GENERIC CLIENT_NOT_ACCESSIBLE_FOR_USER NO_OAUTH_STATE NO_OAUTH_TOKEN";

ShownError error_at(std::string_view text, size_t at);

}  // namespace

bool is_known_code(std::string_view word) { return !word.empty() && lists(kKnownCodes, word); }

ShownError error_shown_in(std::string_view text) {
  text = text.substr(0, kMaxPage);
  for (size_t at = text.find(kCode); at != std::string_view::npos; at = text.find(kCode, at + 1)) {
    if (const ShownError found = error_at(text, at); !found.code.empty()) return found;
  }
  return {};
}

namespace {

ShownError error_at(std::string_view text, size_t at) {
  ShownError out;
  // A name that only ends so is another one.
  if (at > 0) {
    const char last = text[at - 1];
    out.is_in_query = std::string_view("?&#;").find(last) != std::string_view::npos;
    if (!out.is_in_query && std::string_view(" \t\r\n>").find(last) == std::string_view::npos) return {};
    if (out.is_in_query) out.before = text.substr(0, at - 1);
  }
  text.remove_prefix(at + kCode.size());
  out.code = text.substr(0, text.find_first_of("& \t\r\n<>\"'"));
  if (!is_known_code(out.code)) return {};
  text.remove_prefix(out.code.size());
  const size_t description = text.substr(0, kMaxServerText).find(kText);
  if (description == std::string_view::npos) return out;
  text.remove_prefix(description + kText.size());
  out.text = text.substr(0, text.find_first_of("&<>\"'\r\n"));
  return out;
}

constexpr const char* kKinds[] = {"json", "html", "redirect", "empty", "other"};

constexpr FieldSpec kFields[] = {
    {"http_status", ValueKind::integer, false, "Of the response.", true},
    {"kind", ValueKind::text, false, "What the response is.", true, kKinds},
    {"error", ValueKind::text, false, "The server's code, in JSON, on a page or in an address."},
    {"error_description", ValueKind::text, false, "The server's own words, cut and without what was sent."},
    {"to_callback", ValueKind::flag, false, "Whether the redirect leads to the app's callback."},
    {"to_site", ValueKind::flag, false, "Whether it leads to a page of the site that may be its login page."},
    {"host", ValueKind::text, false, "Where the redirect leads."},
    {"accepted", ValueKind::flag, false, "Whether it is what the endpoint is documented to say of a success."},
    {"asks_for_token", ValueKind::flag, false, "Whether it is a challenge to send a token."},
};
constexpr ResultSpec kInquiry = {"Inquiry", "What a server says to a request that is wrong on purpose.", kFields};
constexpr ErrorSpec kErrors{.is_headless = false};

void set_words(Context& flow, std::string_view code, std::string_view text) {
  if (!code.empty()) flow.result.set("error", redacted(code, flow, kMaxServerCode));
  if (!text.empty()) flow.result.set("error_description", redacted(text, flow, kMaxServerText));
}

// The forms in which Salesforce's endpoints say no.
void read_words(Context& flow, const JsonValue& root) {
  const auto items = root.items();
  const JsonValue from = items.empty() ? root : items.front();
  std::string_view code;
  std::string_view text;
  for (const char* name : {"error", "errorCode", "error_code", "status_code", "status"}) {
    if (code.empty()) code = from.text(name).value_or("");
  }
  for (const char* name : {"error_description", "message", "error_message", "invalid_request", "otp_error"}) {
    if (text.empty()) text = from.text(name).value_or("");
  }
  set_words(flow, code, text);
}

void set_shown(Context& flow, const ShownError& shown) {
  const auto decoded = form_decoded(shown.text);
  set_words(flow, shown.code, decoded ? decoded->view() : std::string_view());
}

Result<void> read_redirect(Context& flow) {
  auto location = flow.response.header("location");
  if (!location) return std::move(location).error();
  if (location->size() > kMaxLocation)
    return Error::protocol("response_too_large", "the response's Location exceeds its maximum of 16 KiB")
        .http_status(flow.response.status);
  const auto target = resolve_url(flow.request.url, *location);
  const std::string_view address = target ? target->view() : std::string_view();
  const auto match = flow.app.redirect_uri.empty() ? CallbackMatch{CallbackDiffers::not_an_address, {}}
                                                   : match_callback(address, flow.app.redirect_uri);
  const bool to_callback = match.differs == CallbackDiffers::nothing;
  flow.result.set("to_callback", to_callback ? "true" : "false");
  const auto url = parse_url(address);
  if (url && !url->host.empty()) flow.result.set("host", redacted(url->host, flow, kMaxServerText));
  const auto asked = parse_url(flow.request.url);
  const bool at_site = url && asked && has_origin(*url, origin_of(*asked));
  // A page of errors, of maintenance, of a user's own is not where people sign in.
  const bool is_page = at_site && !salesforce_page_at(flow.response, flow.refusal());
  if (is_page) flow.result.set("to_site", "true");
  // What another host's address says is not the server's word. Of a callback only what the server has put behind it.
  const size_t mark = address.find_first_of("?#");
  if (to_callback)
    set_shown(flow, error_shown_in(match.rest));
  else if (at_site && mark != std::string_view::npos)
    set_shown(flow, error_shown_in(address.substr(mark)));
  return {};
}

Result<void> read(Context& flow) {
  const Response& response = flow.response;
  flow.result.set("http_status", std::to_string(response.status));
  if (response.is_redirect()) {
    flow.result.set("kind", "redirect");
    return read_redirect(flow);
  }
  if (const auto challenge = response.header("www-authenticate")) {
    const std::string_view scheme = challenge->substr(0, challenge->find(' '));
    if (equals_ignoring_case(scheme, "bearer") || equals_ignoring_case(scheme, "token"))
      flow.result.set("asks_for_token", "true");
  }
  if (response.body.empty()) {
    flow.result.set("kind", "empty");
    return {};
  }
  JsonDocument document;
  if (document.parse(response.body.view()) == JsonFault::none) {
    flow.result.set("kind", "json");
    read_words(flow, document.root());
    return {};
  }
  const ShownError shown = error_shown_in(response.body.view());
  // An error in the address of a link or a script is the server's only if it is on its way to the app.
  const bool is_link = shown.is_in_query && (flow.app.redirect_uri.empty() || !shown.before.ends_with(flow.app.redirect_uri));
  if (!is_link) set_shown(flow, shown);
  const bool is_login = response.is_html() && !is_link && !salesforce_page_in(response, flow.refusal());
  flow.result.set("kind", is_login || (response.is_html() && !shown.code.empty() && !is_link) ? "html" : "other");
  return {};
}

// ---- what a success looks like ----

bool is_success(const Context& flow) { return flow.response.status >= 200 && flow.response.status < 300; }

Result<void> read_init(Context& flow) {
  if (auto done = read(flow); !done) return done;
  JsonDocument document;
  if (!is_success(flow) || document.parse(flow.response.body.view()) != JsonFault::none || !document.root().is_object())
    return {};
  const JsonValue root = document.root();
  const auto success = root.find("success");
  if ((success && success->as_boolean() != true) || root.text("error") || root.text("errorCode")) return {};
  const auto status = root.text("status").has_value() ? root.text("status") : root.text("status_code");
  const auto identifier = root.text("identifier");
  const bool good_status = status && (equals_ignoring_case(*status, "success") || *status == "otp_sent");
  const bool good_identifier = identifier && !identifier->empty() && (!status || good_status);
  if (good_status || good_identifier) flow.result.set("accepted", "true");
  return {};
}

Result<void> read_introspection(Context& flow) {
  if (auto done = read(flow); !done) return done;
  JsonDocument document;
  if (!is_success(flow) || document.parse(flow.response.body.view()) != JsonFault::none) return {};
  const auto active = document.root().find("active");
  if (active && active->as_boolean()) flow.result.set("accepted", "true");
  return {};
}

Result<void> read_revocation(Context& flow) {
  if (auto done = read(flow); !done) return done;
  if (flow.response.status == 200 && flow.response.body.empty()) flow.result.set("accepted", "true");
  return {};
}

// ---- what is sent ----

constexpr char kNowhere[] = "https://headlessid.invalid/callback";

// Random, so that it is of no user and no session, and each run looks different in a log.
Result<std::string> made_up() {
  auto random = make_state();
  if (!random) return std::move(random).error();
  return join({"headlessid-", random->view().substr(0, 16)});
}

Result<void> add_made_up(FormWriter& form, const char* name) {
  auto text = made_up();
  if (!text) return std::move(text).error();
  form.add(name, *text);
  return {};
}

std::string_view chosen(const Context& flow, const char* name) { return flow.parameter(name).value_or(""); }

constexpr const char* kCallbacks[] = {"right", "made_up"};
constexpr const char* kChallenges[] = {"right", "none"};
constexpr ValueSpec kAuthorizeParameters[] = {
    {.name = "response_type", .charset = Charset::printable, .required = true, .max_bytes = 64, .doc = "As it is sent."},
    {.name = "callback", .required = true, .choices = kCallbacks, .doc = "The app's, or one that no app has."},
    {.name = "code_challenge", .required = true, .choices = kChallenges, .doc = "Of PKCE."},
    {.name = "scope", .charset = Charset::scopes, .max_bytes = kMaxScope, .doc = "Without it none is sent."},
};

Result<void> add_challenge(FormWriter& form, std::string_view kind) {
  if (kind == "none") return {};
  auto pair = make_pkce_pair();
  if (!pair) return std::move(pair).error();
  form.add("code_challenge", pair->challenge.view());
  return {};
}

Result<void> fill_authorize_page(Context& flow) {
  Secret query;
  FormWriter form(query);
  form.add("response_type", chosen(flow, "response_type"));
  form.add("client_id", flow.app.client_id);
  form.add("redirect_uri", chosen(flow, "callback") == "right" ? std::string_view(flow.app.redirect_uri) : kNowhere);
  if (auto added = add_challenge(form, chosen(flow, "code_challenge")); !added) return added;
  if (chosen(flow, "code_challenge") == "right") form.add("code_challenge_method", "S256");
  if (const auto scope = flow.parameter("scope")) form.add("scope", *scope);
  flow.request.url += '?';
  flow.request.url += query.view();
  return {};
}

constexpr const char* kTypes[] = {"Named-User", "guest"};
constexpr const char* kPlacements[] = {"body", "header"};
constexpr ValueSpec kHeadlessParameters[] = {
    {.name = "auth_request_type", .required = true, .choices = kTypes, .doc = "The header."},
    {.name = "placement", .choices = kPlacements, .doc = "Where the empty username and password go."},
};

// A user without a name and a password; a guest without a visitor.
Result<void> fill_headless(Context& flow) {
  const std::string_view type = chosen(flow, "auth_request_type");
  add_header(flow, "Auth-Request-Type", type);
  FormWriter form = form_of(flow);
  form.add("response_type", "code_credentials");
  form.add("client_id", flow.app.client_id);
  form.add("redirect_uri", flow.app.redirect_uri);
  if (auto added = add_challenge(form, "right"); !added) return added;
  if (type == "guest") return {};
  if (chosen(flow, "placement") == "header") {
    add_basic(flow, "", "", false);
  } else {
    form.add("username", "");
    form.add("password", "");
  }
  return {};
}

constexpr const char* kGrants[] = {"authorization_code", "refresh_token", "token_exchange", "device", "password"};
constexpr const char* kSecrets[] = {"none", "wrong"};
constexpr ValueSpec kTokenParameters[] = {
    {.name = "grant_type", .required = true, .choices = kGrants, .doc = "What is asked for."},
};
constexpr ValueSpec kUnprovenParameters[] = {
    {.name = "grant_type", .required = true, .choices = kGrants, .doc = "What is asked for."},
    {.name = "secret", .required = true, .choices = kSecrets, .doc = "Instead of the app's own."},
};

Result<void> fill_grant(Context& flow) {
  const std::string_view grant = chosen(flow, "grant_type");
  FormWriter form = form_of(flow);
  const bool is_exchange = grant == "token_exchange";
  form.add("grant_type", is_exchange ? std::string_view("urn:ietf:params:oauth:grant-type:token-exchange") : grant);
  if (grant == "password") {
    form.add("username", "");
    form.add("password", "");
    return {};
  }
  if (auto added = add_made_up(form, is_exchange ? "subject_token" : grant == "refresh_token" ? "refresh_token" : "code"); !added)
    return added;
  if (is_exchange) form.add("subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
  if (grant != "authorization_code") return {};
  if (!flow.app.redirect_uri.empty()) form.add("redirect_uri", flow.app.redirect_uri);
  auto pair = make_pkce_pair();
  if (!pair) return std::move(pair).error();
  form.add_secret("code_verifier", pair->verifier.view());
  return {};
}

Result<void> fill_unproven_grant(Context& flow) {
  if (auto filled = fill_grant(flow); !filled) return filled;
  FormWriter form = form_of(flow);
  form.add("client_id", flow.app.client_id);
  return chosen(flow, "secret") == "wrong" ? add_made_up(form, "client_secret") : Result<void>();
}

constexpr const char* kEndpoints[] = {"registration", "passwordless", "forgot_password"};
constexpr ValueSpec kInitParameters[] = {
    {.name = "endpoint", .required = true, .choices = kEndpoints, .doc = "Which one."},
};

// Of a registration nothing at all, because a complete one may send a message. The others name a user that does not exist.
Result<void> fill_init(Context& flow) {
  const std::string_view endpoint = chosen(flow, "endpoint");
  flow.request.url = join({flow.app.site, "/services/auth/headless/",
                           endpoint == "registration"   ? "init/registration"
                           : endpoint == "passwordless" ? "init/passwordless/login"
                                                        : "forgot_password"});
  JsonBody body = json_of(flow);
  if (endpoint != "registration") {
    auto user = made_up();
    if (!user) return std::move(user).error();
    body.add("username", join({*user, "@example.invalid"}));
    if (endpoint == "passwordless") body.add("verificationmethod", "email");
  }
  body.end();
  return {};
}

Result<void> fill_challenge(Context& flow) {
  form_of(flow).add("client_id", flow.app.client_id);
  return {};
}

Result<void> fill_token(Context& flow) {
  FormWriter form = form_of(flow);
  return add_made_up(form, "token");
}

// ---- the flows ----

constexpr RequestSpec kPage{.name = "authorize",
                            .endpoint = Endpoint::authorize,
                            .method = "GET",
                            .path = kAuthorizePath,
                            .body = Body::none,
                            .accept = "text/html",
                            .extras = Extras::headers};
constexpr RequestSpec kProven{
    .name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .auth = Auth::client, .extras = Extras::all};
constexpr RequestSpec kUnproven{.name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .extras = Extras::all};
constexpr RequestSpec kInit{.name = "init", .endpoint = Endpoint::init, .path = "", .body = Body::json};
constexpr RequestSpec kChallenge{
    .name = "challenge", .endpoint = Endpoint::challenge, .path = "/services/oauth2/v1/authorization_challenge"};
constexpr RequestSpec kIntrospect{
    .name = "introspect", .endpoint = Endpoint::introspect, .path = "/services/oauth2/introspect", .auth = Auth::client};
constexpr RequestSpec kRevocation{.name = "revoke", .endpoint = Endpoint::revoke, .path = "/services/oauth2/revoke"};

template <const RequestSpec& kRequest, Result<void> (*kFill)(Context&), Result<void> (*kRead)(Context&) = read>
constexpr FlowSpec inquiry(const char* name, const char* summary, std::span<const ValueSpec> parameters,
                           std::span<const HostKind> hosts, std::span<const std::string_view> needs = {}) {
  using Table = OneRequest<kRequest, kFill, kRead>;
  static_assert(well_formed(Table::kStates, Table::kRows));
  return {.name = name,
          .verb = name,
          .summary = summary,
          .description = summary,
          .source = "",
          .parameters = parameters,
          .needs = needs,
          .hosts = hosts,
          .result = &kInquiry,
          .errors = &kErrors,
          .states = Table::kStates,
          .rows = Table::kRows};
}

constexpr FlowSpec kInquiries[] = {
    inquiry<kPage, fill_authorize_page>("inquiry_authorize", "What authorize says to a browser.", kAuthorizeParameters,
                                        kEveryHost, kCodeNeeds),
    inquiry<kAuthorize, fill_headless>("inquiry_headless", "What authorize says to a headless sign-in without credentials.",
                                       kHeadlessParameters, kSitesOnly, kCodeNeeds),
    inquiry<kProven, fill_grant>("inquiry_token", "What the token endpoint says to a made-up grant.", kTokenParameters,
                                 kEveryHost),
    inquiry<kUnproven, fill_unproven_grant>("inquiry_token_unproven",
                                            "What the token endpoint says to a made-up grant of an app without its secret.",
                                            kUnprovenParameters, kEveryHost),
    inquiry<kInit, fill_init, read_init>("inquiry_init", "What an endpoint that sends messages says without any protection.",
                                         kInitParameters, kSitesOnly),
    inquiry<kChallenge, fill_challenge>("inquiry_challenge", "What the authorization challenge endpoint says to nothing.", {},
                                        kSitesOnly),
    inquiry<kIntrospect, fill_token, read_introspection>("inquiry_introspection", "What introspection says of a made-up token.",
                                                         {}, kEveryHost),
    inquiry<kRevocation, fill_token, read_revocation>("inquiry_revocation", "What revocation says of a made-up token.", {},
                                                      kEveryHost),
};
constexpr const FlowSpec* kAllInquiries[] = {&kInquiries[0], &kInquiries[1], &kInquiries[2], &kInquiries[3],
                                             &kInquiries[4], &kInquiries[5], &kInquiries[6], &kInquiries[7]};
static_assert(std::size(kAllInquiries) == std::size(kInquiries));

}  // namespace

std::span<const FlowSpec* const> all_inquiries() { return kAllInquiries; }

const FlowSpec* find_inquiry(std::string_view name) {
  for (const FlowSpec* flow : kAllInquiries) {
    if (name == flow->name) return flow;
  }
  return nullptr;
}

}  // namespace hlid::org
