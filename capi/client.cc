// hlid_client: the C face of core/net, or of its absence.
#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "capi/handles.h"

#ifdef HLID_HAS_CLIENT
#include "net/client.h"
#endif

#ifdef HLID_HAS_CLIENT

using hlid::Client;
using hlid::Error;

struct hlid_client {
  std::unique_ptr<Client> client;
};

namespace {

hlid_completion completion_of(const Client::Completion& ended) {
  return {static_cast<hlid_flow*>(ended.flow), ended.tag, static_cast<hlid_step>(ended.step), 0};
}

hlid_status new_client(const hlid_app* app, int64_t max_in_flight, bool driven, hlid_client** out, hlid_error** err) {
  if (app == nullptr) return hlid::fail_null(err, "app");
  if (out == nullptr) return hlid::fail_null(err, "out");
  auto client = Client::create(app->app, max_in_flight, driven);
  if (!client) return hlid::fail(err, std::move(client).error());
  *out = new hlid_client{std::move(*client)};
  return HLID_OK;
}

}  // namespace

hlid_status hlid_client_new(const hlid_app* app, int64_t max_in_flight, hlid_client** out, hlid_error** err) {
  return new_client(app, max_in_flight, false, out, err);
}

hlid_status hlid_client_new_driven(const hlid_app* app, int64_t max_in_flight, hlid_client** out, hlid_error** err) {
  return new_client(app, max_in_flight, true, out, err);
}

int32_t hlid_client_turn(hlid_client* client, int64_t max_bytes, int64_t max_requests) {
  return client != nullptr && client->client->turn(max_bytes, max_requests) ? 1 : 0;
}

hlid_status hlid_client_start(hlid_client* client, hlid_flow* flow, uint64_t tag, int32_t how, hlid_error** err) {
  if (client == nullptr) return hlid::fail_null(err, "client");
  if (flow == nullptr) return hlid::fail_null(err, "flow");
  if (how < HLID_START_QUEUE || how > HLID_START_ANY)
    return hlid::fail(err, Error::argument("how", "is not one of HLID_START_*"));
  return hlid::finish(client->client->start(*flow, tag, static_cast<hlid::Start>(how)), err);
}

int hlid_client_fd(const hlid_client* client) { return client == nullptr ? -1 : client->client->fd(); }

size_t hlid_client_take(hlid_client* client, hlid_completion* out, size_t capacity) {
  if (client == nullptr || out == nullptr) return 0;
  std::array<Client::Completion, Client::kTakenAtOnce> some;
  size_t count = 0;
  while (count < capacity) {
    const size_t got = client->client->take(some.data(), std::min(some.size(), capacity - count));
    for (size_t i = 0; i < got; ++i) out[count++] = completion_of(some[i]);
    if (got < some.size()) break;
  }
  return count;
}

size_t hlid_client_wait_any(hlid_client* client, int64_t timeout_ms, hlid_completion* out, size_t capacity) {
  if (client == nullptr || out == nullptr || capacity == 0) return 0;
  const int64_t until_ms = Client::until_ms(timeout_ms);
  // Another call may take first.
  size_t count = 0;
  while (count == 0 && client->client->wait_any(until_ms)) count = hlid_client_take(client, out, capacity);
  return count;
}

hlid_status hlid_client_wait(hlid_client* client, uint64_t tag, int64_t timeout_ms, hlid_completion* out, hlid_error** err) {
  if (client == nullptr) return hlid::fail_null(err, "client");
  if (out == nullptr) return hlid::fail_null(err, "out");
  auto ended = client->client->wait(tag, timeout_ms);
  if (!ended) return hlid::fail(err, std::move(ended).error());
  *out = *ended ? completion_of(**ended) : hlid_completion{nullptr, tag, 0, 0};
  return HLID_OK;
}

hlid_status hlid_client_run(hlid_client* client, hlid_flow* flow, hlid_step* step, hlid_error** err) {
  if (client == nullptr) return hlid::fail_null(err, "client");
  if (flow == nullptr) return hlid::fail_null(err, "flow");
  if (step == nullptr) return hlid::fail_null(err, "step");
  auto ended = client->client->run(*flow);
  if (!ended) return hlid::fail(err, std::move(ended).error());
  *step = static_cast<hlid_step>(*ended);
  return HLID_OK;
}

size_t hlid_client_in_flight(const hlid_client* client) { return client == nullptr ? 0 : client->client->in_flight(); }

void hlid_client_close(hlid_client* client) {
  if (client != nullptr) client->client->close();
}

void hlid_client_free(hlid_client* client) {
  if (client == nullptr) return;
  client->client->close();
  for (const Client::Completion& rest : client->client->take_rest()) hlid_flow_free(completion_of(rest).flow);
  delete client;
}

#else  // The host brings its own HTTP stack.

struct hlid_client {};

namespace {

hlid_status no_client(hlid_error** err) {
  return hlid::fail(err, hlid::Error::state("no_client", "this build of the library has no client (HLID_CLIENT=OFF)"));
}

}  // namespace

hlid_status hlid_client_new(const hlid_app*, int64_t, hlid_client**, hlid_error** err) { return no_client(err); }
hlid_status hlid_client_new_driven(const hlid_app*, int64_t, hlid_client**, hlid_error** err) { return no_client(err); }
int32_t hlid_client_turn(hlid_client*, int64_t, int64_t) { return 0; }
hlid_status hlid_client_start(hlid_client*, hlid_flow*, uint64_t, int32_t, hlid_error** err) { return no_client(err); }
int hlid_client_fd(const hlid_client*) { return -1; }
size_t hlid_client_take(hlid_client*, hlid_completion*, size_t) { return 0; }
size_t hlid_client_wait_any(hlid_client*, int64_t, hlid_completion*, size_t) { return 0; }
hlid_status hlid_client_wait(hlid_client*, uint64_t, int64_t, hlid_completion*, hlid_error** err) { return no_client(err); }
hlid_status hlid_client_run(hlid_client*, hlid_flow*, hlid_step*, hlid_error** err) { return no_client(err); }
size_t hlid_client_in_flight(const hlid_client*) { return 0; }
void hlid_client_close(hlid_client*) {}
void hlid_client_free(hlid_client*) {}

#endif
