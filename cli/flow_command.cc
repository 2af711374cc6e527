#include "cli/flow_command.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "cli/fresh.h"
#include "cli/help.h"
#include "cli/inputs.h"
#include "cli/listen.h"
#include "cli/options.h"
#include "cli/pasted.h"
#include "cli/protection.h"
#include "cli/report.h"
#include "cli/save_file.h"
#include "cli/signals.h"
#include "cli/spelling.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

constexpr uint64_t kTag = 1;  // there is never more than one flow

FlowHandle make_flow(const hlid_app* app, const FlowInfo& info, const Inputs& inputs) {
  hlid_error* error = nullptr;
  hlid_flow* made = nullptr;
  hlid_status status = hlid_flow_new(app, view_of(info.name), &made, &error);
  check(status, error);
  FlowHandle flow(made);
  for (const auto& [name, value] : inputs.parameters) {
    status = hlid_flow_set(flow.get(), view_of(name), view_of(value.view()), &error);
    check(status, error);
  }
  if (inputs.trace) {
    status = hlid_flow_set_trace(flow.get(), 1, &error);
    check(status, error);
  }
  return flow;
}

// Secrets among the settings, which no flow can be made without.
void prompt_for_secrets(const std::vector<Field>& fields, std::map<std::string, Secret>& values) {
  if (!input_is_terminal()) return;
  for (const Field& field : fields) {
    if (field.required && !field.secret && !values.contains(field.name)) return;
  }
  for (const Field& field : fields) {
    if (is_prompted(field) && !values.contains(field.name)) values.emplace(field.name, prompt(hyphened(field.name), true));
  }
}

void say_in_words(const Catalogue& catalogue, const FlowInfo& info, const hlid_error* error) {
  Failure failure = failure_of(error);
  word_for(Reader::person, catalogue, info, failure);
  write_error(printable(failure.message) + "\n");
}

Reader reader_of(const Inputs& inputs) { return inputs.json ? Reader::program : Reader::person; }
std::unique_ptr<Report> report_of(const FlowInfo& info, const Inputs& inputs) {
  return inputs.json ? report_for_programs(inputs.raw) : report_for_people(info, inputs.show_secrets, inputs.raw);
}

// One flow, being run for a person or a program.
class Run {
 public:
  Run(const Catalogue& catalogue, const FlowInfo& info, const Inputs& inputs, Report& report)
      : catalogue_(catalogue), info_(info), inputs_(inputs), reader_(reader_of(inputs)), report_(report) {
    if (const ResultInfo* type = catalogue.find_result(info.result)) type_ = *type;
    say_what_remains();
    if (inputs.save) save_.emplace(*inputs.save);
  }

  int steps(hlid_client* client, hlid_flow* flow);
  // Where the browser comes back to, instead of a person or a program who gives its address.
  void listen_at(Listener& listener) { listener_ = &listener; }
  // A response without a refresh token leaves the given one valid: --save then keeps it.
  void keep_refresh_token(std::string_view parameter, std::string_view value) {
    if (save_ && parameter == "refresh_token") refresh_token_ = Secret(value);
  }

 private:
  void say_what_remains();
  Question question(const std::string& name) const;
  Secret ask_person(const Question& question) const;
  void response(hlid_flow* flow, const Question& question, bool resends);
  void receive(hlid_flow* flow, const Question& question);
  std::optional<Failure> problem_of(const hlid_flow* flow) const;
  void handle_ask(hlid_flow* flow);
  void handle_show(hlid_flow* flow);
  int handle_done(const hlid_result* result);
  int handle_failed(const hlid_error* error);

  const Catalogue& catalogue_;
  const FlowInfo& info_;
  const Inputs& inputs_;
  Reader reader_;
  Report& report_;
  ResultInfo type_;
  std::optional<SaveFile> save_;
  Secret refresh_token_;
  Listener* listener_ = nullptr;
  bool shows_waiting_ = false;  // a person has a page to use, and looks at this terminal meanwhile
};

// What a result without members leaves out: what has not ended.
void Run::say_what_remains() {
  if (inputs_.is_oauth1_session)
    type_.doc = "The session is over; oauth_token remains valid until it is revoked in Setup.";
  else if (find_field(info_.parameters, "end_session") != nullptr)
    type_.doc += " --end-session gives the address at which a browser ends its own session.";
}

