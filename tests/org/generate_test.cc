// What is generated is what the linter wants: for every set of flows, both kinds of app, public and private clients.
#include "org/generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "flows/registry.h"
#include "org/lint.h"
#include "org/xml.h"
#include "org/zip.h"

using hlid::FlowSpec;
using hlid::org::File;
using hlid::org::Files;
using nlohmann::json;

namespace {

// A self-signed certificate made for this test.
constexpr const char* kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBszCCARwCCQDW2YzOGh1DbzANBgkqhkiG9w0BAQsFADAeMRwwGgYDVQQDDBN0\n"
    "ZXN0LmFjbWUuZXhhbXBsZTAeFw0yNjAxMDEwMDAwMDBaFw0zNjAxMDEwMDAwMDBa\n"
    "MB4xHDAaBgNVBAMME3Rlc3QuYWNtZS5leGFtcGxl\n"
    "-----END CERTIFICATE-----\n";

constexpr const char* kNetwork = R"(<?xml version="1.0" encoding="UTF-8"?>
<Network xmlns="http://soap.sforce.com/2006/04/metadata">
    <allowInternalUserLogin>false</allowInternalUserLogin>
    <emailSenderAddress>shop@acme.example</emailSenderAddress>
    <networkAuthApiSettings>
        <isUniversalClientRgstrAllowed>false</isUniversalClientRgstrAllowed>
        <maxPasswordResetAttempts>3</maxPasswordResetAttempts>
    </networkAuthApiSettings>
    <status>Live</status>
    <urlPathPrefix>shop</urlPathPrefix>
</Network>
)";

json whole_request(const std::vector<std::string>& flows, const std::string& kind, const std::string& client) {
  return {{"name", "Acme"},
          {"kind", kind},
          {"client", client},
          {"flows", flows},
          {"redirect_uris", {"https://app.acme.example/callback"}},
          {"contact_email", "ops@acme.example"},
          {"run_as_user", "integration@acme.example"},
          {"site", "shop"},
          {"network", kNetwork},
          {"registration_profile", "Customer"}};
}

// What only some flows need goes along with those alone: a certificate turns the bearer flows on.
json request_for(const std::vector<std::string>& flows, const std::string& kind, const std::string& client) {
  json request = whole_request(flows, kind, client);
  for (const std::string& flow : flows) {
    if (flow == "jwt_bearer" || flow == "saml_bearer") request["certificate"] = kCertificate;
    if (flow.starts_with("first_party_")) request["attestation_certificate"] = kCertificate;
    const bool starts = flow == "registration" || flow == "passwordless_login" || flow == "password_reset";
    if (starts && client == "public") request["recaptcha"] = true;
    if (flow == "client_credentials" && kind == "connected_app") request["client_id"] = "3MVG9acme";
    if (flow == "asset_token") {
      request["asset_token_certificate"] = "0P1000000000001";
      request["asset_token_audiences"] = "https://devices.acme.example";
      request["asset_token_validity"] = 60;
    }
  }
  return request;
}

hlid::Result<hlid::org::Generated> made(const json& request) {
  auto choices = hlid::org::read_choices(request.dump());
  if (!choices) return std::move(choices).error();
  return generate(*choices);
}

std::string refused_field(const json& request) {
  const auto result = made(request);
  return result ? "" : result.error().data().field;
}
std::string refusal(const json& request) {
  const auto result = made(request);
  return result ? "" : result.error().data().message;
}

const File* find(const Files& files, const std::string& part) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const File& file) { return file.path.find(part) != std::string::npos; });
  return found == files.end() ? nullptr : &*found;
}
std::string text_of(const Files& files, const std::string& part) {
  const File* file = find(files, part);
  return file == nullptr ? "" : file->bytes;
}

std::vector<std::string> all_names() {
  std::vector<std::string> out;
  for (const FlowSpec* flow : hlid::all_flows()) out.emplace_back(flow->name);
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += name + " ";
  return out;
}

bool has(const std::vector<std::string>& flows, const std::string& flow) {
  return std::find(flows.begin(), flows.end(), flow) != flows.end();
}

