#include "flows/parts/revoke.h"

namespace hlid {

void fill_revoke(Context& flow, std::string_view token, std::string_view uvid) {
  if (!uvid.empty()) {
    add_lasting_header(flow, "Auth-Request-Type", "guest");
    add_secret_header(flow, "Uvid-Hint", uvid);
  }
  form_of(flow).add_secret("token", token);
}

Result<void> read_revoked(Context& flow, bool gone_is_fine) {
  // The body says nothing, and Salesforce calls an empty one text/html; but a page comes from something else.
  const bool page = flow.response.is_html() && !flow.response.body.empty();
  if (flow.response.status >= 200 && flow.response.status < 300 && !page) return {};
  Error error = read_refusal(flow.response, flow.refusal(), flow.now_ms);
  if (gone_is_fine && error.data().raw_code.view() == "invalid_token") return {};
  return error;
}

}  // namespace hlid
