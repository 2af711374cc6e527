// An org that signs everybody in: the default answers that a fault test then spoils one by one.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reply.h"
#include "server.h"

namespace hlid_test {

inline constexpr const char* kCode = "CODE==";  // as decoded; on the wire CODE%3D%3D
inline constexpr const char* kAccessToken = "00DTest!abc";

Reply token_response(std::string json = {});  // {}: the default token
Reply redirect_response(std::string location, int status = 302);

// POST .../services/oauth2/authorize: 302 to the form's redirect_uri with the code and the form's state.
// POST .../services/oauth2/token: 200 with a token. Anything else: 404.
//
// Set it up, then give `options()` to servers; both can be used from then on at once.
class OAuthSite {
 public:
  OAuthSite();

  // In place of the default, first match wins: the nth request of the server (from 0), then a path's end.
  OAuthSite& on_request(std::size_t number, Handler handler);
  OAuthSite& on_request(std::size_t number, Reply reply);
  OAuthSite& on_path(std::string suffix, Handler handler);
  OAuthSite& on_path(std::string suffix, Reply reply);
  // The answer as it would be, changed.
  OAuthSite& change(std::size_t number, std::function<Reply(Reply)> change);
  OAuthSite& cut_response(std::size_t number, std::size_t at, After after = After::rst);
  OAuthSite& cut_request(std::size_t number, std::size_t at, After after = After::rst);

  ServerOptions options() const;  // plain HTTP
  ServerOptions options(TlsOptions tls) const;
  Handler handler() const;

  static Reply default_response(const Request& request);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hlid_test
