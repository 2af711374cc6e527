// What libcurl's result codes mean to a flow.
#pragma once

#include <curl/curl.h>

namespace hlid {

// `reason` is a word that never changes. The texts are ours: libcurl's own may quote what a server sent.
struct Outcome {
  const char* reason;
  const char* text;
  bool broken;  // an answer came that is none; not just silence
};

// `left`: the request was about to go out when this happened. `proxy`: there is one to blame.
Outcome outcome_of(CURLcode code, bool left, bool proxy);

}  // namespace hlid
