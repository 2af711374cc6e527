// Error answers of every endpoint, to every kind of flow.
#include "oauth/oauth_error.h"

#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hlid::Endpoint;
  const hlid::Response response = fuzz::response_of(fuzz::ResponseText({reinterpret_cast<const char*>(data), size}));
  for (const Endpoint endpoint :
       {Endpoint::authorize, Endpoint::token, Endpoint::code, Endpoint::revoke, Endpoint::userinfo, Endpoint::keys}) {
    for (const char* flow : {"guest", "login", "native_sso"}) {
      for (const bool single_use : {false, true}) {
        const hlid::Error error = hlid::read_refusal(response, {endpoint, fuzz::errors_of(flow), single_use}, fuzz::kNowMs);
        fuzz::check_error(error);
        MUST(error.data().http_status == response.status);
        MUST(error.data().kind == hlid::Kind::refused || error.data().kind == hlid::Kind::protocol);
        // A server that broke down may have done what it was asked for.
        if (response.status >= 500) MUST(error.data().outcome_unknown == single_use);
        // Nobody is told that the password is wrong by anything but the endpoint that was given one.
        if (endpoint != Endpoint::authorize) MUST(std::string_view(error.data().reason) != "invalid_credentials");
      }
    }
  }
  return 0;
}
