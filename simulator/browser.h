// browser.h: what a person's browser asks of the org: the request of authorize by GET, and how it ends.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/grants.h"
#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

// Where a browser is: at a site, or at the org's own host, which stands for My Domain and the login hosts.
struct Place {
  std::string base;  // the address before /services
  bool at_org = false;
};
Place site_of(const Org& org);
Place org_host_of(const Org& org);

// A request whose app and callback are known, so that everything else that is wrong with it is told to the app.
struct BrowserRequest {
  Place place;
  std::string query;  // as it was sent
  std::string experience_id;
  std::shared_ptr<const App> app;
  GrantPtr grant;
  Text state;
  bool leaves_state_out = false;  // of errors
  std::string response_type;
  std::vector<std::string> prompt;
  std::string login_hint;
  bool immediate = false;

  bool brings_code() const { return response_type == "code"; }
};

// What is wrong is thrown: as a page where app or callback are, else as a redirect to the app.
BrowserRequest read_browser_request(const Org& org, const Place& place, const std::string& query, const std::string& expid);

// To the app, in the query, or in the fragment where tokens were asked for.
Response error_redirect(const BrowserRequest& asked, std::string_view error, std::string_view text);
// The person has signed in, and has approved the app where that is needed.
Response sign_in_redirect(Org& org, const BrowserRequest& asked, const User& user);

}  // namespace hlid_sim
