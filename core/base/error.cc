#include "base/error.h"

#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace hlid {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::argument: return "ARGUMENT";
    case Kind::state: return "STATE";
    case Kind::transport: return "TRANSPORT";
    case Kind::protocol: return "PROTOCOL";
    case Kind::refused: return "REFUSED";
  }
  return "UNKNOWN";
}

std::string_view name_of(Advice advice) {
  switch (advice) {
    case Advice::none: return "NONE";
    case Advice::fix_argument: return "FIX_ARGUMENT";
    case Advice::ask_again: return "ASK_AGAIN";
    case Advice::restart: return "RESTART";
    case Advice::sign_in_again: return "SIGN_IN_AGAIN";
    case Advice::retry_later: return "RETRY_LATER";
    case Advice::fix_org: return "FIX_ORG";
  }
  return "UNKNOWN";
}

Error Error::make(Kind kind, Advice advice, const char* reason, std::string_view message) {
  auto data = std::make_unique<Data>();
  data->kind = kind;
  data->advice = advice;
  data->reason = reason;
  data->message = message;
  return Error(std::move(data));
}

Error Error::argument(std::string_view field, std::string_view what) {
  Error error = make(Kind::argument, Advice::fix_argument, "bad_argument", "");
  // An empty name is itself the mistake.
  error.data_->field = field.empty() ? "name" : escape_for_display(field, kMaxServerCode);
  error.data_->message = join({error.data_->field, " ", what});
  return error;
}

Error Error::state(const char* reason, std::string_view message) { return make(Kind::state, Advice::none, reason, message); }

Error Error::transport(const char* reason, std::string_view message) {
  return make(Kind::transport, Advice::retry_later, reason, message);
}

Error Error::protocol(const char* reason, std::string_view message) {
  return make(Kind::protocol, Advice::none, reason, message);
}

Error Error::refused(const char* reason, std::string_view message) { return make(Kind::refused, Advice::none, reason, message); }

Error::Error(Error&&) noexcept = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Error&& Error::advise(Advice advice) && {
  data_->advice = advice;
  return std::move(*this);
}

Error&& Error::hint(std::string_view text) && {
  data_->hint = text;
  return std::move(*this);
}

Error&& Error::http_status(int32_t status) && {
  data_->http_status = status;
  return std::move(*this);
}

Error&& Error::outcome_unknown() && {
  data_->outcome_unknown = true;
  return std::move(*this);
}

Error&& Error::retry_after_ms(int64_t ms) && {
  data_->retry_after_ms = ms;
  return std::move(*this);
}

Error&& Error::server(std::string_view code, std::string_view text) && {
  data_->raw_code = Secret(code);
  data_->raw_text = Secret(text);
  return std::move(*this);
}

Error Error::clone() const {
  const Data& d = *data_;
  return Error(
      std::make_unique<Data>(Data{d.kind, d.advice, d.reason, d.message, d.hint, d.field, d.server_code, d.server_text,
                                  d.raw_code.clone(), d.raw_text.clone(), d.http_status, d.outcome_unknown, d.retry_after_ms}));
}

}  // namespace hlid
