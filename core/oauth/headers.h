// The headers of a request or a response, in one text that is wiped as a whole.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/arena.h"

namespace hlid {

// Of a list of headers, and valid while that has it. A NUL follows the name, and a value that is not empty.
struct Header {
  std::string_view name;
  std::string_view value;
  bool secret = false;
};

class Headers {
 public:
  // With room for what most responses have.
  Headers() : Headers(1000, 12) {}
  Headers(size_t bytes, size_t count) : text_(bytes), count_(count) {}

  void add(std::string_view name, std::string_view value, bool secret);
  // The same without copies: of texts that outlive the list, and have their NUL.
  void add_lasting(std::string_view name, std::string_view value);
  void clear();

  [[nodiscard]] size_t size() const { return list_.size(); }
  // Of all names and values together.
  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] const Header& operator[](size_t index) const { return list_[index]; }
  [[nodiscard]] std::vector<Header>::const_iterator begin() const { return list_.begin(); }
  [[nodiscard]] std::vector<Header>::const_iterator end() const { return list_.end(); }

 private:
  void put(const Header& header);

  Arena text_;
  size_t count_;  // that are usual
  std::vector<Header> list_;
  size_t bytes_ = 0;
};

}  // namespace hlid
