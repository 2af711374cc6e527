#include "cli/handles.h"

#include <utility>

namespace hlid_cli {

Failure failure_of(const hlid_error* error) {
  const auto copy = [](hlid_view view) { return std::string(text_of(view)); };
  Failure failure;
  failure.kind = copy(hlid_error_kind_name(error));
  failure.advice = copy(hlid_error_advice_name(error));
  failure.reason = copy(hlid_error_reason(error));
  failure.message = copy(hlid_error_message(error));
  failure.hint = copy(hlid_error_hint(error));
  failure.field = copy(hlid_error_field(error));
  failure.server_code = copy(hlid_error_server_code(error));
  failure.server_text = copy(hlid_error_server_text(error));
  failure.http_status = hlid_error_http_status(error);
  failure.outcome_unknown = hlid_error_outcome_unknown(error) == 1;
  failure.retry_after_ms = hlid_error_retry_after_ms(error);
  return failure;
}

void check(hlid_status status, hlid_error*& error) {
  const ErrorHandle owned(std::exchange(error, nullptr));
  if (status != HLID_OK) throw LibraryError{failure_of(owned.get())};
}

}  // namespace hlid_cli
