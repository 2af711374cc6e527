#include "cli/completion.h"

#include <algorithm>
#include <map>
#include <vector>

#include "cli/check_command.h"
#include "cli/descriptions.h"
#include "cli/options.h"
#include "cli/org_command.h"
#include "cli/org_options.h"
#include "cli/outcome.h"
#include "cli/session_command.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

struct Completed {
  enum class Value : uint8_t { none, text, file, words };
  std::string spelling;
  std::string doc;  // one sentence
  Value value = Value::none;
  std::string words;  // separated by spaces
};

struct Command {
  std::string name;
  std::string doc;
  std::vector<Completed> options;
  std::string words;                // what may follow the command itself
  bool files = false;               // or a file
  std::vector<Command> parts = {};  // commands of its own, which words names
};

std::string first_sentence(const std::string& text) {
  const size_t end = text.find(". ");
  std::string out = text.substr(0, end);
  if (end == std::string::npos && out.ends_with('.')) out.pop_back();
  return out;
}

std::string spaced(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "" : " ") + each;
  return out;
}

Completed completed(const Option& option) {
  const Field& field = *option.field;
  Completed out{option.spelling, first_sentence(field.doc), Completed::Value::text, spaced(field.choices)};
  if (option.shape == Shape::flag) out.value = Completed::Value::none;
  if (option.shape == Shape::file || field.kind == "path") out.value = Completed::Value::file;
  if (option.shape == Shape::value && !field.choices.empty()) out.value = Completed::Value::words;
  return out;
}

// "--save FILE" and its text.
Completed completed(const Described& option) {
  const size_t space = option.name.find(' ');
  return {option.name.substr(0, space), first_sentence(option.text),
          space == std::string::npos                                             ? Completed::Value::none
          : option.name.ends_with(" SECONDS") || option.name.ends_with(" NAMES") ? Completed::Value::text
                                                                                 : Completed::Value::file,
          ""};
}

Command command_of(const Catalogue& catalogue, const FlowInfo& flow) {
  Command out{hyphened(flow.name), first_sentence(flow.summary), {}, ""};
  for (const Option& option : options_of(catalogue, flow)) {
    if (option.field != nullptr && option.listed) out.options.push_back(completed(option));
  }
  for (const Described& option : carried_files(catalogue, flow)) out.options.push_back(completed(option));
  for (const Described& option : command_options(catalogue, flow)) out.options.push_back(completed(option));
  out.options.push_back({"--help", "Shows the help of this command", Completed::Value::none, ""});
  return out;
}

#ifdef HLID_CLI_ORG
Completed completed(const OrgOption& option, const std::string& flows) {
  const bool is_flag = option.shape == OrgShape::flag || option.shape == OrgShape::our_flag;
  const bool is_file = option.shape == OrgShape::file || option.shape == OrgShape::ours;
  std::string words = std::string_view(option.words) == "flows" ? flows : option.words;
  const auto value = is_flag          ? Completed::Value::none
                     : is_file        ? Completed::Value::file
                     : !words.empty() ? Completed::Value::words
                                      : Completed::Value::text;
  return {option.name, first_sentence(option.text), value, std::move(words)};
}

Command org_part(const std::string& name, const std::string& doc, std::span<const OrgOption> options, const std::string& flows) {
  Command out;
  out.name = name;
  out.doc = doc;
  for (const OrgOption& option : options) out.options.push_back(completed(option, flows));
  out.options.push_back({"--help", "Shows the help of this command", Completed::Value::none, ""});
  out.files = name == "lint";
  return out;
}

std::vector<Command> org_parts(const Catalogue& catalogue, const std::string& flows) {
  Command doctor = command_of(catalogue, command_of_doctor());
  doctor.name = "doctor";
  doctor.doc = "Asks a live site what its switches are";
  Command probe = command_of(catalogue, command_of_probe());
  probe.name = "probe";
  probe.doc = "Asks a live site with a test user what is not published";
  return {org_part("lint", "Says what the files of an org permit", org_lint_options(), flows),
          org_part("generate", "Writes the files that flows need", org_generate_options(), flows),
          org_part("explain", "Explains a setting, an element, a flow or an error", org_explain_options(), ""), doctor, probe};
}
#else
std::vector<Command> org_parts(const Catalogue&, const std::string&) { return {}; }
#endif

#ifdef HLID_CLI_SESSION
std::vector<Command> session_parts(const Catalogue& catalogue) {
  std::vector<Command> out;
  for (const FlowInfo& info : session_commands()) {
    Command part = command_of(catalogue, info);
    part.name = info.name.substr(info.name.find(' ') + 1);
    out.push_back(std::move(part));
  }
  Command new_key;
  new_key.name = "new-key";
  new_key.doc = "Prints a new key for the setting session_keys";
  new_key.options.push_back({"--help", "Shows the help of this command", Completed::Value::none, ""});
  out.push_back(std::move(new_key));
  return out;
}
#else
std::vector<Command> session_parts(const Catalogue&) { return {}; }
#endif

