// What went wrong, for a program and for a person. The numbers are those of the C header.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace hlid {

enum class Kind : int32_t { argument = 1, state = 2, transport = 3, protocol = 4, refused = 5 };

enum class Advice : int32_t {
  none = 0,
  fix_argument = 1,
  ask_again = 2,
  restart = 3,
  sign_in_again = 4,
  retry_later = 5,
  fix_org = 6
};

std::string_view name_of(Kind kind);
std::string_view name_of(Advice advice);

// One pointer wide, so that Result<T> stays small. `reason` is a word that never changes and always a
// literal; message and hint are made of literals and of public values only.
class Error {
 public:
  struct Data {
    Kind kind = Kind::state;
    Advice advice = Advice::none;
    const char* reason = "";
    std::string message;
    std::string hint;
    std::string field;
    std::string server_code;
    std::string server_text;
    // The server's words as received, until the flow has removed its own secrets and copied the rest to the two above.
    Secret raw_code;
    Secret raw_text;
    int32_t http_status = 0;
    bool outcome_unknown = false;
    int64_t retry_after_ms = -1;
  };

  // The message is "field what", so `what` is a predicate: "is missing", "must be ...".
  static Error argument(std::string_view field, std::string_view what);
  static Error state(const char* reason, std::string_view message);
  static Error transport(const char* reason, std::string_view message);
  static Error protocol(const char* reason, std::string_view message);
  static Error refused(const char* reason, std::string_view message);

  // Out of line, as everything else here that is more than a pointer: errors are made and dropped in hundreds of places.
  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;
  ~Error();

  Error&& advise(Advice advice) &&;
  Error&& hint(std::string_view text) &&;
  Error&& http_status(int32_t status) &&;
  Error&& outcome_unknown() &&;
  Error&& retry_after_ms(int64_t ms) &&;
  // A server may repeat what it was sent: Flow::fail escapes, cuts and redacts these words.
  Error&& server(std::string_view code, std::string_view text) &&;

  [[nodiscard]] Error clone() const;
  [[nodiscard]] const Data& data() const { return *data_; }
  [[nodiscard]] Data& edit() { return *data_; }

 private:
  explicit Error(std::unique_ptr<Data> data) : data_(std::move(data)) {}
  static Error make(Kind kind, Advice advice, const char* reason, std::string_view message);
  std::unique_ptr<Data> data_;
};

}  // namespace hlid
