// A whole conversation through the C ABI, against a server and a host that say anything.
//
// The input: a flow's name; lines "setting name=value" and "name=value" (parameters); an empty line; then what is
// given back, piece by piece: a response (fuzz.h), "!no why", "!maybe why", "?name=value", "+ms", or "~" to cancel. Where
// a person is asked: the value, "^" for a new message, "&" to go through a ticket first.
// ${state} stands for the state that the flow drew.
#include <map>
#include <memory>

#include "codec/url.h"
#include "tests/fuzz/conversation.h"

namespace {

// Long and odd enough to be met nowhere by chance.
constexpr std::string_view kPassword = "Xw!7pQ Zm%Kd9&vT\"r4";
constexpr int kMaxSends = 3;       // of one request: core/base/limits.h
constexpr int kMaxTurns = 20'000;  // each takes a piece, or waits: more than libFuzzer's longest input has

class Player {
 public:
  explicit Player(fuzz::Input input) : input_(input) {}
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  ~Player() {
    hlid_flow_free(flow_);
    hlid_app_free(app_);
  }

  void play() {
    if (!begin()) return;
    for (int turn = 0; turn < kMaxTurns; ++turn) {
      hlid_step step = 0;
      fuzz::Failure failure;
      failure.status = hlid_flow_next(flow_, now_, &step, &failure.error);
      failure.check();
      if (failure.status != HLID_OK) {
        MUST(failure.status == HLID_E_ARGUMENT && turn == 0);  // the parameters as a whole
        return;
      }
      hlid_step again = 0;
      // A page that asks for nothing is left by the next call.
      const bool leads_on = step == HLID_STEP_WAIT || (step == HLID_STEP_SHOW && hlid_flow_ask_name(flow_).size == 0);
      MUST(leads_on || (hlid_flow_next(flow_, now_, &again, nullptr) == HLID_OK && again == step));
      check_texts();
      switch (step) {
        case HLID_STEP_SEND: send(); break;
        case HLID_STEP_WAIT:
          MUST(hlid_flow_wait_until_ms(flow_) > now_ && hlid_flow_wait_until_ms(flow_) < hlid_flow_deadline_ms(flow_));
          now_ = hlid_flow_wait_until_ms(flow_);
          break;
        case HLID_STEP_DONE: return check_done();
        case HLID_STEP_FAILED: return check_failed();
        default:
          MUST(step == HLID_STEP_ASK || step == HLID_STEP_SHOW || step == HLID_STEP_SIGN);
          if (!leads_on) give_value();
      }
    }
    const bool came_to_an_end = false;
    MUST(came_to_an_end);
  }

