// A flow into a ticket and back: what of it is kept, and where that goes.
#include <algorithm>
#include <iterator>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "engine/flow.h"

namespace hlid {

// A flow that waits for its page to be used has shown it: the caller that opens the ticket can show it again.
const StateSpec* Flow::sealed_state() const {
  if (phase_ == Phase::asking && (step_ == Step::ask || step_ == Step::show)) return &state();
  if (phase_ != Phase::waiting || errand_ != Errand::none || state().step != Step::wait) return nullptr;
  const auto page = std::find_if(spec_->states.begin(), spec_->states.end(),
                                 [](const StateSpec& row) { return row.step == Step::show && row.ask == nullptr; });
  return page == spec_->states.end() ? nullptr : &*page;
}

Result<void> Flow::seal(std::string_view binding, int64_t now_ms) {
  const StateSpec* at = sealed_state();
  if (at == nullptr)
    return Error::state("wrong_step", "a flow is sealed while it waits at ASK or SHOW, or for its page to be used");
  std::vector<TicketEntry> entries;
  const auto add_slots = [&](InTicket which) {
    for (const SlotSpec* slot : spec_->slots) {
      if (slot->in_ticket != which || !work_.has(*slot)) continue;
      entries.push_back({TicketEntry::Kind::slot, slot->name, work_.slot(*slot), which == InTicket::if_room});
    }
  };
  add_slots(InTicket::always);
  for (const ValueSpec* spent : work_.spent_) entries.push_back({TicketEntry::Kind::spent, spent->name, {}, false});
  for (const auto& [spec, value] : work_.parameters_) {
    if (spec->in_ticket == InTicket::never) continue;
    entries.push_back({TicketEntry::Kind::parameter, spec->name, value.view(), spec->in_ticket == InTicket::if_room});
  }
  add_slots(InTicket::if_room);  // last, so that they are the first to be left out: nothing is lost with them
  auto sealed =
      seal_ticket(*app_, spec_->name, at->name, std::move(entries), binding, std::clamp<int64_t>(now_ms, 0, kLastTimeMs));
  if (!sealed) return std::move(sealed).error();
  ticket_ = std::make_unique<SealedTicket>(std::move(*sealed));
  return {};
}

Result<void> Flow::restore(const OpenedTicket& ticket) {
  const auto state =
      std::find_if(spec_->states.begin(), spec_->states.end(), [&](const StateSpec& row) { return ticket.state == row.name; });
  if (phase_ != Phase::fresh || state == spec_->states.end() || (state->step != Step::ask && state->step != Step::show))
    return refused_ticket();
  for (const TicketEntry& entry : ticket.entries) {
    if (entry.kind == TicketEntry::Kind::slot) {
      const auto slot = std::find_if(spec_->slots.begin(), spec_->slots.end(), [&](const SlotSpec* row) {
        return entry.name == row->name && row->in_ticket != InTicket::never;
      });
      if (slot == spec_->slots.end()) return refused_ticket();
      work_.keep(**slot, entry.value);
      continue;
    }
    const auto parameter = std::find_if(spec_->parameters.begin(), spec_->parameters.end(),
                                        [&](const ValueSpec& row) { return entry.name == row.name; });
    if (parameter == spec_->parameters.end()) return refused_ticket();
    if (entry.kind == TicketEntry::Kind::spent) {
      work_.spent_.push_back(&*parameter);
    } else {
      work_.parameters_.emplace_back(&*parameter, Secret(entry.value));
    }
  }
  ticket_ = std::make_unique<SealedTicket>(Secret(), ticket.id);
  state_ = static_cast<uint8_t>(std::distance(spec_->states.begin(), state));
  phase_ = Phase::restored;
  return {};
}

}  // namespace hlid