// "" or what the linter says of what was generated for these flows.
std::string complaint(const std::vector<std::string>& flows, const std::string& kind, const std::string& client,
                      const json& choices = json::object()) {
  json request = request_for(flows, kind, client);
  request.update(choices);
  const auto files = made(request);
  if (!files) return files.error().data().message;
  hlid::org::LintRequest lint_request;
  lint_request.files = files->files;
  for (const std::string& flow : flows) lint_request.flows.push_back(hlid::find_flow(flow));
  using Client = hlid::org::Circumstances::Client;
  lint_request.circumstances.client = client == "public" ? Client::of_public : Client::of_private;
  lint_request.circumstances.basic_header = false;
  const auto linted = hlid::org::lint(lint_request);
  const auto& lint = *linted;
  std::string out;
  const bool opaque = has(flows, "single_access") || has(flows, "hybrid_user_agent") || has(flows, "hybrid_token_exchange");
  const bool disagree = has(flows, "guest") && opaque;
  for (const auto& finding : lint.findings) {
    // One app cannot give a visitor a JWT and a page or a hybrid flow its opaque token: a note says so.
    if (finding.id == "file_not_here" && finding.element == "SamlSsoConfig") continue;
    if (disagree && (finding.id == "guest_is_not_carried" || finding.id == "app_named_jwt")) continue;
    out += std::string(finding.id) + " " + finding.file + ":" + std::to_string(finding.line) + " " + finding.message + "\n";
  }
  if (lint.apps.size() != 1) out += std::to_string(lint.apps.size()) + " apps\n";
  for (const auto& app : lint.apps) {
    for (const auto& verdict : app.flows) {
      using hlid::org::Works;
      if (!has(flows, verdict.flow->name) || verdict.works == Works::works) continue;
      if (disagree && verdict.works == Works::works_but) continue;
      // What no file of ours has: single sign-on, and what a connected app has in Setup alone.
      const auto may_lack = [&](const std::string& name) {
        return name == "SamlSsoConfig" || name == "a connected app" ||
               (kind == "connected_app" && name.ends_with("(Setup alone)"));
      };
      const auto& lacks = verdict.not_in_files;
      if (verdict.works == Works::unknown && std::all_of(lacks.begin(), lacks.end(), may_lack)) continue;
      out += std::string(verdict.flow->name) + ": " + std::string(name_of(verdict.works)) + " " + joined(lacks) + "\n";
    }
  }
  return out;
}

// A connected app has no element for some, and a public client no secret that some demand.
bool can_have(const std::string& flow, const std::string& kind, const std::string& client) {
  if (client == "public" && (flow == "jwt_bearer" || flow == "saml_bearer")) return false;
  using hlid::org::Wish;
  const auto& needs = hlid::org::needs_of(*hlid::find_flow(flow));
  const Wish other = kind == "connected_app" ? Wish::client_app : Wish::connected_app;
  if (std::any_of(needs.begin(), needs.end(), [&](const auto* need) { return need->wish == other; })) return false;
  return client == "private" ||
         std::none_of(needs.begin(), needs.end(), [](const auto* need) { return need->wish == hlid::org::Wish::keeper; });
}

TEST(OrgGenerate, TheLinterFindsNothing) {
  const std::vector<std::string> names = all_names();
  std::vector<std::vector<std::string>> sets;
  for (const std::string& one : names) sets.push_back({one});
  for (size_t i = 0; i < names.size(); ++i) {
    for (size_t j = i + 1; j < names.size(); ++j) sets.push_back({names[i], names[j]});
  }
  std::mt19937 random(9);
  for (int i = 0; i < 2'000; ++i) {
    std::vector<std::string> set;
    const unsigned share = 2 + static_cast<unsigned>(i) % 5;
    for (const std::string& name : names) {
      if (random() % share == 0) set.push_back(name);
    }
    if (!set.empty()) sets.push_back(set);
  }
  sets.push_back(names);
  // What else can be chosen changes the files, and not what the linter finds.
  const json others[] = {json::object(),
                         {{"recaptcha", true}},
                         {{"login_hint", true}, {"scopes", {"id", "Content"}}, {"api_secrets", true}},
                         {{"format", "mdapi"}, {"permission_sets", {"Staff", "Partners"}}},
                         {{"api_version", 65}, {"label", "R&D"}, {"redirect_uris", {"http://localhost:8080/x", "acme://done"}}}};
  std::set<std::string> seen;
  size_t count = 0;
  for (const std::string kind : {"external_client_app", "connected_app"}) {
    for (const std::string client : {"public", "private"}) {
      for (std::vector<std::string> set : sets) {
        set.erase(std::remove_if(set.begin(), set.end(), [&](const std::string& flow) { return !can_have(flow, kind, client); }),
                  set.end());
        if (set.empty()) continue;
        const json& choices = others[count++ % std::size(others)];
        const std::string said = complaint(set, kind, client, choices);
        // Each kind of complaint once: there are thousands of sets.
        if (said.empty() || !seen.insert(said.substr(0, said.find(' '))).second) continue;
        ADD_FAILURE() << kind << " " << client << " " << choices << ": " << joined(set) << "\n" << said;
      }
    }
  }
}

