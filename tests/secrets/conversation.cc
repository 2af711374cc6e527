// The host's part of a conversation: settings, parameters, questions, tickets.
#include "conversation.h"

#include <algorithm>
#include <cstdlib>

#include "keys.h"

namespace secrets {
namespace {

constexpr std::string_view kUvid = "4f8fad5b-d9cb-469f-a165-70867728950e";
constexpr std::string_view kSite = "https://acme.my.site.com/shop";
constexpr std::string_view kCallback = "https://app.example.com/callback";

// The whole of it, as a base64url text would begin: {"alg":"RS256","typ":"JWT"}.
constexpr std::string_view kJwtHeader = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";

// Of the app, and not only of one of its flows.
constexpr std::string_view kOfApp[] = {
    "client_secret",   "proxy_password",   "proxy",    "extra_header",       "extra_headers",
    "extra_parameter", "extra_parameters", "seal_key", "integration_secret", "integration_bearer"};

// Inside of something else that was told. A server that unpacks a JWT or a person's data and says one piece of it back
// is not recognised by that piece.
constexpr std::string_view kInside[] = {"guest_claim",      "id_claim",   "signature",   "userdata_value",
                                        "customdata_value", "saml_value", "asset_value", "actor_claim"};

Masked guest_jwt(const Masked& secret_claim) {
  Masked claims;
  claims.append(R"({"sub":"uvid:)").append(kUvid).append(R"(","exp":1767229200,"jti":")").append(secret_claim).append("\"}");
  Masked token(kJwtHeader);
  token.append(".").append_base64url(claims).append(".");
  return token.append_random(64);
}

// Good in all that verify_id_token looks at by default, so that its claims are read.
Masked id_token_of(std::string_view issuer, const Masked& nonce, const Masked& secret_claim) {
  Masked claims;
  if (nonce.empty()) {
    claims.append("{");
  } else {
    claims.append(R"({"nonce":")").append(nonce).append("\",");
  }
  claims.append(R"("iss":")").append(issuer).append(R"(","sub":"005","aud":"3MVG9Example.ClientId","iat":1767225600,)");
  claims.append(R"("exp":1767229200,"email":")").append(secret_claim).append("\"}");
  Masked token(kJwtHeader);
  token.append(".").append_base64url(claims).append(".");
  return token.append_random(64);
}

// What stands between its tags is secret; the names and their addresses are in every text about SAML.
Masked saml_assertion(const Masked& secret_value) {
  Masked xml("<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><SignatureValue>");
  return xml.append(secret_value).append("</SignatureValue></Assertion>");
}

Masked json_member(std::string_view name, const Masked& value) {
  return Masked("{\"").append(name).append("\":\"").append(value).append("\"}");
}

}  // namespace

void must(bool good) {
  if (!good) std::abort();
}

std::string told(const std::vector<std::string>& found) {
  std::string all;
  for (const std::string& one : found) all += "\n  " + one;
  return all;
}

Conversation::Conversation(Story story) : story_(std::move(story)), use_(use_of(story_.use)) {
  make_marks();
  make_app();
  must(hlid_flow_new(app_, view_of(use_.flow), &flow_, nullptr) == HLID_OK);
  must(hlid_flow_set_trace(flow_, 1, nullptr) == HLID_OK);
  must(hlid_flow_set_events(flow_, 1, nullptr) == HLID_OK);
  set_parameters();
}

