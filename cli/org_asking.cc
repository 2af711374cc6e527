#include "cli/org_asking.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <thread>

#include "cli/json_line.h"
#include "cli/signals.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

constexpr std::chrono::milliseconds kPace{1000};
// A clock that is read a little late must not let a server see two requests within the second.
constexpr std::chrono::milliseconds kMargin{20};
// As the settings say.
constexpr int64_t kMaxIntervalMs = 60'000;
constexpr int64_t kMaxTimeoutMs = 600'000;
constexpr int64_t kUsualTimeoutMs = 30'000;
constexpr int64_t kMostRequests = 5;  // of one flow that is asked

bool is_this_machine(std::string_view site) {
  const size_t mark = site.find("://");
  if (mark == std::string_view::npos) return false;
  const std::string_view host = site.substr(mark + 3, site.find_first_of(":/", mark + 3) - mark - 3);
  return host == "127.0.0.1" || host == "localhost";
}

std::optional<int64_t> number_in(const std::map<std::string, Secret>& settings, const char* name) {
  const auto found = settings.find(name);
  if (found == settings.end()) return std::nullopt;
  const std::string_view text = found->second.view();
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  // The library refuses what is not a number.
  if (error != std::errc() || end != text.data() + text.size() || out < 0) return std::nullopt;
  return out;
}

std::string_view site_of(const std::map<std::string, Secret>& settings) {
  const auto found = settings.find("site");
  return found == settings.end() ? std::string_view() : found->second.view();
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

Asking::Asking(const std::map<std::string, Secret>& settings, bool json, bool trace)
    : json_(json),
      trace_(trace),
      pace_(std::max(pace_for(site_of(settings)), std::chrono::milliseconds(std::min(
                                                      number_in(settings, "request_interval_ms").value_or(0), kMaxIntervalMs)))) {
}

void Asking::keep_pace(std::map<std::string, Secret>& settings) const {
  if (pace_.count() == 0) return;
  const std::optional<int64_t> interval = number_in(settings, "request_interval_ms");
  if (interval && *interval > kMaxIntervalMs) return;  // the library refuses it
  const int64_t wait = std::min<int64_t>((pace_ + kMargin).count(), kMaxIntervalMs);
  settings.insert_or_assign("request_interval_ms", Secret(std::to_string(wait)));
  const std::optional<int64_t> timeout = number_in(settings, "timeout_ms");
  if (!timeout && settings.contains("timeout_ms")) return;
  const int64_t own = timeout.value_or(kUsualTimeoutMs);
  if (own < 1 || own > kMaxTimeoutMs) return;
  settings.insert_or_assign("timeout_ms", Secret(std::to_string(std::min(kMaxTimeoutMs, own + kMostRequests * wait))));
}

void Asking::announce(const Announcement& request) const {
  wait_for_turn();
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
  if (!ends_) throw_if_interrupted();
  if (!last_) return;
  const auto turn = *last_ + pace_ + (pace_.count() > 0 ? kMargin : std::chrono::milliseconds(0));
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(turn - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    if (ends_) {
      std::this_thread::sleep_for(left);
      continue;
    }
    (void)wait_readable(-1, static_cast<int>(left.count()));
    throw_if_interrupted();
  }
}

hlid_step Asking::run(hlid_client* client, hlid_flow* flow) {
  // When the last of a flow's requests began is not known here: when it ended is later than that.
  const hlid_step step = ends_ ? run_to_the_end(client, flow) : run_until_it_stops(client, flow);
  last_ = std::chrono::steady_clock::now();
  size_t said = 0;
  if (trace_) say_trace(flow, said);
  if (step != HLID_STEP_DONE && !ends_) throw_if_interrupted();
  return step;
}

}  // namespace hlid_cli
