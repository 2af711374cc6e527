#include "oauth_site.h"

namespace hlid_test {

struct OAuthSite::State {
  mutable std::mutex mutex{};
  std::map<std::size_t, Handler> by_number{};
  std::vector<std::pair<std::string, Handler>> by_path{};
  std::map<std::size_t, std::vector<std::function<Reply(Reply)>>> changes{};
  std::map<std::size_t, Cut> request_cuts{};

  Handler find(const Request& request) const {
    const std::lock_guard lock(mutex);
    if (const auto found = by_number.find(request.number); found != by_number.end()) return found->second;
    for (const auto& [suffix, handler] : by_path) {
      if (request.path.ends_with(suffix)) return handler;
    }
    return OAuthSite::default_response;
  }

  Reply response(const Request& request) const {
    Reply reply = find(request)(request);
    std::vector<std::function<Reply(Reply)>> wanted;
    {
      const std::lock_guard lock(mutex);
      if (const auto found = changes.find(request.number); found != changes.end()) wanted = found->second;
    }
    for (const auto& change : wanted) reply = change(std::move(reply));
    return reply;
  }
};

Reply token_response(std::string json) {
  if (json.empty()) {
    json = std::string(R"({"access_token":")") + kAccessToken +
           R"(","token_type":"Bearer","instance_url":"https://x.example","issued_at":"1767225600000"})";
  }
  return http1(200, {{"Content-Type", "application/json;charset=UTF-8"}, {"Cache-Control", "no-cache, no-store"}},
               std::move(json));
}

Reply redirect_response(std::string location, int status) { return http1(status, {{"Location", std::move(location)}}); }

OAuthSite::OAuthSite() : state_(std::make_shared<State>()) {}

OAuthSite& OAuthSite::on_request(std::size_t number, Handler handler) {
  const std::lock_guard lock(state_->mutex);
  state_->by_number[number] = std::move(handler);
  return *this;
}

OAuthSite& OAuthSite::on_request(std::size_t number, Reply reply) {
  return on_request(number, [reply = std::move(reply)](const Request&) { return reply; });
}

OAuthSite& OAuthSite::on_path(std::string suffix, Handler handler) {
  const std::lock_guard lock(state_->mutex);
  state_->by_path.emplace_back(std::move(suffix), std::move(handler));
  return *this;
}

OAuthSite& OAuthSite::on_path(std::string suffix, Reply reply) {
  return on_path(std::move(suffix), [reply = std::move(reply)](const Request&) { return reply; });
}

OAuthSite& OAuthSite::change(std::size_t number, std::function<Reply(Reply)> change) {
  const std::lock_guard lock(state_->mutex);
  state_->changes[number].push_back(std::move(change));
  return *this;
}

OAuthSite& OAuthSite::cut_response(std::size_t number, std::size_t at, After after) {
  return change(number, [at, after](Reply reply) { return cut(std::move(reply), at, after); });
}

OAuthSite& OAuthSite::cut_request(std::size_t number, std::size_t at, After after) {
  const std::lock_guard lock(state_->mutex);
  state_->request_cuts[number] = Cut{.at = at, .after = after};
  return *this;
}

ServerOptions OAuthSite::options() const {
  ServerOptions options;
  options.handler = handler();
  options.cut_request = [state = state_](const Upcoming& upcoming) -> std::optional<Cut> {
    const std::lock_guard lock(state->mutex);
    const auto found = state->request_cuts.find(upcoming.number);
    if (found == state->request_cuts.end()) return std::nullopt;
    return found->second;
  };
  return options;
}

ServerOptions OAuthSite::options(TlsOptions tls) const {
  ServerOptions all = options();
  all.tls = std::move(tls);
  return all;
}

Handler OAuthSite::handler() const {
  return [state = state_](const Request& request) { return state->response(request); };
}

Reply OAuthSite::default_response(const Request& request) {
  if (request.method == "POST" && request.path.ends_with("/services/oauth2/token")) return token_response();
  if (request.method == "POST" && request.path.ends_with("/services/oauth2/authorize")) {
    const std::string target = request.form("redirect_uri");
    return redirect_response(target + (target.find('?') == std::string::npos ? "?" : "&") + "code=" + percent_encode(kCode) +
                             "&state=" + percent_encode(request.form("state")));
  }
  return http1(404, {{"Content-Type", "text/plain"}}, "no such page");
}

}  // namespace hlid_test
