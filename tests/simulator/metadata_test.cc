// Metadata files, read into the options of the org.
#include "simulator/metadata.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "simulator/certificates.h"
#include "simulator/xml.h"

namespace hlid_sim_test {

using hlid_sim::App;
using hlid_sim::MetadataFile;
using hlid_sim::Options;
using hlid_sim::Strings;
using Files = std::vector<MetadataFile>;

class Metadata : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!hlid_sim::reads_metadata()) GTEST_SKIP() << "built without a reader of XML";
  }
  static MetadataFile file(const std::string& path, const std::string& type, const std::string& elements) {
    return {path, "<?xml version=\"1.0\"?>\n<" + type + " xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n" + elements +
                      "\n</" + type + ">\n"};
  }
  static Options read(const Files& files, const std::string& site = "") {
    Options options = hlid_sim::default_options();
    hlid_sim::apply_metadata(options, files, site);
    return options;
  }
  static std::string refusal(const Files& files, const std::string& site = "") {
    try {
      read(files, site);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  static Files client_app(const std::string& global, const std::string& oauth = "", const std::string& policies = "") {
    const std::string app = "<externalClientApplication>Shop</externalClientApplication>";
    return {file("eca/Shop.eca-meta.xml", "ExternalClientApplication", "<label>Shop</label>"),
            file("a/x.ecaGlblOauth", "ExtlClntAppGlobalOauthSettings", app + global),
            file("b/y.ecaOauth-meta.xml", "ExtlClntAppOauthSettings", app + oauth),
            file("c/z.ecaOauthPlcy-meta.xml", "ExtlClntAppOauthConfigurablePolicies", app + policies)};
  }
};

TEST_F(Metadata, makes_an_app_of_its_four_files) {
  const Options options = read(client_app(
      "<callbackUrl>https://a.example.com/\nhttp://localhost:1/</callbackUrl><isCodeCredFlowEnabled>true</isCodeCredFlowEnabled>"
      "<isConsumerSecretOptional> true </isConsumerSecretOptional>",
      "<commaSeparatedOauthScopes>Api, RefreshToken,OfflineAccess, PwdlessLogin</commaSeparatedOauthScopes>",
      "<permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType>"));
  const App& app = options.apps.front();
  EXPECT_EQ(app.client_id, "3MVG9Example.Shop");
  EXPECT_EQ(app.client_secret.size(), 64u);
  EXPECT_EQ(app.redirect_uris, (Strings{"https://a.example.com/", "http://localhost:1/"}));
  EXPECT_EQ(app.scopes, (Strings{"api", "refresh_token", "pwdless_login_api"}));
  EXPECT_TRUE(app.is_code_cred_flow_enabled && app.is_consumer_secret_optional && app.admin_approved);
  // What the files lack is what a new app has.
  EXPECT_TRUE(app.is_pkce_required && app.is_secret_required_for_refresh_token);
  EXPECT_FALSE(app.is_named_user_jwt_enabled || app.is_guest_code_cred_flow_enabled || app.is_device_flow_enabled);
  EXPECT_FALSE(app.are_bearer_flows_enabled || app.is_first_party_app_enabled || app.is_token_exchange_enabled);
  EXPECT_EQ(app.client_credentials_user, "");
  EXPECT_EQ(app.refused_with, "");
  EXPECT_EQ(options.apps.size(), hlid_sim::default_options().apps.size() + 1);
}

TEST_F(Metadata, needs_both_halves_of_a_switch) {
  const std::string on = "<isClientCredentialsFlowEnabled>true</isClientCredentialsFlowEnabled>";
  const std::string user = "<clientCredentialsFlowUser>robot@example.com</clientCredentialsFlowUser>";
  EXPECT_EQ(read(client_app(on, "", user)).apps.front().client_credentials_user, "");
  EXPECT_EQ(read(client_app("", "", on + user)).apps.front().client_credentials_user, "");
  const Options options = read(client_app(on, "", on + user));
  EXPECT_EQ(options.apps.front().client_credentials_user, "robot@example.com");
  EXPECT_EQ(options.users.back().username, "robot@example.com") << "the org has that user";
  EXPECT_TRUE(options.users.back().api_only);
}

TEST_F(Metadata, refuses_calls_for_an_app_that_is_off) {
  Files files = client_app("");
  files.push_back(file("d/p.ecaPlcy-meta.xml", "ExtlClntAppConfigurablePolicies",
                       "<externalClientApplication>Shop</externalClientApplication><isEnabled>true</isEnabled>"));
  EXPECT_EQ(read(files).apps.front().refused_with, "");
  files.back().bytes.replace(files.back().bytes.find("true"), 4, "false");
  EXPECT_EQ(read(files).apps.front().refused_with, "oauth_flow_disabled");
}

TEST_F(Metadata, takes_a_certificate_with_or_without_its_armour) {
  const std::string pem = hlid_sim::make_app_key("Shop").certificate_pem;
  std::string body = pem.substr(pem.find('\n') + 1);
  body.resize(body.find("-----END"));
  for (const std::string& given : {pem, body}) {
    const App app = read(client_app("<certificate>" + given + "</certificate>")).apps.front();
    EXPECT_EQ(app.certificate.find("-----BEGIN CERTIFICATE-----"), 0u);
    EXPECT_TRUE(app.are_bearer_flows_enabled);
  }
  EXPECT_FALSE(read(client_app("<certificate>ShopKey</certificate>")).apps.front().are_bearer_flows_enabled);
  // That of first-party apps may be a name.
  const App named = read(client_app("",
                                    "<isFirstPartyAppEnabled>true</isFirstPartyAppEnabled>"
                                    "<clientAssertionCertificate>ShopKey</clientAssertionCertificate>"))
                        .apps.front();
  EXPECT_TRUE(named.is_first_party_app_enabled);
  EXPECT_EQ(named.client_assertion_certificate, "") << "the org makes a pair";
}

TEST_F(Metadata, makes_a_connected_app_of_its_one_file) {
  const Options options = read(
      {file(
           "connectedApps/Old.connectedApp", "ConnectedApp",
           "<oauthConfig><callbackUrl>https://a.example.com/</callbackUrl><consumerKey>3MVG9Old</consumerKey><isAdminApproved>true"
           "</isAdminApproved><scopes>Api</scopes><scopes>Web</scopes></oauthConfig><oauthPolicy><refreshTokenPolicy>zero"
           "</refreshTokenPolicy></oauthPolicy>"),
       file("connectedApps/Canvas.connectedApp", "ConnectedApp", "<label>Canvas</label>")});
  const App& app = options.apps.front();
  EXPECT_EQ(app.client_id, "3MVG9Old");
  EXPECT_EQ(app.scopes, (Strings{"api", "web"}));
  EXPECT_EQ(app.refresh_token_policy_type, "Zero");
  EXPECT_TRUE(app.admin_approved);
  EXPECT_FALSE(app.is_pkce_required) << "external client apps require it, connected apps do not";
  EXPECT_EQ(options.apps[1].client_id, hlid_sim::default_options().apps[0].client_id) << "one without OAuth has no clients";
}

TEST_F(Metadata, has_the_token_exchange_handlers_that_name_the_app) {
  const auto handler = [&](const std::string& name, const std::string& app, const char* is_default) {
    return file("h/" + name + ".oauthtokenexchangehandler-meta.xml", "OauthTokenExchangeHandler",
                "<enablements><externalClientApp>" + app + "</externalClientApp><isDefault>" + is_default +
                    "</isDefault></enablements><isEnabled>true</isEnabled>");
  };
  Files files = client_app("");
  EXPECT_EQ(read(files).apps.front().token_exchange_handlers, (Strings{"ExampleHandler"}));
  files.push_back(handler("Second", "Shop", "false"));
  files.push_back(handler("First", "Shop", "true"));
  files.push_back(handler("Other", "Another", "true"));
  EXPECT_EQ(read(files).apps.front().token_exchange_handlers, (Strings{"First", "Second"}));
}

TEST_F(Metadata, switches_the_org_and_the_site) {
  const auto site = [&](const std::string& name, const std::string& elements) {
    return file("networks/" + name + ".network-meta.xml", "Network",
                "<networkAuthApiSettings>" + elements + "</networkAuthApiSettings>");
  };
  const auto settings =
      read({file("settings/OauthOidc.settings", "OauthOidcSettings", "<oAuthCdCrdtFlowEnable>false</oAuthCdCrdtFlowEnable>"),
            site("shop",
                 "<IsPwdlessLoginAllowed>false</IsPwdlessLoginAllowed><doesPasswordLoginRequireAuth>true"
                 "</doesPasswordLoginRequireAuth><registrationHandler></registrationHandler>")})
          .settings;
  EXPECT_FALSE(settings.oauth_cd_crdt_flow_enable || settings.is_pwdless_login_allowed || settings.headless_registration_handler);
  EXPECT_TRUE(settings.does_password_login_require_auth && settings.is_protection_required && settings.is_forgot_pwd_allowed);
  const Files two = {site("shop", ""), site("help", "<isForgotPwdAllowed>false</isForgotPwdAllowed>")};
  EXPECT_NE(refusal(two).find("several sites: name one with --network: "), std::string::npos);
  EXPECT_FALSE(read(two, "help").settings.is_forgot_pwd_allowed);
  EXPECT_TRUE(refusal(two, "none").starts_with("the files have no site none. They have: "));
}

TEST_F(Metadata, says_where_a_file_cannot_be_read) {
  EXPECT_EQ(refusal({{"a/x.eca-meta.xml", "<?xml version=\"1.0\"?>\n<ExternalClientApplication>\n<label>x</name>\n"}})
                .find("a/x.eca-meta.xml:3: not well-formed XML"),
            0u);
  EXPECT_NE(refusal({{"readme.txt", "no files"}}), "");
  Files twice = client_app("<consumerKey>3MVG9Same</consumerKey>");
  twice.push_back(
      file("connectedApps/Old.connectedApp", "ConnectedApp", "<oauthConfig><consumerKey>3MVG9Same</consumerKey></oauthConfig>"));
  EXPECT_EQ(refusal(twice), "two apps have the consumer key 3MVG9Same");
}

TEST_F(Metadata, reads_what_tools_write_otherwise) {
  // Prefixes, CDATA, comments inside of a value, processing instructions, values that are nil.
  const std::string text =
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?tool x?>\n"
      "<md:ConnectedApp xmlns:md=\"http://soap.sforce.com/2006/04/metadata\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><md:oauthConfig><md:consumerKey>3MVG9<!-- of the app -->Tool"
      "</md:consumerKey><md:callbackUrl><![CDATA[https://a.example/?b&c]]></md:callbackUrl>"
      "<md:isDeviceFlowEnabled xsi:nil=\"true\">true</md:isDeviceFlowEnabled><md:scopes>Api</md:scopes></md:oauthConfig>"
      "</md:ConnectedApp>";
  const App app = read({{"connectedApps/Tool.connectedApp", text}}).apps.front();
  EXPECT_EQ(app.client_id, "3MVG9Tool");
  EXPECT_EQ(app.redirect_uris, Strings{"https://a.example/?b&c"});
  EXPECT_EQ(app.scopes, Strings{"api"});
  EXPECT_FALSE(app.is_device_flow_enabled);
  EXPECT_EQ(refusal({{"a/x.connectedApp", "<ConnectedApp><label>\xFC</label></ConnectedApp>"}}), "a/x.connectedApp is not UTF-8");
}

// The reader of SAML: what it reads and writes as canonical XML is well-formed again.
TEST(SamlXml, reads_cdata_as_it_reads_text) {
  const auto text_of = [](const std::string& text) {
    const auto root = hlid_sim::parse_xml(text);
    return root ? root->own_text() : "refused";
  };
  EXPECT_EQ(text_of("<a><![CDATA[x\r\ny\rz<&]]></a>"), "x\ny\nz<&");
  EXPECT_EQ(text_of(std::string("<a><![CDATA[x\0]]></a>", 21)), "refused");
  EXPECT_EQ(text_of("<a><![CDATA[\x01]]></a>"), "refused");
  EXPECT_EQ(text_of("<a><![CDATA[x</a>"), "refused");
  EXPECT_EQ(text_of("<a><![CDATA[]]></a>"), "");
  EXPECT_EQ(text_of("<a>\xFF</a>"), "refused") << "not UTF-8";
}

TEST_F(Metadata, reads_whether_a_site_is_live_and_an_app_wants_dpop) {
  const auto site = [](const std::string& status) {
    return file("networks/shop.network-meta.xml", "Network",
                "<networkAuthApiSettings><isForgotPwdAllowed>true</isForgotPwdAllowed></networkAuthApiSettings>" + status);
  };
  EXPECT_TRUE(read({site("")}).settings.is_site_active);
  EXPECT_TRUE(read({site("<status>Live</status>")}).settings.is_site_active);
  EXPECT_FALSE(read({site("<status>UnderConstruction</status>")}).settings.is_site_active);
  EXPECT_EQ(read(client_app("<isDPopEnabled>true</isDPopEnabled>")).apps.front().refused_with, "invalid_dpop_proof");
  EXPECT_EQ(read(client_app("<isDPopEnabled>false</isDPopEnabled>")).apps.front().refused_with, "");
}

// One entry that is stored.
std::string zip_of(const std::string& path, const std::string& bytes) {
  const auto number = [](size_t value, int width) {
    std::string out;
    for (int i = 0; i < width; ++i, value >>= 8U) out += static_cast<char>(value & 0xFFU);
    return out;
  };
  const std::string sizes =
      number(0, 4) + number(bytes.size(), 4) + number(bytes.size(), 4) + number(path.size(), 2) + number(0, 2);
  const std::string common = number(20, 2) + number(0, 2) + number(0, 2) + number(0, 4) + sizes;
  const std::string local = std::string("PK\3\4") + common + path + bytes;
  const std::string central = std::string("PK\1\2") + number(20, 2) + common + number(0, 10) + number(0, 4) + path;
  return local + central + "PK\5\6" + number(0, 4) + number(1, 2) + number(1, 2) + number(central.size(), 4) +
         number(local.size(), 4) + number(0, 2);
}

TEST_F(Metadata, reads_a_zip_and_refuses_a_damaged_one) {
  const std::string zip = zip_of("connectedApps/Old.connectedApp", "<ConnectedApp/>");
  const Files files = hlid_sim::unzip_metadata(zip);
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].path, "connectedApps/Old.connectedApp");
  EXPECT_EQ(files[0].bytes, "<ConnectedApp/>");
  // A comment that looks like an end of its own.
  const std::string comment = "PK\5\6" + std::string(30, '\0');
  std::string commented = zip + comment;
  commented[zip.size() - 2] = static_cast<char>(comment.size());
  EXPECT_EQ(hlid_sim::unzip_metadata(commented).size(), 1u);
  for (size_t size = 0; size < zip.size(); ++size)
    EXPECT_THROW(hlid_sim::unzip_metadata(zip.substr(0, size)), std::runtime_error);
}

}  // namespace hlid_sim_test
