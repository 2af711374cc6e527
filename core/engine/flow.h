// The step machine. Does no I/O: says what it needs, and is told the outcome.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/context.h"
#include "engine/spec.h"
#include "engine/ticket.h"
#include "jose/jwks.h"

namespace hlid {

class Flow {
 public:
  Flow(std::shared_ptr<const App> app, const FlowSpec& spec);

  // Before the first next.
  Result<void> set(std::string_view name, std::string_view value);
  Result<void> set_timeout_ms(int64_t timeout_ms);
  Result<void> set_trace(bool on);
  Result<void> set_events(bool on);
  // Of a flow of this session: what it brings goes there, too. keys: null where they are the app's.
  void attach(std::shared_ptr<SessionCache> cache, std::shared_ptr<const SealKeys> keys = nullptr) {
    work_.session_cache = std::move(cache);
    work_.session_keys = std::move(keys);
  }

  // The flow's next step at this time. The only place where its state changes.
  Result<Step> next(int64_t now_ms);
  // A client hands the flow back to the host, which still has to read the step: the next call of `next` says it again, even at
  // a page that asks for nothing. When a client runs the flow again, the page has been shown.
  void hand_back() { is_unread_ = true; }
  void run_again() { is_unread_ = false; }

  // Responses to the present step; STATE if it asks for something else. They take effect in next.
  Result<void> give_header(std::string_view name, std::string_view value);
  // All of them at once; `headers` is left empty, with memory for the next response.
  Result<void> give_headers(Headers& headers);
  Result<void> give_response(int32_t status, int32_t http_version, std::string_view body);
  Result<void> give_response(int32_t status, int32_t http_version, Secret body);
  // `why` is for people; anything in it that is not plain is escaped.
  Result<void> give_no_response(bool maybe_sent, const char* reason, std::string_view why);
  // The same by a word of `fault.h`; ARGUMENT for another word.
  Result<void> give_fault(bool maybe_sent, std::string_view reason, std::string_view why);
  // A response that broke off the rules before it was whole: too long, no HTTP.
  Result<void> give_broken_response(const char* reason, std::string_view why);
  Result<void> give_value(std::string_view name, std::string_view value);
  // A value before the flow asks for it: checked and kept, and used at the question of that name unless that has a problem.
  // At that question it is the same as give_value.
  Result<void> offer(std::string_view name, std::string_view value);
  // The host has no value or signature to give: the flow fails, with reason "signing_failed" at SIGN, "no_value" at ASK and SHOW.
  Result<void> give_nothing(std::string_view why);
  // STORE. What the store has, which may be nothing; a version or a value over the limits counts as one that cannot be read.
  Result<void> give_stored(bool found, std::string_view version, std::string_view value);
  // Whether it did what it was asked: false where another version is there, or another owner holds the lock.
  Result<void> give_store_done(bool done);
  // Neither is known: the store failed, or could not be reached.
  Result<void> give_store_fault(std::string_view why);
  // Instead of a value: sends the message again. STATE if the flow is not waiting for a value from a message.
  Result<void> resend();
  // The flow as it waits at ASK or SHOW, as a ticket; it goes on as if nothing had happened. At a WAIT of the flow's own the
  // ticket opens at the page that it showed before. STATE elsewhere.
  Result<void> seal(std::string_view binding, int64_t now_ms);
  [[nodiscard]] std::string_view ticket() const { return ticket_ ? ticket_->text.view() : std::string_view(); }
  // The id of the ticket sealed last, or that this flow was opened from; empty if there is none.
  [[nodiscard]] std::string_view ticket_id() const { return ticket_ ? std::string_view(ticket_->id) : std::string_view(); }
  // A new flow continues where the sealed one was.
  Result<void> restore(const OpenedTicket& ticket);
  // Ends the flow now, unless it has ended. `maybe_sent`: whether its request, where one is out, may have reached the server.
  void end(Error error, bool maybe_sent = true);
  // Of a flow that will go no further: what others wait for is theirs to fetch.
  void give_turn_back() { work_.lease_.reset(); }

  [[nodiscard]] Step step() const { return step_; }
  [[nodiscard]] const Request& request() const { return work_.request; }
  [[nodiscard]] const Ask& ask() const { return work_.ask; }
  // Each only in its own step.
  [[nodiscard]] const Show& show() const { return *work_.show; }
  [[nodiscard]] const Sign& sign() const { return *work_.sign; }
  [[nodiscard]] const StoreRequest& store() const { return *work_.store; }
  [[nodiscard]] int64_t wait_until_ms() const { return work_.wait_until_ms; }
  [[nodiscard]] int64_t deadline_ms() const { return deadline_ms_; }
  [[nodiscard]] int64_t timeout_ms() const { return timeout_ms_; }
  [[nodiscard]] const FlowResult* result() const { return step_ == Step::done ? &work_.result : nullptr; }
  [[nodiscard]] const Error* error() const { return error_.get(); }
  [[nodiscard]] std::string_view trace() const { return notes_ ? std::string_view(notes_->trace) : std::string_view(); }
  // What has happened so far, one JSON object a line: `engine/events.h`.
  [[nodiscard]] std::string_view events() const { return notes_ ? std::string_view(notes_->events) : std::string_view(); }
  [[nodiscard]] const App& app() const { return *app_; }
  [[nodiscard]] const FlowSpec& spec() const { return *spec_; }
  [[nodiscard]] bool started() const { return phase_ != Phase::fresh && phase_ != Phase::restored; }

