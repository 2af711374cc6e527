// authorization_challenge: OAuth 2.0 for First-Party Applications. One endpoint asks for credentials until it has enough,
// and then returns a code in JSON. Each response that asks for more has a new auth_session and invalidates the old one.
#include <algorithm>

#include "simulator/assertion.h"
#include "simulator/crypto.h"
#include "simulator/endpoints.h"
#include "simulator/grants.h"
#include "simulator/init.h"
#include "simulator/registration.h"

namespace hlid_sim {
namespace {

// A form, or the JSON of a registration; both as one JSON object, in which a form's JSON texts have been read.
json fields_of(const Request& request) {
  if (request.is_json()) {
    auto body = strict_json_object(request.body);
    if (!body) refuse("invalid_request", "the body must be a JSON object");
    return *body;
  }
  json fields = json::object();
  const Form form = Form::body_of(request);
  for (const auto& [name, value] : form.fields()) {
    if (name == "userdata") refuse("invalid_request", "a registration begins with a JSON body");
    fields[name] = value;
    if (name != "customdata" && name != "recaptchaevent") continue;
    const auto read = strict_json_object(value);
    if (!read) refuse("invalid_request", name + " must be a JSON object");
    fields[name] = *read;
  }
  return fields;
}

Response go_on(Org& org, AuthSession session, const char* error, const char* error_code, json more = json::object()) {
  const Settings settings = org.settings();
  more["error"] = error;
  if (error_code) more["error_code"] = error_code;
  more["auth_session"] =
      org.auth_sessions()->put(std::move(session), org.now_ms(), int64_t{settings.auth_session_lifetime_s} * 1000);
  return json_response(settings.challenge_error_status, more);
}

Response give_code(Org& org, AuthSession session, const std::shared_ptr<const User>& user) {
  const auto app = org.directory()->find_app(session.grant->client_id);
  if (!app || !app->admin_approved || !user->admin_approved) refuse("invalid_app_access", "user is not admin approved");
  session.grant->username = user->username;
  if (org.settings().first_party_response == "insufficient_authorization") {
    session.satisfied = true;
    return go_on(org, std::move(session), "insufficient_authorization", nullptr);
  }
  return json_response(200, {{"authorization_code", org.tokens()->issue_code(session.grant)}});
}

Response try_password(Org& org, AuthSession session) {
  if (const auto user = org.sign_in(session.username, session.password)) return give_code(org, std::move(session), user);
  return go_on(org, std::move(session), "authorization_required", "invalid_credentials");
}

Response try_otp(Org& org, AuthSession session, const std::string& otp) {
  const Settings settings = org.settings();
  org.watch()->count_use("otps", session.identifier + ":" + otp);
  auto done = org.verifications()->finish(session.identifier, session.purpose, session.method, otp, settings, org.now_ms());
  if (!done) {
    if (++session.failures >= settings.max_otp_attempts) refuse("invalid_session", "start again");
    return go_on(org, std::move(session), "authorization_required", "invalid_otp");
  }
  if (done->purpose == kFirstPartyRegistration) {
    const auto created = create_newcomer(org, std::move(done->person));
    return give_code(org, std::move(session), created);
  }
  const auto user = org.directory()->find_user(done->person.username);
  if (!user || !org.directory()->may_sign_in(*user))
    return go_on(org, std::move(session), "authorization_required", "invalid_otp");
  return give_code(org, std::move(session), user);
}

Response otp_sent(Org& org, AuthSession session, Verification verification, const Settings& settings) {
  session.kind = AuthSession::Kind::otp;
  session.purpose = verification.purpose;
  session.method = verification.method;
  const char* type = verification.method == "email" ? "EMAIL" : "SMS";
  session.identifier = org.verifications()->begin(std::move(verification), settings, org.now_ms());
  return go_on(org, std::move(session), "authorization_required", "login_initialized",
               {{"login_status", {{"state", "otp_sent"}, {"type", type}}}});
}

std::string login_type(const InitCall& call) {
  std::string type = call.require("login_type");
  if (type != "email" && type != "sms") call.refuse("invalid_request", "login_type must be email or sms");
  return type;
}

Response begin_password(Org& org, const InitCall& call, AuthSession session) {
  call.check_protection(call.settings().does_password_login_require_auth);
  const std::string name = call.name(call.settings().is_user_disambiguation_allowed_username_pwd);
  session.username = name;
  if (call.has("login_hint")) {
    const auto user = call.person(name);
    session.username = user ? user->username : "";
  }
  session.password = call.require("password");
  return try_password(org, std::move(session));
}

Response begin_passwordless(Org& org, const InitCall& call, AuthSession session) {
  const std::string name = call.name(true);
  const std::string method = login_type(call);
  call.email_template();
  call.check_protection(call.settings().is_recaptcha_required_pwdless_login);
  call.check_rate(name);
  Verification verification = call.verify_known(kFirstPartyLogin, method, name);
  return otp_sent(org, std::move(session), std::move(verification), call.settings());
}

Response begin_registration(Org& org, const InitCall& call, AuthSession session) {
  if (!call.settings().headless_registration_handler) call.refuse("invalid_request", "no registration handler is configured");
  const std::string method = login_type(call);
  Verification verification = call.verify_newcomer(kFirstPartyRegistration, method);
  if (verification.person.last_name.empty()) call.refuse("invalid_request", "userdata needs a lastName");
  return otp_sent(org, std::move(session), std::move(verification), call.settings());
}

// The first whose member is among the fields of the first request.
struct Flow {
  const char* member;  // null: any
  const InitRules* rules;
  Response (*begin)(Org&, const InitCall&, AuthSession);
};
constexpr Flow kFlows[] = {
    {"userdata", &kFirstPartyRegistrationRules, begin_registration},
    {"login_type", &kFirstPartyPasswordlessRules, begin_passwordless},
    {nullptr, &kFirstPartyPasswordRules, begin_password},
};

// The app that sent the request, proven by an assertion signed with its key.
std::shared_ptr<const App> attested_app(Org& org, const json& fields) {
  const auto text = [&](const char* name) {
    const auto found = fields.find(name);
    if (found == fields.end() || !found->is_string() || found->get<std::string>().empty())
      refuse("invalid_request", std::string("missing required parameter: ") + name);
    return found->get<std::string>();
  };
  auto app = org.directory()->find_app(text("client_id"));
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  if (!org.settings().is_first_party_apps_allowed)
    refuse("invalid_request", "the site does not allow apps to access the authorization challenge endpoint");
  if (!app->is_first_party_app_enabled) refuse("invalid_client", "the app is not a first-party app");
  AssertionRules rules{site_audiences(org)};
  rules.is_attestation = true;
  const auto read = read_assertion(org, *app, text("client_assertion"), rules);
  if (const auto* problem = std::get_if<std::string>(&read)) refuse("invalid_client", *problem);
  return app;
}

Response begin(Org& org, const Request& request, json fields) {
  const auto app = attested_app(org, fields);
  if (org.settings().first_party_response == "redirect_to_web") {
    return json_response(org.settings().challenge_error_status,
                         {{"error", "redirect_to_web"},
                          {"request_uri", "urn:ietf:params:oauth:request_uri:" + hex(random_bytes(16))},
                          {"expires_in", 90}});
  }
  const auto flow = std::find_if(std::begin(kFlows), std::end(kFlows),
                                 [&](const Flow& each) { return !each.member || fields.contains(each.member); });
  const InitCall call(org, request, *flow->rules, std::move(fields));
  const std::string type = org.settings().first_party_response_type;
  if (type == "required" && !call.text("response_type")) refuse("invalid_request", "missing required parameter: response_type");
  if (type == "refused" && call.text("response_type")) refuse("invalid_request", "response_type is not supported here");
  if (call.text("response_type").value_or("code") != "code") refuse("unsupported_response_type", "response type not supported");
  // PKCE is required here, whatever the app's setting is.
  check_code_challenge(call.text("code_challenge"), call.text("code_challenge_method"), true);
  auto scopes = granted_scopes(*app, call.text("scope"));
  if (!scopes) refuse("invalid_scope", "the requested scope is not allowed");
  AuthSession session;
  session.grant = std::make_shared<Grant>();
  session.grant->client_id = app->client_id;
  session.grant->scopes = std::move(*scopes);
  session.grant->code_challenge = call.require("code_challenge");
  session.grant->uvid = carried_uvid(org, request.header("uvid-hint"), call.text("uvid_hint"));
  return flow->begin(org, call, std::move(session));
}

Response proceed(Org& org, const json& fields) {
  const auto text = [&](const char* name) -> std::optional<std::string> {
    if (!fields.contains(name)) return std::nullopt;
    if (!fields[name].is_string()) refuse("invalid_request", std::string(name) + " must be text");
    return fields[name].get<std::string>();
  };
  for (const char* name : {"code_challenge", "scope", "login_type", "userdata"}) {
    if (fields.contains(name)) refuse("invalid_request", std::string(name) + " belongs to the first request");
  }
  const std::string auth_session = *text("auth_session");
  org.watch()->count_use("auth_sessions", auth_session);
  auto session = org.auth_sessions()->take(auth_session, org.now_ms());
  if (!session) refuse("invalid_session", "the session is unknown, has expired or was used before");
  if (text("client_id").value_or(session->grant->client_id) != session->grant->client_id)
    refuse("invalid_session", "the session belongs to another client");
  if (session->satisfied) {
    const auto user = org.directory()->find_user(session->grant->username);
    if (!user) refuse("invalid_session", "start again");
    return give_code(org, std::move(*session), user);
  }
  if (session->kind == AuthSession::Kind::otp) {
    const auto otp = text("login_otp");
    if (!otp || otp->empty()) refuse("invalid_request", "missing required parameter: login_otp");
    return try_otp(org, std::move(*session), *otp);
  }
  const auto username = text("username");
  const auto password = text("password");
  if (!username && !password) refuse("invalid_request", "missing required parameter: password");
  if (username) session->username = *username;
  if (password) session->password = *password;
  return try_password(org, std::move(*session));
}

}  // namespace

Response authorization_challenge(Org& org, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST", 405);
  if (!request.query.empty()) refuse("invalid_request", "parameters must be in the body");
  json fields = fields_of(request);
  return fields.contains("auth_session") ? proceed(org, fields) : begin(org, request, std::move(fields));
}

}  // namespace hlid_sim
