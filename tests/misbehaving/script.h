// A conversation that is not HTTP, or not quite: what to do with one connection, step by step. The bytes are those
// inside TLS, if there is TLS.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "journal.h"
#include "reply.h"
#include "stream.h"

namespace hlid_test {

struct ReadRequest {};  // head, and body by Content-Length or in chunks
struct ReadBytes {
  std::size_t size = 0;
};
struct Send {
  std::string bytes{};
  std::size_t slice = 0;
  Milliseconds pause{0};
};
struct Wait {
  Milliseconds time{0};
};
struct WaitFor {
  std::shared_ptr<Gate> gate{};
};
struct End {
  After after = After::fin;
};

using Action = std::variant<ReadRequest, ReadBytes, Send, Wait, WaitFor, End>;
using Script = std::vector<Action>;  // at its end: After::fin

}  // namespace hlid_test
