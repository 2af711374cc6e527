// device: the device flow. A device gets a code at the token endpoint, a person approves it at /setup/connect, and the device
// polls the token endpoint until then. All of it at the org's own host: sites do not have it.
#include "simulator/device.h"

#include <algorithm>
#include <utility>

#include "simulator/client_auth.h"
#include "simulator/crypto.h"
#include "simulator/endpoints.h"
#include "simulator/grant_types.h"
#include "simulator/grants.h"
#include "simulator/html.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

constexpr std::string_view kPage = "/setup/connect";
constexpr int64_t kSlowerMs = 5'000;
// A client's clock is not the org's.
constexpr int64_t kToleranceMs = 50;

// Nothing that looks like something else.
std::string make_user_code() {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string code;
  for (const char byte : random_bytes(8)) code += kLetters[static_cast<unsigned char>(byte) % kLetters.size()];
  return code;
}

std::string as_typed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-' || c == ' ') continue;
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

bool never(const App&) { return false; }

void check_may_use(Org& org, const App& app) {
  const Settings settings = org.settings();
  const auto is_local = [&](const std::string& uri) {
    const std::string full = org.with_site(uri);
    return full.starts_with("http://localhost") || full.starts_with("https://localhost");
  };
  const bool fits =
      app.distribution_state == "Local" && std::any_of(app.redirect_uris.begin(), app.redirect_uris.end(), is_local);
  if (!app.is_device_flow_enabled || (settings.is_device_flow_local_only && !fits))
    refuse(settings.device_flow_disabled_error, "device flow is not enabled for this app");
}

Response page(const std::string& inside, int status = 200) {
  Response response;
  response.status = status;
  response.content_type = "text/html;charset=UTF-8";
  response.body =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Connect a device</title></head><body>\n" + inside +
      "\n</body></html>\n";
  return response;
}

Response ask_for_code(Org& org, const std::string& user_code, const std::string& problem, int status) {
  std::string users;
  for (const auto& username : org.directory()->usernames()) users += "<option>" + escape_html(username) + "</option>\n";
  return page("<h1>Connect a device</h1>\n<p>Only enter a code that you see on a device of your own.</p>\n" +
                  (problem.empty() ? "" : "<p role=\"alert\">" + escape_html(problem) + "</p>\n") +
                  "<form method=\"post\" action=\"" + escape_html(org.origin() + std::string(kPage)) +
                  "\">\n<label>Code <input name=\"user_code\" value=\"" + escape_html(user_code) +
                  "\" autocomplete=\"off\" required></label>\n<label>Sign in as <select name=\"username\">\n" + users +
                  "</select></label>\n<button name=\"action\" value=\"approve\">Allow</button>\n"
                  "<button name=\"action\" value=\"deny\">Deny</button>\n</form>",
              status);
}

}  // namespace

std::string DeviceCodes::add(DeviceCode code, int64_t now_ms) {
  constexpr size_t kSweepAbove = 10'000;
  std::string name = "M1" + base64url(random_bytes(96));
  const std::lock_guard lock(mutex_);
  if (codes_.size() >= kSweepAbove) {
    std::erase_if(codes_, [&](const auto& item) { return item.second.expires_ms <= now_ms; });
    std::erase_if(by_user_code_, [&](const auto& item) { return !codes_.contains(item.second); });
  }
  by_user_code_[code.user_code] = sha256(name);
  codes_[sha256(name)] = std::move(code);
  return name;
}

std::optional<DeviceCodes::Poll> DeviceCodes::poll(const std::string& device_code, const std::string& client_id,
                                                   bool enforce_interval, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto found = codes_.find(sha256(device_code));
  if (found == codes_.end() || found->second.client_id != client_id) return std::nullopt;
  DeviceCode& code = found->second;
  Poll poll{code};
  poll.too_fast = enforce_interval && now_ms + kToleranceMs < code.next_poll_at_ms;
  if (poll.too_fast) code.interval_ms += kSlowerMs;
  code.next_poll_at_ms = now_ms + code.interval_ms;
  if (!poll.too_fast && code.verdict == DeviceCode::Verdict::approved && now_ms < code.expires_ms)
    code.verdict = DeviceCode::Verdict::used;
  return poll;
}

std::optional<DeviceCode> DeviceCodes::find(const std::string& user_code, int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  const auto name = by_user_code_.find(as_typed(user_code));
  const auto found = name == by_user_code_.end() ? codes_.end() : codes_.find(name->second);
  if (found == codes_.end() || found->second.expires_ms <= now_ms || found->second.verdict != DeviceCode::Verdict::pending)
    return std::nullopt;
  return found->second;
}

bool DeviceCodes::decide(const std::string& user_code, bool approve, const std::string& username, int64_t now_ms) {
  if (!find(user_code, now_ms)) return false;
  const std::lock_guard lock(mutex_);
  DeviceCode& code = codes_[by_user_code_[as_typed(user_code)]];
  code.verdict = approve ? DeviceCode::Verdict::approved : DeviceCode::Verdict::denied;
  code.username = username;
  return true;
}

