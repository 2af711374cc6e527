// `headlessid org doctor`: asks a live site what its switches are. What is asked and what follows is the library's
// (hlid_org_doctor); here the questions are announced, sent and shown.
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>

#include "cli/flow_command.h"
#include "cli/fresh.h"
#include "cli/help.h"
#include "cli/inputs.h"
#include "cli/json_line.h"
#include "cli/options.h"
#include "cli/org_asking.h"
#include "cli/org_command.h"
#include "cli/protection.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/spelling.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kColumn = 12;
constexpr std::string_view kMadeUp = "headlessid-doctor";

class Doctor {
 public:
  Doctor(const Catalogue& catalogue, Inputs& inputs)
      : catalogue_(catalogue), inputs_(inputs), asking_(inputs.settings, inputs.json, inputs.trace) {}

  int run();

 private:
  std::string_view setting(const std::string& name) const {
    const auto found = inputs_.settings.find(name);
    return found == inputs_.settings.end() ? std::string_view() : found->second.view();
  }
  bool has(const char* name) const { return inputs_.settings.contains(name); }
  std::optional<Failure> why_not(const std::string& flow) const;
  void choose_flows();
  void prepare_request();
  void ask(const Json& question);
  FlowHandle make_flow(const Json& question) const;
  Json observed(const Json& question, hlid_flow* flow, hlid_step step);
  static Json ended(const Failure& failure, bool gets_token);
  void begin(const Json& questions) const;
  void ask_all(const Json& questions);
  void give_back_tokens(const Json& questions) noexcept;
  int report(const Json& found) const;
  int say_the_end(const Json& found) const;
  void say_setting(const Json& one) const;
  void say_setting_to_program(const Json& one) const;

  const Catalogue& catalogue_;
  Inputs& inputs_;
  Asking asking_;
  AppHandle app_;
  ClientHandle client_;
  std::vector<std::string> flows_;
  std::vector<std::string> left_out_;
  std::vector<std::pair<std::string, Failure>> cannot_run_;
  Json request_ = Json::object();
  Json observations_ = Json::object();
  std::map<std::string, Secret> tokens_;  // by the question that brought it
  std::optional<Failure> unreached_;
  size_t asked_ = 0;
  size_t silent_ = 0;      // of those that were asked last, without a response
  size_t unanswered_ = 0;  // of all
  size_t not_asked_ = 0;
};

// That the flow cannot run with these settings, at this host.
std::optional<Failure> Doctor::why_not(const std::string& flow) const {
  hlid_error* error = nullptr;
  hlid_flow* made = nullptr;
  const hlid_status status = hlid_flow_new(app_.get(), view_of(flow), &made, &error);
  const FlowHandle owned(made);
  if (status == HLID_OK) return std::nullopt;
  return failure_of(ErrorHandle(error).get());
}

void Doctor::choose_flows() {
  const bool all = inputs_.flows.empty();
  for (const FlowInfo& flow : catalogue_.flows) {
    if (!all && std::find(inputs_.flows.begin(), inputs_.flows.end(), flow.name) == inputs_.flows.end()) continue;
    std::optional<Failure> failure = why_not(flow.name);
    if (!failure) {
      flows_.push_back(flow.name);
    } else if (all) {
      left_out_.push_back(hyphened(flow.name));
    } else {
      word_for(inputs_.json ? Reader::program : Reader::person, catalogue_, flow, *failure);
      cannot_run_.emplace_back(flow.name, std::move(*failure));
    }
  }
}

void Doctor::prepare_request() {
  const bool is_private = has("client_secret") || setting("token_endpoint_auth_method") == "private_key_jwt";
  request_ = {{"flows", flows_}, {"client", is_private ? "private" : "public"}, {"has", Json::array()}};
  if (inputs_.flows.empty()) request_["all"] = true;
  if (setting("credentials_placement") == "header") request_["credentials_placement"] = "header";
  if (has("scope")) request_["scope"] = std::string(setting("scope"));
  for (const char* name : {"redirect_uri", "client_secret", "private_key"}) {
    const bool counts = std::string_view(name) != "client_secret" || setting("token_endpoint_auth_method") != "private_key_jwt";
    if (has(name) && counts) request_["has"].push_back(name);
  }
  if (inputs_.parameters.contains("user")) request_["has"].push_back("user");
}