Question Run::question(const std::string& name) const {
  const auto found = std::find_if(info_.asks.begin(), info_.asks.end(), [&](const Question& each) { return each.name == name; });
  if (found != info_.asks.end()) return *found;
  Question unheard_of;
  unheard_of.name = name;
  return unheard_of;
}

// What the person makes up and cannot see is typed twice; a code from a message may be visible.
Secret Run::ask_person(const Question& question) const {
  const bool hidden = question.secret && !question.from_message;
  while (true) {
    const bool is_address = question.name == "callback_url";
    Secret value = prompt(is_address ? "Paste the whole address at which the browser arrived" : hyphened(question.name), hidden);
    if (!question.chosen || value.empty()) return value;
    if (prompt(hyphened(question.name) + " again", hidden).view() == value.view()) return value;
    write_error("The two are not the same.\n");
  }
}

// Gives a value to the flow. A person may try again with one that the library does not accept at all; a program's next
// line is likely to be meant for something else. But where addresses come in, one that is not the callback says nothing
// of the next.
void Run::response(hlid_flow* flow, const Question& question, bool resends) {
  while (true) {
    const bool asks_person = input_is_terminal();
    Secret value = asks_person ? ask_person(question) : read_input_line(question.name);
    if (question.name == "callback_url") drop_marks(value);
    hlid_error* error = nullptr;
    const hlid_status status = value.empty() && resends
                                   ? hlid_flow_resend(flow, &error)
                                   : hlid_flow_give_value(flow, view_of(question.name), view_of(value.view()), &error);
    // Of several lines one may be the callback, whatever is wrong with the others.
    const bool next_may_do = status == HLID_E_ARGUMENT && question.name == "callback_url";
    if ((status != HLID_E_ARGUMENT && status != HLID_E_STATE) || (!asks_person && !next_may_do)) return check(status, error);
    const ErrorHandle owned(error);
    if (next_may_do) {
      Failure failure = failure_of(error);
      word_for(reader_, catalogue_, info_, failure);
      report_.refused(question.name, failure);
    } else {
      say_in_words(catalogue_, info_, error);
    }
  }
}

std::string counted(int64_t count, const std::string& unit) {
  return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
}

std::string why_no_browser_came(const Listener& listener, int timeout_s) {
  const std::string time = timeout_s % 60 == 0 ? counted(timeout_s / 60, "minute") : counted(timeout_s, "second");
  std::string why = "no browser came back to " + listener.redirect_uri() + " within " + time;
  why +=
      listener.chose_port()
          ? ". If the browser shows redirect_uri_mismatch, the app does not have this address: Salesforce compares the port too, so give "
            "a callback of the app's with --redirect-uri"
          : ". If the browser shows an error, such as redirect_uri_mismatch, its page says why";
  return why;
}

// What a browser was refused that came to the callback, but not from this sign-in.
Failure not_of_this_sign_in(const std::string& field) {
  Failure failure;
  failure.kind = "ARGUMENT";
  failure.advice = "FIX_ARGUMENT";
  failure.reason = "not_the_callback";
  failure.field = field;
  failure.message = field + " is not this sign-in's: a browser came to the callback without its state, or with another one";
  failure.hint =
      "if it is the browser of this sign-in, the server has refused it without saying so: the sign-in has to begin again";
  return failure;
}

// A browser asks for more than the callback (its icon, for one): the library says which address it is.
void Run::receive(hlid_flow* flow, const Question& question) {
  listener_->expect(text_of(hlid_flow_show_url(flow)));
  if (!inputs_.json) write_error("Waiting for the browser at " + printable(listener_->redirect_uri()) + " (Ctrl-C ends it).\n");
  hlid_error* error = nullptr;
  const std::string_view callback = listener_->redirect_uri();
  int refusals_to_tell = 3;  // a page may try on and on
  while (const auto arrival = listener_->next()) {
    const std::string_view address = arrival->address.view();
    if (!arrival->is_ours) {
      listener_->respond(false);
      const bool is_callback = address.substr(0, address.find('?')) == callback.substr(0, callback.find('?'));
      if (is_callback && refusals_to_tell-- > 0) report_.refused(question.name, not_of_this_sign_in(question.name));
      continue;
    }
    const hlid_status status = hlid_flow_give_value(flow, view_of(question.name), view_of(address), &error);
    listener_->respond(status == HLID_OK);
    if (status == HLID_OK) return;
    if (status != HLID_E_ARGUMENT) return check(status, error);
    const ErrorHandle owned(error);
    error = nullptr;
  }
  const std::string why = why_no_browser_came(*listener_, inputs_.listen_timeout_s);
  check(hlid_flow_give_nothing(flow, view_of(why), &error), error);
}

