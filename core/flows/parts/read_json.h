// The response of an endpoint that returns a JSON object with 200, and refuses otherwise.
#pragma once

#include <string_view>

#include "codec/json.h"
#include "engine/context.h"

namespace hlid {

// The object, borrowed from `document`. REFUSED where it holds an error or the status is another, PROTOCOL where it is
// not JSON.
Result<JsonValue> read_json_success(const Context& flow, JsonDocument& document);

// Seconds since 1970, a JSON number (RFC 7662, RFC 7519), as the result's milliseconds; beyond the year 9999 they are not a time.
void set_time(Context& flow, const JsonValue& root, std::string_view from, const char* to);
// A text, or a list of texts, as the result's words of the same name.
void set_words(Context& flow, const JsonValue& root, const char* name);

}  // namespace hlid
