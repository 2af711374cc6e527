// save_file.h: --save: tokens in a file that only its owner can read, written whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace hlid_cli {

// Made before anything is sent, so that what cannot be saved is not fetched: a new file next to the target,
// mode 0600, with room for the result. Until keep() the old file is as it was; the new one goes if keep() is not called.
class SaveFile {
 public:
  // `what`: the option, for errors. `like_old`: with the mode and the owner of the file that it replaces, where this process
  // may give them, so that what other readers could read remains readable. Throws UsageError.
  explicit SaveFile(const std::string& path, std::string what = "--save", bool like_old = false);
  ~SaveFile();
  SaveFile(const SaveFile&) = delete;
  SaveFile& operator=(const SaveFile&) = delete;

  // Puts the text in the place of the old file, once it is on the disk. An empty string, or what went wrong; the text
  // is then still in the new file where that is possible, and the words say where.
  std::string keep(std::string_view text);
  // After keep(): whether the text is in a file.
  bool holds_text() const { return fd_ < 0; }

 private:
  std::string what_;
  std::string path_;
  std::string fresh_;
  int fd_ = -1;
};

}  // namespace hlid_cli
