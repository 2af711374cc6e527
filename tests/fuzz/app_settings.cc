// The settings of an app through the C ABI. A line is "name=value", or "#json=" and a profile on one line.
#include <map>
#include <string>

#include "headlessid/headlessid.h"
#include "tests/fuzz/conversation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  hlid_settings* settings = hlid_settings_new();
  std::map<std::string, std::string, std::less<>> taken;
  bool by_json = false;
  while (!input.empty()) {
    const std::string_view line = input.line();
    const size_t equals = line.find('=');
    const std::string_view name = line.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : line.substr(equals + 1);
    fuzz::Failure failure;
    if (name == "#json") {
      failure.status = hlid_settings_set_json(settings, fuzz::view(value), &failure.error);
      by_json = by_json || failure.status == HLID_OK;
    } else {
      failure.status = hlid_settings_set(settings, fuzz::view(name), fuzz::view(value), &failure.error);
      if (failure.status == HLID_OK) taken[std::string(name)] = value;
    }
    failure.check_argument();
  }
  fuzz::Failure failure;
  hlid_app* app = nullptr;
  failure.status = hlid_app_new(settings, &app, &failure.error);
  failure.check_argument();
  hlid_settings_free(settings);
  MUST((failure.status == HLID_OK) == (app != nullptr));
  if (app == nullptr) return 0;

  // Whatever was taken, a flow can be begun with it unless it says what it lacks, and goes to that site.
  hlid_flow* flow = nullptr;
  fuzz::Failure refused;
  refused.status = hlid_flow_new(app, hlid_str("guest"), &flow, &refused.error);
  refused.check_argument();
  hlid_app_free(app);
  MUST((refused.status == HLID_OK) == (flow != nullptr));
  if (flow == nullptr) return 0;
  hlid_step step = 0;
  MUST(hlid_flow_next(flow, fuzz::kNow, &step, nullptr) == HLID_OK && step == HLID_STEP_SEND);
  const std::string_view url = fuzz::text(hlid_flow_request_url(flow));
  if (!by_json) {
    std::string_view prefix = taken["site"];
    MUST(fuzz::starts_with_ignoring_case(prefix, "https://") || taken["allow_http_loopback"] == "true");
    while (prefix.ends_with('/')) prefix.remove_suffix(1);
    MUST(url.starts_with(prefix));
  }
  MUST(fuzz::starts_with_ignoring_case(url, "https://") || fuzz::starts_with_ignoring_case(url, "http://"));
  MUST(hlid_flow_deadline_ms(flow) - fuzz::kNow <= 600'000);
  for (size_t i = 0; i < hlid_flow_request_header_count(flow); ++i) {
    const std::string_view value = fuzz::text(hlid_flow_request_header_value(flow, i));
    MUST(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
  hlid_flow_free(flow);
  return 0;
}
