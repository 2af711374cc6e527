#include "cli/help.h"

#include <algorithm>
#include <charconv>

#include "cli/options.h"
#include "cli/spelling.h"
#include "cli/token_file.h"
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

std::string joined(const std::vector<std::string>& list, const char* between) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "" : between) + each;
  return out;
}

std::string placeholder(const Option& option) {
  const Field& field = *option.field;
  switch (option.shape) {
    case Shape::flag: return "";
    case Shape::file: return " PATH";
    case Shape::seconds: return " SECONDS";
    default: break;
  }
  if (field.kind == "url") return " URL";
  if (field.kind == "integer") return " NUMBER";
  if (field.kind == "json") return " JSON";
  if (field.kind == "list") return " \"A B\"";
  return field.choices.empty() ? " TEXT" : " WORD";
}

// In the command's unit: what the library counts in milliseconds is given in seconds.
std::string doc_of(const Field& field) {
  constexpr std::string_view kUnit = "in milliseconds";
  std::string doc = field.doc;
  const size_t at = counts_milliseconds(field) ? doc.find(kUnit) : std::string::npos;
  return at == std::string::npos ? doc : doc.replace(at, kUnit.size(), "in seconds");
}

// "30000" as "30 seconds".
std::string default_in_seconds(const Field& field) {
  int64_t ms = 0;
  const auto [end, error] = std::from_chars(field.fallback.data(), field.fallback.data() + field.fallback.size(), ms);
  if (error != std::errc() || end != field.fallback.data() + field.fallback.size()) return field.fallback;
  return in_seconds(ms) + (ms == 1000 ? " second" : " seconds");
}

std::string limits_of(const Field& field) {
  std::string out;
  if (!field.choices.empty()) out += " One of: " + joined(field.choices, ", ") + ".";
  if (counts_milliseconds(field)) {
    if (field.max > 0) out += " " + in_seconds(field.min) + " to " + in_seconds(field.max) + ".";
    if (!field.fallback.empty()) out += " Default: " + default_in_seconds(field) + ".";
    return out;
  }
  if (field.max > 0) out += " " + std::to_string(field.min) + " to " + std::to_string(field.max) + ".";
  if (!field.fallback.empty()) out += " Default: " + field.fallback + ".";
  if (!field.excludes.empty()) out += " Not beside " + joined(field.excludes, ", ") + ".";
  return out;
}

// One field with all its options: the first carries the words, the others only their names.
std::string field_entry(const std::vector<Option>& options, const Field& field, size_t width) {
  std::vector<std::string> names;
  for (const Option& option : options) {
    if (option.listed && option.field == &field) names.push_back(option.spelling + placeholder(option));
  }
  std::string text = field.required ? "Required. " : "";
  text += doc_of(field) + limits_of(field);
  if (field.secret && is_prompted(field)) text += " Asked for on a terminal where it is missing.";
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
      out += field.secret ? " [--" + hyphened(field.name) + "-file PATH]" : " --" + hyphened(field.name) + " VALUE";
  }
  return out + " [option]...";
}

constexpr const char* kStatuses =
    "Exit status: 0 done, 1 refused by the server, 2 wrong use, 3 no response, 4 broken response, 5 wrong state, 130 interrupted.";

}  // namespace

std::string main_help(const Catalogue& catalogue, size_t width) {
  std::string out = "headlessid " + catalogue.version + ": Salesforce Headless Identity from the shell.\n\n";
  out += "usage: headlessid <command> [option]...\n       headlessid <command> --help\n\nFlows, each one a command:\n";
  for (const FlowInfo& flow : catalogue.flows) out += entry(hyphened(flow.name), flow.summary, width);
  out += "\nOther commands:\n";
  out +=
      entry("demo", "The story of a visitor who becomes a customer, against a simulated org inside this command. Needs nothing.",
            width);
  out += entry("sim", "The simulated org as a process of its own, for an app's tests.", width);
  out += entry("check", "Whether an app and its org are set up: tries what needs no user, and names what is missing.", width);
  out += entry("flows [NAME]", "The catalogue of flows, with what the org has to allow; --json for programs.", width);
  out += entry("help [COMMAND]", "This, or what COMMAND --help says.", width);
  out += entry("--version", "The version of this command and of the library.", width);
  out += "\nFirst steps:\n";
  out += entry("headlessid demo", "see it work", width);
  out += entry("headlessid sim", "an org to try against; it says what to type next", width);
  out +=
      "\n" + paragraph(
                 "An app's settings are options of every flow (--site, --client-id, --redirect-uri, ...), variables "
                 "(HEADLESSID_SITE, ...) or members of a JSON file (--profile FILE). Secrets are never arguments: they come from "
                 "--<name>-file PATH, where a PATH of - is a line of standard input, from HEADLESSID_<NAME>, or from a prompt.",
                 width);
  return out + "\n" + paragraph(kStatuses, width);
}

