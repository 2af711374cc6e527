#include "org/text_kinds.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace hlid::org {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// What is between "//" and the path.
std::string_view authority_of(std::string_view address) {
  const std::string_view rest = address.substr(scheme_of(address).size());
  if (!rest.starts_with("://")) return {};
  return rest.substr(3, rest.substr(3).find_first_of("/?#"));
}

}  // namespace

std::string_view scheme_of(std::string_view address) {
  constexpr std::string_view kMore = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+.-";
  const size_t end = address.find_first_not_of(kMore);
  if (end == std::string_view::npos || end == 0 || !address.substr(end).starts_with(":/")) return {};
  return kLetters.find(address.front()) == std::string_view::npos ? std::string_view() : address.substr(0, end);
}

bool is_local_callback(std::string_view address) {
  const std::string_view host = authority_of(address);
  constexpr std::string_view kLocal[] = {"localhost", "127.0.0.1", "[::1]"};
  return std::any_of(std::begin(kLocal), std::end(kLocal), [&](std::string_view one) {
    return host == one || (host.starts_with(one) && host[one.size()] == ':' && host.find('@') == std::string_view::npos);
  });
}

bool has_private_key(std::string_view text) { return text.find("PRIVATE KEY") != std::string_view::npos; }

bool is_placeholder(std::string_view text) {
  constexpr std::string_view kParts[] = {"${", "{{", "<", "%%"};
  constexpr std::string_view kWords[] = {"YOUR_", "AUTO_GENERATED", "REPLACE_", "CHANGE_ME", "CHANGEME", "PLACEHOLDER"};
  return std::any_of(std::begin(kParts), std::end(kParts), [&](std::string_view part) { return text.starts_with(part); }) ||
         std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return contains_ignoring_case(text, word); });
}

}  // namespace hlid::org
