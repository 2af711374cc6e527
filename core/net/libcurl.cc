#include "net/libcurl.h"

#include "base/text.h"
#ifdef HLID_BUNDLED
#include "net/wiping_memory.h"
#endif

namespace hlid {
namespace {

CURLcode start_once() {
#ifdef HLID_BUNDLED
  // This copy is ours alone, and nghttp2 inside it takes its memory from it.
  return curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiping_memory::allocate, wiping_memory::release, wiping_memory::reallocate,
                              wiping_memory::duplicate, wiping_memory::allocate_zeroed);
#else
  return curl_global_init(CURL_GLOBAL_DEFAULT);
#endif
}

}  // namespace

Result<void> start_libcurl() {
  static const CURLcode started = start_once();
  if (started != CURLE_OK) return Error::state("no_client", "libcurl could not start");
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  const std::string_view tls = info->ssl_version == nullptr ? std::string_view("no TLS") : info->ssl_version;
  // The calls that keep the keys out of a key log and the trust where the settings put it are OpenSSL's.
  if (!contains_ignoring_case(tls, "openssl")) {
    return Error::state("no_client", join({"libcurl has ", tls, " where this client needs OpenSSL"}));
  }
  if (info->version_num < 0x075700) return Error::state("no_client", join({"libcurl ", info->version, " is older than 7.87.0"}));
  if ((info->features & CURL_VERSION_ASYNCHDNS) == 0) {
    return Error::state("no_client", "libcurl was built without a resolver that runs on the side");
  }
  return {};
}

}  // namespace hlid
