#include "cli/token_file.h"

#include <algorithm>
#include <cstdint>

#include "cli/handles.h"
#include "cli/json_text.h"
#include "cli/outcome.h"

namespace hlid_cli {
namespace {

using Values = std::map<std::string, Secret>;

// A parameter that accepts any token of a session.
constexpr std::string_view kAnyToken = "token";
constexpr std::string_view kHint = "token_type_hint";
constexpr std::string_view kAccessToken = "access_token";
constexpr std::string_view kRefreshToken = "refresh_token";
constexpr std::string_view kOAuth1Token = "oauth_token";
constexpr std::string_view kSessionId = "session_id";  // what OAuth 1.0a's becomes: good wherever an access token is
// The user's own access token in some flows; a token of another kind where the flow has the second.
constexpr std::string_view kSubjectToken = "subject_token";
constexpr std::string_view kSubjectTokenType = "subject_token_type";
constexpr std::string_view kTokenSet = "TokenSet";
constexpr std::string_view kGuest = "Guest";
constexpr std::string_view kIdentity = "id";
constexpr char kPipe[] =
    "headlessid login --json | headlessid session begin --store FILE: with --json a sign-in says why it failed.";
constexpr std::string_view kClientSecret = "client_secret";  // of an app that was just registered

bool is_event(std::string_view line) {
  if (!nlohmann::json::accept(line)) return false;
  const nlohmann::json parsed = nlohmann::json::parse(line, nullptr, false);
  return parsed.is_object() && parsed.contains("event");
}

// What was read, in words: the command that holds the result, and how the result comes.
struct Origin {
  const char* command;   // the subject of "... failed"
  const char* expected;  // what the text should hold
  const char* hint;      // for a text that is not JSON at all; nullptr: the place of the mistake says enough
};
constexpr Origin kSignIn{"the sign-in", "what `headlessid login --json` prints at its end", kPipe};
constexpr Origin kSavedSignIn{"the sign-in", "what --save writes", nullptr};
constexpr Origin kGuestFlow{"the guest's flow", "what `headlessid guest --json` prints at its end", nullptr};

// The error of another command, as --json printed it. Members of other types count for nothing.
LibraryError failed_before(const nlohmann::json& error, const std::string& command) {
  const auto member = [&](const char* name) {
    const auto found = error.find(name);
    return found == error.end() || !found->is_string() ? std::string() : found->get<std::string>();
  };
  Failure failure;
  failure.kind = member("kind");
  failure.advice = member("advice");
  failure.reason = member("reason");
  failure.message = command + " failed" + (failure.reason.empty() ? "" : " (" + failure.reason + ")");
  if (const std::string message = member("message"); !message.empty()) failure.message += ": " + message;
  failure.hint = member("hint");
  failure.server_code = member("server_code");
  failure.server_text = member("server_text");
  // Not its `field`: that names an option of the other command.
  const auto status = error.find("http_status");
  if (status != error.end() && status->is_number_integer()) failure.http_status = status->get<int32_t>();
  const auto unknown = error.find("outcome_unknown");
  failure.outcome_unknown = unknown != error.end() && unknown->is_boolean() && unknown->get<bool>();
  const auto after = error.find("retry_after_ms");
  if (after != error.end() && after->is_number_integer()) failure.retry_after_ms = after->get<int64_t>();
  if (failure.advice == "RETRY_LATER") failure.exit_status = kNoResponse;  // as session's own errors
  return LibraryError{failure};
}

// The last line that says `done`; or the whole text, if it is not lines of events. Where a flow failed instead: LibraryError
// with its error, so that the end of a pipe says what its beginning said.
nlohmann::json find_result(std::string_view text, const std::string& what, const Origin& origin) {
  nlohmann::json found;
  nlohmann::json failed;
  bool has_events = false;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!is_event(line)) continue;
    has_events = true;
    const nlohmann::json event = read_json(line, what);
    if (event["event"] == "done" && event.contains("result")) found = event["result"];
    // An empty error says nothing.
    if (event["event"] == "failed" && event.contains("error") && !event["error"].empty()) failed = event["error"];
  }
  if (!has_events && origin.hint != nullptr && !looks_like_token_file(text))
    throw UsageError(what + " does not hold " + origin.expected, origin.hint);
  if (!has_events) found = read_json(text, what);
  if (!found.is_object() && failed.is_object()) throw failed_before(failed, origin.command);
  if (!found.is_object()) throw UsageError(what + " does not hold " + origin.expected);
  return found;
}

// The rules of every language's from_json: members that the class does not know count for nothing, null is absent.
void check_members(const nlohmann::json& result, const ResultInfo* type, const std::string& what, bool complete) {
  if (type == nullptr) return;
  for (const ResultField& field : type->fields) {
    const auto found = result.find(field.name);
    if (field.kind == "json") continue;  // only `raw`, which is not read back
    if (found == result.end() || found->is_null()) {
      if (complete && field.always) throw UsageError(what + ": " + field.name + " is missing");
    } else if (field.kind == "flag") {
      if (!found->is_boolean()) throw UsageError(what + ": " + field.name + " must be true or false");
    } else if (field.kind == "integer") {
      const bool fits =
          found->is_number_integer() && (!found->is_number_unsigned() || found->get<uint64_t>() <= uint64_t{INT64_MAX});
      if (!fits) throw UsageError(what + ": " + field.name + " is not an integer");
    } else if (!found->is_string()) {
      throw UsageError(what + ": " + field.name + " is not a string");
    } else if (!field.choices.empty() && std::find(field.choices.begin(), field.choices.end(),
                                                   found->get_ref<const std::string&>()) == field.choices.end()) {
      throw UsageError(what + ": " + field.name + " is not a word that is known for it");
    }
  }
}

