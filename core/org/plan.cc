#include "org/plan.h"
#include "org/text_kinds.h"

#include <algorithm>

#include "base/text.h"
#include "oauth/org_settings.h"

namespace hlid::org {
namespace {

#define HLID_APP "ExternalClientApplication."
#define HLID_GLOBAL "ExtlClntAppGlobalOauthSettings."
#define HLID_OAUTH "ExtlClntAppOauthSettings."
#define HLID_POLICIES "ExtlClntAppOauthConfigurablePolicies."
#define HLID_PLUGINS "ExtlClntAppConfigurablePolicies."
#define HLID_SITE "Network.networkAuthApiSettings."

constexpr std::string_view kScopesElement = HLID_OAUTH "commaSeparatedOauthScopes";
constexpr std::string_view kLocalCallback = "http://localhost:1717/OauthRedirect";

std::string_view yes_or_no(bool on) { return on ? "true" : "false"; }

// What a caller gives for an element that must have a text.
struct Input {
  std::string_view element;
  std::string_view member;
  std::string Choices::* value;
};
constexpr Input kInputs[] = {
    {HLID_GLOBAL "certificate", "certificate", &Choices::certificate},
    {HLID_OAUTH "clientAssertionCertificate", "attestation_certificate", &Choices::attestation_certificate},
    {HLID_OAUTH "assetTokenSigningCertificate", "asset_token_certificate", &Choices::asset_token_certificate},
    {HLID_OAUTH "assetTokenAudiences", "asset_token_audiences", &Choices::asset_token_audiences},
    {HLID_OAUTH "assetTokenValidity", "asset_token_validity", &Choices::asset_token_validity},
    {HLID_POLICIES "clientCredentialsFlowUser", "run_as_user", &Choices::run_as_user},
};

// A connected app has these in Setup alone.
bool is_in_setup_alone(const OrgSetting& setting) { return &setting == &kAppGuestFlow || &setting == &kAppGuestJwt; }

bool is_of_app(std::string_view element) {
  return element.starts_with("Extl") || element.starts_with("ExternalClientApplication.");
}

// A class may have 40 characters.
std::string class_name(std::string_view app, std::string_view role) { return join({app.substr(0, 40 - role.size()), role}); }

bool any_flow(const Choices& choices, bool (*is)(std::string_view)) {
  return std::any_of(choices.flows.begin(), choices.flows.end(), [&](const FlowSpec* flow) { return is(flow->name); });
}
bool is_hybrid(std::string_view flow) { return flow.starts_with("hybrid_"); }
bool is_of_web_domain(const ScopeSpec* scope) {
  const std::string_view word = scope->metadata;
  return word == "Lightning" || word == "Content" || word == "CustomApplications";
}
bool is_first_party(std::string_view flow) { return flow.starts_with("first_party_"); }
bool is_headless(std::string_view flow) {
  return flow == "guest" || flow == "login" || flow == "registration" || flow == "passwordless_login" || is_first_party(flow);
}
// A page of the org, and hybrid flows other than those of a code.
bool needs_opaque_tokens(std::string_view flow) {
  return flow == "single_access" || flow == "hybrid_user_agent" || flow == "hybrid_token_exchange";
}
bool exchanges_tokens(std::string_view flow) { return flow == "token_exchange" || flow == "hybrid_token_exchange"; }
bool is_for_servers(std::string_view flow) {
  return flow == "client_credentials" || flow == "jwt_bearer" || flow == "saml_bearer";
}
bool registers(std::string_view flow) { return flow == "registration" || flow == "first_party_registration"; }

std::string names_of(const std::vector<const FlowSpec*>& flows) {
  std::string out;
  for (const FlowSpec* flow : flows) out += join({out.empty() ? "" : ", ", flow->name});
  return out;
}

}  // namespace

Result<Plan> Plan::make(const Choices& choices) {
  Plan plan(choices);
  if (auto built = plan.build(); !built) return std::move(built).error();
  return plan;
}

std::string_view Plan::value(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string_view() : found->second;
}

std::string Plan::registration_handler() const {
  return any_flow(*choices_, registers) ? class_name(choices_->name, "Registration") : std::string();
}
std::string Plan::discovery_handler() const {
  return choices_->login_hint ? class_name(choices_->name, "UserDiscovery") : std::string();
}
std::string Plan::exchange_handler() const {
  return any_flow(*choices_, exchanges_tokens) ? class_name(choices_->name, "TokenExchange") : std::string();
}

bool Plan::after_guest() const {
  return choices_->has("guest") && std::any_of(choices_->flows.begin(), choices_->flows.end(), [](const FlowSpec* flow) {
           return is_headless(flow->name) && std::string_view(flow->name) != "guest";
         });
}

Circumstances Plan::circumstances() const {
  Circumstances out;
  out.client = choices_->public_client ? Circumstances::Client::of_public : Circumstances::Client::of_private;
  out.basic_header = false;
  out.after_guest = after_guest();
  out.login_hint = choices_->login_hint;
  out.templates = false;
  out.other_apps = false;
  return out;
}

bool Plan::has_element(std::string_view name) const { return !is_of_app(name) || static_cast<bool>(element_of(name)); }

// The element of this kind of app; of a connected app the one that has it as its twin.
ElementRef Plan::element_of(std::string_view name) const {
  const ElementRef ref = find_element(name);
  if (!ref || choices_->kind != AppKind::connected_app || !is_of_app(name)) return ref;
  if (const ElementRef twin = twin_of(*ref.type, *ref.element)) return twin;
  const TypeSpec* type = find_type("ConnectedApp");
  for (const ElementSpec& spec : type->elements) {
    if (name == spec.twin) return {type, &spec, spec.name};
  }
  return {};
}

// What this kind of app has no element for is kept too: Setup has it, and other elements are made of it.
void Plan::set(std::string_view name, std::string_view value, bool needed) {
  if (const ElementRef ref = element_of(name)) {
    const int since = std::max(ref.type->since, ref.element->since);
    if (since > choices_->api_version && !needed) return;
    if (since > newest_) {
      newest_ = since;
      newest_name_ = join({ref.type->name, ".", ref.path});
    }
  }
  if (needed) needed_.emplace_back(name);
  values_.insert_or_assign(std::string(name), std::string(value));
}

bool Plan::has_scope(std::string_view word) const {
  return std::any_of(scopes_.begin(), scopes_.end(), [&](const ScopeSpec* scope) { return word == scope->metadata; });
}

void Plan::add_scope(std::string_view word) {
  const ScopeSpec* scope = find_scope(word);
  if (scope != nullptr && !has_scope(scope->metadata)) scopes_.push_back(scope);
}

// ---- what every app has ----

void Plan::begin_app() {
  const Choices& in = *choices_;
  const bool secret = !in.public_client;
  set(HLID_APP "contactEmail", in.contact_email, true);
  set(HLID_APP "description", join({"Flows: ", names_of(in.flows), "."}), false);
  set(HLID_APP "distributionState", "Local", false);
  set(HLID_APP "isProtected", "false", false);
  set(HLID_APP "label", in.label, true);
  redirect_uris_ = in.redirect_uris;
  for (const ScopeSpec* scope : in.scopes) add_scope(scope->metadata);
  for (const Input& input : kInputs) {
    if ((in.*input.value).empty()) continue;
    // The certificate may be that of a client's own assertions as well.
    const bool used =
        input.value == &Choices::certificate || std::any_of(in.flows.begin(), in.flows.end(), [&](const FlowSpec* flow) {
          const std::vector<const Need*> rows = needs_of(*flow);
          return std::any_of(rows.begin(), rows.end(), [&](const Need* row) { return input.element == row->element; });
        });
    if (used) {
      set(input.element, in.*input.value, true);
    } else if (input.value != &Choices::run_as_user) {
      note(join({input.member, " is not used: none of these flows needs it."}));
    }
  }
  if (!in.client_id.empty()) set(HLID_GLOBAL "consumerKey", in.client_id, true);
  // A visitor's UVID goes into JWTs.
  const bool jwt = in.has("guest") && !any_flow(in, needs_opaque_tokens);
  set(HLID_GLOBAL "isCodeCredPostOnly", yes_or_no(any_flow(in, is_headless)), false);
  set(HLID_GLOBAL "isConsumerSecretOptional", yes_or_no(!secret), true);
  set(HLID_GLOBAL "isIntrospectAllTokens", "false", false);
  set(HLID_GLOBAL "isPkceRequired", "true", false);
  set(HLID_GLOBAL "isNamedUserJwtEnabled", yes_or_no(jwt), false);
  // Hybrid flows, and apps with their scopes, bear one of the two.
  const bool hybrid = any_flow(in, is_hybrid) || std::any_of(in.scopes.begin(), in.scopes.end(), is_of_web_domain);
  set(HLID_GLOBAL "isRefreshTokenRotationEnabled", yes_or_no(!(jwt && hybrid)), false);
  set(HLID_GLOBAL "isSecretRequiredForRefreshToken", yes_or_no(secret), true);
  set(HLID_GLOBAL "isSecretRequiredForTokenExchange", yes_or_no(secret), false);
  if (in.has("asset_token")) {
    set(HLID_OAUTH "areAttributesIncludedInAssetToken", "false", false);
    set(HLID_OAUTH "areCustomPermsIncludedInAssetToken", "false", false);
  }
  for (const char* flow_switch :
       {HLID_GLOBAL "isClientCredentialsFlowEnabled", HLID_GLOBAL "isCodeCredFlowEnabled", HLID_GLOBAL "isDeviceFlowEnabled",
        HLID_GLOBAL "isTokenExchangeEnabled", HLID_POLICIES "isClientCredentialsFlowEnabled",
        HLID_POLICIES "isGuestCodeCredFlowEnabled", HLID_POLICIES "isTokenExchangeFlowEnabled"}) {
    set(flow_switch, "false", false);
  }
}

void Plan::begin_policies() {
  set(HLID_POLICIES "permittedUsersPolicyType", "AllSelfAuthorized", false);
  set(HLID_POLICIES "ipRelaxationPolicyType", "Enforce", false);
  set(HLID_POLICIES "refreshTokenPolicyType", "SpecificLifetime", false);
  set(HLID_POLICIES "refreshTokenValidityPeriod", "30", false);
  set(HLID_POLICIES "refreshTokenValidityUnit", "Days", false);
  set(HLID_PLUGINS "isEnabled", "true", false);
  set(HLID_PLUGINS "isOauthPluginEnabled", "true", false);
  if (choices_->has("guest")) {
    set(HLID_POLICIES "guestJwtSessionTimeoutType", "Custom", false);
    set(HLID_POLICIES "guestJwtTimeout", "15", true);
  }
  if (!registration_handler().empty()) {
    set(HLID_SITE "registrationHandler", registration_handler(), true);
    if (!choices_->run_as_user.empty()) set(HLID_SITE "registrationExecutionUser", choices_->run_as_user, true);
    if (!choices_->registration_profile.empty()) {
      set(HLID_SITE "registrationUserDefaultProfile", choices_->registration_profile, false);
    }
  }
  if (!discovery_handler().empty()) {
    set(HLID_SITE "headlessDiscoveryHandler", discovery_handler(), true);
    set(HLID_SITE "isUserDisambiguationAllowedUsernamePwd", "true", false);
    set(HLID_SITE "isUserDisambiguationAllowedForgotPwd", "true", false);
    if (!choices_->run_as_user.empty()) set(HLID_SITE "headlessDiscoveryExecutionUser", choices_->run_as_user, true);
  }
}

// ---- what flows need ----

Result<void> Plan::build() {
  begin_app();
  begin_policies();
  const Circumstances known = circumstances();
  for (const FlowSpec* flow : choices_->flows) {
    for (const Need* need : needs_of(*flow)) {
      if (!counts(need->when, known).value_or(false)) continue;
      const auto same = std::find_if(reasons_.begin(), reasons_.end(), [&](const Reason& one) { return one.need == need; });
      if (same == reasons_.end()) {
        reasons_.push_back({need, {flow}});
      } else {
        same->flows.push_back(flow);
      }
    }
  }
  // What a flow cannot do without comes first; a wish never undoes it.
  for (const bool wishes : {false, true}) {
    for (const Reason& reason : reasons_) {
      if (reason.need->level == Level::any || (reason.need->level == Level::should) != wishes) continue;
      if (auto applied = apply(reason); !applied) return applied;
    }
  }
  if (auto applied = apply_integration_scopes(); !applied) return applied;
  return finish();
}

void Plan::note(std::string text) {
  if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) notes_.push_back(std::move(text));
}

