#include "oauth/identity_url.h"

#include <algorithm>

#include "base/text.h"
#include "codec/url.h"

namespace hlid {
namespace {

constexpr std::string_view kStart = "/id/";
constexpr size_t kShortId = 15;  // the rest of a long one is a checksum
constexpr size_t kLongId = 18;

}  // namespace

bool is_record_id(std::string_view id) {
  return (id.size() == kShortId || id.size() == kLongId) && std::all_of(id.begin(), id.end(), is_letter_or_digit);
}

bool is_same_record(std::string_view a, std::string_view b) {
  return is_record_id(a) && is_record_id(b) && a.substr(0, kShortId) == b.substr(0, kShortId);
}

std::optional<IdentityIds> ids_of_path(std::string_view path) {
  if (!path.starts_with(kStart)) return std::nullopt;
  path.remove_prefix(kStart.size());
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const IdentityIds ids{path.substr(0, slash), path.substr(slash + 1)};
  return is_record_id(ids.org) && is_record_id(ids.user) ? std::optional(ids) : std::nullopt;
}

std::optional<IdentityIds> ids_of_identity(std::string_view address) {
  const auto url = parse_url(address);
  if (!url || url->has_query || url->has_fragment) return std::nullopt;
  const size_t at = url->path.rfind(kStart);
  return at == std::string_view::npos ? std::nullopt : ids_of_path(url->path.substr(at));
}

}  // namespace hlid
