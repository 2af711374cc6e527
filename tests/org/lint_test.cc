// Verdicts: what a set of files permits, flow by flow.
#include "org/lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "codec/base64.h"
#include "org/zip.h"
#include "shop_files.h"

namespace hlid::org {
namespace {

using nlohmann::json;

json lint_text(const json& request) {
  auto response = lint_json(request.dump());
  EXPECT_TRUE(response) << (response ? "" : response.error().data().field + " " + response.error().data().message);
  return response ? json::parse(*response) : json();
}

json files_json(const Files& files) {
  json out = json::array();
  for (const File& file : files) out.push_back({{"path", file.path}, {"text", file.bytes}});
  return out;
}

// A public client that uses most of what is headless.
Values headless_app() {
  const std::string site = "Network.networkAuthApiSettings.";
  Values values = plain_app();
  values[std::string(kGlobal) + "isCodeCredFlowEnabled"] = "true";
  values[std::string(kGlobal) + "isCodeCredPostOnly"] = "true";
  values[std::string(kGlobal) + "isConsumerSecretOptional"] = "true";
  values[std::string(kGlobal) + "isSecretRequiredForRefreshToken"] = "false";
  values[std::string(kGlobal) + "isSecretRequiredForTokenExchange"] = "false";
  values[std::string(kGlobal) + "isNamedUserJwtEnabled"] = "true";
  values[std::string(kOauth) + "commaSeparatedOauthScopes"] = "Api, RefreshToken, OpenID";
  values[std::string(kPolicies) + "permittedUsersPolicyType"] = "AdminApprovedPreAuthorized";
  values[std::string(kPolicies) + "commaSeparatedPermissionSet"] = "ShopUsers";
  values[std::string(kPolicies) + "isGuestCodeCredFlowEnabled"] = "true";
  values[std::string(kPolicies) + "guestJwtTimeout"] = "15";
  values["OauthOidcSettings.oAuthCdCrdtFlowEnable"] = "true";
  values[site + "isHeadlessUserRegistrationAllowed"] = "true";
  values[site + "doesRegistrationRequireAuth"] = "true";
  values[site + "registrationHandler"] = "ShopUsers";
  values[site + "registrationExecutionUser"] = "robot@shop.example";
  values[site + "IsPwdlessLoginAllowed"] = "true";
  values[site + "doesPwdlessLoginRequireAuth"] = "true";
  values[site + "isForgotPwdAllowed"] = "true";
  values[site + "doesForgotPasswordRequireAuth"] = "true";
  return values;
}

const json kHeadless = {"guest", "login", "registration", "passwordless_login", "password_reset", "refresh", "userinfo"};

json one_of(const json& out, const std::string& id) {
  for (const json& finding : out["findings"]) {
    if (finding["id"] == id) return finding;
  }
  return {};
}

constexpr const char* kNamespaced = " xmlns=\"http://soap.sforce.com/2006/04/metadata\">";

std::string manifest(const std::string& version) {
  return "<Package" + std::string(kNamespaced) + "<version>" + version + "</version></Package>";
}

// The client of a server next to that of people: each flow is one of theirs.
Files two_apps() {
  Values integration = plain_app();
  integration[std::string(kGlobal) + "isClientCredentialsFlowEnabled"] = "true";
  integration[std::string(kPolicies) + "isClientCredentialsFlowEnabled"] = "true";
  integration[std::string(kPolicies) + "clientCredentialsFlowUser"] = "robot@shop.example";
  Files files = files_of(headless_app());
  for (File file : files_of(integration)) {
    if (file.path.starts_with("settings/")) continue;
    for (size_t at = file.bytes.find(">Shop<"); at != std::string::npos; at = file.bytes.find(">Shop<", at))
      file.bytes.replace(at, 6, ">Robot<");
    file.path.replace(file.path.find("/Shop."), 6, "/Robot.");
    files.push_back(file);
  }
  // It signs users in at the company's own provider, and uses no OAuth.
  files.push_back(
      {"connectedApps/Wiki.connectedApp-meta.xml", "<ConnectedApp" + std::string(kNamespaced) +
                                                       "<contactEmail>a@shop.example</contactEmail><label>Wiki</label>"
                                                       "</ConnectedApp>"});
  return files;
}

TEST(OrgLint, wants_each_flow_of_one_app_and_not_of_all) {
  json request = {{"files", files_json(two_apps())}, {"flows", {"login", "guest", "client_credentials"}}};
  const json out = lint_text(request);
  EXPECT_EQ(out["ok"], true) << out.dump(1);
  ASSERT_EQ(out["apps"].size(), 3U);
  std::map<std::string, std::string> verdicts;
  for (const json& app : out["apps"]) {
    for (const json& flow : app["flows"])
      verdicts[app["name"].get<std::string>() + " " + flow["flow"].get<std::string>()] = flow["verdict"];
  }
  EXPECT_EQ(verdicts, (std::map<std::string, std::string>{{"Shop login", "works"},
                                                          {"Shop guest", "works"},
                                                          {"Shop client_credentials", "does_not"},
                                                          {"Robot login", "does_not"},
                                                          {"Robot guest", "does_not"},
                                                          {"Robot client_credentials", "works"}}));
  // What some app does is not an error of the others.
  for (const json& finding : out["findings"]) EXPECT_NE(finding["severity"], "error") << finding.dump(1);
  request["app"] = "Robot";
  const json one = lint_text(request);
  EXPECT_EQ(one["ok"], false);
  ASSERT_EQ(one["apps"].size(), 1U);
  for (const json& finding : one["findings"]) EXPECT_TRUE(finding["app"] == "Robot" || finding["app"] == "") << finding.dump(1);
  EXPECT_EQ(one_of(one, "app_headless_flow")["severity"], "error") << one.dump(1);
  request["flows"] = {"client_credentials"};
  EXPECT_EQ(lint_text(request)["ok"], true);
  // Nothing is left of it without OAuth.
  request["app"] = "Wiki";
  EXPECT_EQ(lint_text(request)["ok"], false);
  request.erase("app");
  request["flows"] = {"login", "device"};
  const json none = lint_text(request);
  EXPECT_EQ(none["ok"], false);
  EXPECT_EQ(one_of(none, "app_device_flow")["severity"], "error") << none.dump(1);
}

TEST(OrgLint, names_the_file_without_which_it_cannot_tell) {
  Files files = files_of(headless_app());
  std::erase_if(files, [](const File& file) { return file.path.starts_with("extlClntAppGlobalOauthSets/"); });
  json request = {{"files", files_json(files)}, {"flows", {"login", "guest"}}};
  const json out = lint_text(request);
  EXPECT_EQ(out["ok"], true);
  const json found = one_of(out, "file_not_here");
  EXPECT_EQ(found["severity"], "warning") << out.dump(1);
  EXPECT_EQ(found["flows"], json({"login", "guest"}));
  EXPECT_EQ(found["message"],
            "There is no ExtlClntAppGlobalOauthSettings of Shop among these files: flows that depend on it cannot be told.");
  EXPECT_NE(found["change"].get<std::string>().find("sf project retrieve start --metadata ExtlClntAppGlobalOauthSettings."),
            std::string::npos)
      << found.dump(1);
  request["strict"] = true;
  EXPECT_EQ(lint_text(request)["ok"], false);
  request["files"] = files_json(files_of(headless_app()));
  EXPECT_EQ(lint_text(request)["ok"], true);
}

TEST(OrgLint, goes_by_the_version_of_the_project) {
  Files files = files_of(headless_app());
  files.push_back({"sfdx-project.json", R"({"sourceApiVersion":"66.0"})"});
  files.push_back({"manifest/destructiveChanges.xml", manifest("50.0")});
  files.push_back({"manifest/prod.xml", manifest("51.0")});
  files.push_back({"manifest/old/package.xml", manifest("52.0")});
  json out = lint_text({{"files", files_json(files)}});
  EXPECT_EQ(out["api_version"], 66) << out.dump(1);
  for (const json& finding : out["findings"]) {
    EXPECT_NE(finding["id"], "wrong_suffix") << finding.dump(1);
    EXPECT_NE(finding["id"], "element_newer_than_version") << finding.dump(1);
  }
  EXPECT_EQ(one_of(out, "api_versions_differ")["file"], "manifest/old/package.xml") << out.dump(1);
  files.push_back({"manifest/package.xml", manifest("67.0")});
  EXPECT_EQ(lint_text({{"files", files_json(files)}})["api_version"], 67);
  // In a repository with several projects.
  for (File& file : files) file.path = "org/" + file.path;
  EXPECT_EQ(lint_text({{"files", files_json(files)}})["api_version"], 67);
  out = lint_text({{"files", files_json(files)}, {"api_version", 59}});
  EXPECT_NE(one_of(out, "element_newer_than_version")["message"].get<std::string>().find("the request says 59"),
            std::string::npos)
      << out.dump(1);
}

TEST(OrgLint, does_not_count_what_is_not_deployed) {
  Files files = files_of(headless_app());
  json request = {{"flows", {"login", "guest"}}};
  files.push_back({".forceignore", "extlClntApp*\n"});
  request["files"] = files_json(files);
  const json out = lint_text(request);
  for (const json& flow : out["apps"][0]["flows"]) EXPECT_EQ(flow["verdict"], "unknown") << out.dump(1);
  EXPECT_EQ(one_of(out, "file_is_not_deployed")["severity"], "note");
  // The global settings have been deployed and retrieved.
  files.back().bytes = "**/extlClntAppGlobalOauthSets/**\n";
  request["files"] = files_json(files);
  EXPECT_EQ(lint_text(request)["apps"][0]["flows"][0]["verdict"], "unknown");
  Values retrieved = headless_app();
  retrieved[std::string(kGlobal) + "consumerKey"] = "3MVG9";
  files = files_of(retrieved);
  files.push_back({".forceignore", "**/extlClntAppGlobalOauthSets/**\n"});
  request["files"] = files_json(files);
  EXPECT_EQ(lint_text(request)["apps"][0]["flows"][0]["verdict"], "works");
}

TEST(OrgLint, shows_nothing_of_a_private_key) {
  const std::string body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDQb85D\nh20jDh/xtJSr9/iiVhTfYbjoiT9fAOVSH95j";
  const std::string key = "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----";
  const auto hides = [&](const Values& values) {
    for (const char* flow : {"login", "device", "jwt_bearer"}) {
      const std::string out = lint_text({{"files", files_json(files_of(values))}, {"flows", {flow}}})
                                  .dump(-1, ' ', false, json::error_handler_t::replace);
      for (const char* part : {"MIIEvQIBADANB", "h20jDh", "hunter2"}) EXPECT_EQ(out.find(part), std::string::npos) << out;
    }
  };
  for (const TypeSpec* type : all_types()) {
    if (*type->folder == '\0') continue;
    for (const ElementSpec& element : type->elements) {
      if (!element.children.empty()) continue;
      Values values = headless_app();
      const std::string name = std::string(type->name) + "." + element.name;
      values[name] = key;
      hides(values);
      if (std::string(element.name) != "callbackUrl") continue;
      values[name] = "http://robot:hunter2@shop.example/callback";
      hides(values);
    }
  }
}

TEST(OrgLint, has_no_error_at_what_works) {
  const std::string site = "Network.networkAuthApiSettings.";
  const auto verdict = [&](Values values, const std::string& element, const std::string& value, const std::string& flow) {
    values[element] = value;
    const json out = lint_text({{"files", files_json(files_of(values))}, {"flows", {flow}}});
    return out["apps"][0]["flows"][0]["verdict"].get<std::string>();
  };
  Values values = headless_app();
  EXPECT_EQ(verdict(values, site + "registrationExecutionUser", "", "registration"), "does_not");
  EXPECT_EQ(verdict(values, std::string(kGlobal) + "callbackUrl", "shop.example/callback", "login"), "does_not");
  EXPECT_EQ(verdict(values, std::string(kGlobal) + "callbackUrl", "com.acme.app:/oauth2redirect", "login"), "works");
  EXPECT_EQ(verdict(values, std::string(kGlobal) + "callbackUrl", "https://shop.example/callback?of=a,b", "login"), "works");
  EXPECT_EQ(verdict(values, std::string(kGlobal) + "callbackUrl", "http://localhost.evil.example/callback", "login"), "does_not");
  EXPECT_EQ(verdict(values, std::string(kGlobal) + "callbackUrl", "https://shop.example/?next=http://localhost/", "device"),
            "does_not");
  values[site + "isRecaptchaRequiredRgstr"] = "true";
  EXPECT_EQ(verdict(values, site + "recaptchaSecretKey", "", "registration"), "does_not");
  EXPECT_EQ(verdict(values, site + "recaptchaSecretKey", "", "login"), "works");
  Values bearer = headless_app();
  for (const char* wrong : {"ShopCertificate", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"})
    EXPECT_EQ(verdict(bearer, std::string(kGlobal) + "certificate", wrong, "jwt_bearer"), "does_not") << wrong;
}

TEST(OrgLint, does_not_choose_between_two_files) {
  Files files = files_of(headless_app());
  Values off = headless_app();
  off[std::string(kGlobal) + "isCodeCredFlowEnabled"] = "false";
  for (const File& file : files_of(off)) {
    if (file.path.starts_with("extlClntAppGlobalOauthSets/")) files.push_back({"more/" + file.path, file.bytes});
  }
  files.push_back(
      {"more/networks/Shop.network-meta.xml", "<Network" + std::string(kNamespaced) + "<status>Live</status></Network>"});
  const json out = lint_text({{"files", files_json(files)}, {"flows", {"login"}}});
  EXPECT_EQ(out["apps"][0]["flows"][0]["verdict"], "unknown") << out.dump(1);
  size_t second = 0;
  for (const json& finding : out["findings"]) second += finding["id"] == "second_file" ? 1U : 0U;
  EXPECT_EQ(second, 2U) << out.dump(1);
}

TEST(OrgLint, says_what_the_file_says) {
  const auto finding = [](const Values& values, const std::string& id, const json& flows) {
    return one_of(lint_text({{"files", files_json(files_of(values))}, {"flows", flows}}), id);
  };
  Values values = headless_app();
  values[std::string(kPolicies) + "permittedUsersPolicyType"] = "AdminApproved";
  const json out = lint_text({{"files", files_json(files_of(values))}, {"flows", {"login"}}});
  EXPECT_EQ(one_of(out, "wrong_choice")["flows"], json({"login"})) << out.dump(1);
  EXPECT_TRUE(one_of(out, "app_permitted_users").is_null()) << out.dump(1);
  EXPECT_EQ(one_of(out, "wrong_choice")["stops_deployment"], true);
  values = headless_app();
  values[std::string(kGlobal) + "isClientCredentialsFlowEnabled"] = "true";
  values[std::string(kPolicies) + "isClientCredentialsFlowEnabled"] = "false";
  const json half = finding(values, "switch_on_one_side", {"client_credentials"});
  EXPECT_NE(half["change"].get<std::string>().find("(the app's policies > Enable Client Credentials Flow"), std::string::npos)
      << half.dump(1);
  EXPECT_EQ(half["stops_deployment"], false);
  Files files = files_of({{"OauthOidcSettings.oAuthCdCrdtFlowEnable", "true"}});
  files.push_back(
      {"connectedApps/Old.connectedApp-meta.xml",
       "<ConnectedApp" + std::string(kNamespaced) +
           "<contactEmail>a@shop.example</contactEmail><label>Old</label><oauthConfig>"
           "<callbackUrl>https://shop.example/callback</callbackUrl><isCodeCredentialEnabled>true</isCodeCredentialEnabled>"
           "<scopes>Api</scopes></oauthConfig></ConnectedApp>"});
  const json old = one_of(lint_text({{"files", files_json(files)}, {"flows", {"login"}}}), "app_permitted_users");
  EXPECT_NE(old["message"].get<std::string>().find("isAdminApproved is false (the file does not say it"), std::string::npos)
      << old.dump(1);
  const auto refused = lint_json(R"({"flows":["webserver"]})");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().data().message.find("has webserver, which is not a flow. Did you mean web_server?"),
            std::string::npos);
}

TEST(OrgLint, finds_settings_of_a_site_at_the_wrong_level) {
  const auto ids = [](const std::string& elements) {
    const json out = lint_text({{"files", files_json({{"networks/Shop.network-meta.xml",
                                                       "<Network" + std::string(kNamespaced) + elements + "</Network>"}})}});
    std::vector<std::string> found;
    for (const json& finding : out["findings"]) found.push_back(finding["id"]);
    return found;
  };
  EXPECT_EQ(ids("<isForgotPwdAllowed>true</isForgotPwdAllowed>"), std::vector<std::string>{"misplaced_element"});
  EXPECT_EQ(ids("<NetworkAuthApiSettings/>"), std::vector<std::string>{"element_case"});
  EXPECT_EQ(ids("<allowedExtensions>pdf</allowedExtensions><status>Live</status>"), std::vector<std::string>());
}

TEST(OrgLint, leaves_out_in_a_zip_what_it_leaves_out_in_a_folder) {
  Files files = files_of(headless_app());
  for (const char* folder : {"node_modules/sample/", ".sfdx/"}) {
    for (const File& file : files_of(headless_app())) files.push_back({folder + file.path, file.bytes});
  }
  const auto zip = pack(files);
  ASSERT_TRUE(zip);
  const json out = lint_text({{"zip_base64", std::string(to_base64(*zip, Base64::standard).view())}, {"flows", {"guest"}}});
  EXPECT_TRUE(one_of(out, "second_file").is_null()) << out.dump(1);
  EXPECT_EQ(out["files_read"], files.size() / 3);
}

// Whatever grows with the square of their number would not end in the test's time. ./dev bench org has the figures.
TEST(OrgLint, judges_thousands_of_apps) {
  Files files;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = std::to_string(i);
    files.push_back({"externalClientApps/App" + name + ".eca-meta.xml",
                     "<ExternalClientApplication" + std::string(kNamespaced) + "<label>a</label></ExternalClientApplication>"});
    files.push_back({"extlClntAppOauthSettings/Of" + name + ".ecaOauth-meta.xml",
                     "<ExtlClntAppOauthSettings" + std::string(kNamespaced) + "<externalClientApplication>Ap" + name +
                         "p</externalClientApplication><commaSeparatedOauthScopes>api, web, openid, no, none, nothing"
                         "</commaSeparatedOauthScopes></ExtlClntAppOauthSettings>"});
  }
  const std::string request = json({{"files", files_json(files)}, {"flows", {"web_server"}}}).dump();
  const auto said = lint_json(request);
  ASSERT_TRUE(said);
  EXPECT_EQ(json::parse(*said)["files_read"], files.size());
}

TEST(OrgLint, finds_nothing_in_an_app_that_is_right) {
  Values values = headless_app();
  const auto capital = values.extract("Network.networkAuthApiSettings.IsPwdlessLoginAllowed");
  values["Network.networkAuthApiSettings.isPwdlessLoginAllowed"] = capital.mapped();
  const json out =
      lint_text({{"files", files_json(files_of(values))}, {"flows", kHeadless}, {"client", "public"}, {"api_version", "67.0"}});
  EXPECT_TRUE(out["findings"].empty()) << out.dump(1);
  ASSERT_EQ(out["apps"].size(), 1U);
  EXPECT_EQ(out["apps"][0]["kind"], "external_client_app");
  EXPECT_EQ(out["apps"][0]["flows"].size(), kHeadless.size());
  for (const json& flow : out["apps"][0]["flows"]) EXPECT_EQ(flow["verdict"], "works") << flow.dump();
  EXPECT_EQ(out["api_version"], 67);
}

TEST(OrgLint, reads_both_spellings_of_the_switch_for_passwordless_login) {
  const json out = lint_text({{"files", files_json(files_of(headless_app()))}, {"flows", {"passwordless_login"}}});
  EXPECT_EQ(out["apps"][0]["flows"][0]["verdict"], "works") << out.dump(1);
  ASSERT_EQ(out["findings"].size(), 1U);
  EXPECT_EQ(out["findings"][0]["id"], "element_with_two_spellings");
}

TEST(OrgLint, does_not_guess_what_no_file_says) {
  Values values = headless_app();
  values.erase("OauthOidcSettings.oAuthCdCrdtFlowEnable");
  const json out = lint_text({{"files", files_json(files_of(values))}, {"flows", {"login"}}});
  EXPECT_EQ(out["apps"][0]["flows"][0]["verdict"], "unknown");
  EXPECT_EQ(out["apps"][0]["flows"][0]["not_in_files"], json({"OauthOidcSettings.oAuthCdCrdtFlowEnable"}));
  // What is known to be wrong decides nevertheless.
  values[std::string(kGlobal) + "isCodeCredFlowEnabled"] = "false";
  const json off = lint_text({{"files", files_json(files_of(values))}, {"flows", {"login"}}});
  EXPECT_EQ(off["apps"][0]["flows"][0]["verdict"], "does_not");
}

// Two sites of which neither is enough are not one that is.
TEST(OrgLint, judges_one_site_at_a_time) {
  const std::string site = "Network.networkAuthApiSettings.";
  Values values = headless_app();
  values[site + "doesRegistrationRequireAuth"] = "false";
  values[site + "isRecaptchaRequiredRgstr"] = "false";
  Files files = files_of(values);
  Values other = {{site + "isHeadlessUserRegistrationAllowed", "false"},
                  {site + "doesRegistrationRequireAuth", "true"},
                  {site + "registrationExecutionUser", "robot@shop.example"},
                  {site + "registrationHandler", "ShopUsers"}};
  const Files second = files_of(other);
  files.push_back({"networks/Other.network-meta.xml", second.front().bytes});
  json request = {{"files", files_json(files)}, {"flows", {"registration", "login"}}};
  const json both = lint_text(request);
  EXPECT_EQ(both["apps"][0]["flows"][0]["verdict"], "does_not") << both.dump(1);
  EXPECT_TRUE(both["apps"][0]["flows"][0].contains("site"));
  EXPECT_EQ(both["apps"][0]["flows"][1]["verdict"], "works");
  // One that is enough makes it work.
  other[site + "isHeadlessUserRegistrationAllowed"] = "true";
  files.back().bytes = files_of(other).front().bytes;
  request["files"] = files_json(files);
  const json one = lint_text(request);
  EXPECT_EQ(one["apps"][0]["flows"][0]["verdict"], "works") << one.dump(1);
  EXPECT_EQ(one["apps"][0]["flows"][0]["site"], "Other");
  request["site"] = "Shop";
  EXPECT_EQ(lint_text(request)["apps"][0]["flows"][0]["verdict"], "does_not");
  request["site"] = "Elsewhere";
  const auto refused = lint_json(request.dump());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().data().field, "site");
  EXPECT_NE(refused.error().data().message.find("is Elsewhere, which is not among the files. They have: "), std::string::npos)
      << refused.error().data().message;
}

TEST(OrgLint, judges_what_an_app_uses_besides) {
  const json request = {{"files", files_json(files_of(headless_app()))}, {"flows", {"login"}}};
  const auto verdict = [&](const json& uses) {
    json with = request;
    if (!uses.is_null()) with["uses"] = uses;
    return lint_text(with)["apps"][0]["flows"][0]["verdict"].get<std::string>();
  };
  EXPECT_EQ(verdict(json()), "works");
  EXPECT_EQ(verdict(json::array()), "works");
  EXPECT_EQ(verdict({"emailtemplate"}), "works");
  // The site's file does not say it: a part of a site's settings leaves the rest as it is.
  EXPECT_EQ(verdict({"login_hint"}), "unknown");
}

TEST(OrgLint, says_where_and_what_to_change) {
  Values values = headless_app();
  values[std::string(kGlobal) + "isCodeCredFlowEnabled"] = "false";
  const json out = lint_text({{"files", files_json(files_of(values))}, {"flows", {"login", "registration"}}});
  const auto found = std::find_if(out["findings"].begin(), out["findings"].end(),
                                  [](const json& one) { return one["id"] == "app_headless_flow"; });
  ASSERT_NE(found, out["findings"].end()) << out.dump(1);
  EXPECT_EQ((*found)["severity"], "error");
  EXPECT_EQ((*found)["flows"], json({"login", "registration"}));
  EXPECT_EQ((*found)["file"], "extlClntAppGlobalOauthSets/Shop.ecaGlblOauth-meta.xml");
  EXPECT_EQ((*found)["line"], 3);
  EXPECT_EQ((*found)["element"], "ExtlClntAppGlobalOauthSettings.isCodeCredFlowEnabled");
  EXPECT_EQ((*found)["setting"], "app_headless_flow");
  EXPECT_EQ(
      (*found)["message"],
      "ExtlClntAppGlobalOauthSettings.isCodeCredFlowEnabled is false. The authorize endpoint shows its login page otherwise.");
  EXPECT_EQ((*found)["change"], "Set isCodeCredFlowEnabled to true (the app > Enable Authorization Code and Credentials Flow).");
}

TEST(OrgLint, calls_nothing_an_error_that_nobody_wants) {
  const json out = lint_text({{"files", files_json(files_of(plain_app()))}});
  for (const json& finding : out["findings"]) EXPECT_EQ(finding["severity"], "note") << finding.dump(1);
  // A switch for the flow alone is a wish.
  Values values = plain_app();
  values[std::string(kGlobal) + "isClientCredentialsFlowEnabled"] = "true";
  values[std::string(kPolicies) + "isClientCredentialsFlowEnabled"] = "true";
  const json wish = lint_text({{"files", files_json(files_of(values))}});
  const auto found = std::find_if(wish["findings"].begin(), wish["findings"].end(),
                                  [](const json& one) { return one["id"] == "app_run_as_user"; });
  ASSERT_NE(found, wish["findings"].end());
  EXPECT_EQ((*found)["severity"], "error");
}

TEST(OrgLint, reads_a_connected_app_by_the_same_rows) {
  const std::string app =
      "<ConnectedApp xmlns=\"http://soap.sforce.com/2006/04/metadata\"><contactEmail>a@shop.example</contactEmail><label>Old</label>"
      "<oauthConfig><callbackUrl>https://shop.example/callback</callbackUrl><isAdminApproved>true</isAdminApproved>"
      "<isCodeCredentialEnabled>true</isCodeCredentialEnabled><isCodeCredentialPostOnly>true</isCodeCredentialPostOnly>"
      "<isPkceRequired>true</isPkceRequired><scopes>Api</scopes><scopes>RefreshToken</scopes></oauthConfig>"
      "<oauthPolicy><ipRelaxation>ENFORCE</ipRelaxation><refreshTokenPolicy>specific_lifetime:30:DAYS</refreshTokenPolicy></oauthPolicy>"
      "<permissionSetName>ShopUsers</permissionSetName></ConnectedApp>";
  Files files = files_of({{"OauthOidcSettings.oAuthCdCrdtFlowEnable", "true"}});
  files.push_back({"connectedApps/Old.connectedApp-meta.xml", app});
  const json right =
      lint_text({{"files", files_json(files)}, {"flows", {"login", "refresh", "web_server"}}, {"client", "private"}});
  EXPECT_TRUE(right["findings"].empty()) << right.dump(1);
  EXPECT_EQ(right["apps"][0]["kind"], "connected_app");
  for (const json& flow : right["apps"][0]["flows"]) EXPECT_EQ(flow["verdict"], "works") << flow.dump();
  std::string other = app;
  other.replace(other.find("specific_lifetime:30:DAYS"), 25, "zero");
  other.replace(other.find("<isAdminApproved>true"), 21, "<isAdminApproved>false");
  files.back().bytes = other;
  const json wrong = lint_text({{"files", files_json(files)}, {"flows", {"login", "refresh", "web_server"}}});
  EXPECT_EQ(wrong["apps"][0]["flows"][0]["verdict"], "does_not");
  EXPECT_EQ(wrong["apps"][0]["flows"][1]["verdict"], "does_not");
  EXPECT_EQ(wrong["apps"][0]["flows"][2]["verdict"], "works");
  // In the words of the file.
  EXPECT_NE(wrong.dump().find("isAdminApproved is false"), std::string::npos) << wrong.dump(1);
  EXPECT_NE(wrong.dump().find("Set oauthConfig.isAdminApproved to true (the app's policies > Permitted Users"), std::string::npos)
      << wrong.dump(1);
}

TEST(OrgLint, refuses_requests_that_are_not_one) {
  const auto field = [](const std::string& request) {
    const auto response = lint_json(request);
    return response ? std::string("none") : response.error().data().field;
  };
  EXPECT_EQ(field("[]"), "request");
  EXPECT_EQ(field("{"), "request");
  EXPECT_EQ(field("{}"), "files");
  EXPECT_EQ(field(R"({"file":[]})"), "request");
  EXPECT_EQ(field(R"({"files":[{"path":"../a","text":""}]})"), "files");
  EXPECT_EQ(field(R"({"files":[{"path":"a"}]})"), "files");
  EXPECT_EQ(field(R"({"files":[{"path":"a","text":"","base64":""}]})"), "files");
  EXPECT_EQ(field(R"({"files":[{"path":"a","base64":"?"}]})"), "files");
  EXPECT_EQ(field(R"({"flows":["signin"]})"), "flows");
  EXPECT_EQ(field(R"({"client":"both"})"), "client");
  EXPECT_EQ(field(R"({"api_version":"new"})"), "api_version");
  EXPECT_EQ(field(R"({"credentials_placement":"url"})"), "credentials_placement");
  EXPECT_EQ(field(R"({"uses":["cookies"]})"), "uses");
  EXPECT_EQ(field(R"({"uses":"login_hint"})"), "uses");
  EXPECT_EQ(field(R"({"site":""})"), "site");
  EXPECT_EQ(field(R"({"app":""})"), "app");
  EXPECT_EQ(field(R"({"app":"Shop","files":[{"path":"a","text":"x"}]})"), "app");
  EXPECT_EQ(field(R"({"strict":"yes"})"), "strict");
  EXPECT_EQ(field(R"({"strict":true,"files":[{"path":"a","text":"x"}]})"), "strict");
  EXPECT_EQ(field(R"({"api_version":"67.banana"})"), "api_version");
  EXPECT_EQ(field(R"({"files":[{"path":"a","text":"","mode":1}]})"), "files");
  EXPECT_EQ(field(R"({"site":null,"files":[{"path":"a","text":"x"}]})"), "none");
  EXPECT_EQ(field(R"({"zip_base64":"AAAA"})"), "zip");
  EXPECT_EQ(field(R"({"files":[{"path":"a","text":"x"}]})"), "none");
}

// A rule that judges a pair of switches concerns the flows for which they are a pair, no others.
TEST(OrgLint, links_a_finding_to_the_flows_that_it_concerns) {
  Values values = headless_app();
  values[std::string(kGlobal) + "isRefreshTokenRotationEnabled"] = "true";
  values[std::string(kOauth) + "commaSeparatedOauthScopes"] = "Api, RefreshToken, Web, Lightning";
  const json out = lint_text({{"files", files_json(files_of(values))}, {"flows", {"login", "hybrid_web_server"}}});
  const auto found = std::find_if(out["findings"].begin(), out["findings"].end(),
                                  [](const json& one) { return one["id"] == "hybrid_with_jwt_and_rotation"; });
  ASSERT_NE(found, out["findings"].end());
  EXPECT_EQ((*found)["flows"], json({"hybrid_web_server"}));
  EXPECT_EQ((*found)["severity"], "error");
  EXPECT_EQ(out["apps"][0]["flows"][0]["verdict"], "works");
  EXPECT_EQ(out["apps"][0]["flows"][1]["verdict"], "does_not");
}

// What the documentation tells people to deploy.
TEST(OrgLint, finds_nothing_in_the_example) {
  const std::filesystem::path folder = HLID_EXAMPLE_ORG;
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    files.push_back({entry.path().lexically_relative(folder).generic_string(), text.str()});
  }
  const json flows = {"guest", "login", "refresh", "web_server", "userinfo"};
  const json out = lint_text({{"files", files_json(files)}, {"flows", flows}});
  EXPECT_TRUE(out["findings"].empty()) << out.dump(1);
  ASSERT_EQ(out["apps"].size(), 1U);
  for (const json& flow : out["apps"][0]["flows"]) EXPECT_EQ(flow["verdict"], "works") << flow.dump();
}

