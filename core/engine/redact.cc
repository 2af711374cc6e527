#include "engine/redact.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/form.h"
#include "codec/json.h"
#include "codec/unescape.h"
#include "crypto/random.h"
#include "engine/members.h"
#include "oauth/callback.h"

namespace hlid {
namespace {

constexpr size_t kShortestSecret = 4;    // shorter ones occur in ordinary words
constexpr size_t kShortestNumber = 6;    // of a personal value: a year says nothing
constexpr size_t kShortestUnheard = 12;  // of an unknown member
constexpr size_t kPiece = 8;             // this many letters of a secret in a row are hidden
constexpr size_t kTelling = 16;          // the same of a personal value
constexpr size_t kLongestEncoded = 256;  // secrets that are looked for in base64 and hex
constexpr size_t kLookedAt = 64 * 1024;  // of one text: a secret may fill it, and what follows is still shown
constexpr size_t kLookedAtInAll = 128 * 1024;
constexpr size_t kMaxTaken = 64 * 1024;  // of the secrets in a response

bool is_token_char(char c) {
  return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.' || c == '!' || c == '=' || c == '%' || c == '/' || c == '+';
}

// Where in a word something begins that has the shape of a token; npos: nowhere. "eyJ..." is a JWT or a piece of one,
// "00D...!..." a session id, "5Aep..." a refresh token, wherever in a word they begin ("sid=00D...").
size_t token_in(std::string_view word) {
  const size_t mark = word.rfind('!');
  const size_t escaped = word.rfind("%21");
  for (size_t at = 0; at + 16 < word.size(); ++at) {
    const std::string_view rest = word.substr(at);
    if (rest.starts_with("5Aep") || (rest.size() > 20 && rest.starts_with("eyJ"))) return at;
    const bool marked = (mark != std::string_view::npos && mark > at) || (escaped != std::string_view::npos && escaped > at);
    if (marked && rest.starts_with("00D")) return at;
  }
  return std::string_view::npos;
}

// The same for a letter in either case, of ASCII and of Latin-1.
unsigned char folded(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 'A' && byte <= 'Z') || (byte >= 0xC0 && byte <= 0xDE) ? static_cast<unsigned char>(byte | 0x20U) : byte;
}

}  // namespace

// Which bytes of a text are hidden: how many ranges begin and end at each.
class Redactor::Marks {
 public:
  explicit Marks(size_t size) : changes_(size + 1) {}
  void cover(size_t begin, size_t end) {
    ++changes_[begin];
    --changes_[end];
  }
  void extend(size_t old_end, size_t end) {
    ++changes_[old_end];
    --changes_[end];
  }
  [[nodiscard]] int change(size_t at) const { return changes_[at]; }

 private:
  std::vector<int32_t> changes_;
};

Redactor::Redactor(const Context& work, For what) : left_(kLookedAtInAll) {
  add_flow(work);
  add_response(work.response, what);
  make_table();
}

void Redactor::add_form(Secret letters, size_t enough) {
  if (letters.size() < kShortestSecret) return;
  enough = std::min(enough, letters.size());
  forms_.push_back({std::move(letters), static_cast<uint32_t>(enough)});
}

// A secret in base64 as part of something longer: three ways, by where it begins; the letters at both ends depend on
// their neighbours.
void Redactor::add_encoded(std::string_view secret) {
  constexpr std::string_view kHex = "0123456789abcdef";
  Secret hex;
  for (const char c : secret) {
    hex.append(kHex[static_cast<unsigned char>(c) >> 4U]);
    hex.append(kHex[static_cast<unsigned char>(c) & 15U]);
  }
  add_form(std::move(hex), kPiece);
  for (size_t before = 0; before < 3; ++before) {
    Secret padded;
    padded.resize(before);
    padded.append(secret);
    for (const Base64 alphabet : {Base64::standard, Base64::url_unpadded}) {
      const Secret encoded = to_base64(padded.view(), alphabet);
      const size_t first = before == 0 ? 0 : before + 1;
      const size_t last = padded.size() * 8 / 6;
      if (last < first + kPiece) continue;
      Unescaped letters(encoded.view().substr(first, last - first));
      letters.fold();
      add_form(Secret(letters.bytes()), kPiece);
    }
  }
}

