// files.h: files that a person or a program hands over: values, profiles, what an earlier command printed or saved.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "cli/named_path.h"
#include "cli/secret.h"

namespace hlid_cli {

// Longest file, and longest line of standard input: larger than the longest value that a setting may have.
inline constexpr size_t kMaxInputBytes = size_t{2} * 1024 * 1024;

// What other users of the machine may do with a file. Nothing is said of pipes and of files without a name.
struct FileAccess {
  bool has_name = false;
  mode_t mode = 0;
  uid_t owner = 0;
};

// The file's text, without a byte order mark. `option` ("--password-file") appears in the error, with the path (with_path). A
// pipe is read to its end (process substitution), a FIFO without a writer and a device are refused. Throws UsageError, or
// Interrupted at a signal.
Secret read_file(const std::string& path, const std::string& option, PathKind kind = PathKind::of_a_file,
                 FileAccess* access = nullptr);

// Warns on standard error where other users can read a secret in it, or change what it says.
void warn_about_access(const FileAccess& access, const std::string& what, bool holds_secret);

// Strips one trailing newline, as written by an editor or `echo`; nothing else is ever removed.
void drop_line_end(Secret& text);

}  // namespace hlid_cli
