#include "http2_connection.h"

#include <algorithm>

namespace hlid_test {
namespace {

constexpr std::size_t kPrefaceSize = 24;
constexpr std::int64_t kDataSize = 16384;  // SETTINGS_MAX_FRAME_SIZE that every peer takes

std::uint32_t read_number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

std::string text_of(const Headers& headers, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < headers.size(); ++i) out += headers[i].first + ": " + headers[i].second + "\r\n";
  return out;
}

}  // namespace

Http2Connection::Http2Connection(Stream& stream, Journal& journal, const ServerOptions& options, std::size_t connection)
    : stream_(stream), journal_(journal), options_(options), connection_(connection) {
  nghttp2_hd_inflater* inflater = nullptr;
  nghttp2_hd_inflate_new(&inflater);
  inflater_.reset(inflater);
}

void Http2Connection::run() {
  take(kPrefaceSize);
  stream_.write(h2_settings(options_.http2.settings) + options_.http2.preface);
  for (;;) {
    try {
      while (mute_) read_frame();
      if (buffer_.empty()) wait_for_work();
      if (!buffer_.empty() || stream_.wait(Clock::now(), {}, true) == Stream::Woke::input) {
        read_frame();
      } else {
        write_some();
      }
    } catch (const EndHere& here) {
      stop(here.after);
    }
  }
}

// Until there is a frame to read or something may be written.
void Http2Connection::wait_for_work() {
  std::optional<Clock::time_point> until;
  std::vector<const Gate*> gates;
  for (const Outgoing& out : outgoing_) {
    if (out.reply.gate && !out.gate_open) {
      gates.push_back(out.reply.gate.get());
    } else if (!out.blocked) {
      until = until ? std::min(*until, out.due) : out.due;
    }
  }
  if (stream_.wait(until, gates, true) != Stream::Woke::gate) return;
  for (Outgoing& out : outgoing_) {
    if (!out.reply.gate || out.gate_open) continue;
    const std::vector<const Gate*> one{out.reply.gate.get()};
    out.gate_open = stream_.wait(Clock::now(), one, true) == Stream::Woke::gate;
  }
}

std::string Http2Connection::take(std::size_t size) {
  while (buffer_.size() < size) {
    char more[16384];
    const std::size_t got = stream_.read(more, sizeof more);
    buffer_.append(more, got);
  }
  std::string out = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return out;
}

void Http2Connection::read_frame() {
  const std::string bytes = take(9);
  FrameHead head;
  head.size = read_number(std::string_view(bytes).substr(0, 3));
  head.type = static_cast<Frame>(bytes[3]);
  head.flags = static_cast<std::uint8_t>(bytes[4]);
  head.stream = read_number(std::string_view(bytes).substr(5, 4)) & 0x7fffffffU;
  switch (head.type) {
    case Frame::headers:
    case Frame::continuation:
      on_headers(head, read_payload(head));
      cut_between_frames(head.stream);
      return;
    case Frame::data:
      on_data(head, read_payload(head));
      cut_between_frames(head.stream);
      return;
    default: break;
  }
  const std::string payload = take(head.size);
  if (head.type == Frame::settings && (head.flags & kAck) == 0) {
    on_settings(head, payload);
  } else if (head.type == Frame::ping && (head.flags & kAck) == 0) {
    journal_.change(connection_, [](ConnectionRecord& record) { ++record.pings_received; });
    if (options_.http2.answer_pings) control(h2_ping(payload, true));
  } else if (head.type == Frame::window_update) {
    const std::int64_t more = read_number(payload) & 0x7fffffffU;
    (head.stream == 0 ? window_ : windows_[head.stream]) += more;
    for (Outgoing& out : outgoing_) out.blocked = false;
  } else if (head.type == Frame::goaway) {
    journal_.change(connection_, [](ConnectionRecord& record) { ++record.goaways_received; });
  } else if (head.type == Frame::rst_stream) {
    journal_.change(connection_, [](ConnectionRecord& record) { ++record.resets_received; });
    incoming_.erase(head.stream);
    // A unit that is half sent has to be finished, or the frames after it make no sense.
    outgoing_.remove_if([&](const Outgoing& out) { return out.stream == head.stream && !out.reply.heedless && out.sent == 0; });
    for (Outgoing& out : outgoing_) {
      if (out.stream == head.stream && !out.reply.heedless) out.stage = Stage::done;
    }
  }
}

