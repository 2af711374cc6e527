#include "base/secret.h"

#include <cstring>
#include <new>
#include <utility>

namespace hlid {

void wipe(void* data, size_t size) noexcept {
  if (size == 0) return;
  std::memset(data, 0, size);
  // The compiler must assume that the zeroes are read.
  __asm__ __volatile__("" : : "r"(data) : "memory");
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    clear();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

void Secret::reserve(size_t capacity) {
  if (capacity <= capacity_) return;
  const size_t doubled = capacity_ * 2;
  if (capacity < doubled) capacity = doubled;
  if (capacity < 32) capacity = 32;
  char* grown = static_cast<char*>(::operator new(capacity + 1));
  if (size_ != 0) std::memcpy(grown, data_, size_);
  grown[size_] = '\0';
  const size_t size = size_;
  clear();
  data_ = grown;
  size_ = size;
  capacity_ = capacity;
}

void Secret::resize(size_t size) {
  if (size < size_) wipe(data_ + size, size_ - size);
  if (size > capacity_) reserve(size);
  if (size > size_) std::memset(data_ + size_, 0, size - size_);
  size_ = size;
  if (data_ != nullptr) data_[size_] = '\0';
}

void Secret::append(std::string_view text) {
  if (text.empty()) return;
  if (size_ + text.size() > capacity_) reserve(size_ + text.size());
  std::memcpy(data_ + size_, text.data(), text.size());
  size_ += text.size();
  data_[size_] = '\0';
}

void Secret::append(char byte) {
  if (size_ == capacity_) reserve(size_ + 1);
  data_[size_] = byte;
  data_[++size_] = '\0';
}

void Secret::clear() noexcept {
  if (data_ == nullptr) return;
  wipe(data_, size_);  // nothing was ever left behind the end: resize wipes that
  ::operator delete(data_);
  data_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

}  // namespace hlid