 private:
  // fresh: parameters can be set. asking: the step waits for the host. given: next acts on what it gave.
  // waiting: for a repetition or a time to come. ended: DONE or FAILED. restored: next asks what the sealed flow asked.
  enum class Phase : uint8_t { fresh, restored, asking, given, waiting, ended };
  // What the engine does before the present state can go on: waits for another flow to fetch the integration user's
  // token, fetches it; waits for another flow to fetch the key set, fetches it.
  enum class Errand : uint8_t { none, await_token, fetch_token, await_keys, fetch_keys };

  // What the host gave last, in addition to the response and the value.
  enum class Given : uint8_t { response, no_response, broken, value, resend, loaded, stored, not_stored, store_fault };

  void set_back(int64_t by_ms);
  Result<void> check_parameters();
  [[nodiscard]] Result<void> may_set(const ValueSpec& spec) const;
  [[nodiscard]] Result<void> check_excluded(const ValueSpec& spec) const;
  Result<void> expand(const ValueSpec& whole, std::string_view json);
  void enter(uint8_t state);
  // Prepares the present state's step, or first runs what its request needs; again for each repetition.
  void prepare();
  void prepare_step();
  void prepare_request(const RequestSpec& request, Result<void> (*fill)(Context&));
  void resume();
  void stop_at(Step step);
  void sign_with_key();
  void prepare_keys();
  void prepare_token();
  void await_token();
  void fetch(Errand errand);
  void end_errand();
  // The state `done`: checks the tokens as the settings ask for it, which may need the site's keys.
  void finish();
  void find_keys();
  void take_key_turn(const Error* unknown);
  void take_keys();
  bool goes_without_id_token(const Error& why);
  void refuse_tokens(Error error);
  void discard_tokens(Error error);
  void lose_tokens(Error error);
  void note_lost_tokens(Error& error) const;
  // Of an error that costs what the flow was begun with: a code, a subject token, a session.
  void mark_lost(Error& error) const;
  void mark_unread(Error& error) const;
  void complete();
  void act();
  void handle_response();
  void note_given();
  [[nodiscard]] const char* store_outcome() const;
  void note_end(const Error* error);
  void handle_no_response();
  Result<void> check_single_use() const;
  [[nodiscard]] const StateSpec& state() const { return spec_->states[state_]; }
  [[nodiscard]] const Row* row_for(Event event) const;
  // Waits and then prepares the step again; false if no repetition is due.
  bool repeat(int64_t at_least_ms);
  Error no_response_error() const;
  Result<void> expect_send() const;
  // Of a value for `name`: trimmed where its row says so; ARGUMENT where the row, the flow or the limits refuse it.
  Result<std::string_view> accept(std::string_view name, std::string_view value) const;
  void take_offer();
  bool has_broken_off() const;
  void take_row(Event event);
  void show_server_words(Error& error) const;
  // The state that a ticket of the flow as it is now opens at; null where none can be made.
  [[nodiscard]] const StateSpec* sealed_state() const;
  [[nodiscard]] Result<void> expect_store(bool loads) const;
  void give(Given given);
  void fail(Error error);
  void end_with(Error error);
  // The same, whatever has come already.
  void close(Error error);

  std::shared_ptr<const App> app_;
  const FlowSpec* spec_;
  Context work_;
  Phase phase_ = Phase::fresh;
  Errand errand_ = Errand::none;
  bool has_token_ = false;                      // looked up for the present state
  std::shared_ptr<const Jwks> keys_{};          // the site's, as they were when the flow last looked
  std::optional<int64_t> awaiting_since_ms_{};  // when it began to wait for another flow
  Step step_ = Step::failed;
  uint8_t state_ = 0;
  int attempts_ = 0;
  int64_t timeout_ms_;
  int64_t deadline_ms_ = 0;
  int64_t entered_ms_ = 0;  // when the present step began
  std::unique_ptr<Error> error_;
  bool wants_events_ = false;
  int64_t began_ms_ = 0;      // the first step
  bool is_unread_ = false;    // the host has not seen the step yet at which a client stopped
  bool has_changed_ = false;  // a parameter was set while the flow asks
  std::vector<std::pair<const ValueSpec*, Secret>> offers_;
  std::unique_ptr<SealedTicket> ticket_;  // without a text where the flow was opened from it
  Given given_ = Given::response;
  bool maybe_sent_ = false;
  const char* why_reason_ = "";
  // What is written down about the flow, where the host asked for it, or something failed.
  struct Notes {
    std::string trace{};
    std::string events{};
    std::string why{};  // no complete response came
  };
  std::unique_ptr<Notes> notes_;
  Notes& notes();
  [[nodiscard]] std::string_view failure_text() const { return notes_ ? std::string_view(notes_->why) : std::string_view(); }
};

}  // namespace hlid