// What was wrong with the last value, in the reader's words.
std::optional<Failure> Run::problem_of(const hlid_flow* flow) const {
  const hlid_error* problem = hlid_flow_ask_problem(flow);
  if (problem == nullptr) return std::nullopt;
  Failure failure = failure_of(problem);
  word_for(reader_, catalogue_, info_, failure);
  return failure;
}

void Run::handle_ask(hlid_flow* flow) {
  Question asked = question(std::string(text_of(hlid_flow_ask_name(flow))));
  asked.secret = hlid_flow_ask_secret(flow) == 1;
  const bool resends = info_.resends && asked.from_message;
  const std::optional<Failure> problem = problem_of(flow);
  report_.ask(asked.name, asked.secret, resends, problem ? &*problem : nullptr);
  response(flow, asked, resends);
}

void Run::handle_show(hlid_flow* flow) {
  const std::optional<Failure> problem = problem_of(flow);
  report_.show(text_of(hlid_flow_show_url(flow)), text_of(hlid_flow_show_code(flow)),
               text_of(hlid_flow_show_verification_uri(flow)), problem ? &*problem : nullptr);
  Question asked = question(std::string(text_of(hlid_flow_ask_name(flow))));
  asked.secret = hlid_flow_ask_secret(flow) == 1;
  if (!asked.name.empty()) return listener_ == nullptr ? response(flow, asked, false) : receive(flow, asked);
  shows_waiting_ = !inputs_.json && errors_are_terminal();
}

// The result now exists only here: it is saved before it is shown, and if one of the two fails, the error says where the
// result is.
int Run::handle_done(const hlid_result* result) {
  std::string trouble;
  if (save_) trouble = save_->keep(saved_text(type_, result, refresh_token_.view()));
  const bool lost = save_ && !save_->holds_text();
  if (!trouble.empty()) write_error("headlessid " + hyphened(info_.name) + ": --save: the result " + trouble + "\n");
  if (lost) write_error("It follows on standard output as a whole, so that it is not lost.\n");
  try {
    if (lost && !inputs_.json) {
      report_for_programs(inputs_.raw)->done(type_, result);
    } else {
      report_.done(type_, result);
    }
  } catch (const OutputError& error) {
    if (save_ && !lost) throw OutputError(std::string(error.what()) + "; the result is in the file of --save", false);
    if (hlid_result_count(result) == 0) throw OutputError(std::string(error.what()) + "; the flow is done", false);
    throw OutputError(
        std::string(error.what()) + "; the flow is done, and what it brought is lost: --save FILE would have kept it", false);
  }
  return trouble.empty() ? kDone : kWrongState;
}

int Run::handle_failed(const hlid_error* error) {
  Failure failure = failure_of(error);
  if (ending_signal() != 0 && failure.reason == "cancelled") throw Interrupted{ending_signal()};
  word_for(reader_, catalogue_, info_, failure);
  report_.failed(failure);
  return exit_status_of(failure);
}

// Nothing may leave this by a throw: until the completion has been taken, the flow is the client's.
hlid_step wait_for_flow(hlid_client* client, hlid_flow* flow, bool shows_waiting) noexcept {
  bool cancelled = false;
  const auto began = std::chrono::steady_clock::now();
  hlid_completion completion{};
  while (hlid_client_take(client, &completion, 1) == 0) {
    if (ending_signal() != 0 && !cancelled) {
      (void)hlid_flow_cancel(flow, nullptr);
      cancelled = true;
    }
    if (shows_waiting && !cancelled) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began).count();
      write_error("\rWaiting for you to use the code: " + std::to_string(seconds) + " s (Ctrl-C ends it) ");
    }
    // Cancelled, it comes back soon; the signal, which stays said, must not turn this into a busy loop.
    (void)wait_readable(hlid_client_fd(client), shows_waiting ? 1000 : -1, cancelled ? Watch::descriptor : Watch::both);
  }
  if (shows_waiting) write_error("\n");
  return completion.step;
}

