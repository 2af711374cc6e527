// SETUP.md: what the files say, as steps in Setup's own words.
#include <algorithm>

#include "base/text.h"
#include "codec/json_write.h"
#include "oauth/org_settings.h"
#include "org/render.h"
#include "org/setup_words.h"
#include "org/xml.h"

namespace hlid::org {
namespace {

// As settings name it, and as the page does.
constexpr std::string_view kSite = "Setup > Digital Experiences > the site > Login & Registration";
constexpr std::string_view kSitePage =
    "Setup > Digital Experiences > All Sites > the site's Workspaces > Administration > Login & Registration";

// Elements that share a setting, or have none.
struct Label {
  std::string_view element;
  std::string_view text;
};
constexpr Label kLabels[] = {
    {"assetTokenAudiences", "Asset tokens: audiences"},
    {"assetTokenSigningCertificate", "Asset tokens: signing certificate"},
    {"assetTokenValidity", "Asset tokens: validity"},
    {"areAttributesIncludedInAssetToken", "Asset tokens: include custom attributes"},
    {"areCustomPermsIncludedInAssetToken", "Asset tokens: include custom permissions"},
    {"clientCredentialsFlowUser", "Client Credentials Flow: Run As"},
    {"commaSeparatedPermissionSet", "Permission sets"},
    {"commaSeparatedProfile", "Profiles"},
    {"consumerKey", "Consumer Key"},
    {"headlessDiscoveryExecutionUser", "User discovery: runs as"},
    {"headlessDiscoveryHandler", "User discovery: handler class"},
    {"isUserDisambiguationAllowedForgotPwd", "User discovery: with a forgotten password"},
    {"isUserDisambiguationAllowedUsernamePwd", "User discovery: with a login"},
    {"namedUserJwtTimeout", "Named User JWT Timeout"},
    {"permittedUsersPolicyType", "Permitted Users"},
    {"registrationExecutionUser", "Headless Registration: runs as"},
    {"registrationHandler", "Headless Registration: handler class"},
    {"registrationUserDefaultProfile", "Headless Registration: profile of new users"},
};
// Another element's line says what these do.
constexpr std::string_view kSilent[] = {"guestJwtSessionTimeoutType", "namedUserJwtSessionTimeoutType"};

struct Row {
  const OrgSetting* setting;
  std::string label;
  std::string value;
};

class Page {
 public:
  Page(const Choices& choices, const Plan& plan) : choices_(choices), plan_(plan) {}

  std::string write() {
    const bool connected_app = choices_.kind == AppKind::connected_app;
    line({"# ", choices_.label, kSetupTitle});
    line({});
    line({"For the flows ", flows(), ", as a ", choices_.public_client ? "public" : "private",
          " client. The files next to this page say the same."});
    deploy();
    line({});
    line({"## With Setup"});
    line({});
    line({"Without a command line, make these settings by hand. The flows that need a setting are in brackets."});
    place("### The org", {"OauthOidcSettings", "ExternalClientAppSettings"});
    line({});
    line({"### The app"});
    line({});
    if (connected_app) {
      line({"Setup > App Manager > ", choices_.label, " > Edit."});
    } else {
      line({"Setup > External Client App Manager > New External Client App: name ", choices_.label, ", API name `", choices_.name,
            "`, contact email ", choices_.contact_email, ", distribution state Local. Then Enable OAuth."});
    }
    settings({"ExtlClntAppGlobalOauthSettings", "ExtlClntAppOauthSettings"});
    permission_set();
    place("### The app's policies", {"ExtlClntAppOauthConfigurablePolicies", "ExtlClntAppConfigurablePolicies"},
          connected_app ? join({"Setup > App Manager > ", choices_.label, " > Manage > Edit Policies."})
                        : join({"Setup > External Client App Manager > ", choices_.label, " > Policies > Edit."}));
    site();
    handlers();
    users();
    if (!plan_.notes().empty()) {
      line({});
      line({"## To know"});
      line({});
      for (const std::string& note : plan_.notes()) line({"- ", note});
    }
    profile();
    return std::move(out_);
  }

