#include "engine/redact.h"

#include <algorithm>

#include "codec/form.h"

namespace hlid {
namespace {

constexpr size_t kShortestSecret = 4;  // shorter ones stand in ordinary words

void hide(std::string& text, std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kHidden.size())) {
    text.replace(at, secret.size(), kHidden);
  }
}

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
         c == '!' || c == '=' || c == '%' || c == '/' || c == '+';
}

// "eyJ..." is a JWT or a piece of one, "00D...!..." a session id, "5Aep..." a refresh token.
void hide_tokens(std::string& text) {
  for (size_t at = 0; at < text.size();) {
    if (!is_token_char(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && is_token_char(text[end])) ++end;
    const std::string_view word = std::string_view(text).substr(at, end - at);
    const bool session = word.starts_with("00D") && word.size() > 16 && (word.find('!') != std::string_view::npos || word.find("%21") != std::string_view::npos);
    const bool secret = session || (word.find("eyJ") != std::string_view::npos && word.size() > 20) || (word.starts_with("5Aep") && word.size() > 16);
    if (secret) {
      text.replace(at, word.size(), kHidden);
      end = at + kHidden.size();
    }
    at = end;
  }
}

}  // namespace

std::string redacted(std::string text, const Work& work) {
  if (text.empty()) return text;
  const auto hide_both = [&](std::string_view secret) {
    hide(text, secret);
    Secret encoded;
    append_form_encoded(encoded, secret);
    hide(text, encoded.view());
  };
  for (const auto& [spec, value] : work.parameters_) {
    if (spec->secret) hide_both(value.view());
  }
  for (const Secret& value : work.slots()) hide_both(value.view());
  if (!work.app.client_secret.empty()) hide_both(work.app.client_secret.view());
  hide_tokens(text);
  return text;
}

}  // namespace hlid
