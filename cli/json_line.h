// json_line.h: one JSON object on one line, written straight into its buffer: a value that is secret passes through no
// other memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hlid_cli {

class JsonLine {
 public:
  JsonLine& text(std::string_view name, std::string_view value);
  JsonLine& text_if_any(std::string_view name, std::string_view value);
  JsonLine& number(std::string_view name, int64_t value);
  JsonLine& flag(std::string_view name, bool value);
  // JSON text as it is, its line breaks and spaces between values taken out, and escaped as a text is.
  JsonLine& json(std::string_view name, std::string_view value);
  JsonLine& begin(std::string_view name);
  JsonLine& end();

  // The whole object with its line end.
  std::string finish();

 private:
  void key(std::string_view name);
  void quoted(std::string_view text);
  void shown(std::string_view& text);

  std::string out_ = "{";
};

}  // namespace hlid_cli