 private:
  void line(std::initializer_list<std::string_view> parts) {
    out_ += join(parts);
    out_.push_back('\n');
  }

  std::string flows() const {
    std::string out;
    for (const FlowSpec* flow : choices_.flows) out += join({out.empty() ? "" : ", ", flow->name});
    return out;
  }

  // What files cannot bring, whichever way the rest gets there. That a connected app is to be retrieved first, the notes say.
  void before() {
    const bool client_app = choices_.kind == AppKind::external_client_app;
    if (!client_app && !choices_.public_client) return;
    line({});
    line({"## Before"});
    line({});
    if (client_app) {
      line(
          {"- Setup > External Client Apps > Settings: Opt in to External Client Apps must be on and, to deploy the global "
           "OAuth settings, Allow Access to OAuth Consumer Secrets via Metadata API. The user who deploys or retrieves them has the "
           "permission View External Client Apps Consumer Secrets in Metadata."});
    }
    if (choices_.public_client) {
      line(
          {"- Only if the app runs in a browser: Setup > CORS has its origin in the allowlist, and Enable CORS for OAuth endpoints is "
           "on."});
    }
  }

  void deploy() {
    before();
    line({});
    line({"## With files"});
    line({});
    line({"```sh"});
    line({choices_.mdapi ? "sf project deploy start --metadata-dir . --dry-run   # says what would happen"
                         : "sf project deploy start --manifest manifest/package.xml --dry-run   # says what would happen"});
    line({choices_.mdapi ? "sf project deploy start --metadata-dir ."
                         : "sf project deploy start --manifest manifest/package.xml"});
    line({"```"});
    if (choices_.kind == AppKind::external_client_app) {
      line({});
      line(
          {"The file in `extlClntAppGlobalOauthSets` holds the app's key and secret once it has been retrieved: `.gitignore` keeps it "
           "out of version control."});
    }
  }

  std::string needed_by(const OrgSetting* setting) const {
    std::string out;
    for (const Reason& reason : plan_.reasons()) {
      if (reason.need->setting != setting || reason.need->level == Level::any) continue;
      for (const FlowSpec* flow : reason.flows) {
        if (out.find(join({" ", flow->name, ","})) == std::string::npos) out += join({" ", flow->name, ","});
      }
    }
    if (out.empty()) return out;
    return join({" (", std::string_view(out).substr(1, out.size() - 2), ")"});
  }

  // "the app > Callback URL" on the app's own page: "Callback URL".
  std::string label_of(const ElementSpec& spec) const {
    for (const Label& label : kLabels) {
      if (label.element == spec.name) return std::string(label.text);
    }
    const OrgSetting* setting = spec.setting;
    if (setting == nullptr) return join({"`", spec.name, "` (Metadata API)"});
    if (setting == &kAppRefreshPolicy) return "Refresh Token Policy";
    if (setting == &kAppEnabled) return "Enabled, the app and its OAuth plugin";
    if (setting == &kAppBearerCertificate) {
      return choices_.kind == AppKind::connected_app ? "Use digital signatures, with the certificate"
                                                     : "Enable JWT Bearer Flow, with the certificate";
    }
    std::string_view setup = setting->setup;
    for (const std::string_view prefix : {std::string_view("the app > "), std::string_view("the app's policies > "), kSite}) {
      if (!setup.starts_with(prefix)) continue;
      setup.remove_prefix(prefix.size());
      if (setup.starts_with(" > ")) setup.remove_prefix(3);
    }
    return std::string(setup);
  }

