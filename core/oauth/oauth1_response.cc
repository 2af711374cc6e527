#include "oauth/oauth1_response.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "codec/flat_xml.h"
#include "codec/form.h"
#include "crypto/digest.h"
#include "oauth/address.h"
#include "oauth/callback.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/http_fault.h"
#include "oauth/salesforce_pages.h"

namespace hlid {
namespace {

constexpr size_t kMaxLookedAt = 16 * 1024;  // of a body that is not a success

struct Fault {
  std::string_view number;
  std::string_view name;     // as Salesforce Help writes it behind "Failed: "
  std::string_view problem;  // what the extension "OAuth Problem Reporting" calls it; empty: not one word
};
constexpr Fault kFaults[] = {
    {"1701", "Nonce Replay Detected", "nonce_used"},
    {"1702", "Missing Consumer Key Parameter", "consumer_key_absent"},
    {"1703", "Invalid Access Token", "token_rejected"},
    {"1704", "Version Not Supported", "version_rejected"},
    {"1705", "Invalid Timestamp", "timestamp_refused"},
    {"1706", "Invalid Nonce", "nonce_absent"},
    {"1707", "Missing OAuth Token Parameter", "token_absent"},
    {"1708", "IP Address Not Allowed", ""},
    {"1709", "Invalid Signature Method", "signature_method_rejected"},
    {"1710", "Invalid Callback URL", ""},
    {"1711", "Invalid Verifier", "verifier_invalid"},
    {"1712", "Get Access Token Limit Exceeded", ""},
    {"1713", "Consumer Deleted", "consumer_key_unknown"},
    {"1716", "OAuth Api Access Disabled", ""},
    // Further words for the same.
    {"1703", "Invalid OAuth Token", "token_expired"},
    {"1703", "Invalid Token", "token_revoked"},
    {"1703", "Token Used", "token_used"},
    {"1713", "Consumer Key Rejected", "consumer_key_rejected"},
    {"1713", "Consumer Key Refused", "consumer_key_refused"},
    // Has no number. Behind 1709, whose name contains it.
    {"signature_invalid", "Invalid Signature", "signature_invalid"},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_char(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// 1701 to 1716, with nothing around it that makes it part of a longer number or word.
std::string_view number_in(std::string_view text) {
  for (size_t at = text.find("17"); at != std::string_view::npos; at = text.find("17", at + 1)) {
    const std::string_view number = text.substr(at, 4);
    if (number.size() < 4 || !is_digit(number[2]) || !is_digit(number[3])) continue;
    const bool begins = at == 0 || !(is_word_char(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == '-');
    const bool ends = at + 4 == text.size() || !is_word_char(text[at + 4]);
    if (begins && ends && number >= "1701" && number <= "1716") return number;
  }
  return {};
}

std::string_view number_named_in(std::string_view text) {
  for (const Fault& fault : kFaults) {
    if (contains_ignoring_case(text, fault.name)) return fault.number;
  }
  return {};
}

std::string_view number_of(std::string_view problem) {
  for (const Fault& fault : kFaults) {
    if (!fault.problem.empty() && equals_ignoring_case(fault.problem, problem)) return fault.number;
  }
  return {};
}

// is_html, but for XML.
bool is_page(const Response& response) {
  const auto type = response.header("content-type");
  const std::string_view body = trimmed(response.body.view());
  if (body.starts_with("<?xml") || body.starts_with("<response")) return false;
  const bool xml = type && contains_ignoring_case(*type, "xml") && !contains_ignoring_case(*type, "xhtml");
  return !xml && response.is_html();
}

// The words of an error, copied: they may be what the server was told.
struct Words {
  Secret code;
  Secret text;
};

// oauth_problem says that a parameter is absent, oauth_parameters_absent which.
std::string_view number_of_absent(std::string_view parameters) {
  if (parameters.find("oauth_consumer_key") != std::string_view::npos) return "1702";
  if (parameters.find("oauth_nonce") != std::string_view::npos) return "1706";
  if (parameters.find("oauth_timestamp") != std::string_view::npos) return "1705";
  if (parameters.find("oauth_verifier") != std::string_view::npos) return "1711";
  return parameters.find("oauth_token") != std::string_view::npos ? "1707" : std::string_view();
}

std::optional<Words> words_of(std::string_view problem, std::string_view absent, std::string_view advice) {
  if (problem.empty()) return std::nullopt;
  std::string_view number = number_in(problem);
  if (number.empty()) number = problem == "parameter_absent" ? number_of_absent(absent) : number_of(problem);
  const std::string_view text = advice.empty() ? absent : advice;
  return Words{Secret(number.empty() ? problem : number), Secret(text.empty() ? problem : text)};
}

// A form as the extension writes it. Only a body that can be one.
std::optional<Words> words_in_form(std::string_view body) {
  body = trimmed(body);
  if (body.find('=') == std::string_view::npos || body.find_first_of("<>{} \r\n") != std::string_view::npos) return std::nullopt;
  Secret problem, absent, advice;
  FormReader reader(body);
  while (reader.next()) {
    Secret* into = reader.name() == "oauth_problem" || reader.name() == "error" || reader.name() == "error_code" ? &problem
                   : reader.name() == "oauth_parameters_absent"                                                  ? &absent
                   : reader.name() == "oauth_problem_advice" || reader.name() == "error_description"             ? &advice
                                                                                                                 : nullptr;
    if (into == nullptr || !into->empty()) continue;
    if (auto value = form_decoded(reader.value())) *into = std::move(*value);
  }
  return words_of(problem.view(), absent.view(), advice.view());
}

// What a header's parameter of this name says: WWW-Authenticate: OAuth realm="x", oauth_problem="token_rejected".
Secret parameter_in(std::string_view header, std::string_view name) {
  const size_t at = header.find(name);
  const bool begins = at == 0 || (at != std::string_view::npos && !is_word_char(header[at - 1]));
  if (at == std::string_view::npos || !begins) return {};
  std::string_view rest = header.substr(at + name.size());
  if (!rest.starts_with('=')) return {};
  rest.remove_prefix(1);
  if (rest.starts_with('"')) rest.remove_prefix(1);
  auto value = form_decoded(rest.substr(0, rest.find_first_of("\", ")));
  return value ? std::move(*value) : Secret();
}

std::optional<Words> words_in_header(const Response& response) {
  const auto header = response.header("www-authenticate");
  if (!header || !header->starts_with("OAuth")) return std::nullopt;
  return words_of(parameter_in(*header, "oauth_problem").view(), parameter_in(*header, "oauth_parameters_absent").view(),
                  parameter_in(*header, "oauth_problem_advice").view());
}

// The text without "<...>" and without the white space around that, as a person would read it.
Secret without_tags(std::string_view body) {
  Secret out;
  bool gap = false;
  bool inside = false;
  for (const char c : body) {
    if (c == '<') inside = true;
    const bool space = inside || c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (c == '>') inside = false;
    if (space) {
      gap = true;
      continue;
    }
    if (gap && !out.empty()) out.append(' ');
    gap = false;
    out.append(c);
  }
  return out;
}

// A page holds numbers of all kinds: there only its headings count, and the errors' names.
std::optional<Words> words_in_body(const Response& response) {
  const std::string_view body = response.body.view().substr(0, kMaxLookedAt);
  const bool html = is_page(response);
  const Secret text = html ? Secret(trimmed(headings_of(body).view())) : without_tags(body);
  std::string_view number = number_in(text.view());
  if (number.empty()) number = number_named_in(body);
  if (number.empty()) return std::nullopt;
  return Words{Secret(number), text.clone()};
}

std::optional<Words> find_words(const Response& response) {
  if (auto words = words_in_form(response.body.view().substr(0, kMaxLookedAt))) return words;
  if (auto words = words_in_header(response)) return words;
  return words_in_body(response);
}

bool is_token(std::string_view text, size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes && is_printable_ascii(text);
}

// A form's members that count, each once.
template <size_t N>
struct Members {
  std::array<std::string_view, N> names;
  std::array<std::optional<Secret>, N> values{};
  bool twice = false;
  bool malformed = false;

  void read(std::string_view form) {
    FormReader reader(form);
    while (reader.next()) {
      const auto name = std::find(names.begin(), names.end(), reader.name());
      if (name == names.end()) continue;
      std::optional<Secret>& value = values[static_cast<size_t>(name - names.begin())];
      twice = twice || value.has_value();
      value = form_decoded(reader.value());
      malformed = malformed || !value;
    }
  }
  [[nodiscard]] std::string_view view(size_t which) const { return values[which] ? values[which]->view() : std::string_view(); }
};

Error bad(const char* reason, std::string_view what, const Response& response) {
  return Error::protocol(reason, what).advise(Advice::restart).http_status(response.status);
}

Error bad_callback(const char* reason, std::string_view what) { return Error::protocol(reason, what).advise(Advice::restart); }

}  // namespace

Error read_oauth1_refusal(const Response& response, Refusal about, int64_t now_ms) {
  const auto words = find_words(response);
  if (!words || response.is_passing_fault()) {
    Error error = read_refusal(response, about, now_ms);
    return words ? std::move(error).server(words->code.view(), words->text.view()) : std::move(error);
  }
  return diagnose(words->code.view(), words->text.view(), response, about, now_ms);
}

Result<OAuth1Token> read_oauth1_token(const Response& response, size_t max_bytes, Refusal about, int64_t now_ms) {
  if (response.status != 200) {
    if (response.status > 200 && response.status < 300) {
      return bad("no_token", join({"the ", name_of(about.endpoint), " endpoint responded without a token"}), response);
    }
    return read_oauth1_refusal(response, about, now_ms);
  }
  Members<3> members{{"oauth_token", "oauth_token_secret", "oauth_callback_confirmed"}};
  members.read(trimmed(response.body.view()));
  if (members.values[0] == std::nullopt && members.values[1] == std::nullopt) {
    if (find_words(response) || is_page(response)) return read_oauth1_refusal(response, about, now_ms);
    return bad("no_token", join({"the ", name_of(about.endpoint), " response has no token"}), response);
  }
  if (members.twice || members.malformed) {
    return bad("bad_response", join({"the ", name_of(about.endpoint), " response is not a well-formed form"}), response);
  }
  if (!is_token(members.view(0), max_bytes) || !is_token(members.view(1), max_bytes)) {
    return bad("no_token", join({"the ", name_of(about.endpoint), " response has no valid token with a secret"}), response);
  }
  if (members.values[2] && members.view(2) != "true") {
    return bad("bad_response", "the request token response does not confirm the callback", response);
  }
  return OAuth1Token{std::move(*members.values[0]), std::move(*members.values[1])};
}

Result<Secret> read_oauth1_callback(std::string_view address, std::string_view redirect_uri, std::string_view request_token,
                                    Refusal about) {
  const CallbackMatch match = match_callback(address, redirect_uri);
  if (match.differs != CallbackDiffers::nothing) return bad_callback("bad_callback", "the address is not the app's callback");
  Members<5> members{{"oauth_token", "oauth_verifier", "oauth_problem", "error", "denied"}};
  members.read(match.rest.substr(0, match.rest.find('#')));
  if (members.twice) return bad_callback("bad_callback", "the callback has a duplicate parameter");
  if (members.malformed) return bad_callback("bad_callback", "the callback has a parameter with invalid percent-encoding");
  // A refusal may leave the token out; one that is there must be ours.
  const std::string_view denied = members.view(4);
  const std::string_view token = members.values[0] || denied.empty() ? members.view(0) : denied;
  const std::string_view problem = !members.view(2).empty() ? members.view(2)
                                   : members.values[3]      ? members.view(3)
                                   : members.values[4]      ? std::string_view("user_refused")
                                                            : std::string_view();
  if ((problem.empty() || !token.empty()) && !equal_constant_time(token, request_token)) {
    return bad_callback("request_token_mismatch", "the callback is about another request token");
  }
  if (!problem.empty()) {
    if (members.values[1]) return bad_callback("bad_callback", "the callback contains both a verifier and an error");
    const auto words = words_of(problem, {}, {});
    return diagnose(words->code.view(), words->text.view(), Response(), about, 0);
  }
  if (!is_token(members.view(1), kMaxCode))
    return bad_callback("bad_code", "the callback has no valid oauth_verifier").hint(members.values[1] ? "" : hints::kCutAddress);
  return std::move(*members.values[1]);
}

Result<void> read_oauth1_session(const Response& response, const App& app, Refusal about, int64_t now_ms, FlowResult& into) {
  if (response.status != 200) return read_oauth1_refusal(response, about, now_ms);
  const auto xml = FlatXml::read(response.body.view(), "response");
  const std::string_view session = xml ? xml->get("sessionId") : std::string_view();
  if (session.empty() && (find_words(response) || is_page(response))) return read_oauth1_refusal(response, about, now_ms);
  if (!xml) {
    return Error::protocol("bad_xml", "the OAuth 1.0a login response is not XML of the form that it should have")
        .http_status(200);
  }
  if (!is_token(session, kMaxToken)) {
    return Error::protocol("no_token", "the OAuth 1.0a login response has no valid session id").http_status(200);
  }
  into.set("session_id", session);
  if (is_org_address(app, xml->get("serverUrl"))) into.set("server_url", xml->get("serverUrl"));
  if (is_org_address(app, xml->get("metadataServerUrl"))) into.set("metadata_server_url", xml->get("metadataServerUrl"));
  const std::string_view sandbox = xml->get("sandbox");
  if (sandbox == "true" || sandbox == "false") into.set("sandbox", sandbox);
  into.set("raw", response.body.view());
  return {};
}

}  // namespace hlid
