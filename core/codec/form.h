// application/x-www-form-urlencoded: the one encoder of every form, and the strict reader of queries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace hlid {

// Everything but A-Z a-z 0-9 - . _ ~ becomes %XX, and a space '+'.
void append_form_encoded(Secret& out, std::string_view text);
// The same with a space as %20 (RFC 3986 2.1, RFC 5849 3.6).
void append_percent_encoded(Secret& out, std::string_view text);

// Builds a body field by field. With `shown`, it also builds a second text in which every secret is
// three dots: the trace is made here, where the secrets are known, not by searching later.
class FormWriter {
 public:
  explicit FormWriter(Secret& body, std::string* shown = nullptr) : body_(body), shown_(shown) {}
  void add(std::string_view name, std::string_view value) { write(name, value, false); }
  void add_secret(std::string_view name, std::string_view value) { write(name, value, true); }

 private:
  void write(std::string_view name, std::string_view value, bool secret);
  Secret& body_;
  std::string* shown_;
};

inline constexpr std::string_view kHidden = "\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2";  // three dots: U+2022

// Decodes one component, once. Absent if a '%' is not followed by two hex digits.
std::optional<Secret> form_decoded(std::string_view text);

// Walks "a=1&b=2" without copying: name and value are still encoded.
class FormReader {
 public:
  explicit FormReader(std::string_view text) : rest_(text) {}
  bool next();
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] std::string_view value() const { return value_; }

 private:
  std::string_view rest_, name_, value_;
};

}  // namespace hlid
