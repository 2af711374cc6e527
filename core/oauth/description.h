// How a value that a caller gives or gets is described: the one source for checks, bindings, CLI and docs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace hlid {

enum class ValueKind { text, url, list, integer, flag, json };
std::string_view name_of(ValueKind kind);

// What a text may contain, in addition to its maximum.
enum class Charset {
  utf8,       // any UTF-8 without NUL
  one_line,   // no control characters either
  visible,    // printable ASCII without spaces
  printable,  // printable ASCII: VSCHAR of RFC 6749 (A.1, A.2, A.5, A.11, A.12, A.17)
  scopes,     // printable ASCII, words separated by one space
  uuid_v4,
  bytes,  // anything
};

// Whether a sealed flow keeps a parameter. What is left out must be set again if it is needed.
enum class InTicket { always, if_room, never };

// Whether a parameter is a result of an earlier flow as JSON text, whose members fill other parameters: those that say
// from_guest, or those that have a member's name.
enum class Expands { nothing, guest, tokens };

struct ValueSpec {
  const char* name;
  ValueKind kind = ValueKind::text;
  Charset charset = Charset::utf8;
  bool secret = false;
  bool required = false;
  size_t max_bytes = 0;
  int64_t min = 0;  // for integers
  int64_t max = 0;
  std::span<const char* const> choices{};   // the only texts allowed
  std::span<const char* const> excludes{};  // parameters that cannot be combined with it
  const char* doc = "";
  const char* default_text = "";  // the default, for people; "" if there is none
  const char* from_guest = "";    // the member of a Guest that fills it in typed languages
  Expands expands = Expands::nothing;
  bool client_only = false;   // read by core/net alone
  bool single_use = false;    // dropped once sent; can be set again while the flow asks
  bool from_message = false;  // a question's: it has been sent to the person, and is valid once
  bool chosen = false;        // a question's: the person makes it up
  bool trimmed = false;       // white space at both ends is not part of it
  bool is_token = false;      // a token alone: not JSON that holds one, and without the name of its scheme in front
  InTicket in_ticket = InTicket::always;
};

// ARGUMENT with the name of the field, before anything is sent. An empty value is refused too: absent and
// empty are not the same.
Result<void> check_value(const ValueSpec& spec, std::string_view value);

// The one of those names that was probably meant; null if none is much like it.
const ValueSpec* nearest_name(std::string_view name, std::span<const ValueSpec> known);

// ARGUMENT, `what`, for a name that is not among those. A caller that swaps name and value gives a secret as
// the name: the error tells a name only if it is much like one that there is, and then not if the value is such a name.
Error unknown_name(std::string_view name, std::string_view value, std::span<const ValueSpec> known, std::string_view what);

// A member of a result.
struct FieldSpec {
  const char* name;
  ValueKind kind = ValueKind::text;
  bool secret = false;
  const char* doc = "";
  bool always = false;                     // in every result of its kind
  std::span<const char* const> choices{};  // the only texts that it holds
};

struct ResultSpec {
  const char* name;
  const char* doc;
  std::span<const FieldSpec> fields;
};

// A setting of the org that a flow needs, as an admin meets it.
struct OrgSetting {
  const char* setup;
  const char* metadata;
  const char* id = "";
  const char* doc = "";
};

}  // namespace hlid
