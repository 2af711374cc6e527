#include "simulator/wire.h"

#include <algorithm>
#include <cctype>

#include "simulator/crypto.h"

namespace hlid_sim {
namespace {

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// Characters that encoders are known to leave as they are (the URL standard's and RFC 3986's sets together).
bool may_be_unencoded(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~*!'()").find(c) != std::string_view::npos;
}

std::string decode_component(std::string_view text, std::string_view unencoded) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
        refuse("invalid_request", "malformed percent-encoding");
      out += *from_hex(text.substr(i + 1, 2));
      i += 2;
    } else if (may_be_unencoded(text[i]) || unencoded.find(text[i]) != std::string_view::npos) {
      out += text[i];
    } else {
      refuse("invalid_request", "a character is not percent-encoded, and must be: %" + hex(text.substr(i, 1)));
    }
  }
  if (!is_utf8(out)) refuse("invalid_request", "a parameter is not UTF-8");
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string media_type(const Request& request) {
  const std::string type = lower(request.header("content-type").value_or(""));
  return type.substr(0, type.find(';'));
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    size_t more = 0;
    unsigned point = lead;
    if (lead < 0x80)
      more = 0;
    else if (lead >= 0xc2 && lead < 0xe0)
      more = 1, point = lead & 0x1fu;
    else if (lead >= 0xe0 && lead < 0xf0)
      more = 2, point = lead & 0x0fu;
    else if (lead >= 0xf0 && lead < 0xf5)
      more = 3, point = lead & 0x07u;
    else
      return false;
    if (text.size() - i <= more) return false;
    for (size_t j = 1; j <= more; ++j) {
      const auto next = static_cast<unsigned char>(text[i + j]);
      if ((next & 0xc0u) != 0x80u) return false;
      point = (point << 6) | (next & 0x3fu);
    }
    if ((more == 2 && point < 0x800) || (more == 3 && (point < 0x10000 || point > 0x10ffff)) ||
        (point >= 0xd800 && point < 0xe000))
      return false;
    i += more + 1;
  }
  return true;
}

Response json_response(int status, const json& body) {
  Response response;
  response.status = status;
  response.content_type = "application/json;charset=UTF-8";
  response.body = body.dump();
  response.headers = {{"Cache-Control", "no-cache,must-revalidate,max-age=0,no-store,private"}};
  return response;
}

Response oauth_error(int status, std::string_view code, std::string_view description) {
  return json_response(status, {{"error", code}, {"error_description", description}});
}

Response redirect(std::string location) {
  Response response;
  response.status = 302;
  response.headers = {{"Location", std::move(location)}, {"Cache-Control", "no-cache,must-revalidate,no-store"}};
  return response;
}

Response not_found() {
  Response response;
  response.status = 404;
  response.content_type = "text/html;charset=UTF-8";
  response.body = "<!DOCTYPE html>\n<title>URL No Longer Exists</title>\n";
  return response;
}

Response login_page(std::string_view site) {
  Response response;
  response.content_type = "text/html;charset=UTF-8";
  response.body = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Login</title></head><body>\n<form method=\"post\" action=\"" +
                  std::string(site) +
                  "/login\"><label>Username <input name=\"username\"></label><label>Password <input type=\"password\" "
                  "name=\"pw\"></label><button>Log In</button></form>\n</body></html>\n";
  return response;
}

void refuse(Response response) { throw Refusal{std::move(response)}; }
void refuse(std::string_view code, std::string_view description, int status) { refuse(oauth_error(status, code, description)); }

std::optional<std::string> Request::header(std::string_view lower_name) const {
  std::optional<std::string> found;
  for (const auto& [name, value] : headers) {
    if (name != lower_name) continue;
    if (found) refuse("invalid_request", "invalid headers");
    found = value;
  }
  return found;
}

bool Request::is_http2() const {
  return std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return header.first == "via" &&
           (header.second.find("2 nghttpx") != std::string::npos || header.second.find("3 nghttpx") != std::string::npos);
  });
}

bool Request::is_form() const { return media_type(*this) == "application/x-www-form-urlencoded"; }
bool Request::is_json() const { return media_type(*this) == "application/json"; }

Form Form::parse(std::string_view text, std::string_view unencoded) {
  Form form;
  while (!text.empty()) {
    const size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0 || (end != std::string_view::npos && text.empty()))
      refuse("invalid_request", "malformed form");
    std::string name = decode_component(pair.substr(0, equals), unencoded);
    std::string value = decode_component(pair.substr(equals + 1), unencoded);
    if (!form.fields_.emplace(name, std::move(value)).second) refuse("invalid_request", "duplicate parameter: " + name);
  }
  return form;
}

Form Form::body_of(const Request& request) {
  if (!request.is_form()) refuse("invalid_request", "the body must be application/x-www-form-urlencoded");
  return parse(request.body);
}

Form Form::query_of(const Request& request) { return parse(request.query, kQueryCharacters); }

std::optional<std::string> Form::get(const std::string& name) const {
  const auto found = fields_.find(name);
  if (found == fields_.end()) return std::nullopt;
  return found->second;
}

std::string Form::require(const std::string& name) const {
  const auto value = get(name);
  if (!value || value->empty()) refuse("invalid_request", "missing required parameter: " + name);
  return *value;
}

std::string form_encode(std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : value) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15u];
    }
  }
  return out;
}

std::optional<BasicCredentials> basic_credentials(const Request& request) {
  const auto value = request.header("authorization");
  if (!value) return std::nullopt;
  const size_t space = value->find(' ');
  if (space == std::string::npos || lower(value->substr(0, space)) != "basic") refuse("invalid_request", "invalid headers");
  const auto pair = from_base64(std::string_view(*value).substr(space + 1));
  if (!pair || !is_utf8(*pair)) refuse("invalid_request", "the Basic credentials are not base64 of UTF-8 text");
  const size_t colon = pair->find(':');
  if (colon == std::string::npos) refuse("invalid_request", "the Basic credentials have no colon");
  return BasicCredentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

std::optional<std::string> bearer_token(const Request& request) {
  const auto value = request.header("authorization");
  if (!value || value->size() < 8 || lower(value->substr(0, 7)) != "bearer ") return std::nullopt;
  return value->substr(7);
}

bool is_uuid_v4(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return text[14] == '4' && std::string_view("89abAB").find(text[19]) != std::string_view::npos;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const size_t space = text.find(' ');
    if (space != 0 && !text.empty()) words.emplace_back(text.substr(0, space));
    if (space == std::string_view::npos) return words;
    text.remove_prefix(space + 1);
  }
}

std::string join_words(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace hlid_sim
