#include "oauth/fragment_callback.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "codec/form.h"
#include "codec/json_write.h"
#include "oauth/authorize_response.h"
#include "oauth/callback.h"

namespace hlid {
namespace {

using Fields = std::vector<std::pair<Secret, Secret>>;

Error refused(const char* reason, std::string_view what) { return Error::protocol(reason, what).advise(Advice::restart); }

// Strictly: each name once, each text good UTF-8.
Result<Fields> read_fields(std::string_view text) {
  Fields fields;
  FormReader reader(text);
  while (reader.next()) {
    auto name = form_decoded(reader.name());
    auto value = form_decoded(reader.value());
    if (!name || !value) return refused("bad_callback", "the callback has a parameter with invalid percent-encoding");
    if (!is_valid_utf8(name->view()) || !is_valid_utf8(value->view()))
      return refused("bad_callback", "the callback has a parameter that is not UTF-8");
    const bool twice =
        std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.first.view() == name->view(); });
    if (twice) return refused("bad_callback", "the callback has a duplicate parameter");
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

std::string_view value_of(const Fields& fields, std::string_view name) {
  for (const auto& [field, value] : fields) {
    if (field.view() == name) return value.view();
  }
  return {};
}

bool has(const Fields& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.first.view() == name; });
}

}  // namespace

Result<Secret> read_fragment_callback(std::string_view address, const App& app, std::string_view redirect_uri,
                                      std::string_view state, Refusal about) {
  const CallbackMatch match = match_callback(address, redirect_uri);
  if (match.differs != CallbackDiffers::nothing) return refused("bad_callback", "the address is not the app's callback");
  const size_t hash = std::min(match.rest.find('#'), match.rest.size());
  const std::string_view query = match.rest.substr(0, hash);
  auto fields = read_fields(match.rest.substr(std::min(hash + 1, match.rest.size())));
  if (!fields) return std::move(fields).error();
  const bool has_token = has(*fields, "access_token");
  if (has_token && has(*fields, "error")) return refused("bad_callback", "the callback contains both a token and an error");
  // An error is read as that of any callback; whatever else its query holds, it has not brought a token.
  if (!has_token) {
    auto others = read_fields(query);
    if (!others) return std::move(others).error();
    if (has(*fields, "error") || has(*others, "error")) {
      auto code = read_callback_address(address, app, redirect_uri, state, about);
      if (!code) return std::move(code).error();
    }
  }
  if (has(*fields, "iss")) {
    if (auto good = check_callback_issuer(app, value_of(*fields, "iss")); !good) return std::move(good).error();
  }
  const auto theirs = has(*fields, "state") ? std::optional<Secret>(value_of(*fields, "state")) : std::nullopt;
  if (auto good = check_callback_state(theirs, state); !good) return std::move(good).error();
  if (!has_token) return refused("no_token", "the callback's fragment has no access token");
  Secret json;
  JsonBody body(json);
  for (const auto& [name, value] : *fields) body.add_secret(name.view(), value.view());
  body.end();
  return json;
}

}  // namespace hlid
