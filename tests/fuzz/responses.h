// Answers and errors of the core, for the targets that read them.
#pragma once

#include "base/limits.h"
#include "base/text.h"
#include "flows/registry.h"
#include "oauth/app.h"
#include "oauth/response.h"
#include "tests/fuzz/fuzz.h"

namespace fuzz {

// How a flow reads refusals.
inline const hlid::ErrorSpec& errors_of(const char* flow) { return *hlid::find_flow(flow)->errors; }

// An app of the site https://acme.my.site.com/shop, and nothing else set.
inline const hlid::App& acme() {
  static const hlid::App* const kMade = [] {
    auto* app = new hlid::App();
    app->site = "https://acme.my.site.com/shop";
    app->origin = "https://acme.my.site.com";
    return app;
  }();
  return *kMade;
}

inline constexpr int64_t kNowMs = 1'767'225'600'000;

inline hlid::Response response_of(const ResponseText& text) {
  hlid::Response response;
  response.status = text.status;
  response.http_version = text.version;
  for (const auto& [name, value] : text.headers) response.headers.add(name, value, true);
  response.body = hlid::Secret(text.body);
  return response;
}

// What holds for every error: it says what was wrong, in a word and in a line.
inline void check_error(const hlid::Error& error) {
  const auto& data = error.data();
  MUST(!data.message.empty() && hlid::is_valid_utf8(data.message) && !hlid::has_control(data.message));
  MUST(!std::string_view(data.reason).empty() && hlid::is_visible_ascii(data.reason));
  MUST(hlid::is_valid_utf8(data.hint) && !hlid::has_control(data.hint));
  // The server's own words are shown by the flow alone.
  MUST(data.server_code.empty() && data.server_text.empty());
  MUST(data.retry_after_ms >= -1);
  MUST(hlid::name_of(data.kind) != "UNKNOWN" && hlid::name_of(data.advice) != "UNKNOWN");
}

}  // namespace fuzz
