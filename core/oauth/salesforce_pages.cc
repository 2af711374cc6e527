#include "oauth/salesforce_pages.h"

#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "base/text.h"
#include "codec/form.h"
#include "codec/url.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"

namespace hlid {
namespace {

constexpr size_t kMaxHeadings = 4096;
constexpr size_t kMaxHeading = 512;
constexpr size_t kMaxPageCode = 80;
constexpr size_t kMaxPageAddress = 2048;

struct Page {
  const char* reason;
  Advice advice;
  std::string_view message;
  std::string_view hint;
};
constexpr Page kPasswordPage = {"change_password", Advice::restart, "the site requires the person to change the password first",
                                hints::kChangePassword};
constexpr Page kVerifyIdentity = {
    "verify_identity", Advice::fix_org, "the site requires the person to verify their identity on a page",
    "the user's profile: Login IP Ranges, and no device activation or multi-factor authentication for this login "
    "(Profile.loginIpRanges; Session Security Level Required at Login); or sign in once in a browser"};
constexpr Page kLoginFlow = {"login_flow", Advice::fix_org,
                             "the site runs a login flow after the password, which needs a browser", hints::kLoginFlowOff};
constexpr Page kApproval = {"approval_required", Advice::fix_org, "the site shows the person a page to allow the app access",
                            hints::kPreAuthorized};
constexpr Page kErrorPage = {"error_page", Advice::fix_org, "the site sends the person to an error page of Salesforce's",
                             "server_code is the page's own code; the user's login history (Setup > Login History) says more"};
constexpr Page kSessionPage = {"site_page", Advice::fix_org,
                               "the site sends the person to a page of its own, which only a browser can finish",
                               "sign in once in a browser with the same user and see what the page asks for"};
constexpr Page kDown = {"server_error", Advice::retry_later, "the site is down for maintenance", ""};
constexpr Page kBusy = {"rate_limited", Advice::retry_later, "the site received too many requests", ""};
constexpr Page kNotActive = {"site_not_active", Advice::fix_org, "the site is not active", hints::kActiveSite};

struct KnownPath {
  std::string_view part;  // of the path, in any case
  const Page* page;
};
// Tried in order: a page comes before its folder.
constexpr KnownPath kPaths[] = {
    {"/remoteaccesserror", &kErrorPage},
    {"/authorizationerror", &kErrorPage},
    {"/samlerror", &kErrorPage},
    {"/oautherror", &kErrorPage},
    {"/remoteaccessauthorization", &kApproval},
    {"/oauth/ui/authorizationpage", &kApproval},
    {"/changepassword", &kPasswordPage},
    {"/change-password", &kPasswordPage},
    {"/_ui/system/security/resetpassword", &kPasswordPage},
    {"/passwordexpired", &kPasswordPage},
    {"/loginflow", &kLoginFlow},
    {"/_ui/identity/", &kVerifyIdentity},
    {"/identity/verification", &kVerifyIdentity},
    {"/verifyidentity", &kVerifyIdentity},
    {"/setup/emailverif", &kVerifyIdentity},
    {"/inmaintenance", &kDown},
    {"/maintenance", &kDown},
    {"/siteunavailable", &kDown},
    {"/bandwidthexceeded", &kBusy},
    {"/underconstruction", &kNotActive},
    {"/sitenotfound", &kNotActive},
    {"/_nc_external/", &kErrorPage},
    {"/_ui/system/security/", &kSessionPage},
    {"/setup/secur/", &kSessionPage},
};

// Addresses that a login page never carries: what a page that came itself, or its script, names.
constexpr KnownPath kInBody[] = {
    {"RemoteAccessErrorPage", &kErrorPage},
    {"/ui/AuthorizationError", &kErrorPage},
    {"RemoteAccessAuthorizationPage", &kApproval},
    {"/oauth/ui/AuthorizationPage", &kApproval},
    {"/_ui/system/security/ChangePassword", &kPasswordPage},
    {"/loginflow/", &kLoginFlow},
    {"/_ui/identity/verification", &kVerifyIdentity},
    {"/_ui/identity/mfa", &kVerifyIdentity},
    {"/_ui/identity/phone", &kVerifyIdentity},
};
constexpr KnownPath kInHeadings[] = {
    {"change your password", &kPasswordPage},
    {"verify your identity", &kVerifyIdentity},
    {"allow access?", &kApproval},
    {"maintenance", &kDown},
};

constexpr std::string_view kHosts[] = {
    ".salesforce.com", ".force.com", ".site.com", ".salesforce-sites.com", ".salesforce-experience.com", ".cloudforce.com"};
constexpr std::string_view kStatusHosts[] = {"status.salesforce.com", "trust.salesforce.com", "maintenance.salesforce.com"};
constexpr std::string_view kCodeNames[] = {"error", "errorcode", "error_code", "oauth_error", "ec"};

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equals_ignoring_case(text.substr(text.size() - end.size()), end);
}

bool is_salesforces(std::string_view host) {
  return std::any_of(std::begin(kHosts), std::end(kHosts),
                     [&](std::string_view own) { return ends_with_ignoring_case(host, own); });
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kMaxPageCode &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; });
}