std::string flow_help(const Catalogue& catalogue, const FlowInfo& flow, size_t width) {
  const std::vector<Option> options = options_of(catalogue, flow);
  std::string out = wrapped("headlessid " + hyphened(flow.name) + ": " + flow.summary, 2, width, 0);
  out += "\n" + wrapped(usage_of(flow), 8, width, 0);
  if (!flow.description.empty()) out += "\n" + paragraph(flow.description, width);
  out += fields_section("Of this flow:", options, flow.parameters, Owner::parameter, width);
  if (flow.accepts_guest)
    out += entry("--guest-file PATH",
                 "What `headlessid guest` saved with --save, or printed with --json: the guest whose visit is carried over. "
                 "Fills what is not given by itself.",
                 width);
  if (takes_session_tokens(catalogue, flow)) {
    const bool also_raw = find_field(flow.parameters, "token") != nullptr;
    out += entry("--token-file PATH",
                 std::string("The tokens that --save wrote, or what --json printed") +
                     (also_raw ? "; or a file that holds one token and nothing else." : ". Fills what is not given by itself."),
                 width);
  }
  out +=
      fields_section("The app's settings (in a profile with underscores):", options, catalogue.settings, Owner::setting, width);
  out += "\nOf the command:\n";
  out += entry("--profile FILE", "Settings as a JSON object: {\"site\":...,\"client_id\":...}. Also HEADLESSID_PROFILE.", width);
  out += entry("--json",
               "One JSON object a line on standard output: events ask, show, done, failed. The result in it is whole, secrets "
               "and all, but for `raw`.",
               width);
  if (brings_tokens(catalogue, flow))
    out +=
        entry("--save FILE",
              "Keeps the result there, as JSON that only you can read (mode 0600), for --token-file or --guest-file of another "
              "command. The file is replaced as a whole, and only by a result; a refresh token that the response does not bring "
              "stays the one that was given.",
              width);
  if (!flow.result.empty()) {
    out += entry("--raw", "With the server's answer as it came, `raw`, which holds every token once more.", width);
    out += entry("--show-secrets", "Without --json, secrets in the result are shown as dots. This shows them.", width);
  }
  out += entry("--trace", "Each exchange on standard error, secrets as dots.", width);
  out += "\n" + paragraph(
                    "Each VALUE may come from the environment: HEADLESSID_ and the name in capitals, with underscores; "
                    "an empty one counts as none. An option counts before the environment, the environment before the profile. "
                    "A PATH of - is a line of standard input, taken in the order of the options. From a file one line end is "
                    "taken off, and "
                    "a byte order mark.",
                    width);
  return out + "\n" + paragraph(kStatuses, width);
}

std::string flows_for_people(const Catalogue& catalogue, size_t width) {
  std::string out;
  for (const FlowInfo& flow : catalogue.flows) out += entry(hyphened(flow.name), flow.summary, width);
  return out + "\n" + paragraph("headlessid flows NAME says more of one; headlessid NAME --help says how to run it.", width);
}

std::string flow_for_people(const Catalogue& catalogue, const FlowInfo& flow, size_t width) {
  std::string out = hyphened(flow.name) + "\n\n" + paragraph(flow.summary + " " + flow.description, width);
  if (!flow.parameters.empty()) out += "\nTakes:\n";
  for (const Field& field : flow.parameters) {
    const std::string kind = std::string(field.required ? "Required" : "Optional") + (field.secret ? ", secret. " : ". ");
    out += entry(hyphened(field.name), kind + doc_of(field) + limits_of(field), width);
  }
  if (!flow.asks.empty()) out += "\nMay ask for:\n";
  for (const Question& ask : flow.asks) out += entry(hyphened(ask.name), ask.doc, width);
  if (flow.resends) out += paragraph("An empty line, at the prompt or on standard input, has the message sent again.", width);
  if (!flow.requests.empty()) out += "\nSends:\n";
  for (const Request& request : flow.requests)
    out += entry(request.name,
                 request.method + " <site>" + request.path +
                     (request.retry_safe ? "; may be repeated" : "; single-use: never sent twice once it may have left"),
                 width);
  if (const ResultInfo* result = catalogue.find_result(flow.result)) {
    out += "\nBrings a " + result->name + ": " + result->doc + "\n";
    for (const ResultField& field : result->fields) out += entry(field.name, (field.secret ? "Secret. " : "") + field.doc, width);
  }
  if (!flow.org_settings.empty()) out += "\nThe org has to allow it:\n";
  for (const OrgSetting& setting : flow.org_settings) {
    out += "  " + wrapped(setting.setup, 4, width, 2);
    if (!setting.metadata.empty()) out += "    " + setting.metadata + "\n";
  }
  if (!flow.source.empty()) out += "\n" + paragraph("Source: " + flow.source, width);
  return out;
}

}  // namespace hlid_cli
