#include "codec/json_write.h"

#include "codec/form.h"

namespace hlid {
namespace {

bool is_line_end_to_javascript(std::string_view at) { return at.starts_with("\xE2\x80\xA8") || at.starts_with("\xE2\x80\xA9"); }

// Runs of bytes that need nothing go out in one piece.
template <typename Out>
void append_string(Out& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out.append("\"");
  size_t from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool plain = byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F && byte != 0xE2;
    if (plain || (byte == 0xE2 && !is_line_end_to_javascript(text.substr(i)))) continue;
    out.append(text.substr(from, i - from));
    if (byte == '"' || byte == '\\') {
      const char escaped[] = {'\\', text[i]};
      out.append(std::string_view(escaped, 2));
    } else if (byte == '\n') {
      out.append("\\n");
    } else if (byte == 0xE2) {
      out.append(text[i + 2] == '\xA8' ? "\\u2028" : "\\u2029");
      i += 2;
    } else {
      const char escaped[] = {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]};
      out.append(std::string_view(escaped, 6));
    }
    from = i + 1;
  }
  out.append(text.substr(from));
  out.append("\"");
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) { append_string(out, text); }
void append_json_string(Secret& out, std::string_view text) { append_string(out, text); }

JsonBody::JsonBody(Secret& body, std::string* shown) : body_(body), shown_(shown) {
  body_.append('{');
  if (shown_ != nullptr) *shown_ += '{';
}

void JsonBody::key(std::string_view name) {
  if (!first_) body_.append(',');
  append_json_string(body_, name);
  body_.append(':');
  if (shown_ != nullptr) {
    if (!first_) *shown_ += ',';
    append_json_string(*shown_, name);
    *shown_ += ':';
  }
  first_ = false;
}

void JsonBody::hide() {
  if (shown_ != nullptr) append_json_string(*shown_, kHidden);
}

void JsonBody::add(std::string_view name, std::string_view text) {
  key(name);
  append_json_string(body_, text);
  if (shown_ != nullptr) append_json_string(*shown_, text);
}

void JsonBody::add_secret(std::string_view name, std::string_view text) {
  key(name);
  append_json_string(body_, text);
  hide();
}

void JsonBody::add_json(std::string_view name, std::string_view json) {
  key(name);
  body_.append(json);
  hide();
}

void JsonBody::end() {
  body_.append('}');
  if (shown_ != nullptr) *shown_ += '}';
}

void JsonWriter::comma() {
  if (!first_) out_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
  comma();
  out_ += bracket;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  comma();
  append_json_string(out_, name);
  out_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  comma();
  append_json_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::integer(int64_t value) {
  comma();
  out_ += std::to_string(value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  comma();
  out_ += value ? "true" : "false";
  return *this;
}

}  // namespace hlid
