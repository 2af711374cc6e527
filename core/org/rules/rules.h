// The rules of the linter. Each file of this folder has some: their descriptions, and a function that looks.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "org/configuration.h"
#include "org/finding.h"
#include "org/needs.h"

namespace hlid::org {

struct Rule {
  const char* id;
  Severity severity;
  const char* doc;  // sentences, for docs/org.md and `explain`
  bool stops_deployment = false;
};

// What a rule sees, and where it says what it found.
class Review {
 public:
  Review(const Configuration& files, const Circumstances& case_of, int version, bool version_is_asked)
      : configuration(files), circumstances(case_of), api_version(version), api_version_is_asked(version_is_asked) {}

  const Configuration& configuration;
  const Circumstances& circumstances;
  const int api_version;            // 0: not known
  const bool api_version_is_asked;  // it is the caller's, not the files'
  std::vector<Finding> findings;

  // No person reads more about one file, and files come from others: what is found beyond is counted in one finding.
  static constexpr size_t kMaxOfFile = 200;
  [[nodiscard]] bool is_full(const Document& file) const;
  void tell_what_is_left_out();

  // At a place of a file. `path` is that of the element in its type; "" for the file itself.
  Finding& add(const Rule& rule, const Document& where, std::string_view path, int line, std::string_view message,
               std::string_view change);
  // A file of the app's, or of the org, that is not there.
  Finding& add_missing(const App& app, const TypeSpec& type);
  // Where a value stands, or should stand.
  Finding& add(const Rule& rule, const App& app, const Value& where, std::string_view message, std::string_view change);

 private:
  Finding& next(const Document* file);

  std::map<const Document*, size_t> of_file_;
  Finding left_out_;
};

std::span<const Rule> file_rules();
std::span<const Rule> element_rules();
std::span<const Rule> value_rules();
std::span<const Rule> app_rules();
std::span<const Rule> site_rules();
std::span<const Rule> credential_rules();
void check_files(Review& review);
void check_elements(Review& review);
void check_values(Review& review);
void check_apps(Review& review);
void check_sites(Review& review);
void check_credentials(Review& review);

std::vector<const Rule*> all_rules();
const Rule* find_rule(std::string_view id);  // null if there is none

// ---- words ----
// For a message: one line, not long, and nothing of an element that is secret, of a private key or of a password in an address.
std::string shown(std::string_view text);
std::string shown_path(std::string_view path);  // whole
std::string shown(const Value& value);
// The word that was probably meant; empty if none is much like it.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);
// Words that public templates have, and what they mean.
void add_meant_elements(std::string_view wrong, std::vector<std::string_view>& out);
void add_meant_values(std::string_view wrong, std::vector<std::string_view>& out);
// "Setup > ... > Callback URL" of a setting, where `element` ("Type.path") is one of those that have it.
std::string setup_of(const OrgSetting& setting, std::string_view element);

}  // namespace hlid::org
