#include "cli/org_probe_runs.h"
#include "cli/fresh.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace hlid_cli {
namespace {

// The last line of the trace that begins so, without that beginning.
std::string_view last_line(std::string_view trace, std::string_view start) {
  std::string_view found;
  for (size_t at = trace.find(start); at != std::string_view::npos; at = trace.find(start, at + 1)) {
    if (at != 0 && trace[at - 1] != '\n') continue;
    found = trace.substr(at + start.size());
    found = found.substr(0, found.find('\n'));
  }
  return found;
}

std::string endpoint_of(std::string_view trace) {
  std::string_view address = last_line(trace, "> POST ");
  const std::string_view read = last_line(trace, "> GET ");
  if (address.empty() || read.data() > address.data()) address = read.empty() ? address : read;
  address = address.substr(0, address.find('?'));
  return std::string(address.substr(address.rfind('/') + 1));
}

// What counts for the flows of a probe where neither the profile nor an override says otherwise.
constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"basic_alphabet", "standard"},
    {"credentials_placement", "body"},
    {"first_party_redirect_uri", "false"},
    {"first_party_response_type", "false"},
    {"http_version", "auto"},
    {"jwks_path", "/id/keys"},
    {"send_code_challenge_method", "false"},
    {"token_endpoint_auth_method", "client_secret_post"},
    {"token_host", "site"},
    {"uvid_placement", "header"},
    {"uvid_prefix", "none"},
};

// How far a flow came.
int stage_of(const Ran& ran) { return ran.done ? 3 : !ran.sent ? 0 : ran.endpoint == "token" ? 2 : 1; }

bool is_refused_login(const Failure& failure) { return failure.reason == "invalid_credentials"; }

}  // namespace

ProbeRuns::ProbeRuns(const Catalogue& catalogue, std::map<std::string, Secret> settings, bool json, bool trace)
    : catalogue_(catalogue), settings_(std::move(settings)), asking_(settings_, json, trace) {}

std::string ProbeRuns::setting(const std::string& name, const std::string& fallback) const {
  const auto found = settings_.find(name);
  return found == settings_.end() ? fallback : std::string(found->second.view());
}

const FlowInfo& ProbeRuns::flow(const std::string& name) const {
  const FlowInfo* found = catalogue_.find_flow(name);
  if (found == nullptr) throw std::runtime_error("the library has no flow " + name);
  return *found;
}

// What tokens say is read here, and must not end a run: the checks of the settings come later.
AppHandle ProbeRuns::app_with(const Overrides& settings) const {
  std::map<std::string, Secret> all;
  for (const auto& [name, value] : settings_) all.emplace(name, Secret(value.view()));
  all.insert_or_assign("verify_id_token", Secret("none"));
  all.insert_or_assign("verify_jwt", Secret("false"));
  for (const auto& [name, value] : settings) all.insert_or_assign(name, Secret(value));
  // An app that proves itself by a signature has no secret for it.
  if (all.contains("token_endpoint_auth_method") && all.at("token_endpoint_auth_method").view() == "private_key_jwt")
    all.erase("client_secret");
  asking_.keep_pace(all);
  return make_app(all);
}

void ProbeRuns::announce(const Wanted& wanted, const FlowInfo& info) {
  std::string paths;
  for (const Request& request : info.requests) paths += (paths.empty() ? "" : ", ") + request.path;
  asking_.announce({wanted.question, info.requests.empty() ? "POST" : info.requests.front().method, paths, wanted.why});
}

void ProbeRuns::throw_if_not_about_the_org(const Failure& failure) {
  const bool is_busy = failure.advice == "RETRY_LATER";
  if (failure.kind == "TRANSPORT" || is_busy) throw LibraryError{failure};
}

