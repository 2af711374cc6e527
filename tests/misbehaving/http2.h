// HTTP/2 frames made by hand (RFC 9113 §4, §6), and the replies that only HTTP/2 can give.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reply.h"

namespace hlid_test {

enum class Frame : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9,
};

inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kAck = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kPriority = 0x20;

// RFC 9113 §7.
enum class H2Error : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http_1_1_required = 13,
};

using Settings = std::vector<std::pair<std::uint16_t, std::uint32_t>>;
inline constexpr std::uint16_t kHeaderTableSize = 1;
inline constexpr std::uint16_t kEnablePush = 2;
inline constexpr std::uint16_t kMaxConcurrentStreams = 3;
inline constexpr std::uint16_t kInitialWindowSize = 4;
inline constexpr std::uint16_t kMaxFrameSize = 5;

std::string h2_frame(Frame type, std::uint8_t flags, std::uint32_t stream, std::string_view payload);
std::string h2_settings(const Settings& settings);
std::string h2_settings_ack();
std::string h2_ping(std::string_view eight_bytes, bool ack = false);
std::string h2_goaway(std::uint32_t last_stream, H2Error error, std::string_view debug = {});
std::string h2_rst_stream(std::uint32_t stream, H2Error error);
std::string h2_window_update(std::uint32_t stream, std::uint32_t increment);
std::string h2_data(std::uint32_t stream, std::string_view bytes, bool end);
// HEADERS, and CONTINUATION where one frame is not enough.
std::string h2_headers(std::uint32_t stream, const Headers& headers, bool end_stream);
std::string h2_push_promise(std::uint32_t stream, std::uint32_t promised, const Headers& headers);
// Literal, not indexed, no Huffman code: what is asked for is what is sent (RFC 7541 §6.2.2).
std::string hpack_literal(const Headers& headers);

// The reply's headers as HTTP/2 has them: `:status` first, names in lower case.
Headers h2_reply_headers(const Reply& reply);
// 1xx answers and the HEADERS of the reply.
std::string http2_head(const Reply& reply, std::uint32_t stream, bool end_stream);
// The frames of a reply on a stream, without `filler`, `more`, faults and flow control.
std::string http2_bytes(const Reply& reply, std::uint32_t stream = 1);

// Replies. Over HTTP/1.1, those that have no like there reset the connection.
Reply reset_stream(H2Error error);
Reply goaway_below(H2Error error = H2Error::no_error, After after = After::fin);  // last id below the request's
Reply goaway_at(H2Error error = H2Error::no_error, After after = After::fin);     // the request's own id

// Floods that end when the peer goes, or after `rounds` if there are any.
enum class Flood { settings, ping, empty_data, continuation, push_promise, window_update, rst_stream, headers };
Reply flood(Flood kind, std::uint64_t rounds = 0);

}  // namespace hlid_test
