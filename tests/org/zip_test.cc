// Zip files of other tools, and those that are made to harm.
#include "org/zip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "base/limits.h"

using hlid::org::File;
using hlid::org::Files;
using hlid::org::pack;
using hlid::org::path_fault;
using hlid::org::unpack;

namespace {

std::string packed(const Files& files) {
  auto zip = pack(files);
  EXPECT_TRUE(zip) << zip.error().data().message;
  return zip ? *zip : "";
}

// "" or the message.
std::string refusal(const std::string& zip) {
  const auto files = unpack(zip);
  if (files) return "";
  EXPECT_EQ(files.error().data().field, "zip");
  return files.error().data().message;
}

void set(std::string& zip, size_t at, size_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i, value >>= 8) zip[at + i] = static_cast<char>(value & 0xFF);
}

// An entry as a harmful tool would write it: everything can be chosen.
struct Raw {
  std::string path = "a.xml";
  std::string data = "x";
  size_t size = 1;
  unsigned flags = 0;
  unsigned method = 0;
  unsigned made_by = 3 << 8;
  unsigned mode = 0100644;
  std::string local_path{};  // where it differs
};

std::string number(size_t value, size_t bytes) {
  std::string out(bytes, '\0');
  set(out, 0, value, bytes);
  return out;
}

std::string zip_of(const std::vector<Raw>& entries) {
  std::string out;
  std::string directory;
  for (const Raw& raw : entries) {
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(raw.data.data()), static_cast<uInt>(raw.data.size()));
    const auto common = [&](size_t name) {
      return number(20, 2) + number(raw.flags, 2) + number(raw.method, 2) + number(0, 4) + number(crc, 4) +
             number(raw.data.size(), 4) + number(raw.size, 4) + number(name, 2) + number(0, 2);
    };
    const std::string& local = raw.local_path.empty() ? raw.path : raw.local_path;
    directory += "PK\x01\x02" + number(raw.made_by, 2) + common(raw.path.size()) + number(0, 6) + number(raw.mode << 16U, 4) +
                 number(out.size(), 4) + raw.path;
    out += "PK\x03\x04" + common(local.size()) + local + raw.data;
  }
  const size_t begin = out.size();
  return out + directory + "PK\x05\x06" + number(0, 4) + number(entries.size(), 2) + number(entries.size(), 2) +
         number(directory.size(), 4) + number(begin, 4) + number(0, 2);
}

std::string refusal_of(const Raw& raw) { return refusal(zip_of({raw})); }

