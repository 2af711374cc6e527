#include "cli/org_probe_jwt.h"

#include <cstdint>
#include <optional>

namespace hlid_cli {
namespace {

using nlohmann::ordered_json;

constexpr size_t kMostBytes = 64 * 1024;

std::optional<std::string> from_base64url(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t digit = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

// The part of that number, an object without deeper ones than a token has.
ordered_json part_of(std::string_view token, int part) {
  const ordered_json none = ordered_json::object();
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.size() > kMostBytes) return none;
  const auto text = from_base64url(part == 0 ? token.substr(0, first) : token.substr(first + 1, second - first - 1));
  if (!text) return none;
  const auto too_deep = [](int depth, ordered_json::parse_event_t, ordered_json&) { return depth < 8; };
  ordered_json read = ordered_json::parse(*text, too_deep, false);
  return read.is_object() ? read : none;
}

}  // namespace

ordered_json claims_of(std::string_view token) { return part_of(token, 1); }

std::string key_of(std::string_view token) {
  const ordered_json header = part_of(token, 0);
  const auto kid = header.find("kid");
  return kid != header.end() && kid->is_string() ? kid->get<std::string>() : std::string();
}

}  // namespace hlid_cli
