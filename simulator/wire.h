// wire.h: requests and responses as endpoints see them, and strict reading of forms and headers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace hlid_sim {

using json = nlohmann::json;

struct Response {
  int status = 200;
  std::string content_type;  // empty: no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Thrown where a request is wrong; the router sends the response it carries.
struct Refusal {
  Response response;
};

bool is_utf8(std::string_view text);

Response json_response(int status, const json& body);
Response oauth_error(int status, std::string_view code, std::string_view description);
Response redirect(std::string location);
Response not_found();
// The response of a live org to a request that it does not recognize as headless.
Response login_page(std::string_view site);

[[noreturn]] void refuse(std::string_view code, std::string_view description, int status = 400);
[[noreturn]] void refuse(Response response);

struct Request {
  std::string method;
  std::string path;   // as it was sent, without the query
  std::string query;  // as it was sent, without the question mark
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, values as they were sent

  // The value of a header that may appear once; a repeated one is refused with "invalid headers".
  std::optional<std::string> header(std::string_view lower_name) const;
  // A proxy in front (nghttpx) speaks HTTP/2 and says so in Via.
  bool is_http2() const;
  bool is_form() const;
  bool is_json() const;
};

// application/x-www-form-urlencoded, read strictly: a name without "=", a bad escape, bytes that should have been
// escaped, a name sent twice, and text that is not UTF-8 are all refused.
// What RFC 3986 allows in a query, and no form's separator is.
inline constexpr std::string_view kQueryCharacters = "/:@?,;$";

class Form {
 public:
  // `unencoded`: what may be there as it is, besides what encoders leave alone. Throws Refusal.
  static Form parse(std::string_view text, std::string_view unencoded = {});
  static Form body_of(const Request& request);
  // An address may hold some more characters as they are: what a person types, and what browsers leave alone.
  static Form query_of(const Request& request);

  std::optional<std::string> get(const std::string& name) const;
  std::string require(const std::string& name) const;
  bool has(const std::string& name) const { return fields_.contains(name); }
  const std::map<std::string, std::string>& fields() const { return fields_; }

 private:
  std::map<std::string, std::string> fields_;
};

std::string form_encode(std::string_view value);

struct BasicCredentials {
  std::string left;   // before the first colon
  std::string right;  // all after it
};
// Absent if there is no Authorization header. Another scheme or bad base64 is refused.
std::optional<BasicCredentials> basic_credentials(const Request& request);
// The token of "Authorization: Bearer"; absent for anything else.
std::optional<std::string> bearer_token(const Request& request);

bool is_uuid_v4(std::string_view text);
std::vector<std::string> split_words(std::string_view text);  // at single spaces
std::string join_words(const std::vector<std::string>& words);
bool contains(const std::vector<std::string>& words, std::string_view word);

}  // namespace hlid_sim
