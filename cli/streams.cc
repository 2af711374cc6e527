#include "cli/streams.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cli/files.h"
#include "cli/outcome.h"
#include "cli/pasted.h"
#include "cli/signals.h"
#include "cli/wipe.h"

namespace hlid_cli {
namespace {

constexpr size_t kChunk = 4096;

// What was read from standard input beyond the line that was asked for.
Secret& rest_of_input() {
  static Secret rest;
  return rest;
}

// Reads once; 0 at the end. A terminal that has gone counts as the end.
size_t read_some(int fd, char* to, size_t size) {
  while (true) {
    const ssize_t count = read(fd, to, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EINTR) {
      throw_if_interrupted();
      continue;
    }
    return 0;
  }
}

// Adds what standard input has next; 0 at its end.
size_t read_chunk(Secret& to) {
  while (wait_readable(STDIN_FILENO) == Ready::signal) throw_if_interrupted();
  char chunk[kChunk];
  const size_t count = read_some(STDIN_FILENO, chunk, sizeof chunk);
  to.append(std::string_view(chunk, count));
  wipe_bytes(chunk, count);
  return count;
}

size_t write_some(int fd, std::string_view text) {
  while (true) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count >= 0) return static_cast<size_t>(count);
    // Another process that shares the descriptor may have made it non-blocking.
    pollfd full{fd, POLLOUT, 0};
    if (errno == EAGAIN)
      (void)poll(&full, 1, -1);
    else if (errno != EINTR)
      return 0;
  }
}

// Whether a file system or a limit leaves no room at the end of the file.
bool has_no_room(int fd) {
  constexpr uint64_t kRoom = uint64_t{16} * 1024;
  struct stat facts{};
  if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  rlimit limit{};
  const auto size = static_cast<uint64_t>(facts.st_size);
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size + kRoom > limit.rlim_cur) return true;
  struct statvfs room{};
  if (fstatvfs(fd, &room) != 0 || room.f_blocks == 0) return false;  // a file system that counts no blocks
  return uint64_t{geteuid() == 0 ? room.f_bfree : room.f_bavail} * room.f_frsize < kRoom;
}

OutputError output_error(int why) {
  return {std::string("standard output cannot be written: ") + std::strerror(why), why == EPIPE};
}

// The last character, which may be several bytes.
void drop_last_character(Secret& typed) {
  const std::string_view text = typed.view();
  size_t rest = text.size();
  while (rest > 0) {
    --rest;
    if ((static_cast<unsigned char>(text[rest]) & 0xC0U) != 0x80U) break;
  }
  while (typed.size() > rest) typed.drop_last();
}

constexpr char kEndOfInput = 0x04;  // Ctrl-D
constexpr char kErase = 0x7F;
constexpr char kBackspace = 0x08;
constexpr char kEraseLine = 0x15;  // Ctrl-U

// True when the line is finished.
bool take_key(char key, Secret& typed) {
  switch (key) {
    case '\n':
    case '\r': return true;
    case kErase:
    case kBackspace: drop_last_character(typed); return false;
    case kEraseLine: typed.clear(); return false;
    case kEndOfInput:
      if (typed.empty()) throw UsageError("the terminal's input ended before a response came");
      return true;
    default: typed.append(key); return false;
  }
}

}  // namespace

Secret read_whole_input(const std::string& what) {
  Secret& rest = rest_of_input();
  while (read_chunk(rest) > 0) {
    if (rest.size() > kMaxInputBytes) throw UsageError(what + " is longer than 2 MiB");
  }
  Secret all(rest.view());
  rest.clear();
  take_as_text(all, what);
  return all;
}

Secret read_input_line(const std::string& what) {
  Secret& rest = rest_of_input();
  while (true) {
    const size_t end = rest.view().find('\n');
    if (end != std::string_view::npos) {
      Secret line(rest.view().substr(0, end + 1));
      rest.drop_first(end + 1);
      drop_line_end(line);
      take_as_text(line, what);
      return line;
    }
    if (rest.size() > kMaxInputBytes) throw UsageError(what + ": the line of standard input is longer than 2 MiB");
    const size_t count = read_chunk(rest);
    if (count > 0) continue;
    if (rest.empty()) throw UsageError(what + ": standard input ended before it came");
    Secret line(rest.view());  // the last line may lack its end
    rest.clear();
    take_as_text(line, what);
    return line;
  }
}

bool input_is_terminal() { return isatty(STDIN_FILENO) == 1; }
bool output_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool errors_are_terminal() { return isatty(STDERR_FILENO) == 1; }

Secret prompt(const std::string& question, bool hidden) {
  if (!hidden) {
    write_error(question + ": ");
    return read_input_line(question);
  }
  TerminalGuard guard(STDIN_FILENO);
  write_error(question + ": ");
  Secret typed;
  while (true) {
    if (wait_readable(STDIN_FILENO) == Ready::signal) {
      if (ending_signal() != 0) {
        guard.restore();
        write_error("\n");
        throw Interrupted{ending_signal()};
      }
      if (guard.stop_if_asked()) {
        typed.clear();  // a new prompt begins with nothing: what was typed cannot be seen
        write_error(question + ": ");
      }
      continue;
    }
    char keys[64];
    const size_t count = read_some(STDIN_FILENO, keys, sizeof keys);
    bool finished = false;
    for (size_t i = 0; i < count && !finished; ++i) finished = take_key(keys[i], typed);
    wipe_bytes(keys, sizeof keys);
    if (count == 0) throw UsageError(question + ": the terminal's input ended before it came");
    if (typed.size() > kMaxInputBytes) throw UsageError(question + " is longer than 2 MiB");
    if (!finished) continue;
    guard.restore();
    write_error("\n");
    return typed;
  }
}

void check_output() {
  const int flags = fcntl(STDOUT_FILENO, F_GETFL);
  if (flags == -1 || (flags & O_ACCMODE) == O_RDONLY) throw output_error(EBADF);
  pollfd state{STDOUT_FILENO, POLLOUT, 0};
  if (poll(&state, 1, 0) == 1 && (state.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) throw output_error(EPIPE);
  if (write(STDOUT_FILENO, "", 0) < 0 && errno != EAGAIN && errno != EINTR) throw output_error(errno);
  if (has_no_room(STDOUT_FILENO)) throw output_error(ENOSPC);
}

void write_output(std::string_view text) {
  while (!text.empty()) {
    errno = 0;
    const size_t count = write_some(STDOUT_FILENO, text);
    if (count == 0) throw output_error(errno);
    text.remove_prefix(count);
  }
}

void write_error(std::string_view text) {
  while (!text.empty()) {
    const size_t count = write_some(STDERR_FILENO, text);
    if (count == 0) return;
    text.remove_prefix(count);
  }
}

size_t text_width() {
  winsize size{};
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return std::clamp<size_t>(size.ws_col, 60, 100);
  }
  return 80;
}

}  // namespace hlid_cli
