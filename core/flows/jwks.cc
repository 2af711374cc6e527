// The keys that sign the server's tokens.
#include "jose/jwks.h"

#include <string>

#include "base/text.h"
#include "codec/json.h"
#include "engine/keys.h"
#include "flows/parts/one_request.h"
#include "flows/parts/read_json.h"
#include "flows/parts/session.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr FieldSpec kFields[] = {
    {"jwks", ValueKind::json, false, "The key set, byte for byte: a value for the setting `jwks`.", true},
    {"kids", ValueKind::list, false, "The ids of its keys, as tokens name them; a key without one is in jwks alone."},
};
constexpr ResultSpec kKeySet = {"KeySet", "A JSON Web Key Set (RFC 7517).", kFields};

Result<void> read(Context& flow) {
  JsonDocument document;
  auto success = read_json_success(flow, document);
  if (!success) return std::move(success).error();
  Jwks keys;
  if (auto read = keys.read(flow.response.body.view()); !read) {
    Error error = std::move(read).error();
    return std::move(error).http_status(200);
  }
  if (keys.empty())
    return Error::protocol("bad_jwks", "the key set has no RSA key that signs tokens").advise(Advice::fix_org).http_status(200);
  std::string kids;
  if (const auto list = success->find("keys")) {
    for (const JsonValue& key : list->items()) {
      const auto kid = key.text("kid");
      if (!kid || kid->empty() || !is_visible_ascii(*kid)) continue;
      if (!kids.empty()) kids += ' ';
      kids += *kid;
    }
  }
  flow.result.set("jwks", flow.response.body.view());
  flow.result.set_if("kids", kids);
  return {};
}

using Table = OneRequest<kKeysRequest, fill_keys, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::jwks = {
    .name = "jwks",
    .verb = "jwks",
    .summary = "Fetches the keys that sign the server's tokens.",
    .description =
        "One GET at the setting jwks_path. A flow whose setting verify_jwt is on fetches the keys itself; an app that keeps them "
        "gives them back as the setting jwks, and fetches them again when a token names a key that is not among them.",
    .source = "RFC 7517; Salesforce Help: remoteaccess_using_openid_discovery_endpoint",
    .hosts = kEveryHost,
    .result = &kKeySet,
    .errors = &kSessionErrors,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
