// browser: the request of authorize by GET, for the flows in which a person signs in on the org's own page.
#include "simulator/browser.h"

#include <algorithm>

#include "simulator/endpoints.h"
#include "simulator/html.h"
#include "simulator/hybrid.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

constexpr std::string_view kResponseTypes[] = {"code", "token", "token id_token", "hybrid_token"};
constexpr std::string_view kPrompts[] = {"login", "consent", "select_account"};
constexpr std::string_view kDisplays[] = {"page", "popup", "touch", "mobile"};
// What belongs to the token endpoint, and would end in logs here.
constexpr const char* kNotInAddresses[] = {"client_secret", "code_verifier", "client_assertion", "password", "username"};

template <size_t N>
bool is_one_of(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// The page that a live org shows where it cannot tell the app.
[[noreturn]] void refuse_with_page(std::string_view error, std::string_view text) {
  Response response;
  response.status = 400;
  response.content_type = "text/html;charset=UTF-8";
  response.body =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><title>OAuth Error</title></head><body>\n<p>error=" + escape_html(error) +
      "&amp;error_description=" + escape_html(text) + "</p>\n</body></html>\n";
  refuse(std::move(response));
}

// What the strict readers refuse with JSON, for a page or a redirect.
template <typename Read, typename Refuse>
auto translated(Read read, Refuse refuse_instead) {
  try {
    return read();
  } catch (const Refusal& refusal) {
    const json body = json::parse(refusal.response.body, nullptr, false);
    if (!body.is_object()) throw;
    refuse_instead(body.value("error", ""), body.value("error_description", ""));
    throw;
  }
}

void check_prompt(BrowserRequest& asked, const Form& query) {
  const auto prompt = query.get("prompt");
  if (!prompt) return;
  asked.prompt = split_words(*prompt);
  for (const auto& word : asked.prompt) {
    if (!is_one_of(kPrompts, word) || std::count(asked.prompt.begin(), asked.prompt.end(), word) > 1)
      refuse("invalid_request", "invalid prompt");
  }
}

void check_experience(const Org& org, const BrowserRequest& asked) {
  if (asked.experience_id.empty()) return;
  if (asked.place.at_org) refuse("unsupported_expid", "experience id not supported on this domain");
  if (!contains(org.settings().experience_ids, asked.experience_id)) refuse("invalid_expid", "invalid experience id");
}

void check_implicit(const Org& org, const BrowserRequest& asked) {
  if (org.settings().block_oauth_usr_agt_flow) refuse("oauth_flow_disabled", "the user-agent flow is blocked in this org");
  if (asked.response_type == "hybrid_token") check_hybrid(*asked.app, *asked.grant);
  if (asked.response_type == "hybrid_token" && asked.app->is_named_user_jwt_enabled)
    refuse("invalid_request", "the hybrid user-agent flow does not support JWT-based access tokens");
  if (asked.response_type == "token id_token" && asked.grant->nonce.empty()) refuse("invalid_request", "nonce required");
}

// All that the app can be told.
void check_rest(const Org& org, BrowserRequest& asked, const Form& query) {
  const App& app = *asked.app;
  if (!app.refused_with.empty()) refuse(app.refused_with, "refused by the app's switch");
  for (const char* name : kNotInAddresses) {
    if (query.has(name)) refuse("invalid_request", std::string("a browser's address must not contain ") + name);
  }
  const bool offered = is_one_of(kResponseTypes, asked.response_type);
  if (!offered) refuse("unsupported_response_type", "response type not supported");
  check_experience(org, asked);
  if (asked.brings_code()) {
    check_code_challenge(query.get("code_challenge"), query.get("code_challenge_method"),
                         app.is_pkce_required || org.settings().is_pkce_required);
    asked.grant->code_challenge = query.get("code_challenge").value_or("");
  }
  auto scopes = granted_scopes(app, query.get("scope"));
  if (!scopes) refuse("invalid_scope", "the requested scope is not allowed");
  asked.grant->scopes = std::move(*scopes);
  asked.grant->nonce = query.get("nonce").value_or("");
  if (!asked.brings_code()) check_implicit(org, asked);
  check_prompt(asked, query);
  if (const auto display = query.get("display"); display && !is_one_of(kDisplays, *display))
    refuse("invalid_request", "invalid display");
  const std::string immediate = query.get("immediate").value_or("false");
  if (immediate != "true" && immediate != "false") refuse("invalid_request", "invalid immediate");
  asked.immediate = immediate == "true";
  if (asked.immediate && !asked.place.at_org) refuse("invalid_request", "immediate is not supported on this domain");
}

// Only a program of the person's own gets one: a page could not keep it.
bool may_refresh(const BrowserRequest& asked) {
  const std::string& uri = asked.grant->redirect_uri;
  const bool own_scheme = !uri.starts_with("https://") && !uri.starts_with("http://");
  return contains(asked.grant->scopes, "refresh_token") && (own_scheme || uri.ends_with("/services/oauth2/success"));
}

Response fragment_redirect(Org& org, const BrowserRequest& asked, const User& user) {
  const bool hybrid = asked.response_type == "hybrid_token";
  json tokens = issue_tokens(org, *asked.app, asked.grant, &user, asked.grant->scopes);
  if (asked.response_type == "token") tokens.erase("id_token");
  const std::string fault = org.settings().response_fault;
  if (hybrid) add_hybrid_members(*asked.grant, fault, tokens);
  if (fault == "iss") tokens["iss"] = "https://another.my.site.com/shop";
  if (may_refresh(asked)) tokens["refresh_token"] = org.tokens()->issue_refresh_token(asked.grant);
  if (asked.state) tokens["state"] = *asked.state;
  std::string fragment;
  for (const auto& [name, value] : tokens.items()) {
    fragment += (fragment.empty() ? "#" : "&") + form_encode(name) + "=";
    fragment += form_encode(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return redirect(asked.grant->redirect_uri + fragment);
}

}  // namespace

Place site_of(const Org& org) { return {org.site(), false}; }
Place org_host_of(const Org& org) { return {org.origin(), true}; }

Response error_redirect(const BrowserRequest& asked, std::string_view error, std::string_view text) {
  std::string location = asked.grant->redirect_uri;
  const bool in_query = asked.response_type.find("token") == std::string::npos;
  location += !in_query ? '#' : location.find('?') == std::string::npos ? '?' : '&';
  location += "error=" + form_encode(error) + "&error_description=" + form_encode(text);
  if (asked.state && !asked.leaves_state_out) location += "&state=" + form_encode(*asked.state);
  return redirect(std::move(location));
}

BrowserRequest read_browser_request(const Org& org, const Place& place, const std::string& text, const std::string& expid) {
  BrowserRequest asked;
  asked.place = place;
  asked.query = text;
  asked.experience_id = expid;
  const Form query = translated(
      [&] {
        const Form form = Form::parse(text, kQueryCharacters);
        asked.app = org.directory()->find_app(form.require("client_id"));
        if (!asked.app) refuse("invalid_client_id", "client identifier invalid");
        asked.grant = std::make_shared<Grant>();
        asked.grant->client_id = asked.app->client_id;
        asked.grant->redirect_uri = form.require("redirect_uri");
        if (!org.is_registered(*asked.app, asked.grant->redirect_uri))
          refuse("redirect_uri_mismatch", "redirect_uri must match configuration");
        return form;
      },
      refuse_with_page);
  asked.grant->at_org = place.at_org;
  asked.state = query.get("state");
  asked.leaves_state_out = org.settings().response_fault == "error_without_state";
  asked.response_type = query.get("response_type").value_or("");
  asked.login_hint = query.get("login_hint").value_or("");
  translated([&] { check_rest(org, asked, query); },
             [&](const std::string& error, const std::string& why) { refuse(error_redirect(asked, error, why)); });
  return asked;
}

Response sign_in_redirect(Org& org, const BrowserRequest& asked, const User& user) {
  // "Admin approved users are pre-authorized": others may not use the app. Without it everybody approves for themselves.
  if (asked.app->admin_approved && !user.admin_approved)
    return error_redirect(asked, "invalid_app_access", "user is not admin approved to access this app");
  asked.grant->username = user.username;
  return asked.brings_code() ? code_redirect(org, asked.grant, asked.state) : fragment_redirect(org, asked, user);
}

}  // namespace hlid_sim
