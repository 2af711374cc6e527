#include "cli/completion.h"

#include <algorithm>
#include <map>
#include <vector>

#include "cli/check_command.h"
#include "cli/descriptions.h"
#include "cli/options.h"
#include "cli/outcome.h"
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
  std::string words;  // what may follow the command itself
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
  if (option.shape == Shape::file) out.value = Completed::Value::file;
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
                         {"--app", "Reads apps, users and settings from this file", Value::file, ""},
                         {"--outbox", "Writes messages to this file", Value::file, ""},
                         {"--until-eof", "Ends with standard input", Value::none, ""},
                         help};
    }
    if (command.name == "demo")
      command.options = {{"--asset-token", "Tells of a device with a token of its own", Value::none, ""}, help};
    if (command.name == "completion") command.words = "bash zsh fish";
    if (command.name == "org") command.words = "lint generate explain";
    if (command.name == "help") command.words = spaced(all);
    out.push_back(std::move(command));
  }
  return out;
}

// ---- bash ----

std::string bash_script(const std::vector<Command>& commands) {
  std::vector<std::string> names = {"--help", "--version"};
  std::string cases;
  for (const Command& command : commands) {
    names.push_back(command.name);
    std::map<std::string, std::string> values;  // what completes a value -> the options
    std::vector<std::string> options;
    for (const Completed& option : command.options) {
      options.push_back(option.spelling);
      if (option.value == Completed::Value::none) continue;
      const std::string how = option.value == Completed::Value::file
                                  ? "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o filenames"
                              : option.value == Completed::Value::words
                                  ? "mapfile -t COMPREPLY < <(compgen -W '" + option.words + "' -- \"$current\")"
                                  : "COMPREPLY=()";
      std::string& known = values[how];
      known += (known.empty() ? "" : "|") + option.spelling;
    }
    cases += "    " + command.name + ")\n";
    if (!values.empty()) {
      cases += "      case $previous in\n";
      for (const auto& [how, spellings] : values)
        cases += "        " + spellings + ")\n          " + how + "\n          return ;;\n";
      cases += "      esac\n";
    }
    cases += "      words='" + spaced(options) + (options.empty() || command.words.empty() ? "" : " ") + command.words + "' ;;\n";
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

std::string zsh_script(const std::vector<Command>& commands) {
  std::string names;
  std::string cases;
  for (const Command& command : commands) {
    names += "    '" + command.name + ":" + for_zsh(command.doc, false) + "'\n";
    cases += "    " + command.name + ")\n      _arguments";
    for (const Completed& option : command.options) {
      cases += " \\\n        '" + option.spelling + (option.value == Completed::Value::none ? "" : "=") + "[" +
               for_zsh(option.doc, true) + "]";
      switch (option.value) {
        case Completed::Value::none: break;
        case Completed::Value::text: cases += ":value: "; break;
        case Completed::Value::file: cases += ":file:_files"; break;
        case Completed::Value::words: cases += ":word:(" + option.words + ")"; break;
      }
      cases += "'";
    }
    if (!command.words.empty()) cases += " \\\n        '1:word:(" + command.words + ")'";
    cases += " ;;\n";
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
  for (const Command& command : commands) {
    const auto add = [&](const std::string& line) {
      const auto known = std::find_if(lines.begin(), lines.end(), [&](const auto& each) { return each.first == line; });
      if (known == lines.end()) {
        lines.emplace_back(line, command.name);
      } else {
        known->second += " " + command.name;
      }
    };
    for (const Completed& option : command.options) {
      std::string line = " -l " + option.spelling.substr(2);
      if (option.value == Completed::Value::text) line += " -x";
      if (option.value == Completed::Value::file) line += " -r -F";
      if (option.value == Completed::Value::words) line += " -x -a " + for_fish(option.words);
      add(line + " -d " + for_fish(option.doc));
    }
    if (!command.words.empty()) add(" -a " + for_fish(command.words));
  }
  for (const auto& [line, names] : lines)
    out += "complete -c headlessid -n '__fish_seen_subcommand_from " + names + "'" + line + "\n";
  return out;
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
