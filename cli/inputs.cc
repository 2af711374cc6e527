#include "cli/inputs.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/files.h"
#include "cli/handles.h"
#include "cli/json_text.h"
#include "cli/options.h"
#include "cli/outcome.h"
#include "cli/pasted.h"
#include "cli/spelling.h"
#include "cli/streams.h"
#include "cli/token_file.h"
#include "cli/wipe.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using json = nlohmann::json;
using Values = std::map<std::string, Secret>;

// "2.5" as 2500; a part of a millisecond counts as one. Without a double, for whose reading alone the command would carry
// tables of 150 KB.
std::optional<int64_t> positive_milliseconds(std::string_view seconds) {
  constexpr size_t kMostDigits = 9;
  const size_t point = std::min(seconds.find('.'), seconds.size());
  const std::string_view whole = seconds.substr(0, point);
  const std::string_view part = seconds.substr(std::min(point + 1, seconds.size()));
  std::string digits(whole);
  digits += part;
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos || whole.size() > kMostDigits) return {};
  digits.resize(std::max(digits.size(), whole.size() + 3), '0');
  int64_t ms = 0;
  for (const char digit : digits.substr(0, whole.size() + 3)) ms = ms * 10 + (digit - '0');
  if (digits.find_first_not_of('0', whole.size() + 3) != std::string::npos) ++ms;
  return ms > 0 ? std::optional(ms) : std::nullopt;
}

// Errors use the unit of the input, so that a person need not convert the library's limits.
Secret milliseconds(std::string_view seconds, const Field& field, const std::string& what) {
  const std::optional<int64_t> ms = positive_milliseconds(seconds);
  if (!ms || (field.max > 0 && (*ms < field.min || *ms > field.max))) {
    throw UsageError(what + " must be a number of seconds " + range_in_seconds(field),
                     looks_quoted(seconds) ? "It is in quotation marks, which are part of the value." : "", field.name);
  }
  return Secret(std::to_string(*ms));
}

int whole_seconds(std::string_view text, const std::string& what) {
  constexpr int kMost = 3600;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > kMost)
    throw UsageError(what + " must be a number of seconds from 1 to 3600");
  return value;
}

// What lies between "//" and the path may begin with a user name and a password.
bool holds_credentials(std::string_view address) {
  const size_t start = address.find("//");
  const std::string_view rest = start == std::string_view::npos ? address : address.substr(start + 2);
  return rest.substr(0, rest.find_first_of("/?#")).find('@') != std::string_view::npos;
}

UsageError secret_as_argument(const Field& field, const std::string& spelling) {
  std::vector<std::string> more;
  if (is_prompted(field)) more.push_back("at the prompt on a terminal");
  return UsageError(spelling + ": a secret is never an argument, because other processes can read it and the shell records it",
                    "Give it with " + ways_to_give(field, more) +
                        "; a PATH of - is a line of standard input. If it was real, it may have been seen: change it.",
                    field.name);
}

// "device, jwt-bearer" as the flows' own names.
std::vector<std::string> flows_named(const Catalogue& catalogue, const std::string& list) {
  std::vector<std::string> out;
  for (size_t at = 0; at < list.size();) {
    const size_t end = std::min(list.find_first_of(", ", at), list.size());
    const std::string name = list.substr(at, end - at);
    at = end + 1;
    if (name.empty()) continue;
    const FlowInfo* flow = catalogue.find_flow(name);
    if (flow == nullptr)
      throw UsageError("--flows: there is no flow " + printable(name.substr(0, 64)), "headlessid flows lists them.");
    out.push_back(flow->name);
  }
  if (out.empty()) throw UsageError("--flows names no flow", "headlessid flows lists them.");
  return out;
}

// A secret's file may be a whole result, such as client-registration saves: the member of that name.
Secret member_alone(std::string_view text, const Field& field, const std::string& what) {
  const json root = json::parse(text, nullptr, false);
  if (!root.is_object()) return Secret(text);  // a secret may begin with a brace
  const auto found = root.find(field.name);
  if (found == root.end() || !found->is_string())
    throw UsageError(what + " is JSON: give the secret that it holds, alone", "", field.name);
  return Secret(found->get_ref<const std::string&>());
}

