// What the engine does for every flow before a state can go on: the integration user's token before a request whose row
// names a scope of it, the checks of the tokens that it ends with, and the key set before a signature is checked.
#include "base/limits.h"
#include "engine/flow.h"
#include "engine/integration_token.h"
#include "engine/keys.h"
#include "engine/request.h"
#include "oauth/oauth_error.h"

namespace hlid {

// One flow fetches, the others look again every few milliseconds.
void Flow::await_token() {
  const bool is_first = !awaiting_since_ms_;
  if (is_first) awaiting_since_ms_ = work_.now_ms;
  auto look = app_->integration_token->look(work_.now_ms, is_first ? 0 : *awaiting_since_ms_);
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
  const Errand ended = std::exchange(errand_, Errand::none);
  attempts_ = 0;
  if (ended == Errand::fetch_keys) return take_keys();
  if (auto read = read_integration_token(work_); !read) return fail(std::move(read).error());
  work_.lease_.reset();
  work_.token_is_new_ = true;
  work_.response = Response();
  awaiting_since_ms_.reset();
  has_token_ = true;
  prepare_step();
}

// What needs no keys is checked first: nothing is fetched for a token that could not pass.
void Flow::finish() {
  if (auto good = check_tokens(work_, *spec_, nullptr); !good) return fail(std::move(good).error());
  const Signatures wanted = wanted_signatures(work_, *spec_);
  if (!wanted.access_token && !wanted.id_token) return complete();
  find_keys();
}

// The settings' key set, or the one that is kept. A key that is not in the latter may be newer than it: one flow fetches the set
// again, the others look again every few milliseconds.
void Flow::find_keys() {
  const bool given = app_->jwks != nullptr;
  const std::shared_ptr<const Jwks> keys = given ? app_->jwks : app_->key_cache->kept(work_.now_ms);
  std::optional<Error> unknown;
  if (keys != nullptr) {
    auto good = check_tokens(work_, *spec_, keys.get());
    if (good) return complete();
    if (given || std::string_view(good.error().data().reason) != "unknown_key") return fail(std::move(good).error());
    unknown = std::move(good).error();
  }
  auto look = app_->key_cache->take_turn(keys.get(), work_.now_ms, awaiting_since_ms_);
  if (look.failure) return fail(std::move(*look.failure));
  switch (look.turn) {
    case KeyCache::Turn::too_soon: return fail(std::move(*unknown));
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
  errand_ = Errand::await_keys;
  work_.wait_until_ms = work_.now_ms + kRecheckMs;
  stop_at(Step::wait);
}

void Flow::take_keys() {
  auto keys = std::make_shared<Jwks>();
  auto good = work_.response.status == 200 ? keys->read(work_.response.body.view())
                                           : Result<void>(read_refusal(work_.response, work_.refusal(), work_.now_ms));
  if (!good) {
    app_->key_cache->fail(good.error(), work_.now_ms);
    return fail(std::move(good).error());
  }
  app_->key_cache->store(keys, work_.now_ms);
  work_.lease_.reset();
  if (auto checked = check_tokens(work_, *spec_, keys.get()); !checked) return fail(std::move(checked).error());
  complete();
}

void Flow::complete() {
  note_id_token_check(work_, *spec_);
  if (spec_->finish != nullptr) {
    const bool verified = wanted_signatures(work_, *spec_).access_token;
    if (auto finished = spec_->finish(work_, verified); !finished) return fail(std::move(finished).error());
  }
  phase_ = Phase::ended;
  step_ = Step::done;
  offers_.clear();
  work_.forget_all();
}

}  // namespace hlid