// The page's own code in a query: one word, or nothing.
Secret code_in(std::string_view query) {
  for (const std::string_view name : kCodeNames) {
    FormReader reader(query);
    while (reader.next()) {
      if (!equals_ignoring_case(reader.name(), name)) continue;
      auto value = form_decoded(reader.value());
      if (value && is_word(value->view())) return std::move(*value);
    }
  }
  return {};
}

Error error_of(const Page& page, std::string_view code, int32_t http_status, Refusal about) {
  Error error =
      Error::refused(page.reason, page.message).advise(page.advice).hint(page.hint).server(code, "").http_status(http_status);
  // The code says more than the page, where it is one that is known.
  const Diagnosis* row = &page == &kErrorPage && !code.empty() ? find_diagnosis(code, "", about) : nullptr;
  if (row != nullptr && (row->advice == Advice::fix_org || row->advice == Advice::retry_later)) {
    error.edit().message = join({page.message, ": ", row->message});
    error.edit().advice = row->advice;
    error.edit().hint = row->hint;
  }
  return error;
}

// What follows `at` in a page, up to the end of the attribute or string around it.
std::string address_at(std::string_view page, size_t at) {
  std::string_view rest = page.substr(at, kMaxPageAddress);
  rest = rest.substr(0, rest.find_first_of("\"'<> \t\r\n)\\"));
  std::string out;
  for (size_t begin = 0; begin < rest.size();) {
    const size_t entity = rest.find("&amp;", begin);
    out += rest.substr(begin, entity == std::string_view::npos ? entity : entity + 1 - begin);
    begin = entity == std::string_view::npos ? rest.size() : entity + 5;
  }
  return out;
}

// The old error page shows what it was given: error=redirect_uri_mismatch&error_description=...; a newer one its code.
std::string_view code_shown_in(std::string_view text) {
  for (const std::string_view mark : {"error=", "OAUTH_"}) {
    const size_t at = text.find(mark);
    if (at == std::string_view::npos) continue;
    std::string_view word = text.substr(mark == "error=" ? at + mark.size() : at);
    const size_t end = word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    word = word.substr(0, end);
    if (is_word(word)) return word;
  }
  return {};
}

void append_elements(std::string_view page, std::string_view name, Secret& out) {
  size_t at = 0;
  while (out.size() < kMaxHeadings && (at = page.find('<', at)) != std::string_view::npos) {
    ++at;
    if (!equals_ignoring_case(page.substr(at, name.size()), name)) continue;
    const size_t begin = page.find('>', at);
    if (begin == std::string_view::npos) return;
    const std::string_view rest = page.substr(begin + 1, kMaxHeading);
    out.append(rest.substr(0, rest.find('<')));
    out.append('\n');
  }
}

}  // namespace

Secret headings_of(std::string_view page) {
  Secret out;
  for (const std::string_view name : {"title", "h1", "h2"}) append_elements(page, name, out);
  return out;
}

std::optional<Error> salesforce_page_at(const Response& redirect, Refusal about) {
  const auto location = redirect.header("location");
  if (!location || location->empty() || location->size() > kMaxLocation) return std::nullopt;
  const auto asked = parse_url(redirect.request_url);
  const auto target = resolve_url(redirect.request_url, *location);
  const auto url = target ? parse_url(target->view()) : std::nullopt;
  if (!url || !asked || !url->has_authority || url->has_userinfo) return std::nullopt;
  const int32_t http_status = redirect.status;
  const auto is_status_host = [&](std::string_view own) { return equals_ignoring_case(url->host, own); };
  if (std::any_of(std::begin(kStatusHosts), std::end(kStatusHosts), is_status_host))
    return error_of(kDown, "", http_status, about);
  if (!equals_ignoring_case(url->host, asked->host) && !is_salesforces(url->host)) return std::nullopt;
  for (const KnownPath& known : kPaths) {
    if (contains_ignoring_case(url->path, known.part))
      return error_of(*known.page, code_in(url->query).view(), http_status, about);
  }
  return std::nullopt;
}

std::optional<Error> salesforce_page_in(const Response& response, Refusal about) {
  if (!response.is_html()) return std::nullopt;
  const std::string_view page = response.body.view();
  for (const KnownPath& known : kInBody) {
    const size_t at = page.find(known.part);
    if (at == std::string_view::npos) continue;
    const std::string address = address_at(page, at);
    const size_t mark = address.find('?');
    const Secret code = mark == std::string::npos ? Secret() : code_in(std::string_view(address).substr(mark + 1));
    const std::string_view shown = code.empty() && known.page == &kErrorPage ? code_shown_in(page) : std::string_view();
    return error_of(*known.page, code.empty() ? shown : code.view(), response.status, about);
  }
  const Secret headings = headings_of(page);
  for (const KnownPath& known : kInHeadings) {
    if (contains_ignoring_case(headings.view(), known.part)) return error_of(*known.page, "", response.status, about);
  }
  const std::string_view code = code_shown_in(page);
  if (!code.empty() && find_diagnosis(code, "", about) != nullptr) return error_of(kErrorPage, code, response.status, about);
  return std::nullopt;
}

}  // namespace hlid
