// What `headlessid org doctor` asks a live site, and what follows from the responses. Pure: the questions and the conclusions are
// tables (doctor_table.cc), and nothing is concluded that a response does not prove.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/spec.h"
#include "org/needs.h"

namespace hlid::org {

struct Argument {
  const char* name;
  const char* value;
};

// What a profile must have for a question.
enum class Wants : uint8_t { nothing, callback, secret, key, secret_and_callback, user };

struct Question {
  const char* name;
  const char* flow;  // of inquiries.h, or of the catalogue
  const char* method;
  const char* path;
  const char* why;  // what is sent, and what it shows: a sentence
  std::span<const Argument> arguments{};
  Wants wants = Wants::nothing;
  const char* only_for = "";   // flows, separated by spaces; "": all that depend on a setting which it shows
  const char* follows = "";    // the question that brings the token that this one gives back
  bool makes_up_user = false;  // its argument `username` is a user that does not exist
};
std::span<const Question> all_questions();

// What came.
enum class Shape : uint8_t {
  nothing,  // not asked, no response, or none that says anything
  granted,  // a success, a code, a token
  words,    // a refusal with a code or a text
  page,     // a page of the site, or a way to one, without a code
  missing,  // 404
};
struct Observation {
  Shape shape = Shape::nothing;
  std::string code;
  std::string text;
  std::string reason;        // of a flow of the catalogue
  std::string token_format;  // of a token that came
  int http_status = 0;
  bool issued = false;          // a token came that the flow does not accept
  bool asks_for_token = false;  // 401 as an API says it
};

enum class State : uint8_t {
  unknown,
  on,
  off,
  right,  // of a setting that is not a switch
  wrong,
  one_off,  // this or the partner is off, or both
  one_on,
};
std::string_view name_of(State state);

struct Sign {
  const char* question = "";
  Shape shape = Shape::words;
  const char* codes = "";    // one of them, separated by spaces
  const char* says = "";     // in its text
  const char* but_not = "";  // in its text
};

// The first of a setting's rows that fits decides. One with the state unknown says why it cannot be told.
struct Conclusion {
  const OrgSetting* setting;
  State state;
  Sign sign;
  Sign also{};  // must be there too, if it names a question
  const OrgSetting* partner = nullptr;
  const char* why = "";  // a sentence
  Sign and_also{};
  bool works = false;  // the flow works anyway: it should change
};
std::span<const Conclusion> all_conclusions();
// Why no response shows it: a sentence. `asked`: whether something was that might have shown it.
std::string_view why_untold(const OrgSetting& setting, bool asked = false);

struct Circumstance {
  std::vector<const FlowSpec*> flows;
  Circumstances needs;  // whether the client is public, where credentials go
  std::vector<std::string_view> scope;
  bool has_callback = false;
  bool has_secret = false;
  bool has_key = false;
  bool has_user = false;
  bool all = false;  // the flows are all that can run: none is named
};

// What is to be asked, in this order. Of a scope the name is "scope_" and its word.
struct Asked {
  const Question* question;
  std::string name;
  std::string why;
  std::vector<std::pair<std::string, std::string>> arguments;
  size_t requests = 1;  // that it may send
};
std::vector<Asked> questions_for(const Circumstance& about);

// The worst of all flows counts: it is the greatest.
enum class Standing : uint8_t { either, as_it_must_be, untold, should_change, wrong };
std::string_view name_of(Standing standing);

struct Learnt {
  const OrgSetting* setting;
  std::vector<const FlowSpec*> flows;  // those that it prevents or disturbs; of what does neither all that depend on it
  State state = State::unknown;
  Standing standing = Standing::untold;
  const OrgSetting* partner = nullptr;
  std::string why;
  std::string said;    // the server's words, where they are all that is known
  std::string needed;  // "on", "a value"
};
// Of the app and the endpoints themselves.
struct Fact {
  const char* name;
  Standing standing;
  std::string text;
  std::vector<const FlowSpec*> prevented;
};
struct Diagnosed {
  std::vector<Fact> facts;
  std::vector<Learnt> settings;  // each that one of the flows depends on, once
  std::vector<const FlowSpec*> prevented;
  bool prevents = false;  // something is wrong
  bool responds = true;   // false: nothing that came is what Salesforce says
};
using Observations = std::map<std::string, Observation, std::less<>>;
Diagnosed diagnose(const Circumstance& about, const Observations& seen);

// JSON in and out, for hlid_org_doctor.
Result<std::string> doctor_request(std::string_view json);

}  // namespace hlid::org
