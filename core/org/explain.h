// What a word means, in Setup, in files and on the wire.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/spec.h"
#include "org/types.h"

namespace hlid::org {

enum class EntryKind : uint8_t { setting, element, type, flow, scope, rule, reason, error_code };
std::string_view name_of(EntryKind kind);

struct Place {
  const TypeSpec* type;
  const ElementSpec* element;
  std::string path;  // of the element in its type
};

// What an error code or a reason may mean, by where it comes from.
struct Meaning {
  std::string_view reason;
  std::string_view code;   // the server's; "" where its text alone counts
  std::string_view text;   // a part of the description that must be there
  std::string_view where;  // the endpoint; "" for any
  std::string_view doc;
  std::string_view hint;
  std::vector<const FlowSpec*> flows;  // empty: all
};

// Texts are literals.
struct Entry {
  EntryKind kind;
  std::string name;  // "app_callback", "ExtlClntAppGlobalOauthSettings.callbackUrl", "invalid_grant"
  std::string_view doc;
  std::string_view hint;   // of a reason: what an admin can do; "" if that depends on the meaning
  std::string_view setup;  // where in Setup; of a scope its name there
  // Where files say it. Of a type: its elements.
  std::vector<Place> elements;
  const TypeSpec* type = nullptr;
  std::vector<const OrgSetting*> settings;
  std::vector<const FlowSpec*> flows;    // those that it touches
  std::vector<Meaning> meanings;         // of a code or reason; the common ones first
  std::vector<std::string_view> errors;  // reasons that an error has where it is wrong; of a code, what it may mean
};

struct Explanation {
  std::vector<Entry> entries;
  std::vector<std::string> nearest;  // words that there are, if there are no entries
  std::string advice;                // what to ask for instead, if the word is a whole text
};

// Case does not count, and neither does whether words are joined by '_', '-' or a space. A server's whole response, or a line
// of its log, is looked at for what errors say.
Explanation explain(std::string_view word);

}  // namespace hlid::org
