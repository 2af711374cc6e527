// secret.h: bytes that are wiped when they go. Always on the heap, never in a string's own small buffer, which a move
// leaves filled; wiping_new.cc does the wiping, on growth as well.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace hlid_cli {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
  Secret(Secret&&) = default;
  Secret& operator=(Secret&&) = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() = default;

  void append(char c) { bytes_.push_back(c); }
  void append(std::string_view text) { bytes_.insert(bytes_.end(), text.begin(), text.end()); }
  void drop_first(size_t count) { bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(count)); }
  void drop_last() { bytes_.pop_back(); }
  void clear() { std::vector<char>().swap(bytes_); }

  bool empty() const { return bytes_.empty(); }
  size_t size() const { return bytes_.size(); }
  // Never absent: an empty secret is empty, which is not the same as none.
  std::string_view view() const { return bytes_.empty() ? std::string_view("") : std::string_view(bytes_.data(), bytes_.size()); }

 private:
  std::vector<char> bytes_;
};

}  // namespace hlid_cli
