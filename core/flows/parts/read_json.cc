#include "flows/parts/read_json.h"

#include "oauth/oauth_error.h"

namespace hlid {

Result<JsonValue> read_json_success(const Context& flow, JsonDocument& document) {
  const Response& response = flow.response;
  if (response.status != 200) return read_refusal(response, flow.refusal(), flow.now_ms);
  const JsonFault fault = response.body.empty() ? JsonFault::cut : document.parse(response.body.view());
  if (fault != JsonFault::none) return no_json(response, fault, flow.refusal(), flow.now_ms);
  const JsonValue root = document.root();
  if (root.find("error") || holds_rest_error(root)) return read_refusal(response, flow.refusal(), flow.now_ms);
  return root;
}

}  // namespace hlid
