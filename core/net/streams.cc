#include "net/streams.h"

#include <charconv>

namespace hlid {
namespace {

// The number right after `before`, 0 if there is none.
uint32_t number_after(std::string_view line, std::string_view before) {
  const size_t at = line.find(before);
  if (at == std::string_view::npos) return 0;
  uint32_t number = 0;
  std::from_chars(line.data() + at + before.size(), line.data() + line.size(), number);
  return number;
}

}  // namespace

StreamNews read_news(std::string_view line) {
  using What = StreamNews::What;
  if (line.starts_with("REFUSED_STREAM, retrying")) return {What::refused, 0};
  if (line.starts_with("Using Stream ID: ")) return {What::opened, number_after(line, "Stream ID: ")};
  if (line.starts_with("[HTTP/2] [") && line.find("] OPENED stream for ") != std::string_view::npos) {
    return {What::opened, number_after(line, "[HTTP/2] [")};
  }
  // "recveived", in 7.88.
  if (line.starts_with("rec") && line.find(" GOAWAY, error=") != std::string_view::npos &&
      line.find(", last_stream=") != std::string_view::npos) {
    return {What::goaway, number_after(line, ", last_stream=")};
  }
  return {};
}

bool shows_header(std::string_view line) { return line.starts_with("h2h3 [") || line.starts_with("[HTTP/2] ["); }

}  // namespace hlid
