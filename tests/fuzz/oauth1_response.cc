// What OAuth 1.0a's endpoints say, and its callback. First line: what reads it (0 a request token, 1 an access token, 2 the
// session, 3 the callback); then the response, or the address.
#include "oauth/oauth1_response.h"

#include "oauth/address.h"
#include "tests/fuzz/responses.h"

namespace {

std::shared_ptr<const hlid::App> app() {
  const std::vector<hlid::NamedValue> values = {{"site", "https://acme.my.salesforce.com"}, {"client_id", "3MVG9"}};
  static const auto kApp = *hlid::App::create(values);
  return kApp;
}

bool is_token(std::string_view text) { return !text.empty() && hlid::is_printable_ascii(text); }

void read_token(const hlid::Response& response, hlid::Refusal about, size_t max_bytes) {
  const auto token = hlid::read_oauth1_token(response, max_bytes, about, fuzz::kNowMs);
  if (!token) return fuzz::check_error(token.error());
  MUST(response.status == 200);
  for (const hlid::Secret* part : {&token->token, &token->secret}) MUST(is_token(part->view()) && part->size() <= max_bytes);
}

void read_session(const hlid::Response& response, hlid::Refusal about) {
  hlid::FlowResult result;
  if (const auto read = hlid::read_oauth1_session(response, *app(), about, fuzz::kNowMs, result); !read) {
    fuzz::check_error(read.error());
    MUST(result.values().empty());
    return;
  }
  MUST(response.status == 200 && is_token(result.get("session_id")));
  for (const char* name : {"server_url", "metadata_server_url"}) {
    MUST(result.get(name).empty() || hlid::is_org_address(*app(), result.get(name)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const auto reader = static_cast<uint64_t>(input.number()) % 4;
  const std::string text(input.rest());
  const hlid::ErrorSpec& errors = fuzz::errors_of("oauth1");
  if (reader == 3) {
    const auto verifier = hlid::read_oauth1_callback(text, "https://app.example.com/callback", "req.Token/1+2",
                                                     {hlid::Endpoint::authorize, errors, true});
    if (!verifier) {
      fuzz::check_error(verifier.error());
      return 0;
    }
    MUST(text.find("oauth_token=") != std::string::npos && text.find("oauth_verifier=") != std::string::npos);
    MUST(is_token(verifier->view()) && verifier->size() <= hlid::kMaxCode);
    return 0;
  }
  const hlid::Response response = fuzz::response_of(fuzz::ResponseText(text));
  if (reader == 0) read_token(response, {hlid::Endpoint::request_token, errors, false}, hlid::kMaxRequestToken);
  if (reader == 1) read_token(response, {hlid::Endpoint::access_token, errors, true}, hlid::kMaxToken);
  if (reader == 2) read_session(response, {hlid::Endpoint::oauth1_login, errors, false});
  return 0;
}
