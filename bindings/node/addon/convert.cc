#include "convert.h"

#include <cstring>
#include <string>
#include <utility>

namespace hlid_node {
namespace {

constexpr int64_t kMaxExact = 9007199254740991;  // 2^53 - 1

// A plain memset before delete may be dropped by the compiler.
void wipe(char* data, size_t size) {
  volatile char* bytes = data;
  for (size_t i = 0; i < size; ++i) bytes[i] = 0;
}

char low_byte(uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value & 0xFFu)); }

size_t write_utf8(const char16_t* units, size_t count, char* out) {
  size_t size = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t code = units[i];
    if (code >= 0xD800 && code <= 0xDBFF && i + 1 < count && units[i + 1] >= 0xDC00 && units[i + 1] <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (units[i + 1] - 0xDC00u);
      ++i;
    }
    if (code < 0x80) {
      out[size++] = low_byte(code);
    } else if (code < 0x800) {
      out[size++] = low_byte(0xC0 | (code >> 6));
      out[size++] = low_byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      out[size++] = low_byte(0xE0 | (code >> 12));
      out[size++] = low_byte(0x80 | ((code >> 6) & 0x3F));
      out[size++] = low_byte(0x80 | (code & 0x3F));
    } else {
      out[size++] = low_byte(0xF0 | (code >> 18));
      out[size++] = low_byte(0x80 | ((code >> 12) & 0x3F));
      out[size++] = low_byte(0x80 | ((code >> 6) & 0x3F));
      out[size++] = low_byte(0x80 | (code & 0x3F));
    }
  }
  return size;
}

void throw_type_error(Napi::Env env, std::string_view what, const char* rule) {
  std::string message(what);
  message += rule;
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
}

}  // namespace

Bytes::Bytes(Bytes&& other) noexcept
    : owned_(std::move(other.owned_)),
      owned_bytes_(std::exchange(other.owned_bytes_, 0)),
      view_(std::exchange(other.view_, hlid_view{nullptr, 0})) {}

Bytes::~Bytes() {
  if (owned_) wipe(owned_.get(), owned_bytes_);
}

bool Bytes::read(const Napi::Value& value) {
  if (value.IsUndefined() || value.IsNull()) {
    view_ = {nullptr, 0};
    return true;
  }
  if (value.IsString()) {
    size_t count = 0;
    if (napi_get_value_string_utf16(value.Env(), value, nullptr, 0, &count) != napi_ok) return false;
    // One buffer, wiped as one, holds both forms: the UTF-8 first (at most three bytes a unit), then the UTF-16
    // units with the NUL that the engine writes behind them.
    owned_bytes_ = count * 5 + 4;
    owned_ = std::make_unique_for_overwrite<char[]>(owned_bytes_);
    const size_t units_at = (count * 3 + 1) / 2 * 2;
    char16_t* units = reinterpret_cast<char16_t*>(owned_.get() + units_at);
    size_t copied = 0;
    if (napi_get_value_string_utf16(value.Env(), value, units, count + 1, &copied) != napi_ok) return false;
    view_ = {owned_.get(), write_utf8(units, copied, owned_.get())};
    return true;
  }
  bool typed = false;
  if (napi_is_typedarray(value.Env(), value, &typed) != napi_ok || !typed) return false;
  napi_typedarray_type type = napi_int8_array;
  size_t size = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(value.Env(), value, &type, &size, &data, nullptr, nullptr) != napi_ok) return false;
  if (type != napi_uint8_array) return false;
  view_ = {data == nullptr ? "" : static_cast<const char*>(data), size};
  return true;
}

bool read_bytes(const Napi::Value& value, std::string_view what, Bytes& out) {
  if (out.read(value)) return true;
  throw_type_error(value.Env(), what, " must be a string or a Uint8Array");
  return false;
}

