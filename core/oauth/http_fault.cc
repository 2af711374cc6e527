#include "oauth/http_fault.h"

#include <string>

#include "base/text.h"
#include "oauth/hints.h"

namespace hlid {

using namespace hints;

bool is_no_endpoint(int32_t status) { return status == 404 || status == 405 || status == 410 || status == 415; }

Error diagnose_http(const Answer& answer, Refusal about) {
  const std::string_view endpoint = name_of(about.endpoint);
  const int32_t status = answer.status;
  if (answer.is_redirect()) {
    return Error::protocol("unexpected_redirect", join({"the ", endpoint, " endpoint answers with a redirect, which is not followed"}))
        .advise(Advice::fix_org)
        .hint("`site` is the Experience Cloud site's own address, with its path prefix, as it is shown in Setup > Digital "
              "Experiences > All Sites (Network.urlPathPrefix)")
        .http_status(status);
  }
  if (is_no_endpoint(status)) {
    return Error::refused("no_endpoint", join({"the ", endpoint, " endpoint does not exist there or does not take the request: HTTP ", std::to_string(status)}))
        .advise(Advice::fix_org)
        .hint(about.endpoint == Endpoint::challenge ? kFirstParty : kActiveSite)
        .http_status(status);
  }
  if (status == 401) {
    return Error::refused("unauthorized", join({"the ", endpoint, " endpoint wants another authentication than OAuth's"}))
        .advise(about.endpoint == Endpoint::userinfo ? Advice::sign_in_again : Advice::fix_org)
        .hint(about.endpoint == Endpoint::userinfo ? std::string_view() : kClientSecret)
        .http_status(status);
  }
  const bool page = answer.is_html() && !answer.body.empty();
  return Error::protocol("bad_answer", join({"the ", endpoint, " endpoint answers HTTP ", std::to_string(status), " without an OAuth error"}))
      .advise(status >= 400 || page ? Advice::fix_org : about.single_use ? Advice::restart : Advice::none)
      .hint(status >= 400 || page ? kNothingBetween : std::string_view())
      .http_status(status);
}

}  // namespace hlid
