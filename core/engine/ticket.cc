#include "engine/ticket.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/packed.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/sealed.h"

namespace hlid {
namespace {

constexpr char kVersion = 3;
constexpr size_t kIdSize = 16;
constexpr size_t kBindingSize = 16;  // of its SHA-256
constexpr size_t kMaxSealed = kMaxTicket / 4 * 3;
static_assert(kMaxSealed % kTicketStep == 0, "what fits, fits with its padding");
constexpr uint64_t kPadding = 0;  // in place of an entry's kind: the end

// What a ticket is bound to without saying it.
constexpr std::string_view kLabel = "headlessid ticket 2";
std::string bound_to(const App& app) { return join({app.site, std::string_view("\0", 1), app.client_id}); }

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4U];
    out += kHex[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

// Always of one size, so that a ticket does not tell whether it is bound.
std::string binding_digest(std::string_view binding) {
  if (binding.empty()) return std::string(kBindingSize, '\0');
  return std::string(as_view(sha256(binding)).substr(0, kBindingSize));
}

size_t size_of(const TicketEntry& entry) { return 1 + 1 + entry.name.size() + 2 + entry.value.size(); }

void put_entry(Secret& out, const TicketEntry& entry) {
  put_number(out, static_cast<uint64_t>(entry.kind), 1);
  put_name(out, entry.name);
  put_number(out, entry.value.size(), 2);
  out.append(entry.value);
}

// Leaves optional entries out, the last first, until the rest fits.
bool fit(std::vector<TicketEntry>& entries, size_t room) {
  size_t needed = 0;
  for (const TicketEntry& entry : entries) needed += size_of(entry);
  for (size_t i = entries.size(); i-- > 0 && needed > room;) {
    if (!entries[i].optional) continue;
    needed -= size_of(entries[i]);
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return needed <= room;
}

Error no_seal_keys() {
  Error error = Error::state("no_seal_keys", "the app's settings have no seal_keys");
  error.edit().field = "seal_keys";
  error.edit().advice = Advice::fix_argument;
  error.edit().hint = "set seal_keys to id:key; this makes a key: openssl rand -base64 32";
  return error;
}

}  // namespace

Error refused_ticket() {
  Error error = Error::argument(
      "ticket", "cannot be opened: it was altered, has expired, or was sealed for another app or with another key");
  error.edit().reason = "ticket_refused";
  error.edit().advice = Advice::restart;
  return error;
}

Result<SealedTicket> seal_ticket(const App& app, std::string_view flow, std::string_view state, std::vector<TicketEntry> entries,
                                 std::string_view binding, int64_t now_ms) {
  if (app.seal_keys.empty()) return no_seal_keys();
  auto random = random_bytes(kIdSize);
  if (!random) return std::move(random).error();
  const std::string_view id = random->view();
  const size_t seal_size = sealed_frame(app.seal_keys.front().first.size());
  Secret plain;
  plain.reserve(kMaxSealed);
  put_number(plain, static_cast<uint64_t>(now_ms), 8);
  put_number(plain, static_cast<uint64_t>(now_ms + app.seal_lifetime_s * 1000), 8);
  plain.append(id);
  plain.append(binding_digest(binding));
  put_name(plain, flow);
  put_name(plain, state);
  const size_t frame = seal_size + plain.size();
  if (!fit(entries, kMaxSealed - frame)) return Error::state("ticket_too_large", "the flow does not fit into a ticket");
  for (const TicketEntry& entry : entries) put_entry(plain, entry);
  const size_t whole_size = seal_size + plain.size();
  plain.resize(plain.size() + (kTicketStep - whole_size % kTicketStep) % kTicketStep);
  auto whole = hlid::seal(app.seal_keys, kVersion, kLabel, bound_to(app), plain.view());
  if (!whole) return std::move(whole).error();
  return SealedTicket{to_base64(whole->view(), Base64::url_unpadded), hex_of(id)};
}

Result<OpenedTicket> open_ticket(const App& app, std::string_view flow, std::string_view ticket, std::string_view binding,
                                 int64_t now_ms) {
  // Told first, because it is the app's own fault and says nothing of the ticket.
  if (app.seal_keys.empty()) return no_seal_keys();
  if (ticket.size() > kMaxTicket) return refused_ticket();
  const auto whole = from_base64(ticket, Base64::url_unpadded);
  if (!whole) return refused_ticket();
  auto plain = unseal(app.seal_keys, kVersion, kLabel, bound_to(app), whole->view());
  if (!plain) return refused_ticket();

  OpenedTicket out;
  out.plain = std::move(*plain);
  PackedReader inner(out.plain.view());
  const auto sealed_ms = static_cast<int64_t>(inner.number(8));
  const auto ends_ms = static_cast<int64_t>(inner.number(8));
  out.id = hex_of(inner.bytes(kIdSize));
  const std::string_view digest = inner.bytes(kBindingSize);
  out.flow = inner.name();
  out.state = inner.name();
  while (inner.good() && !inner.at_end()) {
    TicketEntry entry;
    const uint64_t kind = inner.number(1);
    if (kind == kPadding) break;
    entry.kind = static_cast<TicketEntry::Kind>(kind);
    entry.name = inner.name();
    entry.value = inner.bytes(inner.number(2));
    out.entries.push_back(entry);
  }
  // A clock that was put back does not make it last longer than the skew.
  if (!inner.good() || now_ms >= ends_ms || now_ms < sealed_ms - kTicketSkewMs) return refused_ticket();
  if (!equal_constant_time(digest, binding_digest(binding))) {
    Error error = Error::state("other_session", "the ticket belongs to a different session");
    error.edit().advice = Advice::restart;
    return error;
  }
  // Last, so that a stolen ticket does not say what it holds.
  if (!flow.empty() && flow != out.flow) {
    Error error = Error::state("other_flow", join({"the ticket belongs to the flow ", out.flow, ", not to ", flow}));
    error.edit().advice = Advice::restart;
    return error;
  }
  return out;
}

}  // namespace hlid
