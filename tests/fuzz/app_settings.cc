// The settings of an app through the C ABI. A line is "name=value"; "#flags=9", "#size=272" set the struct's own.
#include "headlessid/headlessid.h"
#include "tests/fuzz/conversation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  // As large as the largest struct that is taken, so that any size of it is memory of ours.
  alignas(hlid_app_settings) static unsigned char room[8192];
  auto* settings = reinterpret_cast<hlid_app_settings*>(room);
  hlid_app_settings_init(settings, sizeof *settings);
  while (!input.empty()) {
    const std::string_view line = input.line();
    const size_t equals = line.find('=');
    const std::string_view name = line.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : line.substr(equals + 1);
    const int64_t number = fuzz::Input(value).number();
    if (name == "#flags") {
      settings->flags = static_cast<uint64_t>(number);
    } else if (name == "#size") {
      hlid_app_settings_init(settings, static_cast<size_t>(number));
    } else if (name == "#timeout_ms") {
      settings->timeout_ms = number;
    } else if (name == "#max_connections") {
      settings->max_connections = number;
    } else {
      fuzz::Failure failure;
      failure.status = hlid_app_settings_set(settings, fuzz::view(name), fuzz::view(value), &failure.error);
      failure.check_argument();
    }
  }
  fuzz::Failure failure;
  hlid_app* app = nullptr;
  failure.status = hlid_app_new(settings, &app, &failure.error);
  failure.check_argument();
  MUST((failure.status == HLID_OK) == (app != nullptr));
  if (app == nullptr) return 0;

  const std::string_view site = fuzz::text(settings->site);
  MUST(fuzz::starts_with_ignoring_case(site, "https://") || fuzz::starts_with_ignoring_case(site, "http://"));
  if (fuzz::starts_with_ignoring_case(site, "http://")) MUST((settings->flags & HLID_APP_ALLOW_HTTP_LOOPBACK) != 0);
  MUST(settings->timeout_ms <= 600'000 && settings->max_connections <= 1024);
  // Whatever was taken, a flow can be begun with it, and goes to that site.
  hlid_flow* flow = nullptr;
  MUST(hlid_flow_new(app, hlid_str("guest"), &flow, nullptr) == HLID_OK);
  hlid_app_free(app);
  hlid_step step = 0;
  MUST(hlid_flow_next(flow, fuzz::kNow, &step, nullptr) == HLID_OK && step == HLID_STEP_SEND);
  std::string_view prefix = site;
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  MUST(fuzz::text(hlid_flow_request_url(flow)).starts_with(prefix));
  for (size_t i = 0; i < hlid_flow_request_header_count(flow); ++i) {
    const std::string_view value = fuzz::text(hlid_flow_request_header_value(flow, i));
    MUST(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
  hlid_flow_free(flow);
  return 0;
}