void Redactor::add(std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  Unescaped letters(secret);
  letters.fold();
  // Also unchanged, for texts in which it forms an escape together with a neighbour.
  if (secret != letters.bytes()) add_form(Secret(secret), kPiece);
  add_form(Secret(letters.bytes()), kPiece);
  if (secret.size() <= kLongestEncoded) add_encoded(secret);
}

// An address is hidden as a whole, or else each of the same site would be.
void Redactor::add_value(std::string_view value) {
  if (value.size() < kShortestSecret) return;
  const bool address = value.find("://") != std::string_view::npos;
  Unescaped letters(value);
  letters.fold();
  const size_t size = letters.bytes().size();
  add_form(Secret(letters.bytes()), address ? size : std::min(size, kTelling));
}

// Of an object only the values: its names occur in every text about it.
void Redactor::add_texts_in(std::string_view json) {
  JsonDocument document;
  if (document.parse(json) != JsonFault::none) return add(json);
  std::vector<JsonValue> open = {document.root()};
  while (!open.empty()) {
    const JsonValue value = open.back();
    open.pop_back();
    if (const auto text = value.as_text()) add_value(*text);
    const auto number = value.as_integer();
    if (number && std::to_string(*number).size() >= kShortestNumber) add_value(std::to_string(*number));
    for (const auto& member : value.members()) open.push_back(member.value);
    for (const JsonValue& item : value.items()) open.push_back(item);
  }
}

// Of markup only what stands between its tags, for the same reason.
void Redactor::add_texts_between_tags(std::string_view xml) {
  while (!xml.empty()) {
    const size_t tag = std::min(xml.find('<'), xml.size());
    add_value(xml.substr(0, tag));
    xml.remove_prefix(std::min(xml.find('>', tag), xml.size() - 1) + 1);
  }
}

void Redactor::add_flow(const Context& work) {
  for (const auto& [spec, value] : work.parameters()) {
    if (!spec->secret) continue;
    if (spec->kind == ValueKind::json) {
      add_texts_in(value.view());
    } else if (value.view().starts_with('<')) {
      add_texts_between_tags(value.view());
    } else {
      add(value.view());
    }
  }
  for (const auto& [slot, value] : work.slots()) {
    if (!slot->is_public) add(value.view());
  }
  for (const Secret& secret : work.forgotten()) {
    if (secret.view().starts_with('{')) {
      add_texts_in(secret.view());
    } else {
      add(secret.view());
    }
  }
  if (work.ask.secret) add_given(work.given.view(), work.app.redirect_uri);
  add(work.app.client_secret.view());
  add(work.app.integration.client_secret.view());
  for (const auto& [name, value] : work.app.extra_parameters) add_value(value.view());
  const std::string_view proxy = work.app.proxy.view();
  const size_t user = proxy.find("://");
  const size_t host = proxy.rfind('@');
  if (user != std::string_view::npos && host != std::string_view::npos && host > user) {
    const std::string_view credentials = proxy.substr(user + 3, host - user - 3);
    add(credentials.substr(std::min(credentials.find(':'), credentials.size() - 1) + 1));
  }
  for (const Header& header : work.request.headers) {
    // Of OAuth 1.0a's header the names are in every text about it: the flow itself says what in it is secret.
    if (!header.secret || header.value.starts_with("OAuth ")) continue;
    const size_t space = header.value.find(' ');  // after "Basic", "Bearer", "JWT"
    add(header.value.substr(space == std::string_view::npos ? 0 : space + 1));
  }
}

