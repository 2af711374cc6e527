#include "cli/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <mutex>
#include <string_view>

#include "cli/fresh.h"
#include "cli/handles.h"
#include "cli/named_path.h"
#include "cli/outcome.h"

namespace hlid_cli {
namespace {

constexpr int kBusyMs = 5'000;  // how long an operation waits for another process's

// The same tables in every language.
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS headlessid_sessions("
    "store_key BLOB PRIMARY KEY, version TEXT NOT NULL, value BLOB NOT NULL, ends_at_ms INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS headlessid_locks("
    "store_key BLOB PRIMARY KEY, owner TEXT NOT NULL, ends_at_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS headlessid_sessions_ends ON headlessid_sessions(ends_at_ms);"
    "CREATE INDEX IF NOT EXISTS headlessid_locks_ends ON headlessid_locks(ends_at_ms);";

struct Fault {
  int code;
  std::string why;
};
Fault fault_of(sqlite3* database) { return {sqlite3_errcode(database), std::string("SQLite: ") + sqlite3_errmsg(database)}; }

void execute(sqlite3* database, const char* statements) {
  if (sqlite3_exec(database, statements, nullptr, nullptr, nullptr) != SQLITE_OK) throw fault_of(database);
}

class Statement {
 public:
  Statement(sqlite3* database, const char* text) : database_(database) {
    if (sqlite3_prepare_v2(database, text, -1, &statement_, nullptr) != SQLITE_OK) throw fault_of(database);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // What is bound must live as long as the statement.
  Statement& bytes(hlid_view value) {
    return bound(sqlite3_bind_blob64(statement_, ++bound_, value.data, value.size, SQLITE_STATIC));
  }
  Statement& text(hlid_view value) {
    return bound(sqlite3_bind_text64(statement_, ++bound_, value.data, value.size, SQLITE_STATIC, SQLITE_UTF8));
  }
  Statement& number(int64_t value) { return bound(sqlite3_bind_int64(statement_, ++bound_, value)); }

  bool row() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) throw fault_of(database_);
    return code == SQLITE_ROW;
  }
  // Runs it; whether it has changed a row.
  bool changes() {
    (void)row();
    return sqlite3_changes(database_) > 0;
  }
  hlid_view column(int index) const {
    const void* data = sqlite3_column_blob(statement_, index);
    return {data == nullptr ? "" : static_cast<const char*>(data), static_cast<size_t>(sqlite3_column_bytes(statement_, index))};
  }

 private:
  Statement& bound(int code) {
    if (code != SQLITE_OK) throw fault_of(database_);
    return *this;
  }

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

// Ended by commit(), or undone.
class Transaction {
 public:
  explicit Transaction(sqlite3* database) : database_(database) { execute(database, "BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (sqlite3_get_autocommit(database_) == 0) (void)sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() { execute(database_, "COMMIT"); }

 private:
  sqlite3* database_;
};

int64_t end_of(int64_t now, int64_t ttl_ms) { return now > LLONG_MAX - ttl_ms ? LLONG_MAX : now + ttl_ms; }

void load(sqlite3* database, hlid_flow* flow, int64_t now) {
  Statement select(database, "SELECT version, value FROM headlessid_sessions WHERE store_key = ? AND ends_at_ms > ?");
  const bool found = select.bytes(hlid_flow_store_key(flow)).number(now).row();
  hlid_error* error = nullptr;
  const hlid_status status = found ? hlid_flow_give_stored(flow, 1, select.column(0), select.column(1), &error)
                                   : hlid_flow_give_stored(flow, 0, {nullptr, 0}, {nullptr, 0}, &error);
  check(status, error);
}

// A few at a time, so that no save has much to do.
void purge(sqlite3* database, int64_t now) {
  for (const char* text : {"DELETE FROM headlessid_sessions WHERE rowid IN "
                           "(SELECT rowid FROM headlessid_sessions WHERE ends_at_ms <= ? LIMIT 8)",
                           "DELETE FROM headlessid_locks WHERE rowid IN "
                           "(SELECT rowid FROM headlessid_locks WHERE ends_at_ms <= ? LIMIT 8)"}) {
    (void)Statement(database, text).number(now).changes();
  }
}

bool save(sqlite3* database, const hlid_flow* flow, int64_t now) {
  const hlid_view key = hlid_flow_store_key(flow);
  const hlid_view expected = hlid_flow_store_version(flow);
  const hlid_view version = hlid_flow_store_new_version(flow);
  const hlid_view value = hlid_flow_store_value(flow);
  const int64_t ends = end_of(now, hlid_flow_store_ttl_ms(flow));
  Transaction transaction(database);
  purge(database, now);
  bool done = false;
  if (expected.data == nullptr) {
    Statement insert(database,
                     "INSERT INTO headlessid_sessions(store_key, version, value, ends_at_ms) VALUES(?, ?, ?, ?) "
                     "ON CONFLICT(store_key) DO UPDATE SET version = excluded.version, value = excluded.value, "
                     "ends_at_ms = excluded.ends_at_ms WHERE headlessid_sessions.ends_at_ms <= ?");
    done = insert.bytes(key).text(version).bytes(value).number(ends).number(now).changes();
  } else {
    Statement update(database,
                     "UPDATE headlessid_sessions SET version = ?, value = ?, ends_at_ms = ? "
                     "WHERE store_key = ? AND version = ? AND ends_at_ms > ?");
    done = update.text(version).bytes(value).number(ends).bytes(key).text(expected).number(now).changes();
  }
  transaction.commit();
  return done;
}

bool erase(sqlite3* database, const hlid_flow* flow, int64_t now) {
  Statement remove(database, "DELETE FROM headlessid_sessions WHERE store_key = ? AND version = ? AND ends_at_ms > ?");
  return remove.bytes(hlid_flow_store_key(flow)).text(hlid_flow_store_version(flow)).number(now).changes();
}

bool lock(sqlite3* database, const hlid_flow* flow, int64_t now) {
  Statement insert(database,
                   "INSERT INTO headlessid_locks(store_key, owner, ends_at_ms) VALUES(?, ?, ?) "
                   "ON CONFLICT(store_key) DO UPDATE SET owner = excluded.owner, ends_at_ms = excluded.ends_at_ms "
                   "WHERE headlessid_locks.ends_at_ms <= ? OR headlessid_locks.owner = excluded.owner");
  const int64_t ends = end_of(now, hlid_flow_store_ttl_ms(flow));
  return insert.bytes(hlid_flow_store_key(flow)).text(hlid_flow_store_owner(flow)).number(ends).number(now).changes();
}

bool unlock(sqlite3* database, const hlid_flow* flow) {
  Statement remove(database, "DELETE FROM headlessid_locks WHERE store_key = ? AND owner = ?");
  return remove.bytes(hlid_flow_store_key(flow)).text(hlid_flow_store_owner(flow)).changes();
}

bool act(sqlite3* database, const hlid_flow* flow, int64_t now) {
  switch (hlid_flow_store_operation(flow)) {
    case HLID_STORE_SAVE: return save(database, flow, now);
    case HLID_STORE_DELETE: return erase(database, flow, now);
    case HLID_STORE_LOCK: return lock(database, flow, now);
    case HLID_STORE_UNLOCK: return unlock(database, flow);
    default: throw Fault{SQLITE_MISUSE, "an operation that this store does not know"};
  }
}

// The file with mode 0600, which SQLite gives to its other files next to it as well. One that is there is never opened here:
// closing it would take away the locks that other connections of this process have on it (POSIX), and a database without locks is
// soon a broken one. For the same reason no other thread may come to it before a new one is closed.
void make_file(const std::string& path, const std::string& what) {
  static std::mutex making;
  const std::lock_guard lock(making);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    close(fd);
    return;
  }
  struct stat facts{};
  if (errno != EEXIST || stat(path.c_str(), &facts) != 0) {
    const int why = errno;
    throw UsageError(with_path(what, path) + " cannot be opened: " + std::strerror(why));
  }
  if (!S_ISREG(facts.st_mode)) throw UsageError(what + " is not a regular file");
}

[[noreturn]] void fail_to_open(const Fault& fault, const std::string& what) {
  const int code = fault.code & 0xFF;
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) throw UsageError(what + " is not a file of SQLite's, or it is damaged");
  if (code != SQLITE_BUSY && code != SQLITE_LOCKED && code != SQLITE_IOERR) throw UsageError(what + ": " + fault.why);
  Failure failure;
  failure.kind = "TRANSPORT";
  failure.advice = "RETRY_LATER";
  failure.reason = "store_fault";
  failure.message = "the session store cannot be opened: " + fault.why;
  throw LibraryError{failure};
}

// Several processes that open a new file at once: to become a WAL file it must be one's alone, and SQLite does not wait for that.
void set_up(sqlite3* database) {
  execute(database, "PRAGMA synchronous = FULL");
  for (int64_t until = now_ms() + kBusyMs;;) {
    try {
      execute(database, "PRAGMA journal_mode = WAL");
      execute(database, kSchema);
      return;
    } catch (const Fault& fault) {
      if ((fault.code & 0xFF) != SQLITE_BUSY || now_ms() >= until) throw;
      (void)usleep(10'000);
    }
  }
}

}  // namespace

void SqliteStore::Close::operator()(sqlite3* database) const { (void)sqlite3_close_v2(database); }

SqliteStore::SqliteStore(const std::string& path, const std::string& what) {
  if (path.empty()) throw UsageError(what + ": the path is empty");
  // ":memory:" and "file:..." are files here.
  const std::string plain = path.front() == '/' ? path : "./" + path;
  make_file(plain, what);
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(plain.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  try {
    if (code != SQLITE_OK) throw fault_of(database);
    (void)sqlite3_busy_timeout(database, kBusyMs);
    set_up(database);
  } catch (const Fault& fault) {
    fail_to_open(fault, what);
  }
}

SqliteStore::~SqliteStore() = default;

void SqliteStore::serve(hlid_flow* flow) const {
  hlid_error* error = nullptr;
  hlid_status status = HLID_OK;
  try {
    if (hlid_flow_store_operation(flow) == HLID_STORE_LOAD) return load(database_.get(), flow, now_ms());
    const bool done = act(database_.get(), flow, now_ms());
    status = hlid_flow_give_store_done(flow, done ? 1 : 0, &error);
  } catch (const Fault& fault) {
    status = hlid_flow_give_store_fault(flow, view_of(fault.why), &error);
  }
  check(status, error);
}

}  // namespace hlid_cli
