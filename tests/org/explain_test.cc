// What `explain` knows of a word.
#include "org/explain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "flows/registry.h"
#include "oauth/diagnoses.h"
#include "oauth/org_settings.h"
#include "org/needs.h"
#include "org/rules/rules.h"
#include "org/types.h"

using hlid::org::Entry;
using hlid::org::EntryKind;
using hlid::org::explain;

namespace {

// The only entry of that kind.
Entry one(std::string_view word, EntryKind kind) {
  std::vector<Entry> found;
  for (const Entry& entry : explain(word).entries) {
    if (entry.kind == kind) found.push_back(entry);
  }
  EXPECT_EQ(found.size(), 1U) << word;
  return found.empty() ? Entry{} : found.front();
}

bool has_flow(const Entry& entry, std::string_view name) {
  return std::any_of(entry.flows.begin(), entry.flows.end(), [&](const hlid::FlowSpec* flow) { return name == flow->name; });
}
bool has_error(const Entry& entry, std::string_view name) {
  return std::find(entry.errors.begin(), entry.errors.end(), name) != entry.errors.end();
}
std::vector<std::string> paths(const Entry& entry) {
  std::vector<std::string> out;
  for (const auto& place : entry.elements) out.push_back(std::string(place.type->name) + "." + place.path);
  return out;
}

// Most people meet it at a headless login: what only the username-password flow checks comes last.
TEST(OrgExplain, AReasonBeginsWithWhatItMeansInMostFlows) {
  const Entry entry = one("invalid_credentials", EntryKind::reason);
  bool special = false;
  for (const auto& meaning : entry.meanings) {
    const bool now = meaning.hint.find("Username-Password Flows") != std::string_view::npos;
    EXPECT_TRUE(now || !special) << meaning.code;
    special = now;
  }
  EXPECT_TRUE(special);
}

TEST(OrgExplain, ASettingByItsIdAndByItsLabel) {
  for (const char* word : {"app_headless_flow", "app-headless-flow", "Enable Authorization Code and Credentials Flow",
                           "enable authorization code and credentials flow"}) {
    const Entry entry = one(word, EntryKind::setting);
    EXPECT_EQ(entry.name, "app_headless_flow");
    EXPECT_EQ(paths(entry), (std::vector<std::string>{"ExtlClntAppGlobalOauthSettings.isCodeCredFlowEnabled",
                                                      "ConnectedApp.oauthConfig.isCodeCredentialEnabled"}));
    EXPECT_TRUE(has_flow(entry, "login") && has_flow(entry, "guest") && !has_flow(entry, "device"));
    EXPECT_TRUE(has_error(entry, "invalid_headers"));
  }
  // Two switches have the same label; a part of a label finds those that have it.
  EXPECT_EQ(explain("Code and Credentials Flow").entries.size(), 3U);
}

TEST(OrgExplain, ASettingNamesEveryFlowThatNeedsIt) {
  for (const hlid::FlowSpec* flow : hlid::all_flows()) {
    for (const hlid::org::Need* row : hlid::org::needs_of(*flow)) {
      if (row->wish == hlid::org::Wish::keeper) continue;  // of the client, not of the setting
      EXPECT_TRUE(has_flow(one(row->setting->id, EntryKind::setting), flow->name)) << row->setting->id << " " << flow->name;
    }
  }
}

TEST(OrgExplain, AnElementOfEachKindOfApp) {
  const auto found = explain("isconsumersecretoptional");
  ASSERT_EQ(found.entries.size(), 2U);
  EXPECT_EQ(found.entries[0].name, "ExtlClntAppGlobalOauthSettings.isConsumerSecretOptional");
  EXPECT_EQ(found.entries[1].name, "ConnectedApp.oauthConfig.isConsumerSecretOptional");
  EXPECT_TRUE(found.entries[0].elements.front().element->inverted);
  EXPECT_EQ(found.entries[0].setup, "the app > Require Secret for Web Server Flow");
  EXPECT_EQ(explain("ConnectedApp.oauthConfig.isConsumerSecretOptional").entries.size(), 1U);
}

TEST(OrgExplain, ReasonsAndCodes) {
  const Entry reason = one("not_admin_approved", EntryKind::reason);
  EXPECT_FALSE(reason.hint.empty());
  EXPECT_TRUE(std::any_of(reason.settings.begin(), reason.settings.end(),
                          [](const hlid::OrgSetting* setting) { return setting == &hlid::org::kAppPermittedUsers; }));
  // One that no word of a server's leads to.
  EXPECT_FALSE(one("state_mismatch", EntryKind::reason).doc.empty());
  const Entry code = one("OAUTH_APP_ACCESS_DENIED", EntryKind::error_code);
  EXPECT_FALSE(code.errors.empty());
  EXPECT_GT(one("invalid_grant", EntryKind::error_code).errors.size(), 3U) << "it means many things";
}

TEST(OrgExplain, FlowsScopesTypesAndRules) {
  EXPECT_FALSE(one("web-server", EntryKind::flow).settings.empty());
  EXPECT_EQ(one("RefreshToken", EntryKind::scope).name, "refresh_token");
  EXPECT_EQ(paths(one("refresh_token", EntryKind::scope)).size(), 2U);
  EXPECT_EQ(one("ecaGlblOauth", EntryKind::type).name, "ExtlClntAppGlobalOauthSettings");
  EXPECT_FALSE(one("guest_without_jwt", EntryKind::rule).doc.empty());
}

// Of that kind and name; a test fails without it.
Entry exactly(std::string_view word, EntryKind kind, std::string_view name) {
  for (const Entry& entry : explain(word).entries) {
    if (entry.kind == kind && entry.name == name) return entry;
  }
  ADD_FAILURE() << "no " << name_of(kind) << " " << name << " for " << word;
  return {};
}

void each_element(const hlid::org::TypeSpec& type, std::span<const hlid::org::ElementSpec> specs, const std::string& prefix,
                  const auto& look) {
  for (const hlid::org::ElementSpec& spec : specs) {
    look(spec, prefix + spec.name);
    each_element(type, spec.children, prefix + spec.name + ".", look);
  }
}

bool is_sentence(std::string_view doc) { return doc.size() > 10 && doc.find("  ") == std::string_view::npos; }

TEST(OrgExplain, TellsOfEverythingWhatItIsAndWhereInSetup) {
  for (const hlid::OrgSetting* setting : hlid::org::kAll) {
    const Entry entry = exactly(setting->id, EntryKind::setting, setting->id);
    EXPECT_TRUE(is_sentence(entry.doc)) << setting->id;
    EXPECT_EQ(entry.setup, setting->setup);
    EXPECT_NE(entry.setup, "") << setting->id;
  }
  for (const auto* type : hlid::org::all_types()) {
    EXPECT_TRUE(is_sentence(exactly(type->name, EntryKind::type, type->name).doc)) << type->name;
    each_element(*type, type->elements, "", [&](const hlid::org::ElementSpec& spec, const std::string& path) {
      const std::string name = std::string(type->name) + "." + path;
      for (const std::string_view word : {std::string_view(spec.name), std::string_view(name)}) {
        const Entry entry = exactly(word, EntryKind::element, name);
        EXPECT_TRUE(is_sentence(entry.doc)) << name;
        if (spec.setting != nullptr) {
          EXPECT_EQ(entry.setup, spec.setting->setup) << name;
        }
      }
    });
  }
  const Entry template_of_group = one("Network.networkAuthApiSettings.emailTmplsAllowlist.emailTemplate", EntryKind::element);
  EXPECT_NE(template_of_group.setup, "") << "a group's place is that of its parts";
  std::set<std::string> reasons;
  std::set<std::string> codes;
  const auto take = [&](std::span<const hlid::Diagnosis> rows) {
    for (const hlid::Diagnosis& row : rows) {
      reasons.emplace(row.reason);
      if (!row.code.empty()) codes.emplace(row.code);
    }
  };
  take(hlid::common_diagnoses());
  for (const hlid::FlowSpec* flow : hlid::all_flows()) take(flow->errors->diagnoses);
  for (const std::string& reason : reasons) EXPECT_TRUE(is_sentence(exactly(reason, EntryKind::reason, reason).doc)) << reason;
  for (const std::string& code : codes) {
    const Entry entry = one(code, EntryKind::error_code);
    EXPECT_TRUE(is_sentence(entry.doc)) << code;
    EXPECT_FALSE(entry.errors.empty()) << code;
  }
  for (const auto* rule : hlid::org::all_rules())
    EXPECT_TRUE(is_sentence(exactly(rule->id, EntryKind::rule, rule->id).doc)) << rule->id;
  for (const hlid::org::ScopeSpec& scope : hlid::org::all_scopes())
    EXPECT_FALSE(one(*scope.wire == '\0' ? scope.metadata : scope.wire, EntryKind::scope).elements.empty()) << scope.metadata;
}

TEST(OrgExplain, KnowsEverythingThatThereIs) {
  for (const hlid::OrgSetting* setting : hlid::org::kAll) EXPECT_FALSE(explain(setting->id).entries.empty()) << setting->id;
  for (const hlid::FlowSpec* flow : hlid::all_flows()) EXPECT_FALSE(explain(flow->name).entries.empty()) << flow->name;
  for (const auto* rule : hlid::org::all_rules()) EXPECT_FALSE(explain(rule->id).entries.empty()) << rule->id;
  for (const auto* type : hlid::org::all_types()) {
    EXPECT_FALSE(explain(type->name).entries.empty()) << type->name;
    for (const auto& element : type->elements) EXPECT_FALSE(explain(element.name).entries.empty()) << element.name;
  }
}

TEST(OrgExplain, ACodeWithSeveralMeaningsSaysEach) {
  const Entry grant = one("invalid_grant", EntryKind::error_code);
  EXPECT_EQ(grant.hint, "") << "no hint is for all";
  EXPECT_EQ(grant.doc.find("too many requests"), std::string_view::npos);
  ASSERT_GT(grant.meanings.size(), 3U);
  EXPECT_TRUE(grant.meanings.front().text.empty() && grant.meanings.front().flows.empty()) << "the common ones first";
  EXPECT_EQ(grant.meanings.front().reason, "invalid_credentials");
  EXPECT_EQ(grant.meanings.front().where, "authorize");
  EXPECT_EQ(one("inactive_user", EntryKind::error_code).meanings.front().reason, "inactive_user");
  EXPECT_FALSE(one("inactive_user", EntryKind::error_code).meanings.front().hint.empty());
  const Entry disabled = one("oauth_flow_disabled", EntryKind::error_code);
  EXPECT_EQ(disabled.meanings.front().reason, "flow_not_enabled");
  EXPECT_NE(disabled.meanings.front().hint.find("the app and its OAuth plugin are enabled"), std::string_view::npos);
  const Entry session = one("INVALID_SESSION_ID", EntryKind::error_code);
  EXPECT_EQ(session.hint.find("Initial Access Token"), std::string_view::npos);
  EXPECT_EQ(session.meanings.front().reason, "invalid_token");
  // One meaning: its words are the entry's.
  const Entry blocked = one("app_blocked", EntryKind::error_code);
  EXPECT_EQ(blocked.meanings.size(), 1U);
  EXPECT_FALSE(blocked.hint.empty());
}

bool knows(std::string_view word, EntryKind kind, std::string_view name) {
  const auto found = explain(word).entries;
  return std::any_of(found.begin(), found.end(), [&](const Entry& entry) { return entry.kind == kind && entry.name == name; });
}

TEST(OrgExplain, WordsOfSetupAndOfFiles) {
  EXPECT_TRUE(knows("Manage user data via APIs (api)", EntryKind::scope, "api"));
  EXPECT_TRUE(knows("Perform requests at any time (refresh_token, offline_access)", EntryKind::scope, "refresh_token"));
  const char* const ip = "ExtlClntAppOauthConfigurablePolicies.ipRelaxationPolicyType";
  for (const char* word : {"Enforce IP restrictions", "Relax IP restrictions", "ENFORCE_RELAXREFRESH", "Bypass"})
    EXPECT_TRUE(knows(word, EntryKind::element, ip)) << word;
  for (const char* word : {"AdminApprovedPreAuthorized", "All users may self-authorize"})
    EXPECT_TRUE(knows(word, EntryKind::element, "ExtlClntAppOauthConfigurablePolicies.permittedUsersPolicyType")) << word;
  EXPECT_TRUE(knows("PKCE", EntryKind::setting, "app_proof_key"));
  EXPECT_TRUE(knows("CORS", EntryKind::setting, "cors"));
  EXPECT_TRUE(knows("Opt in to External Client Apps", EntryKind::setting, "opt_in_to_external_client_apps"));
  EXPECT_TRUE(knows("Approve Uninstalled Connected Apps", EntryKind::setting, "approve_uninstalled_connected_apps"));
}

TEST(OrgExplain, WrongWordsOfTemplates) {
  EXPECT_EQ(explain("isCodeCredentialsEnabled").nearest,
            (std::vector<std::string>{"isCodeCredFlowEnabled", "isCodeCredentialEnabled"}));
  EXPECT_EQ(explain("Packageable").nearest, (std::vector<std::string>{"Packaged"}));
  EXPECT_EQ(explain("ecaGlobalOauth").nearest.front(), "ecaGlblOauth");
}

TEST(OrgExplain, ALineOfALogOrAWholeResponse) {
  for (const char* text : {"user is not admin approved", "user hasn't approved this consumer",
                           "invalid_app_access: user is not admin approved to access this app",
                           "error=invalid_app_access&error_description=user+is+not+admin%20approved+to+access+this+app"})
    EXPECT_TRUE(knows(text, EntryKind::reason, "not_admin_approved")) << text;
  EXPECT_TRUE(knows("request not supported on this domain", EntryKind::reason, "wrong_host"));
  EXPECT_TRUE(knows("scope parameter not supported", EntryKind::reason, "scope_not_supported"));
  EXPECT_TRUE(knows("missing required code challenge", EntryKind::reason, "pkce_refused"));
  for (const char* text : {"authentication failure", R"({"error":"invalid_grant","error_description":"authentication failure"})",
                           "error=invalid_grant&error_description=of%20some%20kind"})
    EXPECT_TRUE(knows(text, EntryKind::error_code, "invalid_grant")) << text;
  EXPECT_TRUE(
      knows("oauth_flow_disabled: The external client app or the OAuth plugin is disabled.", EntryKind::setting, "app_enabled"));
  const auto unknown = explain("none of these words is one that it knows");
  EXPECT_TRUE(unknown.entries.empty());
  EXPECT_NE(unknown.advice.find("error code alone"), std::string::npos);
  EXPECT_EQ(explain("isPkceReqired").advice, "");
}

TEST(OrgExplain, NamesWhatIsNear) {
  const auto found = explain("isPkceReqired");
  EXPECT_TRUE(found.entries.empty());
  ASSERT_FALSE(found.nearest.empty());
  EXPECT_EQ(found.nearest.front(), "isPkceRequired");
  for (const char* word : {"", " ", "_", "\xFF", "nothing at all that is like a word of this"}) {
    EXPECT_TRUE(explain(word).entries.empty()) << word;
    EXPECT_TRUE(explain(word).nearest.empty()) << word;
  }
  EXPECT_TRUE(explain(std::string(100'000, 'a')).entries.empty());
}

}  // namespace
