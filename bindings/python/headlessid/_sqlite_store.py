"""SQLiteStore: sessions in one file, for the processes of one machine."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from ._store import StoreFault

if TYPE_CHECKING:
    import sqlite3

# A save takes so many expired rows of each table with it.
_PURGED_AT_ONCE = 20
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS headlessid_sessions (store_key BLOB PRIMARY KEY, version TEXT NOT NULL, value BLOB NOT NULL,"
    " ends_at_ms INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS headlessid_locks (store_key BLOB PRIMARY KEY, owner TEXT NOT NULL, ends_at_ms INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS headlessid_sessions_ends ON headlessid_sessions (ends_at_ms)",
    "CREATE INDEX IF NOT EXISTS headlessid_locks_ends ON headlessid_locks (ends_at_ms)",
)
# Connections that a fork has copied, because a transaction did not end in time: not used, and not closed, in the child.
_inherited: list[Any] = []
_living: WeakSet[Any] = WeakSet()


# SQLite keeps its locks by process, and what it knows of them in memory: no connection goes through a fork.


def _before_fork() -> None:
    for store in list(_living):
        store._hold()


def _after_fork_in_parent() -> None:
    for store in list(_living):
        store._let_go()


def _after_fork_in_child() -> None:
    for store in list(_living):
        store._start_again()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)


class SQLiteStore:
    """Sessions in an SQLite file, which any number of processes and threads of one machine share; not over a network
    file system. For both clients: an AsyncClient calls it in a thread.

    The file is created, readable by its owner alone; a link that leads nowhere is refused with StoreFault. It is in WAL mode: two more files lie next to it. A committed save is
    on the disk. After a fork the child opens a connection of its own.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 5.0) -> None:
        """Args:
        path: The file.
        timeout: Seconds to wait for another process's transaction; then the operation fails.
        """
        self._path = os.fspath(path)
        self._timeout = timeout
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._pid = os.getpid()
        self._is_held = False
        _living.add(self)
        with self._alone():
            self._open()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        import sqlite3

        # Before SQLite does it, with the mode of the process; its other two files get the mode of this one.
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            if not os.path.exists(self._path):
                raise StoreFault("the store's path is a link that leads nowhere: create the file that it names") from None
        # rw: where the file has gone meanwhile, SQLite makes no other one.
        address = Path(os.fsdecode(self._path)).absolute().as_uri() + "?mode=rw"
        connection = sqlite3.connect(address, timeout=self._timeout, isolation_level=None, check_same_thread=False, uri=True)
        try:
            until = time.monotonic() + self._timeout
            while True:
                try:
                    # Not waited for by SQLite itself where another process is about the same.
                    connection.execute("PRAGMA journal_mode=WAL")
                    break
                except sqlite3.OperationalError:
                    if time.monotonic() >= until:
                        raise
                    time.sleep(0.01)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread at a time."""
        lock = self._lock
        if not lock.acquire(timeout=self._timeout):
            raise StoreFault("other threads are using the store's file, for longer than the time limit")
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction that writes, alone among all processes."""
        with self._alone():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # Of a COMMIT too: it was not carried out.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def load(self, key: bytes) -> tuple[str, bytes] | None:
        with self._alone():
            row = (
                self._open()
                .execute(
                    "SELECT version, value FROM headlessid_sessions WHERE store_key = ? AND ends_at_ms > ?", (key, _now_ms())
                )
                .fetchone()
            )
        if row is None:
            return None
        if not isinstance(row[1], bytes):
            raise StoreFault("the table headlessid_sessions holds a value that is not a BLOB")
        return str(row[0]), row[1]

    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        ends = _now_ms() + int(ttl * 1000)
        with self._transaction() as connection:
            now = _now_ms()
            for table in ("headlessid_sessions", "headlessid_locks"):
                connection.execute(
                    f"DELETE FROM {table} WHERE store_key IN"
                    f" (SELECT store_key FROM {table} WHERE ends_at_ms <= ? LIMIT {_PURGED_AT_ONCE})",
                    (now,),
                )
            if expected is None:
                connection.execute("DELETE FROM headlessid_sessions WHERE store_key = ? AND ends_at_ms <= ?", (key, now))
                done = connection.execute(
                    "INSERT INTO headlessid_sessions (store_key, version, value, ends_at_ms) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT DO NOTHING",
                    (key, version, value, ends),
                )
            else:
                done = connection.execute(
                    "UPDATE headlessid_sessions SET version = ?, value = ?, ends_at_ms = ?"
                    " WHERE store_key = ? AND version = ? AND ends_at_ms > ?",
                    (version, value, ends, key, expected, now),
                )
            return done.rowcount == 1

    def delete(self, key: bytes, version: str) -> bool:
        with self._transaction() as connection:
            done = connection.execute(
                "DELETE FROM headlessid_sessions WHERE store_key = ? AND version = ? AND ends_at_ms > ?",
                (key, version, _now_ms()),
            )
            return done.rowcount == 1

    def lock(self, key: bytes, owner: str, ttl: float) -> bool:
        with self._transaction() as connection:
            now = _now_ms()
            done = connection.execute(
                "INSERT INTO headlessid_locks (store_key, owner, ends_at_ms) VALUES (?, ?, ?) ON CONFLICT (store_key) DO UPDATE"
                " SET owner = excluded.owner, ends_at_ms = excluded.ends_at_ms"
                " WHERE headlessid_locks.owner = excluded.owner OR headlessid_locks.ends_at_ms <= ?",
                (key, owner, now + int(ttl * 1000), now),
            )
            return done.rowcount == 1

    def unlock(self, key: bytes, owner: str) -> bool:
        with self._transaction() as connection:
            done = connection.execute(
                "DELETE FROM headlessid_locks WHERE store_key = ? AND owner = ? AND ends_at_ms > ?", (key, owner, _now_ms())
            )
            return done.rowcount == 1

    def close(self) -> None:
        """Closes the file. Safe twice; the next operation opens it again."""
        with self._alone():
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def __enter__(self) -> SQLiteStore:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __del__(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None and getattr(self, "_pid", 0) == os.getpid():
            connection.close()
        elif connection is not None:
            _inherited.append(connection)

    def __repr__(self) -> str:
        return f"<SQLiteStore {self._path!r}>"

    def _hold(self) -> None:
        self._is_held = self._lock.acquire(timeout=self._timeout)
        if self._is_held and self._connection is not None:
            self._connection.close()
            self._connection = None

    def _let_go(self) -> None:
        if self._is_held:
            self._is_held = False
            self._lock.release()

    def _start_again(self) -> None:
        self._lock = RLock()
        self._is_held = False
        self._pid = os.getpid()
        if self._connection is not None:
            _inherited.append(self._connection)
            self._connection = None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
