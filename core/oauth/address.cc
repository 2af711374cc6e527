#include "oauth/address.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "codec/url.h"

namespace hlid {
namespace {

// Salesforce Help, "Allow the Required Domains", and those of its clouds for China and for defense.
constexpr std::string_view kSalesforceDomains[] = {
    "salesforce.com", "force.com",      "site.com",     "salesforce-sites.com", "salesforce-experience.com",
    "cloudforce.com", "salesforce.mil", "crmforce.mil", "sfcrmproducts.cn",     "sfcrmapps.cn",
};

bool is_within(std::string_view host, std::string_view domain) {
  if (host.size() <= domain.size()) return false;
  const size_t dot = host.size() - domain.size() - 1;
  return host[dot] == '.' && equals_ignoring_case(host.substr(dot + 1), domain);
}

bool is_salesforce(const Url& url) {
  return equals_ignoring_case(url.scheme, "https") && (url.port.empty() || url.port == "443") &&
         std::any_of(std::begin(kSalesforceDomains), std::end(kSalesforceDomains),
                     [&](std::string_view domain) { return is_within(url.host, domain); });
}

bool is_configured(const App& app, const Url& url) {
  if (has_origin(url, app.origin)) return true;
  const auto integration = app.integration.site.empty() ? std::nullopt : parse_url(app.integration.site);
  return integration && has_origin(url, origin_of(*integration));
}

// A path that stays where it seems to be: no empty, dotted or percent-encoded part.
bool is_plain_path(std::string_view path) {
  return path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos &&
         path.find('%') == std::string_view::npos;
}
bool is_plain(const Url& url) { return !url.has_query && !url.has_fragment && is_plain_path(url.path); }

// Salesforce Help, "My Domain URL Formats": the name before the domain of an org's pages, and the domains that have one name
// for all.
struct WebName {
  WebDomain kind;
  std::string_view label;
};
constexpr WebName kWebNames[] = {{WebDomain::content, "file"},
                                 {WebDomain::content, "content"},
                                 {WebDomain::lightning, "lightning"},
                                 {WebDomain::visualforce, "vf"},
                                 {WebDomain::visualforce, "visual"}};
constexpr std::string_view kWebDomains[] = {"force.com", "crmforce.mil", "sfcrmapps.cn"};
constexpr WebName kOldWebDomains[] = {{WebDomain::content, "documentforce.com"}, {WebDomain::visualforce, "visualforce.com"}};

bool is_host_name(std::string_view text) {
  constexpr size_t kMaxHost = 253;
  return !text.empty() && text.size() <= kMaxHost && is_letter_or_digit(text.front()) && is_letter_or_digit(text.back()) &&
         text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; });
}

// Below `label` and one of the domains.
bool is_below_label(std::string_view host, std::string_view label) {
  return std::any_of(std::begin(kWebDomains), std::end(kWebDomains), [&](std::string_view domain) {
    return is_within(host, domain) && is_within(host.substr(0, host.size() - domain.size() - 1), label);
  });
}

constexpr std::array<bool, 256> path_bytes() {
  std::array<bool, 256> table{};
  for (char c = '!'; c <= '~'; ++c) {
    table[static_cast<unsigned char>(c)] = is_letter_or_digit(c) || c == '/' || c == '-' || c == '_' || c == '.';
  }
  return table;
}
constexpr auto kPathBytes = path_bytes();

// The site's origin byte for byte, and behind it a plain path of the commonest characters: needs no parsing.
bool is_plainly_below(std::string_view origin, std::string_view address) {
  if (origin.empty() || address.size() > kMaxLocation || !address.starts_with(origin)) return false;
  const std::string_view path = address.substr(origin.size());
  return (path.empty() || path[0] == '/') &&
         std::all_of(path.begin(), path.end(), [](char c) { return kPathBytes[static_cast<unsigned char>(c)]; }) &&
         is_plain_path(path);
}

// An HTTP address without userinfo in front of the host.
std::optional<Url> read(std::string_view address) {
  auto url = address.size() <= kMaxLocation ? parse_url(address) : std::nullopt;
  if (!url || !url->has_authority || url->host.empty() || url->has_userinfo) return std::nullopt;
  return url;
}

}  // namespace

bool is_site_address(const App& app, std::string_view address) {
  if (is_plainly_below(app.origin, address)) return true;
  const auto url = read(address);
  return url && is_plain(*url) && has_origin(*url, app.origin);
}

bool is_org_address(const App& app, std::string_view address) {
  if (is_plainly_below(app.origin, address)) return true;
  const auto url = read(address);
  return url && is_plain(*url) && (is_configured(app, *url) || is_salesforce(*url));
}

std::string_view without_slash(std::string_view address) {
  if (address.ends_with('/')) address.remove_suffix(1);
  return address;
}

// The host in any case and with its default port, the path byte for byte.
bool is_site_issuer(const App& app, std::string_view issuer) {
  const std::string_view address = without_slash(issuer);
  if (address == app.site) return true;
  const auto url = is_site_address(app, address) ? parse_url(address) : std::nullopt;
  return url && (url->path.empty() || url->path == std::string_view(app.site).substr(app.origin.size()));
}

bool is_own_issuer(const App& app, std::string_view issuer) {
  if (is_site_issuer(app, issuer)) return true;
  const HostKind own = app.host_kind();
  const auto url = own == HostKind::site ? std::nullopt : read(without_slash(issuer));
  if (!url || !url->path.empty() || url->has_query || url->has_fragment || !is_salesforce(*url)) return false;
  const HostKind kind = host_kind_of(url->host);
  return kind == HostKind::login || (kind == HostKind::my_domain && own == HostKind::login);
}

bool is_org_page(const App& app, std::string_view address) {
  const auto url = read(address);
  return url && (is_configured(app, *url) || is_salesforce(*url));
}

bool is_login_page(const App& app, std::string_view address) {
  const auto url = read(address);
  if (!url || url->has_fragment || !is_plain_path(url->path)) return false;
  return has_origin(*url, app.origin) || (is_salesforce(*url) && host_kind_of(url->host) != HostKind::site);
}

bool is_web_host(const App& app, WebDomain kind, std::string_view host) {
  if (!is_host_name(host)) return false;
  const auto own = parse_url(app.origin);
  if (own && equals_ignoring_case(own->host, host)) return true;
  return std::any_of(std::begin(kWebNames), std::end(kWebNames),
                     [&](const WebName& name) { return name.kind == kind && is_below_label(host, name.label); }) ||
         std::any_of(std::begin(kOldWebDomains), std::end(kOldWebDomains),
                     [&](const WebName& name) { return name.kind == kind && is_within(host, name.label); });
}

}  // namespace hlid
