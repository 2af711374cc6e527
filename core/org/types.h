// The table of Metadata types: which file holds what, under which name, since when. The linter reads files with it, the
// generator writes them with it, `explain` and docs/org.md tell it. Elements and enums are those of the types that Salesforce
// generates from the Metadata WSDL (npm @salesforce/types; tests/org/types_test.mjs compares them); what only the guide
// knows is marked.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "oauth/description.h"

namespace hlid::org {

enum class ElementKind {
  boolean,
  integer,
  decimal,
  text,
  choice,      // one of `choices`
  comma_list,  // texts with commas between them
  lines,       // texts on lines of their own
  group,       // has `children`
  other,       // has children that this table does not know
};
std::string_view name_of(ElementKind kind);

struct ElementSpec {
  const char* name;
  ElementKind kind = ElementKind::text;
  bool repeated = false;
  bool required = false;
  bool secret = false;      // never shown
  bool inverted = false;    // true means that the box in Setup is not ticked
  bool guide_only = false;  // not in the generated types
  int since = 0;            // the API version; 0: since its type
  // What an app has whose file lacks the element; "" where no source says.
  const char* default_text = "";
  // Of an integer or a list as well: the only values that there are.
  std::span<const char* const> choices{};
  std::span<const ElementSpec> children{};
  const OrgSetting* setting = nullptr;
  // Of an element of an external client app: the path in ConnectedApp that has the same meaning. Of an element of
  // ConnectedApp: "Type.path" of an external client app. Values may be spelt differently.
  const char* twin = "";
  const char* doc = "";
  const char* also = "";  // another spelling that files have
};

struct TypeSpec {
  const char* name;           // of the root element too
  const char* manifest = "";  // the name in package.xml, if it is another
  const char* member = "";    // the only member that there is, for settings
  const char* folder = "";
  const char* suffix = "";  // a file is <member>.<suffix>-meta.xml in source format, <member>.<suffix> in a zip
  int since = 0;            // the API version; 0: older than all that matters here
  bool open = false;        // has elements that this table does not list
  // What a file lacks stays as it is in the org: the default says nothing.
  bool keeps_absent = false;
  std::span<const ElementSpec> elements{};
  const char* doc = "";
};

std::span<const TypeSpec* const> all_types();
// By root element; null if there is none. package.xml's is "Package".
const TypeSpec* find_type(std::string_view name);
// By a path's ending, in source format or in that of a zip: null if it is not one of these. Settings share one suffix: the
// member decides.
const TypeSpec* type_of_path(std::string_view path);
std::string_view manifest_name(const TypeSpec& type);
// "AcmeClient" of "force-app/main/default/externalClientApps/AcmeClient.eca-meta.xml".
std::string_view member_of_path(std::string_view path);

// "oauthConfig.callbackUrl": null if there is none.
const ElementSpec* find_element(const TypeSpec& type, std::string_view path);

// The same thing of the other kind of app.
struct ElementRef {
  const TypeSpec* type = nullptr;
  const ElementSpec* element = nullptr;
  std::string_view path;
  explicit operator bool() const { return element != nullptr; }
};
ElementRef find_element(std::string_view type_and_path);  // "ExtlClntAppGlobalOauthSettings.callbackUrl"
// `type` is that of `element`.
ElementRef twin_of(const TypeSpec& type, const ElementSpec& element);

// A scope has a word in metadata, another in requests, and a name in Setup ("" where none is known).
struct ScopeSpec {
  const char* metadata;
  const char* wire;
  const char* setup = "";
  bool client_app = true;               // may be in commaSeparatedOauthScopes
  bool connected_app = true;            // may be in oauthConfig.scopes
  const char* connected_app_word = "";  // if it has another there
};
std::span<const ScopeSpec> all_scopes();
// By either word, whatever the case; null if there is none.
const ScopeSpec* find_scope(std::string_view word);
std::string_view word_of(const ScopeSpec& scope, bool connected_app);

}  // namespace hlid::org