// What a person typed; or the address that a browser came back to, of which only the parameters are secret: in its query, and
// in its fragment.
void Redactor::add_given(std::string_view given, std::string_view redirect_uri) {
  const size_t behind = given.find_first_of("?#");
  const bool is_address = given.find("://") < behind || match_callback(given, redirect_uri).differs == CallbackDiffers::nothing;
  if (behind == std::string_view::npos || !is_address) return add(given);
  std::string_view rest = given.substr(behind + 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('#'), rest.size());
    FormReader reader(rest.substr(0, end));
    while (reader.next()) {
      if (is_public_member(reader.name()) || reader.value().size() < kPiece) continue;
      add(reader.value());
      if (const auto decoded = form_decoded(reader.value())) add(decoded->view());
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

// What a response contains in one place is not shown in another, even before it is read.
void Redactor::add_response(const Response& response, For what) {
  size_t taken = 0;
  const auto take = [&](std::string_view name, std::string_view value) {
    if (is_public_member(name) || taken + value.size() > kMaxTaken) return;
    const bool secret = is_secret_member(name);
    const bool plain_address =
        value.find("://") != std::string_view::npos && value.find_first_of("?#@") == std::string_view::npos;
    if (!secret && (what == For::words || value.size() < kShortestUnheard || plain_address)) return;
    taken += value.size();
    if (secret) {
      add(value);
    } else {
      add_value(value);
    }
  };
  for (const Header& header : response.headers) {
    const std::string_view value = header.value;
    if (equals_ignoring_case(header.name, "set-cookie")) {
      const std::string_view pair = value.substr(0, value.find(';'));
      const size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.size() - equals > kPiece) take("sid", pair.substr(equals + 1));
    } else if (equals_ignoring_case(header.name, "location")) {
      const size_t mark = value.find_first_of("?#");
      if (mark == std::string_view::npos) continue;
      FormReader reader(value.substr(mark + 1));
      while (reader.next()) take(reader.name(), reader.value());
    }
  }
  JsonDocument document;
  if (response.body.empty() || response.body.size() > kMaxResponseBody || document.parse(response.body.view()) != JsonFault::none)
    return;
  std::vector<std::pair<std::string_view, JsonValue>> open = {{{}, document.root()}};
  while (!open.empty()) {
    const auto [name, value] = open.back();
    open.pop_back();
    if (const auto text = value.as_text()) take(name, *text);
    for (const auto& member : value.members()) {
      // Below an unknown member, a public name means nothing.
      open.emplace_back(name.empty() || is_public_member(name) || is_secret_member(member.name) ? member.name : name,
                        member.value);
    }
    for (const JsonValue& item : value.items()) open.emplace_back(name, item);
  }
}

void Redactor::make_table() {
  size_t pieces = 0;
  for (const Form& form : forms_) pieces += form.letters.size();
  const size_t slots = std::bit_ceil(pieces * 2 + 1);
  mask_ = slots - 1;
  key_ = static_cast<uint64_t>(random_up_to(INT64_MAX));
  table_.resize(slots * sizeof(uint64_t));
  enough_.resize(slots);
  for (const Form& form : forms_) {
    const std::string_view letters = form.letters.view();
    const size_t size = std::min(letters.size(), kPiece);
    sizes_[size] = true;
    for (size_t at = 0; at + size <= letters.size(); ++at) {
      uint64_t piece = 0;
      for (size_t i = 0; i < size; ++i) piece |= static_cast<uint64_t>(folded(letters[at + i])) << (8 * i);
      const size_t slot = slot_of(piece);
      std::memcpy(table_.data() + slot * sizeof piece, &piece, sizeof piece);
      enough_[slot] = enough_[slot] == 0 ? form.enough : std::min(enough_[slot], form.enough);
    }
  }
}

// Where the piece is, or would be. Its hash has a key, so that no crafted text can make all of its pieces collide.
size_t Redactor::slot_of(uint64_t piece) {
  uint64_t hash = (piece ^ key_) * 0x9E3779B97F4A7C15U;
  hash = (hash ^ hash >> 29U ^ key_) * 0xBF58476D1CE4E5B9U;
  size_t slot = (hash ^ hash >> 32U) & mask_;
  for (;; slot = (slot + 1) & mask_) {
    ++steps_;
    uint64_t found = 0;
    std::memcpy(&found, table_.data() + slot * sizeof found, sizeof found);
    if (enough_[slot] == 0 || found == piece) return slot;
  }
}

// Hides the runs of known pieces, of each size for itself. `begin` and `end` lead from letters to the text.
template <typename Begin, typename End>
void Redactor::mark(std::string_view letters, Marks& marks, Begin begin, End end) {
  struct Run {
    size_t first = 0;
    size_t next = 0;  // one after its last letter; 0: there is none
    size_t enough = 0;
    size_t hidden_to = 0;  // 0: not hidden yet
  };
  Run runs[kPiece + 1];
  uint64_t last = 0;  // eight letters, the newest on top
  for (size_t i = 0; i < letters.size(); ++i) {
    last = last >> 8U | static_cast<uint64_t>(folded(letters[i])) << 56U;
    for (size_t size = kShortestSecret; size <= kPiece; ++size) {
      if (!sizes_[size] || i + 1 < size) continue;
      const size_t enough = enough_[slot_of(last >> (8 * (kPiece - size)))];
      if (enough == 0) continue;
      const size_t first = i + 1 - size;
      if (enough <= size) marks.cover(begin(first), end(i));
      Run& run = runs[size];
      if (run.next != i || i == 0) run = {first, i, 0, 0};
      run.next = i + 1;
      run.enough = std::max(run.enough, enough);
      if (run.next - run.first < run.enough) continue;
      if (run.hidden_to == 0) {
        marks.cover(begin(run.first), end(i));
      } else {
        marks.extend(run.hidden_to, end(i));
      }
      run.hidden_to = end(i);
    }
  }
}

namespace {

template <typename Marks, typename Begin, typename End>
void mark_tokens(std::string_view text, Marks& marks, Begin begin, End end) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (!is_token_char(text[at])) continue;
    size_t word_end = at;
    while (word_end < text.size() && is_token_char(text[word_end])) ++word_end;
    const size_t token = token_in(text.substr(at, word_end - at));
    if (token != std::string_view::npos) marks.cover(begin(at + token), end(word_end - 1));
    at = word_end;
  }
}

}  // namespace

