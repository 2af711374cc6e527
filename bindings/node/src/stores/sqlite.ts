import { builtin, fs, url } from '../builtins';
import { badArgument } from '../errors';
import type { SessionStore, StoredSession } from '../sessions/store';

// What node:sqlite's DatabaseSync and better-sqlite3's Database have in common.
interface Statement {
  get(...values: unknown[]): unknown;
  run(...values: unknown[]): { readonly changes: number | bigint };
}
/** A `DatabaseSync` of node:sqlite, or a `Database` of better-sqlite3. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): unknown;
  close(): unknown;
}

export interface SqliteStoreOptions {
  /** How long an operation waits for other processes that write, in milliseconds. Default: 5,000. */
  readonly busyTimeout?: number | undefined;
}

const BUSY_TIMEOUT_MS = 5000;
// For each attempt the event loop stands still; between them it does not.
const BUSY_STEP_MS = 20;
const PURGED_AT_ONCE = 20;

const TABLES = `
  CREATE TABLE IF NOT EXISTS headlessid_sessions(
    store_key BLOB PRIMARY KEY, version TEXT NOT NULL, value BLOB NOT NULL, ends_at_ms INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS headlessid_sessions_ends ON headlessid_sessions(ends_at_ms);
  CREATE TABLE IF NOT EXISTS headlessid_locks(
    store_key BLOB PRIMARY KEY, owner TEXT NOT NULL, ends_at_ms INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS headlessid_locks_ends ON headlessid_locks(ends_at_ms);`;

// Each is one statement, which SQLite does in one step; a row that is over counts as absent.
const SQL = {
  load: 'SELECT version, value FROM headlessid_sessions WHERE store_key = ? AND ends_at_ms > ?',
  insert: `INSERT INTO headlessid_sessions(store_key, version, value, ends_at_ms) VALUES(?, ?, ?, ?)
    ON CONFLICT(store_key) DO UPDATE SET version = excluded.version, value = excluded.value, ends_at_ms = excluded.ends_at_ms
    WHERE headlessid_sessions.ends_at_ms <= ?`,
  update: 'UPDATE headlessid_sessions SET version = ?, value = ?, ends_at_ms = ? WHERE store_key = ? AND version = ? AND ends_at_ms > ?',
  delete: 'DELETE FROM headlessid_sessions WHERE store_key = ? AND version = ? AND ends_at_ms > ?',
  lock: `INSERT INTO headlessid_locks(store_key, owner, ends_at_ms) VALUES(?, ?, ?)
    ON CONFLICT(store_key) DO UPDATE SET owner = excluded.owner, ends_at_ms = excluded.ends_at_ms
    WHERE headlessid_locks.ends_at_ms <= ? OR headlessid_locks.owner = excluded.owner`,
  unlock: 'DELETE FROM headlessid_locks WHERE store_key = ? AND owner = ? AND ends_at_ms > ?',
  purgeSessions: `DELETE FROM headlessid_sessions WHERE store_key IN
    (SELECT store_key FROM headlessid_sessions WHERE ends_at_ms <= ? ORDER BY ends_at_ms LIMIT ${PURGED_AT_ONCE})`,
  purgeLocks: `DELETE FROM headlessid_locks WHERE store_key IN
    (SELECT store_key FROM headlessid_locks WHERE ends_at_ms <= ? ORDER BY ends_at_ms LIMIT ${PURGED_AT_ONCE})`,
} as const;

/**
 * Sessions in an SQLite file that the processes of one machine share, in the layout of the other languages and the command. Given
 * a path, it opens the file (made with mode 0600, in WAL mode) with node:sqlite, or with the package better-sqlite3 where this
 * Node has no node:sqlite; given an open database of one of them, it uses that, and `close` leaves it open. Operations are
 * synchronous, and take as long as the disk: well under a millisecond to read, some milliseconds to write.
 */
export class SqliteStore implements SessionStore {
  readonly #database: SqliteDatabase;
  readonly #own: boolean;
  readonly #busyTimeoutMs: number;
  readonly #statements = new Map<string, Statement>();
  #closed = false;