void Conversation::make_marks() {
  marks_["password"].append("Pw \"&%/+").append_random(40).append("=\\");
  marks_["short_password"].append_random(10);  // fits into what a std::string keeps inside itself
  marks_["new_password"].append("Nw '&%/+").append_random(40).append("=\\");
  marks_["otp"].append_random(40);
  marks_["client_secret"].append_random(40).append("+/");
  marks_["proxy_password"].append_random(48);
  marks_["proxy"].append("http://user:").append(marks_["proxy_password"]).append("@127.0.0.1:9");
  marks_["extra_header"].append_random(48);
  marks_["extra_headers"] = json_member("X-Api-Key", marks_["extra_header"]);
  marks_["extra_parameter"].append_random(48);
  marks_["extra_parameters"] = json_member("api_key", marks_["extra_parameter"]);
  marks_["seal_key"].append_random(32);
  marks_["integration_secret"].append_random(40).append("+/");
  marks_["integration_token"].append_random(60);
  marks_["old_refresh_token"].append_random(60);
  marks_["old_access_token"].append_random(60);
  marks_["old_token_secret"].append_random(60);
  marks_["subject_token"].append_random(60);
  marks_["security_token"].append_random(24);
  marks_["asset_value"].append_random(48);
  marks_["asset"] = json_member("SerialNumber", marks_["asset_value"]);
  marks_["actor_claim"].append_random(48);
  marks_["actor_token"] = guest_jwt(marks_["actor_claim"]);
  marks_["saml_value"].append_random(48);
  marks_["saml_assertion"] = saml_assertion(marks_["saml_value"]);
  marks_["saml_response"].append("<Response>").append(marks_["saml_assertion"]).append("</Response>");
  marks_["id_token_hint"].append_random(60);
  marks_["guest_claim"].append_random(48);
  marks_["guest_token"] = guest_jwt(marks_["guest_claim"]);
  marks_["own_state"].append_random(48);
  marks_["recaptcha"].append("03AG").append_random(60);
  marks_["recaptcha_event_token"].append_random(60);
  marks_["recaptcha_event"] = json_member("token", marks_["recaptcha_event_token"]);
  marks_["userdata_value"].append_random(48);
  marks_["userdata"] = json_member("email", marks_["userdata_value"]);
  marks_["customdata_value"].append_random(48);
  marks_["customdata"] = json_member("mobilePhone", marks_["customdata_value"]);
  marks_["signature"].append_random(256);
  marks_["binding"].append_random(48);
  marks_["access_claim"].append_random(48);
  marks_["id_claim"].append_random(48);
  for (const Values& values : {use_.settings, use_.parameters}) {
    for (const auto& [name, value] : values) {
      if (value != "$private_key" && value != "$integration_key" && value != "$device_pem") continue;
      const PrivateKey& key = private_key(value == "$private_key" ? 0 : 1);
      marks_[value.substr(1)] = key.pem;
      key_parts_.insert(key_parts_.end(), key.parts.begin(), key.parts.end());
    }
  }
}

Masked Conversation::value_of(const std::string& text) const {
  return text.starts_with('$') ? marks_.at(text.substr(1)) : Masked(text);
}

std::string_view Conversation::site() const {
  for (const auto& [name, value] : use_.settings) {
    if (name == "site") return value;
  }
  return kSite;
}

void Conversation::make_app() {
  // A use may have a site of its own: settings are given once.
  const auto own = [&](const auto& value) {
    return std::any_of(use_.settings.begin(), use_.settings.end(), [&](const auto& each) { return each.first == value.first; });
  };
  Values values = {
      {"site", std::string(kSite)}, {"client_id", "3MVG9Example.ClientId"}, {"redirect_uri", std::string(kCallback)},
      {"proxy", "$proxy"},          {"extra_headers", "$extra_headers"},    {"extra_parameters", "$extra_parameters"}};
  std::erase_if(values, own);
  values.insert(values.end(), use_.settings.begin(), use_.settings.end());
  values.insert(values.end(), story_.settings.begin(), story_.settings.end());
  hlid_settings* settings = hlid_settings_new();
  for (const auto& [name, value] : values) {
    Plain plain;
    plain.append(value_of(value));
    must(hlid_settings_set(settings, view_of(name), plain.view(), nullptr) == HLID_OK);
  }
  Masked key;
  Plain seal_keys;
  seal_keys.append("k1:").append(key.append_base64url(marks_["seal_key"]));
  must(hlid_settings_set(settings, hlid_str("seal_keys"), seal_keys.view(), nullptr) == HLID_OK);
  must(hlid_app_new(settings, &app_, nullptr) == HLID_OK);
  hlid_settings_free(settings);
}

void Conversation::note_error(hlid_error* error) {
  must(error != nullptr);
  for (const hlid_view part :
       {hlid_error_message(error), hlid_error_hint(error), hlid_error_field(error), hlid_error_reason(error)}) {
    said_.append("\n").append(text(part));
  }
  hlid_error_free(error);
}

void Conversation::set(const std::string& name, const Masked& value) {
  const Plain plain(value);
  must(hlid_flow_set(flow_, view_of(name), plain.view(), nullptr) == HLID_OK);
}