TEST(OrgGenerate, RefusesAPublicClientForFlowsThatNeedASecret) {
  int refused = 0;
  for (const std::string& flow : all_names()) {
    json request = request_for({flow}, "external_client_app", "public");
    if (flow == "token_exchange") request["run_as_user"] = "integration@acme.example";
    const bool can = can_have(flow, "external_client_app", "public");
    const bool of_other_kind = !can_have(flow, "external_client_app", "private");
    if (of_other_kind) {
      EXPECT_EQ(refused_field(request_for({flow}, "external_client_app", "private")), "kind") << flow;
      continue;
    }
    EXPECT_EQ(refused_field(request), can ? "" : "client") << flow;
    refused += can ? 0 : 1;
  }
  EXPECT_EQ(refused, 8);
  EXPECT_EQ(refusal(request_for({"introspection", "first_party_login"}, "external_client_app", "public")),
            "client must be private for introspection, first_party_login. This flow is for clients that can keep a secret.");
}

TEST(OrgGenerate, WritesAnExternalClientApp) {
  const auto out = made(request_for({"login", "guest", "registration"}, "external_client_app", "public"));
  ASSERT_TRUE(out) << out.error().data().message;
  std::vector<std::string> paths;
  for (const File& file : out->files) paths.push_back(file.path);
  const std::string base = "force-app/main/default/";
  EXPECT_EQ(paths, (std::vector<std::string>{
                       "SETUP.md",
                       base + "externalClientApps/Acme.eca-meta.xml",
                       base + "extlClntAppGlobalOauthSets/Acme.ecaGlblOauth-meta.xml",
                       base + "extlClntAppOauthSettings/Acme.ecaOauth-meta.xml",
                       base + "extlClntAppOauthPolicies/Acme_defaultPolicy.ecaOauthPlcy-meta.xml",
                       base + "extlClntAppPolicies/Acme_defaultPolicy.ecaPlcy-meta.xml",
                       base + "permissionsets/AcmeUsers.permissionset-meta.xml",
                       base + "settings/OauthOidc.settings-meta.xml",
                       base + "networks/shop.network-meta.xml",
                       base + "classes/AcmeRegistration.cls",
                       base + "classes/AcmeRegistration.cls-meta.xml",
                       "manifest/package.xml",
                       "sfdx-project.json",
                       ".gitignore",
                       ".forceignore",
                   }));
  EXPECT_EQ(text_of(out->files, ".ecaGlblOauth"), R"(<?xml version="1.0" encoding="UTF-8"?>
<ExtlClntAppGlobalOauthSettings xmlns="http://soap.sforce.com/2006/04/metadata">
    <callbackUrl>https://app.acme.example/callback</callbackUrl>
    <externalClientApplication>Acme</externalClientApplication>
    <isClientCredentialsFlowEnabled>false</isClientCredentialsFlowEnabled>
    <isCodeCredFlowEnabled>true</isCodeCredFlowEnabled>
    <isCodeCredPostOnly>true</isCodeCredPostOnly>
    <isConsumerSecretOptional>true</isConsumerSecretOptional>
    <isDeviceFlowEnabled>false</isDeviceFlowEnabled>
    <isIntrospectAllTokens>false</isIntrospectAllTokens>
    <isNamedUserJwtEnabled>true</isNamedUserJwtEnabled>
    <isPkceRequired>true</isPkceRequired>
    <isRefreshTokenRotationEnabled>true</isRefreshTokenRotationEnabled>
    <isSecretRequiredForRefreshToken>false</isSecretRequiredForRefreshToken>
    <isSecretRequiredForTokenExchange>false</isSecretRequiredForTokenExchange>
    <isTokenExchangeEnabled>false</isTokenExchangeEnabled>
    <label>Acme</label>
</ExtlClntAppGlobalOauthSettings>
)");
  const std::string network = text_of(out->files, ".network");
  EXPECT_NE(network.find("<emailSenderAddress>shop@acme.example</emailSenderAddress>"), std::string::npos)
      << "the org's own stays";
  EXPECT_NE(network.find("<maxPasswordResetAttempts>3</maxPasswordResetAttempts>"), std::string::npos);
  EXPECT_NE(network.find("<registrationHandler>AcmeRegistration</registrationHandler>"), std::string::npos);
  EXPECT_NE(network.find("<isRecaptchaRequiredRgstr>true</isRecaptchaRequiredRgstr>"), std::string::npos);
  EXPECT_NE(text_of(out->files, ".gitignore").find("**/extlClntAppGlobalOauthSets/\n"), std::string::npos);
}

