// Decodes escapes of an unknown kind, however often the text was escaped.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace hlid {

// The characters that a text represents: percent-encoding, HTML entities, JSON's and JavaScript's backslash escapes with
// a number, octal escapes; also escapes of escapes, until none is left. One pass: each escape is
// replaced where it ends, and the result may end the next one.
//
// Each byte remembers which bytes of the text it came from.
class Unescaped {
 public:
  explicit Unescaped(std::string_view text);

  [[nodiscard]] std::string_view bytes() const { return bytes_.view(); }
  [[nodiscard]] bool changed() const { return changed_; }
  [[nodiscard]] uint32_t begin(size_t at) const { return begin_[at]; }
  [[nodiscard]] uint32_t end(size_t at) const { return end_[at]; }
  // The work done, for a test of how it grows.
  [[nodiscard]] size_t steps() const { return steps_; }

  // Reduces the text to its letters, for comparisons: no white space, control, '+' (a space in forms) or
  // backslash that escapes nothing; bytes of Latin-1 and their UTF-8 are the same.
  void fold();
  // What is left without "<...>"; false if there was none.
  bool drop_tags();

 private:
  void push(char c, uint32_t begin, uint32_t end);
  bool reduce();
  bool replace(size_t from, char32_t code_point);
  [[nodiscard]] size_t without_backslashes(size_t from) const;
  bool replace_with_byte(size_t from, char32_t value);
  bool hex_escape(size_t marker, size_t digits);
  bool ends_with_entity();
  bool ends_with_braces();
  void keep(char c, uint32_t begin, uint32_t end);

  Secret bytes_;
  std::vector<uint32_t> begin_;
  std::vector<uint32_t> end_;
  size_t size_ = 0;
  size_t steps_ = 0;
  bool changed_ = false;
};

}  // namespace hlid
