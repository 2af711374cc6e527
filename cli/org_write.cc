#include "cli/org_write.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

#include "cli/outcome.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kMaxText = size_t{4} * 1024 * 1024;
constexpr size_t kMaxListed = 10;
constexpr std::string_view kShared[] = {"SETUP.md",
                                        "sfdx-project.json",
                                        "manifest/package.xml",
                                        "package.xml",
                                        "force-app/main/default/settings/OauthOidc.settings-meta.xml",
                                        "force-app/main/default/settings/ExternalClientApp.settings-meta.xml",
                                        "settings/OauthOidc.settings",
                                        "settings/ExternalClientApp.settings"};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

UsageError cannot(const std::string& what, const std::string& path) {
  return UsageError(what + " " + printable(path) + ": " + std::strerror(errno));
}

bool is_ignore_file(const std::string& path) { return path == ".gitignore" || path == ".forceignore"; }

// Absent if there is none, or it is not a plain file.
std::optional<std::string> read_text(int folder, const std::string& path) {
  const Descriptor file(::openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts{};
  if (file.get() < 0 || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
  std::string out;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 || out.size() > kMaxText) return std::nullopt;
    if (count == 0) return out;
    out.append(buffer, static_cast<size_t>(count));
  }
}

Descriptor open_folder(const std::string& folder) {
  return Descriptor(::open(folder.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
}

struct Target {
  std::string parent;  // "manifest", or ""
  std::string name;
};
Target target_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// The folder below `base` without following a link; made if it is not there and `make` says so. Below 0 with errno ENOENT: there
// is none.
Descriptor walk(int base, const std::string& folder, bool make) {
  Descriptor at(::dup(base));
  for (size_t begin = 0; begin < folder.size();) {
    const size_t end = std::min(folder.find('/', begin), folder.size());
    const std::string name = folder.substr(begin, end - begin);
    if (make && ::mkdirat(at.get(), name.c_str(), 0777) != 0 && errno != EEXIST) throw cannot("cannot make the folder", folder);
    Descriptor next(::openat(at.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW));
    if (next.get() < 0) {
      if (errno == ENOENT && !make) return next;
      if (errno == ELOOP || errno == ENOTDIR)
        throw UsageError(printable(folder.substr(0, end)) + " is a link or a file, not a folder", "Nothing was written.");
      throw cannot("cannot open", folder.substr(0, end));
    }
    at = std::move(next);
    begin = end + 1;
  }
  return at;
}

// Whether there is a file to overwrite. Throws for all that is not a plain file.
bool is_there(int base, const std::string& path) {
  const auto [parent, name] = target_of(path);
  const Descriptor folder = walk(base, parent, false);
  struct stat facts{};
  if (folder.get() < 0 || ::fstatat(folder.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (!S_ISREG(facts.st_mode)) throw UsageError(printable(path) + " is not a plain file", "Nothing was written.");
  return true;
}

// Into a file of its own that then takes the name: what was there stays until all is written.
void write_text(int base, const std::string& path, std::string_view text) {
  const auto [parent, name] = target_of(path);
  const Descriptor folder = walk(base, parent, true);
  const std::string part = "." + name + "." + std::to_string(::getpid()) + ".part";
  const auto fail = [&] {
    const int error = errno;
    ::unlinkat(folder.get(), part.c_str(), 0);
    errno = error;
    return cannot("cannot write", path);
  };
  const Descriptor file(::openat(folder.get(), part.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL, 0666));
  if (file.get() < 0) throw cannot("cannot write", path);
  struct stat facts{};
  if (::fstatat(folder.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 && ::fchmod(file.get(), facts.st_mode & 0777U) != 0)
    throw fail();
  while (!text.empty()) {
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw fail();
    text.remove_prefix(static_cast<size_t>(count));
  }
  if (::renameat(folder.get(), part.c_str(), folder.get(), name.c_str()) != 0) throw fail();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// The old text, and the lines of ours that it lacks.
std::string with_lines(const std::string& there, const std::string& ours) {
  const std::vector<std::string> known = lines_of(there);
  std::string out = there;
  if (!out.empty() && out.back() != '\n') out += '\n';
  for (const std::string& line : lines_of(ours)) {
    if (std::find(known.begin(), known.end(), line) == known.end()) out += line + '\n';
  }
  return out;
}

void refuse(const std::string& folder, const std::vector<std::string>& there) {
  std::string names;
  for (size_t i = 0; i < std::min(there.size(), kMaxListed); ++i) names += (i == 0 ? "" : ", ") + printable(there[i]);
  if (there.size() > kMaxListed) names += " and " + std::to_string(there.size() - kMaxListed) + " more";
  throw UsageError(printable(folder) + " has " + names, "--force overwrites them. Nothing was written.");
}

}  // namespace

Json existing_org_files(const std::string& folder) {
  Json out = Json::array();
  const Descriptor base = open_folder(folder);
  if (base.get() < 0) return out;
  for (const std::string_view shared : kShared) {
    const std::string path(shared);
    const auto [parent, name] = target_of(path);
    const Descriptor at = walk(base.get(), parent, false);
    if (at.get() < 0) continue;
    const auto text = read_text(at.get(), name);
    if (text && is_utf8(*text)) out.push_back({{"path", path}, {"text", *text}});
  }
  return out;
}

std::vector<std::string> write_org_folder(const std::string& folder, const OrgFiles& what, bool force) {
  std::error_code error;
  if (const Descriptor before = open_folder(folder); before.get() >= 0) {
    std::vector<std::string> there;
    for (const auto& [path, text] : what.files) {
      const bool may = is_ignore_file(path) || std::find(what.merged.begin(), what.merged.end(), path) != what.merged.end();
      if (is_there(before.get(), path) && !may) there.push_back(path);
    }
    if (!there.empty() && !force) refuse(folder, there);
  }
  fs::create_directories(folder, error);
  const Descriptor base = open_folder(folder);
  if (base.get() < 0) throw cannot("cannot open the folder", folder);
  // What keeps credentials out of version control is there before they are.
  std::set<std::string> written;
  for (const bool ignore_files : {true, false}) {
    for (const auto& [path, text] : what.files) {
      if (is_ignore_file(path) != ignore_files) continue;
      std::string whole = text;
      if (const auto old = ignore_files ? read_text(base.get(), path) : std::nullopt) {
        whole = with_lines(*old, text);
        if (whole == *old) continue;
      }
      write_text(base.get(), path, whole);
      written.insert(path);
    }
  }
  std::vector<std::string> out;
  for (const auto& [path, text] : what.files) {
    if (written.count(path) != 0) out.push_back(path);
  }
  return out;
}

}  // namespace hlid_cli