std::string Redactor::redacted(std::string_view text, size_t max) {
  const std::string_view seen = text.substr(0, std::min(left_, kLookedAt));
  left_ -= seen.size();
  Marks marks(seen.size());
  const auto same = [](size_t at) { return at; };
  const auto behind = [](size_t at) { return at + 1; };
  mark_tokens(seen, marks, same, behind);
  Unescaped letters(seen);
  const auto begin = [&](size_t at) { return size_t{letters.begin(at)}; };
  const auto end = [&](size_t at) { return size_t{letters.end(at)}; };
  if (letters.changed()) {
    mark_tokens(letters.bytes(), marks, begin, end);
    mark(seen, marks, same, behind);
  }
  letters.fold();
  mark(letters.bytes(), marks, begin, end);
  if (letters.drop_tags()) mark(letters.bytes(), marks, begin, end);
  steps_ += letters.steps() + 2 * seen.size();

  std::string plain;  // holds nothing secret: pieces come in only after they have been looked at
  int covering = 0;
  bool hiding = false;
  for (size_t at = 0; at < seen.size() && plain.size() <= max; ++at) {
    covering += marks.change(at);
    if (covering == 0) {
      plain += seen[at];
    } else if (!hiding) {
      plain += kHidden;
    }
    hiding = covering != 0;
  }
  if (seen.size() < text.size() && !hiding) plain += kHidden;
  return escape_for_display(plain, max);
}

std::string redacted(std::string_view text, const Context& work, size_t max) {
  return text.empty() ? std::string() : Redactor(work, Redactor::For::words).redacted(text, max);
}

}  // namespace hlid