void Conversation::set_parameters() {
  for (const auto& [name, value] : use_.parameters) {
    // Set twice: the first value is gone, too.
    if (name == "password") set(name, marks_["short_password"]);
    set(name, value_of(value));
    if (!value.starts_with('$')) continue;
    // Values that are refused leave nothing behind either.
    Plain refused(value_of(value));
    refused.append(std::string_view("\0", 1));
    hlid_error* error = nullptr;
    must(hlid_flow_set(flow_, view_of(name), refused.view(), &error) == HLID_E_ARGUMENT);
    note_error(error);
  }
}

// What may not go out twice, and what a ticket does not keep.
void Conversation::set_again() {
  for (const auto& [name, value] : use_.parameters) {
    if (name == "recaptcha") {
      replace("recaptcha", Masked("03AG").append_random(60));
    } else if (name == "recaptcha_event") {
      replace("recaptcha_event_token", Masked().append_random(60));
      replace("recaptcha_event", json_member("token", marks_["recaptcha_event_token"]));
    } else if (name != "integration_token") {
      continue;
    }
    const Plain plain(value_of(value));
    const hlid_status set = hlid_flow_set(flow_, view_of(name), plain.view(), nullptr);
    must(set == HLID_OK || (name == "integration_token" && set == HLID_E_STATE));  // it is still there
  }
}

// The earlier value stays a secret that nothing may be left of.
void Conversation::replace(const std::string& name, Masked value) {
  const auto found = marks_.find(name);
  if (found != marks_.end() && found->second.masked() != value.masked()) {
    marks_[name + " before " + std::to_string(marks_.size())] = std::move(found->second);
  }
  marks_[name] = std::move(value);
}

const Masked& Conversation::fresh(const std::string& name) {
  const bool token = name == "access_token" || name == "refresh_token";
  Masked value(name == "access_token" ? "00DEx0000001abc!" : name == "refresh_token" ? "5Aep" : "aPrx");
  value.append_random(60);
  if (!token && name != "identifier") value.append("==");
  if (name == "access_token" && (use_.flow == "guest" || use_.flow == "asset_token")) value = guest_jwt(marks_["access_claim"]);
  if (name == "id_token") value = id_token_of(site(), nonce_, marks_["id_claim"]);
  replace(name, std::move(value));
  return marks_[name];
}

// Takes a value that the flow made up from what it wants sent or shown.
void Conversation::capture(std::string_view text, std::string_view before, const char* mark) {
  size_t at = text.find(before);
  if (at == std::string_view::npos) return;
  Masked taken;
  for (at += before.size(); at < text.size() && text[at] != '&' && text[at] != '"'; ++at) taken.push(text[at]);
  replace(mark, std::move(taken));
}

// No mark: it is in the address that the browser shows.
void Conversation::keep_nonce(std::string_view url) {
  constexpr std::string_view kBefore = "&nonce=";
  const size_t at = url.find(kBefore);
  if (at != std::string_view::npos) nonce_ = Masked(url.substr(at + kBefore.size(), url.find('&', at + 1) - at - kBefore.size()));
}

hlid_step Conversation::run() {
  size_t number = 0;
  for (;;) {
    hlid_step step = 0;
    must(hlid_flow_next(flow_, now_, &step, nullptr) == HLID_OK);
    switch (step) {
      case HLID_STEP_WAIT: now_ = hlid_flow_wait_until_ms(flow_); break;
      case HLID_STEP_SEND: send(number++); break;
      case HLID_STEP_ASK:
      case HLID_STEP_SHOW:
        if (questions_ == story_.leave_at) return step;
        ++questions_;
        answer_question(step);
        break;
      case HLID_STEP_SIGN: {
        capture(text(hlid_flow_sign_input(flow_)), "", "sign_input");
        const Plain signature(marks_["signature"]);
        must(hlid_flow_give_value(flow_, hlid_str("signature"), signature.view(), nullptr) == HLID_OK);
        break;
      }
      default: return step;
    }
  }
}

