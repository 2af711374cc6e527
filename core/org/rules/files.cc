// Files as wholes: whether they can be read, are called what they must be, and belong together.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "org/rules/rules.h"

namespace hlid::org {
namespace {

constexpr Rule kRules[] = {
    {"xml_empty", Severity::error, "The file has no element.", true},
    {"xml_too_large", Severity::error, "The file has more bytes, elements or levels than this library reads.", true},
    {"xml_encoding", Severity::error, "The file is not UTF-8.", true},
    {"xml_doctype", Severity::error, "The file has a document type. Files of the Metadata API have none.", true},
    {"xml_entity", Severity::error, "The file has an entity that XML does not know, or a & that is not escaped.", true},
    {"xml_quotes", Severity::error,
     "The quotes around a value are typographic. Some samples in the Metadata API guide have them, and cannot be deployed.",
     true},
    {"xml_wrong_end", Severity::error,
     "An end tag does not fit its start tag. A sample in the Metadata API guide closes namedUserJwtTimeout with another name.",
     true},
    {"xml_not_closed", Severity::error, "An element does not end.", true},
    {"xml_more_roots", Severity::error, "There is something outside the root element.", true},
    {"xml_not_well_formed", Severity::error, "The file is not XML.", true},
    {"wrong_suffix", Severity::error,
     "The file's name does not end as its type demands. The endings of external client apps are abbreviated: ecaGlblOauth, "
     "ecaOauth, ecaOauthPlcy, ecaPlcy.",
     true},
    {"wrong_root", Severity::error, "The file's name is for one type, and its root element for another.", true},
    {"no_app_named", Severity::error, "A file of an external client app does not name the app.", true},
    {"app_not_among_files", Severity::warning,
     "A file belongs to an app that is not among the files, although others are. `externalClientApplication` must be the base "
     "name of the .eca file."},
    {"second_file", Severity::error,
     "Two files of one type are about the same app, site or settings: the one that is deployed last counts."},
    {"global_settings_alone", Severity::error,
     "The global OAuth settings deploy only together with OAuth settings of the same app.", true},
    {"settings_by_wildcard", Severity::error, "In package.xml, * does not include settings: name each of them."},
    {"more_findings", Severity::note, "A file has more findings than the 200 that are listed."},
    {"file_not_here", Severity::warning,
     "A file that decides whether a wanted flow works is not among these. In a clone of a repository, what .gitignore names is not."},
    {"api_versions_differ", Severity::note, "Files name different API versions: the linter goes by one of them."},
    {"no_oauth_config", Severity::note, "A connected app without oauthConfig uses no OAuth."},
};

const Rule& rule(std::string_view id) {
  return *std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& one) { return id == one.id; });
}

std::string right_name(const Document& file) {
  return join(
      {file.type->folder, "/", *file.type->member != '\0' ? file.type->member : "<name>", ".", file.type->suffix, "-meta.xml"});
}

void check_names(Review& review, const Document& file) {
  if (file.type == file.by_path) {
    if (file.root.name != file.type->name) {
      review.add(rule("wrong_root"), file, "", file.root.line,
                 join({"The root element is ", shown(file.root.name), ", which is not that of this file's type."}),
                 join({"The root element of a file of this name is ", file.type->name, "."}));
    }
    return;
  }
  // package.xml is the usual name of a manifest, destructiveChanges.xml that of another; others may have any.
  if (*file.type->suffix == '\0') return;
  if (file.by_path == nullptr) {
    review.add(rule("wrong_suffix"), file, "", 0, join({"The name of the file does not fit its type, ", file.type->name, "."}),
               join({"Rename it: ", right_name(file), " (in a zip without -meta.xml)."}));
    return;
  }
  review.add(rule("wrong_root"), file, "", file.root.line,
             join({"The name of the file says ", file.by_path->name, ", but its root element is ", file.type->name, "."}),
             join({"Make the root element ", file.by_path->name, ", or rename the file: ", right_name(file), "."}));
}

// Each guess at a name looks at all names: who has hundreds of wrong ones needs no guesses.
constexpr int kMaxGuesses = 100;

void check_link(Review& review, const Document& file, const std::set<std::string_view>& apps, int& guesses) {
  const ElementSpec* link = find_element(*file.type, "externalClientApplication");
  if (link == nullptr) return;
  const Element* found = file.root.find("externalClientApplication");
  if (Configuration::app_named_by(file).empty()) {
    review.add(rule("no_app_named"), file, "externalClientApplication", found == nullptr ? file.root.line : found->line,
               found == nullptr || found->text.empty() ? "The file does not name its app." : "This is not the name of an app.",
               "Add externalClientApplication: the base name of the app's .eca file.");
    return;
  }
  if (apps.empty() || apps.contains(found->text)) return;
  const std::vector<std::string_view> names(apps.begin(), apps.end());
  const std::string_view nearest = --guesses < 0 ? std::string_view() : nearest_word(found->text, names);
  review.add(rule("app_not_among_files"), file, "externalClientApplication", found->line,
             join({"There is no ", shown(found->text), ".eca among these files."}),
             nearest.empty()
                 ? std::string("Write the base name of the app's .eca file, or add that file.")
                 : join({"Did you mean ", shown(nearest), "? The base name of the .eca file counts, not its label."}));
}

