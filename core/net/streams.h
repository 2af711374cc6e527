// What libcurl says, line by line, about HTTP/2 streams that the server has not looked at: its result codes do not tell
// them from those that it may have. Only exact wording counts; where a libcurl words it differently, the
// request may have been sent, and is not repeated.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hlid {

struct StreamNews {
  enum class What : uint8_t {
    nothing,
    opened,   // the request got this stream
    goaway,   // the server processes no stream above this one (RFC 9113 6.8)
    refused,  // the request's stream was closed before anything was done about it (RFC 9113 8.7); libcurl sends it again
  };
  What what = What::nothing;
  uint32_t stream = 0;
};

// A line of CURLINFO_TEXT. Lines of libcurl 7.87 to 8.x.
StreamNews read_news(std::string_view line);
// Whether the line shows a header of the request.
bool shows_header(std::string_view line);

// Requests on HTTP/2 streams, by connection.
template <typename Transfer>
class Streams {
 public:
  void add(Transfer* transfer) { open_.push_back(transfer); }
  void remove(Transfer* transfer) {
    std::erase(open_, transfer);
    std::erase(beyond_, transfer);
  }
  // The connection ends with this stream: requests on later ones will get no response.
  void end_with(const void* connection, uint32_t last) {
    for (Transfer* transfer : open_) {
      if (transfer->connection() != connection || transfer->stream() <= last) continue;
      transfer->set_beyond_goaway();
      beyond_.push_back(transfer);
    }
  }
  // One of those, once; null if there is none.
  Transfer* take_beyond() {
    if (beyond_.empty()) return nullptr;
    Transfer* one = beyond_.back();
    std::erase(beyond_, one);
    return one;
  }

 private:
  std::vector<Transfer*> open_;
  std::vector<Transfer*> beyond_;
};

}  // namespace hlid
