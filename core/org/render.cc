#include "org/render.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "org/write.h"

namespace hlid::org {
namespace {

constexpr std::string_view kClientAppTypes[] = {"ExternalClientApplication", "ExtlClntAppGlobalOauthSettings",
                                                "ExtlClntAppOauthSettings", "ExtlClntAppOauthConfigurablePolicies",
                                                "ExtlClntAppConfigurablePolicies"};
constexpr std::string_view kPolicies = "ExtlClntAppOauthConfigurablePolicies.";

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

class Rendering {
 public:
  Rendering(const Choices& choices, const Plan& plan) : choices_(choices), plan_(plan) {}

  Result<Files> all() {
    if (choices_.kind == AppKind::connected_app) {
      app_document("ConnectedApp", choices_.name);
    } else {
      for (const std::string_view type : kClientAppTypes) {
        // Both records of policies are made by the org with the app, under this name.
        app_document(type, type.ends_with("Policies") ? join({choices_.name, "_defaultPolicy"}) : choices_.name);
      }
    }
    exchange_handler();
    if (!plan_.own_permission_set().empty()) permission_set();
    for (const std::string_view type : {"OauthOidcSettings", "ExternalClientAppSettings"}) org_document(type);
    if (auto done = network(); !done) return std::move(done).error();
    apex_class(plan_.registration_handler(), registration_source(choices_, plan_.registration_handler()));
    apex_class(plan_.discovery_handler(), discovery_source(plan_.discovery_handler()));
    apex_class(plan_.exchange_handler(), exchange_source(choices_, plan_.exchange_handler()));
    manifest();
    return std::move(files_);
  }

 private:
  // ---- the app ----

  // What an element gets: the parts of a list, or one text.
  std::vector<std::string> parts_of(std::string_view element, std::string_view name) const {
    const bool connected_app = choices_.kind == AppKind::connected_app;
    if (name.ends_with(".commaSeparatedOauthScopes")) {
      std::vector<std::string> out;
      for (const ScopeSpec* scope : plan_.scopes()) out.emplace_back(word_of(*scope, connected_app));
      return out;
    }
    if (name.ends_with(".callbackUrl")) return plan_.redirect_uris();
    if (name.ends_with(".commaSeparatedPermissionSet")) return plan_.permission_sets();
    return {connected_app ? of_connected_app(element, name) : std::string(plan_.value(name))};
  }

  // The words of a connected app for what policies say.
  std::string of_connected_app(std::string_view element, std::string_view name) const {
    const std::string_view value = plan_.value(name);
    if (element == "isAdminApproved") return value == "AdminApprovedPreAuthorized" ? "true" : "false";
    if (element == "ipRelaxation") return upper(value);
    if (element == "refreshTokenPolicy") {
      return join({"specific_lifetime:", plan_.value(join({kPolicies, "refreshTokenValidityPeriod"})), ":",
                   upper(plan_.value(join({kPolicies, "refreshTokenValidityUnit"})))});
    }
    return std::string(value);
  }

  void append(Element& parent, const TypeSpec& type, std::span<const ElementSpec> specs, const std::string& prefix) const {
    const bool connected_app = choices_.kind == AppKind::connected_app;
    for (const ElementSpec& spec : specs) {
      const std::string path = prefix + spec.name;
      if (spec.kind == ElementKind::group) {
        Element group = make_element(spec.name, {});
        append(group, type, spec.children, path + ".");
        if (!group.children.empty()) parent.children.push_back(std::move(group));
        continue;
      }
      const bool is_child = !connected_app && std::string_view(type.name) != "ExternalClientApplication";
      if (is_child && path == "externalClientApplication") parent.children.push_back(make_element(path, choices_.name));
      if (is_child && path == "label") parent.children.push_back(make_element(path, choices_.label));
      const std::string name = connected_app ? spec.twin : join({type.name, ".", path});
      if (plan_.value(name).empty()) continue;
      const std::vector<std::string> parts = parts_of(spec.name, name);
      if (spec.repeated) {
        for (const std::string& part : parts) parent.children.push_back(make_element(spec.name, part));
      } else {
        parent.children.push_back(make_element(spec.name, joined(parts, spec.kind == ElementKind::lines ? "\n" : ", ")));
      }
    }
  }

  void app_document(std::string_view type_name, std::string_view member) {
    const TypeSpec& type = *find_type(type_name);
    Element root = make_element(type.name, {});
    append(root, type, type.elements, "");
    add(type, member, root);
  }

