#include "oauth/integration.h"

#include "base/limits.h"
#include "base/locked.h"
#include "oauth/turn.h"

namespace hlid {

struct IntegrationToken::Held {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  Secret token;
  std::string scope;
  int64_t expires_at_ms = 0;
  FetchTurn turn;
  std::optional<Error> failure;
  int64_t failed_at_ms = 0;
};

IntegrationToken::IntegrationToken() : held_(std::make_shared<Held>()) {}
IntegrationToken::~IntegrationToken() = default;

IntegrationToken::Look IntegrationToken::look(int64_t now_ms, int64_t lease_ms, int64_t waiting_since_ms) {
  Look out;
  const Locked lock(held_->busy);
  const bool fresh = held_->expires_at_ms == 0 || now_ms < held_->expires_at_ms - kTokenMarginMs;
  if (!held_->token.empty() && fresh) {
    out.holder = Holder::held;
    out.token = held_->token.clone();
    out.scope = held_->scope;
  } else if (waiting_since_ms != 0 && held_->failure && waiting_since_ms <= held_->failed_at_ms) {
    out.failure = held_->failure->clone();
  } else if (const uint64_t holder = held_->turn.take(now_ms, lease_ms); holder != 0) {
    out.holder = Holder::mine;
    // The flow may outlive the app that it was made from, and ends in its own time.
    out.lease = std::shared_ptr<void>(nullptr, [held = held_, holder](void*) {
      const Locked unlock(held->busy);
      held->turn.give_back(holder);
    });
  }
  return out;
}

void IntegrationToken::store(std::string_view token, std::string_view scope, int64_t expires_at_ms) {
  const Locked lock(held_->busy);
  held_->token = Secret(token);
  held_->scope = scope;
  held_->expires_at_ms = expires_at_ms;
  held_->failure.reset();
}

void IntegrationToken::fail(const Error& error, int64_t now_ms) {
  const Locked lock(held_->busy);
  held_->failure = error.clone();
  held_->failed_at_ms = now_ms;
}

void IntegrationToken::drop(std::string_view token) {
  const Locked lock(held_->busy);
  if (held_->token.view() == token) held_->token.clear();
}

}  // namespace hlid
