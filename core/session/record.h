// The record of a session: what the host's store keeps of a signed-in user, or of a guest.
//
// Inside of the seal (crypto/sealed.h) are fields by their names, so that a later release reads it and an earlier one keeps what
// it does not know, and zeros up to a multiple of kRecordStep. It is bound to the format, the key's id, the site, the client, the
// record's version and the store's key: one that is moved to another place, or put back under another version, does not open.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "oauth/app.h"

namespace hlid {

// `refreshing`: the refresh token may have been sent by `owner`, and nobody knows yet what came of it. `ended`: it has no use but
// to be revoked, or to say that the session is over.
namespace record_state {
inline constexpr std::string_view kSettled = "settled";
inline constexpr std::string_view kRefreshing = "refreshing";
inline constexpr std::string_view kEnded = "ended";
}  // namespace record_state

class Record {
 public:
  Record() = default;

  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return !get(name).empty(); }
  // 0 where there is none.
  [[nodiscard]] int64_t number(std::string_view name) const;
  // An empty value removes it.
  void set(std::string_view name, std::string_view value);
  void set_number(std::string_view name, int64_t value);
  [[nodiscard]] Record clone() const;

  [[nodiscard]] bool is_guest() const { return get("kind") == "guest"; }
  [[nodiscard]] std::string_view state() const { return get("state"); }

  // Without padding. In a flow's slot, too.
  [[nodiscard]] Secret pack() const;
  // Absent for what pack() did not write. Zeros at the end are padding.
  static std::optional<Record> unpack(std::string_view plain);

 private:
  std::vector<std::pair<std::string, Secret>> fields_;
};

// A new version of a record: 36 characters that no other has, so that a record of an earlier session under the same key can never
// stand for this one.
Result<std::string> make_version();

Error no_session_keys();

// STATE: "no_session_keys", and "record_too_large".
Result<Secret> seal_record(const App& app, const SealKeys& keys, std::string_view key, std::string_view version,
                           const Record& record);
// PROTOCOL, "record_refused", for one that was changed, or belongs to another app, key or version, whichever it is;
// "no_session_keys".
Result<Record> open_record(const App& app, const SealKeys& keys, std::string_view key, std::string_view version,
                           std::string_view sealed);

}  // namespace hlid
