#include "cli/save_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cli/named_path.h"
#include "cli/outcome.h"

namespace hlid_cli {
namespace {

constexpr off_t kRoom = off_t{64} * 1024;

std::string words(int why) { return std::strerror(why); }

// The file itself, where the path is a link of ours. A link created by another user leads where that user likes.
std::string real_path(const std::string& path, const std::string& what) {
  struct stat facts{};
  if (path.empty()) throw UsageError(what + ": the path is empty");
  if (path == "-") throw UsageError(what + " needs a file", what == "--save" ? "With --json the result is printed." : "");
  if (lstat(path.c_str(), &facts) != 0) {
    const int why = errno;
    if (why == ENOENT) return path;
    throw UsageError(with_path(what, path) + " cannot be opened: " + words(why));
  }
  if (!S_ISLNK(facts.st_mode)) return path;
  if (facts.st_uid != geteuid() && facts.st_uid != 0) throw UsageError(what + " is a symbolic link that belongs to another user");
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) throw UsageError(what + " is a symbolic link that leads nowhere: " + words(errno));
  std::string out(resolved);
  std::free(resolved);
  return out;
}

void refuse_odd_kinds(const std::string& path, const std::string& what) {
  struct stat facts{};
  if (lstat(path.c_str(), &facts) != 0 || S_ISREG(facts.st_mode)) return;
  throw UsageError(what + (S_ISDIR(facts.st_mode) ? " is a directory, not a file" : " is not a regular file"));
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string(".") : slash == 0 ? std::string("/") : path.substr(0, slash);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

// The group comes first, because a change of owner or group takes bits of the mode away; a group that cannot be kept gets
// nothing.
void take_after(const std::string& path, int fd) {
  struct stat old{};
  struct stat fresh{};
  if (stat(path.c_str(), &old) != 0 || fstat(fd, &fresh) != 0) return;
  mode_t mode = old.st_mode & 0777;
  if (old.st_uid != fresh.st_uid || old.st_gid != fresh.st_gid) {
    if (fchown(fd, old.st_uid, old.st_gid) != 0) mode &= ~mode_t{077};
  }
  (void)fchmod(fd, mode);
}

// So that the new name survives a power cut too. A file system that cannot do this for a folder has said so to others.
void sync_folder(const std::string& path) {
  const int folder = open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  (void)fsync(folder);
  close(folder);
}

}  // namespace

SaveFile::SaveFile(const std::string& path, std::string what, bool like_old)
    : what_(std::move(what)), path_(real_path(path, what_)) {
  refuse_odd_kinds(path_, what_);
  fresh_ = folder_of(path_) + "/.headlessid-XXXXXX";
  fd_ = mkostemp(fresh_.data(), O_CLOEXEC);  // mode 0600
  if (fd_ < 0) {
    const std::string reason = words(errno);
    throw UsageError(with_path(what_, path_) + " cannot be created: " + reason);
  }
  if (like_old) take_after(path_, fd_);
  const int why = posix_fallocate(fd_, 0, kRoom);
  if (why == 0 || why == EOPNOTSUPP || why == EINVAL) return;
  close(fd_);
  (void)unlink(fresh_.c_str());
  throw UsageError(what_ + ": there is no room for the file: " + words(why));
}

SaveFile::~SaveFile() {
  if (fd_ < 0) return;
  close(fd_);
  (void)unlink(fresh_.c_str());
}

std::string SaveFile::keep(std::string_view text) {
  const bool written = write_all(fd_, text) && ftruncate(fd_, static_cast<off_t>(text.size())) == 0 && fsync(fd_) == 0;
  if (!written) return "cannot be written: " + words(errno);
  close(fd_);
  fd_ = -1;
  if (rename(fresh_.c_str(), path_.c_str()) != 0)
    return "cannot be put in its place: " + words(errno) + "; it is kept as " + fresh_;
  sync_folder(path_);
  return {};
}

}  // namespace hlid_cli
