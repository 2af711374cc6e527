// Errors, versions and the names of numbers.
#include <string>

#include "base/version.h"
#include "capi/handles.h"
#include "engine/catalogue.h"
#include "flows/registry.h"

using hlid::view_of;
using hlid::view_or_absent;

static_assert(HLID_ABI_VERSION == hlid::kAbi, "the catalogue tells the ABI to the bindings");

uint32_t hlid_abi_version(void) { return HLID_ABI_VERSION; }

hlid_view hlid_str(const char* text) { return text == nullptr ? hlid_view{nullptr, 0} : view_of(std::string_view(text)); }

hlid_view hlid_version(void) { return view_of(hlid::kVersion); }

int32_t hlid_has_client(void) {
#ifdef HLID_HAS_CLIENT
  return 1;
#else
  return 0;
#endif
}

hlid_view hlid_catalogue(void) {
  static const std::string text =
      hlid::write_catalogue(hlid::all_flows(), hlid::more_results());  // constant, made at the first call
  return view_of(text);
}

hlid_view hlid_step_name(hlid_step step) {
  switch (step) {
    case HLID_STEP_SEND: return view_of("SEND");
    case HLID_STEP_ASK: return view_of("ASK");
    case HLID_STEP_SHOW: return view_of("SHOW");
    case HLID_STEP_SIGN: return view_of("SIGN");
    case HLID_STEP_WAIT: return view_of("WAIT");
    case HLID_STEP_DONE: return view_of("DONE");
    case HLID_STEP_FAILED: return view_of("FAILED");
    case HLID_STEP_STORE: return view_of("STORE");
    default: return view_of("UNKNOWN");
  }
}

hlid_status hlid_error_kind(const hlid_error* err) {
  return err == nullptr ? HLID_OK : static_cast<hlid_status>(err->data().kind);
}
hlid_advice hlid_error_advice(const hlid_error* err) {
  return err == nullptr ? HLID_ADVICE_NONE : static_cast<hlid_advice>(err->data().advice);
}
hlid_view hlid_error_kind_name(const hlid_error* err) {
  return err == nullptr ? hlid_view{nullptr, 0} : view_of(name_of(err->data().kind));
}
hlid_view hlid_error_advice_name(const hlid_error* err) {
  return err == nullptr ? hlid_view{nullptr, 0} : view_of(name_of(err->data().advice));
}
hlid_view hlid_error_reason(const hlid_error* err) {
  return err == nullptr ? hlid_view{nullptr, 0} : view_of(err->data().reason);
}
hlid_view hlid_error_message(const hlid_error* err) {
  return err == nullptr ? hlid_view{nullptr, 0} : view_of(err->data().message);
}
hlid_view hlid_error_hint(const hlid_error* err) {
  return err == nullptr ? hlid_view{nullptr, 0} : view_or_absent(err->data().hint);
}
hlid_view hlid_error_field(const hlid_error* err) {
  return err == nullptr ? hlid_view{nullptr, 0} : view_or_absent(err->data().field);
}
hlid_view hlid_error_server_code(const hlid_error* err) {
  return err == nullptr ? hlid_view{nullptr, 0} : view_or_absent(err->data().server_code);
}
hlid_view hlid_error_server_text(const hlid_error* err) {
  return err == nullptr ? hlid_view{nullptr, 0} : view_or_absent(err->data().server_text);
}
int32_t hlid_error_http_status(const hlid_error* err) { return err == nullptr ? 0 : err->data().http_status; }
int32_t hlid_error_outcome_unknown(const hlid_error* err) { return err != nullptr && err->data().outcome_unknown ? 1 : 0; }
int64_t hlid_error_retry_after_ms(const hlid_error* err) { return err == nullptr ? -1 : err->data().retry_after_ms; }
void hlid_error_free(hlid_error* err) {
  if (err != nullptr && err->flow == nullptr) delete err;  // a flow's own goes with the flow
}
