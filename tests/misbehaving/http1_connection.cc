#include "http1_connection.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace hlid_test {
namespace {

bool has_header(const Headers& headers, const char* name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return strcasecmp(header.first.c_str(), name) == 0; });
}

std::string lines(const Headers& headers) {
  std::string out;
  for (const auto& [name, value] : headers) out += name + ": " + value + "\r\n";
  return out;
}

std::string head_of(const Reply& reply) {
  std::string out;
  for (const Interim& interim : reply.interim) {
    out += "HTTP/1.1 " + std::to_string(interim.status) + " Interim\r\n" + lines(interim.headers) + "\r\n";
  }
  out += reply.version + " " + std::to_string(reply.status) + " Status\r\n" + lines(reply.headers);
  const bool bodiless = reply.status == 204 || reply.status == 304 || reply.status < 200;
  if (reply.framing == Framing::chunked && !has_header(reply.headers, "transfer-encoding")) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  if (reply.framing == Framing::length && !bodiless && !has_header(reply.headers, "content-length") &&
      !has_header(reply.headers, "transfer-encoding")) {
    out += "Content-Length: " + std::to_string(reply.body.size() + reply.filler) + "\r\n";
  }
  return out + "\r\n";
}

std::string chunk(std::string_view bytes) {
  char size[17];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  return std::string(size, end) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string last_chunk(const Reply& reply) { return "0\r\n" + lines(reply.trailers) + "\r\n"; }

// Writes a reply's bytes as its faults want them.
class Outlet {
 public:
  Outlet(Stream& stream, const Reply& reply) : stream_(stream), reply_(reply), left_(reply.cut) {}

  void put(std::string_view bytes) {
    while (!bytes.empty()) {
      std::size_t size = reply_.slice > 0 ? std::min(reply_.slice, bytes.size()) : bytes.size();
      if (left_) size = std::min(size, *left_);
      if (size == 0) throw EndHere(reply_.after == After::keep ? After::silent : reply_.after);
      if (!first_) stream_.pause(reply_.pause);
      first_ = false;
      stream_.write(bytes.substr(0, size));
      if (left_) *left_ -= size;
      bytes.remove_prefix(size);
    }
  }

 private:
  Stream& stream_;
  const Reply& reply_;
  std::optional<std::size_t> left_;
  bool first_ = true;
};

}  // namespace

std::string http1_bytes(const Reply& reply) {
  if (reply.raw) return *reply.raw;
  if (reply.framing != Framing::chunked) return head_of(reply) + reply.body;
  return head_of(reply) + (reply.body.empty() ? std::string() : chunk(reply.body)) + last_chunk(reply);
}

void Http1Connection::run() {
  try {
    for (;;) serve_one();
  } catch (const EndHere& here) {
    end(here.after);
  }
}

void Http1Connection::serve_one() {
  Request request = begin();
  try {
    read_head(request);
    const std::optional<Reply> early = options_.early ? options_.early(request) : std::optional<Reply>();
    if (early) {
      response(request, *early);
      read_body(request);
      finish(request);
      ++served_;
      return;
    }
    if (request.header("expect") == "100-continue") stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
    read_body(request);
  } catch (const EndHere&) {
    throw;  // `end` sees to the buffer
  } catch (...) {
    journal_.add_transcript(number_, buffer_, buffer_.size());
    throw;
  }
  finish(request);
  if (cut_ && used_ >= cut_->at) end(cut_->after);
  ++served_;
  if (stream_.is_tls() && options_.tls->renegotiate) stream_.ask_to_renegotiate();
  const Reply reply = options_.handler ? options_.handler(request) : http1(404);
  response(request, reply);
  const std::string connection = request.header("connection");
  const bool stays = request.version == "HTTP/1.0" ? strcasecmp(connection.c_str(), "keep-alive") == 0
                                                   : strcasecmp(connection.c_str(), "close") != 0;
  if (!stays) end(After::fin);
}

Request Http1Connection::begin() {
  if (buffer_.empty()) stream_.peek(1);
  number_ = journal_.begin_request(connection_, 0, false);
  used_ = 0;
  cut_ = options_.cut_request ? options_.cut_request({number_, connection_, served_}) : std::optional<Cut>();
  Request request;
  request.number = number_;
  request.connection = connection_;
  return request;
}

void Http1Connection::read_head(Request& request) {
  std::string line = take_line();
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string::npos || last == first) throw EndHere(After::fin);  // not HTTP
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  request.path = request.target.substr(0, request.target.find('?'));
  request.version = line.substr(last + 1);
  for (line = take_line(); !line.empty(); line = take_line()) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) throw EndHere(After::fin);
    const std::size_t value = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
    request.headers.emplace_back(line.substr(0, colon), line.substr(value));
  }
}

void Http1Connection::read_body(Request& request) {
  if (strcasecmp(request.header("transfer-encoding").c_str(), "chunked") == 0) {
    read_chunks(request);
    return;
  }
  const std::string length = request.header("content-length");
  if (length.empty()) return;
  std::size_t size = 0;
  if (std::from_chars(length.data(), length.data() + length.size(), size).ec != std::errc()) {
    throw EndHere(After::fin);
  }
  request.body = take(size);
}

