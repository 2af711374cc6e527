// The org's side through the C ABI: what a CI job waits for. Prints lines of {"name", "value", "unit"}, medians of some runs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "headlessid/headlessid.h"
#include "headlessid/org.h"

namespace {

using nlohmann::json;
using Call = hlid_status (*)(hlid_view, hlid_text**, hlid_error**);

constexpr size_t kFiles = 1000;

std::string ask(Call call, const std::string& request) {
  hlid_text* out = nullptr;
  if (call({request.data(), request.size()}, &out, nullptr) != HLID_OK) std::exit(1);
  const hlid_view text = hlid_text_get(out);
  std::string response(text.data, text.size);
  hlid_text_free(out);
  return response;
}

void measure(const char* name, Call call, const std::string& request, int runs) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const auto began = std::chrono::steady_clock::now();
    ask(call, request);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"name\":\"org.%s\",\"value\":%.3f,\"unit\":\"ms\"}\n", name, times[times.size() / 2]);
  std::fflush(stdout);
}

json choices(const std::string& name) {
  return {{"name", name},
          {"flows", {"login", "guest", "web_server", "refresh"}},
          {"client", "public"},
          {"contact_email", "ops@acme.example"},
          {"redirect_uris", {"https://app.acme.example/callback"}}};
}

}  // namespace

int main() {
  json files = json::array();
  for (int app = 0; files.size() < kFiles; ++app) {
    const json made = json::parse(ask(hlid_org_generate, choices("Shop" + std::to_string(app)).dump()));
    for (const json& file : made["files"]) {
      const std::string path = file["path"];
      // One of each app: those of the org and the project are the same for all.
      if (files.size() < kFiles && path.find("/Shop") != std::string::npos) files.push_back(file);
    }
  }
  measure("lint_1000_files", hlid_org_lint, json{{"files", files}, {"client", "public"}}.dump(), 5);
  measure("generate", hlid_org_generate, choices("Shop").dump(), 21);
  for (const char* word : {"app_callback", "invalid_grant"}) {
    measure((std::string("explain_") + word).c_str(), hlid_org_explain, json{{"word", word}}.dump(), 21);
  }
  measure("explain_nothing_near", hlid_org_explain, json{{"word", "isPkceReqired"}}.dump(), 21);
}
