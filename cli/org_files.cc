#include "cli/org_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "cli/outcome.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kMaxFile = size_t{16} * 1024 * 1024;
constexpr size_t kMaxBytes = size_t{64} * 1024 * 1024;
constexpr size_t kMaxFiles = 20'000;
constexpr int kMaxLevels = 32;
constexpr std::uintmax_t kMaxSmall = 64 * 1024;
constexpr std::string_view kNamespace = "http://soap.sforce.com/2006/04/metadata";
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::array<std::string_view, 3> kAbove = {".gitignore", ".forceignore", "sfdx-project.json"};

std::string to_base64(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    unsigned value = 0;
    for (size_t j = 0; j < 3; ++j) value = value << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (size_t j = 0; j < 4; ++j) out += i + j > bytes.size() ? '=' : kAlphabet[value >> (18 - 6 * j) & 63U];
  }
  return out;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

UsageError cannot(const std::string& what, const fs::path& path) {
  return UsageError(what + " " + printable(path.string()) + ": " + std::strerror(errno));
}

// Absent if it is not a plain file.
std::optional<std::string> read_plain_file(const fs::path& path, size_t most) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) {
    if (errno == ELOOP) return std::nullopt;
    throw cannot("cannot read", path);
  }
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
  std::string out;
  std::array<char, 64 * 1024> block{};
  while (out.size() <= most) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw cannot("cannot read", path);
    if (count == 0) return out;
    out.append(block.data(), static_cast<size_t>(count));
  }
  throw UsageError(printable(path.string()) + " is larger than " + std::to_string(most / 1024 / 1024) + " MiB");
}

bool is_known_name(const std::string& name) {
  return name.ends_with("-meta.xml") || name.ends_with(".cls") || name == "package.xml" ||
         std::find(kAbove.begin(), kAbove.end(), name) != kAbove.end();
}

// Whatever is wrong with such a file is worth an error.
bool is_ours(const std::string& name) {
  constexpr std::array<std::string_view, 5> kParts = {".eca", ".connectedApp", ".network", ".oauthtokenexchangehandler",
                                                      ".settings"};
  return std::find(kAbove.begin(), kAbove.end(), name) != kAbove.end() ||
         (name.ends_with("-meta.xml") &&
          std::any_of(kParts.begin(), kParts.end(), [&](std::string_view one) { return name.find(one) != std::string::npos; }));
}

// Files of the format mdapi have endings of their own; they begin as XML does.
bool begins_as_xml(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '<';
}

// A name of a file as text: what is not UTF-8 of it becomes U+FFFD.
std::string as_text(const std::string& name) {
  std::string out;
  for (size_t at = 0; at < name.size();) {
    const Character one = read_character(std::string_view(name).substr(at));
    out += one.sound ? name.substr(at, one.size) : "\xEF\xBF\xBD";
    at += one.size;
  }
  return out;
}

// Beginning with XML: of the Metadata API's, unless it is small.
bool is_metadata(const fs::path& path, std::uintmax_t size) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  std::array<char, 1024> block{};
  const ssize_t count = file.get() < 0 ? -1 : ::read(file.get(), block.data(), block.size());
  if (count < 0) return false;
  const std::string_view text(block.data(), static_cast<size_t>(count));
  return begins_as_xml(text) && (size <= kMaxSmall || text.find(kNamespace) != std::string_view::npos);
}

// Such as the library reads: no name of another system's paths, and not too long.
bool is_plain_path(const std::string& path) {
  return path.size() <= 1024 && path.find_first_of("\\:") == std::string::npos &&
         std::none_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; });
}

class Reading {
 public:
  explicit Reading(fs::path base) : base_(std::move(base)) {}