void Conversation::send(size_t number) {
  const std::string_view body = text(hlid_flow_request_body(flow_));
  capture(body, "&state=", "state");
  capture(body, "code_verifier=", "verifier");
  capture(body, "client_assertion=", "assertion");
  capture(body, R"("client_assertion":")", "assertion");
  if (!use_.flow.starts_with("saml")) capture(body, "&assertion=", "integration_assertion");
  capture(body, "&actor_token=", "actor_token");
  for (size_t i = 0; i < hlid_flow_request_header_count(flow_); ++i) {
    if (text(hlid_flow_request_header_name(flow_, i)) != "Authorization") continue;
    const std::string_view value = text(hlid_flow_request_header_value(flow_, i));
    capture(value, "Basic ", "basic_pair");
    capture(value, "oauth_signature=\"", "oauth_signature");
  }
  if (keep_requests) {
    std::string all(text(hlid_flow_request_url(flow_)));
    for (size_t i = 0; i < hlid_flow_request_header_count(flow_); ++i) {
      all.append("\n").append(text(hlid_flow_request_header_value(flow_, i)));
    }
    requests_.emplace_back(std::string(text(hlid_flow_request_name(flow_))) + " head", all);
    requests_.emplace_back(std::string(text(hlid_flow_request_name(flow_))) + " body", body);
  }
  if (number == story_.cancel_at) return must(hlid_flow_cancel(flow_, nullptr) == HLID_OK);
  response(text(hlid_flow_request_name(flow_)), number < story_.answers.size() ? story_.answers[number] : How::good);
}

void Conversation::answer_question(hlid_step step) {
  note_flow();
  if (story_.waiting == Waiting::sealed || story_.waiting == Waiting::travels) seal();
  if (step == HLID_STEP_SHOW) {
    const std::string_view asked = text(hlid_flow_ask_name(flow_));
    if (asked.empty()) return;  // a code: the next step says that it was shown
    capture(text(hlid_flow_show_url(flow_)), "&state=", "state");
    keep_nonce(text(hlid_flow_show_url(flow_)));
    if (asked == "callback_url") return give_callback();
    const Plain verifier(fresh("oauth_verifier"));
    return must(hlid_flow_give_value(flow_, hlid_str("oauth_verifier"), verifier.view(), nullptr) == HLID_OK);
  }
  if (story_.waiting == Waiting::resends && !resent_) {
    hlid_error* error = nullptr;
    const hlid_status early = hlid_flow_resend(flow_, &error);
    if (early != HLID_OK) {
      note_error(error);
      set_again();
    }
    if (early == HLID_OK || hlid_flow_resend(flow_, nullptr) == HLID_OK) {
      resent_ = true;
      return;
    }
  }
  const std::string name(text(hlid_flow_ask_name(flow_)));
  must(hlid_flow_ask_secret(flow_) == 1);
  Plain value(marks_.at(name));
  value.append(std::string_view("\0", 1));
  hlid_error* error = nullptr;
  must(hlid_flow_give_value(flow_, view_of(name), value.view(), &error) == HLID_E_ARGUMENT);
  note_error(error);
  const Plain good(marks_.at(name));
  must(hlid_flow_give_value(flow_, view_of(name), good.view(), nullptr) == HLID_OK);
}

void Conversation::give_callback() {
  Masked address(kCallback);
  if (use_.flow == "oauth1") {
    address.append("?oauth_token=").append_form_encoded(marks_["request_token"]);
    address.append("&oauth_verifier=").append_form_encoded(fresh("oauth_verifier"));
  } else if (use_.flow.ends_with("user_agent")) {
    address.append("#token_type=Bearer");
    if (use_.flow == "hybrid_user_agent") {
      for (const auto& [name, value] : kHybridNames) address.append("&").append(name).append("=").append(value);
    }
    const auto add = [&](std::string_view name, std::string_view mark) {
      address.append("&").append(name).append("=").append_form_encoded(fresh(std::string(mark)));
    };
    add("access_token", "access_token");
    add("refresh_token", "refresh_token");
    if (use_.flow == "hybrid_user_agent") {
      for (const auto& [name, mark] : kHybridSecrets) add(name, mark);
    }
    address.append("&state=").append(marks_["state"]);
  } else {
    address.append("?code=").append_form_encoded(fresh("code")).append("&state=").append(marks_["state"]);
  }
  replace("callback_url", std::move(address));
  const Plain plain(marks_["callback_url"]);
  must(hlid_flow_give_value(flow_, hlid_str("callback_url"), plain.view(), nullptr) == HLID_OK);
}