// The payload of a frame that belongs to a request, unless the request is to be cut inside it.
std::string Http2Connection::read_payload(const FrameHead& head) {
  if (head.type == Frame::headers && !incoming_.contains(head.stream)) {
    Incoming& fresh = incoming_[head.stream];
    fresh.request.number = journal_.begin_request(connection_, head.stream, true);
    fresh.request.connection = connection_;
    fresh.request.stream = head.stream;
    fresh.request.http2 = true;
    windows_.try_emplace(head.stream, initial_window_);
    if (options_.cut_request && !mute_) fresh.cut = options_.cut_request({fresh.request.number, connection_, begun_});
    ++begun_;
  }
  const auto found = incoming_.find(head.stream);
  if (found == incoming_.end()) return take(head.size);
  Incoming& in = found->second;
  const std::size_t whole = 9 + head.size;
  std::string payload;
  if (!mute_ && in.cut && in.used + whole > in.cut->at) {
    const std::size_t left = in.cut->at - std::min(in.used, in.cut->at);
    payload = take(left > 9 ? left - 9 : 0);
    journal_.add_transcript(in.request.number, head.type == Frame::data ? payload : std::string(), left);
    in.used += left;
    stop(in.cut->after);
    const std::string rest = take(head.size - payload.size());
    journal_.add_transcript(in.request.number, head.type == Frame::data ? rest : std::string(), whole - left);
    in.used += whole - left;
    return payload + rest;
  }
  payload = take(head.size);
  in.used += whole;
  journal_.add_transcript(in.request.number, head.type == Frame::data ? payload : std::string(), whole);
  return payload;
}

void Http2Connection::cut_between_frames(std::uint32_t stream) {
  const auto found = incoming_.find(stream);
  if (mute_ || found == incoming_.end()) return;
  const Incoming& in = found->second;
  if (in.cut && in.used >= in.cut->at) stop(in.cut->after);
}

void Http2Connection::on_headers(const FrameHead& head, std::string payload) {
  const auto found = incoming_.find(head.stream);
  if (found == incoming_.end()) throw EndHere(After::fin);  // CONTINUATION of nothing
  Incoming& in = found->second;
  if (head.type == Frame::headers) {
    std::size_t front = 0;
    std::size_t back = 0;
    if ((head.flags & kPadded) != 0 && !payload.empty()) {
      back = static_cast<unsigned char>(payload[0]);
      front = 1;
    }
    if ((head.flags & kPriority) != 0) front += 5;
    if (front + back > payload.size()) throw EndHere(After::fin);
    payload = payload.substr(front, payload.size() - front - back);
    if ((head.flags & kEndStream) != 0) in.end_stream = true;
  }
  in.block += payload;
  if ((head.flags & kEndHeaders) == 0) return;
  inflate(in);
  headers_complete(in);
  if (in.end_stream) request_complete(head.stream);
}

void Http2Connection::inflate(Incoming& in) {
  Headers& headers = in.request.headers;
  const std::size_t before = headers.size();
  const auto* data = reinterpret_cast<const std::uint8_t*>(in.block.data());
  std::size_t left = in.block.size();
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    const ssize_t used = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, data, left, 1);
    if (used < 0) throw EndHere(After::fin);
    data += used;
    left -= static_cast<std::size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      headers.emplace_back(std::string(reinterpret_cast<char*>(field.name), field.namelen),
                           std::string(reinterpret_cast<char*>(field.value), field.valuelen));
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) break;
  }
  nghttp2_hd_inflate_end_headers(inflater_.get());
  in.block.clear();
  journal_.add_transcript(in.request.number, text_of(headers, before) + "\r\n", 0);
}

