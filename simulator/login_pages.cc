// login_pages: where a person signs in and approves an app, in a browser. No cookie remembers the person: the login page's
// address carries the app's request, and the approval page has a value that is valid once. Scripts, which fill in no forms, use
// the setting signed_in_user.
#include <algorithm>

#include "simulator/browser.h"
#include "simulator/endpoints.h"
#include "simulator/html.h"

namespace hlid_sim {
namespace {

constexpr std::string_view kLogin = "/login";
constexpr std::string_view kApproval = "/__approval";
constexpr std::string_view kExperience = "__expid";
constexpr int64_t kApprovalLifetimeMs = 15 * 60'000;

Response page(const std::string& title, const std::string& body) {
  Response response;
  response.content_type = "text/html;charset=UTF-8";
  response.headers = {{"Cache-Control", "no-cache,must-revalidate,no-store"}};
  response.body = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escape_html(title) +
                  "</title></head><body>\n<h1>" + escape_html(title) + "</h1>\n" + body + "</body></html>\n";
  return response;
}

// The request goes along in the address of the form.
std::string login_address(const BrowserRequest& asked) {
  std::string out = asked.place.base + std::string(kLogin) + "?" + asked.query;
  if (!asked.experience_id.empty()) out += "&" + std::string(kExperience) + "=" + form_encode(asked.experience_id);
  return out;
}

Response login_form(const BrowserRequest& asked, const std::string& username, bool wrong) {
  std::string body;
  if (wrong) body += "<p id=\"error\">Please check your username and password.</p>\n";
  body += "<form id=\"login_form\" method=\"post\" action=\"" + escape_html(login_address(asked)) +
          "\">\n<p><label>Username <input id=\"username\" name=\"username\" value=\"" + escape_html(username) +
          "\"></label></p>\n<p><label>Password <input id=\"password\" type=\"password\" name=\"pw\"></label></p>\n"
          "<p><button id=\"Login\">Log In</button></p>\n</form>\n";
  return page("Login", body);
}

Response approval_form(Org& org, const BrowserRequest& asked, const User& user) {
  const std::string ticket = org.approvals()->put({asked.place.at_org, asked.query, asked.experience_id, user.username},
                                                  org.now_ms(), kApprovalLifetimeMs);
  std::string body = "<p>" + escape_html(asked.app->client_id) + " asks for access to the data of " + escape_html(user.username) +
                     ":</p>\n<ul>\n";
  for (const auto& scope : asked.grant->scopes) body += "<li>" + escape_html(scope) + "</li>\n";
  body += "</ul>\n<form method=\"post\" action=\"" + escape_html(asked.place.base + std::string(kApproval)) +
          "\">\n<input type=\"hidden\" name=\"ticket\" value=\"" + escape_html(ticket) +
          "\">\n<p><button id=\"oaapprove\" name=\"decision\" value=\"allow\">Allow</button>\n"
          "<button id=\"oadeny\" name=\"decision\" value=\"deny\">Deny</button></p>\n</form>\n";
  return page("Allow Access?", body);
}

// Of a user-agent flow the person is asked each time.
bool needs_approval(const BrowserRequest& asked) {
  return !asked.app->admin_approved || !asked.brings_code() || contains(asked.prompt, "consent");
}

Response begin(Org& org, const Place& place, const Request& request, const std::string& expid) {
  if (request.header("auth-request-type")) refuse("invalid_request", "invalid headers");
  const BrowserRequest asked = read_browser_request(org, place, request.query, expid);
  const auto user = org.directory()->find_user(org.settings().signed_in_user);
  const bool signed_in = user && org.directory()->may_sign_in(*user);
  if (asked.immediate) {
    if (!signed_in || !asked.prompt.empty()) return error_redirect(asked, "immediate_unsuccessful", "immediate unsuccessful");
    return sign_in_redirect(org, asked, *user);
  }
  if (signed_in && asked.prompt.empty()) return sign_in_redirect(org, asked, *user);
  if (signed_in && !contains(asked.prompt, "login")) return approval_form(org, asked, *user);
  // On a site a hint is looked at only where the person has to sign in anyway.
  const bool looks = asked.place.at_org || contains(asked.prompt, "login");
  return login_form(asked, looks ? asked.login_hint : "", false);
}

Response finish_login(Org& org, const Place& place, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST", 405);
  // The experience id was in the path, and comes last.
  std::string query = request.query;
  std::string expid;
  const std::string mark = "&" + std::string(kExperience) + "=";
  if (const size_t at = query.rfind(mark); at != std::string::npos) {
    expid = query.substr(at + mark.size());
    query.resize(at);
  }
  const BrowserRequest asked = read_browser_request(org, place, query, expid);
  const Form form = Form::body_of(request);
  const std::string username = form.get("username").value_or("");
  const auto user = org.sign_in(username, form.get("pw").value_or(""));
  if (!user) return login_form(asked, username, true);
  return needs_approval(asked) ? approval_form(org, asked, *user) : sign_in_redirect(org, asked, *user);
}

Response decide(Org& org, const Place& place, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST", 405);
  const Form form = Form::body_of(request);
  const auto pending = org.approvals()->take(form.require("ticket"), org.now_ms());
  if (!pending || pending->at_org != place.at_org) refuse("invalid_request", "the page has expired, or was used before");
  const BrowserRequest asked = read_browser_request(org, place, pending->query, pending->experience_id);
  if (form.require("decision") != "allow") return error_redirect(asked, "access_denied", "end-user denied authorization");
  const auto user = org.directory()->find_user(pending->username);
  if (!user || !org.directory()->may_sign_in(*user)) return error_redirect(asked, "access_denied", "authentication failure");
  return sign_in_redirect(org, asked, *user);
}

}  // namespace

Response browser_authorize(Org& org, const Request& request, const std::string& expid) {
  return begin(org, site_of(org), request, expid);
}

Response org_authorize(Org& org, const Request& request) {
  if (request.method != "GET") refuse("invalid_request", "request not supported on this domain");
  return begin(org, org_host_of(org), request, experience_id_of(request.path));
}

// Without a request of an app's it is the page that a headless request gets by mistake.
Response login(Org& org, const Request& request) {
  return request.query.empty() ? login_page(org.site()) : finish_login(org, site_of(org), request);
}
Response org_login(Org& org, const Request& request) { return finish_login(org, org_host_of(org), request); }

Response approval(Org& org, const Request& request) { return decide(org, site_of(org), request); }
Response org_approval(Org& org, const Request& request) { return decide(org, org_host_of(org), request); }

}  // namespace hlid_sim
