#include "cli/help.h"

#include <algorithm>

#include "cli/descriptions.h"
#include "cli/options.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

constexpr size_t kNameColumn = 2;
constexpr size_t kTextColumn = 26;

// A name in the left column and its text in the right one; below it where the name is too long.
std::string entry(const std::string& name, const std::string& text, size_t width) {
  std::string out(kNameColumn, ' ');
  out += name;
  size_t at = kNameColumn + columns(name);
  if (at + 2 > kTextColumn) {
    out += '\n';
    at = 0;
  }
  out.append(kTextColumn - at, ' ');
  return out + wrapped(text, kTextColumn, width, kTextColumn);
}

std::string paragraph(const std::string& text, size_t width) { return wrapped(text, 0, width, 0); }

// One field with all its options: the last carries the text, the others only their names.
std::string field_entry(const std::vector<Option>& options, const Field& field, size_t width) {
  std::vector<std::string> names;
  for (const Option& option : options) {
    if (option.listed && option.field == &field) names.push_back(option.spelling + placeholder(option));
  }
  const std::string text = (field.required ? "Required. " : "") + text_of_field(field);
  std::string out;
  for (size_t i = 0; i + 1 < names.size(); ++i) out += "  " + names[i] + "\n";
  return out + entry(names.empty() ? hyphened(field.name) : names.back(), text, width);
}

std::string fields_section(const std::string& title, const std::vector<Option>& options, const std::vector<Field>& fields,
                           Owner owner, size_t width) {
  std::string out;
  for (const Field& field : fields) {
    const bool mine = std::any_of(options.begin(), options.end(),
                                  [&](const Option& each) { return each.field == &field && each.owner == owner && each.listed; });
    if (mine) out += field_entry(options, field, width);
  }
  return out.empty() ? out : "\n" + title + "\n" + out;
}

std::string usage_of(const FlowInfo& flow) {
  std::string out = "usage: headlessid " + hyphened(flow.name);
  for (const Field& field : flow.parameters) {
    if (field.required)
      out += field.secret ? " [--" + hyphened(field.name) + "-file PATH]"
                          : " --" + hyphened(field.name) + (field.kind == "path" ? " FILE" : " VALUE");
  }
  return out + " [option]...";
}

}  // namespace

std::string main_help(const Catalogue& catalogue, size_t width) {
  std::string out = "headlessid " + catalogue.version + ": Salesforce OAuth and Headless Identity from the shell.\n\n";
  out += "usage: headlessid <command> [option]...\n       headlessid <command> --help\n\nFlows, each one a command:\n";
  for (const FlowInfo& flow : catalogue.flows) out += entry(hyphened(flow.name), summary_of(flow), width);
  out += "\nOther commands:\n";
  for (const Described& command : other_commands()) out += entry(command.name, command.text, width);
  out += entry("--version", "Shows the version of this command and of the library.", width);
  out += "\nFirst steps:\n";
  out += entry("headlessid demo", "see it work", width);
  out += entry("headlessid sim", "start an org to try against; it prints what to type next", width);
  out += "\n" + paragraph(kWhereValuesComeFrom, width);
  return out + "\n" + paragraph(kStatuses, width);
}

std::string flow_help(const Catalogue& catalogue, const FlowInfo& flow, size_t width) {
  const std::vector<Option> options = options_of(catalogue, flow);
  std::string out = wrapped("headlessid " + hyphened(flow.name) + ": " + flow.summary, 2, width, 0);
  out += "\n" + wrapped(usage_of(flow), 8, width, 0);
  if (!flow.standing.empty()) out += "\n" + paragraph(flow.standing, width);
  if (!flow.description.empty()) out += "\n" + paragraph(flow.description, width);
  if (!flow.hosts.empty()) out += "\n" + paragraph(hosts_of(flow), width);
  out += fields_section("Flow parameters:", options, flow.parameters, Owner::parameter, width);
  for (const Described& option : carried_files(catalogue, flow)) out += entry(option.name, option.text, width);
  out += fields_section("App settings (in a profile with underscores):", options, catalogue.settings, Owner::setting, width);
  out += "\nCommand options:\n";
  for (const Described& option : command_options(catalogue, flow)) out += entry(option.name, option.text, width);
  out += "\n" + paragraph(kHowValuesAreRead, width);
  return out + "\n" + paragraph(flow.statuses.empty() ? std::string(kStatuses) : "Exit status: " + flow.statuses, width);
}

std::string flows_for_people(const Catalogue& catalogue, size_t width) {
  std::string out;
  for (const FlowInfo& flow : catalogue.flows) out += entry(hyphened(flow.name), summary_of(flow), width);
  return out + "\n" + paragraph("headlessid flows NAME describes one; headlessid NAME --help says how to run it.", width);
}

std::string flow_for_people(const Catalogue& catalogue, const FlowInfo& flow, size_t width) {
  std::string out = hyphened(flow.name) + "\n\n" + paragraph(flow.summary + " " + flow.description, width);
  if (!flow.standing.empty()) out += "\n" + paragraph(flow.standing, width);
  if (!flow.parameters.empty()) out += "\nParameters:\n";
  for (const Field& field : flow.parameters) {
    const std::string kind = std::string(field.required ? "Required" : "Optional") + (field.secret ? ", secret. " : ". ");
    out += entry(hyphened(field.name), kind + text_of_field(field), width);
  }
  if (!flow.asks.empty()) out += "\nMay ask for:\n";
  for (const Question& ask : flow.asks) out += entry(hyphened(ask.name), ask.doc, width);
  if (flow.resends) out += paragraph("An empty line, at the prompt or on standard input, sends the message again.", width);
  if (!flow.requests.empty()) out += "\nSends:\n";
  for (const Request& request : flow.requests)
    out += entry(request.name,
                 request.method + " <site>" + request.path +
                     (request.retry_safe ? "; retried with backoff"
                                         : "; single-use: never sent again once it may have reached the server"),
                 width);
  if (const ResultInfo* result = catalogue.find_result(flow.result)) {
    out += "\nReturns a " + result->name + ": " + result->doc + "\n";
    for (const ResultField& field : result->fields) out += entry(field.name, (field.secret ? "Secret. " : "") + field.doc, width);
  }
  if (!flow.org_settings.empty()) out += "\nThe org must allow:\n";
  for (const OrgSetting& setting : flow.org_settings) {
    out += "  " + wrapped(setting.setup, 4, width, 2);
    if (!setting.metadata.empty()) out += "    " + setting.metadata + "\n";
  }
  if (!flow.source.empty()) out += "\n" + paragraph("Source: " + flow.source, width);
  return out;
}

}  // namespace hlid_cli
