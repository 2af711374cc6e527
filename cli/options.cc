#include "cli/options.h"

#include <algorithm>
#include <utility>

#include "cli/token_file.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

constexpr std::string_view kMilliseconds = "_ms";

std::string spelling(const Field& field) { return "--" + hyphened(field.name); }
std::string file_spelling(const Field& field) { return spelling(field) + "-file"; }
std::string seconds_spelling(const Field& field) {
  return "--" + hyphened(std::string_view(field.name).substr(0, field.name.size() - kMilliseconds.size()));
}

// A text that may be this long, such as a certificate, is kept in a file.
constexpr int64_t kLongText = int64_t{16} * 1024;

bool has_file(const Field& field) {
  const bool is_long = field.kind == "text" && field.choices.empty() && field.max_bytes >= kLongText;
  return field.secret || field.kind == "json" || is_long;
}

class Options {
 public:
  void add(const std::string& name, Owner owner, Shape shape, const Field* field, bool listed = true) {
    const bool taken = std::any_of(out.begin(), out.end(), [&](const Option& each) { return each.spelling == name; });
    if (!taken) out.push_back({name, owner, shape, field, listed});
  }

  void add_plain(const Field& field, Owner owner) {
    if (counts_milliseconds(field)) add(seconds_spelling(field), owner, Shape::seconds, &field);
    const bool refused = field.secret && !is_secret_address(field);
    const Shape shape = refused ? Shape::secret : field.kind == "flag" ? Shape::flag : Shape::value;
    add(spelling(field), owner, shape, &field, !refused && !counts_milliseconds(field));
  }

  // After every plain name, so that a setting called x_file is never hidden by the file of x.
  void add_derived(const Field& field, Owner owner) {
    if (has_file(field)) add(file_spelling(field), owner, Shape::file, &field);
    if (field.kind == "flag") add("--no-" + hyphened(field.name), owner, Shape::negated_flag, &field, false);
  }

  std::vector<Option> out;
};

}  // namespace

bool brings_tokens(const Catalogue& catalogue, const FlowInfo& flow) {
  const ResultInfo* result = catalogue.find_result(flow.result);
  return result != nullptr && holds_tokens(*result);
}

// A flow whose tokens are in the address itself has them in the fragment, which no browser sends to a server.
bool can_listen(const FlowInfo& flow) {
  const auto is_callback = [](const Question& ask) { return ask.name == "callback_url"; };
  const auto is_exchange = [](const Request& request) { return request.name == "token"; };
  return std::any_of(flow.asks.begin(), flow.asks.end(), is_callback) &&
         std::any_of(flow.requests.begin(), flow.requests.end(), is_exchange);
}

bool is_prompted(const Field& field) { return field.secret && field.required; }
bool is_secret_address(const Field& field) { return field.secret && field.kind == "url"; }
bool counts_milliseconds(const Field& field) { return field.kind == "integer" && field.name.ends_with(kMilliseconds); }

std::vector<Option> options_of(const Catalogue& catalogue, const FlowInfo& flow) {
  Options options;
  for (const char* name : {"--help", "--json", "--trace"}) options.add(name, Owner::ours, Shape::flag, nullptr);
  if (!flow.result.empty()) {
    for (const char* name : {"--show-secrets", "--raw"}) options.add(name, Owner::ours, Shape::flag, nullptr);
  }
  options.add("--profile", Owner::ours, Shape::value, nullptr);
  if (brings_tokens(catalogue, flow)) options.add("--save", Owner::ours, Shape::value, nullptr);
  if (flow.name == kCheckCommand || flow.name == kDoctorCommand) options.add("--flows", Owner::ours, Shape::value, nullptr);
  if (flow.name == kProbeCommand) {
    for (const char* name : {"--send-messages", "--dry-run", "--yes"}) options.add(name, Owner::ours, Shape::flag, nullptr);
  }
  if (can_listen(flow)) {
    options.add("--listen", Owner::ours, Shape::flag, nullptr);
    options.add("--listen-timeout", Owner::ours, Shape::value, nullptr);
  }
  if (flow.accepts_guest) options.add("--guest-file", Owner::ours, Shape::file, nullptr);
  for (const Field& field : flow.parameters) options.add_plain(field, Owner::parameter);
  for (const Field& field : catalogue.settings) options.add_plain(field, Owner::setting);
  for (const Field& field : flow.parameters) options.add_derived(field, Owner::parameter);
  for (const Field& field : catalogue.settings) options.add_derived(field, Owner::setting);
  if (flow.name == kSessionBeginCommand) options.add("--token-file", Owner::ours, Shape::file, nullptr);
  // If a parameter is called token, its own --token-file accepts saved sessions as well.
  if (takes_session_tokens(catalogue, flow)) options.add("--token-file", Owner::ours, Shape::file, nullptr);
  return options.out;
}

std::string ways_to_give(const Field& field, const std::vector<std::string>& more) {
  std::vector<std::string> ways;
  const auto add = [&](std::string way) { ways.push_back(std::move(way)); };
  if (counts_milliseconds(field)) {
    add(seconds_spelling(field) + " SECONDS");
    add(environment_name(field.name.substr(0, field.name.size() - kMilliseconds.size())) + " (seconds)");
  } else if (field.kind == "flag") {
    add(spelling(field));
  } else if (!field.secret || is_secret_address(field)) {
    add(spelling(field) + " VALUE");
  }
  if (!counts_milliseconds(field)) {
    if (has_file(field)) add(file_spelling(field) + " PATH");
    add(environment_name(field.name));
  }
  ways.insert(ways.end(), more.begin(), more.end());
  std::string out;
  for (size_t i = 0; i < ways.size(); ++i)
    out += (i == 0 ? "" : i + 1 < ways.size() ? ", " : ways.size() == 2 ? " or " : ", or ") + ways[i];
  return out;
}

}  // namespace hlid_cli
