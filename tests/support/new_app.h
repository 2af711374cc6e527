// An app from settings in one call, for tests that are about something else.
#pragma once

#include <initializer_list>

#include "headlessid/headlessid.h"

struct Setting {
  const char* name;
  hlid_view value;
};

// NULL, and *err if err is not NULL, where a setting or all of them together are refused. Absent values are left out.
inline hlid_app* new_app(std::initializer_list<Setting> values, hlid_error** err = nullptr) {
  hlid_settings* settings = hlid_settings_new();
  hlid_status status = HLID_OK;
  for (const Setting& one : values) {
    if (status == HLID_OK) status = hlid_settings_set(settings, hlid_str(one.name), one.value, err);
  }
  hlid_app* app = nullptr;
  if (status == HLID_OK) status = hlid_app_new(settings, &app, err);
  hlid_settings_free(settings);
  return status == HLID_OK ? app : nullptr;
}
