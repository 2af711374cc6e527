#include "base/arena.h"

#include <algorithm>
#include <utility>

namespace hlid {

std::string_view Arena::keep(std::string_view text) {
  if (text.empty()) return {};
  if (block_.capacity() - block_.size() <= text.size()) reserve(text.size() + 1);
  const size_t start = block_.size();
  block_.append(text);
  block_.append('\0');
  return block_.view().substr(start, text.size());
}

void Arena::reserve(size_t bytes) {
  if (block_.capacity() - block_.size() >= bytes) return;
  if (!block_.empty()) full_.push_back(std::move(block_));
  block_ = Secret();
  block_.reserve(std::max(bytes, usual_));
}

void Arena::clear() {
  if (block_.capacity() > 2 * usual_) block_.clear();
  block_.resize(0);
  full_.clear();
}

void Arena::wipe_kept(std::string_view kept) {
  wipe(const_cast<char*>(kept.data()), kept.size());  // NOLINT: the arena's own bytes
}

}  // namespace hlid
