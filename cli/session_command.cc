#include "cli/session_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "cli/files.h"
#include "cli/flow_command.h"
#include "cli/fresh.h"
#include "cli/handles.h"
#include "cli/help.h"
#include "cli/json_line.h"
#include "cli/options.h"
#include "cli/outcome.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/sqlite_store.h"
#include "cli/streams.h"
#include "cli/token_file.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using SessionsHandle = std::unique_ptr<hlid_sessions, FreeWith<hlid_sessions_free>>;
using SessionHandle = std::unique_ptr<hlid_session, FreeWith<hlid_session_free>>;

constexpr char kStore[] = "store";
constexpr char kKey[] = "key";
constexpr std::string_view kPrefix = "session ";
constexpr char kAtSignal[] =
    "A session's flow comes to its end first: another signal ends it at once, and may lose the session.\n";

Field text_field(const char* name, const char* doc) {
  Field field;
  field.name = name;
  field.kind = "text";
  field.doc = doc;
  return field;
}

Field store_field() {
  Field field =
      text_field(kStore, "The SQLite file that keeps the sessions; `begin` and `guest` make it, readable by its owner only.");
  field.kind = "path";
  field.required = true;
  return field;
}

Field key_field() {
  Field field = text_field(kKey, "Which session of the file: a name of your own, at most 512 bytes.");
  field.fallback = "default";
  return field;
}

Field min_ttl_field() {
  Field field =
      text_field("min_ttl_ms", "How long the token must last, in milliseconds; of a token with a shorter life, half of it.");
  field.kind = "integer";
  field.min = 1;
  field.max = 86'400'000;
  return field;
}

Field access_token_field() {
  Field field =
      text_field("access_token", "The token that an API has rejected. It is replaced, unless that has been done already.");
  field.secret = true;
  field.required = true;
  return field;
}

FlowInfo command(const char* part, const char* summary, const char* description, std::vector<Field> more) {
  FlowInfo info;
  info.name = std::string(kPrefix) + part;
  info.summary = summary;
  info.description = description;
  info.events = "done, failed";
  info.parameters = {store_field(), key_field()};
  for (Field& field : more) info.parameters.push_back(std::move(field));
  return info;
}

std::string part_of(const FlowInfo& info) { return info.name.substr(kPrefix.size()); }

// A token's result is in the catalogue; that of an end has a flag alone.
ResultInfo result_type(const Catalogue& catalogue) {
  const ResultInfo* token = catalogue.find_result("SessionToken");
  ResultInfo type = token == nullptr ? ResultInfo() : *token;
  type.fields.push_back({"revoked", "flag", "", false, false, {}});
  return type;
}

std::string_view result_of(const hlid_result* result, const char* name) {
  return text_of(hlid_result_get(result, hlid_str(name)));
}

// A command that reads from a store does not make one: a wrong path, or a disk that is not there, would look like a lost session.
void check_there(const std::string& path) {
  if (access(path.c_str(), F_OK) == 0 || errno != ENOENT) return;
  throw UsageError("the file of --store does not exist",
                   "headlessid session begin makes it. Is it another path, or a disk that is not mounted?", kStore);
}

// What is in the store is sealed; who can write to it can take sessions away.
void warn_about_others(const std::string& path) {
  struct stat facts{};
  if (stat(path.c_str(), &facts) != 0) return;
  warn_about_access({.has_name = true, .mode = facts.st_mode & 07777, .owner = facts.st_uid}, "--store", false);
}

// One command, from its inputs to its exit status.
class SessionRun {
 public:
  SessionRun(const Catalogue& catalogue, const FlowInfo& info, Inputs& inputs)
      : catalogue_(catalogue), part_(part_of(info)), inputs_(inputs) {}

  int run();

 private:
  int run_flow();
  std::string take(const char* name, const char* fallback);
  FlowHandle make_flow(const hlid_session* session) const;
  hlid_step drive(const SqliteStore& store, hlid_client* client, hlid_flow* flow) const;
  int done(const hlid_result* result) const;

  const Catalogue& catalogue_;
  std::string part_;
  Inputs& inputs_;
  std::string key_;
};

