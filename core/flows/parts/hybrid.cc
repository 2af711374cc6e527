#include "flows/parts/hybrid.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "codec/url.h"
#include "oauth/address.h"

namespace hlid {
namespace {

constexpr size_t kMaxCookieName = 64;
constexpr size_t kMaxHost = 253;

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// RFC 6265 4.1.1: cookie-octet, and for a name the token of RFC 9110.
bool is_cookie_value(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken && is_visible_ascii(text) &&
         text.find_first_of("\",;\\") == std::string_view::npos;
}
bool is_cookie_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCookieName && is_visible_ascii(text) &&
         text.find_first_of("()<>@,;:\\\"/[]?={}") == std::string_view::npos;
}

// A host name and nothing else, of the site or of Salesforce.
bool is_org_host(const App& app, std::string_view text) {
  const bool plain = !text.empty() && text.size() <= kMaxHost && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
                     std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
  if (!plain) return false;
  const auto own = parse_url(app.origin);
  return is_org_address(app, join({"https://", text})) || (own && equals_ignoring_case(own->host, text));
}

// The org's id in an identity URL, .../id/<org>/<user>.
std::string_view org_of(std::string_view identity) {
  constexpr std::string_view kPart = "/id/";
  const size_t at = identity.rfind(kPart);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = identity.substr(at + kPart.size());
  const std::string_view org = rest.substr(0, rest.find('/'));
  const bool is_id = (org.size() == 15 || org.size() == 18) && std::all_of(org.begin(), org.end(), is_alphanumeric);
  return is_id ? org : std::string_view();
}

struct Member {
  const char* field;
  std::string_view wire;
  std::string_view other_spelling;  // in Salesforce's documentation
  bool (*is_good)(const App&, std::string_view);
};
constexpr auto kName = [](const App&, std::string_view text) { return is_cookie_name(text); };
constexpr auto kValue = [](const App&, std::string_view text) { return is_cookie_value(text); };
constexpr Member kMembers[] = {
    {"sid_cookie_name", "sidCookieName", "", kName},
    {"cookie_sid_client", "cookie-sid_Client", "", kValue},
    {"cookie_client_src", "cookie-clientSrc", "cookie-ClientSrc", kValue},
    {"content_sid", "content_sid", "", kValue},
    {"content_domain", "content_domain", "", is_org_host},
    {"lightning_sid", "lightning_sid", "", kValue},
    {"lightning_domain", "lightning_domain", "", is_org_host},
    {"visualforce_sid", "visualforce_sid", "", kValue},
    {"visualforce_domain", "visualforce_domain", "", is_org_host},
    {"csrf_token", "csrf_token", "crsf_token", kValue},
    {"parent_sid", "parent_sid", "", kValue},
};

void read_members(const App& app, FlowResult& result) {
  JsonDocument document;
  if (document.parse(result.get("raw")) != JsonFault::none) return;
  const JsonValue root = document.root();
  std::string ignored;
  for (const Member& member : kMembers) {
    auto text = root.text(member.wire);
    if (!text && !member.other_spelling.empty()) text = root.text(member.other_spelling);
    if (!text || text->empty()) continue;
    if (member.is_good(app, *text)) {
      result.set(member.field, *text);
    } else {
      if (!ignored.empty()) ignored += ' ';
      ignored += member.field;
    }
  }
  if (!ignored.empty()) result.set("ignored_fields", ignored);
}

// One cookie after the other, those left out that lack a domain, a name or a value.
class Cookies {
 public:
  explicit Cookies(bool domain_attribute) : domain_attribute_(domain_attribute) { text_.append('['); }

  void add(std::string_view domain, std::string_view name, std::string_view value) {
    if (domain.empty() || name.empty() || value.empty()) return;
    if (text_.size() > 1) text_.append(',');
    JsonBody cookie(text_);
    cookie.add("domain", domain);
    cookie.add("name", name);
    cookie.add("value", value);
    cookie.add("path", "/");
    cookie.add_json("secure", "true");
    cookie.add("same_site", "None");
    cookie.add_json("domain_attribute", domain_attribute_ ? "true" : "false");
    cookie.end();
  }
  [[nodiscard]] Secret end() && {
    text_.append(']');
    return std::move(text_);
  }

 private:
  Secret text_;
  bool domain_attribute_;
};

// A JWT cannot be a session id: then the parent's is.
std::string_view main_sid(const FlowResult& result) {
  if (!result.get("parent_sid").empty()) return result.get("parent_sid");
  if (equals_ignoring_case(result.get("token_format"), "jwt")) return {};
  const std::string_view token = result.get("access_token");
  return is_cookie_value(token) ? token : std::string_view();
}

}  // namespace

void add_hybrid_fields(const App& app, FlowResult& result) {
  read_members(app, result);
  const auto field = [&](std::string_view name) { return result.get(name); };
  const auto instance = parse_url(field("instance_url"));
  const std::string_view main_domain = instance ? instance->host : std::string_view();
  const std::string_view sid = field("sid_cookie_name");
  const std::string_view org = org_of(field("id"));
  constexpr const char* kCsrf = "eikoocnekotMob";

  Cookies cookies(!field("site_url").empty() || !field("ignored_site_url").empty());
  cookies.add(main_domain, sid, main_sid(result));
  cookies.add(main_domain, "clientSrc", field("cookie_client_src"));
  cookies.add(main_domain, "sid_Client", field("cookie_sid_client"));
  cookies.add(main_domain, "oid", org);
  cookies.add(main_domain, kCsrf, field("csrf_token"));
  cookies.add(field("lightning_domain"), sid, field("lightning_sid"));
  cookies.add(field("lightning_domain"), kCsrf, field("csrf_token"));
  cookies.add(field("content_domain"), sid, field("content_sid"));
  cookies.add(field("visualforce_domain"), sid, field("visualforce_sid"));
  cookies.add(field("visualforce_domain"), "clientSrc", field("cookie_client_src"));
  cookies.add(field("visualforce_domain"), "sid_Client", field("cookie_sid_client"));
  cookies.add(field("visualforce_domain"), "oid", org);
  result.set("cookies", std::move(cookies).end().view());
}

Result<void> read_hybrid_token(Context& flow) {
  if (auto read = read_token(flow); !read) return read;
  add_hybrid_fields(flow.app, flow.result);
  return {};
}

}  // namespace hlid
