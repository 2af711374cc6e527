// Settings of an app by name: each checked when it is set, what concerns several of them when the app is made.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/sealed.h"
#include "oauth/description.h"

namespace hlid {

class App;

// One row a setting: how it is described, and how its value, which fits that description, goes into an app. `take` refuses
// what the description cannot say; it is also the check, on an app that is thrown away.
struct SettingRow {
  ValueSpec spec;
  Result<void> (*take)(App&, const ValueSpec&, std::string_view);
};
std::span<const SettingRow> setting_rows();
// The descriptions alone, in the same order.
std::span<const ValueSpec> app_settings();

// A value of the setting session_keys, outside an app.
Result<SealKeys> read_session_keys(std::string_view value);

struct NamedValue {
  std::string_view name;
  std::string_view value;
};

class Settings {
 public:
  struct Held {
    const SettingRow* row;
    Secret value;
  };

  // ARGUMENT with the name as the field. The last value counts; an absent one puts the default back. A value that is
  // refused leaves the settings as they were.
  Result<void> set(std::string_view name, std::optional<std::string_view> value);
  // A JSON object of settings by name: texts, numbers, true and false, objects where a setting is JSON, arrays of texts
  // where it is a list, null for an absent value. All of it is set, or nothing. The member `probed` is a record, and ignored.
  Result<void> set_json(std::string_view json);

  [[nodiscard]] std::span<const Held> held() const { return held_; }

 private:
  void put(const SettingRow& row, std::optional<Secret> value);

  std::vector<Held> held_;
};

}  // namespace hlid
