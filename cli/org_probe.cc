// org probe: settles with a test user what is not published, and writes it into the profile.
#include <chrono>
#include <fstream>
#include <set>

#include "cli/files.h"
#include "cli/help.h"
#include "cli/inputs.h"
#include "cli/json_line.h"
#include "cli/json_text.h"
#include "cli/options.h"
#include "cli/org_command.h"
#include "cli/org_probe_profile.h"
#include "cli/org_probe_questions.h"
#include "cli/protection.h"
#include "cli/report.h"
#include "cli/save_file.h"
#include "cli/signals.h"
#include "cli/spelling.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using nlohmann::ordered_json;

constexpr const char* kByteOrderMark = "\xEF\xBB\xBF";

std::string today() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return date_of(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()).substr(0, 10);
}

// A file's text without its byte order mark, which stays in the file.
struct ProfileText {
  Secret text;
  bool has_mark = false;
};

ProfileText read_profile_text(const std::string& path) {
  ProfileText out{read_file(path, "--profile", PathKind::of_a_secret), false};
  std::ifstream file(path, std::ios::binary);
  char start[3] = {};
  out.has_mark = file.read(start, sizeof start) && std::string_view(start, sizeof start) == kByteOrderMark;
  return out;
}

// "client_secret is missing" of a question that needs it; empty: it can be asked.
std::string why_not(const ProbeQuestion& question, const Inputs& inputs) {
  const std::string needs = question.needs;
  if (needs.empty()) return {};
  if (needs == "--send-messages") return inputs.send_messages ? "" : "--send-messages is not given";
  if (needs == "client_secret" && question.name == std::string_view("introspection_of_jwt")) {
    const auto method = inputs.settings.find("token_endpoint_auth_method");
    if (method != inputs.settings.end() && method->second.view() == "private_key_jwt") return {};
  }
  return inputs.settings.contains(needs) ? "" : "the profile has no " + needs;
}

std::string in_words(const ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string out;
  for (const ordered_json& each : value) out += (out.empty() ? "" : ", ") + each.get<std::string>();
  return out.empty() ? "none" : out;
}

ordered_json typed(const Catalogue& catalogue, const std::string& name, const std::string& value) {
  const Field* field = find_field(catalogue.settings, name);
  if (field != nullptr && field->kind == "flag") return value == "true";
  return value;
}

class ProbeCommand {
 public:
  ProbeCommand(const Catalogue& catalogue, const FlowInfo& info, Inputs& inputs)
      : catalogue_(catalogue), info_(info), inputs_(inputs), json_(inputs.json) {}

  int run();

 private:
  void check_use();
  void show_plan();
  bool agrees();
  Secret code_of_message();
  void ask_all(Probe& probe);
  void say_answer(const ProbeQuestion& question, const Answer& answer);
  int cannot_sign_in(Failure failure);
  int finish(const Probe& probe, size_t open_sessions);
  void say(const std::string& text) { write_output(text); }

  const Catalogue& catalogue_;
  const FlowInfo& info_;
  Inputs& inputs_;
  bool json_;
  ProfileText profile_;
  ordered_json members_;  // of the profile
  std::optional<SaveFile> file_;
  ordered_json answers_ = ordered_json::object();
  Overrides changes_;
  std::set<std::string> decided_;  // settings of questions that have an answer
};

void ProbeCommand::check_use() {
  if (inputs_.profile.empty())
    throw UsageError("--profile is missing", "What the probe finds is written into it; --dry-run only shows that.");
  if (inputs_.profile == "-") throw UsageError("--profile must be a file here", "What the probe finds is written into it.");
  if (!inputs_.parameters.contains("user"))
    throw UsageError("--user is missing", "Give the name of a test user of the site: the probe signs it in.", "user");
  const bool can_ask = input_is_terminal() && !json_;
  if (!inputs_.yes && !can_ask)
    throw UsageError("--yes is missing: without a terminal the probe cannot ask whether to start",
                     "It signs the user in many times, and ends each session.");
  if (!inputs_.parameters.contains("password") && !input_is_terminal())
    throw UsageError("the user's password is missing",
                     "Give it with --password-file PATH, HEADLESSID_PASSWORD, or at the prompt.", "password");
  for (const Field& field : catalogue_.settings) {
    if (field.required && !inputs_.settings.contains(field.name))
      throw UsageError(option_name(field) + " is missing",
                       "Give it with " + ways_to_give(field, {"as " + field.name + " in the profile"}) + ".", field.name);
  }
}