// Absent where the file has no such member.
const std::string* text_member(const nlohmann::json& from, const std::string& name, const std::string& what) {
  const auto found = from.find(name);
  if (found == from.end() || found->is_null()) return nullptr;
  if (!found->is_string()) throw UsageError(what + ": " + name + " is not a string");
  return found->get_ptr<const std::string*>();
}

// The members that may fill the parameter, the best first.
std::vector<std::string> members_for(const Field& parameter, const FlowInfo& flow, const Values& given) {
  if (parameter.name == kSubjectToken) return {std::string(kAccessToken), std::string(kSessionId)};
  if (parameter.name == kAccessToken) return {parameter.name, std::string(kSessionId)};
  if (parameter.name != kAnyToken) return {parameter.name};
  // Introspection (with a token_type_hint) asks about the access token; revocation gives the refresh token back, which
  // ends the others too.
  if (find_field(flow.parameters, kHint) == nullptr)
    return {std::string(kRefreshToken), std::string(kAccessToken), std::string(kSessionId)};
  const auto hint = given.find(std::string(kHint));
  if (hint != given.end()) return {std::string(hint->second.view())};
  return {std::string(kAccessToken), std::string(kSessionId)};
}

bool has_field(const ResultInfo& result, std::string_view name) {
  return std::any_of(result.fields.begin(), result.fields.end(), [&](const ResultField& field) { return field.name == name; });
}

// The result that the file holds: each kind of tokens has its own first member.
const ResultInfo* kind_of(const nlohmann::json& tokens, const Catalogue& catalogue) {
  const auto found = std::find_if(catalogue.results.begin(), catalogue.results.end(), [&](const ResultInfo& result) {
    return has_field(result, kOAuth1Token) && tokens.contains(kOAuth1Token);
  });
  return found == catalogue.results.end() ? catalogue.find_result(kTokenSet) : &*found;
}

}  // namespace

void read_guest_file(std::string_view text, const Catalogue& catalogue, const FlowInfo& flow, Values& parameters) {
  const std::string what = "--guest-file";
  const nlohmann::json guest = find_result(text, what, kGuestFlow);
  // A visitor of whom only the UVID is known is one too.
  check_members(guest, catalogue.find_result(kGuest), what, false);
  for (const Field& field : flow.parameters) {
    if (field.from_guest.empty()) continue;
    if (const std::string* value = text_member(guest, field.from_guest, what)) parameters.try_emplace(field.name, Secret(*value));
  }
}

bool read_token_file(std::string_view text, const Catalogue& catalogue, const FlowInfo& flow, const std::string& what,
                     Values& parameters) {
  const nlohmann::json tokens = find_result(text, what, kSavedSignIn);
  check_members(tokens, kind_of(tokens, catalogue), what, true);
  bool filled = false;
  std::string wanted;
  for (const Field& parameter : flow.parameters) {
    if (!is_session_token(catalogue, flow, parameter)) continue;
    filled = filled || parameters.contains(parameter.name);
    for (const std::string& member : members_for(parameter, flow, parameters)) {
      wanted += (wanted.empty() ? "" : " or ") + member;
      const std::string* value = text_member(tokens, member, what);
      if (value == nullptr) continue;
      parameters.try_emplace(parameter.name, Secret(*value));
      filled = true;
      break;
    }
  }
  if (!filled) throw UsageError(what + " has no " + wanted);
  // The identity URL belongs to the tokens.
  if (const Field* id = find_field(flow.parameters, kIdentity); id != nullptr && id->required) {
    if (const std::string* value = text_member(tokens, id->name, what)) parameters.try_emplace(id->name, Secret(*value));
  }
  return tokens.contains(kOAuth1Token);
}

Secret tokens_in(std::string_view text, const std::string& what) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw UsageError(what + " is empty: the sign-in failed, or printed nothing", kPipe);
  nlohmann::json tokens = find_result(text, what, kSignIn);
  tokens.erase("raw");
  return Secret(tokens.dump());
}

bool is_session_token(const Catalogue& catalogue, const FlowInfo& flow, const Field& parameter) {
  if (!parameter.secret || !parameter.from_guest.empty()) return false;
  if (parameter.name == kSubjectToken) return find_field(flow.parameters, kSubjectTokenType) == nullptr;
  if (parameter.name == kAnyToken) return true;
  return std::any_of(catalogue.results.begin(), catalogue.results.end(), [&](const ResultInfo& result) {
    return std::any_of(result.fields.begin(), result.fields.end(), [&](const ResultField& field) {
      return field.secret && field.kind == "text" && field.name == parameter.name;
    });
  });
}

bool takes_session_tokens(const Catalogue& catalogue, const FlowInfo& flow) {
  return std::any_of(flow.parameters.begin(), flow.parameters.end(),
                     [&](const Field& parameter) { return is_session_token(catalogue, flow, parameter); });
}

bool holds_tokens(const ResultInfo& result) {
  return has_field(result, kAccessToken) || has_field(result, kOAuth1Token) || has_field(result, kClientSecret);
}

bool looks_like_token_file(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '{';
}

}  // namespace hlid_cli