Result<void> Plan::apply(const Reason& reason) {
  const Need& need = *reason.need;
  if (!has_element(need.element)) {
    if (need.level != Level::opens) return {};
    if (!is_in_setup_alone(*need.setting)) {
      return Error::argument("kind", join({"must be external_client_app for ", names_of(reason.flows),
                                           ": no file of a connected app has ", need.element}));
    }
    notes_.push_back(
        join({names_of(reason.flows), ": a connected app has this switch in Setup alone: ", need.setting->setup, "."}));
    return {};
  }
  switch (need.wish) {
    case Wish::is: {
      if (value(need.element) == need.value || (*need.or_element != '\0' && value(need.or_element) == need.value)) {
        if (value(need.element) == need.value && need.level != Level::should) needed_.emplace_back(need.element);
        return {};
      }
      if (need.granted && !is_set(need.element)) return {};
      const bool fixed = std::find(needed_.begin(), needed_.end(), need.element) != needed_.end();
      if (need.level == Level::should && fixed) {
        notes_.push_back(join({names_of(reason.flows), ": ", need.element, " should be ", need.value,
                               ", but another flow needs it to be ", value(need.element), ". ", need.doc}));
        return {};
      }
      const bool other = choices_->recaptcha && std::string_view(need.or_element).starts_with(HLID_SITE);
      set(other ? need.or_element : need.element, need.value, true);
      return {};
    }
    case Wish::present: return apply_present(reason);
    case Wish::any_scope:
    case Wish::all_scopes:
    case Wish::own_scope: apply_scopes(need); return {};
    case Wish::localhost:
      if (std::none_of(redirect_uris_.begin(), redirect_uris_.end(),
                       [](const std::string& uri) { return is_local_callback(uri); })) {
        redirect_uris_.emplace_back(kLocalCallback);
      }
      return {};
    case Wish::document:
      notes_.push_back(join({names_of(reason.flows), ": set up in Setup: ", need.setting->setup, "."}));
      return {};
    case Wish::handler:
      if (choices_->run_as_user.empty()) {
        return Error::argument("run_as_user",
                               join({"is missing: the token exchange handler of ", names_of(reason.flows), " runs as a user"}));
      }
      return {};
    case Wish::keeper: return Error::argument("client", join({"must be private for ", names_of(reason.flows), ". ", need.doc}));
    case Wish::client_app:
    case Wish::connected_app: {
      const AppKind kind = need.wish == Wish::client_app ? AppKind::external_client_app : AppKind::connected_app;
      // The device flow goes on until its date: a note says so.
      if (choices_->kind == kind || need.setting == &kAppLocalWithCallback) return {};
      return Error::argument("kind", join({"must be ", name_of(kind), " for ", names_of(reason.flows), ". ", need.doc}));
    }
    case Wish::perhaps_connected_app:
      if (choices_->kind != AppKind::connected_app) notes_.push_back(join({names_of(reason.flows), ": ", need.doc}));
      return {};
    case Wish::is_not:
    case Wish::nothing: return {};
  }
  return {};
}

