#include "reply.h"

#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

namespace hlid_test {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string member(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(pair.size() + 1, form.size()));
    const std::size_t equals = pair.find('=');
    if (percent_decode(pair.substr(0, equals)) != name) continue;
    return equals == std::string_view::npos ? std::string() : percent_decode(pair.substr(equals + 1));
  }
  return {};
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (text[i] == '%' && high >= 0 && low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
                       c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(kHex[byte >> 4U]);
      out.push_back(kHex[byte & 15U]);
    }
  }
  return out;
}

std::string Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) return value;
  }
  return {};
}

std::string Request::form(std::string_view name) const { return member(body, name); }

std::string Request::query(std::string_view name) const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string() : member(std::string_view(target).substr(mark + 1), name);
}

Gate::Gate() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Gate::~Gate() { ::close(descriptor_); }

void Gate::open() {
  const std::uint64_t one = 1;
  if (write(descriptor_, &one, sizeof one) != sizeof one && errno != EAGAIN) {
    throw std::system_error(errno, std::generic_category(), "write to a gate");
  }
}

Reply http1(int status, Headers headers, std::string body) {
  Reply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  reply.body = std::move(body);
  return reply;
}

Reply raw_reply(std::string bytes, After after) {
  Reply reply;
  reply.raw = std::move(bytes);
  reply.after = after;
  return reply;
}

Reply json_reply(int status, std::string json) {
  return http1(status, {{"Content-Type", "application/json;charset=UTF-8"}}, std::move(json));
}

Reply no_reply(After after) { return raw_reply("", after); }

Reply cut(Reply reply, std::size_t at, After after) {
  reply.cut = at;
  reply.after = after;
  return reply;
}

Reply sliced(Reply reply, std::size_t slice, Milliseconds pause) {
  reply.slice = slice;
  reply.pause = pause;
  return reply;
}

Reply held(Reply reply, std::shared_ptr<Gate> gate) {
  reply.gate = std::move(gate);
  return reply;
}

Reply then(Reply reply, After after) {
  reply.after = after;
  return reply;
}

Handler in_order(std::vector<Reply> replies) {
  auto next = std::make_shared<std::atomic<std::size_t>>(0);
  return [next, replies = std::move(replies)](const Request&) {
    if (replies.empty()) return http1(500);
    return replies[std::min(next->fetch_add(1), replies.size() - 1)];
  };
}

}  // namespace hlid_test
