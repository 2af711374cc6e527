// A store and a server as small as the session flows can tell them from real ones.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/context.h"

namespace session_model {

// Compare and swap, and a lock whose time somebody else decides about.
struct Store {
  struct Entry {
    std::string version;
    std::string value;
  };
  std::map<std::string, Entry> entries;
  std::map<std::string, std::string> locks;
  int changes = 0;
  bool is_broken = false;  // saves whatever is there, and gives every lock

  struct Reply {
    bool done = false;
    bool found = false;
    std::string version;
    std::string value;
  };
  Reply apply(const hlid::StoreRequest& request) {
    using Operation = hlid::StoreOperation;
    const auto entry = entries.find(request.key);
    const std::string there = entry == entries.end() ? std::string() : entry->second.version;
    switch (request.operation) {
      case Operation::load:
        if (entry == entries.end()) return {};
        return {true, true, entry->second.version, entry->second.value};
      case Operation::save:
        if (!is_broken && there != request.version) return {};
        entries[request.key] = {request.new_version, std::string(request.value.view())};
        break;
      case Operation::erase:
        if (entry == entries.end() || there != request.version) return {};
        entries.erase(entry);
        break;
      case Operation::lock: {
        const auto held = locks.find(request.key);
        if (!is_broken && held != locks.end() && held->second != request.owner) return {};
        locks[request.key] = request.owner;
        break;
      }
      case Operation::unlock: {
        const auto held = locks.find(request.key);
        if (held == locks.end() || held->second != request.owner) return {};
        locks.erase(held);
        break;
      }
    }
    ++changes;
    return {true, false, {}, {}};
  }
};

// Refresh tokens are "f<family>.<number>"; with rotation each use makes the next, and the use of an old one ends the family.
struct Server {
  struct Family {
    int current = 0;
    bool dead = false;
  };
  bool rotates = true;
  bool says_lifetime = true;
  int64_t introspected_end_s = 0;  // 0: this app may not ask
  int introspections = 0;
  std::vector<Family> families{Family{}};
  std::map<std::string, int> uses;  // refresh tokens that were looked at, whatever came of it
  int refreshes = 0;
  int reuses = 0;

  static std::string refresh_token(int family, int number) { return "f" + std::to_string(family) + "." + std::to_string(number); }
  static std::optional<std::pair<int, int>> parse(std::string_view token) {
    const size_t dot = token.find('.');
    if (token.size() < 4 || token.front() != 'f' || dot == std::string_view::npos) return std::nullopt;
    return std::pair(std::stoi(std::string(token.substr(1, dot - 1))), std::stoi(std::string(token.substr(dot + 1))));
  }
  [[nodiscard]] bool is_current(std::string_view token) const {
    const auto at = parse(token);
    if (!at || static_cast<size_t>(at->first) >= families.size()) return false;
    const Family& family = families[static_cast<size_t>(at->first)];
    return !family.dead && (!rotates || at->second == family.current);
  }

  struct Response {
    int status = 0;
    std::string body;
  };
  // The form's refresh_token, or token.
  static std::string field(std::string_view body, std::string_view name) {
    const std::string wanted = std::string(name) + "=";
    size_t at = body.starts_with(wanted) ? 0 : body.find("&" + wanted);
    if (at == std::string_view::npos) return {};
    at = body.find(wanted, at) + wanted.size();
    return std::string(body.substr(at, body.find('&', at) - at));
  }
  Response serve(std::string_view url, std::string_view body) {
    if (url.ends_with("/revoke")) {
      if (const auto at = parse(field(body, "token"))) families[static_cast<size_t>(at->first)].dead = true;
      return {200, ""};
    }
    if (url.ends_with("/introspect")) {
      ++introspections;
      if (introspected_end_s == 0) return {401, R"({"error":"invalid_client","error_description":"no"})"};
      return {200, R"({"active":true,"exp":)" + std::to_string(introspected_end_s) + "}"};
    }
    const std::string token = field(body, "refresh_token");
    ++uses[token];
    const auto at = parse(token);
    const Response refused{400, R"({"error":"invalid_grant","error_description":"expired access/refresh token"})"};
    if (!at) return refused;
    Family& family = families[static_cast<size_t>(at->first)];
    if (family.dead) return refused;
    if (rotates && at->second != family.current) {
      family.dead = true;
      ++reuses;
      return refused;
    }
    ++family.current;
    ++refreshes;
    std::string json = R"({"access_token":"00D!a)" + std::to_string(at->first) + "." + std::to_string(family.current) +
                       R"(","token_type":"Bearer")";
    if (says_lifetime) json += R"(,"expires_in":7200)";
    if (rotates) json += R"(,"refresh_token":")" + refresh_token(at->first, family.current) + "\"";
    return {200, json + "}"};
  }
};

}  // namespace session_model