std::string SessionRun::take(const char* name, const char* fallback) {
  const auto found = inputs_.parameters.find(name);
  if (found == inputs_.parameters.end()) {
    if (fallback != nullptr) return fallback;
    throw UsageError("session " + part_ + " needs --" + name, "", name);
  }
  std::string value(found->second.view());
  inputs_.parameters.erase(found);
  return value;
}

FlowHandle SessionRun::make_flow(const hlid_session* session) const {
  hlid_error* error = nullptr;
  hlid_flow* made = nullptr;
  check(hlid_session_flow_new(session, view_of(part_), &made, &error), error);
  FlowHandle flow(made);
  for (const auto& [name, value] : inputs_.parameters)
    check(hlid_flow_set(flow.get(), view_of(name), view_of(value.view()), &error), error);
  if (inputs_.trace) check(hlid_flow_set_trace(flow.get(), 1, &error), error);
  return flow;
}

// To the end, whatever signal comes: between a refresh and its save the session depends on this process.
hlid_step SessionRun::drive(const SqliteStore& store, hlid_client* client, hlid_flow* flow) const {
  size_t said = 0;
  while (true) {
    const hlid_step step = run_to_the_end(client, flow, kAtSignal);
    if (inputs_.trace) say_trace(flow, said);
    if (step != HLID_STEP_STORE) return step;
    store.serve(flow);
  }
}

int SessionRun::done(const hlid_result* result) const {
  if (inputs_.json) {
    report_for_programs(false)->done(result_type(catalogue_), result);
    return kDone;
  }
  if (part_ == "end") {
    write_output(result_of(result, "revoked") == "true" ? "The session is over, and its tokens are revoked.\n"
                                                        : "The session is over; there was nothing to revoke.\n");
  } else if (part_ == "begin") {
    write_output("The session is kept under the key " + printable(key_) + ".\n");
  } else {
    if (const auto why = result_of(result, "refresh_failure"); !why.empty())
      write_error("headlessid: warning: the token is due and could not be refreshed (" + printable(why) +
                  "); the old one lasts for a while\n");
    std::string line(result_of(result, "access_token"));
    line += '\n';
    write_output(line);
  }
  return kDone;
}

// A script sees from the status whether to come back later.
void set_exit_status(Failure& failure) {
  if (failure.advice == "RETRY_LATER") failure.exit_status = kNoResponse;
}

// What to do next, in this command's own words.
constexpr char kNewKeyHint[] =
    "headlessid session new-key prints a key: put it as session_keys into the profile, or into HEADLESSID_SESSION_KEYS.";
void add_hint(Failure& failure) {
  if (failure.field == "session_keys") {
    failure.hint = kNewKeyHint;
  } else if (failure.advice == "SIGN_IN_AGAIN" && failure.hint.empty()) {
    failure.hint = "headlessid login --json | headlessid session begin --store FILE begins a session.";
  }
}

int SessionRun::run() {
  try {
    return run_flow();
  } catch (LibraryError& error) {
    add_hint(error.failure);
    set_exit_status(error.failure);
    throw;
  }
}

int SessionRun::run_flow() {
  const std::string path = take(kStore, nullptr);
  key_ = take(kKey, "default");
  if (part_ == "begin" && !inputs_.parameters.contains("tokens")) {
    if (input_is_terminal())
      throw UsageError("session begin needs the tokens of a sign-in",
                       "headlessid login --json | headlessid session begin --store FILE, or --token-file PATH.");
    inputs_.parameters.emplace("tokens", tokens_in(read_whole_input("standard input").view(), "standard input"));
  }
  if (part_ == "rejected" && !inputs_.parameters.contains("access_token"))
    throw UsageError("session rejected needs the access token that was rejected", "", "access_token");
  check_for_room();
  if (part_ != "begin" && part_ != "guest") check_there(path);
  if (!inputs_.settings.contains("session_keys"))
    throw UsageError("session " + part_ + " needs session_keys", kNewKeyHint, "session_keys");
  const AppHandle app = make_app(inputs_.settings);
  inputs_.settings.clear();
  hlid_error* error = nullptr;
  hlid_sessions* all = nullptr;
  check(hlid_sessions_new(app.get(), {nullptr, 0}, &all, &error), error);
  const SessionsHandle sessions(all);
  hlid_session* made = nullptr;
  check(hlid_session_new(sessions.get(), view_of(key_), &made, &error), error);
  const SessionHandle session(made);
  const FlowHandle flow = make_flow(session.get());
  inputs_.parameters.clear();
  const SqliteStore store(path, "--store");
  warn_about_others(path);
  throw_if_interrupted();
  const ClientHandle client = make_client(app.get());
  const hlid_step step = drive(store, client.get(), flow.get());
  throw_if_interrupted();
  if (step != HLID_STEP_DONE) throw LibraryError{failure_of(hlid_flow_error(flow.get()))};
  return done(hlid_flow_result(flow.get()));
}

