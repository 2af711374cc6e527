// cart.h: the simulated shop's cart, as an app of the demo would call it: with an access token, over checked TLS.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hlid_cli {

struct CartResponse {
  long status = 0;
  std::vector<std::string> items;
  std::string uvid;      // whose cart it is, as the shop says
  std::string exchange;  // what went over the wire, the token as dots
};

class Cart {
 public:
  // ca_file is all that is trusted.
  Cart(std::string site, std::string ca_file) : address_(std::move(site) + "/cart"), ca_file_(std::move(ca_file)) {}

  // Throw std::runtime_error where no response comes.
  CartResponse look(std::string_view access_token) const { return call(access_token, ""); }
  CartResponse add(std::string_view access_token, const std::string& item) const { return call(access_token, item); }

 private:
  CartResponse call(std::string_view access_token, const std::string& item) const;

  std::string address_;
  std::string ca_file_;
};

}  // namespace hlid_cli
