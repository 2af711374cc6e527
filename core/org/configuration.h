// What a set of files says, before anybody judges it: apps with all their files, the org's settings, sites, handlers,
// classes. An app's values are asked for by the names of external client apps, whatever its kind.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "org/file.h"
#include "org/types.h"
#include "org/xml.h"

namespace hlid::org {

// A file that was read.
struct Document {
  std::string path;
  std::string member;                 // its base name
  const TypeSpec* type = nullptr;     // by its root element
  const TypeSpec* by_path = nullptr;  // by its name; null: the name is not that of a type
  // .forceignore names it: nothing of it gets into the org.
  bool is_left_out = false;
  Element root;
};

// A file that should be one of the types and cannot be read.
struct Unread {
  std::string path;
  XmlFault fault;
};

// Where a value comes from.
enum class Given : uint8_t {
  given,    // the file says it
  assumed,  // the file does not say it; this is what an app then has
  unknown,  // no file says it
  none,     // this kind of app has no such element
};

// Views into the configuration, and literals.
struct Value {
  Given given = Given::unknown;
  std::string_view text;
  const TypeSpec* type = nullptr;  // of the element in this kind of app
  const ElementSpec* element = nullptr;
  std::string_view path;               // of the element in its type
  const Document* document = nullptr;  // that has it, or should; null: it is not among the files
  int line = 0;

  [[nodiscard]] bool known() const { return given == Given::given || given == Given::assumed; }
  [[nodiscard]] bool is(std::string_view wanted) const { return known() && text == wanted; }
  [[nodiscard]] bool present() const { return given == Given::given && !text.empty(); }
  [[nodiscard]] std::string name() const;  // "Type.path"
};

enum class AppKind : uint8_t { external_client_app, connected_app };
std::string_view name_of(AppKind kind);

struct App {
  AppKind kind = AppKind::external_client_app;
  std::string name;
  std::vector<const Document*> documents;

  [[nodiscard]] const Document* document(std::string_view type) const;  // the first of that type; null: not among the files
  // A connected app without oauthConfig uses no OAuth.
  [[nodiscard]] bool has_oauth() const;
  // By the name of an external client app: "ExtlClntAppGlobalOauthSettings.callbackUrl". For what is in many elements, see all.
  [[nodiscard]] Value value(std::string_view element) const;
  // The parts of a list, by commas, lines or elements. Empty if the list is, or nothing is known: `value` says which.
  [[nodiscard]] std::vector<Value> all(std::string_view element) const;
  // The policies of the two kinds have different words for the same. "AdminApprovedPreAuthorized", "SpecificLifetime".
  [[nodiscard]] Value permitted_users() const;
  [[nodiscard]] Value refresh_policy() const;
};

class Configuration {
 public:
  static constexpr int64_t kMaxIgnoreSteps = 50'000'000;

  static Configuration read(const Files& files);
  Configuration(Configuration&&) = default;
  Configuration& operator=(Configuration&&) = default;
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;
  ~Configuration() = default;

  [[nodiscard]] const std::deque<Document>& documents() const { return documents_; }
  [[nodiscard]] const std::vector<Unread>& unread() const { return unread_; }
  [[nodiscard]] const std::vector<std::string>& unknown_files() const { return unknown_files_; }
  [[nodiscard]] const std::vector<App>& apps() const { return apps_; }
  [[nodiscard]] const std::vector<const Document*>& of_type(std::string_view type) const;
  // The app that a file of an external client app belongs to; empty if it says none, or what cannot be a name.
  static std::string_view app_named_by(const Document& document);
  // Settings of the org: "OauthOidcSettings.isPkceRequired".
  [[nodiscard]] Value setting(std::string_view name) const;
  // Of one document: the rest of the name is the path in its type.
  [[nodiscard]] static Value value_in(const Document& document, std::string_view path);
  // Apex classes by name, with their source.
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& classes() const { return classes_; }
  // The API version that package.xml, or else the project, names; 0: none does.
  [[nodiscard]] int api_version() const { return api_version_; }
  [[nodiscard]] const std::string& api_version_file() const { return api_version_file_; }
  // That of a manifest; 0: it names none.
  static int version_of(const Document& manifest);
  // Whether .gitignore (or .forceignore) files among these name the file; absent: there is none.
  [[nodiscard]] std::optional<bool> ignored(std::string_view ignore_file, std::string_view path) const;
  [[nodiscard]] size_t files_read() const { return files_read_; }

 private:
  Configuration() = default;
  void read_file(const File& file);
  void read_version();
  void leave_out();
  void link_apps();

  std::deque<Document> documents_;
  std::map<std::string_view, std::vector<const Document*>> by_type_;
  std::vector<Unread> unread_;
  std::vector<std::string> unknown_files_;
  std::vector<App> apps_;
  std::map<std::string, std::string, std::less<>> classes_;
  std::map<std::string, std::string, std::less<>> ignore_files_;
  std::string project_;
  std::string project_path_;
  std::string api_version_file_;
  int api_version_ = 0;
  size_t files_read_ = 0;
  mutable int64_t ignore_steps_ = kMaxIgnoreSteps;  // for all patterns and files together
};

}  // namespace hlid::org
