// The response of an endpoint that returns a JSON object with 200, and refuses otherwise.
#pragma once

#include "codec/json.h"
#include "engine/context.h"

namespace hlid {

// The object, borrowed from `document`. REFUSED where it holds an error or the status is another, PROTOCOL where it is
// not JSON.
Result<JsonValue> read_json_success(const Context& flow, JsonDocument& document);

}  // namespace hlid
