// Text from a server or a host, made safe for an error or a trace: it may repeat what it was sent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "engine/context.h"

namespace hlid {

// The text on one line, escaped, at most `max` bytes; without the flow's own secrets and those that its present answer
// brought, and without anything that has the shape of a Salesforce token or a JWT. Each becomes three dots. It is cut
// after that, never before: half a secret would not be known again.
std::string redacted(std::string_view text, const Context& work, size_t max);

// The same for many texts. What it was told to hide is copied, and wiped with it.
//
// Text and secrets are compared as letters alone (codec/unescape.h), so that it does not matter how a server writes
// them: escaped in whatever way and however often, broken over lines, in other case, with tags in between; short ones
// also in base64 and hex. A secret is hidden where eight of its letters follow on each other, a shorter one where it is
// whole. One pass over the text for each way to read it, whatever the text and the secrets are.
class Redactor {
 public:
  // In an error's words, members of the response that are secret by name are hidden; in a trace, also unknown ones: where an
  // error's words come from depends on the flow.
  enum class For { words, trace };
  Redactor(const Context& work, For what);

  [[nodiscard]] std::string redacted(std::string_view text, size_t max);
  // How much was done, for a test of how that grows.
  [[nodiscard]] size_t steps() const { return steps_; }

 private:
  // What is hidden if this many bytes in a row are known: all eight of a piece, or most of a personal value, of which
  // eight letters ("https://", "@example") say nothing.
  struct Form {
    Secret letters;
    uint32_t enough = 0;
  };
  class Marks;

  void add(std::string_view secret);
  void add_value(std::string_view value);
  void add_texts_in(std::string_view json);
  void add_texts_between_tags(std::string_view xml);
  void add_form(Secret letters, size_t enough);
  void add_encoded(std::string_view secret);
  void add_flow(const Context& work);
  void add_response(const Response& response, For what);
  void add_given(std::string_view given, std::string_view redirect_uri);
  void make_table();
  size_t slot_of(uint64_t piece);
  template <typename Begin, typename End>
  void mark(std::string_view letters, Marks& marks, Begin begin, End end);

  std::vector<Form> forms_;
  Secret table_;  // pieces of the forms, by a hash with a key of its own
  std::vector<uint32_t> enough_;
  uint64_t key_ = 0;
  size_t mask_ = 0;
  bool sizes_[9] = {};  // which sizes of pieces there are
  size_t left_;         // bytes of text that are still looked at
  size_t steps_ = 0;
};

}  // namespace hlid
