// What each flow needs of an org: the rows that the linter checks, the generator fulfils and `explain` tells. A setting of
// FlowSpec::org_settings that lives in files has a row here, and a row's setting is among those (tests/org/needs_test.cc).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/spec.h"
#include "org/configuration.h"

namespace hlid::org {

enum class Level : uint8_t {
  opens,   // a switch of the app's that is made for this flow: without it the flow does not work
  must,    // without it the flow does not work
  should,  // without it the flow works, but not as people expect
  any,     // the flow works either way: the setting decides how
};
std::string_view name_of(Level level);

// When a row counts.
enum class When : uint8_t {
  always,
  public_client,
  private_client,
  basic_header,  // the setting credentials_placement is `header`
  after_guest,   // the app has guests that sign in: the visitor is to be carried
  login_hint,    // the parameter login_hint or customdata is used
  templates,     // the parameter emailtemplate is used
  other_apps,    // a token of another app is asked about
};
// "for a public client"; "" of `always`.
std::string_view phrase_of(When when);

enum class Wish : uint8_t {
  nothing,    // no file says it, or either will do
  is,         // the element is `value`
  is_not,     // it is not
  present,    // it has some text
  any_scope,  // one of the scopes in `value` is selected; with an empty `value` any
  all_scopes,
  own_scope,              // one other than those in `value`
  localhost,              // a callback on localhost
  handler,                // an enabled token exchange handler names the app
  document,               // a file of the type that `element` names
  client_app,             // the app is an external client app
  connected_app,          // it is of the other kind
  perhaps_connected_app,  // of external client apps no source says that they have the flow
  keeper,                 // a client that keeps a secret: the flow is for no other, whatever the org says
};

struct Need {
  const OrgSetting* setting;
  Level level = Level::must;
  When when = When::always;
  Wish wish = Wish::nothing;
  const char* element = "";  // "Type.path" of an external client app, the org or a site; "" if files do not have it
  const char* value = "";
  const char* or_element = "";  // will do as well, with the same wish and value
  // What no file says can be taken for granted: what an org makes by itself, or what no app has by default.
  bool granted = false;
  const char* rule = "";  // the rule that says the same (rules/rules.h): where it has found it, there is no second finding
  const char* doc = "";   // why: a sentence
};

// Of the flow itself, then those of every flow of its kind: an enabled app, a callback for what ends at one, a live site for
// what only sites serve.
std::vector<const Need*> needs_of(const FlowSpec& flow);
// Whether the setting is among them. That a flow is for private clients alone does not count: it has a secret whatever the app
// says.
bool depends_on(const FlowSpec& flow, const OrgSetting& setting);
// The flow's own alone.
std::span<const Need> own_needs(std::string_view flow);

// "true", "not HIGH_ASSURANCE", "Web or Full": how a row's wish is told.
std::string wish_of(const Need& need);

// What a linter knows besides the files. Absent: not known, so that rows for such cases are told, not judged.
struct Circumstances {
  enum class Client : uint8_t { unknown, of_public, of_private };
  Client client = Client::unknown;
  std::optional<bool> basic_header;
  std::optional<bool> after_guest;
  std::optional<bool> login_hint;
  std::optional<bool> templates;
  std::optional<bool> other_apps;
  std::string site;  // the member of the Network to look at; empty: any
};
// Absent: not known.
std::optional<bool> counts(When when, const Circumstances& circumstances);

struct Verdict {
  enum class Met : uint8_t { yes, no, unknown, inapplicable };
  Met met = Met::unknown;
  Value value;  // that decided
};
// Whether the app meets a row, as far as the files say.
Verdict judge(const Need& need, const App& app, const Configuration& configuration, const Circumstances& circumstances);

// Words of a list in a row: "Web Full".
std::vector<std::string_view> words_of(std::string_view list);

}  // namespace hlid::org
