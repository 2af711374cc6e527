// What the linter says about one place of the files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hlid::org {

// error: does not deploy, or a flow that is wanted does not work. warning: works, but not as people expect. note: worth knowing.
enum class Severity : uint8_t { note, warning, error };
std::string_view name_of(Severity severity);

// No text of it has a value of an element that is marked as secret.
struct Finding {
  std::string_view id;  // of a rule (rules.h), of a fault of XML (xml.h), or of the setting of the org that a flow needs
  Severity severity = Severity::note;
  bool stops_deployment = false;        // the org refuses the file
  std::vector<std::string_view> flows;  // those that it concerns; empty: the file itself
  std::string app;                      // empty: of no app
  std::string file;                     // as it was given; empty: no file says it
  int line = 0;                         // 0: the whole file
  std::string element;                  // "Type.path"
  std::string_view setting;             // the id of the setting (oauth/org_settings.h), or empty
  std::string message;                  // what is, and why it matters
  std::string change;                   // what to do about it
};

}  // namespace hlid::org
