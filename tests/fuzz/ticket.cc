// A ticket from anybody; and, behind the seal, a plain part that no release wrote: what a key that is known would allow.
#include "codec/base64.h"
#include "crypto/aead.h"
#include "engine/flow.h"
#include "flows/registry.h"
#include "tests/fuzz/responses.h"

namespace {

std::shared_ptr<const hlid::App> make_app() {
  const hlid::NamedValue settings[] = {{"site", "https://acme.my.site.com/shop"},
                                       {"client_id", "abc"},
                                       {"redirect_uri", "https://app.example.com/callback"},
                                       {"client_secret", "Example.Secret"},
                                       {"signed_by", "host"},
                                       {"seal_keys", "k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}};
  return std::move(hlid::App::create(settings)).value();
}

void open(const std::shared_ptr<const hlid::App>& app, std::string_view ticket) {
  const auto opened = hlid::open_ticket(*app, "", ticket, "", fuzz::kNowMs);
  if (!opened) return fuzz::check_error(opened.error());
  const hlid::FlowSpec* spec = hlid::find_flow(opened->flow);
  if (spec == nullptr) return;
  hlid::Flow flow(app, *spec);
  const auto restored = flow.restore(*opened);
  if (!restored) return fuzz::check_error(restored.error());
  const auto step = flow.next(fuzz::kNowMs);
  MUST(step && (*step == hlid::Step::ask || *step == hlid::Step::show || *step == hlid::Step::failed));
  if (*step == hlid::Step::ask) (void)flow.resend();
  (void)flow.next(fuzz::kNowMs);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto app = make_app();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  open(app, text);

  std::string bound("headlessid ticket 1");
  for (const std::string_view part : {"k", "https://acme.my.site.com/shop", "abc"}) (bound += '\0') += part;
  const std::string nonce(hlid::kAeadNonce, 'n');
  const auto sealed = hlid::aead_seal(app->seal_keys.front().second.view(), nonce, bound, text);
  MUST(sealed);
  hlid::Secret whole(std::string_view("\x01\x01k", 3));
  whole.append(nonce);
  whole.append(sealed->view());
  open(app, hlid::to_base64(whole.view(), hlid::Base64::url_unpadded).view());
  return 0;
}
