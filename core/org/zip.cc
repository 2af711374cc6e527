#include "org/zip.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"

namespace hlid::org {
namespace {

// APPNOTE.TXT 4.3: sizes of the fixed parts.
constexpr size_t kLocalHeader = 30;
constexpr size_t kCentralHeader = 46;
constexpr size_t kEndRecord = 22;
constexpr size_t kMaxComment = 0xFFFF;
constexpr std::string_view kLocalMark = "PK\x03\x04";
constexpr std::string_view kCentralMark = "PK\x01\x02";
constexpr std::string_view kEndMark = "PK\x05\x06";

constexpr uint16_t kStored = 0;
constexpr uint16_t kDeflated = 8;
constexpr uint16_t kEncryptedFlags = 1U << 0 | 1U << 6 | 1U << 13;
constexpr uint16_t kSizesFollow = 1U << 3;
constexpr uint16_t kUtf8Names = 1U << 11;
constexpr uint16_t kUnix = 3;
constexpr uint16_t kDarwin = 19;
constexpr uint32_t kFileMode = 0100644;
constexpr uint16_t kFirstDay = 0x0021;  // 1 January 1980, the first that DOS knows

uint16_t number16(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<unsigned char>(bytes[at]) | static_cast<unsigned char>(bytes[at + 1]) << 8);
}
uint32_t number32(std::string_view bytes, size_t at) {
  return number16(bytes, at) | static_cast<uint32_t>(number16(bytes, at + 2)) << 16;
}
void append16(std::string& out, size_t value) {
  out.push_back(static_cast<char>(value & 0xFF));
  out.push_back(static_cast<char>(value >> 8 & 0xFF));
}
void append32(std::string& out, size_t value) {
  append16(out, value & 0xFFFF);
  append16(out, value >> 16 & 0xFFFF);
}

Error refused(std::string_view what) { return Error::argument("zip", what); }
Error refused(std::string_view path, std::string_view what) {
  return refused(join({"has the entry \"", escape_for_display(path, 200), "\", which ", what}));
}
Error damaged() { return refused("is damaged, or is not a zip file"); }

uint32_t crc_of(std::string_view bytes) {
  return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

struct Entry {
  std::string_view path;
  uint16_t flags;
  uint16_t method;
  uint32_t crc;
  size_t packed;
  size_t size;
  size_t begin;  // of its local header
  size_t end;    // of its bytes
  std::string_view data;
};

// The end record closes the file, behind the central directory and but for a comment.
size_t find_end(std::string_view zip) {
  if (zip.size() < kEndRecord) return std::string_view::npos;
  const size_t last = zip.size() - kEndRecord;
  const size_t first = last > kMaxComment ? last - kMaxComment : 0;
  for (size_t at = last + 1; at-- > first;) {
    if (zip.substr(at).starts_with(kEndMark) && at + kEndRecord + number16(zip, at + 20) == zip.size()) return at;
  }
  return std::string_view::npos;
}

// What the directory says of an entry, before anything of the entry is looked at.
std::string_view fault_of(const Entry& entry, uint16_t made_by, uint32_t attributes) {
  const std::string_view folder_or_file = entry.path.ends_with('/') ? entry.path.substr(0, entry.path.size() - 1) : entry.path;
  if (const std::string_view fault = path_fault(folder_or_file); !fault.empty()) return fault;
  if ((entry.flags & kEncryptedFlags) != 0) return "is encrypted";
  if (entry.method != kStored && entry.method != kDeflated) return "is packed in a way other than deflate";
  if (entry.method == kStored && entry.packed != entry.size) return "has two sizes";
  if (made_by >> 8 == kUnix || made_by >> 8 == kDarwin) {
    const uint32_t type = attributes >> 16 & 0170000;
    if (type == 0120000) return "is a link";
    if (type != 0 && type != 0100000 && type != 0040000) return "is neither a file nor a folder";
  }
  if (entry.size > kMaxOrgFile) return "is larger than 16 MiB";
  if (entry.size > kMaxZipRatioFrom && entry.size / kMaxZipRatio > entry.packed) return "unpacks to more than 200 times its size";
  return {};
}

// Where an entry's bytes are. Its own header must agree with the directory: else two readers see different files.
Result<void> locate(std::string_view zip, size_t directory, Entry& entry) {
  if (entry.begin > directory || directory - entry.begin < kLocalHeader) return damaged();
  const std::string_view header = zip.substr(entry.begin, kLocalHeader);
  const size_t name_size = number16(header, 26);
  const size_t data = entry.begin + kLocalHeader + name_size + number16(header, 28);
  if (data > directory || directory - data < entry.packed) return damaged();
  const bool sizes_follow = (entry.flags & kSizesFollow) != 0;
  if (!header.starts_with(kLocalMark) || number16(header, 6) != entry.flags || number16(header, 8) != entry.method ||
      zip.substr(entry.begin + kLocalHeader, name_size) != entry.path ||
      (!sizes_follow &&
       (number32(header, 14) != entry.crc || number32(header, 18) != entry.packed || number32(header, 22) != entry.size))) {
    return refused(entry.path, "the zip's directory describes differently from the entry itself");
  }
  entry.data = zip.substr(data, entry.packed);
  entry.end = data + entry.packed;
  return {};
}

Result<std::vector<Entry>> read_directory(std::string_view zip) {
  const size_t end = find_end(zip);
  if (end == std::string_view::npos) return damaged();
  const size_t count = number16(zip, end + 10);
  const size_t size = number32(zip, end + 12);
  const size_t directory = number32(zip, end + 16);
  if (number16(zip, end + 4) != 0 || number16(zip, end + 6) != 0 || number16(zip, end + 8) != count) {
    return refused("is one part of several");
  }
  if (count > kMaxOrgFiles) return refused("has more than 20,000 entries");
  if (directory > end || end - directory != size) return damaged();
  std::vector<Entry> entries;
  size_t total = 0;
  size_t at = directory;
  for (size_t i = 0; i < count; ++i) {
    if (end - at < kCentralHeader) return damaged();
    const std::string_view header = zip.substr(at, kCentralHeader);
    if (!header.starts_with(kCentralMark)) return damaged();
    const size_t name_size = number16(header, 28);
    const size_t whole = kCentralHeader + name_size + number16(header, 30) + number16(header, 32);
    if (end - at < whole) return damaged();
    Entry entry{zip.substr(at + kCentralHeader, name_size),
                number16(header, 8),
                number16(header, 10),
                number32(header, 16),
                number32(header, 20),
                number32(header, 24),
                number32(header, 42),
                0,
                {}};
    if (const std::string_view fault = fault_of(entry, number16(header, 4), number32(header, 38)); !fault.empty()) {
      return refused(entry.path, fault);
    }
    total += entry.size;
    if (total > kMaxOrgBytes) return refused("unpacks to more than 64 MiB");
    if (auto located = locate(zip, directory, entry); !located) return std::move(located).error();
    entries.push_back(entry);
    at += whole;
  }
  if (at != end) return damaged();
  return entries;
}

// Bytes that belong to two entries make a small zip a large one, whatever each of them says.
Result<void> check_apart(std::vector<const Entry*> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) { return a->path < b->path; });
  for (size_t i = 1; i < entries.size(); ++i) {
    if (entries[i]->path == entries[i - 1]->path) return refused(entries[i]->path, "is there twice");
  }
  std::sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) { return a->begin < b->begin; });
  for (size_t i = 1; i < entries.size(); ++i) {
    if (entries[i - 1]->end > entries[i]->begin) return refused(entries[i]->path, "lies on another entry");
  }
  return {};
}

