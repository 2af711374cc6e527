// What a server says of a device's code and of a newly registered app: shown or passed on only where it is sound.
#include <array>

#include "codec/url.h"
#include "engine/flow.h"
#include "oauth/address.h"
#include "tests/fuzz/responses.h"

namespace {

std::shared_ptr<const hlid::App> make_app() {
  const std::array<hlid::NamedValue, 2> settings = {
      {{"site", "https://acme.my.salesforce.com"}, {"client_id", "3MVG9Example.ClientId"}}};
  return *hlid::App::create(settings);
}

// The flow after its first response, given three times where the request is repeated.
hlid::Step play(hlid::Flow& flow, const fuzz::ResponseText& text) {
  int64_t now = fuzz::kNowMs;
  for (int i = 0; i < 8; ++i) {
    const auto step = flow.next(now);
    MUST(step);
    if (*step == hlid::Step::wait) {
      now = flow.wait_until_ms();
      continue;
    }
    if (*step != hlid::Step::send) return *step;
    for (const auto& [name, value] : text.headers) {
      if (!flow.give_header(name, value)) break;
    }
    (void)flow.give_response(text.status, text.version, text.body);
  }
  return flow.step();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto app = make_app();
  const fuzz::ResponseText text({reinterpret_cast<const char*>(data), size});
  hlid::Flow device(app, *hlid::find_flow("device"));
  if (play(device, text) == hlid::Step::show) {
    const hlid::Show& show = device.show();
    MUST(hlid::is_visible_ascii(show.code) && !show.code.empty());
    MUST(hlid::is_login_page(*app, show.verification_uri) && hlid::is_org_page(*app, show.url.view()));
    MUST(show.verification_uri.starts_with("https://") && show.url.view().starts_with(show.verification_uri));
  } else {
    MUST(device.error() != nullptr);
  }
  hlid::Flow registration(app, *hlid::find_flow("client_registration"));
  MUST(registration.set("initial_access_token", "IAT") && registration.set("redirect_uris", "https://gw.example.com/cb"));
  if (play(registration, text) == hlid::Step::done) {
    const hlid::FlowResult& result = *registration.result();
    MUST(!result.get("client_id").empty() && hlid::is_printable_ascii(result.get("client_id")));
    const auto address = result.get("registration_client_uri");
    MUST(address.empty() || hlid::is_site_address(*app, address));
  } else {
    MUST(registration.error() != nullptr);
  }
  return 0;
}
