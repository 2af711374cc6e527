// JSON out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace hlid {

// Appends text as a JSON string with its quotes. Valid UTF-8 stays as it is; control characters, U+2028
// and U+2029 are escaped; the text must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);
void append_json_string(Secret& out, std::string_view text);

// Builds a request's body of one JSON object, member by member. As FormWriter, it can build a second
// text in which every secret is three dots.
class JsonBody {
 public:
  explicit JsonBody(Secret& body, std::string* shown = nullptr);
  void add(std::string_view name, std::string_view text);
  void add_secret(std::string_view name, std::string_view text);
  // `json` is already one complete JSON value. Personal data is hidden like a secret.
  void add_json(std::string_view name, std::string_view json);
  void end();

 private:
  void key(std::string_view name);
  void hide();
  Secret& body_;
  std::string* shown_;
  bool first_ = true;
};

// Adds the commas: call begin_*, key and values in order.
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
