// hlid_org_*: what a host gives and gets. What the texts say is tested in tests/org.
#include "headlessid/org.h"

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using nlohmann::json;

namespace {

using Call = hlid_status (*)(hlid_view, hlid_text**, hlid_error**);

std::string text(hlid_view view) { return view.data == nullptr ? std::string("(absent)") : std::string(view.data, view.size); }
hlid_view view(std::string_view of) { return {of.data(), of.size()}; }

constexpr Call kCalls[] = {hlid_org_lint, hlid_org_generate, hlid_org_explain, hlid_org_doctor};

TEST(CapiOrg, NullIsAnArgument) {
  for (const Call call : kCalls) {
    hlid_text* out = nullptr;
    hlid_error* err = nullptr;
    EXPECT_EQ(call({nullptr, 0}, &out, &err), HLID_E_ARGUMENT);
    EXPECT_EQ(text(hlid_error_field(err)), "request");
    hlid_error_free(err);
    EXPECT_EQ(call(view("{}"), nullptr, nullptr), HLID_E_ARGUMENT);
    EXPECT_EQ(call({nullptr, 5}, &out, nullptr), HLID_E_ARGUMENT);
    EXPECT_EQ(out, nullptr);
  }
  EXPECT_EQ(hlid_text_get(nullptr).data, nullptr);
  hlid_text_free(nullptr);
}

#ifdef HLID_HAS_ORG

// The response, or the error as "field: message" or "reason".
std::string response(Call call, std::string_view request) {
  hlid_text* out = nullptr;
  hlid_error* err = nullptr;
  if (call(view(request), &out, &err) != HLID_OK) {
    EXPECT_EQ(out, nullptr) << "left alone";
    const std::string said = text(hlid_error_field(err)) + ": " + text(hlid_error_message(err));
    hlid_error_free(err);
    return said;
  }
  EXPECT_EQ(err, nullptr);
  const hlid_view got = hlid_text_get(out);
  EXPECT_EQ(got.data[got.size], '\0');
  std::string copy = text(got);
  hlid_text_free(out);
  return copy;
}

TEST(CapiOrg, IsThere) { EXPECT_EQ(hlid_has_org(), 1); }

TEST(CapiOrg, RefusesWhatIsNotARequest) {
  for (const Call call : kCalls) {
    for (const char* wrong : {"", "x", "[]", "1", "{\"a\": 1", "{\"a\": 1, \"a\": 2}", "\xFF"}) {
      EXPECT_TRUE(response(call, wrong).starts_with("request: ")) << wrong << ": " << response(call, wrong);
    }
    EXPECT_NE(response(call, "{\"wrod\": \"x\"}").find("member"), std::string::npos);
  }
}

TEST(CapiOrg, GeneratesLintsAndExplains) {
  const json made = json::parse(response(hlid_org_generate, R"({"name": "Acme", "flows": ["login"], "client": "public",
      "redirect_uris": ["https://app.acme.example/callback"], "contact_email": "ops@acme.example"})"));
  ASSERT_TRUE(made.contains("files"));
  const json lint =
      json::parse(response(hlid_org_lint, json{{"files", made["files"]}, {"flows", {"login"}}, {"client", "public"}}.dump()));
  EXPECT_TRUE(lint["findings"].empty()) << lint.dump(1);
  EXPECT_EQ(lint["apps"][0]["name"], "Acme");
  EXPECT_EQ(lint["apps"][0]["flows"][0]["verdict"], "works");
  const json explained = json::parse(response(hlid_org_explain, R"({"word": "isConsumerSecretOptional"})"));
  EXPECT_EQ(explained["entries"].size(), 2U) << explained.dump(1);
}

TEST(CapiOrg, InquiriesAreFlowsOfNoCatalogue) {
  hlid_settings* settings = hlid_settings_new();
  for (const auto& [name, value] : {std::pair{"site", "https://acme.my.site.com"}, {"client_id", "3MVG9Example"}})
    EXPECT_EQ(hlid_settings_set(settings, view(name), view(value), nullptr), HLID_OK);
  hlid_app* app = nullptr;
  ASSERT_EQ(hlid_app_new(settings, &app, nullptr), HLID_OK);
  const json asked = json::parse(response(hlid_org_doctor, R"({"flows": ["login", "introspection"], "client": "public"})"));
  size_t inquiries = 0;
  for (const json& question : asked["questions"]) {
    const std::string name = question["flow"];
    if (!name.starts_with("inquiry_")) continue;
    ++inquiries;
    hlid_flow* flow = nullptr;
    ASSERT_EQ(hlid_flow_new(app, view(name), &flow, nullptr), HLID_OK) << name;
    for (const auto& [argument, value] : question["arguments"].items())
      EXPECT_EQ(hlid_flow_set(flow, view(argument), view(value.get<std::string>()), nullptr), HLID_OK);
    hlid_flow_free(flow);
    EXPECT_EQ(text(hlid_catalogue()).find(name), std::string::npos);
  }
  EXPECT_GT(inquiries, 0U);
  hlid_app_free(app);
  hlid_settings_free(settings);
}

TEST(CapiOrg, IsSafeOnManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 20; ++n) {
        for (const Call call : kCalls) response(call, R"({"word": "callbackUrl"})");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

#else

TEST(CapiOrg, SaysThatItIsNotThere) {
  EXPECT_EQ(hlid_has_org(), 0);
  for (const Call call : kCalls) {
    hlid_text* out = nullptr;
    hlid_error* err = nullptr;
    EXPECT_EQ(call(view("{}"), &out, &err), HLID_E_STATE);
    EXPECT_EQ(text(hlid_error_reason(err)), "no_org_part");
    EXPECT_NE(text(hlid_error_message(err)).find("HLID_ORG=ON"), std::string::npos);
    hlid_error_free(err);
  }
}

#endif

}  // namespace
