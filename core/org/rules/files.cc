// Files as wholes: whether they can be read, are called what they must be, and belong together.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "org/rules/rules.h"

namespace hlid::org {
namespace {

constexpr Rule kRules[] = {
    {"xml_empty", Severity::error, "The file has no element."},
    {"xml_too_large", Severity::error, "The file has more bytes, elements or levels than this library reads."},
    {"xml_encoding", Severity::error, "The file is not UTF-8."},
    {"xml_doctype", Severity::error, "The file has a document type. Files of the Metadata API have none."},
    {"xml_entity", Severity::error, "The file has an entity that XML does not know, or a & that is not escaped."},
    {"xml_quotes", Severity::error,
     "The quotes around a value are typographic. Some samples in the Metadata API guide have them, and cannot be deployed."},
    {"xml_wrong_end", Severity::error,
     "An end tag does not fit its start tag. A sample in the Metadata API guide closes namedUserJwtTimeout with another name."},
    {"xml_not_closed", Severity::error, "An element does not end."},
    {"xml_more_roots", Severity::error, "There is something outside the root element."},
    {"xml_not_well_formed", Severity::error, "The file is not XML."},
    {"wrong_suffix", Severity::error,
     "The file's name does not end as its type demands. The endings of external client apps are abbreviated: ecaGlblOauth, "
     "ecaOauth, ecaOauthPlcy, ecaPlcy."},
    {"wrong_root", Severity::error, "The file's name is for one type, and its root element for another."},
    {"no_app_named", Severity::error, "A file of an external client app does not name the app."},
    {"app_not_among_files", Severity::warning,
     "A file belongs to an app that is not among the files, although others are. `externalClientApplication` must be the base "
     "name of the .eca file."},
    {"second_file", Severity::error, "Two files of one type belong to one app: the one that is deployed last counts."},
    {"global_settings_alone", Severity::error,
     "The global OAuth settings deploy only together with OAuth settings of the same app."},
    {"settings_by_wildcard", Severity::error, "In package.xml, * does not include settings: name each of them."},
    {"more_findings", Severity::note, "A file has more findings than the 200 that are listed."},
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
  if (file.by_path == nullptr) {
    review.add(rule("wrong_suffix"), file, "", 0, join({"The name of the file does not fit its type, ", file.type->name, "."}),
               join({"Rename it: ", right_name(file), " (in a zip without -meta.xml)."}));
    return;
  }
  review.add(rule("wrong_root"), file, "", file.root.line,
             join({"The name of the file says ", file.by_path->name, ", but its root element is ", file.type->name, "."}),
             join({"Make the root element ", file.by_path->name, ", or rename the file: ", right_name(file), "."}));
}

void check_link(Review& review, const Document& file) {
  const ElementSpec* link = find_element(*file.type, "externalClientApplication");
  if (link == nullptr) return;
  const Element* found = file.root.find("externalClientApplication");
  if (found == nullptr || found->text.empty()) {
    review.add(rule("no_app_named"), file, "externalClientApplication", file.root.line, "The file does not name its app.",
               "Add externalClientApplication: the base name of the app's .eca file.");
    return;
  }
  std::vector<std::string_view> names;
  for (const Document* app : review.configuration.of_type("ExternalClientApplication")) names.push_back(app->member);
  if (names.empty() || std::find(names.begin(), names.end(), found->text) != names.end()) return;
  const std::string_view nearest = nearest_word(found->text, names);
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
    if (is_new) continue;
    review.add(rule("second_file"), *file, "", 0,
               join({"This is a second ", file->type->name, " of ", shown(app.name), "; the first is ",
                     shown(first->second->path), "."}),
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
    finding.file = file.path;
    finding.line = file.fault.line;
    finding.message = file.fault.message;
    finding.change = "Correct it: a file that cannot be read is not deployed.";
    if (const TypeSpec* type = type_of_path(file.path)) finding.element = type->name;
  }
  for (const Document& file : review.configuration.documents()) {
    check_names(review, file);
    check_link(review, file);
    if (std::string_view(file.type->name) == "Package") check_manifest(review, file);
  }
  for (const App& app : review.configuration.apps()) check_app(review, app);
}

}  // namespace hlid::org
