#include "engine/trace.h"

#include "base/limits.h"
#include "base/text.h"
#include "codec/form.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "engine/members.h"
#include "engine/redact.h"

namespace hlid {
namespace {

constexpr size_t kMaxShown = 512;  // of one value

void append_query(std::string& out, std::string_view query, Redactor& redactor) {
  FormReader reader(query);
  bool first = true;
  while (reader.next()) {
    if (!first) out += '&';
    first = false;
    out += redactor.redacted(reader.name(), kMaxShown);
    out += '=';
    out += is_public_member(reader.name()) ? redactor.redacted(reader.value(), kMaxShown) : std::string(kHidden);
  }
}

// Up to the query it is an address; from there on it may hold a code.
void append_location(std::string& out, std::string_view location, Redactor& redactor) {
  const size_t mark = location.find_first_of("?#");
  out += redactor.redacted(location.substr(0, mark), kMaxShown);
  if (mark == std::string_view::npos) return;
  out += location[mark];
  append_query(out, location.substr(mark + 1), redactor);
}

void append_object(std::string& out, const JsonValue& root, Redactor& redactor) {
  JsonWriter json(out);
  json.begin_object();
  for (const auto& member : root.members()) {
    json.key(redactor.redacted(member.name, kMaxShown));
    const auto text = member.value.as_text();
    const auto number = member.value.as_integer();
    if (!is_public_member(member.name)) {
      json.text(kHidden);
    } else if (text) {
      json.text(redactor.redacted(*text, kMaxShown));
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
    const bool is_public = !header.secret && is_public_header(header.name);
    out += join(
        {"> ", header.name, ": ", is_public ? std::string_view(escape_for_display(header.value, kMaxShown)) : kHidden, "\n"});
  }
  if (!request.redacted_body.empty()) out += join({">\n> ", request.redacted_body, "\n"});
}

void trace_response(std::string& out, const Context& work) {
  const Response& response = work.response;
  Redactor redactor(work, Redactor::For::trace);
  const std::string_view version = response.http_version == 20   ? "2"
                                   : response.http_version == 30 ? "3"
                                   : response.http_version == 10 ? "1.0"
                                   : response.http_version == 11 ? "1.1"
                                                                 : "?";
  out += join({"< HTTP/", version, " ", std::to_string(response.status), "\n"});
  for (const Header& header : response.headers) {
    if (equals_ignoring_case(header.name, "location")) {
      out += "< location: ";
      append_location(out, header.value, redactor);
      out += '\n';
    } else if (is_public_header(header.name)) {
      out += join({"< ", redactor.redacted(header.name, kMaxShown), ": ", redactor.redacted(header.value, kMaxShown), "\n"});
    }
  }
  if (response.body.empty()) return;
  out += "<\n< ";
  JsonDocument document;
  if (response.body.size() <= kMaxResponseBody && document.parse(response.body.view()) == JsonFault::none &&
      document.root().is_object()) {
    append_object(out, document.root(), redactor);
  } else {
    out += join({response.is_html() ? "an HTML page of " : "", std::to_string(response.body.size()), " bytes, not shown"});
  }
  out += '\n';
}

void trace_store(std::string& out, StoreOperation operation, std::string_view outcome) {
  out += join({"* store ", name_of(operation), ": ", outcome, "\n"});
}

void trace_no_response(std::string& out, std::string_view why) { out += join({"< no response: ", why, "\n"}); }

}  // namespace hlid
