// org_probe_questions.h: what `headlessid org probe` asks, one row each.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "cli/org_probe_runs.h"

namespace hlid_cli {

// The code of a message, from a person or a program; empty: there is none.
using AskForCode = std::function<Secret()>;

// What the one email with a code has shown.
struct CodeRun {
  std::string wrong;   // what was said of a wrong code
  std::string second;  // what then came of the right one: "accepted", or what was said; empty: none was given
  std::string why;     // nothing was learnt, because of this
};

// One run of all questions, with a user of the caller's.
struct Probe {
  ProbeRuns& runs;
  std::string user;
  Secret password;
  AskForCode ask_for_code;
  Overrides found = {};          // settings with which the user signs in, where the profile's do not
  const Ran* session = nullptr;  // that sign-in
  const Ran* guest = nullptr;    // once it was tried
  Overrides guest_settings = {};
  const Ran* first_party = nullptr;  // once it was tried
  Overrides first_party_settings = {};
  std::optional<CodeRun> codes = std::nullopt;
};

struct Answer {
  nlohmann::ordered_json value;  // null: it cannot be told
  std::string words;             // for a person: what that means, or why it cannot be told
  Overrides settings = {};       // that a profile needs, where it says something else
};

struct ProbeQuestion {
  const char* name;
  const char* asks;      // a sentence
  const char* effect;    // on the user's account or mailbox
  const char* requests;  // what is sent, at most
  int most_requests;
  const char* needs;    // "", a setting, or "--send-messages"
  const char* reads;    // how the response is read
  const char* setting;  // that it decides; "": the answer is only recorded
  Answer (*ask)(Probe&);
};

std::span<const ProbeQuestion> probe_questions();

// Signs the user in, with the profile's settings, or with others where a failure may be theirs. What helped is in `found`.
const Ran& sign_in(Probe& probe);

}  // namespace hlid_cli
