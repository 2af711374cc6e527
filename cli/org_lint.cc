// `headlessid org lint`.
#include <unistd.h>

#include <algorithm>

#include "cli/org_command.h"
#include "cli/org_files.h"
#include "cli/org_options.h"
#include "cli/org_sarif.h"
#include "cli/outcome.h"
#include "cli/report.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr OrgOption kOptions[] = {
    {"--flows", "flows", OrgShape::names, "A,B", "The flows that must work. Without it: what each flow would do.", "flows"},
    {"--app", "app", OrgShape::text, "NAME", "The only app that counts. Without it, each flow must work with one of them."},
    {"--client", "client", OrgShape::choice, "KIND", "public or private: whether the app keeps a secret.", "public private"},
    {"--site", "site", OrgShape::text, "NAME", "The site, by the name of its Network, where there are several."},
    {"--credentials-placement", "credentials_placement", OrgShape::choice, "PLACE", "body or header, as the app's setting.",
     "body header"},
    {"--uses", "uses", OrgShape::names, "A,B", "What the app uses besides: login-hint, emailtemplate, tokens-of-other-apps.",
     "login-hint emailtemplate tokens-of-other-apps"},
    {"--api-version", "api_version", OrgShape::number, "N", "What the files are deployed with. Default: what they say."},
    {"--strict", "strict", OrgShape::flag, "", "With --flows: fail too where the files do not tell whether a flow works."},
    {"--json", "json", OrgShape::our_flag, "", "One JSON object."},
    {"--sarif", "sarif", OrgShape::our_flag, "", "SARIF 2.1.0, for code review."},
};

std::string spaced(const Json& name) {
  std::string out = name;
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::string place_of(const Json& finding, const std::string& prefix) {
  std::string out = finding.at("file").get<std::string>();
  if (out.empty()) return out;
  out = prefix + out;
  if (finding.at("line").get<int>() > 0) out += ":" + std::to_string(finding.at("line").get<int>());
  return printable(out) + ": ";
}

std::string in_words(const Json& finding, const std::string& prefix) {
  const std::string change = finding.at("change");
  return place_of(finding, prefix) + bold(finding.at("severity").get<std::string>(), STDOUT_FILENO) + ": " +
         printable(finding.at("message").get<std::string>()) + (change.empty() ? "" : " " + printable(change)) + " " +
         dim("[" + finding.at("id").get<std::string>() + "]", STDOUT_FILENO) + "\n";
}

// What decides, for one flow.
std::string cause_of(const Json& flow, const Json& findings) {
  std::string out;
  for (const Json& index : flow.at("findings")) {
    const std::string id = findings.at(index.get<size_t>()).at("id");
    if (out.find(id) == std::string::npos) out += (out.empty() ? "" : ", ") + id;
  }
  return out;
}

std::string unknown_of(const Json& flow) {
  std::string out;
  for (const Json& name : flow.at("not_in_files")) out += (out.empty() ? "" : ", ") + name.get<std::string>();
  return out;
}

std::string verdicts(const Json& app, const Json& findings, size_t width) {
  std::string out = bold(printable(app.at("name").get<std::string>()), STDOUT_FILENO) + " (" + spaced(app.at("kind")) + ")\n";
  if (app.at("flows").empty()) out += "  uses no OAuth\n";
  size_t column = 0;
  for (const Json& flow : app.at("flows")) column = std::max(column, flow.at("flow").get<std::string>().size() + 4);
  for (const Json& flow : app.at("flows")) {
    const std::string verdict = flow.at("verdict");
    std::string name = "  " + hyphened(flow.at("flow").get<std::string>());
    name.append(column - name.size(), ' ');
    const std::string site = flow.contains("site") ? " at the site " + printable(flow.at("site").get<std::string>()) : "";
    std::string text = "works" + site;
    if (verdict == "works_but") text = "works" + site + ", but: " + cause_of(flow, findings);
    if (verdict == "does_not") text = "does not work" + site + ": " + cause_of(flow, findings);
    if (verdict == "unknown") text = "cannot be told, not in these files: " + unknown_of(flow);
    out += name + wrapped(text, column, width, column);
  }
  return out;
}

std::string deployment(const Json& findings) {
  const auto count = std::count_if(findings.begin(), findings.end(),
                                   [](const Json& finding) { return finding.at("stops_deployment").get<bool>(); });
  if (count == 0) return "";
  return bold(count == 1 ? "1 error: these files do not deploy." : std::to_string(count) + " errors: these files do not deploy.",
              STDOUT_FILENO) +
         "\n";
}

}  // namespace

std::span<const OrgOption> org_lint_options() { return kOptions; }

std::string org_lint_help() {
  return "usage: headlessid org lint DIR|ZIP [option]...\n\n" +
         wrapped(
             "Reads a folder in source or mdapi format, a zip or one file, and says of each app which flows "
             "work. Nothing is asked of an org.",
             0, text_width(), 0) +
         "\n" + org_option_help(kOptions) +
         "\nExit status: 0, 1 if a flow that is wanted works with no app or a file is wrong, 2 wrong use.\n";
}

int run_org_lint(const std::vector<std::string>& arguments) {
  const OrgArguments given = read_org_arguments("org lint", kOptions, arguments);
  if (given.plain.size() != 1) throw UsageError("org lint needs one folder, zip or file", "headlessid org lint --help");
  if (given.has("json") && given.has("sarif")) throw UsageError("--json and --sarif exclude each other");
  OrgFolder folder = read_org_folder(given.plain.front());
  folder.request.update(given.request);
  const Json lint = ask_library(hlid_org_lint, folder.request);
  const int status = lint.at("ok").get<bool>() ? kDone : kRefused;
  if (given.has("json") || given.has("sarif")) {
    write_output((given.has("sarif") ? sarif_of(lint, given.request.contains("flows")).dump(2) : lint.dump()) + "\n");
    return status;
  }
  const size_t width = text_width();
  const Json& findings = lint.at("findings");
  std::string out;
  // Where no flow is wanted, what each of them lacks is in its verdict.
  const bool wanted = given.request.contains("flows");
  bool left_out = false;
  for (const Json& finding : findings) {
    if (!wanted && is_of_verdict(finding)) {
      left_out = true;
    } else {
      out += in_words(finding, folder.prefix);
    }
  }
  const std::string stops = deployment(findings);
  if (!stops.empty()) out += "\n" + stops;
  for (const Json& app : lint.at("apps")) out += (out.empty() ? "" : "\n") + verdicts(app, findings, width);
  if (lint.at("apps").empty())
    out += "These files have no app (" + std::to_string(lint.at("files_read").get<int>()) + " read).\n";
  if (left_out)
    out += "\n" +
           wrapped("--flows NAME says what to change for a flow; headlessid org explain WORD explains these words.", 0, width, 0);
  write_output(out);
  return status;
}

}  // namespace hlid_cli
