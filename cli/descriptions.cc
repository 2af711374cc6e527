#include "cli/descriptions.h"

#include <algorithm>
#include <charconv>

#include "cli/spelling.h"
#include "cli/token_file.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

std::string joined(const std::vector<std::string>& list, const char* between) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "" : between) + each;
  return out;
}

}  // namespace

std::string placeholder(const Option& option) {
  const Field& field = *option.field;
  switch (option.shape) {
    case Shape::flag: return "";
    case Shape::file: return " PATH";
    case Shape::seconds: return " SECONDS";
    default: break;
  }
  if (field.kind == "path") return " FILE";
  if (field.kind == "url") return " URL";
  if (field.kind == "integer") return " NUMBER";
  if (field.kind == "json") return " JSON";
  if (field.kind == "list") return " \"A B\"";
  return field.choices.empty() ? " TEXT" : " WORD";
}

namespace {

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
  if (!field.excludes.empty()) out += " Cannot be combined with " + joined(field.excludes, ", ") + ".";
  return out;
}

}  // namespace

std::string text_of_field(const Field& field) {
  std::string text = doc_of(field) + limits_of(field);
  // The same option as that for a session's file.
  if (field.secret && field.name == "token") text += " The file may also be what --save wrote or --json printed: a session.";
  if (field.secret && is_prompted(field)) text += " The command asks for it on a terminal if it is missing.";
  return text;
}

std::string summary_of(const FlowInfo& flow) {
  return flow.status == "current" ? flow.summary : flow.summary + " (" + flow.status + ")";
}

std::string hosts_of(const FlowInfo& flow) {
  struct Kind {
    std::string_view name;
    const char* form;
  };
  constexpr Kind kKinds[] = {{"site", "an Experience Cloud site (https://acme.my.site.com/shop)"},
                             {"my_domain", "the org's My Domain (https://acme.my.salesforce.com)"},
                             {"login", "https://login.salesforce.com or, of a sandbox, https://test.salesforce.com"}};
  std::vector<std::string> forms;
  for (const Kind& kind : kKinds) {
    if (std::find(flow.hosts.begin(), flow.hosts.end(), kind.name) != flow.hosts.end()) forms.emplace_back(kind.form);
  }
  return "For this flow --site is " + joined(forms, "; or ") + ".";
}

std::vector<Described> other_commands() {
  return {
      {"demo",
       "Tells the story of a visitor who becomes a customer, against a simulated org inside this command; with --asset-token that "
       "of a device that gets a token of its own. Needs nothing else."},
      {"sim", "Runs the simulated org as its own process, for an app's tests."},
      {"check", "Checks an app and its org: tests whatever needs no user, and names what is missing."},
      {"org COMMAND",
       "An org's configuration: lint, generate and explain its files; doctor and probe ask a live site, probe with a test user."},
      {"session COMMAND",
       "A user's tokens in a file, refreshed once among all processes that use it: begin, token, rejected, guest and end."},
      {"flows [NAME]", "Lists the flows, with what the org must allow; --json for programs."},
      {"completion SHELL", "Prints the completion script for bash, zsh or fish."},
      {"man", "Prints the manual page: headlessid man | man -l -"},
      {"licenses", "Prints the licence of this command, and the notices of the libraries inside it."},
      {"help [COMMAND]", "Shows this help, or that of COMMAND."},
  };
}

std::vector<Described> carried_files(const Catalogue& catalogue, const FlowInfo& flow) {
  std::vector<Described> out;
  if (flow.accepts_guest) {
    out.push_back(
        {"--guest-file PATH",
         "What `headlessid guest` saved with --save, or printed with --json: the guest whose visit is carried over. Fills "
         "in whatever is not given separately."});
  }
  if (takes_session_tokens(catalogue, flow) && find_field(flow.parameters, "token") == nullptr) {
    out.push_back({"--token-file PATH",
                   "The tokens that --save wrote, or what --json printed. Fills in whatever is not given separately."});
  }
  if (flow.name == kSessionBeginCommand) {
    out.push_back(
        {"--token-file PATH",
         "The tokens, as --save wrote them or --json printed them. Without it, and with a PATH of -, all of standard input."});
  }
  return out;
}

std::vector<Described> command_options(const Catalogue& catalogue, const FlowInfo& flow) {
  std::vector<Described> out = {
      {"--profile FILE", "Settings as a JSON object: {\"site\":...,\"client_id\":...}. Also HEADLESSID_PROFILE."},
      {"--json",
       "One JSON object per line on standard output: events ask, show, refused, done, failed. The result is complete, secrets included, "
       "except `raw`."}};
  if (!flow.events.empty()) out.back().text = "One JSON object per line on standard output: events " + flow.events + ".";
  if (brings_tokens(catalogue, flow)) {
    out.push_back(
        {"--save FILE",
         "Stores the result there, as JSON that only you can read (mode 0600), for --token-file or --guest-file of another "
         "command. The file is replaced as a whole, and only by a result; if the response has no refresh token, the given "
         "one is kept."});
  }
  if (flow.name == kCheckCommand)
    out.push_back({"--flows NAMES", "Tests and lists only these flows, separated by commas: device,jwt-bearer."});
  if (flow.name == kDoctorCommand)
    out.push_back({"--flows NAMES", "Asks about these flows only, separated by commas: login,guest. Default: all that can run."});
  if (flow.name == kProbeCommand) {
    out.push_back({"--send-messages", "Asks the questions too that send the user a message: one email with a code."});
    out.push_back({"--dry-run", "Asks everything, and shows what it would write into the profile."});
    out.push_back({"--yes", "Starts without asking; needed where there is no terminal."});
  }
  if (!flow.result.empty()) {
    out.push_back({"--raw", "Adds the server's original response, `raw`, which repeats every token."});
    out.push_back({"--show-secrets", "Without --json, shows secrets in the result instead of dots."});
  }
  if (can_listen(flow)) {
    out.push_back(
        {"--listen",
         "Waits for the browser on this machine (RFC 8252): at the redirect_uri if it is http://localhost, http://127.0.0.1 "
         "or http://[::1], without one at any free port. Salesforce compares the port too, so give the callback "
         "that the app has. Opens no browser."});
    out.push_back({"--listen-timeout SECONDS", "How long --listen waits: 1 to 3600. Default: 600."});
  }
  out.push_back({"--trace", "Prints each exchange on standard error, secrets as dots."});
  return out;
}

}  // namespace hlid_cli
