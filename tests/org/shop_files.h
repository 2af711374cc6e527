// Files of an app, a site and an org, made of the values in them: what the linter's tests change one by one.
#pragma once

#include <map>
#include <string>

#include "org/file.h"
#include "org/types.h"

namespace hlid::org {

inline constexpr const char* kGlobal = "ExtlClntAppGlobalOauthSettings.";
inline constexpr const char* kOauth = "ExtlClntAppOauthSettings.";
inline constexpr const char* kPolicies = "ExtlClntAppOauthConfigurablePolicies.";

// Values by "Type.path"; files of an external client app Shop, of a site and of the org come of them.
using Values = std::map<std::string, std::string>;

inline std::string nested(const std::string& path, const std::string& text) {
  const size_t dot = path.find('.');
  const std::string name = path.substr(0, dot);
  return "<" + name + ">" + (dot == std::string::npos ? text : nested(path.substr(dot + 1), text)) + "</" + name + ">\n";
}

inline Files files_of(const Values& values) {
  std::map<std::string, std::map<std::string, std::string>> types;
  for (const auto& [element, text] : values)
    types[element.substr(0, element.find('.'))][element.substr(element.find('.') + 1)] = text;
  Files files;
  for (const auto& [name, paths] : types) {
    const TypeSpec* type = find_type(name);
    if (type == nullptr) continue;
    std::string body;
    std::string group;
    for (const auto& [path, text] : paths) {
      const std::string settings = "networkAuthApiSettings.";
      if (path.starts_with(settings)) {
        group += nested(path.substr(settings.size()), text);
      } else {
        body += nested(path, text);
      }
    }
    if (!group.empty()) body += "<networkAuthApiSettings>\n" + group + "</networkAuthApiSettings>\n";
    if (find_element(*type, "externalClientApplication") != nullptr)
      body += "<externalClientApplication>Shop</externalClientApplication>\n";
    const std::string member = *type->member != '\0' ? type->member : "Shop";
    files.push_back({std::string(type->folder) + "/" + member + "." + type->suffix + "-meta.xml",
                     "<" + name + " xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n" + body + "</" + name + ">\n"});
  }
  return files;
}

// An app of an org that permits nothing in particular.
inline Values plain_app() {
  return {{"ExternalClientApplication.label", "Shop"},
          {"ExternalClientApplication.distributionState", "Local"},
          {std::string(kGlobal) + "callbackUrl", "http://localhost:8080/callback"},
          {std::string(kGlobal) + "isSecretRequiredForTokenExchange", "true"},
          {std::string(kOauth) + "commaSeparatedOauthScopes", "Api"},
          {std::string(kPolicies) + "permittedUsersPolicyType", "AllSelfAuthorized"},
          {"ExtlClntAppConfigurablePolicies.isEnabled", "true"},
          {"OauthOidcSettings.isPkceRequired", "true"}};
}

}  // namespace hlid::org
