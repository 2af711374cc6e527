// authorize: the endpoint where a credential becomes a code. Auth-Request-Type says which flow a request belongs to.
#include <algorithm>

#include "simulator/endpoints.h"
#include "simulator/grants.h"
#include "simulator/init.h"
#include "simulator/registration.h"

namespace hlid_sim {
namespace {

GrantPtr new_grant(const App& app, const Form& form, std::vector<std::string> scopes) {
  auto grant = std::make_shared<Grant>();
  grant->client_id = app.client_id;
  grant->redirect_uri = form.require("redirect_uri");
  grant->scopes = std::move(scopes);
  grant->code_challenge = form.get("code_challenge").value_or("");
  grant->nonce = form.get("nonce").value_or("");
  return grant;
}

// The user whom the discovery handler finds, or a name that does not exist.
std::string discovered_username(const Org& org, const Form& form) {
  const Settings settings = org.settings();
  if (form.has("username")) refuse("invalid_request", "username cannot be combined with login_hint");
  if (!settings.headless_discovery_handler || !settings.is_user_disambiguation_allowed_username_pwd)
    refuse("invalid_request", "login_hint needs a user discovery handler");
  // In a form it is JSON in a string.
  if (const auto custom = form.get("customdata"); custom && !strict_json_object(*custom))
    refuse("invalid_request", "customdata must be a JSON object");
  const auto user = org.directory()->discover(form.require("login_hint"));
  return user ? user->username : "";
}

// The password was right, and the person is sent to one of Salesforce's own pages.
Response page_for(const Org& org, std::string_view page) {
  struct Page {
    std::string_view name, path;
  };
  constexpr Page kPages[] = {
      {"change_password", "/_ui/system/security/ChangePassword?retURL=%2F&fromFrontdoor=1"},
      {"verify_identity", "/_ui/identity/verification/method/EmailVerificationFinishUi/e?vcsrf=simulated"},
      {"login_flow", "/loginflow/loginFlowOnly.apexp?retURL=%2F"},
      {"approval", "/setup/secur/RemoteAccessAuthorizationPage.apexp?source=simulated"},
      {"error_page", "/setup/secur/RemoteAccessErrorPage.apexp?error=OAUTH_AUTHORIZATION_BLOCKED&error_description=blocked"},
  };
  const bool here = page.ends_with(" here");
  if (here) page.remove_suffix(5);
  const auto found = std::find_if(std::begin(kPages), std::end(kPages), [&](const Page& each) { return each.name == page; });
  if (found == std::end(kPages)) refuse("invalid_request", "the user's page is not a page of the simulated org");
  const std::string address = org.site() + std::string(found->path);
  Response response;
  response.status = here ? 200 : 302;
  if (here) {
    response.content_type = "text/html;charset=UTF-8";
    response.body = "<!DOCTYPE html>\n<script>window.location.replace('" + address + "');</script>\n";
  } else {
    response.headers.emplace_back("Location", address);
  }
  return response;
}

// Shared by all named flows; each has its own check of a credential, which returns null for a wrong one.
template <typename Check>
Response sign_in(Org& org, const Request& request, const App& app, const Form& form, Check check,
                 std::string_view wrong = "invalid_grant") {
  auto scopes = granted_scopes(app, form.get("scope"));
  if (!scopes) {
    Response response = login_page(org.site());
    response.status = 302;
    response.headers.emplace_back("Location", org.site() + "/login");
    return response;
  }
  const std::string uvid = carried_uvid(org, request.header("uvid-hint"), form.get("uvid_hint"));
  const std::shared_ptr<const User> user = check();
  if (!user) refuse(wrong, "authentication failure");
  if (!app.admin_approved || !user->admin_approved) refuse("invalid_app_access", "user is not admin approved");
  if (!user->page.empty()) return page_for(org, user->page);
  auto grant = new_grant(app, form, std::move(*scopes));
  grant->username = user->username;
  grant->uvid = uvid;
  return code_redirect(org, std::move(grant), form.get("state"));
}

Response named_user(Org& org, const Request& request, const App& app, const Form& form) {
  const bool in_body = form.has("username") || form.has("password") || form.has("login_hint");
  const bool in_header = request.header("authorization").has_value();
  if (in_body && in_header) refuse("invalid_request", "the credentials must be in one place only");
  const std::string alphabet = org.settings().basic_alphabet;
  if (in_header && alphabet != "any" && !app.is_code_cred_post_only) {
    const std::string given = *request.header("authorization");
    const bool url_safe = given.find_first_of("+/=") == std::string::npos;
    // Both alphabets write some texts alike: those whose length is a multiple of three and which need neither of two characters.
    const bool standard = given.find_first_of("-_") == std::string::npos && (given.size() - given.rfind(' ') - 1) % 4 == 0;
    if (alphabet == "standard" ? !standard : !url_safe) refuse("invalid_grant", "authentication failure");
  }
  // With POST-only the header is ignored, and a request without credentials is a request for the login page.
  if (!in_body && (!in_header || app.is_code_cred_post_only)) return login_page(org.site());

  // Some clients send one here too; how an org treats it is not known.
  if (const auto recaptcha = form.get("recaptcha")) org.watch()->count_use("recaptcha_tokens", *recaptcha);
  return sign_in(org, request, app, form, [&] {
    if (form.has("login_hint")) return org.sign_in(discovered_username(org, form), form.require("password"));
    if (form.has("customdata")) refuse("invalid_request", "customdata needs a login_hint");
    const auto basic = basic_credentials(request);
    return org.sign_in(basic ? basic->left : form.require("username"), basic ? basic->right : form.require("password"));
  });
}

// The second step of registration and passwordless login: identifier and code in the header, which is where all known
// clients put them; POST-only concerns passwords alone.
std::optional<Verification> verified(Org& org, const Request& request, const std::string& purpose) {
  const auto method = request.header("auth-verification-type");
  if (!method || (*method != "email" && *method != "sms")) refuse("invalid_request", "invalid headers");
  const auto basic = basic_credentials(request);
  org.watch()->count_use("identifiers", basic->left);
  org.watch()->count_use("otps", basic->left + ":" + basic->right);
  return org.verifications()->finish(basic->left, purpose, *method, basic->right, org.settings(), org.now_ms());
}

Response by_code(Org& org, const Request& request, const App& app, const Form& form, const std::string& purpose,
                 std::shared_ptr<const User> (*user_of)(Org&, Verification)) {
  if (form.has("username") || form.has("password") || form.has("login_hint"))
    refuse("invalid_request", "the credentials must be in one place only");
  if (!request.header("authorization")) return login_page(org.site());
  const std::string wrong = org.settings().wrong_otp_error;
  return sign_in(
      org, request, app, form,
      [&]() -> std::shared_ptr<const User> {
        auto verification = verified(org, request, purpose);
        return verification ? user_of(org, std::move(*verification)) : nullptr;
      },
      wrong);
}

Response user_registration(Org& org, const Request& request, const App& app, const Form& form) {
  return by_code(org, request, app, form, "user-registration",
                 [](Org& in, Verification done) { return create_newcomer(in, std::move(done.person)); });
}

Response passwordless_login(Org& org, const Request& request, const App& app, const Form& form) {
  return by_code(org, request, app, form, "passwordless-login", [](Org& in, Verification done) -> std::shared_ptr<const User> {
    const auto user = in.directory()->find_user(done.person.username);
    return user && in.directory()->may_sign_in(*user) ? user : nullptr;
  });
}

Response guest(Org& org, const Request& request, const App& app, const Form& form) {
  if (request.header("authorization") || form.has("username") || form.has("password"))
    refuse("invalid_request", "invalid headers");
  if (!app.is_guest_code_cred_flow_enabled) refuse("invalid_request", "guest flow not enabled");

  // "UVID <uuid>" or "JWT <token that has one>"; anything else gets the same error, as on a live org.
  const auto header = request.header("uvid-hint");
  const auto body = form.get("uvid_hint");
  if (header.has_value() == body.has_value()) refuse("invalid_request", "uvid invalid");
  const std::string placement = org.settings().guest_uvid_placement;
  if (placement != "any" && header.has_value() != (placement == "header")) refuse("invalid_request", "uvid invalid");
  const std::string hint = header ? *header : *body;
  std::string raw;
  std::string uvid;
  if (hint.starts_with("UVID ")) {
    raw = hint.substr(5);
    if (is_uuid_v4(raw)) uvid = raw;
  } else if (hint.starts_with("JWT ")) {
    raw = hint.substr(4);
    uvid = uvid_inside(org, raw);
  }
  if (uvid.empty()) refuse("invalid_request", "uvid invalid");

  auto scopes = granted_scopes(app, form.get("scope"));
  const Strings allowed = org.settings().guest_scopes;
  const auto is_allowed = [&](const std::string& scope) { return allowed.empty() || contains(allowed, scope); };
  if (scopes && form.has("scope") && !std::all_of(scopes->begin(), scopes->end(), is_allowed)) scopes.reset();
  if (!scopes) refuse("invalid_scope", "the requested scope is not allowed");
  std::erase_if(*scopes, [&](const std::string& scope) { return !is_allowed(scope); });
  auto grant = new_grant(app, form, std::move(*scopes));
  grant->guest = true;
  grant->uvid = uvid;
  grant->uvid_hint = raw;
  return code_redirect(org, std::move(grant), form.get("state"));
}

struct Kind {
  std::string_view name;  // exactly this case
  Response (*run)(Org&, const Request&, const App&, const Form&);
};
constexpr Kind kKinds[] = {{"Named-User", named_user},
                           {"user-registration", user_registration},
                           {"passwordless-login", passwordless_login},
                           {"guest", guest}};

}  // namespace

std::string experience_id_of(std::string_view path) {
  const size_t at = path.find(kAuthorizePath);
  if (at == std::string_view::npos) return {};
  path.remove_prefix(at + kAuthorizePath.size());
  return path.size() > 1 && path.front() == '/' && path.find('/', 1) == std::string_view::npos ? std::string(path.substr(1))
                                                                                               : std::string();
}

Response authorize(Org& org, const Request& request) {
  if (request.method == "GET" && Form::query_of(request).has("sso_provider")) return sso_authorize(org, request);
  if (request.method == "GET" && Form::query_of(request).has("response_type"))
    return browser_authorize(org, request, experience_id_of(request.path));
  // A live org sends a request that it does not recognize as headless the page that a browser would get.
  if (request.method != "POST" || !org.settings().oauth_cd_crdt_flow_enable) return login_page(org.site());
  const auto type = request.header("auth-request-type");
  if (!type) return login_page(org.site());
  const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return k.name == *type; });
  if (kind == std::end(kKinds)) refuse("invalid_request", "invalid headers");

  const Form form = Form::body_of(request);
  // Credentials in the address would end in logs, and the endpoint reads the body alone.
  if (!request.query.empty()) refuse("invalid_request", "parameters must be in the body");
  if (form.require("response_type") != "code_credentials") refuse("unsupported_response_type", "response type not supported");
  const auto app = org.directory()->find_app(form.require("client_id"));
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  if (!app->is_code_cred_flow_enabled) return login_page(org.site());
  if (!org.is_registered(*app, form.require("redirect_uri")))
    refuse("redirect_uri_mismatch", "redirect_uri must match configuration");
  const std::string method = org.settings().code_challenge_method;
  if (method == "required" && form.has("code_challenge") && !form.has("code_challenge_method"))
    refuse("invalid_request", "missing required code challenge method");
  if (method == "refused" && form.has("code_challenge_method")) refuse("invalid_request", "code challenge method not supported");
  check_code_challenge(form.get("code_challenge"), form.get("code_challenge_method"),
                       app->is_pkce_required || org.settings().is_pkce_required);
  return kind->run(org, request, *app, form);
}

}  // namespace hlid_sim
