// Verdicts of each flow against the table of needs: with all rows met it works, and each row alone decides.
#include "org/lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "flows/registry.h"
#include "oauth/org_settings.h"
#include "org/needs.h"
#include "shop_files.h"

namespace hlid::org {
namespace {

// Begins as one does.
constexpr const char* kCertificate =
    "MIIDETCCAfmgAwIBAgIURcH41tgfnUXEl3fPJ0ml6tQ48yAwDQYJKoZIhvcNAQELBQAwFzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMCAXDTI2MTEyOTEy";

constexpr const char* kHandler =
    "<OauthTokenExchangeHandler xmlns=\"http://soap.sforce.com/2006/04/metadata\"><description>d</description>"
    "<developerName>Idp</developerName><enablements><apexExecutionUser>u</apexExecutionUser>"
    "<externalClientApp>Shop</externalClientApp><isDefault>true</isDefault></enablements>"
    "<isAccessTokenSupported>true</isAccessTokenSupported><isContactCreationAllowed>false</isContactCreationAllowed>"
    "<isEnabled>true</isEnabled><isIdTokenSupported>true</isIdTokenSupported><isJwtSupported>true</isJwtSupported>"
    "<isRefreshTokenSupported>false</isRefreshTokenSupported><isSaml2Supported>false</isSaml2Supported>"
    "<isUserCreationAllowed>false</isUserCreationAllowed><masterLabel>Idp</masterLabel>"
    "<tokenHandlerApex>Idp</tokenHandlerApex></OauthTokenExchangeHandler>";

// What makes a row met: values are set, scopes collected.
void meet(const Need& need, Values& values, bool& handler) {
  std::string& scopes = values[std::string(kOauth) + "commaSeparatedOauthScopes"];
  switch (need.wish) {
    case Wish::is: values[need.element] = need.value; break;
    case Wish::is_not: values[need.element] = "Infinite"; break;
    case Wish::present:
      values[need.element] = need.setting == &kAppCallback            ? "http://localhost/callback"
                             : need.setting == &kAppBearerCertificate ? kCertificate
                                                                      : "15";
      // A class runs as a user.
      if (need.setting == &kDiscoveryHandler) values["Network.networkAuthApiSettings.headlessDiscoveryExecutionUser"] = "robot";
      break;
    case Wish::any_scope:
      if (*need.value != '\0') scopes += ", " + std::string(words_of(need.value).front());
      break;
    case Wish::all_scopes:
      for (const std::string_view word : words_of(need.value)) scopes += ", " + std::string(word);
      break;
    case Wish::handler: handler = true; break;
    case Wish::document: values[std::string(need.element) + ".name"] = "Idp"; break;
    case Wish::client_app:  // it is one
    case Wish::connected_app:
    case Wish::perhaps_connected_app:
    case Wish::keeper:
    case Wish::own_scope:
    case Wish::localhost:
    case Wish::nothing: break;
  }
  if (need.wish == Wish::is_not && std::string(need.value) == "HIGH_ASSURANCE") values[need.element] = "STANDARD";
}

// What makes it not met.
void miss(const Need& need, Values& values, bool& handler) {
  const std::string value = need.value;
  switch (need.wish) {
    case Wish::is:
      values[need.element] = value == "true"    ? "false"
                             : value == "false" ? "true"
                             : value == "Local" ? "Packaged"
                             : value == "Live"  ? "DownForMaintenance"
                                                : "AllSelfAuthorized";
      if (*need.or_element != '\0') values[need.or_element] = values[need.element];
      break;
    case Wish::is_not: values[need.element] = need.value; break;
    case Wish::present:
      values[need.element] = "";
      if (*need.or_element != '\0') values[need.or_element] = "";
      break;
    case Wish::any_scope:
    case Wish::all_scopes:
    case Wish::own_scope: break;  // without_scopes
    case Wish::handler: handler = false; break;
    case Wish::localhost: values[need.element] = "https://shop.example/callback"; break;
    case Wish::document:
    case Wish::client_app:
    case Wish::connected_app:
    case Wish::perhaps_connected_app:
    case Wish::keeper:
    case Wish::nothing: break;
  }
}

bool is_about_scopes(const Need& need) {
  return need.wish == Wish::any_scope || need.wish == Wish::all_scopes || need.wish == Wish::own_scope;
}

// Scopes that meet all rows but one.
std::string scopes_without(const Need& need, const std::vector<const Need*>& rows) {
  if (need.wish == Wish::any_scope && *need.value == '\0') return "";
  if (need.wish == Wish::own_scope) return "RefreshToken";
  std::string scopes = "Chatter";
  const std::vector<std::string_view> avoided = words_of(need.value);
  for (const Need* row : rows) {
    if (row == &need || !is_about_scopes(*row) || row->wish == Wish::own_scope || *row->value == '\0') continue;
    for (const std::string_view word : words_of(row->value)) {
      if (std::find(avoided.begin(), avoided.end(), word) == avoided.end()) scopes += ", " + std::string(word);
    }
  }
  return scopes;
}

Lint lint_of(const Values& values, bool handler, const FlowSpec& flow, const Circumstances& circumstances) {
  LintRequest request;
  request.files = files_of(values);
  if (handler) {
    request.files.push_back({"oauthtokenexchangehandlers/Idp.oauthtokenexchangehandler-meta.xml", kHandler});
  } else {
    std::string off = kHandler;
    off.replace(off.find("<isEnabled>true"), 15, "<isEnabled>false");
    request.files.push_back({"oauthtokenexchangehandlers/Idp.oauthtokenexchangehandler-meta.xml", off});
  }
  request.flows = {&flow};
  request.circumstances = circumstances;
  auto found = lint(request);
  EXPECT_TRUE(found);
  return found ? std::move(*found) : Lint();
}

std::string text_of(const Lint& lint) {
  std::string out;
  for (const Finding& one : lint.findings) out += std::string(one.id) + " " + one.element + ": " + one.message + "\n";
  for (const AppVerdict& app : lint.apps) {
    for (const FlowVerdict& flow : app.flows) {
      out += std::string(flow.flow->name) + " " + std::string(name_of(flow.works)) + "\n";
      for (const std::string& name : flow.not_in_files) out += "  not there: " + name + "\n";
    }
  }
  return out;
}

// For each flow: with all rows met it works, and each row alone decides.
TEST(OrgLint, says_of_each_flow_what_its_needs_say) {
  for (const Circumstances::Client client : {Circumstances::Client::of_public, Circumstances::Client::of_private}) {
    for (const FlowSpec* flow : all_flows()) {
      if (own_needs(flow->name).empty()) continue;
      Circumstances all_cases;
      all_cases.client = client;
      all_cases.basic_header = true;
      all_cases.after_guest = true;
      all_cases.login_hint = true;
      all_cases.templates = true;
      all_cases.other_apps = true;
      Values good = plain_app();
      bool handler = false;
      std::vector<const Need*> counting;
      bool is_for_another = false;
      bool is_doubtful = false;
      for (const Need* need : needs_of(*flow)) {
        if (need->level == Level::any || !counts(need->when, all_cases).value_or(false)) continue;
        is_for_another = is_for_another || need->wish == Wish::keeper || need->wish == Wish::connected_app;
        is_doubtful = is_doubtful || need->wish == Wish::perhaps_connected_app;
        counting.push_back(need);
        meet(*need, good, handler);
      }
      const auto verdict = [&](const Values& values, bool with_handler) {
        return lint_of(values, with_handler, *flow, all_cases);
      };
      const Lint right = verdict(good, handler);
      ASSERT_EQ(right.apps.size(), 1U);
      if (is_for_another) {
        EXPECT_EQ(right.apps[0].flows[0].works, Works::does_not) << flow->name;
        const std::string says = text_of(right);
        EXPECT_TRUE(says.find(" : The client is public. ") != std::string::npos ||
                    says.find("This is an external client app. Only ") != std::string::npos)
            << says;
        continue;
      }
      if (is_doubtful) {
        EXPECT_EQ(right.apps[0].flows[0].works, Works::unknown) << flow->name;
        EXPECT_EQ(right.apps[0].flows[0].not_in_files, std::vector<std::string>{"a connected app"});
        continue;
      }
      EXPECT_TRUE(right.apps[0].flows[0].works == Works::works || right.apps[0].flows[0].works == Works::works_but)
          << flow->name << "\n"
          << text_of(right);
      for (const Need* need : counting) {
        if (need->wish == Wish::document || need->wish == Wish::client_app) continue;
        SCOPED_TRACE(std::string(flow->name) + ": " + need->setting->id + " " + need->element);
        Values bad = good;
        bool bad_handler = handler;
        miss(*need, bad, bad_handler);
        if (is_about_scopes(*need)) bad[std::string(kOauth) + "commaSeparatedOauthScopes"] = scopes_without(*need, counting);
        const Lint wrong = verdict(bad, bad_handler);
        const FlowVerdict& says = wrong.apps[0].flows[0];
        EXPECT_EQ(says.works == Works::does_not, need->level != Level::should) << text_of(wrong);
        if (need->level == Level::should) {
          EXPECT_EQ(says.works, Works::works_but) << text_of(wrong);
        }
        const auto is_told = [&](const Finding& one) { return one.id == need->setting->id || one.id == need->rule; };
        EXPECT_TRUE(std::any_of(says.findings.begin(), says.findings.end(), [&](size_t i) { return is_told(wrong.findings[i]); }))
            << text_of(wrong);
      }
    }
  }
}

}  // namespace
}  // namespace hlid::org