bool read_int64(const Napi::Value& value, std::string_view what, int64_t& out) {
  bool lossless = false;
  if (value.IsBigInt() && napi_get_value_bigint_int64(value.Env(), value, &out, &lossless) == napi_ok && lossless) return true;
  double number = 0;
  if (value.IsNumber() && napi_get_value_double(value.Env(), value, &number) == napi_ok &&
      number >= -static_cast<double>(kMaxExact) && number <= static_cast<double>(kMaxExact)) {
    out = static_cast<int64_t>(number);
    if (static_cast<double>(out) == number) return true;
  }
  throw_type_error(value.Env(), what, " must be a whole number that fits into 64 bits");
  return false;
}

Napi::Value to_text(Napi::Env env, hlid_view view) {
  if (view.data == nullptr) return env.Undefined();
  napi_value text = nullptr;
  if (napi_create_string_utf8(env, view.data, view.size, &text) != napi_ok) return env.Undefined();
  return {env, text};
}

Napi::Value to_bytes(Napi::Env env, hlid_view view) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  if (napi_create_arraybuffer(env, view.size, &data, &buffer) != napi_ok) return env.Undefined();
  if (view.size > 0) std::memcpy(data, view.data, view.size);
  if (napi_create_typedarray(env, napi_uint8_array, view.size, buffer, 0, &array) != napi_ok) return env.Undefined();
  return {env, array};
}

Napi::Value to_integer(Napi::Env env, int64_t value) {
  if (value >= -kMaxExact && value <= kMaxExact) return to_number(env, static_cast<double>(value));
  napi_value big = nullptr;
  if (napi_create_bigint_int64(env, value, &big) != napi_ok) return env.Undefined();
  return {env, big};
}

Napi::Value to_number(Napi::Env env, double value) {
  napi_value number = nullptr;
  if (napi_create_double(env, value, &number) != napi_ok) return env.Undefined();
  return {env, number};
}

Napi::Value to_boolean(Napi::Env env, bool value) {
  napi_value flag = nullptr;
  if (napi_get_boolean(env, value, &flag) != napi_ok) return env.Undefined();
  return {env, flag};
}

void put(const Napi::Object& object, const char* name, const Napi::Value& value) {
  if (!value.IsUndefined()) napi_set_named_property(object.Env(), object, name, value);
}

void put(const Napi::Array& array, uint32_t index, const Napi::Value& value) {
  napi_set_element(array.Env(), array, index, value);
}

Napi::Value state_error(Napi::Env env, const char* reason, const char* message, const char* advice) {
  Napi::Object fields = Napi::Object::New(env);
  put(fields, "kind", to_text(env, hlid_str("STATE")));
  put(fields, "advice", to_text(env, hlid_str(advice)));
  put(fields, "reason", to_text(env, hlid_str(reason)));
  put(fields, "message", to_text(env, hlid_str(message)));
  return fields;
}

Napi::Value error_fields(Napi::Env env, const hlid_error* error) {
  if (error == nullptr) return env.Undefined();
  Napi::Object fields = Napi::Object::New(env);
  put(fields, "kind", to_text(env, hlid_error_kind_name(error)));
  put(fields, "advice", to_text(env, hlid_error_advice_name(error)));
  put(fields, "reason", to_text(env, hlid_error_reason(error)));
  put(fields, "message", to_text(env, hlid_error_message(error)));
  put(fields, "hint", to_text(env, hlid_error_hint(error)));
  put(fields, "field", to_text(env, hlid_error_field(error)));
  put(fields, "serverCode", to_text(env, hlid_error_server_code(error)));
  put(fields, "serverText", to_text(env, hlid_error_server_text(error)));
  put(fields, "httpStatus", to_number(env, hlid_error_http_status(error)));
  put(fields, "outcomeUnknown", to_boolean(env, hlid_error_outcome_unknown(error) != 0));
  put(fields, "retryAfterMs", to_integer(env, hlid_error_retry_after_ms(error)));
  return fields;
}

Napi::Value outcome(Napi::Env env, hlid_status status, hlid_error* error) {
  if (status == HLID_OK) return env.Undefined();
  Napi::Value fields = error_fields(env, error);
  hlid_error_free(error);
  return fields;
}

}  // namespace hlid_node
