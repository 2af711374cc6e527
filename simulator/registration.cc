// registration: INIT of headless registration, and the handler that creates the user after the code was returned.
#include "simulator/registration.h"

#include <cctype>

#include "simulator/endpoints.h"
#include "simulator/init.h"

namespace hlid_sim {
namespace {

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// E.164 with its plus sign, as in the official sample; spaces are allowed.
bool is_phone_number(const std::string& text) {
  size_t digits = 0;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return false;
    ++digits;
  }
  return !text.empty() && text[0] == '+' && digits >= 6 && digits <= 15;
}

[[noreturn]] void refuse_newcomer(const std::string& thrown) {
  refuse(json_response(400, {{"error", "registration_error"},
                             {"error_description", "user was unable to be created in apex"},
                             {"apex_error", "System.DmlException: " + thrown}}));
}

}  // namespace

std::optional<std::string> read_newcomer(const json& userdata, const json& customdata, const std::string& method, User& person) {
  for (const auto& item : userdata.items()) {
    if (!item.value().is_string()) return "userdata." + item.key() + " must be text";
  }
  person.username = text_in(userdata, "username");
  person.email = text_in(userdata, "email");
  person.first_name = text_in(userdata, "firstName");
  person.last_name = text_in(userdata, "lastName");
  person.phone = text_in(customdata, "mobilePhone");
  if (person.email.find('@') == std::string::npos) return "userdata.email must be an email address";
  if (person.username.empty()) person.username = person.email;
  if (method == "sms" && !is_phone_number(person.phone)) return "customdata.mobilePhone must be a phone number with country code";
  person.email_verified = method == "email";
  person.phone_verified = method == "sms";
  return std::nullopt;
}

// An exception of the Apex handler appears here, after a correct code, in a member of its own next to a fixed text.
std::shared_ptr<const User> create_newcomer(Org& org, User person) {
  if (person.last_name.empty())
    refuse_newcomer(
        "Insert failed. First exception on row 0; first error: REQUIRED_FIELD_MISSING, Required fields are "
        "missing: [LastName]: [LastName]");
  const auto created = org.directory()->create_user(std::move(person));
  if (!created)
    refuse_newcomer(
        "Insert failed. First exception on row 0; first error: DUPLICATE_USERNAME, Duplicate Username: "
        "[Username]");
  return created;
}

Response init_registration(Org& org, const Request& request) {
  const InitCall call(org, request, kRegistrationRules);
  if (!call.settings().is_headless_user_registration_allowed)
    call.refuse("invalid_request", "headless registration is not allowed");
  if (!call.settings().headless_registration_handler) call.refuse("invalid_request", "no registration handler is configured");
  Verification verification = call.verify_newcomer("user-registration", call.verification_method());
  json response = {{"status", "success"}, {"email", verification.person.email}};
  response["identifier"] = org.verifications()->begin(std::move(verification), call.settings(), org.now_ms());
  return json_response(200, response);
}

}  // namespace hlid_sim
