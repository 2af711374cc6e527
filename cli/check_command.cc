#include "cli/check_command.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "cli/flow_command.h"
#include "cli/fresh.h"
#include "cli/help.h"
#include "cli/inputs.h"
#include "cli/json_line.h"
#include "cli/options.h"
#include "cli/protection.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/spelling.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using Values = std::map<std::string, std::string>;

constexpr const char* kMadeUp = "headlessid-check";

// `off`: the org does not allow it, which an app that has no use for it can live with.
enum class Verdict : uint8_t { ok, off, failed, skipped };

constexpr const char* word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::off: return "off";
    case Verdict::failed: return "failed";
    case Verdict::skipped: return "skipped";
  }
  return "";
}

struct Finding {
  std::string name;
  Verdict verdict = Verdict::ok;
  std::string message;
  Failure failure;  // of what is off or has failed
};

// What is sent, and the refusal that shows that all before it is right. Nothing here needs a user, reaches a person or
// changes anything but a log. What needs a setting that is not there, or another kind of host, is skipped: the library says why.
struct Probe {
  const char* name;
  const char* flow;
  const char* needs;  // a setting, or null
  Values parameters;
  const char* refused;  // the expected reason; null: the flow must succeed
  const char* good;
  bool may_be_off;
};

std::vector<Probe> probes() {
  const std::string user = made_up(kMadeUp) + "@example.invalid";
  return {
      {"login",
       "login",
       nullptr,
       {{"username", user}, {"password", made_up(kMadeUp)}},
       "invalid_credentials",
       "The site accepts headless logins from this app: it refused a nonexistent user.",
       false},
      {"token",
       "refresh",
       nullptr,
       {{"refresh_token", made_up(kMadeUp)}},
       "refresh_refused",
       "The token endpoint knows the app: it refused a nonexistent refresh token.",
       true},
      {"guest", "guest", nullptr, {}, nullptr, "The org issues guest tokens to visitors.", true},
      {"client_credentials",
       "client_credentials",
       "client_secret",
       {},
       nullptr,
       "The org issues a token of the app's run-as user.",
       true},
      {"first_party_login",
       "first_party_login",
       "private_key",
       {{"username", user}, {"password", made_up(kMadeUp)}},
       "invalid_credentials",
       "The org accepts the app's attestation: it refused a nonexistent user.",
       false},
  };
}

class Check {
 public:
  Check(const Catalogue& catalogue, const Inputs& inputs)
      : catalogue_(catalogue), asked_(inputs.flows), json_(inputs.json), trace_(inputs.trace) {}

  int run(std::map<std::string, Secret> settings);

 private:
  bool knows_the_app(const Probe& probe, const std::optional<Failure>& failure) const;
  bool is_of_another_host(const Failure& failure) const;
  bool is_asked(const std::string& flow) const;
  bool check_settings(const std::map<std::string, Secret>& settings);
  void try_probe(const Probe& probe);
  void check_keys();
  void name_the_rest();
  struct Outcome {
    bool sent = true;  // false: the flow cannot run with these settings
    std::optional<Failure> failure;
  };
  Outcome attempt(const hlid_app* app, const FlowInfo& info, const Values& parameters) const;
  Failure spelled(const FlowInfo& info, Failure failure) const;
  void say(const Finding& finding);
  int finish();

  const Catalogue& catalogue_;
  const std::vector<std::string>& asked_;
  bool json_;
  bool trace_;
  AppHandle app_;
  AppHandle verifying_app_;
  std::vector<std::string> tried_;
  int status_ = kDone;
  std::optional<bool> reached_;
  bool has_secret_ = false;
  bool has_path_ = false;  // the address of a site, not an org's
  bool guest_works_ = false;
  bool signs_in_ = false;
};

bool Check::is_asked(const std::string& flow) const {
  return asked_.empty() || std::find(asked_.begin(), asked_.end(), flow) != asked_.end();
}

