// single_access: the bridge from an access token to a browser session, and the door it opens.
#include "simulator/endpoints.h"

namespace hlid_sim {
namespace {

constexpr int64_t kDoorMs = 60'000;

// An error as userinfo's: a status and one word of text.
[[noreturn]] void refuse_word(int status, std::string_view word) {
  Response response;
  response.status = status;
  response.content_type = "text/html;charset=UTF-8";
  response.body = word;
  refuse(std::move(response));
}

bool is_path_on_site(const Org& org, const std::string& path) {
  const std::string& prefix = org.prefix();
  if (!path.starts_with('/') || path.starts_with("//") || path.find('\\') != std::string::npos) return false;
  return path == prefix || path.starts_with(prefix + "/");
}

}  // namespace

Response single_access(Org& org, const Request& request) {
  if (request.method != "GET" && request.method != "POST") refuse("invalid_request", "must use HTTP GET or POST", 405);
  const Form form = request.method == "GET" ? Form::query_of(request) : request.body.empty() ? Form() : Form::body_of(request);
  auto token = bearer_token(request);
  if (token && form.has("access_token")) refuse_word(400, "Invalid_Param");
  if (!token) token = form.get("access_token");
  if (!token || token->empty()) refuse_word(403, "Missing_OAuth_Token");
  const auto access = org.tokens()->find_access_token(*token);
  if (!access) refuse_word(403, "Bad_OAuth_Token");
  if (access->grant->guest) refuse_word(403, "No_Access");
  // A JWT does not open the UI.
  const auto user = org.directory()->find_user(access->grant->username);
  if (access->jwt || !user || !user->active || user->api_only) refuse_word(403, "Bad_OAuth_Token");
  if (!contains(access->scopes, "web") && !contains(access->scopes, "full")) refuse_word(403, "Invalid_Scope");
  const std::string start = form.get("redirect_uri").value_or(org.prefix() + "/");
  if (!is_path_on_site(org, start)) refuse_word(400, "Invalid_Param");

  const std::string otp = org.doors()->put(start, org.now_ms(), kDoorMs);
  return json_response(200,
                       {{"frontdoor_uri", org.site() + "/secur/frontdoor.jsp?otp=" + otp + "&startURL=" + form_encode(start)}});
}

Response frontdoor(Org& org, const Request& request) {
  if (request.method != "GET") refuse("invalid_request", "must use HTTP GET", 405);
  const std::string otp = Form::query_of(request).require("otp");
  org.watch()->count_use("frontdoor_otps", otp);
  const auto start = org.doors()->take(otp, org.now_ms());
  if (!start) {
    Response response = login_page(org.site());
    response.status = 302;
    response.headers.emplace_back("Location", org.site() + "/login");
    return response;
  }
  Response response = redirect(org.origin() + *start);
  response.headers.emplace_back("Set-Cookie", "sid=simulated; Path=/; Secure; HttpOnly");
  return response;
}

}  // namespace hlid_sim
