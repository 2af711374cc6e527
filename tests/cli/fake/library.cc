// A library with flows that no release has, behind the real C header: the command must run them without knowing them.
//
//   password_reset  ASK otp (wrong: asked again with the problem), SHOW a page whose callback it wants, DONE
//   show_code       SHOW a page and a code and want nothing back, DONE
//   key_sign        SIGN, which a command cannot do
//   from_later      a step of a later release
#include <headlessid/headlessid.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct hlid_error {
  hlid_status kind;
  hlid_advice advice;
  std::string kind_name, advice_name, reason, message, field;
};
struct hlid_app {};
struct hlid_result {
  std::vector<std::pair<std::string, std::string>> values;
};
struct hlid_flow {
  std::string name;
  std::map<std::string, std::string> parameters;
  hlid_step step = 0;
  bool asks_callback = false;
  bool has_problem = false;
  std::string trace = "> POST a first exchange\n";
  hlid_result result;
  hlid_error error{HLID_E_STATE, HLID_ADVICE_NONE, "STATE", "NONE", "cancelled", "the flow was cancelled", ""};
};
struct hlid_client {
  int fd = -1;
  std::vector<hlid_completion> queue;
};

namespace {

constexpr std::string_view kCatalogue = R"({"version":"9.9.9","abi":1,"settings":[
 {"name":"site","kind":"url","secret":false,"required":true,"doc":"A site."},
 {"name":"later_limit_ms","kind":"integer","secret":false,"required":false,"doc":"A time.","default":"5","min":1,"max":9},
 {"name":"later_key","kind":"text","secret":true,"required":true,"doc":"A secret that every flow needs."}],
 "flows":[
 {"name":"password_reset","summary":"Asks and shows.","description":"","accepts_guest":false,"parameters":[
   {"name":"user_name","kind":"text","secret":false,"required":true,"doc":"Whose."}],
  "asks":[{"name":"otp","secret":true,"doc":"The code."}],"result":"Later","org_settings":[],"requests":[],"source":"none"},
 {"name":"show_code","summary":"Shows.","parameters":[],"result":"Later"},
 {"name":"key_sign","summary":"Signs.","parameters":[],"result":"Later"},
 {"name":"from_later","summary":"Wants something new.","parameters":[],"result":"Later"}],
 "results":[{"name":"Later","doc":"It is done.","fields":[
  {"name":"response","kind":"text","secret":false,"doc":""},{"name":"count","kind":"integer","secret":false,"doc":""},
  {"name":"sure","kind":"flag","secret":false,"doc":""},{"name":"more","kind":"json","secret":true,"doc":""}]}]})";

hlid_view view(std::string_view text) { return {text.data(), text.size()}; }
std::string text(hlid_view from) { return from.data == nullptr ? std::string() : std::string(from.data, from.size); }
constexpr hlid_view kAbsent = {nullptr, 0};

void finish(hlid_flow* flow) {
  flow->step = HLID_STEP_DONE;
  // A member that no catalogue names, spaces in JSON, and control characters that must not reach a terminal.
  flow->result.values = {{"response", "to \"you\"\x1b[2J\xC2\x9B"},
                         {"count", "42"},
                         {"sure", "true"},
                         {"more", "{ \"a b\" : [ 1,\n \"x \\\" y\" ] }"},
                         {"unheard_of", "hidden"}};
}

hlid_step first_step(const hlid_flow& flow) {
  if (flow.name == "password_reset") return HLID_STEP_ASK;
  if (flow.name == "show_code") return HLID_STEP_SHOW;
  return flow.name == "key_sign" ? HLID_STEP_SIGN : 42;
}

}  // namespace

uint32_t hlid_abi_version(void) { return HLID_ABI_VERSION; }
hlid_view hlid_catalogue(void) { return view(kCatalogue); }
hlid_view hlid_str(const char* from) { return view(from); }
hlid_view hlid_step_name(hlid_step step) { return view(step == HLID_STEP_SIGN ? "SIGN" : "UNKNOWN"); }

hlid_view hlid_error_kind_name(const hlid_error* error) { return view(error->kind_name); }
hlid_view hlid_error_advice_name(const hlid_error* error) { return view(error->advice_name); }
hlid_view hlid_error_reason(const hlid_error* error) { return view(error->reason); }
hlid_view hlid_error_message(const hlid_error* error) { return view(error->message); }
hlid_view hlid_error_hint(const hlid_error*) { return kAbsent; }
hlid_view hlid_error_field(const hlid_error* error) { return view(error->field); }
hlid_view hlid_error_server_code(const hlid_error*) { return kAbsent; }
hlid_view hlid_error_server_text(const hlid_error*) { return kAbsent; }
int32_t hlid_error_http_status(const hlid_error*) { return 0; }
int32_t hlid_error_outcome_unknown(const hlid_error*) { return 0; }
int64_t hlid_error_retry_after_ms(const hlid_error*) { return -1; }
void hlid_error_free(hlid_error* error) { delete error; }

struct hlid_settings {};
hlid_settings* hlid_settings_new() { return new hlid_settings; }
hlid_status hlid_settings_set(hlid_settings*, hlid_view, hlid_view, hlid_error**) { return HLID_OK; }
hlid_status hlid_settings_set_json(hlid_settings*, hlid_view, hlid_error**) { return HLID_OK; }
void hlid_settings_free(hlid_settings* settings) { delete settings; }
hlid_status hlid_app_new(const hlid_settings*, hlid_app** out, hlid_error**) {
  *out = new hlid_app;
  return HLID_OK;
}
void hlid_app_free(hlid_app* app) { delete app; }