Result<void> Plan::apply_present(const Reason& reason) {
  const Need& need = *reason.need;
  if (is_set(need.element) || (*need.or_element != '\0' && is_set(need.or_element))) return {};
  // Written when all is known.
  if (need.setting == &kAppCallback && !redirect_uris_.empty()) return {};
  if (need.setting == &kAppProfiles) return {};
  std::string_view member = need.setting == &kAppCallback ? std::string_view("redirect_uris") : std::string_view();
  for (const Input& input : kInputs) {
    if (input.element == need.element) member = input.member;
  }
  if (member.empty()) return {};
  return Error::argument(member, join({"is missing: ", names_of(reason.flows), " needs it (", need.setting->setup, ")"}));
}

void Plan::apply_scopes(const Need& need) {
  const std::vector<std::string_view> words = words_of(need.value);
  const auto has = [&](std::string_view word) { return has_scope(word); };
  if (need.wish == Wish::all_scopes) {
    for (const std::string_view word : words) add_scope(word);
  } else if (need.wish == Wish::any_scope && !words.empty()) {
    if (std::none_of(words.begin(), words.end(), has)) add_scope(words.front());
  } else if (need.wish == Wish::own_scope) {
    const auto is_own = [&](const ScopeSpec* scope) {
      return std::find(words.begin(), words.end(), scope->metadata) == words.end();
    };
    if (std::none_of(scopes_.begin(), scopes_.end(), is_own)) add_scope("Api");
  }
}

