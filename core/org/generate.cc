#include "org/generate.h"

#include <utility>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/json_write.h"
#include "org/existing.h"
#include "org/plan.h"
#include "org/render.h"
#include "org/request.h"
#include "org/zip.h"

namespace hlid::org {
namespace {

constexpr std::string_view kGitIgnore =
    "# They hold the app's key and secret, which differ in each org.\n"
    "**/extlClntAppGlobalOauthSets/\n";
constexpr std::string_view kForceIgnore =
    "# The first deployment needs the global OAuth settings, which then hold the app's key and secret. Take the '#' away from the\n"
    "# next line after it, so that deploying and retrieving leave them alone.\n"
    "# **/extlClntAppGlobalOauthSets/**\n";

std::string project(const Choices& choices) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("packageDirectories").begin_array().begin_object();
  json.member("path", "force-app").key("default").boolean(true).end_object().end_array();
  json.member("name", choices.name).member("namespace", "").member("sfdcLoginUrl", "https://login.salesforce.com");
  json.member("sourceApiVersion", join({std::to_string(choices.api_version), ".0"})).end_object();
  return out + "\n";
}

}  // namespace

Result<Generated> generate(const Choices& choices) {
  auto plan = Plan::make(choices);
  if (!plan) return std::move(plan).error();
  auto files = render(choices, *plan);
  if (!files) return std::move(files).error();
  Generated out;
  out.notes = plan->notes();
  if (choices.mdapi) out.deployable = *files;
  out.files.push_back({std::string(kSetupPage), setup_page(choices, *plan)});
  for (File& file : *files) out.files.push_back(std::move(file));
  if (!choices.mdapi) out.files.push_back({"sfdx-project.json", project(choices)});
  if (choices.kind == AppKind::external_client_app) {
    out.files.push_back({".gitignore", std::string(kGitIgnore)});
    if (!choices.mdapi) out.files.push_back({".forceignore", std::string(kForceIgnore)});
  } else if (!choices.client_id.empty()) {
    out.files.push_back({".gitignore", join({"# It has the app's client_id, which differs in each org.\n**/connectedApps/",
                                             choices.name, choices.mdapi ? ".connectedApp\n" : ".connectedApp-meta.xml\n"})});
  }
  if (auto fitted = fit_in(choices, out.files, out.merged, out.notes); !fitted) return std::move(fitted).error();
  return out;
}

Result<std::string> generate_request(std::string_view request) {
  auto choices = read_choices(request);
  if (!choices) return std::move(choices).error();
  auto made = generate(*choices);
  if (!made) return std::move(made).error();
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("files").begin_array();
  for (const File& file : made->files) json.begin_object().member("path", file.path).member("text", file.bytes).end_object();
  json.end_array().key("merged").begin_array();
  for (const std::string& path : made->merged) json.text(path);
  json.end_array().key("notes").begin_array();
  for (const std::string& note : made->notes) json.text(note);
  json.end_array();
  if (choices->mdapi) {
    auto zip = pack(made->deployable);
    if (!zip) return std::move(zip).error();
    json.member("zip_base64", to_base64(*zip, Base64::standard).view());
  }
  json.end_object();
  return out;
}

}  // namespace hlid::org
