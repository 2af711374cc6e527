#include "flows/parts/bearer.h"

namespace hlid {

std::string_view bearer_audience(const App& app) { return app.host_kind() == HostKind::site ? app.site : app.origin; }

Result<void> check_signer(const App& app) {
  if (app.host_signs || app.private_key) return {};
  return Error::argument("private_key",
                         "is missing: the app signs the assertion with it (or the host does, with signed_by host)");
}

Result<void> check_signature(const Context& flow) {
  if (flow.given.size() >= 256 && flow.given.size() <= 1024) return {};
  return Error::argument("signature", "must be 256 to 1024 bytes: give the raw RS256 signature, not text");
}

}  // namespace hlid
