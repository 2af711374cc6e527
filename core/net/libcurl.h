// libcurl as this process has it.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string_view>

#include "base/result.h"

namespace hlid {

// The three kinds of handle are the same type in libcurl's header.
struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiCleanup {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ShareCleanup {
  void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};
struct UrlCleanup {
  void operator()(CURLU* parts) const { curl_url_cleanup(parts); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using Multi = std::unique_ptr<CURLM, MultiCleanup>;
using UrlParts = std::unique_ptr<CURLU, UrlCleanup>;
using Share = std::unique_ptr<CURLSH, ShareCleanup>;

// Starts libcurl once in this process, with the allocator that the process has (a package's own libcurl with one that wipes), and
// checks that it can do what the client relies on: OpenSSL, names resolved on the side. STATE says what is missing.
Result<void> start_libcurl();

}  // namespace hlid