Result<std::string> inflate_entry(const Entry& entry) {
  std::string out;
  if (entry.method == kStored) {
    out = entry.data;
  } else {
    out.resize(entry.size);
    Bytef nothing = 0;
    z_stream stream{};
    // zlib does not write to what it reads from; its type only does not say so.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(entry.data.data()));  // NOLINT
    stream.avail_in = static_cast<uInt>(entry.data.size());
    stream.next_out = out.empty() ? &nothing : reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return refused(entry.path, "cannot be unpacked");
    const int status = inflate(&stream, Z_FINISH);
    const bool whole = status == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
    inflateEnd(&stream);
    if (!whole) return refused(entry.path, "does not unpack to its size");
  }
  if (crc_of(out) != entry.crc) return refused(entry.path, "is damaged: its checksum differs");
  return out;
}

// Empty if it would not be smaller.
std::string deflate_bytes(std::string_view bytes) {
  std::string out;
  if (bytes.empty()) return out;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY) != Z_OK) {
    return out;
  }
  out.resize(bytes.size());
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT: as above
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(whole ? out.size() - stream.avail_out : 0);
  deflateEnd(&stream);
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// What both headers say in the same order: version, flags, method, time, day, checksum, sizes, name's size, no extra field.
void append_common(std::string& out, const File& file, bool deflated, size_t packed) {
  append16(out, 20);
  append16(out, is_ascii(file.path) ? 0 : kUtf8Names);
  append16(out, deflated ? kDeflated : kStored);
  append16(out, 0);
  append16(out, kFirstDay);
  append32(out, crc_of(file.bytes));
  append32(out, packed);
  append32(out, file.bytes.size());
  append16(out, file.path.size());
  append16(out, 0);
}

}  // namespace

