#include "flows/parts/read_json.h"

#include <optional>
#include <string>

#include "base/limits.h"
#include "oauth/oauth_error.h"

namespace hlid {

Result<JsonValue> read_json_success(const Context& flow, JsonDocument& document) {
  const Response& response = flow.response;
  if (response.status != 200) return read_refusal(response, flow.refusal(), flow.now_ms);
  const JsonFault fault = response.body.empty() ? JsonFault::cut : document.parse(response.body.view());
  if (fault != JsonFault::none) return no_json(response, fault, flow.refusal(), flow.now_ms);
  const JsonValue root = document.root();
  if (holds_error(root)) return read_refusal(response, flow.refusal(), flow.now_ms);
  return root;
}

void set_time(Context& flow, const JsonValue& root, std::string_view from, const char* to) {
  const auto member = root.find(from);
  const auto seconds = member ? member->as_integer() : std::nullopt;
  if (seconds && *seconds > 0 && *seconds <= kLastTimeMs / 1000) flow.result.set(to, std::to_string(*seconds * 1000));
}

void set_words(Context& flow, const JsonValue& root, const char* name) {
  const auto member = root.find(name);
  if (!member) return;
  Secret all;
  for (const JsonValue& item : member->items()) {
    const auto text = item.as_text();
    if (!text || text->empty()) continue;
    if (!all.empty()) all.append(' ');
    all.append(*text);
  }
  flow.result.set_if(name, all.empty() ? member->as_text() : std::optional(all.view()));
}

}  // namespace hlid