  std::string shown(std::string_view name, const ElementSpec& spec) const {
    if (spec.secret) return "your own";
    if (name.ends_with(".commaSeparatedOauthScopes")) {
      std::string out;
      for (const ScopeSpec* scope : plan_.scopes()) {
        out += join({out.empty() ? "" : "; ", *scope->setup == '\0' ? scope->metadata : scope->setup});
      }
      return out;
    }
    if (name.ends_with(".callbackUrl")) return listed(plan_.redirect_uris());
    if (name.ends_with(".commaSeparatedPermissionSet")) return listed(plan_.permission_sets());
    const std::string_view value = plan_.value(name);
    for (const SetupWord& word : kSetupWords) {
      if (word.element == spec.name && word.value == value) return std::string(word.text);
    }
    if (std::string_view(spec.name).ends_with("JwtTimeout")) return join({value, " minutes"});
    if (spec.kind == ElementKind::boolean) return (value == "true") != spec.inverted ? "on" : "off";
    return std::string(value);
  }

  static std::string listed(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += join({out.empty() ? "" : ", ", part});
    return out;
  }

  // One line a setting, whatever the number of its elements.
  void settings(std::initializer_list<std::string_view> types) {
    std::vector<Row> rows;
    for (const std::string_view type_name : types) {
      const TypeSpec& type = *find_type(type_name);
      collect(type, type.elements, join({type.name, "."}), rows);
    }
    if (!rows.empty()) line({});
    for (const Row& row : rows) line({"- ", row.label, ": ", row.value, needed_by(row.setting)});
  }

  void collect(const TypeSpec& type, std::span<const ElementSpec> specs, const std::string& prefix,
               std::vector<Row>& rows) const {
    for (const ElementSpec& spec : specs) {
      const std::string name = prefix + spec.name;
      if (spec.kind == ElementKind::group) collect(type, spec.children, name + ".", rows);
      if (plan_.value(name).empty()) continue;
      if (std::find(std::begin(kSilent), std::end(kSilent), spec.name) != std::end(kSilent)) continue;
      std::string value = shown(name, spec);
      // The parts of a refresh token policy are one text in a connected app.
      if (!plan_.has_element(name) && spec.setting != &kAppRefreshPolicy) {
        const bool guest = spec.setting == &kAppGuestFlow || spec.setting == &kAppGuestJwt;
        if (!guest || !choices_.has("guest")) continue;
        value = join({spec.kind == ElementKind::boolean ? std::string("on") : value, ", in Setup alone"});
      }
      std::string label = label_of(spec);
      const auto same = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.label == label; });
      if (same == rows.end()) {
        rows.push_back({spec.setting, std::move(label), std::move(value)});
      } else if (same->value != value) {
        same->value += join({" ", value});
      }
    }
  }

  void place(std::string_view title, std::initializer_list<std::string_view> types, std::string_view where = "") {
    const size_t before = out_.size();
    line({});
    line({title});
    if (!where.empty()) {
      line({});
      line({where});
    }
    const size_t begun = out_.size();
    settings(types);
    if (out_.size() == begun) out_.resize(before);
  }

  void permission_set() {
    if (plan_.own_permission_set().empty()) return;
    line({});
    line({"### The permission set"});
    line({});
    line({"Setup > Permission Sets > New: label ", choices_.label, " users, API name `", plan_.own_permission_set(),
          "`. It needs no permissions: users who have it may use the app."});
  }

  void site() {
    const size_t before = out_.size();
    place("### The site", {"Network"}, join({kSitePage, "."}));
    if (out_.size() == before) return;
    if (choices_.network.empty()) {
      line({});
      line(
          {"These are not in the files: the file of a site has many elements that only the org knows. Retrieve it (`sf project retrieve "
           "start --metadata Network`) and generate again with it, or make the settings here."});
    }
    if (choices_.recaptcha) {
      line({});
      line({"Enter the secret key of reCAPTCHA there, too: these files do not hold it."});
    }
  }

