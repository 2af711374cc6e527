// One connection's worth of HTTP/2: a loop that reads frames and lets each stream's reply go on when it may. A reply
// that waits (delay, pause, gate, window) does not hold up the others; a handler that blocks does.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "http2.h"
#include "journal.h"
#include "reply.h"
#include "server.h"
#include "stream.h"

namespace hlid_test {

class Http2Connection {
 public:
  Http2Connection(Stream& stream, Journal& journal, const ServerOptions& options, std::size_t connection);
  // Ends with PeerGone or Stopped, or with what a handler throws.
  void run();

 private:
  struct FrameHead {
    std::size_t size = 0;
    Frame type = Frame::data;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
  };
  struct Incoming {
    Request request{};
    std::size_t used = 0;
    std::optional<Cut> cut{};
    std::string block{};  // header block so far
    bool end_stream = false;
    bool answered = false;  // by the early answer
  };
  enum class Stage { head, body, trailers, more, done };
  struct Outgoing {
    std::uint32_t stream = 0;
    Reply reply{};
    Stage stage = Stage::head;
    std::string unit{};  // a frame, or bytes that belong together
    std::size_t sent = 0;
    std::uint64_t body_sent = 0;
    std::uint64_t round = 0;
    std::optional<std::size_t> left{};
    bool gate_open = false;
    bool blocked = false;  // by flow control
    Clock::time_point due{};
  };

  void read_frame();
  std::string read_payload(const FrameHead& head);
  void cut_between_frames(std::uint32_t stream);
  void on_headers(const FrameHead& head, std::string payload);
  void on_data(const FrameHead& head, std::string payload);
  void on_settings(const FrameHead& head, std::string_view payload);
  void headers_complete(Incoming& in);
  void request_complete(std::uint32_t stream);
  void inflate(Incoming& in);
  void response(std::uint32_t stream, Reply reply);

  void wait_for_work();
  void write_some();
  bool refill(Outgoing& out);
  void body_unit(Outgoing& out);
  void write_piece(Outgoing& out);
  void control(const std::string& frames);
  void flush_control();
  // The conversation is over: nothing is answered from here on. Returns if there is still something to read.
  void stop(After after);
  std::string take(std::size_t size);

  struct InflaterFree {
    void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
  };

  Stream& stream_;
  Journal& journal_;
  const ServerOptions& options_;
  std::size_t connection_;
  std::size_t begun_ = 0;
  std::string buffer_{};
  std::unique_ptr<nghttp2_hd_inflater, InflaterFree> inflater_{};
  std::map<std::uint32_t, Incoming> incoming_{};
  std::list<Outgoing> outgoing_{};
  std::string control_{};  // frames of the connection itself that wait for a gap between units
  bool mute_ = false;
  std::int64_t window_ = 65535;  // what we may still send
  std::int64_t initial_window_ = 65535;
  std::map<std::uint32_t, std::int64_t> windows_{};
};

}  // namespace hlid_test
