// cart.h: the carts of the shop behind the login.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "simulator/wire.h"

namespace hlid_sim {

class Carts {
 public:
  json items(const std::string& owner) const;
  json add(const std::string& owner, const json& item);  // refuses where the cart is full

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<json>> items_;
};

}  // namespace hlid_sim
