// cart: a small shop behind the login, to show what becomes of a guest who signs in. A cart belongs to the UVID in the
// token, or to the user where the token has none: a guest's cart is kept after the login if, and only if, the login
// carried the UVID.
#include "simulator/cart.h"

#include "simulator/endpoints.h"

namespace hlid_sim {
namespace {

constexpr size_t kMaxItems = 1'000;

}  // namespace

json Carts::items(const std::string& owner) const {
  const std::lock_guard lock(mutex_);
  const auto found = items_.find(owner);
  return found == items_.end() ? json::array() : json(found->second);
}

json Carts::add(const std::string& owner, const json& item) {
  const std::lock_guard lock(mutex_);
  auto& items = items_[owner];
  if (items.size() >= kMaxItems) refuse("invalid_request", "the cart is full");
  items.push_back(item);
  return items;
}

Response cart(Org& org, const Request& request) {
  const auto token = bearer_token(request);
  const auto access = token ? org.tokens()->find_access_token(*token) : std::nullopt;
  if (!access) {
    Response response =
        json_response(401, json::array({{{"message", "Session expired or invalid"}, {"errorCode", "INVALID_SESSION_ID"}}}));
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"site\"");
    return response;
  }
  const Grant& grant = *access->grant;
  // An opaque token has nowhere to keep a UVID, even if one was given at login.
  const std::string uvid = access->jwt ? grant.uvid : "";
  const std::string owner = uvid.empty() ? "uid:" + grant.username : "uvid:" + uvid;

  json items;
  if (request.method == "POST") {
    const json body = json::parse(request.body, nullptr, false);
    if (!body.is_object() || !body.contains("item")) refuse("invalid_request", R"(the body must be JSON: {"item": ...})");
    items = org.carts()->add(owner, body["item"]);
  } else if (request.method == "GET") {
    items = org.carts()->items(owner);
  } else {
    refuse("invalid_request", "must use HTTP GET or POST", 405);
  }
  json response = {{"items", items}, {"guest", grant.guest}};
  if (!uvid.empty()) response["uvid"] = uvid;
  if (!grant.guest) response["username"] = grant.username;
  return json_response(200, response);
}

}  // namespace hlid_sim
