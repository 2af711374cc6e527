// control: how a test in any language inspects and changes the org, under /__sim/. Everything is JSON. A bad request
// gets 400 and {"error": "..."}, and changes nothing.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>

#include "simulator/crypto.h"
#include "simulator/endpoints.h"
#include "simulator/routes.h"

namespace hlid_sim {
namespace {

constexpr int64_t kMaxDelayMs = 10 * 60'000;

json body_of(const Request& request) {
  if (request.body.empty()) return json::object();
  json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) throw std::runtime_error("the body must be a JSON object");
  return body;
}

void only(const json& body, std::initializer_list<std::string_view> names) {
  for (const auto& item : body.items()) {
    if (std::find(names.begin(), names.end(), item.key()) == names.end()) throw std::runtime_error("unknown name " + item.key());
  }
}

Response state(Org& org, const Request&) { return json_response(200, org.describe()); }

Response settings(Org& org, const Request& request) {
  org.directory()->change(body_of(request));
  return json_response(200, org.describe());
}

// All counts, or how often one value was used: by its SHA-256 in the query, or (so that it need not be in an
// address) by the value in a POST body.
Response seen(Org& org, const Request& request) {
  if (request.method == "POST") {
    const json body = body_of(request);
    only(body, {"value"});
    return json_response(200, {{"count", org.watch()->uses_of(sha256(body.at("value").get<std::string>()))}});
  }
  if (const auto digest = Form::query_of(request).get("sha256")) {
    const auto raw = from_hex(*digest);
    if (!raw) throw std::runtime_error("sha256 must be in hex");
    return json_response(200, {{"count", org.watch()->uses_of(*raw)}});
  }
  return json_response(200, org.seen());
}

Response time(Org& org, const Request& request) {
  const json body = body_of(request);
  only(body, {"advance_ms"});
  const auto by = body.at("advance_ms").get<int64_t>();
  if (by < 0) throw std::runtime_error("time only goes forward");
  org.advance_ms(by);
  return json_response(200, {{"now_ms", org.now_ms()}});
}

Response fail(Org& org, const Request& request) {
  const json body = body_of(request);
  only(body, {"endpoint", "status", "body", "content_type", "headers", "retry_after", "times", "delay_ms", "drop"});
  Fault fault;
  fault.endpoint = body.at("endpoint").get<std::string>();
  // A fault that no request can meet would let a test pass for the wrong reason.
  if (fault.endpoint != "*" && !is_endpoint_name(fault.endpoint)) throw std::runtime_error("unknown endpoint " + fault.endpoint);
  fault.status = body.value("status", 0);
  fault.times = body.value("times", int64_t{1});
  fault.delay_ms = body.value("delay_ms", int64_t{0});
  fault.drop = body.value("drop", false);
  if (body.contains("body")) fault.body = body["body"].is_string() ? body["body"].get<std::string>() : body["body"].dump();
  fault.content_type = body.value("content_type", fault.body.starts_with('<') ? "text/html;charset=UTF-8"
                                                  : fault.body.empty()        ? ""
                                                                              : "application/json;charset=UTF-8");
  const json headers = body.value("headers", json::object());
  for (const auto& header : headers.items()) fault.headers.emplace_back(header.key(), header.value().get<std::string>());
  if (body.contains("retry_after")) {
    const json& after = body["retry_after"];
    fault.headers.emplace_back("Retry-After", after.is_string() ? after.get<std::string>() : after.dump());
  }
  if (fault.status != 0 && (fault.status < 200 || fault.status > 599)) throw std::runtime_error("status must be 200 to 599");
  if (fault.times < 1) throw std::runtime_error("times must be at least 1");
  if (fault.delay_ms < 0 || fault.delay_ms > kMaxDelayMs) throw std::runtime_error("delay_ms is out of range");
  if (fault.status == 0 && fault.delay_ms == 0 && !fault.drop)
    throw std::runtime_error("a fault needs a status, a delay_ms or drop");
  org.watch()->add_fault(std::move(fault));
  return json_response(200, json::object());
}

Response reset(Org& org, const Request&) {
  org.reset();
  return json_response(200, org.describe());
}

Response rotate_key(Org& org, const Request&) {
  org.keys().rotate();
  return json_response(200, {{"kid", org.keys().signing()->kid()}});
}

// Messages to people, oldest first: all, or those to an address or username, or the last few.
Response outbox(Org& org, const Request& request) {
  const Form query = Form::query_of(request);
  size_t at_most = SIZE_MAX;
  if (const auto last = query.get("last")) {
    const auto [end, error] = std::from_chars(last->data(), last->data() + last->size(), at_most);
    if (error != std::errc() || end != last->data() + last->size()) throw std::runtime_error("last must be a number");
  }
  return json_response(200, {{"messages", org.outbox()->list(query.get("to").value_or(""), at_most)}});
}

// What a person does at /setup/connect.
Response device(Org& org, const Request& request) {
  const json body = body_of(request);
  only(body, {"user_code", "approve", "username"});
  const bool approve = body.value("approve", true);
  const std::string problem =
      decide_device(org, body.at("user_code").get<std::string>(), approve, body.value("username", std::string()));
  if (!problem.empty()) throw std::runtime_error(problem);
  return json_response(200, json::object());
}

// The assets and events that asset tokens made in the org, and the certificate that verifies them, as an admin exports it from
// Setup.
Response asset_tokens(Org& org, const Request&) {
  json out = org.asset_tokens()->describe();
  out["certificate"] = org.keys().of_asset_tokens().certificate_pem;
  return json_response(200, out);
}

// The identity provider of the org's single sign-on: what it signs SAML assertions with, and whom they are for.
Response saml_sso(Org& org, const Request&) {
  const AppKey key = org.keys().of_identity_provider(org.settings());
  return json_response(
      200,
      {{"private_key", key.private_pem}, {"validation_cert", key.certificate_pem}, {"entity_id", "https://saml.salesforce.com"}});
}

struct Control {
  std::string_view method;
  std::string_view name;
  Response (*run)(Org&, const Request&);
};
constexpr Control kControls[] = {{"GET", "state", state},
                                 {"POST", "settings", settings},
                                 {"GET", "seen", seen},
                                 {"POST", "seen", seen},
                                 {"POST", "time", time},
                                 {"POST", "fail", fail},
                                 {"POST", "reset", reset},
                                 {"GET", "outbox", outbox},
                                 {"POST", "rotate_key", rotate_key},
                                 {"POST", "device", device},
                                 {"GET", "asset_tokens", asset_tokens},
                                 {"GET", "saml_sso", saml_sso}};

}  // namespace

Response control(Org& org, const Request& request, std::string_view what) {
  for (const auto& each : kControls) {
    if (each.name != what || each.method != request.method) continue;
    try {
      return each.run(org, request);
    } catch (const std::exception& error) {
      return json_response(400, {{"error", error.what()}});
    }
  }
  return json_response(404, {{"error", "no such control"}});
}

}  // namespace hlid_sim
