#include "oauth/site_address.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/limits.h"
#include "base/text.h"

namespace hlid {
namespace {

bool is_below(std::string_view host, std::string_view domain) {
  return host.size() > domain.size() && host[host.size() - domain.size() - 1] == '.' &&
         equals_ignoring_case(host.substr(host.size() - domain.size()), domain);
}

bool has_label(std::string_view host, std::string_view label) {
  while (!host.empty()) {
    const size_t dot = std::min(host.find('.'), host.size());
    if (equals_ignoring_case(host.substr(0, dot), label)) return true;
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return false;
}

struct OtherHost {
  std::string_view domain;
  std::string_view what;
};
constexpr OtherHost kOtherHosts[] = {
    {"lightning.force.com", "a Lightning host of the org"}, {"vf.force.com", "a Visualforce host of the org"},
    {"visual.force.com", "a Visualforce host of the org"},  {"visualforce.com", "a Visualforce host of the org"},
    {"content.force.com", "a host for the org's files"},    {"file.force.com", "a host for the org's files"},
    {"documentforce.com", "a host for the org's files"},    {"salesforce-setup.com", "the org's Setup host"},
    {"salesforce-scrt.com", "a messaging host of the org"}, {"salesforce-experience.com", "an Experience Builder host"},
};
constexpr std::string_view kBuilderLabels[] = {"builder", "livepreview", "live-preview", "preview"};
constexpr std::string_view kSiteDomains[] = {"force.com", "site.com", "salesforce-sites.com"};

constexpr std::string_view kLoginHosts[] = {"login.salesforce.com", "test.salesforce.com"};
constexpr std::string_view kMyDomain = "my.salesforce.com";
constexpr HostKind kOrgsOwn[] = {HostKind::my_domain, HostKind::site};
constexpr HostKind kAllHosts[] = {HostKind::site, HostKind::my_domain, HostKind::login};

std::string_view other_host(std::string_view host) {
  for (const OtherHost& other : kOtherHosts) {
    if (is_below(host, other.domain)) return other.what;
  }
  const bool sites = std::any_of(std::begin(kSiteDomains), std::end(kSiteDomains),
                                 [&](std::string_view domain) { return is_below(host, domain); });
  // Behind the org's own name, which may be any word.
  const std::string_view behind = host.substr(std::min(host.find('.'), host.size()));
  const bool builds = std::any_of(std::begin(kBuilderLabels), std::end(kBuilderLabels),
                                  [&](std::string_view label) { return has_label(behind, label); });
  if (sites && builds) return "an Experience Builder host";
  return {};
}

bool is_salesforce(std::string_view host) {
  return is_below(host, "salesforce.com") || equals_ignoring_case(host, "salesforce.com");
}

// Path segments at which a site's pages and endpoints begin. A site's own prefix is never one of them.
constexpr std::string_view kPageParts[] = {
    "s",    "login",     "services",  "secur",          "_ui",          "_nc_external",     "idp",           "setup",
    "apex", "apexpages", "loginflow", "forgotpassword", "selfregister", "communitieslogin", "changepassword"};

// Where the path stops being a prefix; npos if it never does.
size_t page_in(std::string_view path) {
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view part = path.substr(at + 1, end - at - 1);
    const bool page = std::any_of(std::begin(kPageParts), std::end(kPageParts),
                                  [&](std::string_view own) { return equals_ignoring_case(part, own); });
    // Alone it may be a site's own prefix, although that is seldom.
    const bool alone = at == 0 && end == path.size() && (equals_ignoring_case(part, "s") || equals_ignoring_case(part, "login"));
    if ((page && !alone) || part.ends_with(".jsp") || part.ends_with(".apexp")) return at;
    at = end;
  }
  return std::string_view::npos;
}

std::string page_of(const Url& url) {
  const size_t page = page_in(url.path);
  if (page == std::string_view::npos) return {};
  const std::string part = escape_for_display(url.path.substr(page), kMaxServerText);
  return join({"has the path of a page or an endpoint, ", part, ": the site's own address is ", origin_of(url),
               url.path.substr(0, page)});
}

}  // namespace

HostKind host_kind_of(std::string_view host) {
  const bool login = std::any_of(std::begin(kLoginHosts), std::end(kLoginHosts),
                                 [&](std::string_view own) { return equals_ignoring_case(own, host); });
  return login ? HostKind::login : is_below(host, kMyDomain) ? HostKind::my_domain : HostKind::site;
}

std::string why_wrong_host(HostKind kind, std::span<const HostKind> served) {
  const std::string_view what = kind == HostKind::login       ? "Salesforce's login host"
                                : kind == HostKind::my_domain ? "the org's My Domain"
                                                              : "an Experience Cloud site";
  return join({"is ", what, ", which does not serve this flow: ", hosts_to_give(served)});
}

std::string hosts_to_give(std::span<const HostKind> served) {
  struct Host {
    HostKind kind;
    std::string_view address;
  };
  constexpr Host kHosts[] = {
      {HostKind::my_domain, "the org's My Domain, https://acme.my.salesforce.com"},
      {HostKind::login, "https://login.salesforce.com (of a sandbox https://test.salesforce.com)"},
      {HostKind::site, "the Experience Cloud site's address, as Setup > Digital Experiences > All Sites shows it"}};
  std::string out = "give ";
  for (const Host& host : kHosts) {
    if (std::find(served.begin(), served.end(), host.kind) == served.end()) continue;
    if (out.size() > 5) out += ", or ";
    out += host.address;
  }
  return out;
}

namespace {
// Which of them a flow goes to, its page says.
std::string no_host_of_flows(std::string_view what) {
  return join({"is ", what, ", which serves no flow: as the flow needs, ", hosts_to_give(kAllHosts)});
}
}  // namespace

std::string not_a_site(const Url& url) {
  if (const std::string_view other = other_host(url.host); !other.empty()) return no_host_of_flows(other);
  if (is_salesforce(url.host) && host_kind_of(url.host) == HostKind::site) return no_host_of_flows("a Salesforce host");
  return page_of(url);
}

std::string not_an_org(const Url& url) {
  if (const std::string_view other = other_host(url.host); !other.empty())
    return join({"is ", other, ": ", hosts_to_give(kOrgsOwn)});
  return page_of(url);
}

std::string page_hint(std::string_view request_url) {
  const auto url = parse_url(request_url);
  if (!url) return {};
  const std::string_view path = url->path.substr(0, url->path.find("/services/"));
  if (!equals_ignoring_case(path, "/s") && !equals_ignoring_case(path, "/login")) return {};
  return join({"`site` ends with ", path, ", where a site's pages are: the site's own address is probably ", origin_of(*url),
               ", without it"});
}

std::string not_a_proxy(std::string_view value) {
  const size_t slashes = value.find("://");
  const std::string_view rest = slashes == std::string_view::npos ? value : value.substr(slashes + 3);
  const size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view user = rest.substr(0, at);
    struct Raw {
      char c;
      std::string_view escaped;
    };
    constexpr Raw kRaw[] = {{'@', "%40"}, {'/', "%2F"}, {'#', "%23"}, {'?', "%3F"}, {'\\', "%5C"}, {'[', "%5B"}, {']', "%5D"}};
    for (const Raw& raw : kRaw) {
      if (user.find(raw.c) == std::string_view::npos) continue;
      return join(
          {"has a raw ", std::string_view(&raw.c, 1), " in its user name or password: write it percent-encoded, ", raw.escaped});
    }
    for (size_t i = 0; i < user.size(); ++i) {
      if (user[i] == '%' && (i + 2 >= user.size() || hex_digit(user[i + 1]) < 0 || hex_digit(user[i + 2]) < 0)) {
        return "has a raw % in its user name or password: write it percent-encoded, %25";
      }
    }
  }
  const auto url = parse_url(value);
  const bool http = url && (equals_ignoring_case(url->scheme, "http") || equals_ignoring_case(url->scheme, "https"));
  if (!http || !url->has_authority || url->has_query || url->has_fragment || url->path.size() > 1) {
    return "is not an address of the form http://host:port, or http://name:password@host:port with both percent-encoded";
  }
  return {};
}

}  // namespace hlid
