#include "simulator/outage.h"

#include <algorithm>

namespace hlid_sim {
namespace {

constexpr const char* kHtml = "text/html;charset=UTF-8";
constexpr const char* kJson = "application/json;charset=UTF-8";
constexpr const char* kMaintenance =
    "<!DOCTYPE html>\n<title>Down for maintenance</title>\n<h1>We are down for maintenance.</h1>\n";

struct Outage {
  std::string_view name;
  int status;
  const char* content_type;
  const char* body;
  const char* retry_after = nullptr;
};
constexpr Outage kOutages[] = {
    {"maintenance", 503, kHtml, kMaintenance, "60"},
    {"maintenance_page", 200, kHtml, kMaintenance},
    {"rate_limit", 403, kJson, R"([{"errorCode":"LOGIN_RATE_EXCEEDED","message":"Login rate exceeded"}])"},
    {"server_error", 400, kJson, R"({"error":"server_error","error_description":"unexpected internal server error"})"},
    {"gateway", 502, kHtml, "<html><head><title>502 Bad Gateway</title></head></html>\n"},
};

}  // namespace

std::vector<std::string_view> outage_names() {
  std::vector<std::string_view> names = {""};
  for (const auto& each : kOutages) names.push_back(each.name);
  return names;
}

std::optional<Response> outage_response(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kOutages), std::end(kOutages), [&](const Outage& each) { return each.name == name; });
  if (found == std::end(kOutages)) return std::nullopt;
  Response response;
  response.status = found->status;
  response.content_type = found->content_type;
  response.body = found->body;
  if (found->retry_after) response.headers.emplace_back("Retry-After", found->retry_after);
  return response;
}

}  // namespace hlid_sim
