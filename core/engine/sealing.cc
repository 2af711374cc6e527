// A flow into a ticket and back: what of it is kept, and where that goes.
#include <algorithm>
#include <iterator>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "engine/flow.h"

namespace hlid {
namespace {

// What can be in a ticket. A code, a verifier of an authorize call that is over, a token: never. The guest's token is
// a proof that the plain UVID beside it can do without.
struct SlotName {
  Slot slot;
  const char* name;
  bool optional;
};
constexpr SlotName kSlots[] = {
    {Slot::verifier, "verifier", false},     {Slot::state, "state", false}, {Slot::uvid, "uvid", false},
    {Slot::identifier, "identifier", false}, {Slot::otp, "otp", false},     {Slot::auth_session, "auth_session", false},
    {Slot::uvid_hint, "uvid_hint", true},
};

// Not a slot, but kept in the same way: a loop's maximum holds across tickets.
constexpr std::string_view kRounds = "rounds";
constexpr int64_t kMaxRounds = 1'000'000;

}  // namespace

Result<void> Flow::seal(std::string_view binding, int64_t now_ms) {
  if (phase_ != Phase::asking || (step_ != Step::ask && step_ != Step::show)) {
    return Error::state("wrong_step", "a flow is sealed while it waits at ASK or SHOW");
  }
  std::vector<TicketEntry> entries;
  const auto add_slots = [&](bool optional) {
    for (const SlotName& row : kSlots) {
      const std::string_view value = work_.slot(row.slot);
      if (row.optional == optional && !value.empty()) entries.push_back({TicketEntry::Kind::slot, row.name, value, optional});
    }
  };
  add_slots(false);
  const std::string rounds = std::to_string(work_.rounds);
  if (work_.rounds > 0) entries.push_back({TicketEntry::Kind::slot, kRounds, rounds, false});
  for (const ValueSpec* spent : work_.spent_) entries.push_back({TicketEntry::Kind::spent, spent->name, {}, false});
  for (const auto& [spec, value] : work_.parameters_) {
    if (spec->in_ticket == InTicket::never) continue;
    entries.push_back({TicketEntry::Kind::parameter, spec->name, value.view(), spec->in_ticket == InTicket::if_room});
  }
  add_slots(true);  // last, so that they are the first to be left out: nothing is lost with them
  auto sealed = seal_ticket(*app_, spec_->name, spec_->states[state_].name, std::move(entries), binding,
                            std::clamp<int64_t>(now_ms, 0, kLastTimeMs));
  if (!sealed) return std::move(sealed).error();
  ticket_ = std::move(sealed->text);
  ticket_id_ = std::move(sealed->id);
  return {};
}

Result<void> Flow::restore(const OpenedTicket& ticket) {
  const auto state =
      std::find_if(spec_->states.begin(), spec_->states.end(), [&](const StateSpec& row) { return ticket.state == row.name; });
  if (phase_ != Phase::fresh || state == spec_->states.end() || (state->step != Step::ask && state->step != Step::show))
    return refused_ticket();
  for (const TicketEntry& entry : ticket.entries) {
    if (entry.kind == TicketEntry::Kind::slot && entry.name == kRounds) {
      work_.rounds = static_cast<int>(std::min<int64_t>(read_decimal(entry.value).value_or(0), kMaxRounds));
      continue;
    }
    if (entry.kind == TicketEntry::Kind::slot) {
      const auto* slot =
          std::find_if(std::begin(kSlots), std::end(kSlots), [&](const SlotName& row) { return entry.name == row.name; });
      if (slot == std::end(kSlots)) return refused_ticket();
      work_.keep(slot->slot, entry.value);
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
  ticket_id_ = ticket.id;
  state_ = static_cast<uint8_t>(std::distance(spec_->states.begin(), state));
  phase_ = Phase::restored;
  return {};
}

}  // namespace hlid
