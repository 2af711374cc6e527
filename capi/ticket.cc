// hlid_flow_seal and hlid_flow_unseal: a waiting flow as text, and back.
#include "engine/ticket.h"
#include "capi/handles.h"
#include "flows/registry.h"

using hlid::text_of;

hlid_status hlid_flow_seal(hlid_flow* flow, hlid_view binding, int64_t now_ms, hlid_view* out, hlid_error** err) {
  if (flow == nullptr) return hlid::fail_null(err, "flow");
  if (out == nullptr) return hlid::fail_null(err, "out");
  if (!hlid::is_sound(binding)) return hlid::fail_null(err, "binding");
  const hlid::Inside inside(flow);
  if (!inside.taken()) return hlid::fail_busy(err);
  auto sealed = flow->flow.seal(text_of(binding), now_ms);
  if (!sealed) return hlid::finish(std::move(sealed), err);
  *out = hlid::view_of(flow->flow.ticket());
  return HLID_OK;
}

hlid_status hlid_flow_unseal(const hlid_app* app, hlid_view name, hlid_view ticket, hlid_view binding, int64_t now_ms,
                             hlid_flow** out, hlid_error** err) {
  if (app == nullptr) return hlid::fail_null(err, "app");
  if (out == nullptr) return hlid::fail_null(err, "out");
  if (!hlid::is_sound(name)) return hlid::fail_null(err, "name");
  if (!hlid::is_sound(ticket)) return hlid::fail_null(err, "ticket");
  if (!hlid::is_sound(binding)) return hlid::fail_null(err, "binding");
  const hlid::FlowSpec* wanted = nullptr;
  if (name.data != nullptr) {
    wanted = hlid::find_flow(text_of(name));
    if (wanted == nullptr) return hlid::fail(err, hlid::unknown_flow());
  }
  auto opened = hlid::open_ticket(*app->app, wanted == nullptr ? std::string_view() : wanted->name, text_of(ticket),
                                  text_of(binding), now_ms);
  if (!opened) return hlid::fail(err, std::move(opened).error());
  const hlid::FlowSpec* spec = hlid::find_flow(opened->flow);
  if (spec == nullptr) return hlid::fail(err, hlid::refused_ticket());
  if (auto good = spec->check_app(*app->app); !good) return hlid::finish(std::move(good), err);
  auto made = std::make_unique<hlid_flow>(app->app, *spec);
  if (auto restored = made->flow.restore(*opened); !restored) return hlid::finish(std::move(restored), err);
  *out = made.release();
  return HLID_OK;
}

hlid_view hlid_flow_ticket_id(const hlid_flow* flow) {
  return flow == nullptr ? hlid_view{nullptr, 0} : hlid::view_or_absent(flow->flow.ticket_id());
}
