// SETUP.md: what the files say, as steps in Setup's own words.
#include <algorithm>

#include "base/text.h"
#include "oauth/org_settings.h"
#include "org/render.h"

namespace hlid::org {
namespace {

// The words of Setup for those of metadata. An empty text: another element's line says it.
struct SetupWord {
  std::string_view element;
  std::string_view value;
  std::string_view text;
};
constexpr SetupWord kWords[] = {
    {"permittedUsersPolicyType", "AdminApprovedPreAuthorized", "Admin approved users are pre-authorized"},
    {"permittedUsersPolicyType", "AllSelfAuthorized", "All users may self-authorize"},
    {"ipRelaxationPolicyType", "Enforce", "Enforce IP restrictions"},
    {"guestJwtSessionTimeoutType", "Custom", ""},
    {"refreshTokenPolicyType", "SpecificLifetime", "Expire refresh token after"},
};

class Page {
 public:
  Page(const Choices& choices, const Plan& plan) : choices_(choices), plan_(plan) {}

  std::string write() {
    const bool connected_app = choices_.kind == AppKind::connected_app;
    line({"# ", choices_.label, ": what to set up in the org"});
    line({});
    line({"For the flows ", flows(), ", as a ", choices_.public_client ? "public" : "private",
          " client. The files next to this page say the same."});
    deploy();
    line({});
    line({"## With Setup"});
    line({});
    line({"Without a command line, make these settings by hand. The flows that need a setting are in brackets."});
    place("### The org", {"OauthOidcSettings", "ExternalClientAppSettings"});
    if (connected_app) {
      line({});
      line({"### The app"});
      line({});
      line({"Setup > App Manager > ", choices_.label, " > Edit; the policies are on Manage."});
    } else {
      line({});
      line({"### The app"});
      line({});
      line({"Setup > External Client App Manager > New External Client App: name ", choices_.label, ", API name `", choices_.name,
            "`, contact email ", choices_.contact_email, ", distribution state Local. Then Enable OAuth."});
    }
    settings({"ExtlClntAppGlobalOauthSettings", "ExtlClntAppOauthSettings"});
    place("### The app's policies", {"ExtlClntAppOauthConfigurablePolicies", "ExtlClntAppConfigurablePolicies"});
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

  void deploy() {
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
  static std::string_view label_of(const OrgSetting* setting) {
    if (setting == &kAppPermittedUsers) return "Permitted Users";
    if (setting == &kAppRefreshPolicy) return "Refresh Token Policy";
    if (setting == &kAppEnabled) return "Enabled, the app and its OAuth plugin";
    const std::string_view setup = setting->setup;
    for (const std::string_view prefix : {"the app > ", "the app's policies > "}) {
      if (setup.starts_with(prefix)) return setup.substr(prefix.size());
    }
    return setup;
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
    for (const SetupWord& word : kWords) {
      if (word.element == spec.name && word.value == value) return std::string(word.text);
    }
    if (std::string_view(spec.name) == "guestJwtTimeout") return join({value, " minutes"});
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
    std::vector<std::pair<const OrgSetting*, std::string>> rows;
    for (const std::string_view type_name : types) {
      const TypeSpec& type = *find_type(type_name);
      collect(type, type.elements, join({type.name, "."}), rows);
    }
    if (!rows.empty()) line({});
    for (const auto& [setting, value] : rows) line({"- ", label_of(setting), ": ", value, needed_by(setting)});
  }

  void collect(const TypeSpec& type, std::span<const ElementSpec> specs, const std::string& prefix,
               std::vector<std::pair<const OrgSetting*, std::string>>& rows) const {
    for (const ElementSpec& spec : specs) {
      const std::string name = prefix + spec.name;
      if (spec.kind == ElementKind::group) collect(type, spec.children, name + ".", rows);
      if (spec.setting == nullptr || plan_.value(name).empty()) continue;
      const std::string value = shown(name, spec);
      if (value.empty()) continue;
      const auto same = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.first == spec.setting; });
      if (same == rows.end()) {
        rows.emplace_back(spec.setting, value);
      } else if (same->second != value) {
        same->second += join({spec.kind == ElementKind::text ? ", " : " ", value});
      }
    }
  }

  void place(std::string_view title, std::initializer_list<std::string_view> types) {
    const size_t before = out_.size();
    line({});
    line({title});
    const size_t begun = out_.size();
    settings(types);
    if (out_.size() == begun) out_.resize(before);
  }

  void site() {
    const size_t before = out_.size();
    place("### The site", {"Network"});
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
    if (approved) line({"- Assign the permission set ", listed(plan_.permission_sets()), " to everyone who is to use the app."});
    for (const OrgSetting* fact : facts) line({"- ", fact->setup, ": ", fact->doc, needed_by(fact)});
  }

  void profile() {
    line({});
    line({"## Then"});
    line({});
    line(
        {"Setup shows the app's Consumer Key and Secret (OAuth Settings). A new key works after up to ten minutes. The key is `client_id`",
         choices_.public_client ? "" : ", the secret `client_secret`", " of a profile:"});
    line({});
    line({"```json"});
    line({R"({"site": "https://YOUR-SITE.my.site.com", "client_id": "...", "redirect_uri": ")", plan_.redirect_uris().front(),
          "\"}"});
    line({"```"});
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