TEST(OrgLint, says_which_files_it_does_not_know) {
  const json out =
      lint_text({{"files", files_json({{"README.md", "# Shop"}, {"objects/A.object-meta.xml", "<CustomObject/>"}})}});
  EXPECT_EQ(out["unknown_files"], json({"README.md", "objects/A.object-meta.xml"}));
  EXPECT_EQ(out["files_read"], 0);
  EXPECT_TRUE(out["apps"].empty());
}

TEST(OrgLint, reads_a_thousand_files) {
  Files files;
  for (int i = 0; i < 200; ++i) {
    for (File file : files_of(headless_app())) {
      const std::string name = "Shop" + std::to_string(i);
      if (!file.path.starts_with("settings/")) {
        for (size_t at = file.bytes.find(">Shop<"); at != std::string::npos; at = file.bytes.find(">Shop<", at + 1)) {
          file.bytes.replace(at, 6, ">" + name + "<");
        }
        file.path.replace(file.path.find("/Shop."), 6, "/" + name + ".");
      } else if (i != 0) {
        continue;
      }
      files.push_back(file);
    }
  }
  EXPECT_GT(files.size(), 1000U);
  const std::string request = json({{"files", files_json(files)}, {"client", "public"}}).dump();
  const auto said = lint_json(request);
  ASSERT_TRUE(said);
  const json out = json::parse(*said);
  EXPECT_EQ(out["files_read"], files.size());
  EXPECT_EQ(out["apps"].size(), 200U);
}

}  // namespace
}  // namespace hlid::org
