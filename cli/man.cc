#include "cli/man.h"

#include <algorithm>

#include "cli/descriptions.h"
#include "cli/options.h"
#include "cli/session_command.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

// A text as roff shows it: no character of it is a request or an escape.
std::string roff(const std::string& text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\n') {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

std::string section(const std::string& title) { return ".SH " + title + "\n"; }
std::string paragraph(const std::string& text) { return ".PP\n" + roff(text) + "\n"; }
std::string entry(const std::string& name, const std::string& text) { return ".TP\n.B " + roff(name) + "\n" + roff(text) + "\n"; }

std::string entry_of(const std::vector<Option>& options, const Field& field, Owner owner) {
  std::string names;
  for (const Option& option : options) {
    if (!option.listed || option.field != &field || option.owner != owner) continue;
    names += (names.empty() ? "" : ", ") + option.spelling + placeholder(option);
  }
  if (names.empty()) return {};
  return entry(names, (field.required ? "Required. " : "") + text_of_field(field));
}

}  // namespace

std::string manual_page(const Catalogue& catalogue) {
  std::string out = ".\\\" Printed by `headlessid man`.\n.TH HEADLESSID 1 \"\" \"headlessid " + roff(catalogue.version) +
                    "\" \"User Commands\"\n.nh\n.ad l\n";
  out += section("NAME") + "headlessid \\- Salesforce OAuth and Headless Identity from the shell\n";
  out += section("SYNOPSIS") + ".B headlessid\n.I command\n.RI [ option ]...\n.br\n.B headlessid\n.I command\n.B \\-\\-help\n";
  out +=
      section("DESCRIPTION") +
      roff(
          "Runs Salesforce's OAuth flows: those of Headless Identity at an Experience Cloud site (guests, logins, registrations, "
          "one-time passwords), logins in a browser or on a device, hybrid apps, server-to-server calls (signed assertions, token "
          "exchange, client credentials), and what follows with the tokens: refresh, introspection, user info, revocation.") +
      "\n";
  out += paragraph(kWhereValuesComeFrom);
  out += section("FLOWS");
  for (const FlowInfo& flow : catalogue.flows) out += entry(hyphened(flow.name), summary_of(flow));
  out += section("OTHER COMMANDS");
  for (const Described& command : other_commands()) out += entry(command.name, command.text);

  out += section("FLOW PARAMETERS");
  for (const FlowInfo& flow : catalogue.flows) {
    out += ".SS " + hyphened(flow.name) + "\n";
    if (!flow.standing.empty()) out += roff(flow.standing) + "\n.PP\n";
    if (!flow.description.empty()) out += roff(flow.description) + "\n.PP\n";
    if (!flow.hosts.empty()) out += roff(hosts_of(flow)) + "\n";
    const std::vector<Option> options = options_of(catalogue, flow);
    for (const Field& field : flow.parameters) out += entry_of(options, field, Owner::parameter);
    for (const Described& option : carried_files(catalogue, flow)) out += entry(option.name, option.text);
  }

#ifdef HLID_CLI_SESSION
  out += section("SESSIONS");
  for (const FlowInfo& info : session_commands()) {
    out += ".SS " + info.name + "\n" + roff(info.summary) + "\n.PP\n" + roff(info.description) + "\n";
    const std::vector<Option> options = options_of(catalogue, info);
    for (const Field& field : info.parameters) out += entry_of(options, field, Owner::parameter);
    for (const Described& option : carried_files(catalogue, info)) out += entry(option.name, option.text);
  }
#endif

  // The flow with the most options of the command's own says them for all.
  out += section("COMMAND OPTIONS");
  std::vector<Described> most;
  for (const FlowInfo& flow : catalogue.flows) {
    auto options = command_options(catalogue, flow);
    if (options.size() > most.size()) most = std::move(options);
  }
  for (const Described& option : most) out += entry(option.name, option.text);

  out += section("APP SETTINGS") + roff("Options of every flow; in a profile their names have underscores.") + "\n";
  const std::vector<Option> options = options_of(catalogue, FlowInfo{});
  for (const Field& field : catalogue.settings) out += entry_of(options, field, Owner::setting);

  out += section("ENVIRONMENT") + roff(kHowValuesAreRead) + "\n";
  out += entry("NO_COLOR", "Set to anything, it turns bold and dim text off.");
  out += section("EXIT STATUS") + roff(kStatuses) + "\n";
  out += section("EXAMPLES") +
         ".nf\nheadlessid guest \\-\\-profile shop.json \\-\\-save guest.json\n"
         "headlessid login \\-\\-profile shop.json \\-\\-guest\\-file guest.json \\-\\-save session.json\n"
         "headlessid userinfo \\-\\-profile shop.json \\-\\-token\\-file session.json\n.fi\n";
  return out;
}

}  // namespace hlid_cli