// ---- options ----

class OptionReader {
 public:
  OptionReader(const Catalogue& catalogue, const FlowInfo& flow, Inputs& out)
      : catalogue_(catalogue), flow_(flow), options_(options_of(catalogue, flow)), out_(out) {}

  // Files are opened only after every option has been recognised.
  void read(const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) out_.json = out_.json || argument == "--json";
    for (size_t i = 0; i < arguments.size(); ++i) {
      const std::string& argument = arguments[i];
      const size_t mark = argument.find('=');
      const Option& option = find(argument.substr(0, mark));
      std::optional<std::string> value;
      if (mark != std::string::npos) value = taken_as_text(argument.substr(mark + 1), option.spelling);
      const bool takes_value = option.shape == Shape::value || option.shape == Shape::file || option.shape == Shape::seconds;
      if (takes_value && !value) {
        if (i + 1 == arguments.size() || arguments[i + 1].starts_with("--"))
          throw UsageError(option.spelling + " needs a value",
                           "A value that begins with -- is written as " + option.spelling + "=VALUE.", name_of(option));
        value = taken_as_text(arguments[++i], option.spelling);
      }
      take(option, value);
    }
  }

  // In the order of the options, because each path of "-" reads the next line of standard input.
  void read_files() {
    for (const auto& [option, path] : files_) {
      FileAccess access;
      if (flow_.name == kSessionBeginCommand && option->field == nullptr) {
        const Secret tokens =
            path == "-" ? read_whole_input("standard input") : read_file(path, option->spelling, PathKind::of_a_secret, &access);
        warn_about_access(access, option->spelling, true);
        out_.parameters.insert_or_assign("tokens", tokens_in(tokens.view(), path == "-" ? "standard input" : option->spelling));
        continue;
      }
      const bool is_secret = option->field == nullptr || option->field->secret;
      const PathKind kind = is_secret ? PathKind::of_a_secret : PathKind::of_a_file;
      Secret text = path == "-" ? read_input_line(option->spelling) : read_file(path, option->spelling, kind, &access);
      warn_about_access(access, option->spelling, is_secret);
      if (option->spelling == "--guest-file") {
        read_guest_file(text.view(), catalogue_, flow_, out_.parameters);
        continue;
      }
      const bool is_parameter = option->owner == Owner::parameter;
      if (option->field == nullptr ||
          (is_parameter && is_session_token(catalogue_, flow_, *option->field) && looks_like_token_file(text.view()))) {
        out_.is_oauth1_session = read_token_file(text.view(), catalogue_, flow_, option->spelling, out_.parameters);
        continue;
      }
      if (!is_parameter && option->field->secret && option->field->kind == "text" && looks_like_token_file(text.view()))
        text = member_alone(text.view(), *option->field, option->spelling);
      if (path != "-") drop_line_end(text);
      values_of(*option)[option->field->name] = std::move(text);
    }
  }

  const std::string& profile() const { return profile_; }
  bool has(const std::string& ours) const { return ours_.contains(ours); }

 private:
  const Option& find(const std::string& spelling) const {
    for (const Option& option : options_) {
      if (option.spelling == spelling) return option;
    }
    if (spelling == "-h") return find("--help");
    const std::string command = hyphened(flow_.name);
    // Not repeated in the error: it may be a secret without its option.
    if (!spelling.starts_with("--"))
      throw UsageError(command + " accepts only options; one argument is not an option",
                       "headlessid " + command + " --help lists them.");
    std::vector<std::string> listed;
    for (const Option& option : options_) {
      if (option.listed) listed.push_back(option.spelling);
    }
    const std::string meant = closest(spelling, listed);
    const std::string hint = spelling == "--save"
                                 ? "It keeps tokens, which this command does not bring; --json prints what it brings."
                             : meant.empty() ? "headlessid " + command + " --help lists them."
                                             : "Did you mean " + meant + "?";
    throw UsageError(command + " has no option " + printable(spelling.substr(0, 64)), hint);
  }

  static std::string name_of(const Option& option) { return option.field == nullptr ? "" : option.field->name; }

  Values& values_of(const Option& option) { return option.owner == Owner::parameter ? out_.parameters : out_.settings; }

  void take(const Option& option, const std::optional<std::string>& value) {
    if (option.shape == Shape::secret) throw secret_as_argument(*option.field, option.spelling);
    if (option.field == nullptr) return take_ours(option, value);
    // A flow that sends one has a parameter of that name.
    if (option.owner == Owner::setting && option.field->name == "scope" && !flow_.requests.empty())
      write_error("headlessid: warning: " + hyphened(flow_.name) + " sends no scope: " + option.spelling + " has no effect\n");
    if (!seen_.emplace(option.owner, option.field->name).second)
      throw UsageError(option.spelling + " is given twice, or in two ways", "", option.field->name);
    switch (option.shape) {
      case Shape::file: files_.emplace_back(&option, *value); return;
      case Shape::seconds: values_of(option)[option.field->name] = milliseconds(*value, *option.field, option.spelling); return;
      case Shape::flag: values_of(option)[option.field->name] = Secret(value.value_or("true")); return;
      case Shape::negated_flag:
        if (value) throw UsageError(option.spelling + " accepts no value", "", option.field->name);
        values_of(option)[option.field->name] = Secret("false");
        return;
      case Shape::value:
        if (is_secret_address(*option.field) && holds_credentials(*value))
          throw secret_as_argument(*option.field, option.spelling);
        values_of(option)[option.field->name] = Secret(*value);
        return;
      case Shape::secret: return;
    }
  }

  void take_ours(const Option& option, const std::optional<std::string>& value) {
    if (option.shape == Shape::flag && value) throw UsageError(option.spelling + " accepts no value");
    if (option.spelling == "--help") out_.help = true;
    if (option.spelling == "--trace") out_.trace = true;
    if (option.spelling == "--show-secrets") out_.show_secrets = true;
    if (option.spelling == "--raw") out_.raw = true;
    if (option.spelling == "--yes") out_.yes = true;
    if (option.spelling == "--dry-run") out_.dry_run = true;
    if (option.spelling == "--send-messages") out_.send_messages = true;
    if (option.shape == Shape::value && !ours_.insert(option.spelling).second)
      throw UsageError(option.spelling + " is given twice");
    if (option.spelling == "--profile") profile_ = *value;
    if (option.spelling == "--save") out_.save = *value;
    if (option.spelling == "--flows") out_.flows = flows_named(catalogue_, *value);
    if (option.spelling == "--listen") out_.listen = true;
    if (option.spelling == "--listen-timeout") out_.listen_timeout_s = whole_seconds(*value, option.spelling);
    if (option.shape == Shape::file) files_.emplace_back(&option, *value);
  }

  const Catalogue& catalogue_;
  const FlowInfo& flow_;
  std::vector<Option> options_;
  Inputs& out_;
  std::set<std::pair<Owner, std::string>> seen_;
  std::set<std::string> ours_;
  std::vector<std::pair<const Option*, std::string>> files_;
  std::string profile_;
};