FlowHandle Doctor::make_flow(const Json& question) const {
  hlid_error* error = nullptr;
  hlid_flow* made = nullptr;
  const std::string name = question.at("flow");
  check(hlid_flow_new(app_.get(), view_of(name), &made, &error), error);
  FlowHandle flow(made);
  const auto set = [&](std::string_view parameter, std::string_view value) {
    check(hlid_flow_set(flow.get(), view_of(parameter), view_of(value), &error), error);
  };
  for (const auto& [parameter, value] : question.at("arguments").items()) set(parameter, value.get<std::string>());
  if (const std::string before = question.at("follows"); !before.empty()) set("token", tokens_.at(before).view());
  const bool of_user = question.at("name") == "user";
  if (question.at("makes_up_user") || of_user) {
    const FlowInfo* info = catalogue_.find_flow(name);
    set("username", of_user ? std::string(inputs_.parameters.at("user").view()) : made_up(kMadeUp) + "@example.invalid");
    if (info != nullptr && find_field(info->parameters, "password") != nullptr) set("password", made_up(kMadeUp));
  }
  if (inputs_.trace) check(hlid_flow_set_trace(flow.get(), 1, &error), error);
  return flow;
}

Json Doctor::ended(const Failure& failure, bool gets_token) {
  Json out = {{"http_status", failure.http_status}, {"reason", failure.reason}};
  if (!failure.server_code.empty()) out["error"] = failure.server_code;
  if (!failure.server_text.empty()) out["error_description"] = failure.server_text;
  if (failure.reason == "not_headless") out["kind"] = "html";
  // Only where a token was to come does a response of 200 bring one.
  const bool is_refused = failure.kind == "PROTOCOL" && failure.http_status == 200 && failure.reason != "not_headless";
  if (is_refused && gets_token) out["issued"] = true;
  return out;
}

Json Doctor::observed(const Json& question, hlid_flow* flow, hlid_step step) {
  const std::string name = question.at("name");
  const bool gets_token = name == "guest" || name == "client_credentials";
  if (step == HLID_STEP_FAILED) {
    const Failure failure = failure_of(hlid_flow_error(flow));
    // The first request says whether there is anything to ask.
    if (failure.kind == "TRANSPORT") {
      if (asked_ == 1) unreached_ = failure;
      ++silent_;
      ++unanswered_;
    } else {
      silent_ = 0;
    }
    return ended(failure, gets_token);
  }
  silent_ = 0;
  if (const hlid_error* problem = step == HLID_STEP_DONE ? nullptr : hlid_flow_ask_problem(flow))
    return ended(failure_of(problem), false);
  if (step != HLID_STEP_DONE) return Json::object();
  const hlid_result* result = hlid_flow_result(flow);
  const auto text = [&](const char* field) { return std::string(text_of(hlid_result_get(result, view_of(field)))); };
  if (!question.at("flow").get<std::string>().starts_with("inquiry_")) {
    const std::string_view token = text_of(hlid_result_get(result, view_of("access_token")));
    if (!token.empty()) tokens_.insert_or_assign(name, Secret(token));
    return {{"done", true}, {"token_format", text("token_format")}};
  }
  Json out = {{"http_status", std::atoi(text("http_status").c_str())}, {"kind", text("kind")}};
  for (const char* field : {"error", "error_description", "host"}) {
    if (const std::string value = text(field); !value.empty()) out[field] = value;
  }
  for (const char* flag : {"to_callback", "to_site", "accepted", "asks_for_token"}) {
    if (text(flag) == "true") out[flag] = true;
  }
  return out;
}

