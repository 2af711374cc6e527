#include "engine/trace.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "codec/form.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "engine/redact.h"

namespace hlid {
namespace {

constexpr size_t kMaxShown = 512;  // of one value

// What may be seen of an answer. All else is dots: a member that nobody has heard of may be a secret.
constexpr std::string_view kPublicMembers[] = {
    "token_type", "scope", "instance_url", "issued_at", "token_format", "error", "error_description", "sfdc_community_url",
    "sfdc_community_id", "sfdc_site_url", "sfdc_site_id", "expires_in", "status", "status_code", "error_code", "errorCode", "message",
    "active"};
constexpr std::string_view kPublicHeaders[] = {"content-type", "retry-after", "content-length", "auth-request-type",
                                               "auth-verification-type", "accept", "user-agent"};

template <size_t N>
bool stands_in(const std::string_view (&list)[N], std::string_view name) {
  return std::any_of(std::begin(list), std::end(list), [&](std::string_view own) { return equals_ignoring_case(own, name); });
}

void append_query(std::string& out, std::string_view query, const Work& work) {
  FormReader reader(query);
  bool first = true;
  while (reader.next()) {
    if (!first) out += '&';
    first = false;
    out += shown(reader.name(), work, kMaxShown);
    out += '=';
    out += stands_in(kPublicMembers, reader.name()) ? shown(reader.value(), work, kMaxShown) : std::string(kHidden);
  }
}

// Up to the query it is an address; from there on it may hold a code.
void append_location(std::string& out, std::string_view location, const Work& work) {
  const size_t mark = location.find_first_of("?#");
  out += shown(location.substr(0, mark), work, kMaxShown);
  if (mark == std::string_view::npos) return;
  out += location[mark];
  append_query(out, location.substr(mark + 1), work);
}

void append_object(std::string& out, const JsonValue& root, const Work& work) {
  JsonWriter json(out);
  json.begin_object();
  for (const auto& member : root.members()) {
    json.key(shown(member.name, work, kMaxShown));
    const auto text = member.value.as_text();
    const auto number = member.value.as_integer();
    if (!stands_in(kPublicMembers, member.name)) {
      json.text(kHidden);
    } else if (text) {
      json.text(shown(*text, work, kMaxShown));
    } else if (number) {
      json.integer(*number);
    } else {
      json.text(kHidden);
    }
  }
  json.end_object();
}

}  // namespace

void trace_request(std::string& out, const Request& request) {
  out += join({"> ", request.method, " ", request.url, "\n"});
  for (const Header& header : request.headers) {
    const bool is_public = !header.secret && stands_in(kPublicHeaders, header.name);
    out += join({"> ", header.name, ": ", is_public ? std::string_view(escape_for_display(header.value.view(), kMaxShown)) : kHidden, "\n"});
  }
  if (!request.shown_body.empty()) out += join({">\n> ", request.shown_body, "\n"});
}

void trace_answer(std::string& out, const Answer& answer, const Work& work) {
  const std::string_view version = answer.http_version == 20 ? "2" : answer.http_version == 30 ? "3" : answer.http_version == 10 ? "1.0" : answer.http_version == 11 ? "1.1" : "?";
  out += join({"< HTTP/", version, " ", std::to_string(answer.status), "\n"});
  for (const Header& header : answer.headers) {
    if (equals_ignoring_case(header.name, "location")) {
      out += "< location: ";
      append_location(out, header.value.view(), work);
      out += '\n';
    } else if (stands_in(kPublicHeaders, header.name)) {
      out += join({"< ", shown(header.name, work, kMaxShown), ": ", shown(header.value.view(), work, kMaxShown), "\n"});
    }
  }
  if (answer.body.empty()) return;
  out += "<\n< ";
  JsonDocument document;
  if (answer.body.size() <= kMaxAnswerBody && document.parse(answer.body.view()) == JsonFault::none && document.root().is_object()) {
    append_object(out, document.root(), work);
  } else {
    out += join({answer.is_html() ? "an HTML page of " : "", std::to_string(answer.body.size()), " bytes, not shown"});
  }
  out += '\n';
}

void trace_no_answer(std::string& out, std::string_view why) { out += join({"< no answer: ", why, "\n"}); }

}  // namespace hlid
