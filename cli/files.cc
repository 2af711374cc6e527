#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/outcome.h"
#include "cli/pasted.h"
#include "cli/signals.h"
#include "cli/streams.h"
#include "cli/wipe.h"

namespace hlid_cli {
namespace {

constexpr size_t kChunk = 4096;
// A writer that has just been started opens its end within this time, and a command that makes the value is done.
constexpr int kPatienceForWriterMs = 2'000;
constexpr int kPatienceForDataMs = 60'000;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Everything but a file and a pipe has no end, or prompts a person.
void refuse_odd_kinds(const struct stat& facts, int fd, const std::string& what) {
  if (S_ISREG(facts.st_mode) || S_ISFIFO(facts.st_mode)) return;
  if (S_ISDIR(facts.st_mode)) throw UsageError(what + " is a directory, not a file");
  if (isatty(fd) == 1) throw UsageError(what + " is a terminal, not a file", "A PATH of - is a line of standard input.");
  throw UsageError(what + " is a device, not a file");
}

// Reads once; 0 at the end. Descriptors are non-blocking here, so that a pipe without a writer does not block the command.
size_t read_once(int fd, char* chunk, size_t size, bool is_pipe, bool has_begun, const std::string& what) {
  while (true) {
    const ssize_t count = read(fd, chunk, size);
    if (count > 0) return static_cast<size_t>(count);
    const int why = count < 0 ? errno : 0;
    throw_if_interrupted();
    if (why == EINTR) continue;
    if (why != 0 && why != EAGAIN) throw UsageError(what + " cannot be read: " + std::strerror(why));
    if (!is_pipe || (why == 0 && has_begun)) return 0;
    const Ready ready = wait_readable(fd, why == EAGAIN ? kPatienceForDataMs : kPatienceForWriterMs);
    throw_if_interrupted();
    if (ready != Ready::timeout) {
      // An end without a byte: a writer has come and gone.
      if (why == 0) has_begun = true;
      continue;
    }
    throw UsageError(what + (why == 0 ? " is a FIFO without a writer" : " is a pipe that has delivered nothing for a minute"));
  }
}

}  // namespace

Secret read_file(const std::string& path, const std::string& option, PathKind kind, FileAccess* access) {
  const std::string what = with_path(option, path, kind);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat facts{};
  if (file.get() < 0 || fstat(file.get(), &facts) != 0) throw UsageError(what + " cannot be opened: " + std::strerror(errno));
  refuse_odd_kinds(facts, file.get(), what);
  if (access != nullptr) *access = {S_ISREG(facts.st_mode) && facts.st_nlink > 0, facts.st_mode, facts.st_uid};
  Secret text;
  char chunk[kChunk];
  while (const size_t count = read_once(file.get(), chunk, sizeof chunk, S_ISFIFO(facts.st_mode), !text.empty(), what)) {
    text.append(std::string_view(chunk, count));
    wipe_bytes(chunk, sizeof chunk);
    if (text.size() > kMaxInputBytes) throw UsageError(what + " is larger than 2 MiB");
  }
  take_as_text(text, what);
  return text;
}

void warn_about_access(const FileAccess& access, const std::string& what, bool holds_secret) {
  if (!access.has_name) return;
  const bool foreign = access.owner != geteuid() && access.owner != 0;
  const bool writable = (access.mode & (S_IWGRP | S_IWOTH)) != 0;
  const bool readable = holds_secret && (access.mode & (S_IRGRP | S_IROTH)) != 0;
  char mode[8];
  (void)std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(access.mode & 07777U));
  const std::string start = "headlessid: warning: " + what + ": ";
  if (writable || foreign) {
    write_error(
        start +
        (writable ? "other users may change this file (mode " + std::string(mode) + ")" : "this file belongs to another user") +
        (holds_secret ? ", which holds a secret" : ", which says where secrets go") + (writable ? ": chmod 600\n" : "\n"));
  } else if (readable) {
    write_error(start + "other users may read this file (mode " + mode + "), which holds a secret: chmod 600\n");
  }
}

void drop_line_end(Secret& text) {
  if (text.empty() || text.view().back() != '\n') return;
  text.drop_last();
  if (!text.empty() && text.view().back() == '\r') text.drop_last();
}

}  // namespace hlid_cli
