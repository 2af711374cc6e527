#include "oauth/oauth1_signature.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/form.h"
#include "codec/url.h"
#include "crypto/digest.h"

namespace hlid {
namespace {

Secret encoded(std::string_view text) {
  Secret out;
  append_percent_encoded(out, text);
  return out;
}

// Both encoded, since that is how they are sorted.
using Encoded = std::pair<Secret, Secret>;

bool add_form(std::vector<Encoded>& out, std::string_view form) {
  FormReader reader(form);
  while (reader.next()) {
    const auto name = form_decoded(reader.name());
    const auto value = form_decoded(reader.value());
    if (!name || !value) return false;
    out.emplace_back(encoded(name->view()), encoded(value->view()));
  }
  return true;
}

bool by_name_and_value(const Encoded& a, const Encoded& b) {
  return a.first.view() != b.first.view() ? a.first.view() < b.first.view() : a.second.view() < b.second.view();
}

void append_upper(Secret& out, std::string_view method) {
  for (const char c : method) out.append(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
}

}  // namespace

std::optional<Secret> oauth1_base_string(std::string_view method, std::string_view url, std::string_view form,
                                         std::span<const OAuth1Parameter> parameters) {
  const auto address = parse_url(url);
  if (!address || !address->has_authority) return std::nullopt;
  std::vector<Encoded> all;
  all.reserve(parameters.size());
  for (const auto& [name, value] : parameters) all.emplace_back(encoded(name), encoded(value));
  if (!add_form(all, address->query) || !add_form(all, form)) return std::nullopt;
  std::sort(all.begin(), all.end(), by_name_and_value);

  Secret normalized;
  for (const auto& [name, value] : all) {
    if (!normalized.empty()) normalized.append('&');
    normalized.append(name.view());
    normalized.append('=');
    normalized.append(value.view());
  }
  Secret out;
  append_upper(out, method);
  out.append('&');
  append_percent_encoded(out, join({origin_of(*address), address->path.empty() ? "/" : address->path}));
  out.append('&');
  append_percent_encoded(out, normalized.view());
  return out;
}

Secret oauth1_signature(std::string_view base_string, std::string_view consumer_secret, std::string_view token_secret) {
  Secret key = encoded(consumer_secret);
  key.append('&');
  append_percent_encoded(key, token_secret);
  return to_base64(as_view(hmac_sha1(key.view(), base_string)), Base64::standard);
}

Secret oauth1_authorization(std::span<const OAuth1Parameter> parameters, std::string_view signature) {
  Secret out("OAuth ");
  const auto add = [&](std::string_view name, std::string_view value) {
    append_percent_encoded(out, name);
    out.append("=\"");
    append_percent_encoded(out, value);
    out.append('"');
  };
  for (const auto& [name, value] : parameters) {
    add(name, value);
    out.append(", ");
  }
  add("oauth_signature", signature);
  return out;
}

}  // namespace hlid