  void exchange_handler() {
    const std::string name = plan_.exchange_handler();
    if (name.empty()) return;
    const TypeSpec& type = *find_type("OauthTokenExchangeHandler");
    Element enablement = make_element("enablements", {});
    enablement.children = {
        make_element("apexExecutionUser", choices_.run_as_user),
        make_element(choices_.kind == AppKind::connected_app ? "connectedApp" : "externalClientApp", choices_.name),
        make_element("isDefault", "true")};
    Element root = make_element(type.name, {});
    root.children = {make_element("description", join({"Finds the user of a token for ", choices_.label})),
                     make_element("developerName", name),
                     enablement,
                     make_element("isAccessTokenSupported", "false"),
                     make_element("isContactCreationAllowed", "false"),
                     make_element("isEnabled", "true"),
                     make_element("isIdTokenSupported", "true"),
                     make_element("isJwtSupported", "true"),
                     make_element("isRefreshTokenSupported", "false"),
                     make_element("isSaml2Supported", "false"),
                     make_element("isUserCreationAllowed", "false"),
                     make_element("masterLabel", name),
                     make_element("tokenHandlerApex", name)};
    add(type, name, root);
  }

  // Empty of permissions: who has it may use the app.
  void permission_set() {
    const TypeSpec& type = *find_type("PermissionSet");
    Element root = make_element(type.name, {});
    root.children = {make_element("description", join({"Users with this permission set may use ", choices_.label, "."})),
                     make_element("hasActivationRequired", "false"), make_element("label", join({choices_.label, " users"}))};
    add(type, plan_.own_permission_set(), root);
  }

  // ---- the org and a site ----

  void org_document(std::string_view type_name) {
    const TypeSpec& type = *find_type(type_name);
    Element root = make_element(type.name, {});
    for (const ElementSpec& spec : type.elements) {
      const std::string_view value = plan_.value(join({type.name, ".", spec.name}));
      if (!value.empty()) root.children.push_back(make_element(spec.name, value));
    }
    if (!root.children.empty()) add(type, type.member, root);
  }

  static Element& find_or_insert(Element& parent, std::string_view name) {
    for (Element& child : parent.children) {
      // The guide spells one with a capital letter.
      if (equals_ignoring_case(child.name, name)) return child;
    }
    const auto behind =
        std::find_if(parent.children.begin(), parent.children.end(), [&](const Element& child) { return child.name > name; });
    return *parent.children.insert(behind, make_element(name, {}));
  }

  // A Network has many elements that must be there, and that only the org knows: the choices bring its file.
  Result<void> network() {
    if (choices_.network.empty()) return {};
    Xml xml = Xml::read(choices_.network);
    if (xml.fault())
      return Error::argument("network",
                             join({"cannot be read, line ", std::to_string(xml.fault()->line), ": ", xml.fault()->message}));
    Element root = *xml.root();
    if (root.name != "Network") return Error::argument("network", "must be the site's file, with the root element Network");
    constexpr std::string_view kPrefix = "Network.networkAuthApiSettings.";
    for (const auto& [name, value] : plan_.values()) {
      if (!std::string_view(name).starts_with(kPrefix)) continue;
      Element& element =
          find_or_insert(find_or_insert(root, "networkAuthApiSettings"), std::string_view(name).substr(kPrefix.size()));
      element.text = value;
      element.nil = false;
    }
    // Never in a file that is committed.
    for (Element& part : root.children) {
      if (part.name == "networkAuthApiSettings")
        std::erase_if(part.children, [](const Element& one) { return equals_ignoring_case(one.name, "recaptchaSecretKey"); });
    }
    add(*find_type("Network"), choices_.site, root);
    return {};
  }

  // ---- files ----

  std::string folder_of(const TypeSpec& type) const {
    return join({choices_.mdapi ? "" : "force-app/main/default/", type.folder, "/"});
  }

  void add(const TypeSpec& type, std::string_view member, const Element& root) {
    files_.push_back(
        {join({folder_of(type), member, ".", type.suffix, choices_.mdapi ? "" : "-meta.xml"}), write_document(root)});
    members_[std::string(manifest_name(type))].emplace(member);
  }

  void apex_class(const std::string& name, std::string source) {
    if (name.empty()) return;
    const TypeSpec& type = *find_type("ApexClass");
    const std::string path = join({folder_of(type), name, ".cls"});
    Element root = make_element(type.name, {});
    root.children = {make_element("apiVersion", version()), make_element("status", "Active")};
    files_.push_back({path, std::move(source)});
    files_.push_back({path + "-meta.xml", write_document(root)});
    members_[type.name].emplace(name);
  }

  std::string version() const { return join({std::to_string(choices_.api_version), ".0"}); }

  void manifest() {
    Element root = make_element("Package", {});
    for (const auto& [type, members] : members_) {
      Element types = make_element("types", {});
      for (const std::string& member : members) types.children.push_back(make_element("members", member));
      types.children.push_back(make_element("name", type));
      root.children.push_back(std::move(types));
    }
    root.children.push_back(make_element("version", version()));
    files_.push_back({choices_.mdapi ? "package.xml" : "manifest/package.xml", write_document(root)});
  }

  const Choices& choices_;
  const Plan& plan_;
  Files files_;
  std::map<std::string, std::set<std::string>> members_;
};

}  // namespace

Result<Files> render(const Choices& choices, const Plan& plan) { return Rendering(choices, plan).all(); }

}  // namespace hlid::org