void Doctor::ask(const Json& question) {
  const std::string name = question.at("name");
  const std::string before = question.at("follows");
  if (!before.empty() && !tokens_.contains(before)) return;
  asking_.announce({name, question.at("method"), question.at("path"), question.at("why")});
  ++asked_;
  Json seen;
  try {
    const FlowHandle flow = make_flow(question);
    hlid_error* error = nullptr;
    hlid_step first = 0;
    const hlid_status status = hlid_flow_next(flow.get(), now_ms(), &first, &error);
    check(status, error);
    seen = observed(question, flow.get(), asking_.run(client_.get(), flow.get()));
  } catch (const LibraryError& error) {
    // The settings do not do for this question alone.
    seen = {{"reason", error.failure.reason}};
  }
  if (inputs_.json) {
    JsonLine line;
    line.text("event", "response").text("name", name);
    for (const char* member : {"kind", "error", "error_description", "host", "reason"}) {
      if (seen.contains(member)) line.text_if_any(member, seen.at(member).get<std::string>());
    }
    if (const int status = seen.value("http_status", 0); status != 0) line.number("http_status", status);
    if (seen.value("done", false)) line.flag("done", true);
    write_output(line.finish());
  }
  observations_[name] = std::move(seen);
}

// However it ends: a token that came is given back first.
void Doctor::give_back_tokens(const Json& questions) noexcept {
  asking_.ignore_the_signal();
  for (const Json& question : questions) {
    const std::string before = question.at("follows");
    const std::string name = question.at("name");
    if (before.empty() || !tokens_.contains(before) || observations_.contains(name)) continue;
    try {
      const FlowHandle flow = make_flow(question);
      hlid_error* error = nullptr;
      hlid_step first = 0;
      check(hlid_flow_next(flow.get(), now_ms(), &first, &error), error);
      const bool done = asking_.run(client_.get(), flow.get()) == HLID_STEP_DONE;
      write_error(done ? "The token that came was revoked.\n"
                       : "The token that came could not be revoked: it lasts until it expires.\n");
    } catch (...) {
      write_error("The token that came could not be revoked: it lasts until it expires.\n");
    }
  }
}

void Doctor::ask_all(const Json& questions) {
  constexpr size_t kEnough = 3;  // without a response: the rest would say the same
  for (const Json& question : questions) {
    const bool gives_back = !question.at("follows").get<std::string>().empty();
    if (silent_ >= kEnough && !gives_back) {
      ++not_asked_;
      continue;
    }
    ask(question);
    if (unreached_) throw LibraryError{*unreached_};
  }
}

void Doctor::say_setting_to_program(const Json& one) const {
  JsonLine line;
  line.text("event", "setting");
  for (const char* name : {"id", "state", "standing", "why"}) line.text(name, one.at(name).get<std::string>());
  for (const char* name : {"needed", "partner", "said"}) line.text_if_any(name, one.at(name).get<std::string>());
  for (const char* name : {"setup", "metadata", "doc"}) line.text(name, one.at(name).get<std::string>());
  write_output(line.json("flows", one.at("flows").dump()).finish());
}

std::string standing_word(const std::string& standing) {
  if (standing == "wrong") return "wrong";
  if (standing == "should_change") return "change";
  return standing == "cannot_be_told" ? "unknown" : "ok";
}