  void folder(const fs::path& path, int level) {
    if (level > kMaxLevels) throw UsageError(printable(path.string()) + " has more than 32 levels of folders");
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) entries.push_back(*at);
    if (error) throw UsageError("cannot read " + printable(path.string()) + ": " + error.message());
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) {
      const std::string name = entry.path().filename().string();
      if (entry.is_symlink(error)) continue;
      if (entry.is_directory(error)) {
        // .git, .sf, .sfdx and what npm brings.
        if (!name.starts_with(".") && name != "node_modules") folder(entry.path(), level + 1);
      } else if (entry.is_regular_file(error)) {
        file(entry.path());
      }
    }
  }

  void file(const fs::path& path) {
    const std::string name = path.filename().string();
    const std::string below = as_text(path.lexically_relative(base_).generic_string());
    // What is not the org's is left out, whatever is wrong with it.
    if (!is_ours(name)) {
      std::error_code error;
      const auto size = fs::file_size(path, error);
      if (error || size > kMaxFile || ::access(path.c_str(), R_OK) != 0 || !is_plain_path(below)) return;
      if (!is_known_name(name) && !is_metadata(path, size)) return;
    }
    const auto text = read_plain_file(path, kMaxFile);
    if (!text) return;
    total_ += text->size();
    if (files_.size() == kMaxFiles || total_ > kMaxBytes)
      throw UsageError("there are more than 20,000 files or 64 MiB of them", "Name a folder further down.");
    Json file = {{"path", below}};
    if (is_utf8(*text)) {
      file["text"] = *text;
    } else {
      file["base64"] = to_base64(*text);
    }
    files_.push_back(std::move(file));
  }

  Json take() { return std::move(files_); }

 private:
  fs::path base_;
  Json files_ = Json::array();
  size_t total_ = 0;
};

// The repository's folder, else the project's, else the folder itself.
fs::path base_of(const fs::path& folder) {
  for (const char* mark : {".git", "sfdx-project.json"}) {
    std::error_code error;
    for (fs::path at = folder;; at = at.parent_path()) {
      if (fs::exists(at / mark, error)) return at;
      if (at == at.parent_path()) break;
    }
  }
  return folder;
}

}  // namespace

OrgFolder read_org_folder(const std::string& path) {
  std::error_code error;
  // A link that a person names is followed; those found below it are not.
  const fs::path given = fs::canonical(fs::path(path), error);
  if (error) throw UsageError("cannot read " + printable(path) + ": " + error.message());
  OrgFolder out;
  if (fs::is_directory(given, error)) {
    const fs::path& folder = given;
    const fs::path base = base_of(folder);
    Reading reading(base);
    for (fs::path above = folder; above != base;) {
      above = above.parent_path();
      for (const std::string_view name : kAbove) {
        if (fs::is_regular_file(above / name, error)) reading.file(above / name);
      }
    }
    reading.folder(folder, 1);
    out.request["files"] = reading.take();
    if (out.request["files"].empty()) throw UsageError(printable(path) + " has no file of an org's configuration");
    const fs::path shown = base.lexically_relative(fs::current_path(error));
    if (!shown.empty() && shown != ".") out.prefix = shown.generic_string() + "/";
    return out;
  }
  const auto text = read_plain_file(given, kMaxBytes);
  if (!text) throw UsageError(printable(path) + " is neither a folder nor a file");
  if (text->starts_with("PK")) {
    out.request["zip_base64"] = to_base64(*text);
    return out;
  }
  Reading reading(given.parent_path());
  reading.file(given);
  out.request["files"] = reading.take();
  if (out.request["files"].empty()) throw UsageError(printable(path) + " is neither a zip nor a file of an org's configuration");
  const size_t slash = path.rfind('/');
  if (slash != std::string::npos) out.prefix = path.substr(0, slash + 1);
  return out;
}

std::string from_base64(std::string_view text) {
  std::string out;
  unsigned value = 0;
  int bits = 0;
  for (const char c : text) {
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) break;
    value = (value << 6 | static_cast<unsigned>(digit)) & 0xFFFFFFU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(value >> bits & 0xFFU);
  }
  return out;
}

}  // namespace hlid_cli
