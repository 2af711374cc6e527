// register: dynamic client registration (RFC 7591). The Bearer token is the initial access token that an admin has made on an
// app; that app may introspect the tokens of those that register with it.
#include <algorithm>
#include <array>

#include "simulator/crypto.h"
#include "simulator/endpoints.h"

namespace hlid_sim {
namespace {

constexpr std::array<const char*, 7> kTexts = {"client_name", "application_type", "scope",  "client_uri",
                                               "logo_uri",    "policy_uri",       "tos_uri"};
constexpr std::array<const char*, 4> kLists = {"redirect_uris", "contacts", "response_types", "grant_types"};

void refuse_unauthorized(std::string_view error, std::string_view description) {
  Response response = oauth_error(401, error, description);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  refuse(std::move(response));
}

json read_metadata(const Request& request) {
  if (!request.is_json()) refuse("invalid_request", "the body must be application/json");
  json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) refuse("invalid_request", "the body must be a JSON object");
  for (const char* name : kTexts) {
    if (body.contains(name) && !body[name].is_string()) refuse("invalid_client_metadata", std::string(name) + " must be text");
  }
  for (const char* name : kLists) {
    if (!body.contains(name)) continue;
    const json& list = body[name];
    if (!list.is_array() || !std::all_of(list.begin(), list.end(), [](const json& each) { return each.is_string(); }))
      refuse("invalid_client_metadata", std::string(name) + " must be an array of text");
  }
  return body;
}

void check_words(const json& body, const char* name, const std::vector<std::string>& known) {
  if (!body.contains(name)) return;
  const auto words = body[name].is_array() ? body[name].get<std::vector<std::string>>()
                                           : std::vector<std::string>{body[name].get<std::string>()};
  for (const auto& word : words) {
    if (!contains(known, word)) refuse("invalid_client_metadata", std::string(name) + " has an unknown value");
  }
}

bool is_callback(const std::string& uri) {
  const size_t colon = uri.find(':');
  if (colon == std::string::npos || colon == 0 || uri.find('#') != std::string::npos) return false;
  if (uri.starts_with("http://")) return uri.starts_with("http://localhost") || uri.starts_with("http://127.0.0.1");
  return !uri.starts_with("https:") || uri.starts_with("https://");
}

}  // namespace

Response register_client(Org& org, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST", 405);
  const auto token = bearer_token(request);
  if (!token) refuse_unauthorized("invalid_client", "an initial access token is required");
  const auto parent = org.directory()->app_of_initial_access_token(*token);
  if (!parent) refuse_unauthorized("invalid_token", "the initial access token is invalid");
  org.watch()->count_use("registrations", request.body);
  const Settings settings = org.settings();
  if (!settings.is_connected_app_creation_allowed) refuse("failed_registration", "connected apps cannot be created");
  if (settings.max_registered_apps > 0 && org.directory()->registered_apps() >= settings.max_registered_apps)
    refuse("exceeded_registration_limit", "the limit of registered clients is reached");

  json body = read_metadata(request);
  check_words(body, "application_type", {"web", "native"});
  check_words(body, "response_types", {"code", "token", "id_token", "token id_token"});
  check_words(body, "grant_types", {"authorization_code", "implicit", "refresh_token"});
  App app;
  app.redirect_uris = body.value("redirect_uris", std::vector<std::string>());
  if (app.redirect_uris.empty() || !std::all_of(app.redirect_uris.begin(), app.redirect_uris.end(), is_callback))
    refuse("invalid_redirect_uri", "redirect_uris must be addresses without a fragment, https or on localhost");
  if (body.contains("scope")) app.scopes = split_words(body["scope"].get<std::string>());
  app.client_id = "3MVG9Registered." + base64url(random_bytes(24));
  app.client_secret = hex(random_bytes(32));
  app.registered_by = parent->client_id;
  org.directory()->create_app(app);

  const bool foreign = org.settings().response_fault == "registration_client_uri";
  json response = {{"client_id", app.client_id},
                   {"client_secret", app.client_secret},
                   {"client_secret_expires_at", 0},
                   {"client_id_issued_at", org.now_ms() / 1000},
                   {"registration_client_uri",
                    (foreign ? "https://another.my.site.com" : org.origin()) + "/services/oauth2/register/" + app.client_id},
                   {"registration_access_token", base64url(random_bytes(48))}};
  for (const auto& names : {std::vector<const char*>(kTexts.begin(), kTexts.end()), {kLists.begin(), kLists.end()}}) {
    for (const char* name : names) {
      if (body.contains(name)) response[name] = body[name];
    }
  }
  return json_response(settings.registration_status, response);
}

}  // namespace hlid_sim