TEST(OrgGenerate, WritesAConnectedAppInItsOwnWords) {
  json request = request_for({"web_server", "refresh"}, "connected_app", "private");
  request["permission_sets"] = {"Staff", "Partners"};
  request["redirect_uris"] = {"https://app.acme.example/callback", "acme://done"};
  const auto out = made(request);
  ASSERT_TRUE(out) << out.error().data().message;
  const std::string app = text_of(out->files, ".connectedApp");
  for (const char* part :
       {"<callbackUrl>https://app.acme.example/callback\nacme://done</callbackUrl>", "<scopes>RefreshToken</scopes>",
        "<isAdminApproved>false</isAdminApproved>", "<ipRelaxation>ENFORCE</ipRelaxation>",
        "<refreshTokenPolicy>specific_lifetime:30:DAYS</refreshTokenPolicy>",
        "<isConsumerSecretOptional>false</isConsumerSecretOptional>", "<permissionSetName>Staff</permissionSetName>",
        "<permissionSetName>Partners</permissionSetName>"}) {
    EXPECT_NE(app.find(part), std::string::npos) << part << "\n" << app;
  }
  EXPECT_NE(app.find("<scopes>Api</scopes>\n        <scopes>RefreshToken</scopes>"), std::string::npos)
      << "a token must be good for something";
  EXPECT_EQ(find(out->files, "extlClnt"), nullptr);
  ASSERT_FALSE(out->notes.empty());
  EXPECT_NE(out->notes.back().find("Spring '26"), std::string::npos);
}

TEST(OrgGenerate, TheManifestNamesWhatIsThere) {
  const auto out = made(request_for({"token_exchange", "user_agent"}, "external_client_app", "private"));
  ASSERT_TRUE(out) << out.error().data().message;
  const auto manifest = hlid::org::Xml::read(text_of(out->files, "package.xml"));
  ASSERT_TRUE(manifest.root() != nullptr);
  std::vector<std::string> said;
  for (const auto& types : manifest.root()->children) {
    if (types.name != "types") continue;
    for (const auto& member : types.children) {
      if (member.name == "members") said.push_back(std::string(*types.value("name")) + " " + member.text);
    }
  }
  EXPECT_EQ(said, (std::vector<std::string>{
                      "ApexClass AcmeTokenExchange", "ExternalClientApplication Acme",
                      "ExtlClntAppConfigurablePolicies Acme_defaultPolicy", "ExtlClntAppGlobalOauthSettings Acme",
                      "ExtlClntAppOauthConfigurablePolicies Acme_defaultPolicy", "ExtlClntAppOauthSettings Acme", "Network shop",
                      "OauthTokenExchangeHandler AcmeTokenExchange", "PermissionSet AcmeUsers", "Settings OauthOidc"}));
  EXPECT_EQ(manifest.root()->value("version"), "67.0");
}