void check_manifest(Review& review, const Document& manifest) {
  for (const Element& types : manifest.root.children) {
    if (types.name != "types" || types.value("name").value_or("") != "Settings") continue;
    for (const Element& member : types.children) {
      if (member.name == "members" && member.text == "*") {
        review.add(rule("settings_by_wildcard"), manifest, "types.members", member.line, "Settings are requested with *.",
                   "Name them: <members>OauthOidc</members>, <members>ExternalClientApp</members>.");
      }
    }
  }
}

// Where two files say the same thing about the same thing, the way to them decides.
void check_twice(Review& review) {
  constexpr std::string_view kTypes[] = {"ExternalClientApplication",
                                         "ConnectedApp",
                                         "Network",
                                         "OauthOidcSettings",
                                         "SamlSsoConfig",
                                         "ExternalClientAppSettings",
                                         "ConnectedAppSettings",
                                         "OauthTokenExchangeHandler"};
  for (const std::string_view type : kTypes) {
    std::map<std::string_view, const Document*> seen;
    for (const Document* file : review.configuration.of_type(type)) {
      const std::string_view member = *file->type->member != '\0' ? std::string_view(file->type->member) : file->member;
      const auto [first, is_new] = seen.try_emplace(member, file);
      if (is_new) continue;
      review.add(rule("second_file"), *file, "", 0,
                 join({"This is a second ", type, " ", shown(member), "; the first is ", shown_path(first->second->path), "."}),
                 "Keep one of them.");
    }
  }
}

void check_versions(Review& review) {
  const std::string& decides = review.configuration.api_version_file();
  if (decides.empty() || review.api_version_is_asked) return;
  for (const Document* manifest : review.configuration.of_type("Package")) {
    const int version = Configuration::version_of(*manifest);
    const std::string_view path = manifest->path;
    const std::string_view name = path.substr(path.find_last_of('/') + 1);
    if (version == 0 || version == review.api_version || name.starts_with("destructiveChanges")) continue;
    const Element* element = manifest->root.find("version");
    review.add(rule("api_versions_differ"), *manifest, "version", element->line,
               join({"This is API version ", std::to_string(version), "; the files were checked for ",
                     std::to_string(review.api_version), ", as ", shown_path(decides), " says."}),
               "Make them equal, or name the version to the linter.");
  }
}

void check_app(Review& review, const App& app) {
  if (!app.has_oauth()) {
    const Document& file = *app.documents.front();
    review.add(rule("no_oauth_config"), file, "oauthConfig", file.root.line, "The app has no oauthConfig: it uses no OAuth.",
               "Add oauthConfig if it should.");
    return;
  }
  std::map<std::string_view, const Document*> seen;
  for (const Document* file : app.documents) {
    const auto [first, is_new] = seen.try_emplace(file->type->name, file);
    // Of these, the check of all files tells.
    if (is_new || std::string_view(file->type->name) == "ExternalClientApplication") continue;
    review.add(rule("second_file"), *file, "", 0,
               join({"This is a second ", file->type->name, " of ", shown(app.name), "; the first is ",
                     shown_path(first->second->path), "."}),
               "Keep one of them.");
  }
  const Document* global = app.document("ExtlClntAppGlobalOauthSettings");
  if (global != nullptr && app.document("ExtlClntAppOauthSettings") == nullptr) {
    review.add(rule("global_settings_alone"), *global, "", 0,
               join({"There are no OAuth settings (.ecaOauth) of ", shown(app.name), " among these files."}),
               "Add them, with at least one scope: the two deploy together.");
  }
}

}  // namespace

std::span<const Rule> file_rules() { return kRules; }

void check_files(Review& review) {
  for (const Unread& file : review.configuration.unread()) {
    Finding& finding = review.findings.emplace_back();
    finding.id = file.fault.reason;
    finding.severity = Severity::error;
    finding.stops_deployment = true;
    finding.file = file.path;
    finding.line = file.fault.line;
    finding.message = file.fault.message;
    finding.change = "Correct it: a file that cannot be read is not deployed.";
    if (const TypeSpec* type = type_of_path(file.path)) finding.element = type->name;
  }
  std::set<std::string_view> apps;
  for (const Document* app : review.configuration.of_type("ExternalClientApplication")) apps.insert(app->member);
  int guesses = kMaxGuesses;
  for (const Document& file : review.configuration.documents()) {
    check_names(review, file);
    check_link(review, file, apps, guesses);
    if (std::string_view(file.type->name) == "Package") check_manifest(review, file);
  }
  check_twice(review);
  check_versions(review);
  for (const App& app : review.configuration.apps()) check_app(review, app);
}

}  // namespace hlid::org
