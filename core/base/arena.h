// Texts that end together, in a few blocks that are wiped as a whole.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace hlid {

class Arena {
 public:
  // `usual`: bytes of a block; one should hold what is usually kept.
  explicit Arena(size_t usual) : usual_(usual) {}

  // A copy with a NUL behind it (nothing, of an empty text), which stays where it is until `clear`, also when the arena is moved.
  std::string_view keep(std::string_view text);
  // Wipes one of them before the others.
  static void wipe_kept(std::string_view kept);
  // Wipes all of them. One block stays for the next texts, unless it is larger than usual.
  void clear();
  // Makes room for texts of this many bytes together, each with its NUL.
  void reserve(size_t bytes);

 private:
  size_t usual_;
  Secret block_;
  std::vector<Secret> full_;
};

}  // namespace hlid
