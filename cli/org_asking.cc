#include "cli/org_asking.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "cli/json_line.h"
#include "cli/signals.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

constexpr std::chrono::milliseconds kPace{1000};
// A clock that is read a little late must not let a server see two requests within the second.
constexpr std::chrono::milliseconds kMargin{20};

bool is_this_machine(std::string_view site) {
  const size_t mark = site.find("://");
  if (mark == std::string_view::npos) return false;
  const std::string_view host = site.substr(mark + 3, site.find_first_of(":/", mark + 3) - mark - 3);
  return host == "127.0.0.1" || host == "localhost";
}

std::chrono::milliseconds pace_for(std::string_view site) {
  const char* text = std::getenv("HEADLESSID_ORG_PACE_MS");
  if (text == nullptr || !is_this_machine(site)) return kPace;
  const std::string_view given = text;
  int wanted = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), wanted);
  if (error != std::errc() || end != given.data() + given.size()) return kPace;
  return std::chrono::milliseconds(std::clamp(wanted, 0, 60'000));
}

}  // namespace

Asking::Asking(std::string_view site, bool json, bool trace) : json_(json), trace_(trace), pace_(pace_for(site)) {}

void Asking::keep_pace(std::map<std::string, Secret>& settings) const {
  if (pace_.count() > 0) settings.insert_or_assign("request_interval_ms", Secret(std::to_string((pace_ + kMargin).count())));
}

void Asking::announce(const Announcement& request) const {
  if (json_) {
    write_output(JsonLine()
                     .text("event", "asking")
                     .text("name", request.name)
                     .text("method", request.method)
                     .text("path", request.path)
                     .text("why", request.why)
                     .finish());
    return;
  }
  const std::string start = request.method + " " + request.path + ": ";
  write_error(printable(start) + wrapped(printable(request.why), 4, text_width(), columns(start)));
}

void Asking::wait_for_turn() const {
  throw_if_interrupted();
  if (!last_) return;
  const auto turn = *last_ + pace_ + (pace_.count() > 0 ? kMargin : std::chrono::milliseconds(0));
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(turn - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    (void)wait_readable(-1, static_cast<int>(left.count()));
    throw_if_interrupted();
  }
}

hlid_step Asking::run(hlid_client* client, hlid_flow* flow) {
  wait_for_turn();
  // When the last of a flow's requests began is not known here: when it ended is later than that.
  const hlid_step step = run_until_it_stops(client, flow);
  last_ = std::chrono::steady_clock::now();
  size_t said = 0;
  if (trace_) say_trace(flow, said);
  throw_if_interrupted();
  return step;
}

}  // namespace hlid_cli
