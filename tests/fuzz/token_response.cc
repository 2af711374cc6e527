// What the token endpoint responds with: a complete result or none, and never one without an access token.
#include "oauth/token_response.h"

#include <array>

#include "base/limits.h"
#include "tests/fuzz/responses.h"

namespace {

std::shared_ptr<const hlid::App> make_app(bool with_secret) {
  std::vector<hlid::NamedValue> settings = {{"site", "https://acme.my.site.com/shop"},
                                            {"client_id", "3MVG9Example.ClientId"},
                                            {"redirect_uri", "https://app.example.com/callback"}};
  if (with_secret) settings.push_back({"client_secret", "9F2Example.Secret"});
  return *hlid::App::create(settings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::array apps = {make_app(false), make_app(true)};
  const hlid::Response response = fuzz::response_of(fuzz::ResponseText({reinterpret_cast<const char*>(data), size}));
  for (const auto& app : apps) {
    hlid::FlowResult result;
    const auto read =
        hlid::read_token_response(response, *app, {hlid::Endpoint::code, fuzz::errors_of("login"), true}, fuzz::kNowMs, result);
    if (!read) {
      fuzz::check_error(read.error());
      MUST(result.values().empty());
      continue;
    }
    MUST(response.status == 200);
    const std::string_view token = result.get("access_token");
    MUST(!token.empty() && token.size() <= hlid::kMaxToken && hlid::is_printable_ascii(token));
    MUST(result.get("token_type") == "Bearer" && result.get("raw") == response.body.view());
    for (const auto& [name, value] : result.values()) MUST(!value.empty());
    const auto expires = result.get("expires_at_ms");
    MUST(expires.empty() || hlid::read_decimal(expires).value_or(0) > fuzz::kNowMs);
  }
  return 0;
}