std::string_view path_fault(std::string_view path) {
  if (path.empty()) return "has no name";
  if (path.size() > kMaxOrgPath) return "has a path of more than 1,024 bytes";
  if (!is_valid_utf8(path)) return "has a path that is not UTF-8";
  if (has_control(path)) return "has a control character in its path";
  if (path.find('\\') != std::string_view::npos) return "has a backslash in its path";
  if (path.starts_with('/')) return "has an absolute path";
  if (path.size() > 1 && path[1] == ':') return "has a drive in its path";
  while (true) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (part == "..") return "leaves the folder";
    if (part.empty() || part == ".") return "has an empty part in its path";
    if (part.size() == path.size()) return {};
    path.remove_prefix(part.size() + 1);
  }
}

Result<Files> unpack(std::string_view zip) {
  if (zip.size() > kMaxOrgBytes) return refused("is larger than 64 MiB");
  auto directory = read_directory(zip);
  if (!directory) return std::move(directory).error();
  std::vector<const Entry*> all;
  for (const Entry& entry : *directory) all.push_back(&entry);
  if (auto apart = check_apart(all); !apart) return std::move(apart).error();
  Files files;
  for (const Entry* entry : all) {
    if (entry->path.ends_with('/')) {
      if (entry->size != 0) return refused(entry->path, "is a folder and has content");
      continue;
    }
    auto bytes = inflate_entry(*entry);
    if (!bytes) return std::move(bytes).error();
    files.push_back({std::string(entry->path), std::move(*bytes)});
  }
  return files;
}

Result<std::string> pack(const Files& files) {
  std::string out;
  std::string directory;
  size_t total = 0;
  if (files.size() > kMaxOrgFiles) return Error::argument("files", "has more than 20,000 files");
  for (const File& file : files) {
    total += file.bytes.size();
    if (const std::string_view fault = path_fault(file.path); !fault.empty()) {
      return Error::argument("files", join({"has \"", escape_for_display(file.path, 200), "\", which ", fault}));
    }
    if (file.bytes.size() > kMaxOrgFile || total > kMaxOrgBytes)
      return Error::argument("files", "has more bytes than a zip may have");
    const std::string deflated = deflate_bytes(file.bytes);
    const bool smaller = !deflated.empty();
    const std::string& packed = smaller ? deflated : file.bytes;
    directory += kCentralMark;
    append16(directory, kUnix << 8 | 20);
    append_common(directory, file, smaller, packed.size());
    append16(directory, 0);  // comment
    append16(directory, 0);  // disk
    append16(directory, 0);  // not known to be text
    append32(directory, static_cast<size_t>(kFileMode) << 16);
    append32(directory, out.size());
    directory += file.path;
    out += kLocalMark;
    append_common(out, file, smaller, packed.size());
    out += file.path;
    out += packed;
  }
  const size_t begin = out.size();
  out += directory;
  out += kEndMark;
  append32(out, 0);  // disks
  append16(out, files.size());
  append16(out, files.size());
  append32(out, directory.size());
  append32(out, begin);
  append16(out, 0);  // comment
  return out;
}

}  // namespace hlid::org
