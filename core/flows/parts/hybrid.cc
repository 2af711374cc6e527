#include "flows/parts/hybrid.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "base/text.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "codec/url.h"
#include "jose/jwt.h"
#include "oauth/address.h"
#include "oauth/identity_url.h"

namespace hlid {
namespace {

constexpr size_t kMaxCookieName = 64;

// The cookies of the list that have a name of their own: the session's may not be one of them.
constexpr std::string_view kClientSource = "clientSrc";
constexpr std::string_view kSidClient = "sid_Client";
constexpr std::string_view kOrg = "oid";
constexpr std::string_view kCsrf = "eikoocnekotMob";
constexpr std::string_view kOwnNames[] = {kClientSource, kSidClient, kOrg, kCsrf};

// RFC 6265 4.1.1: cookie-octet, and for a name the token of RFC 9110.
bool is_cookie_value(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken && is_visible_ascii(text) &&
         text.find_first_of("\",;\\") == std::string_view::npos;
}
bool is_cookie_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCookieName && is_visible_ascii(text) &&
         text.find_first_of("()<>@,;:\\\"/[]?={}") == std::string_view::npos &&
         std::find(std::begin(kOwnNames), std::end(kOwnNames), text) == std::end(kOwnNames);
}

struct Member {
  const char* field;
  std::string_view wire;
  std::string_view other_spelling;  // in Salesforce's documentation
  bool (*is_good)(const App&, std::string_view);
};
constexpr auto kName = [](const App&, std::string_view text) { return is_cookie_name(text); };
constexpr auto kContent = [](const App& app, std::string_view text) { return is_web_host(app, WebDomain::content, text); };
constexpr auto kLightning = [](const App& app, std::string_view text) { return is_web_host(app, WebDomain::lightning, text); };
constexpr auto kVisualforce = [](const App& app, std::string_view text) {
  return is_web_host(app, WebDomain::visualforce, text);
};
constexpr auto kValue = [](const App&, std::string_view text) { return is_cookie_value(text); };
constexpr Member kMembers[] = {
    {"sid_cookie_name", "sidCookieName", "", kName},
    {"cookie_sid_client", "cookie-sid_Client", "", kValue},
    {"cookie_client_src", "cookie-clientSrc", "cookie-ClientSrc", kValue},
    {"content_sid", "content_sid", "", kValue},
    {"content_domain", "content_domain", "", kContent},
    {"lightning_sid", "lightning_sid", "", kValue},
    {"lightning_domain", "lightning_domain", "", kLightning},
    {"visualforce_sid", "visualforce_sid", "", kValue},
    {"visualforce_domain", "visualforce_domain", "", kVisualforce},
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

// A JWT cannot be a session id: then, and only then, the parent's is.
std::string_view main_sid(const FlowResult& result) {
  const std::string_view token = result.get("access_token");
  if (looks_like_jwt(token) || equals_ignoring_case(result.get("token_format"), "jwt")) return result.get("parent_sid");
  return is_cookie_value(token) ? token : std::string_view();
}

}  // namespace

void add_hybrid_fields(const App& app, FlowResult& result) {
  read_members(app, result);
  const auto field = [&](std::string_view name) { return result.get(name); };
  const auto instance = parse_url(field("instance_url"));
  const std::string_view main_domain = instance ? instance->host : std::string_view();
  const std::string_view sid = field("sid_cookie_name");
  const auto ids = ids_of_identity(field("id"));
  const std::string_view org = ids ? ids->org : std::string_view();

  Cookies cookies(!field("site_url").empty() || !field("ignored_site_url").empty());
  cookies.add(main_domain, sid, main_sid(result));
  cookies.add(main_domain, kClientSource, field("cookie_client_src"));
  cookies.add(main_domain, kSidClient, field("cookie_sid_client"));
  cookies.add(main_domain, kOrg, org);
  cookies.add(main_domain, kCsrf, field("csrf_token"));
  cookies.add(field("lightning_domain"), sid, field("lightning_sid"));
  cookies.add(field("lightning_domain"), kCsrf, field("csrf_token"));
  cookies.add(field("content_domain"), sid, field("content_sid"));
  cookies.add(field("visualforce_domain"), sid, field("visualforce_sid"));
  cookies.add(field("visualforce_domain"), kClientSource, field("cookie_client_src"));
  cookies.add(field("visualforce_domain"), kSidClient, field("cookie_sid_client"));
  cookies.add(field("visualforce_domain"), kOrg, org);
  result.set("cookies", std::move(cookies).end().view());
}

Result<void> read_hybrid_token(Context& flow) {
  if (auto read = read_token(flow); !read) return read;
  add_hybrid_fields(flow.app, flow.result);
  return {};
}

}  // namespace hlid