// Without a secret, a demand for one says as much, unless a flow is asked about that would have to send it.
bool Check::knows_the_app(const Probe& probe, const std::optional<Failure>& failure) const {
  const auto sends_it = [&](const std::string& flow) { return catalogue_.find_flow(flow)->sends_secret; };
  return std::string_view(probe.name) == "token" && !has_secret_ && failure && failure->reason == "invalid_client" &&
         !asked_.empty() && std::none_of(asked_.begin(), asked_.end(), sends_it);
}

// An org's own address serves no headless flow, which matters only to those that are asked about.
bool Check::is_of_another_host(const Failure& failure) const {
  return asked_.empty() && (failure.reason == "wrong_host" || (failure.http_status == 404 && !has_path_));
}

Failure Check::spelled(const FlowInfo& info, Failure failure) const {
  word_for(json_ ? Reader::program : Reader::person, catalogue_, info, failure);
  return failure;
}

bool Check::check_settings(const std::map<std::string, Secret>& settings) {
  bool complete = true;
  for (const Field& field : catalogue_.settings) {
    if (!field.required || settings.contains(field.name)) continue;
    complete = false;
    Failure failure = failure_of(
        UsageError("", "Give it with " + ways_to_give(field, {"as " + field.name + " in a profile"}) + ".", field.name));
    say({"settings", Verdict::failed, (json_ ? field.name : option_name(field)) + " is missing", failure});
  }
  if (!complete) return false;
  try {
    app_ = make_app(settings);
    std::map<std::string, Secret> verifying;
    for (const auto& [name, value] : settings) verifying.emplace(name, Secret(value.view()));
    verifying.insert_or_assign("verify_jwt", Secret("true"));
    verifying_app_ = make_app(verifying);
  } catch (const LibraryError& error) {
    const Failure failure = spelled({}, error.failure);
    say({"settings", Verdict::failed, failure.message, failure});
    return false;
  }
  say({"settings", Verdict::ok, "Every setting that was given is valid.", {}});
  return true;
}

Check::Outcome Check::attempt(const hlid_app* app, const FlowInfo& info, const Values& parameters) const {
  hlid_error* error = nullptr;
  hlid_flow* made = nullptr;
  const auto cannot_run = [&](hlid_status status) { return status == HLID_E_ARGUMENT; };
  hlid_status status = hlid_flow_new(app, view_of(info.name), &made, &error);
  if (cannot_run(status)) return {false, failure_of(ErrorHandle(error).get())};
  check(status, error);
  const FlowHandle flow(made);
  for (const auto& [name, value] : parameters) check(hlid_flow_set(flow.get(), view_of(name), view_of(value), &error), error);
  if (trace_) check(hlid_flow_set_trace(flow.get(), 1, &error), error);
  hlid_step first = 0;
  status = hlid_flow_next(flow.get(), now_ms(), &first, &error);
  if (cannot_run(status)) return {false, failure_of(ErrorHandle(error).get())};
  check(status, error);
  throw_if_interrupted();
  const ClientHandle client = make_client(app);
  const hlid_step step = run_until_it_stops(client.get(), flow.get());
  size_t said = 0;
  if (trace_) say_trace(flow.get(), said);
  throw_if_interrupted();
  if (step == HLID_STEP_DONE) return {};
  if (step == HLID_STEP_FAILED) return {true, failure_of(hlid_flow_error(flow.get()))};
  if (const hlid_error* problem = hlid_flow_ask_problem(flow.get())) return {true, failure_of(problem)};
  Failure asks;
  asks.kind = "STATE";
  asks.advice = "NONE";
  asks.reason = "unknown_step";
  asks.message = "the flow asks for " + std::string(text_of(hlid_step_name(step))) + ", which needs a person or a program";
  return {true, asks};
}