TEST(OrgGenerate, WritesAZipForTheMetadataApi) {
  json request = request_for({"registration"}, "external_client_app", "private");
  request["format"] = "mdapi";
  const auto out = made(request);
  ASSERT_TRUE(out) << out.error().data().message;
  EXPECT_NE(find(out->deployable, "externalClientApps/Acme.eca"), nullptr);
  EXPECT_NE(find(out->deployable, "classes/AcmeRegistration.cls-meta.xml"), nullptr);
  EXPECT_NE(find(out->deployable, "package.xml"), nullptr);
  EXPECT_EQ(find(out->deployable, "SETUP.md"), nullptr);
  EXPECT_EQ(find(out->deployable, "eca-meta.xml"), nullptr);
  const auto text = hlid::org::generate_request(request.dump());
  ASSERT_TRUE(text);
  EXPECT_TRUE(json::parse(*text).contains("zip_base64"));
}

TEST(OrgGenerate, NamesWhatIsMissing) {
  const auto without = [](std::vector<std::string> flows, const char* member, const char* kind = "external_client_app") {
    json request = request_for(flows, kind, "private");
    request.erase(member);
    return refused_field(request);
  };
  EXPECT_EQ(without({"login"}, "name"), "name");
  EXPECT_EQ(without({"login"}, "contact_email"), "contact_email");
  EXPECT_EQ(without({"login"}, "flows"), "flows");
  EXPECT_EQ(without({"web_server"}, "redirect_uris"), "redirect_uris");
  EXPECT_EQ(without({"jwt_bearer"}, "certificate"), "certificate");
  EXPECT_EQ(without({"first_party_login"}, "attestation_certificate"), "attestation_certificate");
  EXPECT_EQ(without({"client_credentials"}, "run_as_user"), "run_as_user");
  EXPECT_EQ(without({"token_exchange"}, "run_as_user"), "run_as_user");
  EXPECT_EQ(without({"asset_token"}, "asset_token_audiences"), "asset_token_audiences");
  EXPECT_EQ(without({"client_credentials"}, "client_id", "connected_app"), "client_id");
  EXPECT_EQ(without({"login"}, "site"), "site") << "`network` is there";
  EXPECT_EQ(without({"login"}, "network"), "") << "the page says what to set by hand";
}

TEST(OrgGenerate, RefusesWhatIsWrong) {
  const auto with = [](const char* member, json value) {
    json request = request_for({"login"}, "external_client_app", "private");
    request[member] = std::move(value);
    return refused_field(request);
  };
  for (const char* name : {"", "1Acme", "Acme__c", "Acme_", "../Acme", "Ac me", "Acm\xC3\xA9"})
    EXPECT_EQ(with("name", name), "name") << name;
  EXPECT_EQ(with("name", std::string(41, 'a')), "name");
  EXPECT_EQ(with("flows", {"login", "nothing"}), "flows");
  EXPECT_EQ(with("flows", "login"), "flows");
  EXPECT_EQ(with("kind", "app"), "kind");
  EXPECT_EQ(with("client", "secret"), "client");
  EXPECT_EQ(with("redirect_uris", {"no address"}), "redirect_uris");
  EXPECT_EQ(with("scopes", {"apii"}), "scopes");
  EXPECT_EQ(with("scopes", {"SemanticLayer"}), "scopes") << "of connected apps alone";
  EXPECT_EQ(with("api_version", 40), "api_version");
  EXPECT_EQ(with("api_version", 60), "api_version") << "code and credentials need 61";
  EXPECT_NE(refusal([] {
              json request = request_for({"login"}, "external_client_app", "private");
              request["api_version"] = 60;
              return request;
            }())
                .find("must be 61 or later"),
            std::string::npos);
  EXPECT_EQ(with("format", "zip"), "format");
  EXPECT_EQ(with("flow", {"login"}), "flow") << "a member that is not there";
  EXPECT_EQ(with("run_as_user", "me"), "run_as_user");
  EXPECT_EQ(with("network", "<Network>"), "network");
  EXPECT_EQ(with("network", "<ConnectedApp/>"), "network");
  EXPECT_EQ(with("label", "two\nlines"), "label");
  for (const char* site : {"../shop", "a/b", "..", "C:shop", "a\\b"}) EXPECT_EQ(with("site", site), "site") << "it names a file";
  EXPECT_EQ(with("recaptcha", "yes"), "recaptcha");
  json first_party = request_for({"first_party_login"}, "connected_app", "private");
  EXPECT_EQ(refused_field(first_party), "kind");
}

