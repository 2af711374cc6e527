#include "flows/parts/person.h"

namespace hlid {
namespace {

void add_json(FormWriter& form, std::string_view name, std::string_view json) { form.add_secret(name, json); }
void add_json(JsonBody& body, std::string_view name, std::string_view json) { body.add_json(name, json); }

template <typename Body>
void add_who_to(const Context& flow, Body& body) {
  if (const auto username = flow.parameter("username")) body.add("username", *username);
  if (const auto hint = flow.parameter("login_hint")) body.add("login_hint", *hint);
  if (const auto customdata = flow.parameter("customdata")) add_json(body, "customdata", *customdata);
}

template <typename Body>
void add_recaptcha_to(const Context& flow, Body& body) {
  if (const auto token = flow.parameter("recaptcha")) body.add_secret("recaptcha", *token);
  if (const auto event = flow.parameter("recaptcha_event")) add_json(body, "recaptchaevent", *event);
}

}  // namespace

Result<void> check_who(const Context& flow) {
  if (!flow.parameter("username") && !flow.parameter("login_hint"))
    return Error::argument("username", "or login_hint is missing");
  if (flow.parameter("customdata") && !flow.parameter("login_hint"))
    return Error::argument("customdata", "is for user discovery: give it with login_hint");
  return {};
}

void add_who(const Context& flow, FormWriter& form) { add_who_to(flow, form); }
void add_who(const Context& flow, JsonBody& body) { add_who_to(flow, body); }

void add_new_user(const Context& flow, JsonBody& body) {
  body.add_json("userdata", *flow.parameter("userdata"));
  if (const auto customdata = flow.parameter("customdata")) body.add_json("customdata", *customdata);
  if (const auto password = flow.parameter("password")) body.add_secret("password", *password);
}

void add_recaptcha(const Context& flow, FormWriter& form) { add_recaptcha_to(flow, form); }
void add_recaptcha(const Context& flow, JsonBody& body) { add_recaptcha_to(flow, body); }
bool has_recaptcha(const Context& flow) { return flow.parameter("recaptcha") || flow.parameter("recaptcha_event"); }

bool is_for_person(const Error& error) {
  const auto& data = error.data();
  return data.advice == Advice::ask_again || data.outcome_unknown || data.advice == Advice::retry_later;
}

void ask_again(Context& flow, Error problem) {
  problem.edit().advice = Advice::ask_again;
  flow.ask.problem = std::move(problem);
}

}  // namespace hlid
