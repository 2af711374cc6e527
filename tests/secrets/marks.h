// Secrets that can be looked for in this process without standing in it: they are kept masked, made plain one byte
// at a time, and handed over in buffers that are wiped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "headlessid/headlessid.h"

namespace secrets {

// Text that is masked wherever it rests.
class Masked {
 public:
  static constexpr unsigned char kMask = 0xA7;

  Masked() = default;
  explicit Masked(std::string_view plain) { append(plain); }
  void push(char c) { bytes_.push_back(static_cast<unsigned char>(static_cast<unsigned char>(c) ^ kMask)); }
  Masked& append(std::string_view plain) {
    for (const char c : plain) push(c);
    return *this;
  }
  Masked& append(const Masked& other);
  Masked& append_base64url(const Masked& other);
  Masked& append_form_encoded(const Masked& other);
  // Letters and digits, drawn for each test, so that one test's traces are not another's.
  Masked& append_random(size_t count);

  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] char at(size_t i) const { return static_cast<char>(bytes_[i] ^ kMask); }
  [[nodiscard]] unsigned char byte(size_t i) const { return static_cast<unsigned char>(bytes_[i] ^ kMask); }
  [[nodiscard]] const std::vector<unsigned char>& masked() const { return bytes_; }

 private:
  std::vector<unsigned char> bytes_;
};

// A plain buffer that is wiped when it goes. Large enough for every value of these tests, so that it never moves.
class Plain {
 public:
  Plain() = default;
  explicit Plain(const Masked& text) { append(text); }
  ~Plain() { wipe(); }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;
  Plain& append(std::string_view text);
  Plain& append(const Masked& text);
  void wipe();
  [[nodiscard]] hlid_view view() const { return {buffer_, size_}; }

 private:
  static constexpr size_t kRoom = 8 * 1024;
  char buffer_[kRoom];
  size_t size_ = 0;
};

struct Form {
  std::string name;  // "password as base64"
  Masked text;
};

// Every way in which a secret is written: as it is, percent-encoded, JSON-escaped, hex, Base64 in all its three
// positions and both alphabets, UTF-16 in both orders.
std::vector<Form> forms_of(const std::string& name, const Masked& secret);

// What of these stands in memory that this process can write to, by name and place; empty: nothing.
std::vector<std::string> found_in_memory(const std::vector<Form>& forms);

// The same in any text.
std::vector<std::string> found_in(std::string_view text, const std::vector<Form>& forms);

}  // namespace secrets
