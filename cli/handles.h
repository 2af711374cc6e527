// handles.h: the library's handles, freed when they go, and its views as text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <headlessid/headlessid.h>

#include "cli/outcome.h"

namespace hlid_cli {

template <auto Free>
struct FreeWith {
  template <typename Handle>
  void operator()(Handle* handle) const {
    Free(handle);
  }
};
using AppHandle = std::unique_ptr<hlid_app, FreeWith<hlid_app_free>>;
using SettingsHandle = std::unique_ptr<hlid_settings, FreeWith<hlid_settings_free>>;
using FlowHandle = std::unique_ptr<hlid_flow, FreeWith<hlid_flow_free>>;
using ClientHandle = std::unique_ptr<hlid_client, FreeWith<hlid_client_free>>;
using ErrorHandle = std::unique_ptr<hlid_error, FreeWith<hlid_error_free>>;

inline std::string_view text_of(hlid_view view) {
  return view.data == nullptr ? std::string_view() : std::string_view(view.data, view.size);
}
inline hlid_view view_of(std::string_view text) { return {text.data() == nullptr ? "" : text.data(), text.size()}; }

Failure failure_of(const hlid_error* error);

// A call of the library that did not work.
struct LibraryError {
  Failure failure;
};
// Throws LibraryError unless the status is HLID_OK; frees the error. By reference, so that check(call(&error), error) reads it
// after the call.
void check(hlid_status status, hlid_error*& error);

}  // namespace hlid_cli