void ProbeCommand::show_plan() {
  int requests = 3;  // the sign-in, and the end of its session
  for (const ProbeQuestion& question : probe_questions()) {
    const std::string skipped = why_not(question, inputs_);
    if (skipped.empty()) requests += question.most_requests;
    if (json_) {
      JsonLine line;
      line.text("event", "question").text("name", question.name).text("asks", question.asks).text("effect", question.effect);
      line.text("requests", question.requests).text("needs", question.needs).text("reads", question.reads);
      line.text("setting", question.setting).flag("asked", skipped.empty()).text_if_any("why_not", skipped);
      say(line.finish());
    }
  }
  if (json_) return;
  const size_t width = text_width();
  say(wrapped("With the user " + printable(inputs_.parameters.at("user").view()) + " at " +
                  printable(inputs_.settings.at("site").view()) + " this command asks:",
              0, width, 0) +
      "\n");
  for (const ProbeQuestion& question : probe_questions()) {
    const std::string skipped = why_not(question, inputs_);
    say("  " + hyphened(question.name) + "\n    " +
        wrapped(question.asks + (skipped.empty() ? " Effect on the user: " + std::string(question.effect) + "."
                                                 : " Not asked: " + skipped + "."),
                4, width, 4));
  }
  say("\n" +
      wrapped(
          "First the user is signed in. At most two logins of the user fail in a run, which counts towards a lockout; after the second no "
          "further login is tried. Each session that it begins is ended. Guests' tokens end by themselves. At most " +
              std::to_string(2 * requests) + " requests, one a second.",
          0, width, 0));
  say(wrapped(inputs_.dry_run ? "Nothing is written." : "What it finds is written into the profile.", 0, width, 0) + "\n");
}

bool ProbeCommand::agrees() {
  if (inputs_.yes) return true;
  const Secret typed_word = prompt("Start (yes or no)", false);
  return typed_word.view() == "yes" || typed_word.view() == "y";
}

Secret ProbeCommand::code_of_message() {
  if (json_) say(JsonLine().text("event", "ask").text("name", "otp").finish());
  try {
    return input_is_terminal() ? prompt("The code from the email (an empty line: none)", false) : read_input_line("otp");
  } catch (const UsageError&) {
    return Secret();  // the end of the input: there is no code
  }
}

void ProbeCommand::say_answer(const ProbeQuestion& question, const Answer& answer) {
  const bool told = !answer.value.is_null();
  if (json_) {
    JsonLine line;
    line.text("event", "answer").text("name", question.name).flag("told", told);
    if (told) line.json("answer", answer.value.dump());
    line.text_if_any("message", answer.words);
    return say(line.finish());
  }
  constexpr size_t kColumn = 30;
  std::string start = "  " + hyphened(question.name);
  start.resize(std::max(start.size() + 1, kColumn), ' ');
  const std::string text = told ? printable(in_words(answer.value)) + (answer.words.empty() ? "" : ". " + printable(answer.words))
                                : printable(answer.words);
  say(start + wrapped(text, kColumn, text_width(), columns(start)));
}

void ProbeCommand::ask_all(Probe& probe) {
  for (const ProbeQuestion& question : probe_questions()) {
    const std::string skipped = why_not(question, inputs_);
    Answer answer;
    if (skipped.empty())
      answer = question.ask(probe);
    else
      answer.words = "It was not asked: " + skipped + ".";
    if (!answer.value.is_null()) {
      answers_[question.name] = answer.value;
      decided_.insert(question.setting);
    }
    for (const auto& [name, value] : answer.settings) changes_.emplace(name, value);
    say_answer(question, answer);
  }
}

int ProbeCommand::cannot_sign_in(Failure failure) {
  const bool is_person = failure.reason == "invalid_credentials";
  word_for(json_ ? Reader::program : Reader::person, catalogue_, info_, failure);
  failure.message = "the user cannot sign in, so nothing was asked and nothing was written: " + failure.message;
  if (is_person)
    failure.hint =
        "a wrong password, a locked or inactive user, and one who is not a member of the site look the same: see the user's Login History in Setup";
  (json_ ? report_for_programs(false) : report_for_people(info_, false, false))->failed(failure);
  return exit_status_of(failure);
}