// ---- the environment ----

// The value, unless it is empty, which is how shells and containers say 'not set'.
std::optional<Secret> take_variable(const std::string& name, bool wipe) {
  char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  std::optional<Secret> out(Secret{std::string_view(value)});
  if (wipe) {
    wipe_bytes(value, std::strlen(value));
    (void)unsetenv(name.c_str());
  }
  return out;
}

std::optional<Secret> from_environment(const std::string& name, bool wipe, const std::string& field = {}) {
  std::optional<Secret> out = take_variable(name, wipe);
  if (out) take_variable_as_text(*out, name, field);
  return out;
}

// A password may begin and end with a quotation mark, so it is sent unchanged. Without the warning, the cause of a wrong password
// would be hard to find.
void warn_about_quotes(const Secret& value, const std::string& name) {
  if (looks_quoted(value.view()))
    write_error("headlessid: warning: " + name + " begins and ends with a quotation mark, which is part of the value\n");
}

void read_environment(const std::vector<Field>& fields, const std::vector<Field>* but, Values& out) {
  for (const Field& field : fields) {
    if (but != nullptr && find_field(*but, field.name) != nullptr) continue;
    std::optional<Secret> value = from_environment(environment_name(field.name), field.secret, field.name);
    if (!value && counts_milliseconds(field)) {
      const std::string name = environment_name(field.name.substr(0, field.name.size() - 3));
      if (const auto seconds = from_environment(name, false, field.name)) value = milliseconds(seconds->view(), field, name);
    }
    if (value && field.secret && field.kind == "text") warn_about_quotes(*value, environment_name(field.name));
    if (value) out.try_emplace(field.name, std::move(*value));
  }
}

