// What libcurl's result codes mean to a flow.
#pragma once

#include <curl/curl.h>

#include <string_view>

namespace hlid {

// `reason` is a word that never changes. The texts are ours: libcurl's own may quote what a server sent.
struct Outcome {
  const char* reason;  // of engine/fault.h unless a response is broken
  const char* text;
  bool broken;  // something came that is not a response; not just silence
};

// Whether a proxy can be to blame. `perhaps`: the environment names one, and may except the host.
enum class Proxy { none, perhaps, used };

// `left`: the request was about to go out when this happened.
Outcome outcome_of(CURLcode code, bool left, Proxy proxy);

// Why there is no TLS connection. `verified`: OpenSSL's verdict on the certificate (X509_V_*), `by_proxy` whether it is the
// proxy's; `words`: libcurl's line about the failure, of which only OpenSSL's number counts.
Outcome tls_outcome_of(CURLcode code, long verified, bool by_proxy, std::string_view words);
bool is_tls_failure(CURLcode code);
// What a proxy said to CONNECT that was not 200.
Outcome proxy_outcome_of(long status);

}  // namespace hlid
