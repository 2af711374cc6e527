#include "cli/story.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "cli/fresh.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

// One line of an exchange. A long one (a form, an address, JSON) is broken behind the mark that ends a member.
std::string exchange_line(std::string_view line) {
  constexpr size_t kIndent = 5;
  const size_t width = text_width() - kIndent;
  std::string out;
  size_t column = 0;
  while (!line.empty()) {
    const size_t end = std::min(line.find_first_of("&,?"), line.size() - 1) + 1;
    const std::string_view part = line.substr(0, end);
    if (column > 0 && column + columns(part) > width) {
      out += "\n" + std::string(kIndent + 4, ' ');
      column = 4;
    }
    out += part;
    column += columns(part);
    line.remove_prefix(end);
  }
  return std::string(kIndent, ' ') + dim(out, STDOUT_FILENO) + "\n";
}

Values result_of(const hlid_flow* flow, hlid_step step) {
  if (step != HLID_STEP_DONE) throw LibraryError{failure_of(hlid_flow_error(flow))};
  Values out;
  const hlid_result* result = hlid_flow_result(flow);
  for (size_t i = 0; i < hlid_result_count(result); ++i)
    out.emplace(text_of(hlid_result_name(result, i)), text_of(hlid_result_value(result, i)));
  return out;
}

AppHandle app_of(const Values& values) {
  std::map<std::string, Secret> settings;
  for (const auto& [name, value] : values) settings.emplace(name, Secret(value));
  return make_app(settings);
}

}  // namespace

void say(const std::string& text) { write_output(wrapped(text, 3, text_width(), 0)); }
void paragraph(const std::string& text) { write_output("   " + wrapped(text, 3, text_width(), 3)); }
void conclude(const std::string& text) { write_output(" → " + wrapped(text, 3, text_width(), 3)); }

void chapter(const std::string& title) {
  static int number = 0;
  write_output("\n" + bold(std::to_string(++number) + ". " + title, STDOUT_FILENO) + "\n");
}

void show_exchange(std::string_view trace) {
  std::string out;
  while (!trace.empty()) {
    const size_t end = std::min(trace.find('\n'), trace.size());
    const std::string_view line = trace.substr(0, end);
    trace.remove_prefix(std::min(end + 1, trace.size()));
    const bool dull = line.starts_with("> User-Agent:") || line.starts_with("> Accept:") ||
                      line.starts_with("< Content-Length:") || line == ">" || line == "<";
    if (!dull) out += exchange_line(line);
  }
  write_output(out);
}

std::string time_of(const std::string& ms) {
  int64_t value = 0;
  (void)std::from_chars(ms.data(), ms.data() + ms.size(), value);
  const std::string date = date_of(value);
  return date.empty() ? "an unknown time" : date;
}

StoryApp::StoryApp(const Values& settings) : app_(app_of(settings)), client_(make_client(app_.get())) {}

Values StoryApp::run(const char* flow_name, const Values& parameters) const {
  const FlowHandle flow = make_flow(flow_name, parameters);
  return result_of(flow.get(), drive(flow.get()));
}

std::string StoryApp::begin(const char* flow_name, const Values& parameters, std::string_view session) const {
  const FlowHandle flow = make_flow(flow_name, parameters);
  const hlid_step step = drive(flow.get());
  if (step != HLID_STEP_ASK) throw LibraryError{failure_of(hlid_flow_error(flow.get()))};
  hlid_error* error = nullptr;
  hlid_view ticket{};
  const hlid_status status = hlid_flow_seal(flow.get(), view_of(session), now_ms(), &ticket, &error);
  check(status, error);
  return std::string(text_of(ticket));
}

Values StoryApp::finish(std::string_view ticket, std::string_view session, std::string_view otp) const {
  hlid_error* error = nullptr;
  hlid_flow* opened = nullptr;
  check(hlid_flow_unseal(app_.get(), hlid_str(nullptr), view_of(ticket), view_of(session), now_ms(), &opened, &error), error);
  const FlowHandle flow(opened);
  check(hlid_flow_set_trace(flow.get(), 1, &error), error);
  hlid_step step = drive(flow.get());
  if (step == HLID_STEP_ASK) {
    check(hlid_flow_give_value(flow.get(), hlid_str("otp"), view_of(otp), &error), error);
    step = drive(flow.get());
  }
  return result_of(flow.get(), step);
}

FlowHandle StoryApp::make_flow(const char* flow_name, const Values& parameters) const {
  hlid_error* error = nullptr;
  hlid_flow* made = nullptr;
  check(hlid_flow_new(app_.get(), hlid_str(flow_name), &made, &error), error);
  FlowHandle flow(made);
  for (const auto& [name, value] : parameters) {
    const hlid_status status = hlid_flow_set(flow.get(), view_of(name), view_of(value), &error);
    check(status, error);
  }
  const hlid_status status = hlid_flow_set_trace(flow.get(), 1, &error);
  check(status, error);
  return flow;
}

hlid_step StoryApp::drive(hlid_flow* flow) const {
  const hlid_step step = run_until_it_stops(client_.get(), flow);
  throw_if_interrupted();
  show_exchange(text_of(hlid_flow_trace(flow)));
  return step;
}

}  // namespace hlid_cli
