// The whole catalogue, each flow as the kinds of app use it, with a mark for every secret that it can be given.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secrets {

// Name and value of a setting or a parameter. "$x" stands for the mark x.
using Values = std::vector<std::pair<std::string, std::string>>;

struct Use {
  std::string name;  // of the test
  std::string flow;
  Values settings;
  Values parameters;
  bool waits = false;  // for a person or a browser, and can be sealed then
};

const std::vector<Use>& all_uses();
const Use& use_of(std::string_view name);
std::vector<std::string> names_of_uses();
std::vector<std::string> names_of_waiting_uses();

[[nodiscard]] inline bool has_client_secret(const Use& use) {
  for (const auto& [name, value] : use.settings) {
    if (name == "client_secret") return true;
  }
  return false;
}

}  // namespace secrets
