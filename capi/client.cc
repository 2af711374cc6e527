// hlid_client: the C face of core/net, or of its absence.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "capi/handles.h"

#ifdef HLID_HAS_CLIENT
#include "net/client.h"
#endif

namespace {

constexpr size_t kLargest = 4096;

}  // namespace

void hlid_client_options_init(hlid_client_options* options, size_t struct_size) {
  if (options == nullptr || struct_size < sizeof(size_t) || struct_size > kLargest) return;
  std::memset(options, 0, struct_size);
  options->struct_size = struct_size;
}

#ifdef HLID_HAS_CLIENT

using hlid::Client;
using hlid::Error;
using hlid::Result;

struct hlid_client {
  std::unique_ptr<Client> client;
};

namespace {

// Where the smallest struct ends that any release had.
constexpr size_t kSmallest = offsetof(hlid_client_options, max_in_flight) + sizeof(int64_t);

Result<int64_t> read_options(const hlid_client_options* options) {
  if (options == nullptr) return int64_t{0};
  if (options->struct_size < kSmallest || options->struct_size > kLargest) {
    return Error::argument("struct_size", "is none that hlid_client_options ever had");
  }
  const auto* bytes = reinterpret_cast<const char*>(options);
  if (options->struct_size > sizeof *options &&
      std::any_of(bytes + sizeof *options, bytes + options->struct_size, [](char byte) { return byte != 0; })) {
    return Error::argument("struct_size", "asks for options that this library does not know");
  }
  if (options->flags != 0) return Error::argument("flags", "has a bit that is no flag of a client");
  return options->max_in_flight;
}

// The flow goes back to the host.
hlid_completion hand_back(const Client::Completion& completion) {
  auto* flow = static_cast<hlid_flow*>(completion.owner);
  flow->busy.store(false, std::memory_order_release);
  return {flow, completion.tag, static_cast<hlid_step>(completion.step), 0};
}

// Lends the flow to the client for as long as the call succeeds.
template <typename Call>
hlid_status lend(hlid_flow* flow, hlid_error** err, Call&& call) {
  if (flow->busy.exchange(true, std::memory_order_acquire)) return hlid::fail_busy(err);
  auto result = call();
  if (result) return HLID_OK;
  flow->busy.store(false, std::memory_order_release);
  return hlid::fail(err, std::move(result).error());
}

}  // namespace

hlid_status hlid_client_new(const hlid_app* app, const hlid_client_options* options, hlid_client** out, hlid_error** err) {
  if (app == nullptr) return hlid::fail_null(err, "app");
  if (out == nullptr) return hlid::fail_null(err, "out");
  Result<int64_t> max_in_flight = read_options(options);
  if (!max_in_flight) return hlid::fail(err, std::move(max_in_flight).error());
  auto client = Client::create(app->app, *max_in_flight);
  if (!client) return hlid::fail(err, std::move(client).error());
  *out = new hlid_client{std::move(*client)};
  return HLID_OK;
}

hlid_status hlid_client_start(hlid_client* client, hlid_flow* flow, uint64_t tag, int32_t how, hlid_error** err) {
  if (client == nullptr) return hlid::fail_null(err, "client");
  if (flow == nullptr) return hlid::fail_null(err, "flow");
  if (how != HLID_START_QUEUE && how != HLID_START_WAIT)
    return hlid::fail(err, Error::argument("how", "is none of HLID_START_*"));
  return lend(flow, err, [&] { return client->client->start(flow->flow, flow, tag, how == HLID_START_WAIT); });
}

int hlid_client_fd(const hlid_client* client) { return client == nullptr ? -1 : client->client->fd(); }

size_t hlid_client_take(hlid_client* client, hlid_completion* out, size_t capacity) {
  if (client == nullptr || out == nullptr) return 0;
  std::array<Client::Completion, 64> some;
  size_t count = 0;
  while (count < capacity) {
    const size_t got = client->client->take(some.data(), std::min(some.size(), capacity - count));
    for (size_t i = 0; i < got; ++i) out[count++] = hand_back(some[i]);
    if (got < some.size()) break;
  }
  return count;
}

hlid_status hlid_client_wait(hlid_client* client, uint64_t tag, int64_t timeout_ms, hlid_completion* out, hlid_error** err) {
  if (client == nullptr) return hlid::fail_null(err, "client");
  if (out == nullptr) return hlid::fail_null(err, "out");
  auto ended = client->client->wait(tag, timeout_ms);
  if (!ended) return hlid::fail(err, std::move(ended).error());
  *out = *ended ? hand_back(**ended) : hlid_completion{nullptr, tag, 0, 0};
  return HLID_OK;
}

hlid_status hlid_client_run(hlid_client* client, hlid_flow* flow, hlid_step* step, hlid_error** err) {
  if (client == nullptr) return hlid::fail_null(err, "client");
  if (flow == nullptr) return hlid::fail_null(err, "flow");
  if (step == nullptr) return hlid::fail_null(err, "step");
  return lend(flow, err, [&]() -> Result<void> {
    Result<hlid::Step> ended = client->client->run(flow->flow);
    if (!ended) return std::move(ended).error();
    *step = static_cast<hlid_step>(*ended);
    flow->busy.store(false, std::memory_order_release);
    return {};
  });
}

void hlid_client_cancel(hlid_client* client, uint64_t tag) {
  if (client != nullptr) client->client->cancel(tag);
}

size_t hlid_client_in_flight(const hlid_client* client) { return client == nullptr ? 0 : client->client->in_flight(); }

void hlid_client_close(hlid_client* client) {
  if (client != nullptr) client->client->close();
}

void hlid_client_free(hlid_client* client) {
  if (client == nullptr) return;
  client->client->close();
  for (const Client::Completion& completion : client->client->take_rest()) hlid_flow_free(hand_back(completion).flow);
  delete client;
}

#else  // The host brings its own HTTP stack.

struct hlid_client {};

namespace {

hlid_status no_client(hlid_error** err) {
  return hlid::fail(err, hlid::Error::state("no_client", "this build of the library has no client (HLID_CLIENT=OFF)"));
}

}  // namespace

hlid_status hlid_client_new(const hlid_app*, const hlid_client_options*, hlid_client**, hlid_error** err) {
  return no_client(err);
}
hlid_status hlid_client_start(hlid_client*, hlid_flow*, uint64_t, int32_t, hlid_error** err) { return no_client(err); }
int hlid_client_fd(const hlid_client*) { return -1; }
size_t hlid_client_take(hlid_client*, hlid_completion*, size_t) { return 0; }
hlid_status hlid_client_wait(hlid_client*, uint64_t, int64_t, hlid_completion*, hlid_error** err) { return no_client(err); }
hlid_status hlid_client_run(hlid_client*, hlid_flow*, hlid_step*, hlid_error** err) { return no_client(err); }
void hlid_client_cancel(hlid_client*, uint64_t) {}
size_t hlid_client_in_flight(const hlid_client*) { return 0; }
void hlid_client_close(hlid_client*) {}
void hlid_client_free(hlid_client*) {}

#endif
