// The request and the response of hlid_org_doctor; docs/org.md describes both.
#include <algorithm>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json_write.h"
#include "flows/registry.h"
#include "org/doctor.h"
#include "org/request.h"

namespace hlid::org {
namespace {

// Of an inquiry's result, or of how a flow of the catalogue ended.
Observation read_observation(const JsonValue& from) {
  const auto text = [&](const char* name) { return std::string(from.text(name).value_or("")); };
  const auto is = [&](const char* name) {
    const auto member = from.find(name);
    return member && member->as_boolean() == true;
  };
  Observation out;
  out.code = text("error");
  out.text = text("error_description");
  out.reason = text("reason");
  out.token_format = text("token_format");
  if (const auto status = from.find("http_status")) {
    const auto number = status->as_integer();
    out.http_status = number && *number > 0 && *number < 1000 ? static_cast<int>(*number) : 0;
  }
  const int status = out.http_status;
  const std::string kind = text("kind");
  out.issued = is("issued");
  out.asks_for_token = status == 401 && (kind == "json" || is("asks_for_token"));
  if (is("done")) {
    out.shape = Shape::granted;
  } else if (status == 404) {
    out.shape = Shape::missing;
  } else if (status == 408 || status == 425 || status == 429 || status >= 500) {
    out.shape = Shape::nothing;
  } else if (is("accepted")) {
    out.shape = Shape::granted;
  } else if (!out.code.empty() || !out.text.empty() || out.asks_for_token) {
    out.shape = Shape::words;
  } else if (kind == "redirect") {
    out.shape = is("to_callback") ? Shape::granted : is("to_site") ? Shape::page : Shape::nothing;
  } else if (kind == "html" && status == 200) {
    out.shape = Shape::page;
  }
  return out;
}

// Those for another kind of client, where none is named.
std::vector<const FlowSpec*> leave_out(Circumstance& about) {
  std::vector<const FlowSpec*> out;
  if (!about.all) return out;
  std::erase_if(about.flows, [&](const FlowSpec* flow) {
    const std::vector<const Need*> needs = needs_of(*flow);
    const bool other = std::any_of(needs.begin(), needs.end(), [&](const Need* need) {
      return need->wish == Wish::keeper && counts(need->when, about.needs) == true;
    });
    if (other) out.push_back(flow);
    return other;
  });
  return out;
}

void read_circumstance(RequestReader& in, Circumstance& about) {
  for (const std::string_view name : in.texts("flows")) {
    const FlowSpec* flow = find_flow(name);
    if (flow == nullptr) in.refuse("flows", "has a name that is not a flow's");
    about.flows.push_back(flow);
  }
  if (in.good() && about.flows.empty()) in.refuse("flows", "is missing");
  using Client = Circumstances::Client;
  const std::string_view client = in.text("client");
  if (client != "public" && client != "private") in.refuse("client", "must be public or private");
  about.needs.client = client == "public" ? Client::of_public : Client::of_private;
  about.all = in.flag("all");
  about.needs.basic_header = in.text("credentials_placement") == "header";
  about.scope = words_of(in.text("scope"));
  for (const std::string_view name : in.texts("has")) {
    if (name == "redirect_uri")
      about.has_callback = true;
    else if (name == "client_secret")
      about.has_secret = true;
    else if (name == "private_key")
      about.has_key = true;
    else if (name == "user")
      about.has_user = true;
    else
      in.refuse("has", "must be of redirect_uri, client_secret, private_key and user");
  }
}

void write_questions(JsonWriter& json, const std::vector<Asked>& questions) {
  json.key("questions").begin_array();
  for (const Asked& asked : questions) {
    const Question& question = *asked.question;
    json.begin_object().member("name", asked.name).member("flow", question.flow).member("method", question.method);
    json.member("path", question.path).member("why", asked.why).member("follows", question.follows);
    json.key("requests").integer(static_cast<int64_t>(asked.requests));
    json.key("makes_up_user").boolean(question.makes_up_user).key("arguments").begin_object();
    for (const auto& [name, value] : asked.arguments) json.member(name, value);
    json.end_object().end_object();
  }
  json.end_array();
}

void write_flows(JsonWriter& json, const char* name, const std::vector<const FlowSpec*>& flows) {
  json.key(name).begin_array();
  for (const FlowSpec* flow : flows) json.text(flow->name);
  json.end_array();
}

void write_learnt(JsonWriter& json, const Learnt& one) {
  const OrgSetting& setting = *one.setting;
  json.begin_object().member("id", setting.id).member("setup", setting.setup).member("metadata", setting.metadata);
  json.member("doc", setting.doc).member("state", name_of(one.state)).member("standing", name_of(one.standing));
  json.member("partner", one.partner == nullptr ? "" : one.partner->id).member("why", one.why).member("said", one.said);
  json.member("needed", one.needed);
  write_flows(json, "flows", one.flows);
  json.end_object();
}

}  // namespace

Result<std::string> doctor_request(std::string_view request) {
  RequestReader in(request, {"flows", "all", "client", "credentials_placement", "scope", "has", "observations"});
  Circumstance about;
  read_circumstance(in, about);
  Observations seen;
  if (const auto observations = in.value("observations")) {
    if (!observations->is_object()) in.refuse("observations", "must be an object");
    for (const auto& [name, value] : observations->members()) seen.emplace(std::string(name), read_observation(value));
  }
  if (!in.good()) return in.take_fault();
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_flows(json, "left_out", leave_out(about));
  write_questions(json, questions_for(about));
  const Diagnosed found = diagnose(about, seen);
  json.key("facts").begin_array();
  for (const Fact& one : found.facts)
    json.begin_object().member("name", one.name).member("standing", name_of(one.standing)).member("text", one.text).end_object();
  json.end_array().key("settings").begin_array();
  for (const Learnt& one : found.settings) write_learnt(json, one);
  json.end_array();
  write_flows(json, "prevented", found.prevented);
  json.key("prevents").boolean(found.prevents).key("responds").boolean(found.responds).end_object();
  return out;
}

}  // namespace hlid::org
