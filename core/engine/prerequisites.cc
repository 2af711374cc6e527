// What the engine does for every flow before a state can go on: the integration user's token before a request whose row
// names a scope of it, the checks of the tokens that it ends with, and the key set before a signature is checked.
#include "base/limits.h"
#include "engine/flow.h"
#include "engine/integration_token.h"
#include "engine/keys.h"
#include "engine/request.h"
#include "oauth/oauth_error.h"

namespace hlid {
namespace {

// Of the timeout: a flow that its host left behind does not hold the others up until theirs is over.
constexpr int64_t kLeaseShare = 4;

}  // namespace

// One flow fetches, the others look again every few milliseconds.
void Flow::await_token() {
  const bool is_first = !awaiting_since_ms_;
  if (is_first) awaiting_since_ms_ = work_.now_ms;
  auto look = app_->integration_token->look(work_.now_ms, app_->timeout_ms / kLeaseShare, is_first ? 0 : *awaiting_since_ms_);
  const bool has_none = look.failure || look.holder == IntegrationToken::Holder::others;
  if (has_none && work_.has(kIntegrationToken)) {
    // It has one of its own that no site has refused: what others are about is not its business.
    errand_ = Errand::none;
    awaiting_since_ms_.reset();
    has_token_ = true;
    return prepare_step();
  }
  if (look.failure) return fail(std::move(*look.failure));
  switch (look.holder) {
    case IntegrationToken::Holder::mine:
      work_.lease_ = std::move(look.lease);
      attempts_ = 0;
      return fetch(Errand::fetch_token);
    case IntegrationToken::Holder::others:
      if (work_.now_ms - *awaiting_since_ms_ > app_->timeout_ms || work_.now_ms >= deadline_ms_) {
        return fail(Error::transport("timeout", "timed out waiting for another flow to fetch the integration user's token")
                        .advise(Advice::retry_later));
      }
      errand_ = Errand::await_token;
      work_.wait_until_ms = work_.now_ms + kRecheckMs;
      return stop_at(Step::wait);
    case IntegrationToken::Holder::held: break;
  }
  work_.token_is_new_ = work_.token_is_new_ && work_.slot(kIntegrationToken) == look.token.view();
  keep_integration_token(work_, std::move(look.token), look.scope);
  errand_ = Errand::none;
  awaiting_since_ms_.reset();
  has_token_ = true;
  prepare_step();
}

void Flow::fetch(Errand errand) {
  errand_ = errand;
  if (errand == Errand::fetch_token) return prepare_request(kIntegrationTokenRequest, fill_integration_token);
  prepare_request(kKeysRequest, fill_keys);
}

// The response of an errand has come: on with the state that needed it.
void Flow::end_errand() {
  attempts_ = 0;
  if (errand_ == Errand::fetch_keys) return take_keys();
  errand_ = Errand::none;
  if (auto read = read_integration_token(work_); !read) return fail(std::move(read).error());
  work_.lease_.reset();
  work_.token_is_new_ = true;
  work_.response = Response();
  awaiting_since_ms_.reset();
  has_token_ = true;
  prepare_step();
}

// The key set comes before a flow's first request: after a request that is not sent again, one that cannot be fetched would cost
// the tokens.
void Flow::prepare_keys() {
  if (!wants_keys_first(work_, *spec_)) return prepare_token();
  keys_ = app_->key_cache->kept(work_.now_ms);
  if (keys_ == nullptr) return take_key_turn(nullptr);
  errand_ = Errand::none;
  awaiting_since_ms_.reset();
  prepare_token();
}

// What needs no keys is checked first: nothing is fetched for a token that could not pass.
void Flow::finish() {
  if (auto good = check_tokens(work_, *spec_, nullptr); !good) {
    if (!drop_id_token(work_, *spec_, good.error())) return refuse_tokens(std::move(good).error());
  }
  const Signatures wanted = wanted_signatures(work_, *spec_);
  if (!wanted.access_token && !wanted.id_token) return complete();
  find_keys();
}

// The settings' key set, the one that is kept, or the one of the flow's beginning. A key that is not in it may be newer than it:
// one flow fetches the set again, the others look again every few milliseconds.
void Flow::find_keys() {
  if (state().step != Step::done) return prepare_keys();
  const bool given = app_->jwks != nullptr;
  if (auto latest = given ? app_->jwks : app_->key_cache->kept(work_.now_ms)) keys_ = std::move(latest);
  if (keys_ == nullptr) return take_key_turn(nullptr);
  auto good = check_tokens(work_, *spec_, keys_.get());
  if (good) return complete();
  if (given || std::string_view(good.error().data().reason) != "unknown_key") return refuse_tokens(std::move(good).error());
  const Error unknown = std::move(good).error();
  take_key_turn(&unknown);
}

// `unknown`: why the set that the flow has is not enough.
void Flow::take_key_turn(const Error* unknown) {
  auto look = app_->key_cache->take_turn(keys_.get(), work_.now_ms, app_->timeout_ms / kLeaseShare, awaiting_since_ms_);
  errand_ = Errand::await_keys;
  if (look.failure) return fail(std::move(*look.failure));
  switch (look.turn) {
    case KeyCache::Turn::too_soon:
      if (unknown != nullptr && look.due_ms >= deadline_ms_) return refuse_tokens(unknown->clone());
      work_.wait_until_ms = look.due_ms;
      return stop_at(Step::wait);
    case KeyCache::Turn::mine:
      work_.lease_ = std::move(look.lease);
      awaiting_since_ms_.reset();
      attempts_ = 0;
      return fetch(Errand::fetch_keys);
    case KeyCache::Turn::others: break;
  }
  if (!awaiting_since_ms_) awaiting_since_ms_ = work_.now_ms;
  if (work_.now_ms - *awaiting_since_ms_ > app_->timeout_ms || work_.now_ms >= deadline_ms_) {
    return fail(
        Error::transport("timeout", "timed out waiting for another flow to fetch the site's keys").advise(Advice::retry_later));
  }
  work_.wait_until_ms = work_.now_ms + kRecheckMs;
  stop_at(Step::wait);
}

void Flow::take_keys() {
  auto keys = std::make_shared<Jwks>();
  auto good = work_.response.status == 200 ? keys->read(work_.response.body.view())
                                           : Result<void>(read_refusal(work_.response, work_.refusal(), work_.now_ms));
  // One that verifies nothing takes no other's place.
  if (good && !keys->is_usable()) {
    good = Error::protocol("bad_jwks", "the site's key set has no RSA key of 2,048 to 8,192 bits that signs tokens")
               .advise(Advice::fix_org)
               .http_status(200);
  }
  if (!good) {
    app_->key_cache->fail(good.error(), work_.now_ms);
    return fail(std::move(good).error());
  }
  keys_ = std::move(keys);
  app_->key_cache->store(keys_, work_.now_ms);
  work_.lease_.reset();
  errand_ = Errand::none;
  if (state().step != Step::done) {
    work_.response = Response();
    return prepare_token();
  }
  if (auto checked = check_tokens(work_, *spec_, keys_.get()); !checked) return refuse_tokens(std::move(checked).error());
  complete();
}

// Whether the flow can end with the other tokens that came.
bool Flow::goes_without_id_token(const Error& why) {
  if (!drop_id_token(work_, *spec_, why)) return false;
  if (!wanted_signatures(work_, *spec_).access_token) return true;
  return keys_ != nullptr && check_tokens(work_, *spec_, keys_.get()).has_value();
}

// A token that came did not pass.
void Flow::refuse_tokens(Error error) {
  if (goes_without_id_token(error)) return complete();
  discard_tokens(std::move(error));
}

void Flow::discard_tokens(Error error) {
  if (spec_->is_single_use() && !spec_->stores_tokens) mark_lost(error);
  close(std::move(error));
}

// Tokens came, and what would check them did not.
void Flow::lose_tokens(Error error) {
  if (goes_without_id_token(error)) return complete();
  note_lost_tokens(error);
  close(std::move(error));
}

void Flow::note_lost_tokens(Error& error) const {
  if (spec_->stores_tokens || (!spec_->is_single_use() && !spec_->browser_brings_tokens)) return;
  mark_lost(error);
  error.edit().message += "; the tokens that had come were discarded";
}

// Whatever the tokens came for may have been used up.
void Flow::mark_lost(Error& error) const {
  auto& data = error.edit();
  data.outcome_unknown = true;
  data.retry_after_ms = -1;
  data.advice = spec_->renews_session ? Advice::sign_in_again : Advice::restart;
}

// A success of which nothing can be used, in response to what is not sent again. What the server refuses in its own words it has
// not done, and a page in place of a headless response brings no tokens.
void Flow::mark_unread(Error& error) const {
  const Endpoint endpoint = work_.request_spec->endpoint;
  const bool brings_tokens = endpoint == Endpoint::token || endpoint == Endpoint::code || endpoint == Endpoint::access_token;
  if (work_.request.retry_safe || !brings_tokens) return;
  const int32_t status = work_.response.status;
  const bool is_unread =
      status < 300 && error.data().kind == Kind::protocol && std::string_view(error.data().reason) != "not_headless";
  // What gave up waiting for the server says no more of a session than silence does.
  const bool gave_up = spec_->renews_session && (status == 408 || status == 502 || status == 504);
  if (is_unread || gave_up) mark_lost(error);
}

void Flow::complete() {
  note_id_token_check(work_, *spec_);
  if (spec_->finish != nullptr) {
    const bool verified = wanted_signatures(work_, *spec_).access_token;
    if (auto finished = spec_->finish(work_, verified); !finished) return discard_tokens(std::move(finished).error());
  }
  phase_ = Phase::ended;
  errand_ = Errand::none;
  step_ = Step::done;
  note_end(nullptr);
  offers_.clear();
  work_.forget_all();
}

}  // namespace hlid