std::vector<Command> commands_of(const Catalogue& catalogue) {
  std::vector<Command> out;
  std::vector<std::string> flows;
  for (const FlowInfo& flow : catalogue.flows) {
    out.push_back(command_of(catalogue, flow));
    flows.push_back(hyphened(flow.name));
  }
  std::vector<std::string> all = flows;
  for (const Described& other : other_commands()) all.push_back(other.name.substr(0, other.name.find(' ')));
  using Value = Completed::Value;
  const Completed help{"--help", "Shows the help of this command", Value::none, ""};
  for (const Described& other : other_commands()) {
    Command command{other.name.substr(0, other.name.find(' ')), first_sentence(other.text), {}, ""};
    if (command.name == "check") command.options = command_of(catalogue, command_of_check()).options;
    if (command.name == "flows") {
      command.options = {{"--json", "Prints the catalogue as JSON", Value::none, ""}, help};
      command.words = spaced(flows);
    }
    if (command.name == "sim") {
      command.options = {{"--port", "Listens on this port", Value::text, ""},
                         {"--no-tls", "Speaks plain HTTP", Value::none, ""},
                         {"--org", "Reads the org's apps and switches from this folder or zip", Value::file, ""},
                         {"--network", "The site, where the files of --org have several", Value::text, ""},
                         {"--app", "Reads apps, users and settings from this file", Value::file, ""},
                         {"--outbox", "Writes messages to this file", Value::file, ""},
                         {"--until-eof", "Ends with standard input", Value::none, ""},
                         help};
    }
    if (command.name == "demo")
      command.options = {{"--asset-token", "Tells of a device with a token of its own", Value::none, ""}, help};
    if (command.name == "completion") command.words = "bash zsh fish";
    if (command.name == "org" || command.name == "session") {
      command.options = {help};
      command.parts = command.name == "org" ? org_parts(catalogue, spaced(flows)) : session_parts(catalogue);
      for (const Command& part : command.parts) command.words += (command.words.empty() ? "" : " ") + part.name;
    }
    if (command.name == "help") command.words = spaced(all);
    out.push_back(std::move(command));
  }
  return out;
}

// ---- bash ----

// The case of one command in the script, and those of its parts.
std::string bash_case(const Command& command, const std::string& indent) {
  std::map<std::string, std::string> values;  // what completes a value -> the options
  std::vector<std::string> options;
  for (const Completed& option : command.options) {
    options.push_back(option.spelling);
    if (option.value == Completed::Value::none) continue;
    const std::string how =
        option.value == Completed::Value::file    ? "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o filenames"
        : option.value == Completed::Value::words ? "mapfile -t COMPREPLY < <(compgen -W '" + option.words + "' -- \"$current\")"
                                                  : "COMPREPLY=()";
    std::string& known = values[how];
    known += (known.empty() ? "" : "|") + option.spelling;
  }
  std::string out = indent + command.name + ")\n";
  if (!command.parts.empty()) {
    out += indent + "  if [ \"$COMP_CWORD\" -gt 2 ]; then\n" + indent + "    case ${COMP_WORDS[2]} in\n";
    for (const Command& part : command.parts) out += bash_case(part, indent + "      ");
    out += indent + "    esac\n" + indent + "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n" + indent +
           "    return\n" + indent + "  fi\n";
  }
  if (!values.empty()) {
    out += indent + "  case $previous in\n";
    for (const auto& [how, spellings] : values)
      out += indent + "    " + spellings + ")\n" + indent + "      " + how + "\n" + indent + "      return ;;\n";
    out += indent + "  esac\n";
  }
  if (command.files) {
    out += indent + "  case $current in\n" + indent + "    -*) ;;\n" + indent + "    *)\n" + indent +
           "      mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o filenames\n" + indent + "      return ;;\n" +
           indent + "  esac\n";
  }
  return out + indent + "  words='" + spaced(options) + (options.empty() || command.words.empty() ? "" : " ") + command.words +
         "' ;;\n";
}

std::string bash_script(const std::vector<Command>& commands) {
  std::vector<std::string> names = {"--help", "--version"};
  std::string cases;
  for (const Command& command : commands) {
    names.push_back(command.name);
    cases += bash_case(command, "    ");
  }
  return "# bash completion for headlessid, printed by `headlessid completion bash`.\n"
         "_headlessid() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=''\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W '" +
         spaced(names) +
         "' -- \"$current\")\n"
         "    return\n"
         "  fi\n"
         "  COMPREPLY=()\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -F _headlessid headlessid\n";
}

// ---- zsh ----