void Doctor::say_setting(const Json& one) const {
  const auto text = [&](const char* name) { return one.at(name).get<std::string>(); };
  const std::string standing = text("standing");
  const bool bad = standing == "wrong" || standing == "should_change";
  std::string start = "  " + standing_word(standing);
  start.resize(kColumn, ' ');
  const std::string& state = text("state");
  const std::string partner = text("partner");
  std::string words = text("id") + ": ";
  if (state == "unknown") {
    words += "cannot be told. ";
  } else if (state == "one_of_two_off" || state == "one_of_two_on") {
    words += "this or " + partner + " is " + (state == "one_of_two_off" ? "off. " : "on. ");
  } else {
    words += state + (standing == "either" ? ", either will do. " : ". ");
  }
  words += text("why");
  if (!text("said").empty()) words += " The server said: " + text("said") + ".";
  std::string out = bad ? bold(start, STDOUT_FILENO) : start;
  out += wrapped(printable(words), kColumn, text_width(), kColumn);
  if (bad) {
    std::string flows;
    for (const Json& flow : one.at("flows")) flows += (flows.empty() ? "" : ", ") + hyphened(flow.get<std::string>());
    out += std::string(kColumn, ' ') +
           wrapped("It must be: " + text("needed") + ", for " + flows + ".", kColumn, text_width(), kColumn);
    out += std::string(kColumn, ' ') + wrapped("In Setup: " + text("setup"), kColumn, text_width(), kColumn);
    out += std::string(kColumn, ' ') + wrapped(text("doc"), kColumn, text_width(), kColumn);
  }
  write_output(out);
}

int Doctor::report(const Json& found) const {
  for (const Json& fact : found.at("facts")) {
    const std::string standing = fact.at("standing");
    const std::string name = fact.at("name");
    const std::string words = fact.at("text");
    if (inputs_.json) {
      write_output(JsonLine().text("event", "fact").text("name", name).text("standing", standing).text("text", words).finish());
      continue;
    }
    std::string start = "  " + standing_word(standing);
    start.resize(kColumn, ' ');
    write_output(start + wrapped(printable(name + ": " + words), kColumn, text_width(), kColumn));
  }
  // What is to be done comes last, where it is seen.
  for (const int rank : {0, 1, 2, 3}) {
    for (const Json& one : found.at("settings")) {
      const std::string standing = one.at("standing");
      const int own = standing == "wrong" ? 3 : standing == "should_change" ? 2 : standing == "cannot_be_told" ? 0 : 1;
      if (own == rank) inputs_.json ? say_setting_to_program(one) : say_setting(one);
    }
  }
  return say_the_end(found);
}

int Doctor::say_the_end(const Json& found) const {
  const bool prevents = found.at("prevents");
  const bool responds = found.at("responds");
  int status = !responds ? kNoResponse : prevents ? kRefused : kDone;
  for (const auto& [flow, failure] : cannot_run_) {
    status = kWrongUse;
    if (inputs_.json) {
      JsonLine line;
      line.text("event", "cannot_run").text("flow", flow).text("message", failure.message).text_if_any("field", failure.field);
      write_output(line.text_if_any("reason", failure.reason).finish());
    } else {
      std::string start = "  wrong";
      start.resize(kColumn, ' ');
      write_output(start + wrapped(hyphened(flow) + " cannot run with this profile: " + printable(failure.message) + ".", kColumn,
                                   text_width(), kColumn));
    }
  }
  if (inputs_.json) {
    write_output(JsonLine()
                     .text("event", "done")
                     .begin("result")
                     .flag("ok", status == kDone)
                     .json("prevented", found.at("prevented").dump())
                     .flag("responds", responds)
                     .number("without_response", static_cast<int64_t>(unanswered_ + not_asked_))
                     .end()
                     .finish());
    return status;
  }
  std::string names;
  for (const std::string& name : left_out_) names += (names.empty() ? "" : ", ") + name;
  std::string prevented;
  for (const Json& flow : found.at("prevented")) prevented += (prevented.empty() ? "" : ", ") + hyphened(flow.get<std::string>());
  std::string end;
  if (!responds)
    end = "The site did not respond as Salesforce does: nothing was learnt of these flows.";
  else if (!prevented.empty())
    end = "These flows are prevented: " + prevented + ".";
  else
    end = prevents ? "These flows are not prevented, but something is wrong." : "Nothing that was learnt prevents these flows.";
  if (unanswered_ + not_asked_ > 0)
    end += " To " + std::to_string(unanswered_ + not_asked_) + " of the requests there was no response" +
           (not_asked_ > 0 ? ", so that it stopped." : ".");
  end = "\n" + wrapped(end, 0, text_width(), 0);
  end += names.empty()
             ? ""
             : wrapped("Not asked about, because the profile or the host is not theirs: " + names + ".", 0, text_width(), 0);
  write_output(end);
  return status;
}