void Conversation::seal() {
  const Plain binding(marks_["binding"]);
  hlid_view ticket = {nullptr, 0};
  must(hlid_flow_seal(flow_, binding.view(), now_, &ticket, nullptr) == HLID_OK);
  tickets_.emplace_back(text(ticket));
  if (story_.waiting != Waiting::travels) return;
  free_flow();
  must(hlid_flow_unseal(app_, {nullptr, 0}, view_of(tickets_.back()), binding.view(), now_, &flow_, nullptr) == HLID_OK);
  (void)hlid_flow_set_trace(flow_, 1, nullptr);
  (void)hlid_flow_set_events(flow_, 1, nullptr);
  hlid_step step = 0;
  must(hlid_flow_next(flow_, now_, &step, nullptr) == HLID_OK && (step == HLID_STEP_ASK || step == HLID_STEP_SHOW));
}

void Conversation::free_flow() {
  note_flow();
  hlid_flow_free(flow_);
  flow_ = nullptr;
}

void Conversation::free_all() {
  free_flow();
  hlid_app_free(app_);
  app_ = nullptr;
}

std::vector<std::string> Conversation::names_of_marks() const {
  std::vector<std::string> names;
  for (const auto& [name, mark] : marks_) names.push_back(name);
  return names;
}

std::vector<Form> Conversation::forms() const {
  std::vector<Form> all = forms(names_of_marks());
  all.insert(all.end(), key_parts_.begin(), key_parts_.end());
  return all;
}

std::vector<Form> Conversation::forms_of_flow() const {
  std::vector<std::string> names = names_of_marks();
  std::erase_if(names, [](const std::string& name) {
    return name.ends_with("_key") || std::find(std::begin(kOfApp), std::end(kOfApp), name) != std::end(kOfApp);
  });
  return forms(names);
}

std::vector<Form> Conversation::forms(const std::vector<std::string>& names) const {
  std::vector<Form> all;
  for (const std::string& name : names) {
    const auto found = marks_.find(name);
    if (found == marks_.end()) continue;
    // Of a document only what stands in it: its tags are no secret.
    const bool is_document = name == "saml_assertion" || name == "saml_response";
    for (Form& form : forms_of(name, is_document ? marks_.at("saml_value") : found->second)) all.push_back(std::move(form));
  }
  return all;
}

void Conversation::note_flow() {
  if (flow_ == nullptr) return;
  said_.append("\n").append(text(hlid_flow_trace(flow_))).append(text(hlid_flow_events(flow_)));
  for (const hlid_error* error : {hlid_flow_error(flow_), hlid_flow_ask_problem(flow_)}) {
    if (error == nullptr) continue;
    for (const hlid_view part : {hlid_error_message(error), hlid_error_hint(error), hlid_error_field(error),
                                 hlid_error_reason(error), hlid_error_server_code(error), hlid_error_server_text(error)}) {
      said_.append("\n").append(text(part));
    }
  }
}

std::string Conversation::texts() {
  note_flow();
  return said_;
}

std::string told_value(const std::vector<std::string>& told) {
  for (const char* name :
       {"otp", "new_password", "password", "callback_url", "oauth_verifier", "identifier", "verifier", "client_secret"}) {
    if (std::find(told.begin(), told.end(), name) != told.end()) return name;
  }
  return "";
}

const Course& course_of(const std::string& use) {
  static std::map<std::string, Course> courses;
  Course& course = courses[use];
  if (course.requests != 0) return course;
  Conversation conversation({.use = use});
  conversation.keep_requests = true;
  must(conversation.run() == HLID_STEP_DONE);
  course.questions = conversation.questions();
  course.requests = conversation.requests().size() / 2;
  for (const std::string& name : conversation.names_of_marks()) {
    const Masked& mark = conversation.mark(name);
    if (Masked().append_form_encoded(mark).size() != mark.size()) course.encodable.insert(name);
  }
  std::string all;
  for (size_t i = 0; i < course.requests; ++i) {
    all += conversation.requests()[2 * i].second + "\n" + conversation.requests()[2 * i + 1].second + "\n";
    std::vector<std::string>& told = course.told.emplace_back();
    for (const std::string& name : conversation.names_of_marks()) {
      const bool earlier = name.find(' ') != std::string::npos;
      if (earlier || std::find(std::begin(kInside), std::end(kInside), name) != std::end(kInside)) continue;
      if (!found_in(all, conversation.forms({name})).empty()) told.push_back(name);
    }
  }
  return course;
}

}  // namespace secrets
