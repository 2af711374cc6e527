// Every function of the header, called at random: on handles in whatever state they are, with good, absent, oversized,
// impossible and misplaced arguments. Nothing may be read, written or freed that should not (this is for the
// sanitizers), and what holds for every call is looked at after each. The same numbers give the same calls.
//
//   random_calls_test [CALLS [SEED]]
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "headlessid/headlessid.h"

namespace {

#define MUST(condition)                                                                                              \
  do {                                                                                                               \
    if (!(condition)) {                                                                                              \
      std::fprintf(stderr, "%s:%d: %s, in call %ld (%s)\n", __FILE__, __LINE__, #condition, call_number, call_name); \
      std::abort();                                                                                                  \
    }                                                                                                                \
  } while (false)

long call_number = 0;
const char* call_name = "";

constexpr int64_t kNow = 1'767'225'600'000;
constexpr size_t kMaxHandles = 12;
constexpr const char* kSealKeys = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

constexpr const char* kFlows[] = {"guest",
                                  "login",
                                  "registration",
                                  "passwordless_login",
                                  "password_reset",
                                  "first_party_login",
                                  "first_party_passwordless",
                                  "first_party_registration",
                                  "native_sso",
                                  "refresh",
                                  "introspection",
                                  "single_access",
                                  "userinfo",
                                  "revocation",
                                  "logout"};
constexpr const char* kNames[] = {"site",
                                  "client_id",
                                  "redirect_uri",
                                  "scope",
                                  "client_secret",
                                  "timeout_ms",
                                  "verify_jwt",
                                  "jwks",
                                  "seal_keys",
                                  "extra_headers",
                                  "extra_parameters",
                                  "private_key",
                                  "signed_by",
                                  "proxy",
                                  "username",
                                  "password",
                                  "verification_method",
                                  "userdata",
                                  "customdata",
                                  "recaptcha",
                                  "recaptcha_event",
                                  "state",
                                  "uvid",
                                  "guest_token",
                                  "refresh_token",
                                  "access_token",
                                  "token",
                                  "otp",
                                  "new_password",
                                  "signature",
                                  "callback",
                                  "sso_provider",
                                  "login_hint",
                                  "integration_token",
                                  "code",
                                  "identifier",
                                  "Location",
                                  "Content-Type",
                                  "Set-Cookie",
                                  "Retry-After"};
constexpr const char* kValues[] = {"lena.ortiz@example.com",
                                   "P4ss+w&rd=1:x",
                                   "email",
                                   "sms",
                                   "493027",
                                   "true",
                                   "false",
                                   "5",
                                   "0",
                                   "-1",
                                   "99999999999999999999",
                                   "https://acme.my.site.com/shop",
                                   "http://127.0.0.1:9/shop",
                                   "https://app.example.com/callback",
                                   "https://app.example.com/callback?code=aPrx&state=x",
                                   "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11",
                                   "Google",
                                   R"({"lastName":"Ortiz","email":"lena@example.com","username":"lena@example.com"})",
                                   "{}",
                                   "[]",
                                   "{\"a\":",
                                   "api refresh_token",
                                   "eyJhbGciOiJub25lIn0.e30.",
                                   "00DEx0000001abc!AQcAQExample",
                                   "%25%32%35",
                                   "&amp;amp;",
                                   "host",
                                   "\xC3\xBC",
                                   "\xFF\xFE",
                                   "x\ny"};
constexpr const char* kBodies[] = {
    R"({"status":"success","identifier":"MFFx0000000e7cK"})",
    R"({"status_code":"otp_sent"})",
    R"({"access_token":"00DEx0000001abc!AQcAQExampleOpaque","token_type":"Bearer","instance_url":"https://acme.my.salesforce.com"})",
    R"({"error":"invalid_grant","error_description":"authentication failure"})",
    R"({"error":"server_error"})",
    R"({"error":"authorization_required","error_code":"login_initialized","auth_session":"s-1","login_status":{"state":"otp_sent","type":"EMAIL"}})",
    R"({"authorization_code":"aPrxFpaExample=="})",
    R"({"active":true})",
    R"({"keys":[]})",
    R"([{"errorCode":"X","message":"y"}])",
    "<html><body>Log in</body></html>",
    "",
    "{",
    "\xFF"};
constexpr int32_t kStatuses[] = {200, 200, 200, 302, 302, 400, 401, 403, 404, 408, 429, 500, 503, 100, 0, -1, 999, INT32_MAX};

using Getter = hlid_view (*)(const hlid_flow*);
constexpr Getter kTexts[] = {hlid_flow_name,           hlid_flow_trace,
                             hlid_flow_request_name,   hlid_flow_request_method,
                             hlid_flow_request_url,    hlid_flow_request_body,
                             hlid_flow_ask_name,       hlid_flow_show_url,
                             hlid_flow_show_code,      hlid_flow_show_verification_uri,
                             hlid_flow_sign_algorithm, hlid_flow_sign_input,
                             hlid_flow_ticket_id};

class Caller {
 public:
  explicit Caller(uint64_t seed) : random_(seed) {}
  ~Caller() {
    for (auto& [client, own] : clients_) hlid_client_free(client);
    for (hlid_flow* flow : flows_) hlid_flow_free(flow);
    for (hlid_app* app : apps_) hlid_app_free(app);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  void call() {
    ++call_number;
    held_.clear();
    // What makes something comes up more often while there is little.
    if (apps_.empty() || one_in(40)) return call_app();
    if (flows_.empty() || one_in(8)) return call_flow_new();
    if (one_in(60)) return call_client();
    if (one_in(25)) return call_ticket();
    if (one_in(12)) return look_at(some(flows_));
    call_flow();
  }

 private:
  uint64_t number(uint64_t bound) { return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random_); }
  bool one_in(uint64_t bound) { return number(bound) == 0; }
  template <typename T>
  T& some(std::vector<T>& all) {
    return all[number(all.size())];
  }
  template <typename T, size_t N>
  const T& some(const T (&all)[N]) {
    return all[number(N)];
  }

  // In a block of exactly its size, so that a byte too many is found.
  hlid_view keep(std::string_view text) {
    held_.emplace_back(new char[text.size()]);
    if (!text.empty()) std::memcpy(held_.back().get(), text.data(), text.size());
    return {held_.back().get(), text.size()};
  }
  // Mostly of one of the lists.
  template <typename... Lists>
  hlid_view text(const Lists&... lists) {
    switch (number(24)) {
      case 0: return {nullptr, 0};
      case 1: return {nullptr, number(100)};
      case 2: return {"x", SIZE_MAX - number(3)};
      case 3: return {"x", SIZE_MAX / 2 + 1};
      case 4: return {"", 0};
      case 5: return keep(std::string(number(one_in(10) ? 1'100'000 : 5'000), static_cast<char>(number(256))));
      case 6: {
        std::string bytes(number(64), '\0');
        for (char& c : bytes) c = static_cast<char>(number(256));
        return keep(bytes);
      }
      case 7: return keep(some(kValues));
      case 8: return keep(some(kNames));
      default: break;
    }
    const std::array<std::function<std::string()>, sizeof...(lists)> from = {[&] { return std::string(some(lists)); }...};
    return keep(from[number(from.size())]());
  }

  // Each text that comes back has a NUL behind it, and lies where it can be read.
  static void look(hlid_view view) {
    if (view.data == nullptr) {
      MUST(view.size == 0);
      return;
    }
    MUST(view.size < (size_t{1} << 40U));
    MUST(view.data[view.size] == '\0');
    volatile char sum = 0;
    for (size_t i = 0; i < view.size; ++i) sum = static_cast<char>(sum ^ view.data[i]);
  }

  static void look(const hlid_error* error) {
    for (const auto getter : {hlid_error_kind_name, hlid_error_advice_name, hlid_error_reason, hlid_error_message,
                              hlid_error_hint, hlid_error_field, hlid_error_server_code, hlid_error_server_text}) {
      look(getter(error));
    }
    const int32_t kind = hlid_error_kind(error);
    MUST(error == nullptr ? kind == HLID_OK : kind >= HLID_E_ARGUMENT && kind <= HLID_E_REFUSED);
    (void)hlid_error_advice(error);
    (void)hlid_error_http_status(error);
    (void)hlid_error_outcome_unknown(error);
    MUST(hlid_error_retry_after_ms(error) >= -1);
  }

  // Runs `call` with a place for its error, or without.
  template <typename Call>
  bool run(const char* name, Call call) {
    call_name = name;
    hlid_error* error = nullptr;
    const bool wanted = !one_in(4);
    const hlid_status status = call(wanted ? &error : nullptr);
    MUST(status >= HLID_OK && status <= HLID_E_REFUSED);
    MUST((error != nullptr) == (wanted && status != HLID_OK));
    if (error != nullptr) {
      MUST(hlid_error_kind(error) == status);
      MUST(hlid_error_message(error).size > 0);
      look(error);
    }
    hlid_error_free(error);
    return status == HLID_OK;
  }

  void look_at(const hlid_flow* flow) {
    call_name = "the getters";
    for (const Getter getter : kTexts) look(getter(flow));
    const size_t headers = hlid_flow_request_header_count(flow);
    for (const size_t at : {size_t{0}, headers / 2, headers, headers + 1, SIZE_MAX}) {
      look(hlid_flow_request_header_name(flow, at));
      look(hlid_flow_request_header_value(flow, at));
      MUST((hlid_flow_request_header_name(flow, at).data != nullptr) == (at < headers));
    }
    (void)hlid_flow_request_retry_safe(flow);
    (void)hlid_flow_request_prefers_http2(flow);
    (void)hlid_flow_deadline_ms(flow);
    (void)hlid_flow_wait_until_ms(flow);
    (void)hlid_flow_ask_secret(flow);
    look(hlid_flow_ask_problem(flow));
    look(hlid_flow_error(flow));
    const hlid_result* result = hlid_flow_result(flow);
    look(hlid_result_get(result, text(kNames)));
    const size_t fields = hlid_result_count(result);
    for (size_t i = 0; i <= fields; ++i) {
      look(hlid_result_name(result, i));
      look(hlid_result_value(result, i));
      MUST((hlid_result_name(result, i).data != nullptr) == (i < fields));
    }
    look(hlid_step_name(static_cast<hlid_step>(number(12)) - 2));
    look(hlid_version());
    look(hlid_catalogue());
    look(hlid_str(one_in(3) ? nullptr : some(kValues)));
    MUST(hlid_abi_version() == HLID_ABI_VERSION);
  }

  void call_app() {
    hlid_settings* settings = hlid_settings_new();
    if (!one_in(10)) {
      const auto set = [&](const char* name, const char* value) {
        MUST(hlid_settings_set(settings, hlid_str(name), keep(value), nullptr) == HLID_OK);
      };
      set("site", one_in(2) ? "http://127.0.0.1:9/shop" : "https://acme.my.site.com/shop");
      set("allow_http_loopback", "true");
      set("client_id", "3MVG9Example.ClientId");
      set("redirect_uri", "https://app.example.com/callback");
      if (one_in(2)) set("client_secret", "Example.Secret");
      if (one_in(2)) set("seal_keys", kSealKeys);
      set("signed_by", "host");
    }
    for (uint64_t more = number(4); more > 0; --more) {
      hlid_settings* const place = one_in(40) ? nullptr : settings;
      run("hlid_settings_set", [&](hlid_error** err) { return hlid_settings_set(place, text(kNames), text(kValues), err); });
      run("hlid_settings_set_json", [&](hlid_error** err) { return hlid_settings_set_json(place, text(kValues), err); });
    }
    hlid_app* app = nullptr;
    const bool good = run("hlid_app_new", [&](hlid_error** err) {
      return hlid_app_new(one_in(40) ? nullptr : settings, one_in(40) ? nullptr : &app, err);
    });
    if (one_in(40)) hlid_settings_free(nullptr);
    hlid_settings_free(settings);
    MUST(good || app == nullptr);
    if (app != nullptr) apps_.push_back(app);
    if (apps_.size() > kMaxHandles / 2 || (!apps_.empty() && one_in(6))) {
      hlid_app*& place = some(apps_);
      std::swap(place, apps_.back());
      hlid_app_free(apps_.back());
      apps_.pop_back();
    }
  }

  void call_flow_new() {
    hlid_flow* flow = nullptr;
    run("hlid_flow_new", [&](hlid_error** err) {
      return hlid_flow_new(one_in(40) ? nullptr : some(apps_), text(kFlows), one_in(40) ? nullptr : &flow, err);
    });
    if (flow != nullptr) {
      flows_.push_back(flow);
      // Mostly with what the flow wants, or none would get far.
      const auto set = [&](const char* name, std::string_view value) {
        (void)hlid_flow_set(flow, hlid_str(name), {value.data(), value.size()}, nullptr);
      };
      if (!one_in(5)) {
        set("username", "lena.ortiz@example.com");
        set("verification_method", "email");
        if (one_in(2)) set("password", "P4ss+w&rd=1:x");
        set("userdata", kValues[17]);
        for (const char* token : {"refresh_token", "access_token", "token"}) set(token, "00DEx0000001abc!AQcAQExample");
        set("sso_provider", "Google");
        (void)hlid_flow_set_trace(flow, one_in(2) ? 1 : 0, nullptr);
      }
    }
    while (flows_.size() > kMaxHandles) free_flow();
  }

  void free_flow() {
    call_name = "hlid_flow_free";
    std::swap(some(flows_), flows_.back());
    hlid_flow_free(flows_.back());
    flows_.pop_back();
  }

  std::string state_of(const hlid_flow* flow) {
    const hlid_view body = hlid_flow_request_body(flow);
    const std::string text(body.data == nullptr ? "" : std::string(body.data, body.size));
    const size_t at = text.find("state=");
    return at == std::string::npos ? "x" : text.substr(at + 6, text.find('&', at) - at - 6);
  }

  void call_flow() {
    hlid_flow* flow = one_in(60) ? nullptr : some(flows_);
    const int64_t now = one_in(20) ? static_cast<int64_t>(random_()) : kNow + static_cast<int64_t>(number(60'000));
    hlid_step step = 0;
    switch (number(18)) {
      case 0: run("hlid_flow_set", [&](auto** err) { return hlid_flow_set(flow, text(kNames), text(kValues), err); }); break;
      case 1:
        run("hlid_flow_set_timeout_ms",
            [&](auto** err) { return hlid_flow_set_timeout_ms(flow, static_cast<int64_t>(number(700'000)) - 1000, err); });
        break;
      case 2:
        run("hlid_flow_set_trace", [&](auto** err) { return hlid_flow_set_trace(flow, static_cast<int32_t>(number(3)), err); });
        break;
      case 3:
        run("hlid_flow_give_header", [&](auto** err) { return hlid_flow_give_header(flow, text(kNames), text(kValues), err); });
        break;
      case 4:
        run("hlid_flow_give_no_response",
            [&](auto** err) { return hlid_flow_give_no_response(flow, static_cast<int32_t>(number(4)), text(kValues), err); });
        break;
      case 5: run("hlid_flow_resend", [&](auto** err) { return hlid_flow_resend(flow, err); }); break;
      case 6:
        run("hlid_flow_give_value", [&](auto** err) { return hlid_flow_give_value(flow, text(kNames), text(kValues), err); });
        break;
      case 7: {
        const hlid_view asked = hlid_flow_ask_name(flow);
        const std::string name(asked.data == nullptr ? "signature" : std::string(asked.data, asked.size));
        run("hlid_flow_give_value", [&](auto** err) { return hlid_flow_give_value(flow, keep(name), text(kValues), err); });
        break;
      }
      case 8:
        if (one_in(10)) run("hlid_flow_cancel", [&](auto** err) { return hlid_flow_cancel(flow, err); });
        break;
      case 16: run("hlid_flow_offer", [&](auto** err) { return hlid_flow_offer(flow, text(kNames), text(kValues), err); }); break;
      case 17:
        if (one_in(10))
          run("hlid_flow_give_nothing", [&](auto** err) { return hlid_flow_give_nothing(flow, text(kValues), err); });
        break;
      case 9:
        if (one_in(10)) free_flow();
        break;
      case 10:
        run("hlid_flow_give_response", [&](auto** err) {
          return hlid_flow_give_response(flow, some(kStatuses), static_cast<int32_t>(number(40)), text(kBodies), err);
        });
        break;
      case 11:
      case 12: {  // as a server would
        const hlid_view name = hlid_flow_request_name(flow);
        const bool authorize = name.data != nullptr && std::string_view(name.data, name.size) == "authorize";
        if (authorize && !one_in(4)) {
          const std::string address = "https://app.example.com/callback?code=aPrx9k&state=" + state_of(flow);
          run("hlid_flow_give_header",
              [&](auto** err) { return hlid_flow_give_header(flow, keep("Location"), keep(address), err); });
          run("hlid_flow_give_response", [&](auto** err) { return hlid_flow_give_response(flow, 302, 20, {nullptr, 0}, err); });
        } else {
          run("hlid_flow_give_response",
              [&](auto** err) { return hlid_flow_give_response(flow, some(kStatuses), 20, keep(some(kBodies)), err); });
        }
        break;
      }
      default:
        if (run("hlid_flow_next", [&](auto** err) { return hlid_flow_next(flow, now, one_in(40) ? nullptr : &step, err); })) {
          MUST(step >= HLID_STEP_SEND && step <= HLID_STEP_FAILED);
          MUST((hlid_flow_error(flow) != nullptr) == (step == HLID_STEP_FAILED));
          MUST((hlid_flow_result(flow) != nullptr) == (step == HLID_STEP_DONE));
          look_at(flow);
        }
    }
  }

  void call_ticket() {
    hlid_flow* flow = one_in(20) ? nullptr : some(flows_);
    hlid_view ticket = {nullptr, 0};
    const hlid_view binding = one_in(2) ? hlid_view{nullptr, 0} : text(kValues);
    const bool sealed = run("hlid_flow_seal",
                            [&](auto** err) { return hlid_flow_seal(flow, binding, kNow, one_in(40) ? nullptr : &ticket, err); });
    if (sealed) {
      look(ticket);
      MUST(ticket.size <= 3072 && hlid_flow_ticket_id(flow).size == 32);
      tickets_.emplace_back(ticket.data, ticket.size);
    }
    if (tickets_.size() > 20) tickets_.erase(tickets_.begin());
    std::string changed = tickets_.empty() ? "x" : some(tickets_);
    if (one_in(3)) changed[number(changed.size())] = static_cast<char>(number(256));
    hlid_flow* opened = nullptr;
    const hlid_view name = one_in(2) ? hlid_view{nullptr, 0} : text(kFlows);
    const int64_t now = one_in(10) ? static_cast<int64_t>(random_()) : kNow;
    run("hlid_flow_unseal", [&](auto** err) {
      return hlid_flow_unseal(one_in(40) ? nullptr : some(apps_), name, one_in(20) ? text(kValues) : keep(changed),
                              one_in(2) ? binding : text(kValues), now, &opened, err);
    });
    if (opened != nullptr) flows_.push_back(opened);
    while (flows_.size() > kMaxHandles) free_flow();
  }

  // Nobody listens where these flows go.
  void call_client() {
    if (hlid_has_client() == 0) return;
    if (clients_.empty() || (clients_.size() < 2 && one_in(6))) {
      const auto max_in_flight = static_cast<int64_t>(number(20));
      hlid_client* client = nullptr;
      run("hlid_client_new", [&](auto** err) {
        return hlid_client_new(one_in(20) ? nullptr : some(apps_), max_in_flight, one_in(20) ? nullptr : &client, err);
      });
      if (client != nullptr) clients_[client];
      return;
    }
    auto place = clients_.begin();
    if (one_in(2)) place = std::prev(clients_.end());
    hlid_client* client = one_in(20) ? nullptr : place->first;
    std::map<uint64_t, hlid_flow*>& own = place->second;
    const uint64_t tag = number(6);
    switch (number(8)) {
      case 0:
      case 1:
      case 2: {
        const size_t at = number(flows_.size());
        const auto how = static_cast<int32_t>(number(4));
        const bool started = run("hlid_client_start", [&](auto** err) {
          return hlid_client_start(client, one_in(20) ? nullptr : flows_[at], tag, how, err);
        });
        if (started) {
          MUST(client != nullptr && own.find(tag) == own.end());
          own[tag] = flows_[at];
          flows_.erase(flows_.begin() + static_cast<std::ptrdiff_t>(at));
        }
        break;
      }
      case 3: {
        hlid_completion completions[4] = {};
        hlid_completion* out = one_in(10) ? nullptr : completions;
        const size_t capacity = one_in(10) ? 0 : 4;
        const size_t taken = one_in(2) ? hlid_client_take(client, out, capacity)
                                       : hlid_client_wait_any(client, static_cast<int64_t>(number(3)), out, capacity);
        for (size_t i = 0; i < taken; ++i) give_back(own, completions[i]);
        break;
      }
      case 4: {
        hlid_completion completion = {};
        const bool good = run("hlid_client_wait", [&](auto** err) {
          return hlid_client_wait(client, tag, static_cast<int64_t>(number(3)), one_in(20) ? nullptr : &completion, err);
        });
        if (good && completion.step != 0) give_back(own, completion);
        break;
      }
      case 5:
        if (const auto found = own.find(tag); found != own.end() && found->second != nullptr) {
          // Of a flow that runs: cancelled, or freed, which its completion then tells.
          run("hlid_flow_cancel", [&](auto** err) { return hlid_flow_cancel(found->second, err); });
          if (one_in(3)) hlid_flow_free(std::exchange(found->second, nullptr));
        }
        break;
      case 6:
        MUST(client == nullptr || hlid_client_in_flight(client) == own.size());
        (void)hlid_client_fd(client);
        if (one_in(6)) hlid_client_close(client);
        break;
      default:
        if (!one_in(4)) break;
        call_name = "hlid_client_free";
        hlid_client_free(place->first);  // and with it the flows that nobody took
        clients_.erase(place);
    }
  }

  void give_back(std::map<uint64_t, hlid_flow*>& own, const hlid_completion& completion) {
    const auto found = own.find(completion.tag);
    MUST(found != own.end() && found->second == completion.flow);
    MUST(completion.step >= HLID_STEP_ASK && completion.step <= HLID_STEP_FAILED && completion.step != HLID_STEP_WAIT);
    own.erase(found);
    if (completion.flow == nullptr) return;  // freed meanwhile
    flows_.push_back(completion.flow);
    look_at(completion.flow);
  }

  std::mt19937_64 random_;
  std::vector<std::unique_ptr<char[]>> held_;
  std::vector<hlid_app*> apps_;
  std::vector<hlid_flow*> flows_;
  std::vector<std::string> tickets_;
  std::map<hlid_client*, std::map<uint64_t, hlid_flow*>> clients_;
};

}  // namespace

int main(int argc, char** argv) {
  const long calls = argc > 1 ? std::atol(argv[1]) : 20'000;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  constexpr long kForOne = 5'000;  // then all handles are freed, and it begins again
  for (long done = 0; done < calls; done += kForOne) {
    Caller caller(seed + static_cast<uint64_t>(done / kForOne));
    for (long i = 0; i < std::min(kForOne, calls - done); ++i) caller.call();
  }
  std::printf("%ld calls\n", call_number);
  return 0;
}