void Doctor::begin(const Json& questions) const {
  size_t requests = 0;
  bool of_user = false;
  for (const Json& question : questions) {
    requests += question.at("requests").get<size_t>();
    of_user = of_user || question.at("name") == "user";
  }
  if (inputs_.parameters.contains("user") && !of_user)
    throw UsageError("none of these flows needs the login of a user, or the profile has no redirect_uri", "Leave --user out.",
                     "user");
  if (inputs_.json) {
    write_output(JsonLine().text("event", "begins").number("requests", static_cast<int64_t>(requests)).finish());
    return;
  }
  write_error(
      wrapped("Asks " + printable(setting("site")) + ": at most " + std::to_string(requests) +
                  " requests, and again what a fault of the network loses; one a second. None changes a setting, reaches a "
                  "person or counts as a failed login of a person" +
                  (of_user ? ", except for that of --user." : "."),
              0, text_width(), 0));
}

int Doctor::run() {
  if (const auto user = inputs_.parameters.find("user"); user != inputs_.parameters.end()) {
    const std::string_view name = user->second.view();
    if (name.empty() || std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
      throw UsageError("--user must be a username on one line", {}, "user");
  }
  asking_.keep_pace(inputs_.settings);
  app_ = make_app(inputs_.settings);
  choose_flows();
  prepare_request();
  if (flows_.empty()) {
    if (cannot_run_.empty()) throw UsageError("no flow can run with this profile");
    throw LibraryError{cannot_run_.front().second};
  }
  client_ = make_client(app_.get());
  const Json plan = ask_library(hlid_org_doctor, request_);
  const Json& questions = plan.at("questions");
  for (const Json& flow : plan.at("left_out")) left_out_.push_back(hyphened(flow.get<std::string>()));
  begin(questions);
  try {
    ask_all(questions);
  } catch (...) {
    give_back_tokens(questions);
    throw;
  }
  request_["observations"] = observations_;
  const Json found = ask_library(hlid_org_doctor, request_);
  if (!inputs_.json) write_error("\n");
  return report(found);
}

}  // namespace

FlowInfo command_of_doctor() {
  FlowInfo info;
  info.name = kDoctorCommand;
  info.summary = "Asks a live site what its switches are, and says which of them prevent flows.";
  info.description =
      "Sends requests that are incomplete or wrong on purpose, at most one a second, and announces each. It changes nothing, and "
      "no person gets a message. Of each setting that the flows depend on it says: on, off, or cannot be told, and why. For guest "
      "and client-credentials it gets a token and revokes it.";
  info.events = "begins, asking, response, fact, setting, cannot_run, done, failed";
  info.statuses =
      "0 if nothing that it learnt prevents the flows, 1 if something does, 2 for wrong use, 3 without a response, or with none as "
      "Salesforce gives them.";
  Field user;
  user.name = "user";
  user.kind = "text";
  user.doc =
      "Signs this user in once with a made-up password, which the org counts as a failed login: it may show that the app keeps the user out.";
  user.max_bytes = 256;
  info.parameters.push_back(user);
  return info;
}

std::string org_doctor_help() { return flow_help(read_catalogue(), command_of_doctor(), text_width()); }

int run_org_doctor(const std::vector<std::string>& arguments) {
  const Catalogue catalogue = read_catalogue();
  return run_with_inputs(catalogue, command_of_doctor(), arguments, [&](Inputs& inputs) {
    check_output();
    return Doctor(catalogue, inputs).run();
  });
}

}  // namespace hlid_cli
