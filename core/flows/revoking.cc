#include "flows/revoking.h"

namespace hlid {

void begin_revoke(Work& work, std::string_view token, std::string_view uvid) {
  begin_request(work, kRevokeRequest.name, kRevokeRequest.method, kRevokeRequest.path, kRevokeRequest.retry_safe);
  if (!uvid.empty()) {
    add_header(work, "Auth-Request-Type", "guest");
    add_secret_header(work, "Uvid-Hint", uvid);
  }
  form_of(work).add_secret("token", token);
}

Result<void> read_revoked(Work& work, bool gone_is_fine) {
  // The body says nothing, and Salesforce calls an empty one text/html; but a page is somebody else's answer.
  const bool page = work.response.is_html() && !work.response.body.empty();
  if (work.response.status >= 200 && work.response.status < 300 && !page) return {};
  Error error = read_refusal(work.response, {Endpoint::revoke, Asker::session, false}, work.now_ms);
  if (gone_is_fine && error.data().raw_code.view() == "invalid_token") return {};
  return error;
}

}  // namespace hlid
