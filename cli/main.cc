// headlessid: Salesforce OAuth and Headless Identity from the shell. What it can do is read from the library at run time.
#include <stdlib.h>  // unsetenv

#include <algorithm>
#include <exception>

#include <nlohmann/json.hpp>

#include "cli/catalogue.h"
#include "cli/check_command.h"
#include "cli/completion.h"
#ifdef HLID_CLI_DEMO
#include "cli/demo.h"
#endif
#include "cli/flow_command.h"
#include "cli/handles.h"
#include "cli/help.h"
#include "cli/licenses.h"
#include "cli/man.h"
#ifdef HLID_CLI_ORG
#include "cli/org_command.h"
#endif
#include "cli/outcome.h"
#include "cli/protection.h"
#include "cli/report.h"
#include "cli/signals.h"
#ifdef HLID_CLI_SESSION
#include "cli/session_command.h"
#endif
#ifdef HLID_CLI_SIMULATOR
#include "cli/sim.h"
#endif
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using Arguments = std::vector<std::string>;

bool is_help(const std::string& argument) { return argument == "--help" || argument == "-h"; }
bool wants_help(const Arguments& arguments) { return std::any_of(arguments.begin(), arguments.end(), is_help); }

int print(const std::string& text) {
  write_output(text);
  return kDone;
}

// The catalogue as the library gives it; of one flow only that flow's part.
std::string catalogue_json(const FlowInfo* flow) {
  const std::string_view text = text_of(hlid_catalogue());
  if (flow == nullptr) return std::string(text) + "\n";
  const auto root = nlohmann::ordered_json::parse(text);
  for (const auto& each : root.at("flows")) {
    if (each.at("name") == flow->name) return each.dump() + "\n";
  }
  return {};
}

int run_flows(const Catalogue& catalogue, const Arguments& arguments) {
  bool json = false;
  const FlowInfo* flow = nullptr;
  for (const std::string& argument : arguments) {
    if (argument == "--json") {
      json = true;
      continue;
    }
    if (argument.starts_with("-")) throw UsageError("flows has no option " + printable(argument.substr(0, 64)));
    if (flow != nullptr) throw UsageError("flows accepts one name");
    flow = catalogue.find_flow(argument);
    if (flow == nullptr)
      throw UsageError("there is no flow " + printable(argument.substr(0, 64)), "headlessid flows lists them.");
  }
  if (json) return print(catalogue_json(flow));
  return print(flow == nullptr ? flows_for_people(catalogue, text_width()) : flow_for_people(catalogue, *flow, text_width()));
}

#ifndef HLID_CLI_SIMULATOR
[[noreturn]] int no_simulator() { throw UsageError("this build has no simulated org", "Build it with HLID_SIMULATOR=ON."); }
#endif

int run_sim_command([[maybe_unused]] const Arguments& arguments) {
#ifdef HLID_CLI_SIMULATOR
  return wants_help(arguments) ? print(sim_help()) : run_sim(arguments);
#else
  no_simulator();
#endif
}

int run_demo_command([[maybe_unused]] const Arguments& arguments) {
#ifdef HLID_CLI_DEMO
  return wants_help(arguments) ? print(demo_help()) : run_demo(arguments);
#else
  throw UsageError("this build has no demo", "Build it with HLID_SIMULATOR=ON and HLID_CLIENT=ON.");
#endif
}

int run_org_command([[maybe_unused]] const Arguments& arguments) {
#ifdef HLID_CLI_ORG
  return run_org(arguments);
#else
  throw UsageError("this build cannot read an org's files", "Build it with HLID_ORG=ON.");
#endif
}

int run_session_command([[maybe_unused]] const Arguments& arguments) {
#ifdef HLID_CLI_SESSION
  return run_session(arguments);
#else
  throw UsageError("this build keeps no sessions: it was made without SQLite",
                   "Install SQLite's headers (libsqlite3-dev, sqlite-devel) and build it with HLID_SQLITE=ON.");
#endif
}

// Other names that people use for flows. A flow that this library does not have is never suggested.
constexpr std::pair<const char*, const char*> kSynonyms[] = {
    {"log-out", "logout"},
    {"logoff", "logout"},
    {"signout", "logout"},
    {"sign-out", "logout"},
    {"logout", "revocation"},
    {"log-out", "revocation"},
    {"logoff", "revocation"},
    {"signout", "revocation"},
    {"sign-out", "revocation"},
    {"revoke", "revocation"},
    {"revoke-token", "revocation"},
    {"register", "registration"},
    {"sign-up", "registration"},
    {"signup", "registration"},
    {"enroll", "registration"},
    {"create-user", "registration"},
    {"otp", "passwordless-login"},
    {"passwordless", "passwordless-login"},
    {"magic", "passwordless-login"},
    {"email", "passwordless-login"},
    {"sms", "passwordless-login"},
    {"introspect", "introspection"},
    {"inspect", "introspection"},
    {"reset-password", "password-reset"},
    {"forgot-password", "password-reset"},
    {"forgot", "password-reset"},
    {"change-password", "password-reset"},
    {"reset", "password-reset"},
    {"signin", "login"},
    {"sign-in", "login"},
    {"log-in", "login"},
    {"signon", "login"},
    {"authenticate", "login"},
    {"auth", "login"},
    {"sso", "native-sso"},
    {"social", "native-sso"},
    {"frontdoor", "single-access"},
    {"singleaccess", "single-access"},
    {"open", "single-access"},
    {"whoami", "userinfo"},
    {"who", "userinfo"},
    {"me", "userinfo"},
    {"user-info", "userinfo"},
    {"user", "userinfo"},
    {"renew", "refresh"},
    {"token", "refresh"},
    {"refresh-token", "refresh"},
    {"visitor", "guest"},
    {"anonymous", "guest"},
    {"simulator", "sim"},
    {"doctor", "org doctor"},
    {"probe", "org probe"},
    {"lint", "org lint"},
    {"generate", "org generate"},
    {"explain", "org explain"},
    {"sessions", "session"},
    {"verify", "check"},
    {"test", "check"},
    {"list", "flows"},
    {"manual", "man"},
    {"license", "licenses"},
    {"licence", "licenses"},
    {"licences", "licenses"},
    {"notices", "licenses"},
    {"completions", "completion"},
    {"version", "--version"},
};

