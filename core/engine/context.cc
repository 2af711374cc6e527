#include "engine/context.h"

#include <algorithm>

#include "base/text.h"
#include "engine/integration_token.h"
#include "engine/spec.h"

namespace hlid {

const char* name_of(StoreOperation operation) {
  constexpr const char* kNames[] = {"load", "save", "delete", "lock", "unlock"};
  return kNames[static_cast<size_t>(operation)];
}

std::optional<std::string_view> Context::parameter(std::string_view name) const {
  for (const auto& [spec, value] : parameters_) {
    if (spec->name == name) return value.view();
  }
  return std::nullopt;
}

std::string_view Context::slot(const SlotSpec& which) const {
  for (const auto& [spec, value] : slots_) {
    if (spec == &which) return value.view();
  }
  return {};
}

void Context::keep(const SlotSpec& which, Secret value) {
  for (auto& [spec, held] : slots_) {
    if (spec != &which) continue;
    held = std::move(value);
    return;
  }
  slots_.emplace_back(&which, std::move(value));
}

int64_t Context::number(const SlotSpec& which) const { return read_decimal(slot(which)).value_or(0); }

void Context::keep_number(const SlotSpec& which, int64_t value) {
  keep(which, value == 0 ? std::string() : std::to_string(value));
}

void Context::forget(const SlotSpec& which) {
  for (auto& [spec, held] : slots_) {
    if (spec != &which || held.empty()) continue;
    if (forgotten_.empty()) forgotten_.reserve(kUsualSecrets);
    forgotten_.push_back(std::exchange(held, Secret()));
  }
}

void Context::drop_single_use() {
  std::erase_if(parameters_, [&](auto& held) {
    if (!held.first->single_use) return false;
    spent_.push_back(held.first);
    forgotten_.push_back(std::move(held.second));
    return true;
  });
}

namespace {

Proof proof_of(const App& app) {
  switch (app.client_auth) {
    case ClientAuth::none: return Proof::none;
    case ClientAuth::private_key_jwt: return Proof::assertion;
    case ClientAuth::secret_post:
    case ClientAuth::secret_basic: break;
  }
  return Proof::secret;
}

}  // namespace

Refusal Context::refusal() const {
  if (request_spec == nullptr) return {Endpoint::authorize, errors, true};
  const Proof proof = request_spec->auth == Auth::client ? proof_of(app) : Proof::unknown;
  const ErrorSpec& meanings = request_spec->errors == nullptr ? errors : *request_spec->errors;
  return {request_spec->endpoint, meanings, !request_spec->retry_safe, proof};
}

bool Context::has_integration_token() const { return parameter("integration_token") || has(kIntegrationToken); }

bool Context::renew_integration_token() {
  if (parameter("integration_token") || !has(kIntegrationToken) || token_is_new_) return false;
  app.integration_token->drop(slot(kIntegrationToken));
  forget(kIntegrationToken);
  return true;
}

void Context::forget_all() {
  parameters_.clear();
  spent_.clear();
  lease_.reset();
  slots_.clear();
  forgotten_.clear();
  request = Request();
  response = Response();
  given.clear();
  failure.reset();
  show.reset();
  sign.reset();
  store.reset();
  stored.reset();
  verdict.reset();
  session_cache.reset();
}

}  // namespace hlid