 private:
  bool begin() {
    const std::string_view name = input_.line();
    const std::unique_ptr<hlid_settings, void (*)(hlid_settings*)> settings(hlid_settings_new(), hlid_settings_free);
    const auto set = [&](std::string_view name, std::string_view value) {
      fuzz::Failure failure;
      failure.status = hlid_settings_set(settings.get(), fuzz::view(name), fuzz::view(value), &failure.error);
      failure.check_argument();
      if (failure.status != HLID_OK) return;
      if (name == "site") site_ = value;
      if (name == "integration_site") integration_site_ = value;
    };
    set("site", "https://acme.my.site.com/shop");
    set("client_id", "3MVG9Example.ClientId");
    set("redirect_uri", "https://app.example.com/callback");
    set("seal_keys", "k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    std::vector<std::pair<std::string_view, std::string_view>> parameters;
    for (std::string_view line = input_.line(); !line.empty(); line = input_.line()) {
      const bool setting = line.starts_with("setting ");
      if (setting) line.remove_prefix(8);
      const size_t equals = line.find('=');
      const std::string_view value = equals == std::string_view::npos ? std::string_view() : line.substr(equals + 1);
      if (setting) {
        set(line.substr(0, equals), value);
      } else {
        parameters.emplace_back(line.substr(0, equals), value);
      }
    }
    {
      fuzz::Failure failure;
      failure.status = hlid_app_new(settings.get(), &app_, &failure.error);
      failure.check_argument();
      if (app_ == nullptr) return false;
    }
    fuzz::Failure failure;
    failure.status = hlid_flow_new(app_, fuzz::view(name), &flow_, &failure.error);
    failure.check_argument();
    if (flow_ == nullptr) return false;
    polls_ = name == "device";
    gives_tokens_ = name == "guest" || name == "login";
    hides_password_ = name == "login" && hlid_flow_set(flow_, hlid_str("password"), fuzz::view(kPassword), nullptr) == HLID_OK;
    for (const auto& [parameter, value] : parameters) {
      if (parameter == "password") continue;  // ours is looked for
      fuzz::Failure refused;
      refused.status = hlid_flow_set(flow_, fuzz::view(parameter), fuzz::view(value), &refused.error);
      refused.check_argument();
    }
    MUST(hlid_flow_set_trace(flow_, 1, nullptr) == HLID_OK);
    return true;
  }

  void send() {
    const std::string name(fuzz::text(hlid_flow_request_name(flow_)));
    const std::string_view url = fuzz::text(hlid_flow_request_url(flow_));
    // Whatever a server says, the next request goes to an origin that the settings name.
    const bool integration = name == "integration_token" && !integration_site_.empty();
    const auto site = hlid::parse_url(integration ? integration_site_ : site_);
    const auto to = hlid::parse_url(url);
    MUST(site && to && hlid::origin_of(*to) == hlid::origin_of(*site));
    for (size_t i = 0; i < hlid_flow_request_header_count(flow_); ++i) {
      const std::string_view value = fuzz::text(hlid_flow_request_header_value(flow_, i));
      MUST(fuzz::text(hlid_flow_request_header_name(flow_, i)).size() > 0);
      MUST(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    }
    // A call that was refused for want of a good token of the integration user is made once more, with a new one.
    if (name == "integration_token") {
      for (const char* guarded : {"init", "forgot_password", "authorization_challenge"}) {
        sends_.erase(guarded);
        spent_.erase(guarded);
      }
    }
    // A device asks again as long as the server says that a person has not decided; each time is a request of its own.
    if (polls_ && name == "token" && !lost_) {
      sends_.erase(name);
      spent_.erase(name);
    }
    const bool retry_safe = hlid_flow_request_retry_safe(flow_) == 1;
    MUST(++sends_[name] <= kMaxSends);
    MUST(!spent_[name] || retry_safe);
    remember_state();

    std::string piece;
    do {
      MUST(now_ >= fuzz::kNow);
      if (input_.empty()) return cancel();
      piece = fuzz::replaced(input_.until(fuzz::kNextPiece), "${state}", state_);
      if (piece.starts_with('+')) now_ += fuzz::Input(std::string_view(piece).substr(1)).number() & 0xFFFFFFFF;
    } while (piece.starts_with('+'));
    if (piece.starts_with('~')) return cancel();
    spent_[name] = !piece.starts_with("!no");
    lost_ = piece.starts_with('!') && spent_[name];
    fuzz::Failure failure;
    if (piece.starts_with('!')) {
      const bool maybe = !piece.starts_with("!no");
      failure.status = hlid_flow_give_no_response(flow_, maybe ? HLID_MAYBE_SENT : HLID_NOT_SENT,
                                                  fuzz::view(std::string_view(piece).substr(1)), &failure.error);
    } else if (piece.starts_with('?')) {
      // Not what was asked for: the flow stays as it is.
      fuzz::Failure wrong;
      wrong.status = hlid_flow_give_value(flow_, hlid_str("otp"), fuzz::view(piece), &wrong.error);
      wrong.check();
      MUST(wrong.status == HLID_E_STATE);
      --sends_[name];
      spent_[name] = false;
      return;
    } else {
      const fuzz::ResponseText response(piece);
      if (response.status == 200) sends_.erase(name);  // a logout revokes its second token by the same request
      for (const auto& [header, value] : response.headers) {
        failure.status = hlid_flow_give_header(flow_, fuzz::view(header), fuzz::view(value), &failure.error);
        MUST(failure.status == HLID_OK);
      }
      failure.status =
          hlid_flow_give_response(flow_, response.status, response.version, fuzz::view(response.body), &failure.error);
    }
    failure.check();
    MUST(failure.status == HLID_OK);
  }

  void give_value() {
    if (input_.empty()) return cancel();
    const std::string_view piece = input_.until(fuzz::kNextPiece);
    // A person stands between what was sent and what is sent next.
    sends_.clear();
    spent_.clear();
    if (piece == "^") return resend();
    if (piece == "&") return travel();
    const std::string name =
        hlid_flow_sign_algorithm(flow_).size > 0 ? "signature" : std::string(fuzz::text(hlid_flow_ask_name(flow_)));
    fuzz::Failure failure;
    failure.status = hlid_flow_give_value(flow_, fuzz::view(name), fuzz::view(piece), &failure.error);
    failure.check();
    if (failure.status != HLID_OK) cancel();
  }

  void resend() {
    fuzz::Failure failure;
    failure.status = hlid_flow_resend(flow_, &failure.error);
    failure.check();
    MUST(failure.status == HLID_OK || failure.status == HLID_E_STATE || failure.status == HLID_E_ARGUMENT);
  }

  void travel() {
    hlid_step step = 0;
    MUST(hlid_flow_next(flow_, now_, &step, nullptr) == HLID_OK);
    hlid_view ticket{};
    fuzz::Failure failure;
    failure.status = hlid_flow_seal(flow_, hlid_str("session"), now_, &ticket, &failure.error);
    failure.check();
    MUST((failure.status == HLID_OK) == (step == HLID_STEP_ASK || step == HLID_STEP_SHOW));
    if (failure.status != HLID_OK) return;
    MUST(ticket.size <= 3072);
    hlid_flow* other = nullptr;
    hlid_step again = 0;
    MUST(hlid_flow_unseal(app_, hlid_str(nullptr), ticket, hlid_str("session"), now_, &other, nullptr) == HLID_OK);
    MUST(hlid_flow_next(other, now_, &again, nullptr) == HLID_OK && again == step);
    hlid_flow_free(flow_);
    flow_ = other;
    MUST(hlid_flow_trace(flow_).size == 0);
  }

  void remember_state() {
    fuzz::Input body(fuzz::text(hlid_flow_request_body(flow_)));
    while (!body.empty()) {
      const std::string_view field = body.until("&");
      if (field.starts_with("state=")) state_ = field.substr(6);
    }
  }

  void cancel() {
    MUST(hlid_flow_cancel(flow_, nullptr) == HLID_OK);
    cancelled_ = true;
  }

  void check_texts() const {
    if (!hides_password_) return;
    MUST(fuzz::text(hlid_flow_trace(flow_)).find(kPassword) == std::string_view::npos);
    const hlid_error* error = hlid_flow_error(flow_);
    if (error == nullptr) return;
    for (const hlid_view words : {hlid_error_message(error), hlid_error_server_code(error), hlid_error_server_text(error)}) {
      MUST(fuzz::text(words).find(kPassword) == std::string_view::npos);
    }
  }

  void check_done() const {
    const hlid_result* result = hlid_flow_result(flow_);
    MUST(result != nullptr && hlid_flow_error(flow_) == nullptr && !cancelled_);
    if (gives_tokens_) MUST(hlid_result_get(result, hlid_str("access_token")).size > 0);
    for (size_t i = 0; i < hlid_result_count(result); ++i) MUST(hlid_result_name(result, i).size > 0);
    check_ended(HLID_STEP_DONE);
  }

  void check_failed() const {
    const hlid_error* error = hlid_flow_error(flow_);
    fuzz::check_error(error);
    MUST(hlid_flow_result(flow_) == nullptr);
    if (cancelled_) MUST(fuzz::text(hlid_error_reason(error)) == "cancelled");
    check_ended(HLID_STEP_FAILED);
  }

  // The end stays the end.
  void check_ended(hlid_step end) const {
    fuzz::Failure failure;
    failure.status = hlid_flow_give_response(flow_, 200, 11, hlid_str("{}"), &failure.error);
    failure.check();
    MUST(failure.status == HLID_E_STATE);
    MUST(hlid_flow_cancel(flow_, nullptr) == HLID_E_STATE);
    hlid_step step = 0;
    MUST(hlid_flow_next(flow_, now_ + 1, &step, nullptr) == HLID_OK && step == end);
    MUST(hlid_flow_request_url(flow_).data == nullptr && hlid_flow_request_body(flow_).data == nullptr);
  }

  fuzz::Input input_;
  hlid_app* app_ = nullptr;
  hlid_flow* flow_ = nullptr;
  std::string site_;
  std::string integration_site_;
  std::string state_ = "none";
  int64_t now_ = fuzz::kNow;
  bool gives_tokens_ = false;
  bool hides_password_ = false;
  bool cancelled_ = false;
  std::map<std::string, int> sends_;
  bool polls_ = false;
  bool lost_ = false;  // the last request may have arrived, and brought no response
  std::map<std::string, bool> spent_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Player(fuzz::Input(data, size)).play();
  return 0;
}