TEST(OrgGenerate, EscapesWhatItIsGiven) {
  json request = request_for({"token_exchange"}, "external_client_app", "private");
  request["label"] = "R&D <\"Acme\">";
  request["idp_issuer"] = "https://idp.example.com/'; delete";
  const auto out = made(request);
  ASSERT_TRUE(out) << out.error().data().message;
  const auto app = hlid::org::Xml::read(text_of(out->files, ".eca-meta"));
  ASSERT_TRUE(app.root() != nullptr);
  EXPECT_EQ(app.root()->value("label"), "R&D <\"Acme\">");
  EXPECT_NE(text_of(out->files, "AcmeTokenExchange.cls").find("'https://idp.example.com/\\'; delete'"), std::string::npos);
}

TEST(OrgGenerate, ThePageSaysWhatTheFilesSay) {
  json request = request_for({"login", "guest", "password_reset"}, "external_client_app", "private");
  request.erase("network");
  request["certificate"] = kCertificate;
  const auto out = made(request);
  ASSERT_TRUE(out) << out.error().data().message;
  const std::string page = text_of(out->files, "SETUP.md");
  for (const char* part :
       {"- Setup > OAuth and OpenID Connect Settings > Allow Authorization Code and Credentials Flows: on (login, guest)",
        "- Callback URL: https://app.acme.example/callback", "- Require Secret for Web Server Flow: on",
        "- Permitted Users: Admin approved users are pre-authorized (login)",
        "- Refresh Token Policy: Expire refresh token after 30 Days", "- Guest JWT Timeout: 15 minutes (guest)",
        "Headless Forgot Password: Require Authentication: on (password_reset)", "These are not in the files",
        "Assign the permission set AcmeUsers"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
  }
  EXPECT_EQ(page.find("MIIB"), std::string::npos) << "no certificate on the page";
}

std::string page_of(const json& request) {
  const auto out = made(request);
  EXPECT_TRUE(out) << out.error().data().message;
  return out ? text_of(out->files, "SETUP") : "";
}

TEST(OrgGenerate, ThePageOfAConnectedAppHasWhatSuchAnAppHas) {
  const std::string page = page_of(request_for({"login", "guest"}, "connected_app", "public"));
  for (const char* part :
       {"Enable Code and Credentials Flow for Guest Users: on, in Setup alone (guest)",
        "Guest JWT Timeout: 15 minutes, in Setup alone", "Refresh Token Policy: Expire refresh token after 30 Days",
        "sf project retrieve start --metadata ConnectedApp:Acme", "Manage > Edit Policies"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
  }
  for (const char* part : {"Guest Users: off", "OAuth plugin: on", "External Client App Manager"})
    EXPECT_EQ(page.find(part), std::string::npos) << part << "\n" << page;
}

TEST(OrgGenerate, ThePageNamesEachElementOfASetting) {
  json request = request_for({"login", "guest", "registration", "password_reset"}, "external_client_app", "private");
  const std::string page = page_of(request);
  for (const char* part :
       {"- Headless Registration: handler class: AcmeRegistration", "- Headless Registration: runs as: integration@acme.example",
        "- Headless Registration: profile of new users: Customer", "- Profiles: Customer", "- Named User JWT Timeout: 30 minutes",
        "Setup > Permission Sets > New: label Acme users, API name `AcmeUsers`",
        "Workspaces > Administration > Login & Registration", "Opt in to External Client Apps",
        "Allow Access to OAuth Consumer Secrets via Metadata API",
        "Setup > External Client App Manager > Acme > Policies > Edit"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
  }
  const std::string note = "password_reset: the site requires a token";
  const size_t first = page.find(note);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(page.find(note, first + 1), std::string::npos) << "said once";
  request["permission_sets"] = {"Staff", "Partners"};
  EXPECT_NE(page_of(request).find("Assign one of the permission sets Staff, Partners to"), std::string::npos);
  const std::string bearer = page_of(request_for({"jwt_bearer"}, "external_client_app", "private"));
  EXPECT_NE(bearer.find("- Enable JWT Bearer Flow, with the certificate: your own"), std::string::npos) << bearer;
}

TEST(OrgGenerate, ThePageEndsWithAProfileOfTheRightHost) {
  const std::string site = page_of(request_for({"login"}, "external_client_app", "public"));
  EXPECT_NE(site.find(R"({"site":"https://YOUR-SITE.my.site.com/shop","client_id":"...","redirect_uri":"https://app)"),
            std::string::npos)
      << site;
  const std::string server = page_of(request_for({"client_credentials"}, "external_client_app", "private"));
  EXPECT_NE(server.find(R"({"site":"https://YOUR-DOMAIN.my.salesforce.com","client_id":"...","client_secret":"..."})"),
            std::string::npos)
      << server;
  const std::string both = page_of(request_for({"login", "client_credentials"}, "external_client_app", "private"));
  EXPECT_NE(both.find("YOUR-SITE"), std::string::npos);
  EXPECT_NE(both.find("YOUR-DOMAIN"), std::string::npos);
}

TEST(OrgGenerate, RefusesWhatTheLinterWouldRefuse) {
  for (const char* uri : {"http://a.b/c", "http://localhost.evil.example/cb", "javascript:alert(1)",
                          "https:", "https://a/b,https://c/d", "https://a/b https://c/d", "acme"}) {
    json request = request_for({"login"}, "external_client_app", "private");
    request["redirect_uris"] = {uri};
    EXPECT_EQ(refused_field(request), "redirect_uris") << uri;
  }
  const json good = {"com.acme.app:/oauth2redirect", "acme://done", "http://localhost:8080/x", "http://[::1]/x",
                     "https://a/cb?x=a,b"};
  EXPECT_EQ(complaint({"login"}, "external_client_app", "private", {{"redirect_uris", good}}), "");
  const auto without_user = [](const char* flow, const char* member) {
    json request = request_for({flow}, "external_client_app", "private");
    request.erase("run_as_user");
    if (*member != '\0') request[member] = true;
    return refused_field(request);
  };
  EXPECT_EQ(without_user("registration", ""), "run_as_user");
  EXPECT_EQ(without_user("login", "login_hint"), "run_as_user");
  for (const char* flow : {"registration", "passwordless_login", "password_reset"}) {
    json request = request_for({flow}, "external_client_app", "public");
    request.erase("recaptcha");
    EXPECT_EQ(refused_field(request), "recaptcha") << flow;
  }
}

TEST(OrgGenerate, WritesNoPrivateKey) {
  const std::string key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
  for (const char* member : {"certificate", "attestation_certificate", "label", "idp_keys"}) {
    json request = request_for({"jwt_bearer"}, "external_client_app", "private");
    request[member] = member == std::string("label") ? "-----BEGIN PRIVATE KEY-----MIIE" : std::string(kCertificate) + key;
    EXPECT_EQ(refused_field(request), member);
  }
  json request = request_for({"jwt_bearer"}, "external_client_app", "private");
  for (const char* wrong : {"acme.crt", "Certificate:\n    Data:\n"}) {
    request["certificate"] = wrong;
    EXPECT_EQ(refused_field(request), "certificate") << wrong;
  }
  request["certificate"] = std::string(kCertificate) + "what follows";
  const auto out = made(request);
  ASSERT_TRUE(out);
  EXPECT_EQ(text_of(out->files, ".ecaGlblOauth").find("what follows"), std::string::npos);
  request["label"] = "a\xEF\xBF\xBF";
  EXPECT_EQ(refused_field(request), "label") << "XML has no such character";
}

TEST(OrgGenerate, CommitsNoKeyOfReCaptcha) {
  json request = request_for({"registration"}, "external_client_app", "private");
  std::string network = kNetwork;
  network.insert(network.find("    </networkAuthApiSettings>"), "        <recaptchaSecretKey>6Lsecret</recaptchaSecretKey>\n");
  request["network"] = network;
  const auto out = made(request);
  ASSERT_TRUE(out);
  EXPECT_EQ(text_of(out->files, ".network").find("recaptchaSecretKey"), std::string::npos);
}

TEST(OrgGenerate, UsersWhoRegisterMayUseTheApp) {
  json request = request_for({"registration"}, "external_client_app", "private");
  const auto out = made(request);
  ASSERT_TRUE(out);
  EXPECT_NE(text_of(out->files, ".ecaOauthPlcy").find("<commaSeparatedProfile>Customer</commaSeparatedProfile>"),
            std::string::npos);
  const auto connected = made(request_for({"registration"}, "connected_app", "private"));
  ASSERT_TRUE(connected);
  EXPECT_NE(text_of(connected->files, ".connectedApp").find("<profileName>Customer</profileName>"), std::string::npos);
  request.erase("registration_profile");
  const auto without = made(request);
  ASSERT_TRUE(without);
  EXPECT_TRUE(std::any_of(without->notes.begin(), without->notes.end(),
                          [](const std::string& note) { return note.find("new users cannot sign in") != std::string::npos; }));
}

TEST(OrgGenerate, SaysWhatIsNotUsed) {
  json request = request_for({"login"}, "external_client_app", "private");
  request["asset_token_certificate"] = "0P1000000000001";
  request["idp_keys"] = "https://idp.example.com/keys";
  const auto out = made(request);
  ASSERT_TRUE(out) << out.error().data().message;
  for (const char* member : {"asset_token_certificate", "registration_profile", "idp_keys"}) {
    EXPECT_TRUE(std::any_of(out->notes.begin(), out->notes.end(), [&](const std::string& note) {
      return note.find(member) != std::string::npos && note.find("not used") != std::string::npos;
    })) << member;
  }
  EXPECT_EQ(text_of(out->files, ".ecaOauth-meta").find("assetToken"), std::string::npos);
}

json as_existing(const Files& files) {
  json out = json::array();
  for (const File& file : files) out.push_back({{"path", file.path}, {"text", file.bytes}});
  return out;
}

TEST(OrgGenerate, ASecondAppJoinsTheFirst) {
  const auto first = made(request_for({"login", "guest"}, "external_client_app", "public"));
  ASSERT_TRUE(first);
  json request = request_for({"client_credentials", "username_password"}, "external_client_app", "private");
  request["name"] = "Batch";
  request["existing"] = as_existing(first->files);
  const auto second = made(request);
  ASSERT_TRUE(second) << second.error().data().message;
  const std::string settings = "force-app/main/default/settings/OauthOidc.settings-meta.xml";
  EXPECT_EQ(second->merged, (std::vector<std::string>{settings, "manifest/package.xml"}));
  const std::string manifest = text_of(second->files, "package.xml");
  for (const char* member : {"<members>Acme</members>", "<members>Batch</members>", "<members>AcmeUsers</members>"})
    EXPECT_NE(manifest.find(member), std::string::npos) << manifest;
  EXPECT_EQ(manifest.find("<name>Settings</name>"), manifest.rfind("<name>Settings</name>")) << "once";
  EXPECT_NE(text_of(second->files, "OauthOidc").find("oAuthCdCrdtFlowEnable"), std::string::npos)
      << "the first app's switch stays";
  EXPECT_NE(text_of(second->files, "OauthOidc").find("blockOAuthUnPwFlow"), std::string::npos);
  EXPECT_NE(find(second->files, "SETUP-Batch.md"), nullptr);
  EXPECT_EQ(find(second->files, "sfdx-project.json"), nullptr);
  // The same app keeps its page's name, and a file that cannot be read is named.
  json again = request_for({"login", "guest"}, "external_client_app", "public");
  again["existing"] = as_existing(first->files);
  EXPECT_NE(find(made(again)->files, "SETUP.md"), nullptr);
  request["existing"] = {{{"path", "manifest/package.xml"}, {"text", "<Package>"}}};
  EXPECT_EQ(refused_field(request), "existing");
  request["existing"] = {{{"path", "../x"}, {"text", ""}}};
  EXPECT_EQ(refused_field(request), "existing");
}

// One app cannot give a visitor a JWT and a page of the org its opaque token: what a flow needs comes before what one wishes.
TEST(OrgGenerate, SaysWhereFlowsDisagree) {
  const auto out = made(request_for({"login", "guest", "single_access"}, "external_client_app", "private"));
  ASSERT_TRUE(out) << out.error().data().message;
  EXPECT_NE(text_of(out->files, ".ecaGlblOauth").find("<isNamedUserJwtEnabled>false<"), std::string::npos);
  EXPECT_TRUE(std::any_of(out->notes.begin(), out->notes.end(), [](const std::string& note) {
    return note.starts_with("login: ExtlClntAppGlobalOauthSettings.isNamedUserJwtEnabled should be true");
  }));
}

}  // namespace