  constructor(database: string | URL | SqliteDatabase, options: SqliteStoreOptions = {}) {
    this.#busyTimeoutMs = options.busyTimeout ?? BUSY_TIMEOUT_MS;
    this.#own = typeof database === 'string' || database instanceof URL;
    this.#database = typeof database === 'string' || database instanceof URL ? open(database) : checked(database);
    if (this.#own) {
      // The word of the disk, not of its cache: a store that goes back in time costs sessions.
      for (const pragma of [`busy_timeout = ${this.#busyTimeoutMs}`, 'journal_mode = WAL', 'synchronous = FULL']) this.#pragma(pragma);
    }
    this.#database.exec(TABLES);
    if (this.#own) this.#pragma(`busy_timeout = ${BUSY_STEP_MS}`);
  }

  load(key: Uint8Array): Promise<StoredSession | null> {
    return this.#patiently(() => {
      const row = this.#prepared(SQL.load).get(bytes(key), Date.now()) as { version: string; value: Uint8Array } | undefined;
      // better-sqlite3 and node:sqlite: undefined.
      return row ? { version: row.version, value: row.value } : null;
    });
  }

  save(key: Uint8Array, expected: string | undefined, version: string, value: Uint8Array, ttlMs: number): Promise<boolean> {
    return this.#write(() => {
      const now = Date.now();
      const ends = now + ttlMs;
      const done =
        expected === undefined
          ? this.#change(SQL.insert, bytes(key), version, bytes(value), ends, now)
          : this.#change(SQL.update, version, bytes(value), ends, bytes(key), expected, now);
      if (done) {
        this.#change(SQL.purgeSessions, now);
        this.#change(SQL.purgeLocks, now);
      }
      return done;
    });
  }

  delete(key: Uint8Array, version: string): Promise<boolean> {
    return this.#patiently(() => this.#change(SQL.delete, bytes(key), version, Date.now()));
  }

  lock(key: Uint8Array, owner: string, ttlMs: number): Promise<boolean> {
    return this.#patiently(() => {
      const now = Date.now();
      return this.#change(SQL.lock, bytes(key), owner, now + ttlMs, now);
    });
  }

  unlock(key: Uint8Array, owner: string): Promise<boolean> {
    return this.#patiently(() => this.#change(SQL.unlock, bytes(key), owner, Date.now()));
  }

  /** Closes the database if this store opened it. Safe to call twice. */
  close(): void {
    if (!this.#own || this.#closed) return;
    this.#closed = true;
    this.#statements.clear();
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #write(work: () => boolean): Promise<boolean> {
    return this.#patiently(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const done = work();
        this.#database.exec('COMMIT');
        return done;
      } catch (error) {
        this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Again while another process writes; what was refused has done nothing. */
  async #patiently<T>(work: () => T): Promise<T> {
    const until = performance.now() + this.#busyTimeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= until) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * Math.min(attempt * 2, BUSY_STEP_MS)));
    }
  }

  #change(sql: string, ...values: unknown[]): boolean {
    return Number(this.#prepared(sql).run(...values).changes) > 0;
  }

  #prepared(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql) as Statement));
    return statement;
  }

  #pragma(text: string): void {
    this.#database.exec(`PRAGMA ${text}`);
  }
}

// better-sqlite3 takes Buffers, node:sqlite any Uint8Array.
const bytes = (given: Uint8Array): Buffer => Buffer.from(given.buffer, given.byteOffset, given.byteLength);

/** SQLITE_BUSY and SQLITE_LOCKED, with what stands behind them. */
function isBusy(error: unknown): boolean {
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: unknown };
  if (typeof code === 'string' && /^SQLITE_(?:BUSY|LOCKED)/.test(code)) return true;
  return typeof errcode === 'number' && [5, 6].includes(errcode & 0xff);
}

function checked(database: SqliteDatabase): SqliteDatabase {
  const given = Object(database) as Record<string, unknown>;
  if (typeof given['exec'] === 'function' && typeof given['prepare'] === 'function') return database;
  throw badArgument('database', 'must be a path, a DatabaseSync of node:sqlite or a Database of better-sqlite3');
}

function open(path: string | URL): SqliteDatabase {
  const make = opener();
  if (String(path) !== ':memory:') {
    // Before SQLite makes it: there is no moment in which others can read it. One that is there is not opened here, since closing it
    // would take away the locks that other connections of this process have on it (POSIX).
    try {
      fs.closeSync(fs.openSync(path, 'ax', 0o600));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return make(path instanceof URL ? url.fileURLToPath(path) : path);
}

function opener(): (path: string) => SqliteDatabase {
  const own = builtin('node:sqlite') as { DatabaseSync: new (path: string) => SqliteDatabase } | undefined;
  if (own !== undefined) return (path) => new own.DatabaseSync(path);
  try {
    const Database = require('better-sqlite3') as new (path: string) => SqliteDatabase;
    return (path) => new Database(path);
  } catch {
    throw badArgument(
      'database',
      'cannot be opened: this Node has no node:sqlite (22.13 and later have it), and the package better-sqlite3 is not installed',
    );
  }
}
