#include "engine/events.h"

#include <algorithm>

#include "codec/json_write.h"
#include "engine/spec.h"

namespace hlid {
namespace {

// A line that has begun; the caller ends it.
JsonWriter begin_line(std::string& out, std::string_view event, const EventTime& when) {
  JsonWriter json(out);
  json.begin_object().member("event", event).member("flow", when.flow);
  json.key("started_at_ms").integer(when.started_ms);
  // A clock that was set back must not make it less than nothing.
  json.key("ms").integer(std::max<int64_t>(0, when.ended_ms - when.started_ms));
  return json;
}

void end_line(std::string& out, JsonWriter& json) {
  json.end_object();
  out += '\n';
}

std::string_view host_of(std::string_view url) {
  const size_t slashes = url.find("://");
  const size_t begin = slashes == std::string_view::npos ? 0 : slashes + 3;
  return url.substr(begin, url.find_first_of("/?#", begin) - begin);
}

}  // namespace

void note_request_event(std::string& out, const EventTime& when, const Context& work, int32_t status, int attempt,
                        std::string_view reason) {
  JsonWriter json = begin_line(out, "request", when);
  json.member("request", work.request_spec->name).member("method", work.request.method).member("host", host_of(work.request.url));
  if (status != 0) json.key("status").integer(status);
  json.key("attempt").integer(attempt);
  json.member("reason", reason);
  end_line(out, json);
}

void note_store_event(std::string& out, const EventTime& when, StoreOperation operation, std::string_view outcome) {
  JsonWriter json = begin_line(out, "store", when);
  json.member("operation", name_of(operation)).member("outcome", outcome);
  end_line(out, json);
}

void note_flow_event(std::string& out, const EventTime& when, const Error* error, std::string_view refreshed_by) {
  JsonWriter json = begin_line(out, "flow", when);
  json.member("outcome", error == nullptr ? "done" : "failed");
  if (error != nullptr) {
    json.member("kind", name_of(error->data().kind)).member("advice", name_of(error->data().advice));
    json.member("reason", error->data().reason);
  }
  if (!refreshed_by.empty()) json.member("refreshed_by", refreshed_by);
  end_line(out, json);
}

}  // namespace hlid
