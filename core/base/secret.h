// Bytes that must not outlive their use.
#pragma once

#include <cstddef>
#include <string_view>

namespace hlid {

// Overwrites in a way that the optimiser must keep.
void wipe(void* data, size_t size) noexcept;

// An owned buffer that is wiped when it is destroyed, when it grows and when it is assigned to. Move-only, so
// that copies are made on purpose (clone) and can be found. Has no stream operator, and never prints. A NUL
// follows its last byte, as in a std::string: the C interface promises one after every text.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) { append(text); }
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { clear(); }

  [[nodiscard]] Secret clone() const { return Secret(view()); }
  [[nodiscard]] std::string_view view() const { return {data_, size_}; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t capacity() const { return capacity_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] char* data() { return data_; }

  void reserve(size_t capacity);
  // New bytes are zero.
  void resize(size_t size);
  void append(std::string_view text);
  void append(char byte);
  // Wipes and frees the memory.
  void clear() noexcept;

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace hlid