TEST(OrgZip, GivesBackWhatItWasGiven) {
  const Files files = {{"unpackaged/package.xml", "<Package/>"},
                       {"unpackaged/classes/A.cls", std::string(50'000, 'a') + "b"},
                       {"empty", ""},
                       {"unpackaged/sch\xC3\xB6n.xml", std::string("\0\xFF", 2)}};
  const std::string zip = packed(files);
  EXPECT_LT(zip.size(), 2'000U);
  const auto back = unpack(zip);
  ASSERT_TRUE(back) << back.error().data().message;
  ASSERT_EQ(back->size(), files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ((*back)[i].path, files[i].path);
    EXPECT_EQ((*back)[i].bytes, files[i].bytes);
  }
  EXPECT_EQ(packed(files), zip) << "the same files give the same bytes";
  EXPECT_TRUE(unpack(packed({}))->empty());
}

TEST(OrgZip, ReadsWhatOtherToolsWrite) {
  // Folders as entries, a comment, sizes behind the data (bit 3).
  std::string zip = zip_of({{"a/", "", 0}, {"a/b.xml", "x", 1}});
  zip.replace(zip.size() - 2, 2, number(5, 2) + "hello");
  const auto files = unpack(zip);
  ASSERT_TRUE(files) << files.error().data().message;
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ((*files)[0].path, "a/b.xml");

  std::string streamed = zip_of({{"a.xml", "x", 1, 8}});
  set(streamed, 14, 0, 12);
  EXPECT_EQ(refusal(streamed), "");
}

TEST(OrgZip, RefusesPathsThatLeaveTheFolder) {
  for (const char* path :
       {"../a", "a/../../b", "a/..", "/etc/passwd", "C:/a", "c:a", "a\\b", "..\\a", "a//b", "./a", "a/./b", "a\nb", "\xFF", ""}) {
    EXPECT_NE(path_fault(path), "") << path;
    EXPECT_NE(refusal(zip_of({{path, "x", 1}})), "") << path;
    EXPECT_FALSE(pack({{path, "x"}})) << path;
  }
  EXPECT_NE(refusal(zip_of({{std::string("a\0b", 3), "x", 1}})), "");
  EXPECT_NE(path_fault(std::string(hlid::kMaxOrgPath + 1, 'a')), "");
  for (const char* path : {"a", "a/b.c", "..a", "a..", "...", "a/..b", ".forceignore"}) EXPECT_EQ(path_fault(path), "") << path;
  EXPECT_EQ(refusal_of({"../a", "x", 1}), "zip has the entry \"../a\", which leaves the folder");
}

TEST(OrgZip, RefusesWhatIsNotAPlainFile) {
  EXPECT_EQ(refusal_of({}), "");
  EXPECT_EQ(refusal_of({.mode = 0120777}), "zip has the entry \"a.xml\", which is a link");
  EXPECT_NE(refusal_of({.mode = 0020666}), "") << "a device";
  EXPECT_NE(refusal_of({.flags = 1}), "") << "encrypted";
  EXPECT_NE(refusal_of({.flags = 1 << 6}), "");
  EXPECT_NE(refusal_of({.method = 12}), "") << "bzip2";
  EXPECT_NE(refusal_of({.local_path = "b.xml"}), "") << "the entry has another name than the directory";
  EXPECT_NE(refusal(zip_of({{"a", "x", 1}, {"a", "y", 1}})), "") << "twice";
  EXPECT_NE(refusal(zip_of({{"a/", "x", 1}})), "") << "a folder with content";
}

TEST(OrgZip, HasLimits) {
  // 16 MiB of zeros take 16 KiB: the ratio tells, before anything is unpacked.
  EXPECT_NE(refusal(packed({{"a", std::string(1024 * 1024, '\0')}})).find("200 times"), std::string::npos);
  EXPECT_EQ(refusal(packed({{"a", std::string(hlid::kMaxZipRatioFrom, '\0')}})), "");
  // What an entry says of its size is not believed.
  std::string lies = packed({{"a", std::string(60'000, 'a')}});
  const size_t central = lies.find("PK\x01\x02");
  for (const size_t size : {59'999U, 60'001U, 1U}) {
    set(lies, 22, size, 4);
    set(lies, central + 24, size, 4);
    EXPECT_NE(refusal(lies), "") << size;
  }
  set(lies, 22, hlid::kMaxOrgFile + 1, 4);
  set(lies, central + 24, hlid::kMaxOrgFile + 1, 4);
  EXPECT_NE(refusal(lies).find("16 MiB"), std::string::npos);
  EXPECT_FALSE(pack({{"a", std::string(hlid::kMaxOrgFile + 1, 'a')}}));
  EXPECT_FALSE(pack(Files(hlid::kMaxOrgFiles + 1, {"a", ""})));
  EXPECT_NE(refusal(std::string(hlid::kMaxOrgBytes + 1, 'P')).find("64 MiB"), std::string::npos);
}

// Many entries of one directory over the same bytes.
TEST(OrgZip, RefusesEntriesThatLieOnEachOther) {
  const std::string zip = zip_of({{"a", std::string(1000, 'a'), 1000}, {"b", std::string(1000, 'a'), 1000}});
  ASSERT_EQ(refusal(zip), "");
  const std::string name_of_both = zip_of({{"aa", std::string(100, 'a'), 100}, {"aa", std::string(100, 'a'), 100}});
  EXPECT_NE(refusal(name_of_both), "");
  // The second entry's header within the first one's bytes.
  const std::string inner = zip_of({{"b", "y", 1}});
  const std::string inner_local = inner.substr(0, inner.find("PK\x01\x02"));
  std::string nested = zip_of({{"a", inner_local, inner_local.size()}, {"b", "y", 1}});
  const size_t central_b = nested.rfind("PK\x01\x02");
  set(nested, central_b + 42, 30 + 1, 4);
  EXPECT_NE(refusal(nested).find("lies on another"), std::string::npos) << refusal(nested);
}

TEST(OrgZip, RefusesEveryDamage) {
  const std::string zip = packed({{"a/b.xml", std::string(3000, 'a') + "b"}, {"c.xml", "content"}});
  for (size_t size = 0; size < zip.size(); ++size) EXPECT_NE(refusal(zip.substr(0, size)), "") << size;
  EXPECT_NE(refusal("x" + zip), "");
  EXPECT_NE(refusal(zip + "x"), "");
  // Each bit: refused, or the same files.
  const auto whole = unpack(zip);
  for (size_t bit = 0; bit < zip.size() * 8; ++bit) {
    std::string flipped = zip;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const auto files = unpack(flipped);
    if (!files) continue;
    ASSERT_EQ(files->size(), whole->size()) << bit;
    for (size_t i = 0; i < files->size(); ++i) EXPECT_EQ((*files)[i].bytes, (*whole)[i].bytes) << bit;
  }
}

}  // namespace