// Within single quotes, and within _arguments' brackets.
std::string for_zsh(const std::string& text, bool in_brackets) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if ((in_brackets && (c == '[' || c == ']')) || c == ':' || c == '\\') {
      out += {'\\', c};
    } else {
      out += c;
    }
  }
  return out;
}

std::string zsh_case(const Command& command, const std::string& indent) {
  std::string out = indent + command.name + ")\n";
  if (!command.parts.empty()) {
    out += indent + "  if (( CURRENT > 2 )); then\n" + indent + "    shift words\n" + indent + "    (( CURRENT-- ))\n" + indent +
           "    case $words[1] in\n";
    for (const Command& part : command.parts) out += zsh_case(part, indent + "      ");
    out += indent + "    esac\n" + indent + "    return\n" + indent + "  fi\n";
  }
  out += indent + "  _arguments";
  for (const Completed& option : command.options) {
    out += " \\\n" + indent + "    '" + option.spelling + (option.value == Completed::Value::none ? "" : "=") + "[" +
           for_zsh(option.doc, true) + "]";
    switch (option.value) {
      case Completed::Value::none: break;
      case Completed::Value::text: out += ":value: "; break;
      case Completed::Value::file: out += ":file:_files"; break;
      case Completed::Value::words: out += ":word:(" + option.words + ")"; break;
    }
    out += "'";
  }
  if (!command.words.empty()) out += " \\\n" + indent + "    '1:word:(" + command.words + ")'";
  if (command.files) out += " \\\n" + indent + "    '1:file:_files'";
  return out + " ;;\n";
}

std::string zsh_script(const std::vector<Command>& commands) {
  std::string names;
  std::string cases;
  for (const Command& command : commands) {
    names += "    '" + command.name + ":" + for_zsh(command.doc, false) + "'\n";
    cases += zsh_case(command, "    ");
  }
  return "#compdef headlessid\n"
         "# zsh completion for headlessid, printed by `headlessid completion zsh`.\n"
         "_headlessid() {\n"
         "  local -a commands\n"
         "  commands=(\n" +
         names +
         "  )\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  shift words\n"
         "  (( CURRENT-- ))\n"
         "  case $words[1] in\n" +
         cases +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _headlessid ]]; then _headlessid \"$@\"; else compdef _headlessid headlessid; fi\n";
}

// ---- fish ----

std::string for_fish(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_option(const Completed& option) {
  std::string line = " -l " + option.spelling.substr(2);
  if (option.value == Completed::Value::text) line += " -x";
  if (option.value == Completed::Value::file) line += " -r -F";
  if (option.value == Completed::Value::words) line += " -x -a " + for_fish(option.words);
  return line + " -d " + for_fish(option.doc);
}

std::string fish_script(const std::vector<Command>& commands) {
  std::string out =
      "# fish completion for headlessid, printed by `headlessid completion fish`.\n"
      "complete -c headlessid -f\n"
      "complete -c headlessid -n __fish_use_subcommand -l help -d 'Shows the help'\n"
      "complete -c headlessid -n __fish_use_subcommand -l version -d 'Shows the version'\n";
  for (const Command& command : commands)
    out += "complete -c headlessid -n __fish_use_subcommand -a " + command.name + " -d " + for_fish(command.doc) + "\n";
  // One line for an option that several commands share.
  std::vector<std::pair<std::string, std::string>> lines;
  std::string parts;
  for (const Command& command : commands) {
    const auto add = [&](const std::string& line) {
      const auto known = std::find_if(lines.begin(), lines.end(), [&](const auto& each) { return each.first == line; });
      if (known == lines.end()) {
        lines.emplace_back(line, command.name);
      } else {
        known->second += " " + command.name;
      }
    };
    for (const Completed& option : command.options) add(fish_option(option));
    const std::string within = "__fish_seen_subcommand_from " + command.name;
    for (const Command& part : command.parts) {
      parts += "complete -c headlessid -n '" + within + "; and not __fish_seen_subcommand_from " + command.words + "' -a " +
               part.name + " -d " + for_fish(part.doc) + "\n";
      const std::string in_part = "complete -c headlessid -n '" + within + "; and __fish_seen_subcommand_from " + part.name + "'";
      for (const Completed& option : part.options) parts += in_part + fish_option(option) + "\n";
      if (part.files) parts += in_part + " -F\n";
    }
    if (!command.words.empty() && command.parts.empty()) add(" -a " + for_fish(command.words));
  }
  for (const auto& [line, names] : lines)
    out += "complete -c headlessid -n '__fish_seen_subcommand_from " + names + "'" + line + "\n";
  return out + parts;
}

}  // namespace

std::string completion_script(const Catalogue& catalogue, const std::string& shell) {
  const std::vector<Command> commands = commands_of(catalogue);
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  throw UsageError("completion needs one of: bash, zsh, fish");
}

}  // namespace hlid_cli
