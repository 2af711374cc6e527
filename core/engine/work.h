// What a flow's actions see: its parameters, what it remembers, the answer, and the step they prepare.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "oauth/answer.h"
#include "oauth/app.h"

namespace hlid {

// What a flow remembers from step to step. Everything in a slot is wiped with the flow.
enum class Slot : uint8_t { verifier, state, code, base_url, uvid, uvid_hint, token_answer, count };

// What a flow brought: names of the catalogue to text.
class FlowResult {
 public:
  void set(const char* name, std::string_view value) { values_.emplace_back(name, Secret(value)); }
  void set_if(const char* name, std::optional<std::string_view> value) {
    if (value && !value->empty()) set(name, *value);
  }
  [[nodiscard]] const std::vector<std::pair<const char*, Secret>>& values() const { return values_; }
  [[nodiscard]] std::string_view get(std::string_view name) const {
    for (const auto& [own, value] : values_) {
      if (own == name) return value.view();
    }
    return {};
  }

 private:
  std::vector<std::pair<const char*, Secret>> values_;
};

struct Ask {
  const char* name = "";
  bool secret = false;
  std::optional<Error> problem;
};

struct Show {
  std::string url;
  std::string code;
};

struct Sign {
  const char* algorithm = "";
  Secret input;
};

class Work {
 public:
  explicit Work(const App& settings) : app(settings) {}

  const App& app;
  int64_t now_ms = 0;
  bool tracing = false;

  // The parameter's value; absent if the caller gave none. The name must be of the flow's own table.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;

  [[nodiscard]] std::string_view slot(Slot which) const { return slots_[static_cast<size_t>(which)].view(); }
  void keep(Slot which, Secret value) { slots_[static_cast<size_t>(which)] = std::move(value); }
  void keep(Slot which, std::string_view value) { keep(which, Secret(value)); }
  void forget(Slot which) { slots_[static_cast<size_t>(which)].clear(); }

  // In: what was given back.
  Answer answer;
  Secret value;

  // Out: what an action prepares for the step that its state announces.
  Request request;
  Ask ask;
  Show show;
  Sign sign;
  int64_t wait_until_ms = 0;
  FlowResult result;

 private:
  friend class Flow;
  std::vector<std::pair<std::string_view, Secret>> parameters_;
  std::array<Secret, static_cast<size_t>(Slot::count)> slots_;
};

}  // namespace hlid
