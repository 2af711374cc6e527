#include "cli/cart.h"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "cli/words.h"

namespace hlid_cli {
namespace {

using json = nlohmann::json;

constexpr long kTimeoutMs = 10'000;
constexpr size_t kMaxResponse = size_t{64} * 1024;

struct CloseEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

size_t take_body(char* bytes, size_t size, size_t count, void* to) {
  auto* body = static_cast<std::string*>(to);
  if (body->size() + size * count > kMaxResponse) return 0;  // ends the transfer
  body->append(bytes, size * count);
  return size * count;
}

std::unique_ptr<curl_slist, FreeList> headers_with(std::string_view access_token) {
  const std::string bearer = "Authorization: Bearer " + std::string(access_token);
  curl_slist* list = curl_slist_append(nullptr, bearer.c_str());
  list = curl_slist_append(list, "Content-Type: application/json");
  return std::unique_ptr<curl_slist, FreeList>(list);
}

}  // namespace

CartResponse Cart::call(std::string_view access_token, const std::string& item) const {
  const std::unique_ptr<CURL, CloseEasy> easy(curl_easy_init());
  if (!easy) throw std::runtime_error("libcurl cannot be used");
  const auto headers = headers_with(access_token);
  const std::string body = item.empty() ? "" : json{{"item", item}}.dump();
  std::string response;
  CURL* const handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_URL, address_.c_str());
  curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file_.c_str());
  curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // the simulated org is on this machine, whatever the environment says
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &response);
  if (!body.empty()) curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
  const CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK) throw std::runtime_error(std::string("the shop's cart gave no response: ") + curl_easy_strerror(code));

  CartResponse out;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &out.status);
  const json said = json::parse(response, nullptr, false);
  if (said.is_object()) {
    out.items = said.value("items", std::vector<std::string>{});
    out.uvid = said.value("uvid", "");
  }
  out.exchange = std::string("> ") + (body.empty() ? "GET " : "POST ") + address_ + "\n> Authorization: Bearer •••\n";
  if (!body.empty()) out.exchange += ">\n> " + body + "\n";
  out.exchange += "< HTTP " + std::to_string(out.status) + "\n<\n< " + printable(response) + "\n";
  return out;
}

}  // namespace hlid_cli
