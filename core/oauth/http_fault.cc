#include "oauth/http_fault.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/text.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/salesforce_pages.h"

namespace hlid {
namespace {

using namespace hints;

// A body of at most this size is searched: longer pages carry labels and scripts in which any word may appear.
constexpr size_t kShortBody = 4096;

struct PassingStatus {
  int32_t status;
  const char* reason;
  std::string_view what;
  bool looked_at;  // the request may have had an effect
};
constexpr PassingStatus kPassing[] = {
    {408, "request_timeout", " endpoint gave up waiting for the request: HTTP 408", true},
    {425, "too_early", " endpoint has not processed the request yet: HTTP 425", false},
    {429, "rate_limited", " endpoint received too many requests", false},
};

}  // namespace

bool is_no_endpoint(int32_t status) { return status == 404 || status == 405 || status == 410 || status == 415; }

Error passing_fault(const Response& response, Refusal about) {
  const auto named = std::find_if(std::begin(kPassing), std::end(kPassing),
                                  [&](const PassingStatus& row) { return row.status == response.status; });
  const bool known = named != std::end(kPassing);
  Error error =
      known ? Error::refused(named->reason, join({"the ", name_of(about.endpoint), named->what}))
            : Error::refused("server_error",
                             join({"the ", name_of(about.endpoint), " endpoint failed: HTTP ", std::to_string(response.status)}));
  error.edit().outcome_unknown = about.single_use && (!known || named->looked_at);
  return std::move(error).advise(Advice::retry_later).http_status(response.status);
}

std::optional<Error> find_outage_in(const Response& response, Refusal about) {
  const bool html = response.is_html();
  const std::string_view body = response.body.view();
  const Diagnosis* row = body.size() <= kShortBody ? find_outage(body) : html ? find_outage(headings_of(body).view()) : nullptr;
  const auto wait = response.header("retry-after");
  // A Retry-After means that now is the wrong time: a firewall that counts requests, for example.
  const bool waits = row == nullptr && response.status >= 400 && wait && !wait->empty();
  if (row == nullptr && !waits) return std::nullopt;
  const std::string_view form = html ? " endpoint responded with a page that says: " : " endpoint responded: ";
  return Error::refused(waits ? "rate_limited" : row->reason,
                        join({"the ", name_of(about.endpoint), form, waits ? "come back later" : row->message}))
      .advise(Advice::retry_later)
      .http_status(response.status);
}

Error diagnose_http(const Response& response, Refusal about) {
  const std::string_view endpoint = name_of(about.endpoint);
  const int32_t status = response.status;
  if (response.is_redirect()) {
    return Error::protocol("unexpected_redirect",
                           join({"the ", endpoint, " endpoint responded with a redirect, which is not followed"}))
        .advise(Advice::fix_org)
        .hint(kSiteAddress)
        .http_status(status);
  }
  if (is_no_endpoint(status)) {
    return Error::refused("no_endpoint", join({"the ", endpoint, " endpoint does not exist there, or rejected the request: HTTP ",
                                               std::to_string(status)}))
        .advise(Advice::fix_org)
        .hint(about.endpoint == Endpoint::challenge ? kFirstParty : kActiveSite)
        .http_status(status);
  }
  if (status == 401) {
    return Error::refused("unauthorized",
                          join({"the ", endpoint, " endpoint requires an authentication scheme other than OAuth"}))
        .advise(about.endpoint == Endpoint::userinfo ? Advice::sign_in_again : Advice::fix_org)
        .hint(about.endpoint == Endpoint::userinfo ? std::string_view() : kClientSecret)
        .http_status(status);
  }
  const bool page = response.is_html() && !response.body.empty();
  Error error = Error::protocol("bad_response", join({"the ", endpoint, " endpoint responded with HTTP ", std::to_string(status),
                                                      " without an OAuth error"}))
                    .advise(status >= 400 || page ? Advice::fix_org
                            : about.single_use    ? Advice::restart
                                                  : Advice::none)
                    .hint(status >= 400 || page ? kNothingBetween : std::string_view())
                    .http_status(status);
  // Something in front of the token endpoint responded: that says nothing about the refresh token.
  if (about.flow.unreadable == Advice::retry_later && !response.body.empty())
    return std::move(error).advise(Advice::retry_later).hint(kNothingBetween);
  return error;
}

}  // namespace hlid
