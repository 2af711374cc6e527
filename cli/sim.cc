#include "cli/sim.h"

#include <unistd.h>

#include <charconv>
#include <optional>

#include "cli/files.h"
#include "cli/json_text.h"
#ifdef HLID_CLI_ORG
#include "cli/org_files.h"
#endif
#include "cli/outcome.h"
#include "cli/signals.h"
#include "cli/streams.h"
#include "cli/words.h"
#include "simulator/metadata.h"
#include "simulator/options.h"
#include "simulator/simulator.h"

namespace hlid_cli {
namespace {

struct SimOptions {
  int port = -1;
  std::optional<bool> tls;
  bool until_eof = false;
  std::string app_file;
  std::string org_folder;
  std::string network;
  std::string outbox_file;
};

int read_port(const std::string& text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 0 || port > 65535)
    throw UsageError("--port must be a number from 0 to 65535");
  return port;
}

SimOptions read_options(const std::vector<std::string>& arguments) {
  SimOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const size_t mark = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, mark);
    const auto value = [&]() -> std::string {
      if (mark != std::string::npos) return arguments[i].substr(mark + 1);
      if (i + 1 == arguments.size()) throw UsageError(name + " needs a value");
      return arguments[++i];
    };
    if ((name == "--tls" || name == "--no-tls") && mark == std::string::npos) {
      options.tls = name == "--tls";
    } else if (name == "--until-eof" && mark == std::string::npos) {
      options.until_eof = true;
    } else if (name == "--port") {
      options.port = read_port(value());
    } else if (name == "--app") {
      options.app_file = value();
    } else if (name == "--org") {
      options.org_folder = value();
    } else if (name == "--network") {
      options.network = value();
    } else if (name == "--outbox") {
      options.outbox_file = value();
    } else {
      const std::string meant =
          closest(name, {"--port", "--no-tls", "--app", "--org", "--network", "--outbox", "--until-eof", "--help"});
      throw UsageError("sim has no option " + printable(name),
                       meant.empty() ? "headlessid sim --help lists them." : "Did you mean " + meant + "?");
    }
  }
  if (!options.network.empty() && options.org_folder.empty()) throw UsageError("--network goes with --org");
  return options;
}

#ifdef HLID_CLI_ORG
std::vector<hlid_sim::MetadataFile> read_metadata_files(const std::string& path) {
  const OrgFolder folder = read_org_folder(path);
  if (folder.request.contains("zip_base64"))
    return hlid_sim::unzip_metadata(from_base64(folder.request["zip_base64"].get<std::string>()));
  std::vector<hlid_sim::MetadataFile> out;
  for (const auto& file : folder.request.at("files")) {
    out.push_back({folder.prefix + file.at("path").get<std::string>(),
                   file.contains("text") ? file["text"].get<std::string>() : from_base64(file.at("base64").get<std::string>())});
  }
  return out;
}
#else
std::vector<hlid_sim::MetadataFile> read_metadata_files(const std::string&) {
  throw UsageError("--org needs the org's side, which this build leaves out");
}
#endif

// What files say; then --app may change it.
void apply_org(hlid_sim::Options& options, const SimOptions& chosen) {
  if (chosen.org_folder.empty()) return;
  const auto files = [&] {
    try {
      return read_metadata_files(chosen.org_folder);
    } catch (const UsageError&) {
      throw;
    } catch (const std::exception& error) {
      throw UsageError("--org: " + printable(error.what()));
    }
  }();
  try {
    hlid_sim::apply_metadata(options, files, chosen.network);
  } catch (const std::exception& error) {
    throw UsageError("--org: " + printable(error.what()));
  }
}

hlid_sim::Options org_options(const SimOptions& chosen) {
  hlid_sim::Options options = hlid_sim::default_options();
  options.tls = true;
  apply_org(options, chosen);
  if (!chosen.app_file.empty()) {
    const Secret text = read_file(chosen.app_file, "--app");
    const nlohmann::json changes = read_json(text.view(), "--app");
    try {
      hlid_sim::apply_patch(options, changes, hlid_sim::PatchScope::before_start);
    } catch (const std::exception& error) {
      throw UsageError(std::string("--app: ") + error.what());
    }
  }
  if (chosen.port >= 0) options.port = chosen.port;
  if (chosen.tls) options.tls = *chosen.tls;
  if (!chosen.outbox_file.empty()) options.outbox_file = chosen.outbox_file;
  return options;
}