void ProbeRuns::send(const Wanted& wanted, Ran& out) {
  const FlowInfo& info = flow(wanted.flow);
  const bool sends_password = wanted.parameters.contains("password");
  hlid_error* error = nullptr;
  try {
    const AppHandle app = app_with(wanted.settings);
    hlid_flow* made = nullptr;
    check(hlid_flow_new(app.get(), view_of(info.name), &made, &error), error);
    const FlowHandle flow(made);
    for (const auto& [name, value] : wanted.parameters)
      check(hlid_flow_set(flow.get(), view_of(name), view_of(value), &error), error);
    check(hlid_flow_set_trace(flow.get(), 1, &error), error);
    hlid_step first = 0;
    check(hlid_flow_next(flow.get(), now_ms(), &first, &error), error);
    if (sends_password && !may_log_in()) {
      out.failure.reason = "too_many_failed_logins";
      out.failure.message = "two logins of this user have failed, so no further one is tried";
      return;
    }
    announce(wanted, info);
    out.sent = true;
    const ClientHandle client = make_client(app.get());
    const hlid_step step = asking_.run(client.get(), flow.get());
    const std::string_view trace = text_of(hlid_flow_trace(flow.get()));
    out.endpoint = endpoint_of(trace);
    out.http_version = last_line(trace, "< HTTP/");
    out.http_version = out.http_version.substr(0, out.http_version.find(' '));
    if (step == HLID_STEP_DONE) {
      out.done = true;
      const hlid_result* result = hlid_flow_result(flow.get());
      for (size_t i = 0; i < hlid_result_count(result); ++i)
        out.result.emplace(text_of(hlid_result_name(result, i)), Secret(text_of(hlid_result_value(result, i))));
    } else if (step == HLID_STEP_FAILED) {
      out.failure = failure_of(hlid_flow_error(flow.get()));
    } else {
      out.failure.reason = "unknown_step";
      out.failure.message = "the flow asks for " + std::string(text_of(hlid_step_name(step))) + ", which needs a person";
    }
  } catch (const LibraryError& refused) {
    if (out.sent) throw;
    out.failure = refused.failure;
    return;
  }
  if (sends_password && is_refused_login(out.failure)) ++failed_logins_;
  if (sends_password && out.done)
    keep_session(out.get("refresh_token").empty() ? out.get("access_token") : out.get("refresh_token"));
  throw_if_not_about_the_org(out.failure);
}

// Two ways to say the same are one run.
bool ProbeRuns::is_as_without(const std::string& name, const std::string& value) const {
  const auto given = settings_.find(name);
  if (given != settings_.end()) return given->second.view() == value;
  return std::any_of(std::begin(kDefaults), std::end(kDefaults),
                     [&](const auto& each) { return name == each.first && value == each.second; });
}

std::string ProbeRuns::key_of(const Wanted& wanted) const {
  std::string key = wanted.flow + "\n" + wanted.about;
  for (const auto& [name, value] : wanted.settings) {
    if (!is_as_without(name, value)) key += "\n" + name + "=" + value;
  }
  for (const auto& [name, value] : wanted.parameters) key += "\n" + name;
  return key;
}

const Ran& ProbeRuns::run(const Wanted& wanted) {
  const std::string key = key_of(wanted);
  std::unique_ptr<Ran>& ran = ran_[key];
  if (ran) return *ran;
  auto fresh = std::make_unique<Ran>();
  try {
    send(wanted, *fresh);
  } catch (...) {
    ran_.erase(key);
    throw;
  }
  ran = std::move(fresh);
  return *ran;
}

const Ran& ProbeRuns::run_until_done(Wanted wanted, const std::vector<Adjustment>& adjustments, Overrides& settings) {
  constexpr size_t kMostTries = 24;
  const Ran* best = &run(wanted);
  std::set<std::string> tried = {key_of(wanted)};
  const auto changed = [&](const Adjustment& each) {
    Wanted out = wanted;
    out.settings[each.setting] = each.value;
    return out;
  };
  while (!best->done && tried.size() < kMostTries) {
    const auto next = std::find_if(adjustments.begin(), adjustments.end(), [&](const Adjustment& each) {
      return each.fits(*best) && !tried.contains(key_of(changed(each)));
    });
    if (next == adjustments.end()) break;
    Wanted other = changed(*next);
    tried.insert(key_of(other));
    const Ran& ran = run(other);
    // It helped if the flow came further, or failed at the same place of something else.
    const bool helped = stage_of(ran) > stage_of(*best) ||
                        (stage_of(ran) == stage_of(*best) && ran.failure.reason != best->failure.reason && ran.sent);
    if (!helped) continue;
    best = &ran;
    wanted = std::move(other);
  }
  if (best->done) settings = wanted.settings;
  return *best;
}

void ProbeRuns::replace_session(std::string_view old, std::string_view fresh) {
  for (Secret& session : sessions_) {
    if (session.view() == old) session = Secret(fresh);
  }
}

size_t ProbeRuns::end_sessions(const Overrides& settings) {
  size_t left = 0;
  size_t number = 0;
  for (const Secret& session : sessions_) {
    Wanted wanted{"sessions", "revocation", "Ends a session that this command began.", settings, {{"token", session.view()}}, ""};
    wanted.about = std::to_string(++number);
    if (!run(wanted).done) ++left;
  }
  sessions_.clear();
  return left;
}

}  // namespace hlid_cli
