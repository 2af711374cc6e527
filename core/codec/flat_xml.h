// XML of one level, as some endpoints respond: <response><sessionId>...</sessionId><sandbox/></response>. Read strictly; all
// that leads elsewhere (document types, processing instructions, comments, CDATA, elements within elements) is not read.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace hlid {

inline constexpr size_t kMaxFlatXml = 64 * 1024;
inline constexpr size_t kMaxFlatXmlElements = 64;

// The elements below the root, each once, their text decoded; names are views into the text. Absent if the text is anything
// else, has another root, or exceeds a maximum. Attributes are skipped.
class FlatXml {
 public:
  static std::optional<FlatXml> read(std::string_view text, std::string_view root);

  // Empty if there is no such element, or it has no text.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string_view, Secret>>& elements() const { return elements_; }

 private:
  std::vector<std::pair<std::string_view, Secret>> elements_;
};

}  // namespace hlid