// Requests without a user go along with a token of an integration user, which has a scope for each kind. A public client keeps
// no such token.
Result<void> Plan::apply_integration_scopes() {
  if (choices_->recaptcha) return {};
  for (const FlowSpec* flow : choices_->flows) {
    for (const RequestSpec* request : flow->requests()) {
      const ScopeSpec* scope = find_scope(request->integration_scope);
      if (scope == nullptr) continue;
      if (choices_->public_client) {
        return Error::argument("recaptcha",
                               join({"must be true for ", flow->name, " of a public client: the site would require a ",
                                     "token of an integration user, which only a server can keep"}));
      }
      if (any_flow(*choices_, is_for_servers)) {
        add_scope(scope->metadata);
      } else {
        note(join({flow->name, ": the site requires a token of an integration user. Make a second app with ",
                   "client_credentials or jwt_bearer and the scope ", scope->wire, "."}));
      }
    }
  }
  return {};
}

Result<void> Plan::finish() {
  const bool approved = value(HLID_POLICIES "permittedUsersPolicyType") == "AdminApprovedPreAuthorized";
  permission_sets_ = choices_->permission_sets;
  if (permission_sets_.empty() && approved) {
    own_permission_set_ = class_name(choices_->name, "Users");
    permission_sets_.push_back(own_permission_set_);
  }
  if (choices_->run_as_user.empty()) {
    const std::string handler = registration_handler().empty() ? discovery_handler() : registration_handler();
    if (!handler.empty()) return Error::argument("run_as_user", join({"is missing: the class ", handler, " runs as a user"}));
  }
  // A token that can only be refreshed opens nothing.
  const auto only_refreshes = [](const ScopeSpec* scope) {
    const std::string_view word = scope->metadata;
    return word == "RefreshToken" || word == "OfflineAccess";
  };
  if (std::all_of(scopes_.begin(), scopes_.end(), only_refreshes)) scopes_.insert(scopes_.begin(), find_scope("Api"));
  // A deployment without a callback is refused, also where no flow uses one.
  if (redirect_uris_.empty()) redirect_uris_.emplace_back(kLocalCallback);
  set(HLID_GLOBAL "callbackUrl", redirect_uris_.front(), true);
  set(kScopesElement, scopes_.front()->metadata, true);
  if (!permission_sets_.empty()) set(HLID_POLICIES "commaSeparatedPermissionSet", permission_sets_.front(), true);
  // A user who has just registered has no permission set: the profile lets them use the app.
  if (approved && is_set(HLID_SITE "registrationUserDefaultProfile")) {
    set(HLID_POLICIES "commaSeparatedProfile", value(HLID_SITE "registrationUserDefaultProfile"), true);
  } else if (approved && !registration_handler().empty()) {
    note(
        "registration: who registers must have a profile or permission set of the app's. Give registration_profile, or let the "
        "handler assign the permission set: without either, new users cannot sign in.");
  }
  if (value(HLID_GLOBAL "isNamedUserJwtEnabled") == "true") {
    set(HLID_POLICIES "namedUserJwtSessionTimeoutType", "Custom", false);
    set(HLID_POLICIES "namedUserJwtTimeout", "30", false);
  }
  if (!choices_->registration_profile.empty() && registration_handler().empty())
    note("registration_profile is not used: none of these flows registers users.");
  const bool issuer = !choices_->idp_issuer.empty() || !choices_->idp_keys.empty() || !choices_->idp_audience.empty();
  if (issuer && exchange_handler().empty()) note("idp_issuer, idp_keys and idp_audience are not used: no flow exchanges tokens.");
  if (choices_->kind == AppKind::connected_app && choices_->has("device"))
    note(
        "device: from 2026-11-30 the device flow works for external client apps that are local only, and not for connected apps.");
  if (choices_->api_secrets) set("ExternalClientAppSettings.enableClientSecretInRestApiAccess", "true", true);
  if (newest_ > choices_->api_version) {
    return Error::argument("api_version",
                           join({"must be ", std::to_string(newest_), " or later: ", newest_name_, " is that new"}));
  }
  if (choices_->kind == AppKind::connected_app) {
    notes_.push_back(
        join({"Retrieve the connected app first (sf project retrieve start --metadata ConnectedApp:", choices_->name,
              ") and compare: a deployment replaces its callbacks, scopes, PKCE, refresh token rotation and Permitted "
              "Users (isAdminApproved). Users of today who have none of the permission sets are cut off."}));
    notes_.emplace_back(
        "Since Spring '26 no connected app can be made unless Salesforce Support opens it: these files are for one "
        "that is there. Prefer an external client app.");
    if (is_set(HLID_POLICIES "clientCredentialsFlowUser") && choices_->client_id.empty()) {
      return Error::argument("client_id",
                             "is missing: a connected app takes its run-as user only together with its consumer key");
    }
  }
  if (!exchange_handler().empty() &&
      (choices_->idp_issuer.empty() || choices_->idp_keys.empty() || choices_->idp_audience.empty())) {
    notes_.push_back(join({exchange_handler(),
                           ".cls: fill in the issuer, the audience and the keys' address of the identity provider "
                           "(idp_issuer, idp_audience, idp_keys)."}));
  }
  return {};
}

}  // namespace hlid::org
