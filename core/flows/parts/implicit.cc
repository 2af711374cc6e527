#include "flows/parts/implicit.h"

#include "base/text.h"
#include "codec/json.h"
#include "oauth/fragment_callback.h"
#include "oauth/hints.h"
#include "oauth/token_response.h"

namespace hlid {
namespace {

constexpr Diagnosis kDiagnoses[] = {HLID_BROWSER_DIAGNOSES(hints::kUserAgentSwitch)};
static_assert(is_without_order(kDiagnoses));

}  // namespace

constexpr ErrorSpec kImplicitErrors{.diagnoses = kDiagnoses, .is_headless = false};

namespace {

// read_token_response has checked the signature, where it and what it covers are there.
Result<void> check_signed(const Context& flow) {
  if (!flow.app.verify_signature || flow.app.client_secret.empty()) return {};
  JsonDocument document;
  const bool good = document.parse(flow.result.get("raw")) == JsonFault::none;
  for (const char* name : {"signature", "id", "issued_at"}) {
    if (good && !document.root().text(name).value_or("").empty()) continue;
    return Error::protocol("bad_signature", join({"the callback cannot be checked with the app's secret: it has no ", name}))
        .advise(Advice::restart);
  }
  return {};
}

}  // namespace

Result<void> take_tokens(Context& flow) {
  const Refusal about{Endpoint::authorize, flow.errors, true};
  auto fields = read_fragment_callback(flow.given.view(), flow.app, flow.app.redirect_uri, flow.slot(kState), about);
  if (!fields) return std::move(fields).error();
  Response response;
  response.status = 200;
  response.body = std::move(*fields);
  if (auto read = read_token_response(response, flow.app, about, flow.now_ms, flow.result); !read) return read;
  if (auto good = check_signed(flow); !good) return good;
  if (!flow.has(kWantsIdToken) || !flow.result.get("id_token").empty()) return {};
  return Error::protocol("no_id_token", "the callback has no ID token, which was asked for")
      .advise(Advice::restart)
      .hint("the app must have the scope openid; one that needs no ID token leaves openid out of its scopes");
}

}  // namespace hlid
