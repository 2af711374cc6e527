#include "flows/parts/claims.h"

#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "engine/spec.h"
#include "oauth/diagnoses.h"
#include "oauth/oauth_error.h"

namespace hlid {

Result<JsonValue> read_claims_of(const Context& flow, JsonDocument& document, std::string_view user) {
  const Response& response = flow.response;
  const bool json = response.status == 200 && !response.body.empty() && document.parse(response.body.view()) == JsonFault::none;
  if (json && document.root().is_object() && !document.root().find("error")) {
    if (!document.root().text(user).value_or("").empty()) return document.root();
    return Error::protocol("bad_response", join({"the ", name_of(flow.request_spec->endpoint), " response names no user"}))
        .http_status(200);
  }
  Error error = read_refusal(response, flow.refusal(), flow.now_ms);
  // A page comes from a proxy or a firewall.
  const bool page = response.body.view().find('<') != std::string_view::npos;
  const std::string_view reason = error.data().reason;
  const bool unexplained =
      reason == "refused" || reason == "bad_response" || reason == "unauthorized" || reason == "access_denied";
  if ((response.status == 401 || (response.status == 403 && !page)) && unexplained) {
    auto& data = error.edit();
    data.kind = Kind::refused;
    data.reason = "invalid_token";
    data.advice = Advice::sign_in_again;
    data.message = words::kWrongToken;
    data.hint.clear();
  }
  return error;
}

void set_claims(Context& flow, const JsonValue& claims, std::span<const FieldSpec> fields) {
  for (const FieldSpec& field : fields) {
    const auto member = claims.find(field.name);
    if (!member || std::string_view(field.name) == "raw") continue;
    if (field.kind == ValueKind::flag) {
      if (const auto truth = member->as_boolean()) flow.result.set(field.name, *truth ? "true" : "false");
    } else {
      flow.result.set_if(field.name, member->as_text());
    }
  }
  flow.result.set("raw", flow.response.body.view());
}

}  // namespace hlid
