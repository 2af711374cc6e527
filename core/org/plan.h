// The values that an app, its org and a site get: by the names of external client apps, whatever the kind of app.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "org/choices.h"
#include "org/needs.h"

namespace hlid::org {

// One row of the needs, and the flows that have it.
struct Reason {
  const Need* need;
  std::vector<const FlowSpec*> flows;
};

class Plan {
 public:
  // ARGUMENT where a flow needs what the choices lack, or cannot have.
  static Result<Plan> make(const Choices& choices);

  // "ExtlClntAppGlobalOauthSettings.callbackUrl" to its text; of a list the parts in one.
  [[nodiscard]] std::string_view value(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& values() const { return values_; }
  [[nodiscard]] const std::vector<const ScopeSpec*>& scopes() const { return scopes_; }
  [[nodiscard]] const std::vector<std::string>& redirect_uris() const { return redirect_uris_; }
  [[nodiscard]] const std::vector<std::string>& permission_sets() const { return permission_sets_; }
  // The permission set that is made for the app; empty: none is.
  [[nodiscard]] std::string_view own_permission_set() const { return own_permission_set_; }
  [[nodiscard]] const std::vector<Reason>& reasons() const { return reasons_; }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  // Whether this kind of app has the element, or one of the same meaning.
  [[nodiscard]] bool has_element(std::string_view name) const;

  // Names of the classes that the plan refers to; empty: there is none.
  [[nodiscard]] std::string registration_handler() const;
  [[nodiscard]] std::string discovery_handler() const;
  [[nodiscard]] std::string exchange_handler() const;

 private:
  explicit Plan(const Choices& choices) : choices_(&choices) {}
  Result<void> build();
  void begin_app();
  void begin_policies();
  Result<void> apply(const Reason& reason);
  Result<void> apply_present(const Reason& reason);
  void apply_scopes(const Need& need);
  Result<void> apply_integration_scopes();
  void note(std::string text);
  Result<void> finish();

  // `needed`: without it a flow does not work, so that an API version that lacks it will not do.
  void set(std::string_view name, std::string_view value, bool needed);
  [[nodiscard]] bool is_set(std::string_view name) const { return !value(name).empty(); }
  [[nodiscard]] ElementRef element_of(std::string_view name) const;
  [[nodiscard]] bool has_scope(std::string_view word) const;
  void add_scope(std::string_view word);
  [[nodiscard]] bool after_guest() const;
  [[nodiscard]] Circumstances circumstances() const;

  const Choices* choices_;
  std::map<std::string, std::string, std::less<>> values_;
  std::vector<std::string> needed_;
  std::vector<const ScopeSpec*> scopes_;
  std::vector<std::string> redirect_uris_;
  std::vector<std::string> permission_sets_;
  std::string own_permission_set_;
  std::vector<Reason> reasons_;
  std::vector<std::string> notes_;
  int newest_ = 0;  // the API version that is needed
  std::string newest_name_;
};

}  // namespace hlid::org
