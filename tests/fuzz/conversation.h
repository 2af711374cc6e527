// The C ABI as a host uses it, for the targets that go through it; and what holds for whatever it says.
#pragma once

#include <string>
#include <string_view>

#include "headlessid/headlessid.h"
#include "tests/fuzz/fuzz.h"

namespace fuzz {

inline constexpr int64_t kNow = 1'767'225'600'000;

inline hlid_view view(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view text(hlid_view view) {
  return view.data == nullptr ? std::string_view() : std::string_view(view.data, view.size);
}

inline bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  if (text.size() < start.size()) return false;
  for (size_t i = 0; i < start.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != start[i]) return false;
  }
  return true;
}

// What holds for every error that a caller can meet.
inline void check_error(const hlid_error* error) {
  MUST(error != nullptr);
  MUST(hlid_error_kind(error) >= HLID_E_ARGUMENT && hlid_error_kind(error) <= HLID_E_REFUSED);
  MUST(hlid_error_advice(error) >= HLID_ADVICE_NONE && hlid_error_advice(error) <= HLID_ADVICE_FIX_ORG);
  MUST(hlid_error_message(error).size > 0 && hlid_error_reason(error).size > 0);
  MUST(hlid_error_retry_after_ms(error) >= -1);
  if (hlid_error_kind(error) == HLID_E_ARGUMENT) MUST(hlid_error_field(error).size > 0);
  for (const hlid_view words : {hlid_error_message(error), hlid_error_hint(error), hlid_error_field(error),
                                hlid_error_server_code(error), hlid_error_server_text(error)}) {
    MUST(words.data == nullptr || words.size > 0);
    for (const char c : text(words)) MUST(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
  MUST(text(hlid_error_server_code(error)).size() <= 64 && text(hlid_error_server_text(error)).size() <= 300);
}

// The outcome of one call.
struct Failure {
  hlid_status status = HLID_OK;
  hlid_error* error = nullptr;

  Failure() = default;
  Failure(const Failure&) = delete;
  Failure& operator=(const Failure&) = delete;
  ~Failure() { hlid_error_free(error); }

  void check() const {
    MUST((status == HLID_OK) == (error == nullptr));
    if (error != nullptr) check_error(error);
    if (error != nullptr) MUST(hlid_error_kind(error) == status);
  }
  void check_argument() const {
    check();
    MUST(status == HLID_OK || status == HLID_E_ARGUMENT);
  }
};

}  // namespace fuzz