// "2026-11:…": what the setting session_keys has one or several of.
std::string new_key() {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  unsigned char bytes[33] = {};  // the last is 0: 43 characters have two bits more than 32 bytes
  if (!random_bytes(bytes, 32)) throw UsageError("this system gives no random numbers");
  std::string out = date_of(now_ms()).substr(0, 7) + ":";
  for (size_t bit = 0; bit < 256; bit += 6) {
    const unsigned pair = static_cast<unsigned>(bytes[bit / 8]) << 8U | bytes[bit / 8 + 1];
    out += kAlphabet[pair >> (10 - bit % 8) & 63U];
  }
  return out + "\n";
}

std::string key_help() {
  return "usage: headlessid session new-key\n\n"
         "Prints a new random key for the setting session_keys, as ID:KEY. The first key of the setting seals what is saved, any of them\n"
         "opens it: put a new one in front of the old one, separated by a space, and remove the old one when its sessions are over.\n";
}

bool is_help(const std::string& argument) { return argument == "--help" || argument == "-h"; }

}  // namespace

std::vector<FlowInfo> session_commands() {
  const char* const token_out = "Prints the access token and nothing else, for $(...); with --json all that is known of it.";
  std::vector<FlowInfo> out;
  out.push_back(
      command("begin", "Keeps a sign-in's tokens in the store.",
              "Reads what a flow's command prints with --json, from standard input, or a file of tokens. What is under the "
              "key is replaced; a guest's visitor goes on.",
              {}));
  out.push_back(command("token", "Prints an access token, refreshed if it is due.", token_out, {min_ttl_field()}));
  out.push_back(command("rejected", "Prints another access token, in place of one that an API refused.", token_out,
                        {access_token_field(), min_ttl_field()}));
  out.push_back(command("guest", "Prints a guest's access token: of a new visitor, or of the one that is there.", token_out,
                        {min_ttl_field(), text_field("scope", "Scopes to request, separated by spaces.")}));
  out.push_back(command("end", "Forgets a session, and revokes its tokens.",
                        "If they cannot be revoked, the same command tries again.", {}));
  return out;
}

std::string session_help() {
  std::string out = "usage: ";
  for (const FlowInfo& info : session_commands()) {
    if (!out.ends_with(": ")) out += "       ";
    std::string line = "headlessid session " + part_of(info) + " --store FILE [option]...";
    line.resize(std::max<size_t>(line.size(), 56), ' ');
    out += line + " " + info.summary + "\n";
  }
  out += "       headlessid session new-key                       Prints a new key for the setting session_keys.\n";
  return out + "       headlessid session begin|token|rejected|guest|end --help\n";
}

int run_session(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    write_error(session_help());
    return kWrongUse;
  }
  if (is_help(arguments.front())) {
    write_output(session_help());
    return kDone;
  }
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (arguments.front() == "new-key") {
    if (std::any_of(rest.begin(), rest.end(), is_help)) {
      write_output(key_help());
      return kDone;
    }
    if (!rest.empty()) throw UsageError("session new-key accepts no arguments");
    write_output(new_key());
    return kDone;
  }
  std::vector<std::string> names = {"new-key"};
  for (const FlowInfo& info : session_commands()) {
    names.push_back(part_of(info));
    if (arguments.front() != names.back()) continue;
    const Catalogue catalogue = read_catalogue();
    return run_with_inputs(catalogue, info, rest, [&](Inputs& inputs) { return SessionRun(catalogue, info, inputs).run(); });
  }
  const std::string meant = closest(arguments.front(), names);
  throw UsageError("session has no command " + printable(arguments.front().substr(0, 64)),
                   meant.empty() ? "It has begin, token, rejected, guest, end and new-key." : "Did you mean " + meant + "?");
}

}  // namespace hlid_cli