void Check::try_probe(const Probe& probe) {
  const FlowInfo* info = catalogue_.find_flow(probe.flow);
  if (info == nullptr) return;
  tried_.push_back(probe.flow);
  if (reached_ == false) return say({probe.name, Verdict::skipped, "The site was not reached.", {}});
  const auto [sent, failure] = attempt(app_.get(), *info, probe.parameters);
  if (!sent) {
    const Failure why = spelled(*info, *failure);
    return say({probe.name, Verdict::skipped, "Not tried: " + why.message + ".", why});
  }
  if (!reached_) {
    reached_ = !failure || failure->kind != "TRANSPORT";
    const Failure found = *reached_ ? Failure{} : spelled(*info, *failure);
    say({"network", *reached_ ? Verdict::ok : Verdict::failed,
         *reached_ ? "The site responds, over verified TLS." : found.message, found});
    if (!*reached_) return say({probe.name, Verdict::skipped, "The site was not reached.", {}});
  }
  const bool good = probe.refused == nullptr ? !failure : failure && failure->reason == probe.refused;
  if (std::string_view(probe.name) == "guest") guest_works_ = good;
  if (std::string_view(probe.name) == "login") signs_in_ = good;
  if (good) return say({probe.name, Verdict::ok, probe.good, {}});
  if (knows_the_app(probe, failure))
    return say({probe.name,
                Verdict::ok,
                "The token endpoint knows the app. It requires a secret, which the flows that are asked about do not send.",
                {}});
  const Failure found = failure ? spelled(*info, *failure) : Failure{};
  if (failure && is_of_another_host(found)) return say({probe.name, Verdict::skipped, found.message, found});
  // A wrong app or secret is not a switch that is off.
  const bool off = probe.may_be_off && status_ == kDone && found.advice == "FIX_ORG" && found.reason != "invalid_client";
  say({probe.name, off ? Verdict::off : Verdict::failed, found.message, found});
}

// The keys are asked for with a token to check in hand, and a visitor's is the only one that needs no user.
void Check::check_keys() {
  const FlowInfo* info = catalogue_.find_flow("guest");
  if (info == nullptr) return;
  if (!guest_works_) return say({"keys", Verdict::skipped, "Without a guest token there is nothing to verify.", {}});
  const std::optional<Failure> failure = attempt(verifying_app_.get(), *info, {}).failure;
  if (!failure)
    return say({"keys",
                Verdict::ok,
                "The site's keys verify its tokens: " + std::string(json_ ? "verify_jwt" : "--verify-jwt") + " works.",
                {}});
  const Failure found = spelled(*info, *failure);
  say({"keys", Verdict::off, found.message, found});
}

// What cannot be tried, because it would message a person or needs a session, with what the org must allow:
// each setting once, with the first flow that needs it.
void Check::name_the_rest() {
  std::set<std::string> named;
  const auto is_tried = [&](const std::string& flow) { return std::find(tried_.begin(), tried_.end(), flow) != tried_.end(); };
  const auto is_rest = [&](const FlowInfo& flow) {
    return !flow.org_settings.empty() && is_asked(flow.name) && !is_tried(flow.name);
  };
  const bool any = std::any_of(catalogue_.flows.begin(), catalogue_.flows.end(), is_rest);
  if (!json_ && any) write_output("\nNot tried; the org must allow:\n");
  for (const FlowInfo& flow : catalogue_.flows) {
    if (!is_rest(flow)) continue;
    std::string needs;
    for (const OrgSetting& setting : flow.org_settings) {
      if (!named.insert(setting.setup).second && !json_) continue;
      needs += json_ ? (needs.empty() ? "" : "; ") + setting.setup : "    " + wrapped(setting.setup, 6, text_width(), 4);
    }
    if (json_) {
      say({flow.name, Verdict::skipped, "Not tried. The org must allow: " + needs, {}});
    } else if (!needs.empty()) {
      write_output("  " + hyphened(flow.name) + "\n" + needs);
    }
  }
}