  void handlers() {
    const std::string names[] = {plan_.registration_handler(), plan_.discovery_handler(), plan_.exchange_handler()};
    if (std::all_of(std::begin(names), std::end(names), [](const std::string& name) { return name.empty(); })) return;
    line({});
    line({"### Apex classes"});
    line({});
    line(
        {"Setup > Apex Classes > New. Read each before you use it, and write its tests: production accepts no class without tests."});
    line({});
    for (const std::string& name : names) {
      if (!name.empty()) line({"- `", name, "`: its source is in `classes/", name, ".cls`"});
    }
    if (!plan_.exchange_handler().empty()) {
      line({});
      line({"Then Setup > Token Exchange Handlers > New: class `", plan_.exchange_handler(),
            "`, accepts ID tokens and JWTs; Enable New App: `", choices_.name, "`, runs as ", choices_.run_as_user,
            ". Setup > Remote Site Settings: the address of the provider's keys."});
    }
  }

  void users() {
    const bool approved =
        plan_.value("ExtlClntAppOauthConfigurablePolicies.permittedUsersPolicyType") == "AdminApprovedPreAuthorized";
    std::vector<const OrgSetting*> facts;
    for (const Reason& reason : plan_.reasons()) {
      if (!std::string_view(reason.need->setting->id).starts_with("user_")) continue;
      if (std::find(facts.begin(), facts.end(), reason.need->setting) == facts.end()) facts.push_back(reason.need->setting);
    }
    if (!approved && facts.empty()) return;
    line({});
    line({"### The users"});
    line({});
    if (approved) {
      const bool one = plan_.permission_sets().size() == 1;
      line({"- Assign ", one ? "the permission set " : "one of the permission sets ", listed(plan_.permission_sets()),
            " to everyone who is to use the app."});
    }
    for (const OrgSetting* fact : facts) line({"- ", fact->setup, ": ", fact->doc, needed_by(fact)});
  }

  // "/shop", as the site's file has it.
  std::string prefix() const {
    if (choices_.network.empty()) return {};
    const Xml xml = Xml::read(choices_.network);
    const auto found = xml.root() == nullptr ? std::nullopt : xml.root()->value("urlPathPrefix");
    return found && !found->empty() ? join({"/", *found}) : std::string();
  }

  static bool serves(const FlowSpec& flow, HostKind kind) {
    return std::find(flow.hosts.begin(), flow.hosts.end(), kind) != flow.hosts.end();
  }

  void profile_at(std::string_view host, bool has_callback) {
    line({});
    line({"```json"});
    std::string text;
    JsonWriter json(text);
    json.begin_object().member("site", join({"https://", host})).member("client_id", "...");
    if (!choices_.public_client) json.member("client_secret", "...");
    if (has_callback) json.member("redirect_uri", plan_.redirect_uris().front());
    json.end_object();
    line({text});
    line({"```"});
  }

  void profile() {
    bool at_site = false;
    bool at_domain = false;
    bool callback = false;
    for (const FlowSpec* flow : choices_.flows) {
      const bool person = std::find(flow->needs.begin(), flow->needs.end(), "redirect_uri") != flow->needs.end();
      // People sign in at a site; servers at the org's own host, where it serves the flow.
      const bool site = !serves(*flow, HostKind::my_domain) || (person && serves(*flow, HostKind::site));
      (site ? at_site : at_domain) = true;
      callback = callback || person;
    }
    line({});
    line({"## Then"});
    line({});
    line(
        {"Setup shows the app's Consumer Key and Secret (OAuth Settings). A new key works after up to ten minutes. The key is "
         "`client_id`",
         choices_.public_client ? "" : ", the secret `client_secret`", " of a profile:"});
    const bool both = at_domain && at_site;
    if (at_site || !at_domain) profile_at(join({"YOUR-SITE.my.site.com", prefix()}), callback);
    if (both) {
      line({});
      line({"Flows without a site are at the org's My Domain, with a profile of their own:"});
    }
    if (at_domain) profile_at("YOUR-DOMAIN.my.salesforce.com", callback && !both);
    line({});
    line({"`headlessid check --profile FILE` tries it."});
  }

  const Choices& choices_;
  const Plan& plan_;
  std::string out_;
};

}  // namespace

std::string setup_page(const Choices& choices, const Plan& plan) { return Page(choices, plan).write(); }

}  // namespace hlid::org