hlid_step run_and_show_waiting(hlid_client* client, hlid_flow* flow) {
  hlid_error* error = nullptr;
  check(hlid_client_start(client, flow, kTag, HLID_START_QUEUE, &error), error);
  return wait_for_flow(client, flow, true);
}

int Run::steps(hlid_client* client, hlid_flow* flow) {
  size_t said = 0;
  while (true) {
    const hlid_step step = shows_waiting_ ? run_and_show_waiting(client, flow) : run_until_it_stops(client, flow);
    if (inputs_.trace) say_trace(flow, said);
    switch (step) {
      case HLID_STEP_ASK: handle_ask(flow); continue;
      case HLID_STEP_SHOW: handle_show(flow); continue;
      case HLID_STEP_DONE: return handle_done(hlid_flow_result(flow));
      case HLID_STEP_FAILED: return handle_failed(hlid_flow_error(flow));
      case HLID_STEP_SIGN:
        throw UsageError("--signed-by host is for programs: the command cannot sign", "Give --private-key-file.", "signed_by");
      default: {
        Failure failure;
        failure.kind = "STATE";
        failure.advice = "NONE";
        failure.reason = "unknown_step";
        failure.message = "the flow asks for " + std::string(text_of(hlid_step_name(step))) + " (step " + std::to_string(step) +
                          "), which this command cannot do";
        throw LibraryError{failure};
      }
    }
  }
}

// Asks the person for a parameter until the library accepts what was typed.
Secret ask_for_parameter(const Catalogue& catalogue, const FlowInfo& info, hlid_flow* flow, const Field& field) {
  std::string question = hyphened(field.name);
  for (const std::string& choice : field.choices) question += (&choice == &field.choices.front() ? " (" : ", ") + choice;
  if (!field.choices.empty()) question += ")";
  while (true) {
    Secret value = prompt(question, field.secret);
    hlid_error* error = nullptr;
    const hlid_status status = hlid_flow_set(flow, view_of(field.name), view_of(value.view()), &error);
    if (status != HLID_E_ARGUMENT) {
      check(status, error);
      return value;
    }
    const ErrorHandle owned(error);
    say_in_words(catalogue, info, error);
  }
}

// What is missing is for the library to say. On a terminal a person is asked for it, in that order, before anything is
// sent; what was given and is wrong is an error.
void ask_for_missing(const Catalogue& catalogue, const FlowInfo& info, hlid_flow* flow, std::set<std::string> given, Run& run) {
  while (input_is_terminal()) {
    hlid_error* error = nullptr;
    hlid_step step = 0;
    const hlid_status status = hlid_flow_next(flow, now_ms(), &step, &error);
    if (status != HLID_E_ARGUMENT) return check(status, error);
    const std::string name(text_of(hlid_error_field(error)));
    const Field* field = find_field(info.parameters, name);
    if (field == nullptr || !given.insert(name).second) return check(status, error);
    const ErrorHandle owned(error);
    run.keep_refresh_token(name, ask_for_parameter(catalogue, info, flow, *field).view());
  }
}

// An app's secret is shown once, and only here: dots would lose it.
void check_keeps_secret(const Catalogue& catalogue, const FlowInfo& info, const Inputs& inputs) {
  const ResultInfo* type = catalogue.find_result(info.result);
  const bool brings_secret = type != nullptr && std::any_of(type->fields.begin(), type->fields.end(),
                                                            [](const auto& field) { return field.name == "client_secret"; });
  if (brings_secret && !inputs.json && !inputs.show_secrets && !inputs.save)
    throw UsageError("the new app's secret comes only once, and would be hidden", "Give --save FILE, --json or --show-secrets.");
}

int run_with(const Catalogue& catalogue, const FlowInfo& info, Inputs& inputs, Report& report) {
  check_keeps_secret(catalogue, info, inputs);
  check_for_room();
  Run run(catalogue, info, inputs, report);
  prompt_for_secrets(catalogue.settings, inputs.settings);
  std::optional<Listener> listener;
  if (inputs.listen) {
    const auto given = inputs.settings.find("redirect_uri");
    listener.emplace(given == inputs.settings.end() ? std::string_view() : given->second.view(),
                     std::chrono::seconds(inputs.listen_timeout_s));
    inputs.settings.insert_or_assign("redirect_uri", Secret(listener->redirect_uri()));
    run.listen_at(*listener);
  }
  const AppHandle app = make_app(inputs.settings);
  inputs.settings.clear();
  const FlowHandle flow = make_flow(app.get(), info, inputs);
  std::set<std::string> given;
  for (const auto& [name, value] : inputs.parameters) {
    given.insert(name);
    run.keep_refresh_token(name, value.view());
  }
  inputs.parameters.clear();
  ask_for_missing(catalogue, info, flow.get(), std::move(given), run);
  throw_if_interrupted();
  const ClientHandle client = make_client(app.get());
  return run.steps(client.get(), flow.get());
}

}  // namespace

