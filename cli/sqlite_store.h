// sqlite_store.h: sessions in a SQLite file, in the layout that every language shares (docs/sessions.md).
#pragma once

#include <memory>
#include <string>

#include <headlessid/headlessid.h>

struct sqlite3;

namespace hlid_cli {

// Any number of processes and machines may have the same file open, if its file system can lock; each object is one thread's.
class SqliteStore {
 public:
  // Makes the file (mode 0600) and its tables where they are missing. `what`: the option that names it. Throws UsageError, or
  // LibraryError with the reason "store_fault" where the file is locked for too long.
  SqliteStore(const std::string& path, const std::string& what);
  ~SqliteStore();
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  // At STORE: does what the flow asks for, and tells it the outcome.
  void serve(hlid_flow* flow) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace hlid_cli
