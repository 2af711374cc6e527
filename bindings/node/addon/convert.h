// convert.h: values from JavaScript to views and back. Nothing that JavaScript may keep points into native
// memory: whatever goes out is copied in the same call.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "headlessid/headlessid.h"

namespace hlid_node {

// A string or a Uint8Array from JavaScript, held for one call. A string is turned into UTF-8 in memory of our
// own, which is wiped at the end; the bytes of a Uint8Array are used where they are. undefined and null are
// absent. A lone surrogate becomes its three bytes, which are not UTF-8, so that the library refuses it: the
// engine's own conversion would put U+FFFD in its place and so change a password silently.
class Bytes {
 public:
  Bytes() = default;
  Bytes(Bytes&& other) noexcept;
  Bytes& operator=(Bytes&&) = delete;
  ~Bytes();

  // False where the value is not one of these; nothing is thrown yet.
  [[nodiscard]] bool read(const Napi::Value& value);
  [[nodiscard]] hlid_view view() const { return view_; }

 private:
  std::unique_ptr<char[]> owned_;
  size_t owned_bytes_ = 0;
  hlid_view view_{nullptr, 0};
};

// Reads an argument that must be a string, a Uint8Array or absent; throws a TypeError that names it otherwise.
[[nodiscard]] bool read_bytes(const Napi::Value& value, std::string_view what, Bytes& out);

// A whole number, as a number or a bigint, that fits into 64 bits; throws a TypeError otherwise. The range
// in which a number is exact is checked by our JavaScript, which can say which argument it was.
[[nodiscard]] bool read_int64(const Napi::Value& value, std::string_view what, int64_t& out);

// A copy: a string, or undefined where the view is absent.
Napi::Value to_text(Napi::Env env, hlid_view view);
// A copy in a Uint8Array of its own.
Napi::Value to_bytes(Napi::Env env, hlid_view view);
// A number where it is exact, a bigint beyond that.
Napi::Value to_integer(Napi::Env env, int64_t value);
Napi::Value to_number(Napi::Env env, double value);
Napi::Value to_boolean(Napi::Env env, bool value);

void put(const Napi::Object& object, const char* name, const Napi::Value& value);
void put(const Napi::Array& array, uint32_t index, const Napi::Value& value);

// Our own word for "a busy or closed handle", in the shape that error_fields gives.
Napi::Value state_error(Napi::Env env, const char* reason, const char* message, const char* advice = "NONE");
// Every field of an error as a plain object, which our JavaScript turns into a HeadlessIdError. Absent ones
// are left out.
Napi::Value error_fields(Napi::Env env, const hlid_error* error);
// The same for an error that is ours to free: undefined for HLID_OK.
Napi::Value outcome(Napi::Env env, hlid_status status, hlid_error* error);

}  // namespace hlid_node
