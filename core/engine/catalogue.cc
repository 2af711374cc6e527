#include "engine/catalogue.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "base/version.h"
#include "codec/json_write.h"
#include "engine/predicates.h"
#include "oauth/app.h"

namespace hlid {
namespace {

template <typename Text>
void write_texts(JsonWriter& json, std::string_view key, std::span<const Text> texts) {
  json.key(key).begin_array();
  for (const Text& text : texts) json.text(text);
  json.end_array();
}

// A parameter that several flows share may exclude one that not all of them have.
void write_excluded(JsonWriter& json, const ValueSpec& spec, std::span<const ValueSpec> others) {
  json.key("excludes").begin_array();
  for (const char* other : spec.excludes) {
    const auto is_other = [&](const ValueSpec& own) { return std::string_view(own.name) == other; };
    if (std::any_of(others.begin(), others.end(), is_other)) json.text(other);
  }
  json.end_array();
}

std::string_view name_of(Expands expands) {
  return expands == Expands::guest ? "guest" : expands == Expands::tokens ? "tokens" : "";
}

void write_value(JsonWriter& json, const ValueSpec& spec, std::span<const ValueSpec> others) {
  json.begin_object().member("name", spec.name).member("kind", name_of(spec.kind));
  json.key("secret").boolean(spec.secret).key("required").boolean(spec.required).member("doc", spec.doc);
  json.member("default", spec.default_text);
  write_texts(json, "choices", spec.choices);
  write_excluded(json, spec, others);
  json.key("max_bytes").integer(static_cast<int64_t>(spec.max_bytes)).key("min").integer(spec.min).key("max").integer(spec.max);
  json.member("from_guest", spec.from_guest)
      .member("expands", name_of(spec.expands))
      .key("client_only")
      .boolean(spec.client_only);
  json.key("single_use").boolean(spec.single_use).key("from_message").boolean(spec.from_message);
  json.key("chosen").boolean(spec.chosen).end_object();
}

bool expands(const FlowSpec& flow, Expands what) {
  return std::any_of(flow.parameters.begin(), flow.parameters.end(), [&](const ValueSpec& spec) { return spec.expands == what; });
}

std::string_view name_of(Event event) {
  switch (event) {
    case Event::response: return "response";
    case Event::value: return "value";
    case Event::shown: return "shown";
    case Event::time: return "time";
    case Event::resend: return "resend";
    case Event::no_response: return "no_response";
    case Event::loaded: return "loaded";
    case Event::stored: return "stored";
    case Event::not_stored: return "not_stored";
    case Event::failed: return "failed";
  }
  return "";
}

std::string_view name_of(HostKind kind) {
  constexpr std::string_view kNames[] = {"site", "my_domain", "login"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view name_of(Step step) {
  constexpr std::string_view kNames[] = {"", "SEND", "ASK", "SHOW", "SIGN", "WAIT", "DONE", "FAILED", "STORE"};
  return kNames[static_cast<size_t>(step)];
}

std::string_view name_of(Base base) {
  constexpr std::string_view kNames[] = {"site", "org", "named", "integration"};
  return kNames[static_cast<size_t>(base)];
}

std::string_view name_of(Body body) {
  constexpr std::string_view kNames[] = {"none", "form", "json"};
  return kNames[static_cast<size_t>(body)];
}

std::string_view name_of(Status status) {
  constexpr std::string_view kNames[] = {"current", "discouraged", "experimental"};
  return kNames[static_cast<size_t>(status)];
}

// For people: status, day of retirement and note in one paragraph; empty for a flow of which there is nothing to say.
std::string standing_of(const FlowSpec& flow) {
  std::string out;
  const auto say = [&](std::string_view sentence) {
    if (sentence.empty()) return;
    if (!out.empty()) out += ' ';
    out += sentence;
  };
  if (flow.status == Status::discouraged) say("Discouraged.");
  if (flow.status == Status::experimental) say("Experimental.");
  if (*flow.retires != '\0') say(join({"Salesforce retires this flow on ", flow.retires, "."}));
  say(flow.status_note);
  return out;
}

void write_request(JsonWriter& json, const RequestSpec& request) {
  json.begin_object().member("name", request.name).member("method", request.method).member("path", request.path);
  json.member("base", name_of(request.base)).member("body", name_of(request.body));
  json.key("retry_safe").boolean(request.retry_safe).key("client_authentication").boolean(request.auth == Auth::client);
  json.member("integration_scope", request.integration_scope).key("prefers_http2").boolean(request.prefers_http2).end_object();
}

// The table as it is: what a diagram of it needs.
void write_table(JsonWriter& json, const FlowSpec& flow) {
  json.key("states").begin_array();
  for (const StateSpec& state : flow.states) {
    json.begin_object().member("name", state.name).member("step", name_of(state.step));
    json.member("request", state.step == Step::send ? state.request->name : "")
        .member("ask", state.ask == nullptr ? "" : state.ask->name);
    json.end_object();
  }
  json.end_array().key("rows").begin_array();
  for (const Row& row : flow.rows) {
    json.begin_object()
        .member("state", flow.states[row.state].name)
        .member("event", name_of(row.event))
        .key("next")
        .begin_array();
    for (size_t way = 0; way < row.ways.count; ++way) json.text(flow.states[row.ways.states[way]].name);
    json.end_array().end_object();
  }
  json.end_array();
}

void write_flow(JsonWriter& json, const FlowSpec& flow) {
  json.begin_object().member("name", flow.name).member("verb", flow.verb);
  json.member("status", name_of(flow.status)).member("retires", flow.retires).member("standing", standing_of(flow));
  json.member("summary", flow.summary).member("description", flow.description);
  json.key("accepts_guest").boolean(expands(flow, Expands::guest)).key("accepts_tokens").boolean(expands(flow, Expands::tokens));
  json.key("parameters").begin_array();
  for (const ValueSpec& spec : flow.parameters) write_value(json, spec, flow.parameters);
  json.end_array();
  write_texts(json, "example", flow.example);
  json.key("requests").begin_array();
  for (const RequestSpec* request : flow.requests()) write_request(json, *request);
  json.end_array().key("asks").begin_array();
  const std::vector<ValueSpec> asks = flow.asks();
  for (const ValueSpec& ask : asks) write_value(json, ask, asks);
  json.end_array().key("resends").boolean(flow.resends()).key("shows").boolean(flow.shows());
  write_table(json, flow);
  write_texts(json, "needs", flow.needs);
  json.key("hosts").begin_array();
  for (const HostKind kind : flow.hosts) json.text(name_of(kind));
  json.end_array().member("result", flow.result->name);
  write_texts(json, "lacks", flow.lacks);
  json.key("org_settings").begin_array();
  for (const OrgSetting& setting : flow.org_settings) {
    json.begin_object().member("id", setting.id).member("doc", setting.doc);
    json.member("setup", setting.setup).member("metadata", setting.metadata).end_object();
  }
  json.end_array().member("source", flow.source).end_object();
}

void write_result(JsonWriter& json, const ResultSpec& result) {
  json.begin_object().member("name", result.name).member("doc", result.doc).key("fields").begin_array();
  for (const FieldSpec& field : result.fields) {
    json.begin_object().member("name", field.name).member("kind", name_of(field.kind)).key("secret").boolean(field.secret);
    json.key("always").boolean(field.always).member("doc", field.doc);
    write_texts(json, "choices", field.choices);
    json.end_object();
  }
  json.end_array().end_object();
}

// What a program may ask of an error.
void write_predicates(JsonWriter& json) {
  json.key("predicates").begin_array();
  for (const Predicate& predicate : predicates()) {
    json.begin_object().member("name", predicate.name).member("doc", predicate.doc);
    write_texts(json, "reasons", predicate.reasons);
    json.member("advice", predicate.advice == Advice::none ? "" : name_of(predicate.advice));
    json.key("http_status_from").integer(predicate.http_status_from).end_object();
  }
  json.end_array();
}

}  // namespace

std::string write_catalogue(std::span<const FlowSpec* const> flows, std::span<const ResultSpec* const> more_results) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("version", kVersion).key("abi").integer(kAbi).key("settings").begin_array();
  for (const ValueSpec& spec : app_settings()) write_value(json, spec, app_settings());
  json.end_array().key("flows").begin_array();
  for (const FlowSpec* flow : flows) write_flow(json, *flow);
  json.end_array().key("results").begin_array();
  std::vector<const ResultSpec*> results;
  for (const FlowSpec* flow : flows) {
    if (std::find(results.begin(), results.end(), flow->result) == results.end()) results.push_back(flow->result);
  }
  results.insert(results.end(), more_results.begin(), more_results.end());
  for (const ResultSpec* result : results) write_result(json, *result);
  json.end_array();
  write_predicates(json);
  json.end_object();
  return out;
}

}  // namespace hlid
