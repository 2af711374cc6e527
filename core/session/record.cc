#include "session/record.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "codec/packed.h"
#include "crypto/sealed.h"
#include "crypto/uuid.h"
#include "oauth/setting_values.h"

namespace hlid {
namespace {

constexpr char kFormat = 1;
constexpr std::string_view kLabel = "headlessid session 1";
constexpr size_t kSizeOfValue = 3;  // bytes of a value's size
constexpr size_t kMaxFields = 64;

// With the version's size: the store names it, and the key may hold any bytes, so that one could pass for a part of the other.
std::string bound_to(const App& app, std::string_view key, std::string_view version) {
  constexpr std::string_view kNul("\0", 1);
  const std::string size = std::to_string(version.size());
  return join({app.site, kNul, app.client_id, kNul, size, kNul, version, key});
}

}  // namespace

Error no_session_keys() {
  Error error = Error::state("no_session_keys", join({"the app's settings have no session_keys", kSealKeyForm}));
  error.edit().field = "session_keys";
  error.edit().advice = Advice::fix_argument;
  error.edit().hint = "set session_keys to id:key; this makes a key: openssl rand -base64 32";
  return error;
}

namespace {

Error refused_record() {
  Error error = Error::protocol("record_refused",
                                "the session's record cannot be opened: it was altered, or sealed for another app, store key or "
                                "version, or with another key");
  error.edit().advice = Advice::sign_in_again;
  return error;
}

}  // namespace

std::string_view Record::get(std::string_view name) const {
  for (const auto& [own, value] : fields_) {
    if (own == name) return value.view();
  }
  return {};
}

int64_t Record::number(std::string_view name) const { return read_decimal(get(name)).value_or(0); }

void Record::set(std::string_view name, std::string_view value) {
  Secret copy(value);  // the value may be one of its own
  std::erase_if(fields_, [&](const auto& own) { return own.first == name; });
  if (!copy.empty()) fields_.emplace_back(std::string(name), std::move(copy));
}

void Record::set_number(std::string_view name, int64_t value) { set(name, value <= 0 ? std::string() : std::to_string(value)); }

Record Record::clone() const {
  Record out;
  for (const auto& [name, value] : fields_) out.fields_.emplace_back(name, value.clone());
  return out;
}

Secret Record::pack() const {
  Secret out;
  for (const auto& [name, value] : fields_) {
    put_name(out, name);
    put_text(out, value.view(), kSizeOfValue);
  }
  return out;
}

std::optional<Record> Record::unpack(std::string_view plain) {
  Record out;
  PackedReader reader(plain);
  while (!reader.at_end()) {
    const std::string_view name = reader.name();
    if (reader.good() && name.empty()) break;  // the padding
    const std::string_view value = reader.text(kSizeOfValue);
    if (!reader.good() || out.has(name) || value.empty() || out.fields_.size() == kMaxFields) return std::nullopt;
    out.fields_.emplace_back(std::string(name), Secret(value));
  }
  return out;
}

Result<std::string> make_version() { return make_uuid_v4(); }

Result<Secret> seal_record(const App& app, const SealKeys& keys, std::string_view key, std::string_view version,
                           const Record& record) {
  if (keys.empty()) return no_session_keys();
  Secret plain = record.pack();
  plain.resize((plain.size() / kRecordStep + 1) * kRecordStep);
  auto sealed = seal(keys, kFormat, kLabel, bound_to(app, key, version), plain.view());
  if (sealed && sealed->size() > kMaxRecord)
    return Error::state("record_too_large", "the session does not fit into a record of 64 KiB");
  return sealed;
}

Result<Record> open_record(const App& app, const SealKeys& keys, std::string_view key, std::string_view version,
                           std::string_view sealed) {
  if (keys.empty()) return no_session_keys();
  const auto plain = unseal(keys, kFormat, kLabel, bound_to(app, key, version), sealed);
  if (!plain) return refused_record();
  auto record = Record::unpack(plain->view());
  const auto is_known = [&](std::string_view state) { return record->state() == state; };
  // A state of a later release means what this one cannot know.
  if (!record || (!is_known(record_state::kSettled) && !is_known(record_state::kRefreshing) && !is_known(record_state::kEnded)))
    return refused_record();
  return std::move(*record);
}

}  // namespace hlid
