// A response as it arrives: skips interim ones, keeps the final one's headers and body within the maxima, and
// detects framing that libcurl accepts although it leaves the end of the response ambiguous (RFC 9112 6.3).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/secret.h"
#include "engine/flow.h"

namespace hlid {

class ResponseReader {
 public:
  void reset();

  // One line of a header block with its line end, status lines too. False: read no further.
  bool take_line(std::string_view line);
  // Some of the body. False: read no further.
  bool take_body(std::string_view bytes);

  // Whether the head of the final response has come whole.
  [[nodiscard]] bool has_head() const { return place_ == Place::body; }
  // Whether its body goes on until the connection ends (RFC 9112 6.3, last rule).
  [[nodiscard]] bool lasts_until_end() const {
    return has_head() && version_ < 20 && content_length_ < 0 && !chunked_ && status_ != 204 && status_ != 304;
  }
  [[nodiscard]] bool began() const { return place_ != Place::status || interim_ != 0; }
  // What was wrong, or null. A word that never changes, and a line for people.
  [[nodiscard]] const char* fault() const { return fault_; }
  [[nodiscard]] const char* fault_text() const { return fault_text_; }

  // Hands the complete response to the flow.
  void give(Flow& flow);

 private:
  enum class Place : uint8_t { status, interim, head, body };

  bool stop(const char* fault, const char* text);
  bool take_status(std::string_view line);
  bool take_header(std::string_view line);
  bool check_framing(std::string_view name, std::string_view value);

  Place place_ = Place::status;
  int interim_ = 0;
  int32_t status_ = 0;
  int32_t version_ = 0;
  size_t head_bytes_ = 0;
  int64_t content_length_ = -1;
  bool chunked_ = false;
  Headers headers_;
  Secret body_;
  const char* fault_ = nullptr;
  const char* fault_text_ = nullptr;
};

}  // namespace hlid
