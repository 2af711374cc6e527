// options.h: the options of a flow's command, made from the catalogue.
//
// A secret never has an option for its value: every process of the machine can see arguments, and the shell records
// them. It has --<name>-file instead, and giving it as an argument is an error that says so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/catalogue.h"

namespace hlid_cli {

enum class Owner : uint8_t { ours, setting, parameter };

enum class Shape : uint8_t {
  value,         // --username VALUE
  flag,          // --verify-jwt, --verify-jwt=false
  negated_flag,  // --no-verify-jwt
  file,          // --password-file PATH
  seconds,       // --timeout SECONDS, of a setting that counts in ms
  secret,        // --password: only to be refused
};

struct Option {
  std::string spelling;  // with its two hyphens
  Owner owner = Owner::ours;
  Shape shape = Shape::value;
  const Field* field = nullptr;  // nullptr: one of ours
  bool listed = true;            // in the help
};

// A setting whose name is also a parameter of the flow (scope) is set by the environment or a profile; as an option
// the name means the parameter.
std::vector<Option> options_of(const Catalogue& catalogue, const FlowInfo& flow);

// "--password-file PATH or HEADLESSID_PASSWORD": the ways to give a field, for people; `more` are others that this caller knows.
std::string ways_to_give(const Field& field, const std::vector<std::string>& more = {});

// Whether the flow's result can be saved for another command.
bool brings_tokens(const Catalogue& catalogue, const FlowInfo& flow);

// The command that checks an app and its org, and runs no flow of its own.
inline constexpr std::string_view kCheckCommand = "check";
// The command that asks a live org with a test user.
inline constexpr std::string_view kProbeCommand = "org probe";

// The command that asks a live site, of `headlessid org`.
inline constexpr std::string_view kDoctorCommand = "org doctor";

// The command that keeps a sign-in's tokens, of `headlessid session`.
inline constexpr std::string_view kSessionBeginCommand = "session begin";

// Whether a browser comes back to the app with a code, so that this command can wait for it.
bool can_listen(const FlowInfo& flow);

// Whether the field may also be typed at a prompt.
bool is_prompted(const Field& field);
// A secret address is one only for the user name and password that it may hold.
bool is_secret_address(const Field& field);
bool counts_milliseconds(const Field& field);

}  // namespace hlid_cli