void Http1Connection::read_chunks(Request& request) {
  for (;;) {
    // The chunks' own lines stay out of the transcript, so that a secret split over two chunks is found.
    while (buffer_.find("\r\n") == std::string::npos) fill();
    const std::size_t line = buffer_.find("\r\n") + 2;
    std::size_t size = 0;
    if (std::from_chars(buffer_.data(), buffer_.data() + line, size, 16).ec != std::errc()) throw EndHere(After::fin);
    buffer_.erase(0, line);
    used_ += line;
    journal_.add_transcript(number_, {}, line);
    if (size == 0) break;
    request.body += take(size);
    while (buffer_.size() < 2) fill();
    buffer_.erase(0, 2);
    used_ += 2;
    journal_.add_transcript(number_, {}, 2);
  }
  while (!take_line().empty()) {  // trailers
  }
}

std::string Http1Connection::take_line() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) fill();
  std::string line = take(end + 2);
  line.resize(end);
  return line;
}

std::string Http1Connection::take(std::size_t size) {
  while (buffer_.size() < size) fill();
  std::string out = buffer_.substr(0, size);
  buffer_.erase(0, size);
  used_ += size;
  journal_.add_transcript(number_, out, size);
  return out;
}

void Http1Connection::fill() {
  std::size_t size = 16384;
  if (cut_) {
    const std::size_t have = used_ + buffer_.size();
    if (have >= cut_->at) end(cut_->after);
    size = std::min(size, cut_->at - have);
  }
  const std::size_t before = buffer_.size();
  buffer_.resize(before + size);
  std::size_t got = 0;
  try {
    got = stream_.read(buffer_.data() + before, size);
  } catch (...) {
    buffer_.resize(before);
    throw;
  }
  buffer_.resize(before + got);
}

void Http1Connection::finish(const Request& request) { journal_.complete_request(request, false); }

void Http1Connection::response(const Request&, const Reply& reply) {
  if (reply.delay.count() > 0) stream_.pause(reply.delay);
  if (reply.gate && stream_.wait(std::nullopt, {reply.gate.get()}, false) == Stream::Woke::hangup) end(After::silent);
  Outlet out(stream_, reply);
  if (reply.raw) {
    out.put(*reply.raw);
  } else if (reply.frames) {
    end(After::rst);  // a response that only HTTP/2 can give
  } else {
    const bool chunked = reply.framing == Framing::chunked;
    out.put(head_of(reply));
    if (!reply.body.empty()) out.put(chunked ? chunk(reply.body) : reply.body);
    const std::string block(65536, 'x');
    for (std::uint64_t left = reply.filler; left > 0;) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
      out.put(chunked ? chunk(std::string_view(block).substr(0, size)) : block.substr(0, size));
      left -= size;
    }
    if (chunked && !reply.more) out.put(last_chunk(reply));
  }
  for (std::uint64_t round = 0; reply.more; ++round) {
    const std::string next = reply.more(0, round);
    if (next.empty()) break;
    out.put(next);
  }
  if (reply.tunnel) stream_.tunnel(*reply.tunnel);
  if (reply.after != After::keep) end(reply.after);
  if (reply.cut) end(After::silent);
  if (!reply.raw && reply.framing == Framing::until_end) end(After::fin);
}

// What was read and not used still counts as received by this request; what comes from here on is `late`.
void Http1Connection::end(After after) {
  if (!buffer_.empty()) journal_.add_transcript(number_, buffer_, buffer_.size());
  buffer_.clear();
  if (stream_.end(after)) {
    char more[16384];
    for (;;) {
      const std::size_t got = stream_.read(more, sizeof more);
      journal_.change(connection_, [&](ConnectionRecord& record) { record.late.append(more, got); });
    }
  }
  throw PeerGone();
}

void Http1Connection::play(const Script& script) {
  try {
    for (const Action& action : script) act(action);
    end(After::fin);
  } catch (const EndHere& here) {
    end(here.after);
  }
}

void Http1Connection::act(const Action& action) {
  if (std::holds_alternative<ReadRequest>(action)) {
    Request request = begin();
    read_head(request);
    read_body(request);
    finish(request);
    ++served_;
  } else if (const auto* bytes = std::get_if<ReadBytes>(&action)) {
    begin();
    cut_.reset();
    take(bytes->size);
  } else if (const auto* send = std::get_if<Send>(&action)) {
    Reply reply = raw_reply(send->bytes);
    reply.slice = send->slice;
    reply.pause = send->pause;
    response({}, reply);
  } else if (const auto* wait = std::get_if<Wait>(&action)) {
    stream_.pause(wait->time);
  } else if (const auto* gate = std::get_if<WaitFor>(&action)) {
    if (stream_.wait(std::nullopt, {gate->gate.get()}, false) == Stream::Woke::hangup) throw PeerGone();
  } else if (const auto* last = std::get_if<End>(&action)) {
    end(last->after);
  }
}

}  // namespace hlid_test
