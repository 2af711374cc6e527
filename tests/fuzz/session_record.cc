// A record from any store; and, behind the seal, a plain part that no release wrote.
#include "engine/flow.h"
#include "flows/registry.h"
#include "session/record.h"
#include "tests/fuzz/responses.h"

namespace {

constexpr std::string_view kKey = "user-42";
constexpr std::string_view kVersion = "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11";

std::shared_ptr<const hlid::App> make_app() {
  const hlid::NamedValue settings[] = {{"site", "https://acme.my.site.com/shop"},
                                       {"client_id", "abc"},
                                       {"redirect_uri", "https://app.example.com/callback"},
                                       {"session_keys", "k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}};
  return std::move(hlid::App::create(settings)).value();
}

// What each flow makes of it, as far as it goes without a network.
void run(const std::shared_ptr<const hlid::App>& app, const char* name, std::string_view value) {
  hlid::Flow flow(app, *hlid::find_flow(name));
  MUST(flow.set("key", kKey));
  auto step = flow.next(fuzz::kNowMs);
  for (int i = 0; i < 40 && step && *step == hlid::Step::store; ++i) {
    const bool loads = flow.store().operation == hlid::StoreOperation::load;
    MUST(loads ? flow.give_stored(true, kVersion, value) : flow.give_store_done(true));
    step = flow.next(fuzz::kNowMs);
  }
  MUST(step);
  if (*step == hlid::Step::failed) fuzz::check_error(*flow.error());
}

void run_all(const std::shared_ptr<const hlid::App>& app, std::string_view value) {
  const auto opened = hlid::open_record(*app, app->session_keys, kKey, kVersion, value);
  if (!opened) fuzz::check_error(opened.error());
  for (const char* name : {"session_token", "session_guest", "session_end"}) run(app, name, value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto app = make_app();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  MUST(!hlid::open_record(*app, app->session_keys, kKey, kVersion, text));
  run(app, "session_token", text);

  const auto record = hlid::Record::unpack(text);
  if (!record) return 0;
  const hlid::Secret packed = record->pack();
  MUST(text.starts_with(packed.view()));
  hlid::Record whole = record->clone();
  for (const char* state : {"settled", "refreshing", "ended"}) {
    whole.set("state", state);
    const auto sealed = hlid::seal_record(*app, app->session_keys, kKey, kVersion, whole);
    if (sealed) run_all(app, sealed->view());
  }
  return 0;
}