// A reader that has gone is a reason to talk here: something was to be done.
void check_for_room() {
  try {
    check_output();
  } catch (const OutputError& error) {
    throw OutputError(std::string(error.what()) + "; nothing has been sent", false);
  }
}

// Line by line, because what a server sent must not move the cursor.
void say_trace(const hlid_flow* flow, size_t& said) {
  const std::string_view trace = text_of(hlid_flow_trace(flow));
  std::string_view rest = trace.substr(std::min(said, trace.size()));
  std::string out;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    out += printable(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  write_error(out);
  said = trace.size();
}

AppHandle make_app(const std::map<std::string, Secret>& values) {
  const SettingsHandle settings(hlid_settings_new());
  hlid_error* error = nullptr;
  for (const auto& [name, value] : values) {
    const hlid_status status = hlid_settings_set(settings.get(), view_of(name), view_of(value.view()), &error);
    check(status, error);
  }
  hlid_app* app = nullptr;
  const hlid_status status = hlid_app_new(settings.get(), &app, &error);
  check(status, error);
  return AppHandle(app);
}

ClientHandle make_client(const hlid_app* app) {
  hlid_error* error = nullptr;
  hlid_client* client = nullptr;
  const hlid_status status = hlid_client_new(app, 0, &client, &error);
  check(status, error);
  return ClientHandle(client);
}

hlid_step run_until_it_stops(hlid_client* client, hlid_flow* flow) {
  hlid_error* error = nullptr;
  const hlid_status status = hlid_client_start(client, flow, kTag, HLID_START_QUEUE, &error);
  check(status, error);
  return wait_for_flow(client, flow, false);
}

hlid_step run_to_the_end(hlid_client* client, hlid_flow* flow, const char* at_signal) {
  hlid_error* error = nullptr;
  check(hlid_client_start(client, flow, kTag, HLID_START_QUEUE, &error), error);
  if (ending_signal() != 0) at_signal = nullptr;
  hlid_completion completion{};
  while (hlid_client_take(client, &completion, 1) == 0) {
    (void)wait_readable(hlid_client_fd(client), -1, at_signal == nullptr ? Watch::descriptor : Watch::both);
    if (at_signal == nullptr || ending_signal() == 0) continue;
    write_error(at_signal);
    at_signal = nullptr;
  }
  return completion.step;
}

int run_with_inputs(const Catalogue& catalogue, const FlowInfo& info, const std::vector<std::string>& arguments,
                    const std::function<int(Inputs&)>& run) {
  Inputs inputs;
  const auto fail = [&](Failure failure) {
    word_for(reader_of(inputs), catalogue, info, failure);
    report_of(info, inputs)->failed(failure);
    return exit_status_of(failure);
  };
  keep_memory_private();
  try {
    read_inputs(catalogue, info, arguments, inputs);
    if (inputs.help) {
      write_output(flow_help(catalogue, info, text_width()));
      return kDone;
    }
    return run(inputs);
  } catch (const UsageError& error) {
    return fail(failure_of(error));
  } catch (const LibraryError& error) {
    return fail(error.failure);
  } catch (const Interrupted& interrupted) {
    if (inputs.json) {
      Failure failure;
      failure.kind = "STATE";
      failure.advice = "NONE";
      failure.reason = "cancelled";
      failure.message = "interrupted by a signal";
      report_of(info, inputs)->failed(failure);
    }
    return 128 + interrupted.signal;
  }
}

int run_flow_command(const Catalogue& catalogue, const FlowInfo& flow, const std::vector<std::string>& arguments) {
  return run_with_inputs(catalogue, flow, arguments,
                         [&](Inputs& inputs) { return run_with(catalogue, flow, inputs, *report_of(flow, inputs)); });
}

}  // namespace hlid_cli
