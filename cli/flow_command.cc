#include "cli/flow_command.h"

#include "cli/help.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

constexpr uint64_t kTag = 1;  // there is never more than one flow

AppHandle make_app(const std::map<std::string, Secret>& values) {
  hlid_app_settings settings;
  hlid_app_settings_init(&settings, sizeof settings);
  hlid_error* error = nullptr;
  for (const auto& [name, value] : values) {
    const hlid_status status = hlid_app_settings_set(&settings, view_of(name), view_of(value.view()), &error);
    check(status, error);
  }
  hlid_app* app = nullptr;
  const hlid_status status = hlid_app_new(&settings, &app, &error);
  check(status, error);
  return AppHandle(app);
}

ClientHandle make_client(const hlid_app* app) {
  hlid_error* error = nullptr;
  hlid_client* client = nullptr;
  const hlid_status status = hlid_client_new(app, nullptr, &client, &error);
  check(status, error);
  return ClientHandle(client);
}

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

// A person is only asked for secrets once nothing else is missing: what is missing is for the library to say.
void prompt_for_secrets(const std::vector<Field>& fields, std::map<std::string, Secret>& values) {
  if (!input_is_terminal()) return;
  for (const Field& field : fields) {
    if (field.required && !field.secret && !values.contains(field.name)) return;
  }
  for (const Field& field : fields) {
    if (is_prompted(field) && !values.contains(field.name)) values.emplace(field.name, prompt(hyphened(field.name), true));
  }
}

void say_trace(const hlid_flow* flow, size_t& said) {
  const std::string_view trace = text_of(hlid_flow_trace(flow));
  write_error(trace.substr(std::min(said, trace.size())));
  said = trace.size();
}

// Gives a value to the flow. A person may try again with one that the library does not take at all; a program's next
// line is likely to be meant for something else.
void answer(hlid_flow* flow, const std::string& name, bool secret, bool resends = false) {
  while (true) {
    const bool asks_person = input_is_terminal();
    const Secret value = asks_person ? prompt(hyphened(name), secret) : read_input_line(name);
    hlid_error* error = nullptr;
    const hlid_status status = value.empty() && resends ? hlid_flow_resend(flow, &error)
                                                        : hlid_flow_give_value(flow, view_of(name), view_of(value.view()), &error);
    if ((status != HLID_E_ARGUMENT && status != HLID_E_STATE) || !asks_person) return check(status, error);
    const ErrorHandle owned(error);
    write_error(printable(text_of(hlid_error_message(error))) + "\n");
  }
}

void handle_ask(hlid_flow* flow, bool resends, Report& report) {
  const std::string name(text_of(hlid_flow_ask_name(flow)));
  const bool secret = hlid_flow_ask_secret(flow) == 1;
  const hlid_error* problem = hlid_flow_ask_problem(flow);
  const Failure failure = problem == nullptr ? Failure{} : failure_of(problem);
  report.ask(name, secret, resends, problem == nullptr ? nullptr : &failure);
  answer(flow, name, secret, resends);
}

void handle_show(hlid_flow* flow, Report& report) {
  report.show(text_of(hlid_flow_show_url(flow)), text_of(hlid_flow_show_code(flow)));
  const std::string name(text_of(hlid_flow_ask_name(flow)));
  if (!name.empty()) answer(flow, name, hlid_flow_ask_secret(flow) == 1);
}

// Nothing may leave this by a throw: until the completion has been taken, the flow is the client's.
hlid_step wait_for_flow(hlid_client* client) noexcept {
  bool cancelled = false;
  hlid_completion completion{};
  while (hlid_client_take(client, &completion, 1) == 0) {
    if (ending_signal() != 0 && !cancelled) {
      hlid_client_cancel(client, kTag);
      cancelled = true;
    }
    // Cancelled, it comes back soon; the signal, which stays said, must not turn this into a busy loop.
    (void)wait_readable(hlid_client_fd(client), -1, cancelled ? Watch::descriptor : Watch::both);
  }
  return completion.step;
}

int run_steps(hlid_client* client, hlid_flow* flow, const FlowInfo& info, const ResultInfo& type, const Inputs& inputs, Report& report) {
  size_t said = 0;
  while (true) {
    const hlid_step step = run_until_it_stops(client, flow);
    if (inputs.trace) say_trace(flow, said);
    switch (step) {
      case HLID_STEP_ASK: handle_ask(flow, info.resends, report); continue;
      case HLID_STEP_SHOW: handle_show(flow, report); continue;
      case HLID_STEP_DONE: report.done(type, hlid_flow_result(flow)); return kDone;
      case HLID_STEP_FAILED: {
        const Failure failure = failure_of(hlid_flow_error(flow));
        if (ending_signal() != 0 && failure.reason == "cancelled") throw Interrupted{ending_signal()};
        report.failed(failure);
        return exit_status_of(failure);
      }
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

// An error about a field, with the ways in which this command takes it.
void explain(const Catalogue& catalogue, const FlowInfo& flow, Failure& failure) {
  if (failure.kind != "ARGUMENT" || failure.field.empty() || !failure.hint.empty()) return;
  const Field* field = find_field(flow.parameters, failure.field);
  if (field == nullptr) field = find_field(catalogue.settings, failure.field);
  if (field != nullptr)
    failure.hint = "Give it with " + ways_to_give(*field) + (is_prompted(*field) ? ", or at a prompt on a terminal." : ".");
}

int run_with(const Catalogue& catalogue, const FlowInfo& info, Inputs& inputs, Report& report) {
  prompt_for_secrets(catalogue.settings, inputs.settings);
  const AppHandle app = make_app(inputs.settings);
  inputs.settings.clear();
  prompt_for_secrets(info.parameters, inputs.parameters);
  const FlowHandle flow = make_flow(app.get(), info, inputs);
  inputs.parameters.clear();
  throw_if_interrupted();
  const ClientHandle client = make_client(app.get());
  const ResultInfo* type = catalogue.find_result(info.result);
  return run_steps(client.get(), flow.get(), info, type == nullptr ? ResultInfo{} : *type, inputs, report);
}

}  // namespace

hlid_step run_until_it_stops(hlid_client* client, hlid_flow* flow) {
  hlid_error* error = nullptr;
  const hlid_status status = hlid_client_start(client, flow, kTag, HLID_START_QUEUE, &error);
  check(status, error);
  return wait_for_flow(client);
}

int run_flow_command(const Catalogue& catalogue, const FlowInfo& flow, const std::vector<std::string>& arguments) {
  Inputs inputs;
  const auto report = [&] { return inputs.json ? report_for_programs() : report_for_people(flow, inputs.show_secrets); };
  const auto fail = [&](Failure failure) {
    if (!inputs.json) explain(catalogue, flow, failure);
    report()->failed(failure);
    return exit_status_of(failure);
  };
  try {
    read_inputs(catalogue, flow, arguments, inputs);
    if (inputs.help) {
      write_output(flow_help(catalogue, flow, text_width()));
      return kDone;
    }
    return run_with(catalogue, flow, inputs, *report());
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
      report()->failed(failure);
    }
    return 128 + interrupted.signal;
  }
}

}  // namespace hlid_cli
