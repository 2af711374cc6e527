#include "flows/parts/visitor.h"

#include <algorithm>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json_write.h"
#include "engine/request.h"
#include "oauth/visitor.h"

namespace hlid {

Result<void> keep_visitor(Context& flow) {
  // Unsealed, a flow has its visitor already.
  if (!flow.parameter("guest_token") && !flow.parameter("uvid")) return {};
  auto visitor = read_visitor(flow.parameter("guest_token"), flow.parameter("uvid"), flow.now_ms);
  if (!visitor) return std::move(visitor).error();
  flow.keep(kUvid, visitor->uvid);
  flow.keep(kGuestToken, std::move(visitor->token));
  return {};
}

Secret add_visitor_header(Context& flow) {
  const std::string_view uvid = flow.slot(kUvid);
  if (uvid.empty()) return {};
  // The person may have taken a while: a token that was valid when the flow began may have expired.
  if (flow.has(kGuestToken) && !is_guest_token_good(flow.slot(kGuestToken), flow.now_ms)) flow.forget(kGuestToken);
  const std::string_view token = flow.slot(kGuestToken);
  Secret hint;
  if (flow.app.uvid_scheme_word) hint.append(token.empty() ? "UVID " : "JWT ");
  hint.append(token.empty() ? uvid : token);
  if (token.empty()) return hint;
  add_secret_header(flow, "Uvid-Hint", hint.view());
  return {};
}

void add_visitor(Context& flow) {
  if (const Secret uvid = add_visitor_header(flow); !uvid.empty()) form_of(flow).add_secret("uvid_hint", uvid.view());
}

Result<void> finish_named(Context& flow, bool verified) {
  return read_carry(flow.result.get("access_token"), flow.slot(kUvid), false, verified, *flow.app.reading, flow.result);
}

Result<void> finish_guest(Context& flow, bool verified) {
  const std::string_view token = flow.result.get("access_token");
  if (auto carried = read_carry(token, flow.slot(kUvid), true, verified, *flow.app.reading, flow.result); !carried)
    return carried;
  const auto ends = read_decimal(flow.result.get("expires_at_ms"));
  if (ends && *ends > flow.now_ms) {
    const int64_t early = std::max((*ends - flow.now_ms) / 10, kGuestTokenMarginMs);
    flow.result.set("renew_at_ms", std::to_string(std::max(flow.now_ms, *ends - early)));
  }
  Secret visitor;
  JsonBody json(visitor, nullptr);
  json.add("uvid", flow.result.get("uvid"));
  json.add_secret("access_token", flow.result.get("access_token"));
  if (const auto due = flow.result.get("renew_at_ms"); !due.empty()) json.add_json("renew_at_ms", due);
  json.end();
  flow.result.set("visitor", visitor.view());
  return {};
}

}  // namespace hlid
