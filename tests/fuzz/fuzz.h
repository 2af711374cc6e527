// What every fuzz target stands on: cutting the input into pieces, and stopping where a rule is broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A rule that holds for every input. abort() is what libFuzzer reports and keeps the input of.
#define MUST(condition)                                                                 \
  do {                                                                                  \
    if (!(condition)) {                                                                 \
      std::fprintf(stderr, "%s:%d: broken rule: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                     \
    }                                                                                   \
  } while (false)

namespace fuzz {

// Takes one piece after the other from the front of the input. Pieces end with a line, so that a corpus
// and a seed can be read and written by hand.
class Input {
 public:
  explicit Input(std::string_view text) : rest_(text) {}
  Input(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::string_view until(std::string_view mark) {
    const size_t end = rest_.find(mark);
    const std::string_view piece = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + mark.size());
    return piece;
  }
  std::string_view line() { return until("\n"); }
  // A number at the front of a line, 0 where there is none.
  int64_t number() { return std::strtoll(std::string(line().substr(0, 20)).c_str(), nullptr, 10); }
  std::string_view rest() { return std::exchange(rest_, std::string_view()); }

 private:
  std::string_view rest_;
};

// Between two answers of one conversation.
inline constexpr std::string_view kNextPiece = "\n====\n";

// "200 20", then headers, an empty line, the body: a response as a person would write it down.
struct ResponseText {
  explicit ResponseText(std::string_view text) {
    Input input(text);
    std::string first(input.line().substr(0, 32));
    char* end = nullptr;
    status = static_cast<int32_t>(std::strtol(first.c_str(), &end, 10));
    version = static_cast<int32_t>(std::strtol(end, nullptr, 10));
    for (std::string_view line = input.line(); !line.empty(); line = input.line()) {
      const size_t colon = line.find(": ");
      headers.emplace_back(line.substr(0, colon), colon == std::string_view::npos ? std::string_view() : line.substr(colon + 2));
    }
    body = input.rest();
  }

  int32_t status = 0;
  int32_t version = 0;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
};

inline std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  for (size_t at = 0;;) {
    const size_t found = text.find(what, at);
    out += text.substr(at, found - at);
    if (found == std::string_view::npos) return out;
    out += by;
    at = found + what.size();
  }
}

}  // namespace fuzz
