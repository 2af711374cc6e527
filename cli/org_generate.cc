// `headlessid org generate`.
#include "cli/handles.h"
#include "cli/org_command.h"
#include "cli/org_files.h"
#include "cli/org_options.h"
#include "cli/org_write.h"
#include "cli/outcome.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr OrgOption kOptions[] = {
    {"--name", "name", OrgShape::text, "NAME", "Required. The app's name for other files: letters, digits, underscores."},
    {"--label", "label", OrgShape::text, "TEXT", "Its name for people. Default: made from the name."},
    {"--flows", "flows", OrgShape::names, "A,B", "Required. The flows that are to work; headlessid flows lists them.", "flows"},
    {"--contact-email", "contact_email", OrgShape::text, "ADDRESS", "Required. Who is asked about the app."},
    {"--kind", "kind", OrgShape::choice, "KIND", "external-client-app (default), or connected-app for one that is there.",
     "external-client-app connected-app"},
    {"--client", "client", OrgShape::choice, "KIND", "private (default): a server that keeps a secret; or public.",
     "private public"},
    {"--redirect-uri", "redirect_uris", OrgShape::texts, "URI", "A callback; again for each."},
    {"--permission-set", "permission_sets", OrgShape::texts, "NAME",
     "Users with it may use the app; again for each. Default: one is made."},
    {"--run-as-user", "run_as_user", OrgShape::text, "USER",
     "User name of an integration user, for client credentials and handlers."},
    {"--scope", "scopes", OrgShape::texts, "SCOPE", "A scope besides those that the flows need; again for each."},
    {"--certificate-file", "certificate", OrgShape::file, "PATH", "The certificate (PEM) of the bearer flows' key."},
    {"--attestation-certificate-file", "attestation_certificate", OrgShape::file, "PATH",
     "The certificate of a first-party app's attestation."},
    {"--asset-token-certificate", "asset_token_certificate", OrgShape::text, "ID",
     "The org's certificate that signs asset tokens."},
    {"--asset-token-audiences", "asset_token_audiences", OrgShape::text, "TEXT", "The audiences of asset tokens."},
    {"--asset-token-validity", "asset_token_validity", OrgShape::number, "N", "How long they are valid."},
    {"--client-id", "client_id", OrgShape::text, "KEY", "The consumer key of a connected app that is there."},
    {"--site", "site", OrgShape::text, "NAME", "The site, by the name of its Network."},
    {"--network-file", "network", OrgShape::file, "PATH",
     "The site's file, as `sf project retrieve start -m Network` brings it. Its headless settings are changed, the rest stays."},
    {"--registration-profile", "registration_profile", OrgShape::text, "NAME", "The profile of users that register."},
    {"--recaptcha", "recaptcha", OrgShape::flag, "",
     "The site demands reCAPTCHA where it would demand an integration user's token."},
    {"--login-hint", "login_hint", OrgShape::flag, "", "Users are found by a class (login_hint)."},
    {"--api-secrets", "api_secrets", OrgShape::flag, "", "The org gives an app's key and secret to its REST API."},
    {"--idp-issuer", "idp_issuer", OrgShape::text, "URL", "Who issues the tokens that are exchanged."},
    {"--idp-keys", "idp_keys", OrgShape::text, "URL", "Where the issuer's keys are (JWKS)."},
    {"--idp-audience", "idp_audience", OrgShape::text, "TEXT", "The audience of the tokens that are exchanged."},
    {"--api-version", "api_version", OrgShape::number, "N", "Default: 67."},
    {"--format", "format", OrgShape::choice, "FORMAT", "source (default), or mdapi.", "source mdapi"},
    {"--out", "out", OrgShape::ours, "DIR|ZIP", "Where the files go. With mdapi also a file that ends in .zip."},
    {"--force", "force", OrgShape::our_flag, "",
     "Overwrites files that are there. A manifest and the org's settings keep what they have without it, too."},
    {"--json", "json", OrgShape::our_flag, "", "One JSON object: what was written, or without --out the files themselves."},
};

std::vector<std::string> write_zip(const std::string& path, const Json& made, bool force) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return write_org_folder(folder, {{{name, from_base64(made.at("zip_base64").get<std::string>())}}, {}}, force);
}

std::vector<std::string> write_folder(const std::string& path, const Json& made, bool force) {
  OrgFiles what;
  for (const Json& file : made.at("files")) what.files.emplace_back(file.at("path"), file.at("text"));
  for (const Json& one : made.at("merged")) what.merged.push_back(one);
  return write_org_folder(path, what, force);
}

// Names of the request as options of this command: "run_as_user is missing" says --run-as-user.
Failure with_options(Failure failure) {
  for (const OrgOption& option : kOptions) {
    if (failure.field != option.member) continue;
    if (failure.message.starts_with(failure.field + " "))
      failure.message = option.name + failure.message.substr(failure.field.size());
  }
  return failure;
}

}  // namespace

std::span<const OrgOption> org_generate_options() { return kOptions; }

std::string org_generate_help() {
  return "usage: headlessid org generate --name NAME --flows A,B --contact-email ADDRESS [option]... --out DIR\n\n" +
         wrapped(
             "Writes what an org needs for these flows: an app with its settings and policies, the org's switches, classes where a "
             "flow needs them, the manifest, and SETUP.md with the same as steps in Setup. Lists what it wrote.",
             0, text_width(), 0) +
         "\n" + org_option_help(kOptions);
}

int run_org_generate(const std::vector<std::string>& arguments) {
  OrgArguments given = read_org_arguments("org generate", kOptions, arguments);
  if (!given.plain.empty()) throw UsageError("org generate accepts options only", "headlessid org generate --help lists them.");
  const bool json = given.has("json");
  if (!given.has("out") && !json) throw UsageError("--out is missing", "Name a folder for the files, or give --json.");
  const std::string out = given.has("out") ? given.ours.at("out") : "";
  const bool zip = out.ends_with(".zip");
  if (zip && given.request.value("format", "") != "mdapi")
    throw UsageError("--out names a zip, which only --format mdapi writes");
  if (!zip && !out.empty()) {
    if (Json existing = existing_org_files(out); !existing.empty()) given.request["existing"] = std::move(existing);
  }
  Json made;
  try {
    made = ask_library(hlid_org_generate, given.request);
  } catch (const LibraryError& error) {
    throw LibraryError{with_options(error.failure)};
  }
  if (!given.has("out")) {
    write_output(made.dump() + "\n");
    return kDone;
  }
  if (out.empty()) throw UsageError("--out is empty");
  const std::vector<std::string> written =
      zip ? write_zip(out, made, given.has("force")) : write_folder(out, made, given.has("force"));
  if (json) {
    write_output(Json{{"written", written}, {"notes", made.at("notes")}}.dump() + "\n");
    return kDone;
  }
  std::string said;
  for (const std::string& path : written) said += printable(path) + "\n";
  write_output(said);
  std::string notes;
  for (const Json& note : made.at("notes")) notes += wrapped("Note: " + printable(note.get<std::string>()), 0, text_width(), 0);
  write_error(notes);
  return kDone;
}

}  // namespace hlid_cli
