// JSON out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hlid {

// Appends text as a JSON string with its quotes. Valid UTF-8 stays as it is; control characters, U+2028
// and U+2029 are escaped; bytes that are no UTF-8 must not come here.
void append_json_string(std::string& out, std::string_view text);

// Writes commas by itself: begin_*, key and values in order.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& integer(int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).text(value); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void comma();
  std::string& out_;
  bool first_ = true;
};

}  // namespace hlid