int ProbeCommand::finish(const Probe& probe, size_t open_sessions) {
  for (const auto& [name, value] : probe.found) {
    if (!decided_.contains(name)) changes_.emplace(name, value);
  }
  ordered_json settings = ordered_json::object();
  ProfileMembers members;
  for (const auto& [name, value] : changes_) {
    const ordered_json fresh = typed(catalogue_, name, value);
    const auto old = members_.find(name);
    if (old != members_.end() && (*old == fresh || *old == ordered_json(value))) continue;
    members.emplace_back(name, fresh);
    settings[name] = fresh;
  }
  if (!json_ && !members.empty()) say(inputs_.dry_run ? "\nThe profile would say:\n" : "\nThe profile now says:\n");
  for (const auto& [name, value] : members) {
    if (json_) break;
    const auto old = members_.find(name);
    const auto shown = [](const ordered_json& each) { return each.is_string() ? each.get<std::string>() : each.dump(); };
    say("  " + wrapped(printable(name + ": " + shown(value) +
                                 (old == members_.end() || old->is_null() ? "" : ", and said " + shown(*old))),
                       4, text_width(), 2));
  }
  members.emplace_back(kProbedMember,
                       ordered_json{{"date", today()}, {"site", probe.runs.setting("site", "")}, {"answers", answers_}});
  bool written = false;
  if (file_) {
    if (read_profile_text(inputs_.profile).text.view() != profile_.text.view())
      throw UsageError("the profile has changed while the probe ran, so nothing was written", "Run it again.");
    Secret whole(profile_.has_mark ? kByteOrderMark : "");
    whole.append(with_members(profile_.text.view(), members).view());
    const SettingsHandle check_of(hlid_settings_new());
    hlid_error* error = nullptr;
    check(hlid_settings_set_json(check_of.get(), view_of(whole.view()), &error), error);
    const std::string trouble = file_->keep(whole.view());
    if (!trouble.empty()) throw UsageError("--profile " + trouble);
    written = true;
  }
  if (json_) {
    JsonLine line;
    line.text("event", "done").begin("result").flag("ok", true).flag("written", written);
    line.json("settings", settings.dump()).number("failed_logins", probe.runs.failed_logins());
    line.number("open_sessions", static_cast<int64_t>(open_sessions)).end();
    say(line.finish());
    return kDone;
  }
  std::string text = members.size() == 1 ? "Every setting that the profile has works. " : "";
  text += written ? "The answers are in the profile, as its member probed." : "Nothing was written.";
  if (probe.runs.failed_logins() > 0) text += " Failed logins: " + std::to_string(probe.runs.failed_logins()) + ".";
  if (open_sessions > 0) text += " Sessions that could not be ended: " + std::to_string(open_sessions) + ".";
  say("\n" + wrapped(text, 0, text_width(), 0));
  return kDone;
}

int ProbeCommand::run() {
  check_use();
  check_output();
  profile_ = read_profile_text(inputs_.profile);
  members_ = ordered_json::parse(profile_.text.view());
  if (!inputs_.dry_run) file_.emplace(inputs_.profile, "--profile", true);
  show_plan();
  if (!agrees()) {
    say("Nothing was asked, and nothing was written.\n");
    return kDone;
  }
  if (!inputs_.parameters.contains("password")) inputs_.parameters.emplace("password", prompt("password", true));
  std::map<std::string, Secret> settings;
  for (const auto& [name, value] : inputs_.settings) settings.emplace(name, Secret(value.view()));
  ProbeRuns runs(catalogue_, std::move(settings), json_, inputs_.trace);
  Probe probe{runs, std::string(inputs_.parameters.at("user").view()), Secret(inputs_.parameters.at("password").view()),
              [this] { return code_of_message(); }};
  const Ran& session = sign_in(probe);
  if (!session.done) return cannot_sign_in(session.failure);
  ask_all(probe);
  return finish(probe, runs.end_sessions(probe.found));
}

}  // namespace

FlowInfo command_of_probe() {
  FlowInfo info;
  info.name = kProbeCommand;
  info.summary = "Settles with a test user what is not published, and writes it into the profile.";
  info.description =
      "It signs the user in again and again, each time with one setting changed, and learns from what the site accepts. It lists "
      "beforehand what it will do, and asks whether to start. At most two logins of the user fail, which counts towards a lockout; each "
      "session that it begins is ended. Settings that must be different are set in the profile; the answers are kept there as "
      "`probed`, with the date, which every reader of profiles ignores. A run replaces what an earlier one recorded.";
  info.events = "question, asking, ask, answer, done, failed";
  Field user;
  user.name = "user";
  user.kind = "text";
  user.doc = "Name of a test user who may be signed in often.";
  user.required = true;
  Field password;
  password.name = "password";
  password.kind = "text";
  password.doc = "The password.";
  password.secret = true;
  password.required = true;
  info.parameters = {user, password};
  return info;
}

std::string org_probe_help() { return flow_help(read_catalogue(), command_of_probe(), text_width()); }

int run_org_probe(const std::vector<std::string>& arguments) {
  const Catalogue catalogue = read_catalogue();
  const FlowInfo info = command_of_probe();
  return run_with_inputs(catalogue, info, arguments, [&](Inputs& inputs) { return ProbeCommand(catalogue, info, inputs).run(); });
}

}  // namespace hlid_cli
