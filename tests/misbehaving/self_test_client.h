// libcurl as it comes, for the server's own tests.
#pragma once

#include <curl/curl.h>

#include <string>
#include <vector>

namespace hlid_test {

struct Got {
  CURLcode code = CURLE_OK;
  long status = 0;
  long version = 0;  // CURL_HTTP_VERSION_*
  std::string headers{};
  std::string body{};
};

// A handle that keeps its connections from one request to the next.
class TestClient {
 public:
  explicit TestClient(std::string ca_pem = {}, long http_version = CURL_HTTP_VERSION_1_1)
      : ca_pem_(std::move(ca_pem)), handle_(curl_easy_init()) {
    set(CURLOPT_HTTP_VERSION, http_version);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, 20000L);
    set(CURLOPT_PROXY, "");
    if (!ca_pem_.empty()) {
      curl_blob blob{ca_pem_.data(), ca_pem_.size(), CURL_BLOB_COPY};
      set(CURLOPT_CAINFO_BLOB, &blob);
      set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    }
  }
  ~TestClient() { curl_easy_cleanup(handle_); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_, option, value);
  }

  Got get(const std::string& url) {
    set(CURLOPT_HTTPGET, 1L);
    return perform(url);
  }
  Got post(const std::string& url, const std::string& body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_COPYPOSTFIELDS, body.c_str());
    return perform(url);
  }

 private:
  static std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(data, size * count);
    return size * count;
  }
  Got perform(const std::string& url) {
    Got got;
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_WRITEFUNCTION, append);
    set(CURLOPT_WRITEDATA, &got.body);
    set(CURLOPT_HEADERFUNCTION, append);
    set(CURLOPT_HEADERDATA, &got.headers);
    got.code = curl_easy_perform(handle_);
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &got.status);
    curl_easy_getinfo(handle_, CURLINFO_HTTP_VERSION, &got.version);
    return got;
  }

  std::string ca_pem_;
  CURL* handle_;
};

}  // namespace hlid_test