void Http2Connection::headers_complete(Incoming& in) {
  Request& request = in.request;
  request.method = request.header(":method");
  request.target = request.header(request.method == "CONNECT" ? ":authority" : ":path");
  request.path = request.target.substr(0, request.target.find('?'));
  if (mute_ || in.end_stream || in.answered || !options_.early) return;
  if (std::optional<Reply> early = options_.early(request)) {
    in.answered = true;
    response(request.stream, std::move(*early));
  }
}

void Http2Connection::on_data(const FrameHead& head, std::string payload) {
  if (options_.http2.grant_window && !mute_ && head.size > 0) {
    const auto size = static_cast<std::uint32_t>(head.size);
    control(h2_window_update(0, size) + ((head.flags & kEndStream) == 0 ? h2_window_update(head.stream, size) : ""));
  }
  const auto found = incoming_.find(head.stream);
  if (found == incoming_.end()) return;  // reset meanwhile
  Incoming& in = found->second;
  if ((head.flags & kPadded) != 0 && !payload.empty()) {
    const std::size_t pad = static_cast<unsigned char>(payload[0]);
    payload = payload.substr(1, payload.size() - std::min(payload.size(), 1 + pad));
  }
  in.request.body += payload;
  if ((head.flags & kEndStream) != 0) {
    in.end_stream = true;
    request_complete(head.stream);
  }
}

void Http2Connection::on_settings(const FrameHead&, std::string_view payload) {
  for (std::size_t at = 0; at + 6 <= payload.size(); at += 6) {
    const std::uint32_t value = read_number(payload.substr(at + 2, 4));
    const std::uint32_t id = read_number(payload.substr(at, 2));
    if (id == kHeaderTableSize) continue;  // we never index
    if (id != kInitialWindowSize) continue;
    for (auto& [stream, window] : windows_) window += value - initial_window_;
    initial_window_ = value;
    for (Outgoing& out : outgoing_) out.blocked = false;
  }
  if (options_.http2.response_settings) control(h2_settings_ack());
}

void Http2Connection::request_complete(std::uint32_t stream) {
  Incoming in = std::move(incoming_[stream]);
  incoming_.erase(stream);
  journal_.complete_request(in.request, mute_);
  if (mute_ || in.answered) return;
  if (in.cut && in.used >= in.cut->at) {
    stop(in.cut->after);
    return;
  }
  response(stream, options_.handler ? options_.handler(in.request) : http1(404));
}

void Http2Connection::response(std::uint32_t stream, Reply reply) {
  Outgoing& out = outgoing_.emplace_back();
  out.stream = stream;
  out.due = Clock::now() + reply.delay;
  out.left = reply.cut;
  out.reply = std::move(reply);
}

void Http2Connection::control(const std::string& frames) {
  if (!mute_) control_ += frames;
  flush_control();
}

void Http2Connection::flush_control() {
  const bool inside = std::any_of(outgoing_.begin(), outgoing_.end(), [](const Outgoing& out) { return out.sent > 0; });
  if (mute_ || inside || control_.empty()) return;
  stream_.write(control_);
  control_.clear();
}

// One piece of each reply that may go on.
void Http2Connection::write_some() {
  const Clock::time_point now = Clock::now();
  const auto inside = std::find_if(outgoing_.begin(), outgoing_.end(), [](const Outgoing& out) { return out.sent > 0; });
  if (inside != outgoing_.end()) {
    // Nobody else may write in the middle of a frame.
    for (Outgoing& out : outgoing_) {
      if (&out != &*inside) out.due = std::max(out.due, inside->due);
    }
    if (inside->due <= now) write_piece(*inside);
  } else {
    for (Outgoing& out : outgoing_) {
      if (out.blocked || out.due > now || (out.reply.gate && !out.gate_open)) continue;
      write_piece(out);
      if (mute_ || out.sent > 0) break;
    }
  }
  outgoing_.remove_if([](const Outgoing& out) { return out.stage == Stage::done && out.unit.empty(); });
  flush_control();
}

