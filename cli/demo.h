// demo.h: `headlessid demo`: a visitor becomes a customer, told in plain words with what really went over the wire.
#pragma once

#include <string>
#include <vector>

namespace hlid_cli {

std::string demo_help();
// 0 only if the UVID before the login is the one after it, and the cart is still there.
int run_demo(const std::vector<std::string>& arguments);

}  // namespace hlid_cli