// As one word of a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// For the person who started it by hand: what to type next. The password is the simulated org's own, not a secret.
void greet(const nlohmann::json& org) {
  const auto text = [](const nlohmann::json& from, const char* name) { return printable(from.value(name, "")); };
  const auto app = org.at("apps").empty() ? nlohmann::json::object() : org.at("apps").front();
  const auto user = org.at("users").empty() ? nlohmann::json::object() : org.at("users").front();
  const std::string ca_file = text(org, "ca_file");
  std::string out = "\nA simulated org listens at " + text(org, "site") + ". It holds nothing real. Ctrl-C stops it.\n\n";
  out += "In another terminal:\n\n";
  out += "  export HEADLESSID_SITE=" + quoted(text(org, "site")) + "\n";
  out += "  export HEADLESSID_CLIENT_ID=" + quoted(text(app, "client_id")) + "\n";
  out += "  export HEADLESSID_REDIRECT_URI=" + quoted(text(app, "redirect_uri")) + "\n";
  out += ca_file.empty() ? "  export HEADLESSID_ALLOW_HTTP_LOOPBACK=true\n"
                         : "  export HEADLESSID_CA_FILE=" + quoted(ca_file) + "\n";
  out += "  headlessid guest\n";
  out += "  printf '%s' " + quoted(text(user, "password")) + " | headlessid login --username " + quoted(text(user, "username")) +
         " --password-file -\n\n";
  const std::string curl =
      "  curl -sS " + (ca_file.empty() ? "" : "--cacert " + quoted(ca_file) + " ") + quoted(text(org, "control"));
  out += "The requests that it has seen, and the one-time codes that it has sent:\n\n";
  out += curl + "/seen\n" + curl + "/outbox\n\n";
  write_error(out);
}

void wait_for_end(bool until_eof) {
  while (true) {
    const Ready ready = wait_readable(until_eof ? STDIN_FILENO : -1);
    if (ready == Ready::signal && ending_signal() != 0) return;
    if (ready != Ready::readable) continue;
    char ignored[256];
    if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0) return;
  }
}

}  // namespace

std::string sim_help() {
  return R"(headlessid sim: a simulated org, for an app's own tests and for trying things out.

usage: headlessid sim [--port N] [--no-tls] [--org PATH] [--app FILE] [--outbox FILE]
                      [--until-eof]

An Experience Cloud site in one process, as strict as an org is known to be. It
listens on the loopback address only and holds nothing real. When it is ready, it
prints one line of JSON on standard output with everything a client needs:
{"event":"listening","site":...,"ca_file":...,"control":...,"apps":[...],
"users":[...]}. It runs until Ctrl-C.

All flows work at once: registration, passwordless login and forgot password
require neither a Bearer token nor reCAPTCHA until a setting does; a live org
always requires one. docs/simulator.md lists every app, user, setting and
control call.

  --port N       listen on this port; the default, 0, is any free port
  --no-tls       speak http; the default is https with certificates made at
                 start, and "ca_file" is the file to trust
  --app FILE     JSON that changes the org: {"settings":{...},
                 "apps":[{"client_id":...}],"users":[{"username":...}]}
                 unknown names are refused
  --org PATH     a folder or zip of Metadata API files: the org has their apps, and
                 the switches of its settings and its site are as they say. An app
                 without consumerKey in its file gets a made-up key and secret,
                 which the line of JSON has. Its standard apps stay
  --network NAME the site, where the files of --org have several
  --outbox FILE  append each message to a person (a one-time code) to this file,
                 one JSON object a line
  --until-eof    stop when standard input ends, and so with the program that
                 started it

Exit status: 0 when stopped, 2 for a usage error.
)";
}

int run_sim(const std::vector<std::string>& arguments) {
  const SimOptions chosen = read_options(arguments);
  std::unique_ptr<hlid_sim::Simulator> simulator;
  try {
    simulator = hlid_sim::Simulator::start(org_options(chosen));
  } catch (const UsageError&) {
    throw;
  } catch (const std::exception& error) {
    throw UsageError(std::string("the simulated org cannot start: ") + error.what());
  }
  nlohmann::json listening = simulator->description();
  listening["event"] = "listening";
  write_output(listening.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n");
  if (errors_are_terminal()) greet(listening);
  wait_for_end(chosen.until_eof);
  simulator->stop();
  return kDone;
}

}  // namespace hlid_cli