std::string meant_by(const std::string& name, const Arguments& known) {
  const std::string spelled = hyphened(name);
  for (const auto& [synonym, command] : kSynonyms) {
    if (spelled == synonym && std::find(known.begin(), known.end(), command) != known.end()) return command;
  }
  return closest(spelled, known);
}

UsageError unknown_command(const Catalogue& catalogue, const std::string& name) {
  Arguments known = {"demo", "check", "sim", "org", "session", "flows", "completion", "man", "licenses", "help", "--version"};
  for (const FlowInfo& flow : catalogue.flows) known.push_back(hyphened(flow.name));
  const std::string meant = meant_by(name, known);
  return UsageError("there is no command " + printable(name.substr(0, 64)),
                    meant.empty() ? "headlessid --help lists them." : "Did you mean " + meant + "?");
}

int run_completion(const Catalogue& catalogue, const Arguments& arguments) {
  if (wants_help(arguments)) return print("usage: headlessid completion bash|zsh|fish\n");
  return print(completion_script(catalogue, arguments.size() == 1 ? arguments.front() : ""));
}

int run_man(const Catalogue& catalogue, const Arguments& arguments) {
  if (wants_help(arguments)) return print("usage: headlessid man\n");
  if (!arguments.empty()) throw UsageError("man accepts no arguments");
  return print(manual_page(catalogue));
}

int run_licenses(const Catalogue& catalogue, const Arguments& arguments) {
  if (wants_help(arguments)) return print("usage: headlessid licenses\n");
  if (!arguments.empty()) throw UsageError("licenses accepts no arguments");
  return print(licenses_text(catalogue.version));
}

int run(const Catalogue& catalogue, const std::string& command, Arguments arguments) {
  if (command == "flows")
    return wants_help(arguments) ? print("usage: headlessid flows [NAME] [--json]\n") : run_flows(catalogue, arguments);
  if (command == "check") return run_check(catalogue, arguments);
  if (command == "sim") return run_sim_command(arguments);
  if (command == "demo") return run_demo_command(arguments);
  if (command == "org") return run_org_command(arguments);
  if (command == "session") return run_session_command(arguments);
  if (command == "completion") return run_completion(catalogue, arguments);
  if (command == "man") return run_man(catalogue, arguments);
  if (command == "licenses") return run_licenses(catalogue, arguments);
  if (command == "help" && arguments.empty()) return print(main_help(catalogue, text_width()));
  if (command == "help") return run(catalogue, arguments.front(), {"--help"});
  const FlowInfo* flow = catalogue.find_flow(command);
  if (flow == nullptr) throw unknown_command(catalogue, command);
  return run_flow_command(catalogue, *flow, arguments);
}

int run_main(const Arguments& arguments) {
  watch_signals();
  // libcurl would write the keys of every connection to the file that it names.
  (void)unsetenv("SSLKEYLOGFILE");
  if (hlid_abi_version() != HLID_ABI_VERSION)
    throw std::runtime_error("the library has ABI " + std::to_string(hlid_abi_version()) + ", this command " +
                             std::to_string(HLID_ABI_VERSION));
  const Catalogue catalogue = read_catalogue();
  if (arguments.empty()) {
    write_error(main_help(catalogue, text_width()));
    return kWrongUse;
  }
  if (is_help(arguments.front())) return print(main_help(catalogue, text_width()));
  if (arguments.front() == "--version") return print("headlessid " + catalogue.version + "\n");
  return run(catalogue, arguments.front(), Arguments(arguments.begin() + 1, arguments.end()));
}

int guarded_main(const Arguments& arguments) {
  try {
    return run_main(arguments);
  } catch (const UsageError& error) {
    write_error(describe("headlessid", failure_of(error)));
    return kWrongUse;
  } catch (const LibraryError& error) {
    write_error(describe("headlessid", error.failure));
    return exit_status_of(error.failure);
  } catch (const Interrupted& interrupted) {
    return 128 + interrupted.signal;
  } catch (const OutputError& error) {
    // The reader is gone, as after `| head`: there is no one to tell.
    if (!error.reader_gone()) write_error(std::string("headlessid: ") + error.what() + "\n");
    return kWrongState;
  } catch (const std::exception& error) {
    write_error(std::string("headlessid: ") + error.what() + "\n");
    return kWrongState;
  }
}

}  // namespace
}  // namespace hlid_cli

int main(int count, char** words) {
  hlid_cli::open_standard_descriptors();
  return hlid_cli::guarded_main(std::vector<std::string>(words + std::min(count, 1), words + count));
}
