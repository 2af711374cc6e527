// What the opaque handles of the C header are.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "engine/shared_flow.h"
#include "headlessid/headlessid.h"
#include "oauth/app.h"

// An error of its own, or a window on a flow's: so that reading a flow's error needs nothing to be made.
struct hlid_error {
  explicit hlid_error(hlid::Error error) : own(std::move(error)) {}
  hlid_error(const hlid::Flow* of, bool asked) : flow(of), problem(asked) {}
  std::optional<hlid::Error> own;
  const hlid::Flow* flow = nullptr;
  bool problem = false;

  [[nodiscard]] const hlid::Error::Data& data() const {
    if (own) return own->data();
    return problem ? flow->ask().problem->data() : flow->error()->data();
  }
};

struct hlid_app {
  std::shared_ptr<const hlid::App> app;
};

struct hlid_result {
  const hlid::Flow* flow;
};

struct hlid_settings {
  hlid::Settings settings;
};

struct hlid_flow : hlid::SharedFlow {
  using SharedFlow::SharedFlow;
  const pid_t process = ::getpid();
  const hlid_result result{&flow};
  const hlid_error error{&flow, false};
  const hlid_error problem{&flow, true};
};

namespace hlid {

// Has a flow to itself for one call; `taken` is false if another call or a client has it.
class Inside {
 public:
  explicit Inside(hlid_flow* flow) : flow_(flow), taken_(flow->try_enter()) {}
  ~Inside() {
    if (taken_) flow_->leave();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  [[nodiscard]] bool taken() const { return taken_; }

 private:
  hlid_flow* flow_;
  bool taken_;
};

inline hlid_status fail(hlid_error** out, Error error) {
  const auto kind = static_cast<hlid_status>(error.data().kind);
  if (out != nullptr) *out = new hlid_error(std::move(error));
  return kind;
}

inline hlid_status fail_null(hlid_error** out, const char* field) { return fail(out, Error::argument(field, "is NULL")); }

inline hlid_status fail_busy(hlid_error** out) { return fail(out, SharedFlow::busy()); }

inline hlid_status finish(Result<void> result, hlid_error** out) {
  return result ? HLID_OK : fail(out, std::move(result).error());
}

inline hlid_view view_of(std::string_view text) { return {text.data(), text.size()}; }
// Absent and empty are the same thing where a result says "not sent".
inline hlid_view view_or_absent(std::string_view text) { return text.empty() ? hlid_view{nullptr, 0} : view_of(text); }

// {NULL, n > 0} and sizes that no memory can have are the caller's bug.
inline bool is_sound(hlid_view view) { return (view.data != nullptr || view.size == 0) && view.size <= SIZE_MAX / 2; }
inline std::string_view text_of(hlid_view view) {
  return view.data == nullptr ? std::string_view() : std::string_view(view.data, view.size);
}

// Runs `call` with the flow to itself.
template <typename Call>
hlid_status with(hlid_flow* flow, hlid_error** err, Call call) {
  if (flow == nullptr) return fail_null(err, "flow");
  const Inside inside(flow);
  if (!inside.taken()) return fail_busy(err);
  return finish(call(flow->flow), err);
}

}  // namespace hlid