void Http2Connection::write_piece(Outgoing& out) {
  const After after = out.reply.after;
  if (out.unit.empty() && !refill(out)) {
    if (out.stage != Stage::done) return;
    if (after != After::keep) stop(after);
    if (!mute_ && out.reply.cut) stop(After::silent);
    return;
  }
  std::size_t size = out.unit.size() - out.sent;
  if (out.reply.slice > 0) size = std::min(size, out.reply.slice);
  if (out.left) size = std::min(size, *out.left);
  if (size == 0) {
    out.unit.clear();
    out.sent = 0;
    out.stage = Stage::done;
    stop(after == After::keep ? After::silent : after);
    return;
  }
  stream_.write(std::string_view(out.unit).substr(out.sent, size));
  out.sent += size;
  if (out.left) *out.left -= size;
  if (out.reply.pause.count() > 0) out.due = Clock::now() + out.reply.pause;
  if (out.sent < out.unit.size()) return;
  out.unit.clear();
  out.sent = 0;
}

// The next unit of a reply, if there is one and it may be sent.
bool Http2Connection::refill(Outgoing& out) {
  const Reply& reply = out.reply;
  while (out.unit.empty() && !out.blocked && out.stage != Stage::done) {
    switch (out.stage) {
      case Stage::head:
        out.stage = Stage::more;
        if (reply.raw || reply.frames) {
          out.unit = http2_bytes(reply, out.stream);
          break;
        }
        if (reply.body.empty() && reply.filler == 0 && reply.trailers.empty() && !reply.more) {
          out.unit = http2_head(reply, out.stream, true);
        } else {
          out.unit = http2_head(reply, out.stream, false);
          out.stage = Stage::body;
        }
        break;
      case Stage::body: body_unit(out); break;
      case Stage::trailers:
        out.unit = h2_headers(out.stream, reply.trailers, true);
        out.stage = Stage::done;
        return true;
      case Stage::more:
        if (reply.more) out.unit = reply.more(out.stream, out.round++);
        if (out.unit.empty()) out.stage = Stage::done;
        break;
      case Stage::done: break;
    }
  }
  return !out.unit.empty();
}

void Http2Connection::body_unit(Outgoing& out) {
  const Reply& reply = out.reply;
  const std::uint64_t whole = reply.body.size() + reply.filler;
  if (out.body_sent == whole) {  // there is none
    out.stage = reply.more ? Stage::more : Stage::trailers;
    return;
  }
  const std::int64_t room = std::min({kDataSize, window_, windows_[out.stream]});
  if (room <= 0) {
    out.blocked = true;
    return;
  }
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(room), whole - out.body_sent));
  std::string bytes;
  if (out.body_sent < reply.body.size()) {
    bytes = reply.body.substr(static_cast<std::size_t>(out.body_sent), size);
  } else {
    bytes.assign(size, 'x');
  }
  out.body_sent += bytes.size();
  window_ -= static_cast<std::int64_t>(bytes.size());
  windows_[out.stream] -= static_cast<std::int64_t>(bytes.size());
  const bool last = out.body_sent == whole;
  out.unit = h2_data(out.stream, bytes, last && reply.trailers.empty() && !reply.more);
  if (last) out.stage = !reply.trailers.empty() && !reply.more ? Stage::trailers : Stage::more;
}

void Http2Connection::stop(After after) {
  mute_ = true;
  if (!stream_.end(after)) throw PeerGone();
}

}  // namespace hlid_test
