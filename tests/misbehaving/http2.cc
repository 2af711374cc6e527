#include "http2.h"

#include <algorithm>

namespace hlid_test {
namespace {

constexpr std::size_t kFrameSize = 16384;

std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value >> static_cast<unsigned>(shift))));
  }
  return out;
}

// RFC 7541 §5.2, no Huffman code: a length with a prefix of seven bits, then the bytes.
std::string hpack_string(std::string_view text) {
  std::string out;
  std::size_t left = text.size();
  if (left < 127) {
    out.push_back(static_cast<char>(left));
  } else {
    out.push_back(127);
    for (left -= 127; left >= 128; left >>= 7U) out.push_back(static_cast<char>((left & 127U) | 128U));
    out.push_back(static_cast<char>(left));
  }
  return out.append(text);
}

std::string repeat(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string flood_round(Flood kind, std::uint32_t stream, std::uint64_t round) {
  constexpr std::size_t kTimes = 500;
  switch (kind) {
    case Flood::settings: return repeat(h2_settings({{kMaxConcurrentStreams, 100}}), kTimes);
    case Flood::ping: return repeat(h2_ping("flooding"), kTimes);
    case Flood::empty_data:
      return (round == 0 ? h2_headers(stream, {{":status", "200"}}, false) : "") + repeat(h2_data(stream, "", false), kTimes);
    case Flood::continuation:
      if (round == 0) return h2_frame(Frame::headers, 0, stream, hpack_literal({{":status", "200"}}));
      return repeat(h2_frame(Frame::continuation, 0, stream, hpack_literal({{"x-flood", std::string(1000, 'f')}})), 50);
    case Flood::push_promise: {
      std::string out;
      for (std::uint64_t i = 0; i < kTimes; ++i) {
        const auto promised = static_cast<std::uint32_t>(2 * (round * kTimes + i + 1)) & 0x7fffffffU;
        out += h2_push_promise(stream, promised,
                               {{":method", "GET"}, {":scheme", "https"}, {":authority", "localhost"}, {":path", "/"}});
      }
      return out;
    }
    case Flood::window_update: return repeat(h2_window_update(stream, 1), kTimes);
    case Flood::rst_stream: return repeat(h2_rst_stream(stream, H2Error::cancel), kTimes);
    case Flood::headers: return repeat(h2_headers(stream, {{":status", "103"}, {"x-flood", "f"}}, false), kTimes);
  }
  return {};
}

}  // namespace

std::string h2_frame(Frame type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string out = number(payload.size(), 3);
  out += number(static_cast<std::uint8_t>(type), 1) + number(flags, 1) + number(stream, 4);
  return out.append(payload);
}

std::string h2_settings(const Settings& settings) {
  std::string payload;
  for (const auto& [id, value] : settings) payload += number(id, 2) + number(value, 4);
  return h2_frame(Frame::settings, 0, 0, payload);
}

std::string h2_settings_ack() { return h2_frame(Frame::settings, kAck, 0, {}); }

std::string h2_ping(std::string_view eight_bytes, bool ack) { return h2_frame(Frame::ping, ack ? kAck : 0, 0, eight_bytes); }

std::string h2_goaway(std::uint32_t last_stream, H2Error error, std::string_view debug) {
  return h2_frame(Frame::goaway, 0, 0,
                  number(last_stream, 4) + number(static_cast<std::uint32_t>(error), 4) + std::string(debug));
}

std::string h2_rst_stream(std::uint32_t stream, H2Error error) {
  return h2_frame(Frame::rst_stream, 0, stream, number(static_cast<std::uint32_t>(error), 4));
}

std::string h2_window_update(std::uint32_t stream, std::uint32_t increment) {
  return h2_frame(Frame::window_update, 0, stream, number(increment, 4));
}

std::string h2_data(std::uint32_t stream, std::string_view bytes, bool end) {
  return h2_frame(Frame::data, end ? kEndStream : 0, stream, bytes);
}

std::string h2_headers(std::uint32_t stream, const Headers& headers, bool end_stream) {
  const std::string block = hpack_literal(headers);
  std::string out;
  std::size_t at = 0;
  do {
    const std::string_view part = std::string_view(block).substr(at, kFrameSize);
    const bool last = at + part.size() == block.size();
    const std::uint8_t ends = last ? kEndHeaders : 0;
    const std::uint8_t flags = at == 0 && end_stream ? static_cast<std::uint8_t>(ends | kEndStream) : ends;
    out += h2_frame(at == 0 ? Frame::headers : Frame::continuation, flags, stream, part);
    at += part.size();
  } while (at < block.size());
  return out;
}

std::string h2_push_promise(std::uint32_t stream, std::uint32_t promised, const Headers& headers) {
  return h2_frame(Frame::push_promise, kEndHeaders, stream, number(promised, 4) + hpack_literal(headers));
}

std::string hpack_literal(const Headers& headers) {
  std::string out;
  for (const auto& [name, value] : headers) out += '\0' + hpack_string(name) + hpack_string(value);
  return out;
}

Headers h2_reply_headers(const Reply& reply) {
  Headers out{{":status", std::to_string(reply.status)}};
  bool has_length = false;
  for (const auto& [name, value] : reply.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    has_length = has_length || lower == "content-length";
    out.emplace_back(std::move(lower), value);
  }
  const bool bodiless = reply.status == 204 || reply.status == 304 || reply.status < 200;
  if (reply.framing == Framing::length && !has_length && !bodiless) {
    out.emplace_back("content-length", std::to_string(reply.body.size() + reply.filler));
  }
  return out;
}

std::string http2_head(const Reply& reply, std::uint32_t stream, bool end_stream) {
  std::string out;
  for (const Interim& interim : reply.interim) {
    Reply early;
    early.status = interim.status;
    early.headers = interim.headers;
    out += h2_headers(stream, h2_reply_headers(early), false);
  }
  return out + h2_headers(stream, h2_reply_headers(reply), end_stream);
}

std::string http2_bytes(const Reply& reply, std::uint32_t stream) {
  if (reply.raw) return *reply.raw;
  if (reply.frames) return reply.frames(stream);
  const bool tail = !reply.trailers.empty();
  std::string out = http2_head(reply, stream, reply.body.empty() && !tail);
  for (std::size_t at = 0; at < reply.body.size(); at += kFrameSize) {
    const bool last = at + kFrameSize >= reply.body.size();
    out += h2_data(stream, std::string_view(reply.body).substr(at, kFrameSize), last && !tail);
  }
  if (tail) out += h2_headers(stream, reply.trailers, true);
  return out;
}

Reply reset_stream(H2Error error) {
  Reply reply;
  reply.frames = [error](std::uint32_t stream) { return h2_rst_stream(stream, error); };
  return reply;
}

Reply goaway_below(H2Error error, After after) {
  Reply reply;
  reply.frames = [error](std::uint32_t stream) { return h2_goaway(stream < 2 ? 0 : stream - 2, error); };
  reply.after = after;
  return reply;
}

Reply goaway_at(H2Error error, After after) {
  Reply reply;
  reply.frames = [error](std::uint32_t stream) { return h2_goaway(stream, error); };
  reply.after = after;
  return reply;
}

Reply flood(Flood kind, std::uint64_t rounds) {
  Reply reply;
  reply.frames = [](std::uint32_t) { return std::string(); };
  reply.more = [kind, rounds](std::uint32_t stream, std::uint64_t round) {
    return rounds > 0 && round >= rounds ? std::string() : flood_round(kind, stream, round);
  };
  return reply;
}

}  // namespace hlid_test
