// The zip that the Metadata API retrieves and deploys: its central directory, and entries that are stored or deflated.
#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "simulator/metadata.h"

#ifdef HLID_SIM_METADATA
#include <zlib.h>
#endif

namespace hlid_sim {

#ifndef HLID_SIM_METADATA

std::vector<MetadataFile> unzip_metadata(const std::string&) { throw std::runtime_error("this build cannot read a zip"); }

#else

namespace {

constexpr size_t kEndOfDirectory = 22;
constexpr size_t kMostFiles = 20'000;
constexpr size_t kMostBytes = size_t{64} << 20;

[[noreturn]] void fail() { throw std::runtime_error("it is not a zip, or is damaged"); }

// Little-endian numbers at a place, within bounds.
class Bytes {
 public:
  explicit Bytes(std::string_view all) : all_(all) {}
  [[nodiscard]] uint32_t number(size_t at, size_t width) const {
    const std::string_view raw = part(at, width);
    uint32_t out = 0;
    for (size_t i = width; i-- > 0;) out = (out << 8u) | static_cast<unsigned char>(raw[i]);
    return out;
  }
  [[nodiscard]] std::string_view part(size_t at, size_t size) const {
    if (at > all_.size() || size > all_.size() - at) fail();
    return all_.substr(at, size);
  }

 private:
  std::string_view all_;
};

std::string inflated(std::string_view packed, size_t size) {
  std::string out(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // NOLINT: zlib does not write to it
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT
  stream.avail_out = static_cast<uInt>(size);
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  if (!whole) fail();
  return out;
}

}  // namespace

std::vector<MetadataFile> unzip_metadata(const std::string& zip) {
  const Bytes bytes(zip);
  // The end record is the last thing but for a comment, which may look like one.
  size_t end = zip.rfind("PK\5\6");
  while (end != std::string::npos &&
         (zip.size() - end < kEndOfDirectory || end + kEndOfDirectory + bytes.number(end + 20, 2) != zip.size())) {
    end = end == 0 ? std::string::npos : zip.rfind("PK\5\6", end - 1);
  }
  if (end == std::string::npos) fail();
  const size_t count = bytes.number(end + 10, 2);
  size_t at = bytes.number(end + 16, 4);
  if (count > kMostFiles) throw std::runtime_error("the zip has too many files");
  std::vector<MetadataFile> out;
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    if (bytes.part(at, 4) != "PK\1\2") fail();
    const uint32_t method = bytes.number(at + 10, 2);
    const size_t packed = bytes.number(at + 20, 4);
    const size_t size = bytes.number(at + 24, 4);
    const size_t name = bytes.number(at + 28, 2);
    const size_t local = bytes.number(at + 42, 4);
    const std::string path(bytes.part(at + 46, name));
    at += 46 + name + bytes.number(at + 30, 2) + bytes.number(at + 32, 2);
    if (path.ends_with('/')) continue;
    total += size;
    if (total > kMostBytes) throw std::runtime_error("the files of the zip are too large");
    const std::string_view content = bytes.part(local + 30 + bytes.number(local + 26, 2) + bytes.number(local + 28, 2), packed);
    if (method == 8) {
      out.push_back({path, inflated(content, size)});
    } else if (method == 0 && packed == size) {
      out.push_back({path, std::string(content)});
    } else {
      fail();
    }
  }
  return out;
}

#endif

}  // namespace hlid_sim
