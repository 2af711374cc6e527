#include "flows/parts/implicit.h"

#include "oauth/fragment_callback.h"
#include "oauth/hints.h"
#include "oauth/token_response.h"

namespace hlid {
namespace {

constexpr Diagnosis kDiagnoses[] = {HLID_BROWSER_DIAGNOSES(hints::kUserAgentSwitch)};
static_assert(is_without_order(kDiagnoses));

}  // namespace

constexpr ErrorSpec kImplicitErrors{.diagnoses = kDiagnoses, .is_headless = false};

Result<void> take_tokens(Context& flow) {
  const Refusal about{Endpoint::authorize, flow.errors, true};
  auto fields =
      read_fragment_callback(flow.given.view(), authorize_address(flow), flow.app.redirect_uri, flow.slot(kState), about);
  if (!fields) return std::move(fields).error();
  Response response;
  response.status = 200;
  response.body = std::move(*fields);
  return read_token_response(response, flow.app, about, flow.now_ms, flow.result);
}

}  // namespace hlid
