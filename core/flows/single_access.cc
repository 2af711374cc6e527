// A page of the site for one who is signed in already: an API session becomes a browser's.
#include <string>

#include "base/text.h"
#include "codec/json.h"
#include "codec/url.h"
#include "flows/parts/fields.h"
#include "flows/parts/one_request.h"
#include "flows/parts/read_json.h"
#include "flows/registry.h"
#include "jose/jwt.h"
#include "oauth/address.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "access_token",
     .charset = Charset::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "A named user's access token: opaque, and with the scope web or full. A JWT cannot open the UI.",
     .is_token = true},
    {.name = "path",
     .charset = Charset::visible,
     .required = true,
     .max_bytes = kMaxUrl,
     .doc = "The page to open: a path with the site's own prefix, such as /shop/s/orders. Never a whole address."},
};

constexpr FieldSpec kFields[] = {
    {"frontdoor_uri", ValueKind::url, true,
     "The address for the person's browser: valid once, for about a minute. Anyone who opens it is signed in.", true},
    {"origin", ValueKind::text, false, "Where it leads: scheme and host, to be looked at before a browser is sent there.", true},
};
constexpr ResultSpec kSingleAccess = {"SingleAccess", "A way into the site's pages. This library never opens it.", kFields};

constexpr OrgSetting kOrgSettings[] = {org::kAppUiScopes, org::kAppNamedJwt};

Error no_jwt() {
  Error error = Error::argument("access_token", "is a JWT, which cannot open the UI: only an opaque token can");
  error.edit().reason = "jwt_cannot_open_ui";
  error.edit().advice = Advice::fix_org;
  error.edit().hint = hints::kOpaqueOnly;
  return error;
}

// "/shop", or nothing where the site is at the root. Pages of an LWR site stand under the prefix without this ending,
// whichever of its two the site is configured with.
std::string_view prefix_of(const App& app) {
  constexpr std::string_view kTwin = "vforcesite";
  const auto url = parse_url(app.site);
  std::string_view prefix = url ? url->path : std::string_view();
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.ends_with(kTwin)) prefix.remove_suffix(kTwin.size());
  return prefix == "/" ? std::string_view() : prefix;
}

// A step up, written out or percent-encoded, could leave the site behind its prefix.
bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    size_t dots = 0;
    while (!segment.empty()) {
      const size_t size = segment[0] == '.' ? 1 : equals_ignoring_case(segment.substr(0, 3), "%2e") ? 3 : 0;
      if (size == 0) break;
      segment.remove_prefix(size);
      ++dots;
    }
    if (segment.empty() && (dots == 1 || dots == 2)) return true;
  }
  return false;
}

Result<void> check(Context& flow) {
  if (looks_like_jwt(*flow.parameter("access_token"))) return no_jwt();
  const std::string_view text = *flow.parameter("path");
  const std::string_view path = text.substr(0, text.find_first_of("?#"));
  if (!path.starts_with('/')) return Error::argument("path", "must begin with a slash: it is a path, not an address");
  if (text.find('\\') != std::string_view::npos || path.find("//") != std::string_view::npos) {
    return Error::argument("path", "contains a backslash or a double slash");
  }
  if (has_dot_segment(path)) return Error::argument("path", "contains a segment . or ..");
  const std::string_view prefix = prefix_of(flow.app);
  const std::string_view rest = path.starts_with(prefix) ? path.substr(prefix.size()) : std::string_view("x");
  if (rest.empty() || rest[0] == '/') return {};
  return Error::argument("path", join({"does not begin with the site's prefix, ", prefix, ": write it as ", prefix, "/..."}));
}

Result<void> fill(Context& flow) {
  add_bearer(flow, *flow.parameter("access_token"));
  form_of(flow).add("redirect_uri", *flow.parameter("path"));
  return {};
}

Result<void> read(Context& flow) {
  JsonDocument document;
  auto success = read_json_success(flow, document);
  if (!success) return std::move(success).error();
  const JsonValue& root = *success;
  const std::string_view address = root.text("frontdoor_uri").value_or("");
  // Opening it signs the person in: on a foreign host it would show a page that only looks like the site's.
  if (!is_org_page(flow.app, address)) {
    return Error::protocol("bad_response", "the single access response has no address of the site or of Salesforce")
        .http_status(200);
  }
  flow.result.set("frontdoor_uri", address);
  flow.result.set("origin", origin_of(*parse_url(address)));
  return {};
}

constexpr Diagnosis kDiagnoses[] = {
    {"Invalid_Scope", "", Endpoint::single_access, "invalid_scope", Advice::fix_org,
     "the token has neither the scope web nor full", hints::kUiScopes},
    {"Invalid_Param", "", Endpoint::single_access, "invalid_path", Advice::fix_argument, "the server rejected the path", ""},
    {"Bad_OAuth_Token", "", Endpoint::single_access, "invalid_token", Advice::sign_in_again, words::kWrongToken, hints::kApiOnly},
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

constexpr RequestSpec kRequest{
    .name = "single_access", .endpoint = Endpoint::single_access, .path = "/services/oauth2/singleaccess", .retry_safe = true};
using Table = OneRequest<kRequest, fill, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::single_access = {
    .name = "single_access",
    .verb = "single_access",
    .summary = "Gets an address that opens a page of the site for a user who is signed in already.",
    .description =
        "The bridge from an API session to the browser's. The address is valid once and for about a minute; it is never opened "
        "by this library. From a server only: the endpoint knows no CORS. Since Spring '26 Salesforce refuses it for a "
        "user who is API Only. A JWT is refused before anything is sent, with "
        "the setting to change.",
    .source = "Salesforce Help: frontdoor_singleaccess",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .hosts = kEveryHost,
    .result = &kSingleAccess,
    .errors = &kErrors,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