void Check::say(const Finding& finding) {
  if (finding.verdict == Verdict::failed && status_ == kDone) status_ = exit_status_of(finding.failure);
  const Failure& failure = finding.failure;
  if (json_) {
    JsonLine line;
    line.text("event", "check")
        .text("name", finding.name)
        .text("verdict", word_of(finding.verdict))
        .text("message", finding.message);
    line.text_if_any("kind", failure.kind).text_if_any("advice", failure.advice).text_if_any("reason", failure.reason);
    line.text_if_any("hint", failure.hint).text_if_any("field", failure.field);
    line.text_if_any("server_code", failure.server_code).text_if_any("server_text", failure.server_text);
    if (failure.http_status != 0) line.number("http_status", failure.http_status);
    return write_output(line.finish());
  }
  constexpr size_t kColumn = 30;
  std::string start = std::string("  ") + word_of(finding.verdict);
  start.resize(11, ' ');
  start += hyphened(finding.name);
  start.resize(std::max(start.size() + 1, kColumn), ' ');
  std::string out = start + wrapped(printable(finding.message), kColumn, text_width(), columns(start));
  const auto add = [&](const std::string& text) {
    out += std::string(kColumn, ' ') + wrapped(printable(text), kColumn, text_width(), kColumn);
  };
  if (!failure.hint.empty()) add(failure.hint);
  if (!failure.server_code.empty() || !failure.server_text.empty())
    add("The server said: " + failure.server_code + (failure.server_text.empty() ? "" : ": " + failure.server_text));
  write_output(out);
}

int Check::finish() {
  if (json_) {
    write_output(JsonLine().text("event", "done").begin("result").flag("ok", status_ == kDone).end().finish());
  } else {
    write_output(status_ != kDone ? (asked_.empty() ? "\nThe failures above prevent a first sign-in.\n"
                                                    : "\nThe failures above prevent these flows.\n")
                 : signs_in_      ? "\nNothing prevents a first sign-in.\n"
                                  : "\nNothing that was tried has failed.\n");
  }
  return status_;
}

int Check::run(std::map<std::string, Secret> settings) {
  const std::vector<Probe> tries = probes();
  const bool good = check_settings(settings);
  has_secret_ = settings.contains("client_secret");
  if (const auto site = settings.find("site"); site != settings.end()) {
    const std::string_view address = site->second.view();
    const size_t host = address.find("//");
    const size_t path = host == std::string_view::npos ? host : address.find('/', host + 2);
    has_path_ = path != std::string_view::npos && path + 1 < address.size();
  }
  for (const Probe& probe : tries) {
    // What the token endpoint says of the app matters to each flow.
    if (!is_asked(probe.flow) && std::string_view(probe.name) != "token") continue;
    if (probe.needs != nullptr && !settings.contains(probe.needs)) continue;
    if (good)
      try_probe(probe);
    else
      tried_.push_back(probe.flow);
  }
  if (good && is_asked("guest")) check_keys();
  if (good) name_the_rest();
  return finish();
}

}  // namespace

FlowInfo command_of_check() {
  FlowInfo info;
  info.name = kCheckCommand;
  info.summary = "Tests whatever needs no user, and names each setting to change.";
  info.description =
      "It sends a login of a nonexistent user and a nonexistent refresh token, and requests a guest token and, with a client_secret, "
      "a token of client credentials: each "
      "response shows whether site, app, callback, secret and the org's switches are right. It sends no messages and changes "
      "nothing; the org's login history shows one failed login of headlessid-check-...@example.invalid, or two with a private_key. It then "
      "lists the other flows with what the org must allow for them. Names of flows (--flows) limit both.";
  info.events = "check, done, failed";
  return info;
}

std::string check_help(const Catalogue& catalogue, size_t width) { return flow_help(catalogue, command_of_check(), width); }

int run_check(const Catalogue& catalogue, const std::vector<std::string>& arguments) {
  return run_with_inputs(catalogue, command_of_check(), arguments, [&](Inputs& inputs) {
    check_output();
    return Check(catalogue, inputs).run(std::move(inputs.settings));
  });
}

}  // namespace hlid_cli