// Secrets of other flows too: what this process does not need must not stay in its environment.
void wipe_environment(const Catalogue& catalogue) {
  const auto wipe = [](const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      if (field.secret) (void)take_variable(environment_name(field.name), true);
    }
  };
  wipe(catalogue.settings);
  for (const FlowInfo& flow : catalogue.flows) wipe(flow.parameters);
}

// ---- the profile ----

// The library reads a profile, and refuses it by its own rules.
void check_profile(std::string_view text, const std::string& what) {
  const SettingsHandle settings(hlid_settings_new());
  hlid_error* error = nullptr;
  const hlid_status status = hlid_settings_set_json(settings.get(), view_of(text), &error);
  const ErrorHandle owned(error);
  if (status == HLID_OK) return;
  const Failure failure = failure_of(error);
  throw UsageError(what + ": " + printable(failure.message), "", failure.field);
}

// Of a profile that has been checked: the text that the same setting has as an option.
std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string joined;
  for (const json& each : value) joined += (joined.empty() ? "" : " ") + each.get<std::string>();
  return joined;
}

void read_profile(const std::string& path, const std::string& what, const std::vector<Field>& settings, Values& out) {
  FileAccess access;
  const Secret text = path == "-" ? read_input_line(what) : read_file(path, what, PathKind::of_a_secret, &access);
  const json root = read_json(text.view(), what);
  if (!root.is_object()) throw UsageError(what + " does not hold a JSON object");
  check_profile(text.view(), what);
  bool holds_secret = false;
  for (const auto& member : root.items()) {
    if (member.value().is_null() || member.key() == kProbedMember) continue;
    holds_secret = holds_secret || find_field(settings, member.key())->secret;
    out.try_emplace(member.key(), Secret(text_of(member.value())));
  }
  warn_about_access(access, what, holds_secret);
}

}  // namespace

void read_inputs(const Catalogue& catalogue, const FlowInfo& flow, const std::vector<std::string>& arguments, Inputs& out) {
  OptionReader reader(catalogue, flow, out);
  reader.read(arguments);
  if (out.help) return;
  if (reader.has("--listen-timeout") && !out.listen)
    throw UsageError("--listen-timeout is without --listen", "--listen waits for the browser; without it nothing waits.");
  reader.read_files();
  read_environment(flow.parameters, &catalogue.settings, out.parameters);
  read_environment(catalogue.settings, nullptr, out.settings);
  wipe_environment(catalogue);
  out.profile = reader.profile();
  if (!out.profile.empty()) {
    read_profile(out.profile, "--profile", catalogue.settings, out.settings);
  } else if (const auto path = from_environment("HEADLESSID_PROFILE", false)) {
    if (looks_quoted(path->view())) throw UsageError("HEADLESSID_PROFILE is in quotation marks, which are part of the path");
    out.profile = path->view();
    read_profile(out.profile, "HEADLESSID_PROFILE", catalogue.settings, out.settings);
  }
}

}  // namespace hlid_cli
