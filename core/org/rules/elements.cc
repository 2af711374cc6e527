// Elements: whether a type has them, there and in that API version.
#include <algorithm>

#include "base/text.h"
#include "org/rules/rules.h"

namespace hlid::org {
namespace {

constexpr Rule kUnknown{
    "unknown_element", Severity::error,
    "The type has no such element: the deployment fails. Some public templates use wrong names, such as isCodeCredentialsEnabled.",
    true};
constexpr Rule kMisplaced{"misplaced_element", Severity::error,
                          "The element belongs in another file of the app, or to the other kind of app.", true};
constexpr Rule kCase{"element_case", Severity::error, "XML is case-sensitive, and the element is spelt differently.", true};
constexpr Rule kTwoSpellings{
    "element_with_two_spellings", Severity::note,
    "The guide writes IsPwdlessLoginAllowed; the types that Salesforce generates have isPwdlessLoginAllowed. "
    "This library reads both and writes the second."};
constexpr Rule kMissing{"missing_element", Severity::error, "A required element is missing.", true};
constexpr Rule kRepeated{"repeated_element", Severity::error, "The element may occur only once.", true};
constexpr Rule kNewer{"element_newer_than_version", Severity::error,
                      "The element, its type or its value is newer than the API version that the files are deployed with.", true};
constexpr Rule kMoved{
    "moved_element", Severity::warning,
    "isNamedUserJwtEnabled moved from the policies to the global OAuth settings; newer API versions refuse it here."};
constexpr Rule kInternal{"undocumented_element", Severity::note,
                         "The element is in the guide, or was, but not in the types that Salesforce generates."};
constexpr Rule kJwtBefore65{
    "named_user_jwt_before_65", Severity::note,
    "The guide has isNamedUserJwtEnabled of external client apps since API version 61; an org refused it with 64 and accepted it with 67."};
constexpr Rule kRules[] = {kJwtBefore65, kUnknown,  kMisplaced, kCase,  kTwoSpellings,
                           kMissing,     kRepeated, kNewer,     kMoved, kInternal};

// Wrong words of public templates, and what they mean.
struct WrongWord {
  std::string_view wrong;
  std::string_view right;
};
constexpr WrongWord kWrongWords[] = {
    {"isCodeCredentialsEnabled", "isCodeCredFlowEnabled"},
    {"isCodeCredentialsEnabled", "isCodeCredentialEnabled"},
    {"isCodeCredentialsPostOnly", "isCodeCredPostOnly"},
    {"isCodeCredentialsPostOnly", "isCodeCredentialPostOnly"},
    {"isCodeCredentialsFlowEnabled", "isCodeCredFlowEnabled"},
    {"isGuestCodeCredentialFlowEnabled", "isGuestCodeCredFlowEnabled"},
    {"isClientCredentialsEnabled", "isClientCredentialsFlowEnabled"},
    {"isClientCredentialsEnabled", "isClientCredentialEnabled"},
    {"isClientCredentialFlowEnabled", "isClientCredentialEnabled"},
    {"isTokenExchangeFlowEnabled", "isTokenExchangeEnabled"},
    {"permittedUsers", "permittedUsersPolicyType"},
    {"permittedPermissionSets", "commaSeparatedPermissionSet"},
    {"permittedProfiles", "commaSeparatedProfile"},
    {"oauthScopes", "commaSeparatedOauthScopes"},
    {"scopes", "commaSeparatedOauthScopes"},
    {"callbackUrls", "callbackUrl"},
    {"registrationHandlerId", "registrationHandler"},
    {"registrationExecutionUserId", "registrationExecutionUser"},
    {"registrationUserDefaultProfileId", "registrationUserDefaultProfile"},
    {"headlessDiscoveryHandlerId", "headlessDiscoveryHandler"},
    {"headlessDiscoveryExecutionUserId", "headlessDiscoveryExecutionUser"},
};

std::string_view right_word(std::string_view wrong, std::span<const ElementSpec> elements) {
  for (const WrongWord& word : kWrongWords) {
    if (!equals_ignoring_case(wrong, word.wrong)) continue;
    for (const ElementSpec& element : elements) {
      if (word.right == element.name) return word.right;
    }
  }
  return {};
}

// Where another type of an app, or another part of one, has an element of that name: "Type.path".
std::string elsewhere(std::string_view name, std::span<const ElementSpec> elements, const std::string& path) {
  for (const ElementSpec& element : elements) {
    std::string here = join({path, ".", element.name});
    if (name == element.name) return here;
    if (std::string deeper = elsewhere(name, element.children, here); !deeper.empty()) return deeper;
  }
  return {};
}

std::string elsewhere(std::string_view name) {
  constexpr std::string_view kTypes[] = {"ExtlClntAppGlobalOauthSettings",
                                         "ExtlClntAppOauthSettings",
                                         "ExtlClntAppOauthConfigurablePolicies",
                                         "ExtlClntAppConfigurablePolicies",
                                         "ConnectedApp",
                                         "OauthOidcSettings",
                                         "Network"};
  for (const std::string_view type : kTypes) {
    if (std::string found = elsewhere(name, find_type(type)->elements, std::string(type)); !found.empty()) return found;
  }
  return {};
}

// "Type.path" of an element of that name, or of what a wrong word means, in the kind of app that the file is of.
std::string place_of(std::string_view name, const TypeSpec& type) {
  std::string found = elsewhere(name);
  for (const WrongWord& word : kWrongWords) {
    if (found.empty() && equals_ignoring_case(name, word.wrong)) found = elsewhere(word.right);
  }
  const ElementRef ref = find_element(found);
  if (!ref) return found;
  const bool of_connected_app = std::string_view(ref.type->name) == "ConnectedApp";
  const bool for_connected_app = std::string_view(type.name) == "ConnectedApp";
  if (of_connected_app == for_connected_app) return found;
  const ElementRef twin = twin_of(*ref.type, *ref.element);
  return twin ? join({twin.type->name, ".", twin.path}) : found;
}

void check_unknown(Review& review, const Document& file, std::span<const ElementSpec> known, const Element& element,
                   const std::string& path) {
  for (const ElementSpec& one : known) {
    if (!equals_ignoring_case(one.name, element.name)) continue;
    if (element.name == one.also) {
      review.add(kTwoSpellings, file, path, element.line, "This is the guide's spelling, and not that of the generated types.",
                 "If the deployment fails, write isPwdlessLoginAllowed.");
    } else {
      review.add(kCase, file, path, element.line, join({shown(element.name), " is spelt ", one.name, "."}),
                 join({"Write ", one.name, "."}));
    }
    return;
  }
  const std::string_view right = right_word(element.name, known);
  if (!right.empty()) {
    review.add(kUnknown, file, path, element.line, join({"There is no ", shown(element.name), ": the element is ", right, "."}),
               join({"Write ", right, "."}));
    return;
  }
  if (const std::string other = place_of(element.name, *file.type); !other.empty()) {
    review.add(kMisplaced, file, path, element.line, join({"There is no ", shown(element.name), " here: it is ", other, "."}),
               join({"Write it as ", other, "."}));
    return;
  }
  std::vector<std::string_view> names;
  for (const ElementSpec& one : known) names.emplace_back(one.name);
  const std::string_view nearest = nearest_word(element.name, names);
  review.add(kUnknown, file, path, element.line, join({"There is no ", shown(element.name), " in ", file.type->name, "."}),
             nearest.empty() ? std::string("Remove it.") : join({"Did you mean ", nearest, "?"}));
}

void check_version(Review& review, const Document& file, const ElementSpec& spec, const Element& element,
                   const std::string& path) {
  const int version = review.api_version;
  if (version == 0) return;
  const auto too_new = [&](std::string_view what, int since) {
    review.add(kNewer, file, path, element.line,
               join({what, " exists since API version ", std::to_string(since), "; ",
                     review.api_version_is_asked || review.configuration.api_version_file().empty()
                         ? std::string("the request")
                         : shown_path(review.configuration.api_version_file()),
                     " says ", std::to_string(version), "."}),
               join({"Deploy with API version ", std::to_string(since), " or later, or remove it."}));
  };
  if (spec.since > version) {
    too_new(spec.name, spec.since);
    return;
  }
  if (std::string_view(file.type->name) == "ExtlClntAppGlobalOauthSettings" && element.name == "isNamedUserJwtEnabled" &&
      version < 65) {
    review.add(kJwtBefore65, file, path, element.line,
               join({"Some orgs refuse it with API version ", std::to_string(version), "."}),
               "If the deployment fails, use 65 or later.");
  }
  const bool is_timeout = spec.kind == ElementKind::integer && !spec.choices.empty();
  const auto minutes = is_timeout ? read_decimal(element.text) : std::nullopt;
  if (minutes && *minutes > 30 && version < 65) too_new(join({"A timeout of ", shown(element.text), " minutes"}), 65);
}

// A type that has more elements than the table lists: of those that it lists, one in other letters, or one level too high.
bool is_wrong_in_open(std::span<const ElementSpec> known, std::string_view name) {
  return std::any_of(known.begin(), known.end(), [&](const ElementSpec& one) {
    return equals_ignoring_case(one.name, name) ||
           std::any_of(one.children.begin(), one.children.end(), [&](const ElementSpec& child) {
             // Names such as this are an element of many types.
             return std::string_view(child.name) != "name" && equals_ignoring_case(child.name, name);
           });
  });
}

void check_children(Review& review, const Document& file, std::span<const ElementSpec> known, const Element& parent,
                    const std::string& path, bool open) {
  std::vector<const Element*> seen(known.size(), nullptr);
  for (const Element& child : parent.children) {
    if (review.is_full(file)) return;
    const std::string here = path.empty() ? child.name : join({path, ".", child.name});
    const auto spec = std::find_if(known.begin(), known.end(), [&](const ElementSpec& one) { return one.name == child.name; });
    if (spec == known.end()) {
      // Every root may have the member's name.
      if (open ? is_wrong_in_open(known, child.name) : !(path.empty() && child.name == "fullName"))
        check_unknown(review, file, known, child, here);
      continue;
    }
    const Element*& first = seen[static_cast<size_t>(spec - known.begin())];
    if (first != nullptr && !spec->repeated) {
      review.add(kRepeated, file, here, child.line,
                 join({spec->name, " occurs already in line ", std::to_string(first->line), "."}), "Keep one of them.");
    }
    if (first == nullptr) first = &child;
    if (spec->guide_only && std::string_view(spec->name) == "isNamedUserJwtEnabled") {
      review.add(kMoved, file, here, child.line, "The policies no longer have isNamedUserJwtEnabled.",
                 "Write it into ExtlClntAppGlobalOauthSettings.");
    } else if (spec->guide_only) {
      review.add(kInternal, file, here, child.line, join({"The generated types do not have ", spec->name, "."}),
                 "Remove it if the deployment fails.");
    }
    check_version(review, file, *spec, child, here);
    if (spec->kind == ElementKind::group) check_children(review, file, spec->children, child, here, false);
  }
  for (size_t i = 0; i < known.size(); ++i) {
    // The app's own rule says more of this one.
    if (seen[i] != nullptr || !known[i].required || std::string_view(known[i].name) == "externalClientApplication") continue;
    // A part of a site's file, as the data API or a patch writes it, may lack what is required of a whole one.
    if (open) continue;
    // Handlers that were retrieved with an early version lack it.
    if (std::string_view(known[i].name) == "isContactCreationAllowed" && review.api_version != 0 && review.api_version <= 60)
      continue;
    const std::string here = path.empty() ? known[i].name : join({path, ".", known[i].name});
    review.add(kMissing, file, here, parent.line, join({"The required element ", known[i].name, " is missing."}),
               join({"Add ", known[i].name, "."}));
  }
}

}  // namespace

void add_meant_elements(std::string_view wrong, std::vector<std::string_view>& out) {
  for (const WrongWord& word : kWrongWords) {
    if (equals_ignoring_case(wrong, word.wrong)) out.push_back(word.right);
  }
}

std::span<const Rule> element_rules() { return kRules; }

void check_elements(Review& review) {
  for (const Document& file : review.configuration.documents()) {
    if (file.root.name != file.type->name) continue;
    if (review.api_version != 0 && file.type->since > review.api_version) {
      review.add(kNewer, file, "", file.root.line,
                 join({"The type ", file.type->name, " exists since API version ", std::to_string(file.type->since),
                       "; the version is ", std::to_string(review.api_version), "."}),
                 join({"Deploy with API version ", std::to_string(file.type->since), " or later."}));
    }
    check_children(review, file, file.type->elements, file.root, "", file.type->open);
  }
}

}  // namespace hlid::org
