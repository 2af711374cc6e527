// hlid_settings and hlid_app: values by name, into the core's.
#include <optional>
#include <string_view>
#include <utility>

#include "capi/handles.h"

using hlid::text_of;

hlid_settings* hlid_settings_new(void) { return new hlid_settings(); }

hlid_status hlid_settings_set(hlid_settings* settings, hlid_view name, hlid_view value, hlid_error** err) {
  if (settings == nullptr) return hlid::fail_null(err, "settings");
  if (!hlid::is_sound(name)) return hlid::fail_null(err, "name");
  if (!hlid::is_sound(value)) return hlid::fail_null(err, "value");
  const auto given = value.data == nullptr ? std::nullopt : std::optional<std::string_view>(text_of(value));
  return hlid::finish(settings->settings.set(text_of(name), given), err);
}

hlid_status hlid_settings_set_json(hlid_settings* settings, hlid_view json, hlid_error** err) {
  if (settings == nullptr) return hlid::fail_null(err, "settings");
  if (json.data == nullptr || !hlid::is_sound(json)) return hlid::fail_null(err, "json");
  return hlid::finish(settings->settings.set_json(text_of(json)), err);
}

void hlid_settings_free(hlid_settings* settings) { delete settings; }

hlid_status hlid_app_new(const hlid_settings* settings, hlid_app** out, hlid_error** err) {
  if (settings == nullptr) return hlid::fail_null(err, "settings");
  if (out == nullptr) return hlid::fail_null(err, "out");
  auto app = hlid::App::create(settings->settings);
  if (!app) return hlid::fail(err, std::move(app).error());
  *out = new hlid_app{std::move(*app)};
  return HLID_OK;
}

void hlid_app_free(hlid_app* app) { delete app; }
