#include "org/ignore.h"

#include <algorithm>

namespace hlid::org {
namespace {

// Of one pattern and one path.
constexpr int64_t kMaxSteps = 5'000;

// [a-z], [!a-z]: `at` is behind the bracket, and moves behind the closing one.
bool in_class(std::string_view pattern, size_t& at, char c) {
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    found = found || (low <= c && c <= high);
  }
  if (at < pattern.size()) ++at;
  return found != negated;
}

bool matches(std::string_view pattern, std::string_view path, int64_t& steps) {
  size_t at = 0;
  size_t in_path = 0;
  while (at < pattern.size()) {
    if (--steps < 0) return false;
    const char c = pattern[at];
    if (c == '*') {
      const bool deep = pattern.substr(at).starts_with("**");
      at += deep ? 2 : 1;
      // "**/" stands for no folder, too.
      if (deep && at < pattern.size() && pattern[at] == '/' && matches(pattern.substr(at + 1), path.substr(in_path), steps)) {
        return true;
      }
      for (size_t i = in_path; i <= path.size(); ++i) {
        if (matches(pattern.substr(at), path.substr(i), steps)) return true;
        if (i < path.size() && path[i] == '/' && !deep) return false;
        if (steps < 0) return false;
      }
      return false;
    }
    if (in_path == path.size()) return false;
    if (c == '[') {
      ++at;
      if (path[in_path] == '/' || !in_class(pattern, at, path[in_path])) return false;
      ++in_path;
      continue;
    }
    const bool escaped = c == '\\' && at + 1 < pattern.size();
    if (escaped) ++at;
    if (!escaped && c == '?' ? path[in_path] == '/' : pattern[at] != path[in_path]) return false;
    ++at;
    ++in_path;
  }
  return in_path == path.size();
}

// One line: whether it names the path, or a folder above it.
bool names(std::string_view pattern, std::string_view path, int64_t& steps) {
  const bool folders_only = pattern.ends_with('/');
  if (folders_only) pattern.remove_suffix(1);
  // A slash at its start or inside ties it to the folder of the ignore file.
  const bool tied = pattern.find('/') != std::string_view::npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  if (pattern.empty()) return false;
  for (size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const bool is_folder = end != std::string_view::npos;
    const std::string_view whole = path.substr(0, end);
    const std::string_view last = whole.substr(whole.find_last_of('/') + 1);
    if ((is_folder || !folders_only) && matches_glob(pattern, tied ? whole : last, steps)) return true;
    if (!is_folder) return false;
  }
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path, int64_t& steps) {
  const int64_t before = std::min(steps, kMaxSteps);
  int64_t left = before;
  const bool found = matches(pattern, path, left);
  steps -= before - std::max<int64_t>(left, 0);
  return found;
}

std::optional<bool> ignores(std::string_view lines, std::string_view path, int64_t& steps) {
  std::optional<bool> found;
  while (!lines.empty() && steps > 0) {
    --steps;
    const size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    const bool negated = line.front() == '!';
    if (negated) line.remove_prefix(1);
    if (names(line, path, steps)) found = !negated;
  }
  return found;
}

}  // namespace hlid::org
