#include "engine/redact.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/text.h"
#include "codec/form.h"
#include "codec/json.h"

namespace hlid {
namespace {

constexpr size_t kShortestSecret = 4;  // shorter ones stand in ordinary words
constexpr size_t kTellingPart = 8;     // so much of a secret's beginning is hidden too

// How a text is read: a '%' or a backslash as itself, or as the beginning of an escape.
enum class Reading { plain, escaped };

// How many bytes of text stand for the character c, in one of the ways in which servers write it; 0: none.
size_t stands_for(std::string_view text, char c, Reading reading) {
  const auto hex = [&](size_t at) { return at < text.size() ? hex_digit(text[at]) : -1; };
  const bool plain = text[0] == c || (text[0] == '+' && c == ' ');
  if (plain && (reading == Reading::plain || (c != '%' && c != '\\'))) return 1;
  const int code = static_cast<unsigned char>(c);
  if (text[0] == '%' && hex(1) >= 0 && hex(2) >= 0 && hex(1) * 16 + hex(2) == code) return 3;
  if (text.starts_with("\\u00") && hex(4) >= 0 && hex(5) >= 0 && hex(4) * 16 + hex(5) == code) return 6;
  if (text.size() > 1 && text[0] == '\\' && text[1] == c) return 2;
  return plain ? 1 : 0;
}

bool is_white(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Bytes at the front of text that are the secret or a telling part of it; 0: none.
size_t leak_at_front(std::string_view text, std::string_view secret, Reading reading) {
  if (secret.size() < kShortestSecret) return 0;
  size_t at = 0;
  size_t met = 0;
  while (met < secret.size()) {
    size_t end = at;
    size_t size = end < text.size() ? stands_for(text.substr(end), secret[met], reading) : 0;
    while (size == 0 && met > 0 && end < text.size() && is_white(text[end])) {
      ++end;
      size = end < text.size() ? stands_for(text.substr(end), secret[met], reading) : 0;
    }
    if (size == 0) break;
    at = end + size;
    ++met;
  }
  return met == secret.size() || met >= kTellingPart ? at : 0;
}

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
         c == '!' || c == '=' || c == '%' || c == '/' || c == '+';
}

// Bytes at the front of text that have the shape of a token; 0: none. "eyJ..." is a JWT or a piece of one,
// "00D...!..." a session id, "5Aep..." a refresh token, wherever in a word they begin ("sid=00D...").
size_t token_at_front(std::string_view text) {
  const bool jwt = text.starts_with("eyJ");
  const bool session = text.starts_with("00D");
  if (!jwt && !session && !text.starts_with("5Aep")) return 0;
  size_t end = 0;
  while (end < text.size() && is_token_char(text[end])) ++end;
  const std::string_view word = text.substr(0, end);
  const bool long_enough = word.size() > (jwt ? 20U : 16U);
  const bool marked = !session || word.find('!') != std::string_view::npos || word.find("%21") != std::string_view::npos;
  return long_enough && marked ? end : 0;
}

// What the text must not hold, as views into the flow, and into what was read for it here.
struct Known {
  std::vector<std::string_view> secrets;
  std::vector<std::unique_ptr<JsonDocument>> documents;
};

// A reCAPTCHA event is an object, but its token alone is what a server would say back.
void add_texts_inside(Known& known, std::string_view secret) {
  if (!secret.starts_with('{')) return;
  auto document = std::make_unique<JsonDocument>();
  if (document->parse(secret) != JsonFault::none) return;
  for (const auto& member : document->root().members()) {
    if (const auto text = member.value.as_text()) known.secrets.push_back(*text);
  }
  known.documents.push_back(std::move(document));
}

Known secrets_of(const Work& work) {
  Known known;
  auto& out = known.secrets;
  for (const auto& [spec, value] : work.parameters()) {
    if (!spec->secret) continue;
    out.push_back(value.view());
    if (spec->single_use) add_texts_inside(known, value.view());
  }
  for (size_t i = 0; i < work.slots().size(); ++i) {
    if (i != static_cast<size_t>(Slot::base_url)) out.push_back(work.slots()[i].view());
  }
  for (const Secret& secret : work.forgotten()) {
    out.push_back(secret.view());
    add_texts_inside(known, secret.view());
  }
  out.push_back(work.app.client_secret.view());
  out.push_back(work.app.integration.client_secret.view());
  for (const auto& [name, value] : work.app.extra_parameters) out.push_back(value.view());
  for (const Header& header : work.request.headers) {
    if (!header.secret) continue;
    out.push_back(header.value.view());
    const size_t space = header.value.view().find(' ');  // after "Basic", "Bearer", "JWT"
    if (space != std::string_view::npos) out.push_back(header.value.view().substr(space + 1));
  }
  return known;
}

}  // namespace

std::string shown(std::string_view text, const Work& work, size_t max) {
  const Known known = secrets_of(work);
  std::string plain;  // holds nothing secret: pieces come in only after they have been looked at
  size_t at = 0;
  while (at < text.size() && plain.size() <= max) {
    size_t hidden = 0;
    for (const std::string_view secret : known.secrets) {
      hidden = std::max({hidden, leak_at_front(text.substr(at), secret, Reading::plain), leak_at_front(text.substr(at), secret, Reading::escaped)});
    }
    hidden = std::max(hidden, token_at_front(text.substr(at)));
    if (hidden != 0) {
      plain += kHidden;
      at += hidden;
    } else {
      plain += text[at++];
    }
  }
  return escape_for_display(plain, max);
}

}  // namespace hlid