hlid_status hlid_flow_new(const hlid_app*, hlid_view name, hlid_flow** out, hlid_error**) {
  *out = new hlid_flow;
  (*out)->name = text(name);
  return HLID_OK;
}
void hlid_flow_free(hlid_flow* flow) { delete flow; }
hlid_status hlid_flow_set(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error**) {
  flow->parameters[text(name)] = text(value);
  return HLID_OK;
}
hlid_status hlid_flow_next(hlid_flow* flow, int64_t, hlid_step* out, hlid_error** err) {
  // A parameter that the catalogue does not call required, so that only the library knows.
  if (flow->name == "password_reset" && !flow->parameters.contains("user_name")) {
    if (err != nullptr)
      *err = new hlid_error{HLID_E_ARGUMENT, HLID_ADVICE_FIX_ARGUMENT, "ARGUMENT", "FIX_ARGUMENT",
                            "argument",      "user_name is missing",   "user_name"};
    return HLID_E_ARGUMENT;
  }
  *out = HLID_STEP_SEND;
  return HLID_OK;
}
hlid_status hlid_flow_set_trace(hlid_flow*, int32_t, hlid_error**) { return HLID_OK; }
hlid_view hlid_flow_trace(const hlid_flow* flow) { return view(flow->trace); }
hlid_view hlid_flow_ask_name(const hlid_flow* flow) {
  return flow->step == HLID_STEP_ASK ? view("otp") : flow->asks_callback ? view("callback") : kAbsent;
}
int32_t hlid_flow_ask_secret(const hlid_flow* flow) { return flow->step == HLID_STEP_ASK ? 1 : 0; }
const hlid_error* hlid_flow_ask_problem(const hlid_flow* flow) {
  static const hlid_error wrong{HLID_E_REFUSED, HLID_ADVICE_ASK_AGAIN, "REFUSED", "ASK_AGAIN",
                                "otp_invalid",  "the code is wrong",   ""};
  return flow->has_problem ? &wrong : nullptr;
}
hlid_view hlid_flow_show_url(const hlid_flow*) { return view("https://acme.example/page"); }
hlid_view hlid_flow_show_code(const hlid_flow* flow) { return flow->name == "show_code" ? view("WDJB-MJHT") : kAbsent; }
hlid_view hlid_flow_show_verification_uri(const hlid_flow* flow) {
  return flow->name == "show_code" ? view("https://acme.example/connect") : kAbsent;
}
// Its flows wait for no message.
hlid_status hlid_flow_resend(hlid_flow*, hlid_error** error) {
  *error = new hlid_error{HLID_E_STATE, HLID_ADVICE_NONE, "STATE", "NONE", "wrong_step", "the flow waits for no message", ""};
  return HLID_E_STATE;
}

hlid_status hlid_flow_give_value(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** error) {
  flow->trace += "> POST with a value for " + text(name) + "\n";
  if (flow->step == HLID_STEP_SHOW) {
    finish(flow);
    return HLID_OK;
  }
  if (value.size == 0) {
    *error = new hlid_error{HLID_E_ARGUMENT, HLID_ADVICE_FIX_ARGUMENT, "ARGUMENT", "FIX_ARGUMENT",
                            "bad_argument",  "otp is empty",           "otp"};
    return HLID_E_ARGUMENT;
  }
  flow->has_problem = text(value) != "493027";
  if (flow->has_problem) return HLID_OK;
  flow->step = HLID_STEP_SHOW;
  flow->asks_callback = true;
  return HLID_OK;
}
hlid_status hlid_flow_give_nothing(hlid_flow* flow, hlid_view why, hlid_error**) {
  flow->step = HLID_STEP_FAILED;
  flow->error = {HLID_E_STATE, HLID_ADVICE_NONE, "STATE", "NONE", "no_value", "the host has no value: " + text(why), ""};
  return HLID_OK;
}
const hlid_result* hlid_flow_result(const hlid_flow* flow) { return &flow->result; }
const hlid_error* hlid_flow_error(const hlid_flow* flow) { return &flow->error; }

size_t hlid_result_count(const hlid_result* result) { return result->values.size(); }
hlid_view hlid_result_name(const hlid_result* result, size_t index) { return view(result->values[index].first); }
hlid_view hlid_result_value(const hlid_result* result, size_t index) { return view(result->values[index].second); }

hlid_status hlid_client_new(const hlid_app*, int64_t, hlid_client** out, hlid_error**) {
  *out = new hlid_client{eventfd(0, EFD_CLOEXEC), {}};
  return HLID_OK;
}
hlid_status hlid_client_start(hlid_client* client, hlid_flow* flow, uint64_t tag, int32_t, hlid_error**) {
  if (flow->step == 0) {
    flow->step = first_step(*flow);
  } else if (flow->step == HLID_STEP_SHOW && !flow->asks_callback) {
    finish(flow);
  }
  client->queue.push_back({flow, tag, flow->step, 0});
  const uint64_t one = 1;
  (void)!write(client->fd, &one, sizeof one);
  return HLID_OK;
}
int hlid_client_fd(const hlid_client* client) { return client->fd; }
size_t hlid_client_take(hlid_client* client, hlid_completion* out, size_t) {
  if (client->queue.empty()) return 0;
  *out = client->queue.front();
  client->queue.clear();
  return 1;
}
hlid_status hlid_flow_cancel(hlid_flow*, hlid_error**) { return HLID_OK; }
void hlid_client_free(hlid_client* client) {
  close(client->fd);
  delete client;
}