// Another kind of request to the token endpoint: response_type instead of grant_type, and the one that accepts a scope.
Response device_code(Org& org, const Request& request, const Form& form) {
  refuse_guest_headers(request);
  if (form.has("grant_type")) refuse("invalid_request", "grant_type and response_type exclude each other");
  if (form.require("response_type") != "device_code") refuse("unsupported_response_type", "response type not supported");
  const auto app = authenticate_client(org, request, form, never);
  check_may_use(org, *app);
  const auto scopes = granted_scopes(*app, form.get("scope"));
  if (!scopes) refuse("invalid_scope", "the requested scope is not allowed");
  const Settings settings = org.settings();
  const int64_t now = org.now_ms();
  DeviceCode code;
  code.client_id = app->client_id;
  code.scopes = *scopes;
  code.user_code = make_user_code();
  code.expires_ms = now + int64_t{settings.device_code_lifetime_s} * 1000;
  code.interval_ms = int64_t{settings.device_interval_s} * 1000;
  code.next_poll_at_ms = now + code.interval_ms;
  const std::string user_code = code.user_code;
  json response = {
      {"device_code", org.device_codes()->add(std::move(code), now)},
      {"user_code", user_code},
      {"verification_uri",
       (settings.response_fault == "verification_uri" ? "https://another.my.site.com" : org.origin()) + std::string(kPage)},
      {"interval", settings.device_interval_s}};
  if (settings.device_code_says_expires_in) response["expires_in"] = settings.device_code_lifetime_s;
  return json_response(200, response);
}

Response device(Org& org, const Request& request, const Form& form) {
  refuse_guest_headers(request);
  const bool secret = org.settings().is_secret_required_for_device;
  const auto app = authenticate_client(org, request, form, secret ? secret_required_always : never);
  check_may_use(org, *app);
  const std::string device_code = form.require("code");
  const int64_t now = org.now_ms();
  const auto polled = org.device_codes()->poll(device_code, app->client_id, org.settings().is_device_interval_enforced, now);
  if (!polled) refuse("invalid_request", "invalid device code");
  const DeviceCode& code = polled->code;
  using Verdict = DeviceCode::Verdict;
  const bool decided = code.verdict == Verdict::approved || code.verdict == Verdict::used;
  if (decided && !polled->too_fast) org.watch()->count_use("device_codes", device_code);
  if (code.verdict == Verdict::used) refuse("invalid_grant", "device code has been used");
  if (now >= code.expires_ms) refuse("invalid_grant", "expired device code");
  if (code.verdict == Verdict::denied) refuse("access_denied", "end-user denied authorization");
  if (polled->too_fast) refuse("slow_down", "polling too frequently");
  if (code.verdict == Verdict::pending) refuse("authorization_pending", "User has not completed authorization");
  const auto user = org.directory()->find_user(code.username);
  if (!user || !user->active) refuse("inactive_user", "user is inactive");
  auto grant = std::make_shared<Grant>();
  grant->client_id = app->client_id;
  grant->username = user->username;
  grant->scopes = code.scopes;
  grant->at_org = true;  // it was not a login at the site
  json response = issue_tokens(org, *app, grant, user.get(), grant->scopes);
  if (contains(grant->scopes, "refresh_token")) response["refresh_token"] = org.tokens()->issue_refresh_token(grant);
  return json_response(200, response);
}

std::string decide_device(Org& org, const std::string& user_code, bool approve, const std::string& username) {
  const auto code = org.device_codes()->find(user_code, org.now_ms());
  if (!code) return "the code is unknown, has expired, or was used";
  const auto user = org.directory()->find_user(username);
  const auto app = org.directory()->find_app(code->client_id);
  if (approve && (!user || !org.directory()->may_sign_in(*user))) return "the user cannot sign in";
  // Where an admin need not approve the app, the person does so here.
  if (approve && (!app || (app->admin_approved && !user->admin_approved))) return "the user is not admin approved";
  org.device_codes()->decide(user_code, approve, username, org.now_ms());
  return {};
}

// The page where a person enters the code.
Response connect(Org& org, const Request& request) {
  if (request.method == "GET") return ask_for_code(org, Form::query_of(request).get("user_code").value_or(""), "", 200);
  if (request.method != "POST") refuse("invalid_request", "must use HTTP GET or POST", 405);
  const Form form = Form::body_of(request);
  const std::string user_code = form.require("user_code");
  const std::string action = form.require("action");
  if (action != "approve" && action != "deny") refuse("invalid_request", "unknown action");
  const std::string problem = decide_device(org, user_code, action == "approve", form.get("username").value_or(""));
  if (!problem.empty()) return ask_for_code(org, user_code, problem, 400);
  return page(action == "approve" ? "<h1>The device is connected</h1>\n<p>You can close this page.</p>"
                                  : "<h1>The device was denied</h1>\n<p>You can close this page.</p>");
}

}  // namespace hlid_sim
