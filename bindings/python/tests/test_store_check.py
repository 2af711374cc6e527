"""check_store passes stores that keep their promises, and fails each that breaks one of them."""

from __future__ import annotations

import functools
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from headlessid.stores import MemoryStore, RedisStore, SQLiteStore
from headlessid.testing import StoreCheckFailed, check_store
from sessions_support import redis_server

WAIT_S = 0.002


@pytest.fixture(autouse=True)
def nothing_is_left() -> None:
    """multiprocessing keeps a process of its own, once it has started one."""


def test_memory() -> None:
    store = MemoryStore()
    check_store(lambda: store)


def test_sqlite_by_threads_and_processes(tmp_path: Path) -> None:
    check_store(functools.partial(SQLiteStore, tmp_path / "sessions.db"), processes=3)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


def make_redis(url: str) -> RedisStore:
    return RedisStore(url)


def make_async_redis(url: str, **options: Any) -> RedisStore:
    import redis.asyncio

    return RedisStore(redis.asyncio.Redis.from_url(url, **options))


def test_redis_by_threads_and_processes(redis_url: str) -> None:
    check_store(functools.partial(make_redis, redis_url), processes=2)


def test_redis_of_asyncio(redis_url: str) -> None:
    check_store(functools.partial(make_async_redis, redis_url))


def test_a_redis_client_that_decodes_is_given_bytes(redis_url: str) -> None:
    import redis

    given = redis.Redis.from_url(redis_url, decode_responses=True)
    store = RedisStore(given, prefix="decoding:")
    check_store(lambda: store)
    store.close()
    given.close()


# ---- broken in one way each ----


class Broken(MemoryStore):
    def peek(self, key: bytes) -> Any:
        return self._records.get(key)


class ReturnsText(Broken):
    def load(self, key: bytes) -> Any:
        found = super().load(key)
        return found and (found[0], found[1].decode("latin-1"))


class LooksAtNoVersion(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        found = self.load(key)
        return super().save(key, found[0] if found and expected is not None else expected, version, value, ttl)


class ReplacesWhereNothingShouldBe(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        found = self.load(key)
        return super().save(key, found[0] if found and expected is None else expected, version, value, ttl)


class InsertsWhereAVersionShouldBe(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        return super().save(key, None if self.load(key) is None else expected, version, value, ttl)


class SavesWhatItRefuses(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        done = super().save(key, expected, version, value, ttl)
        if not done and self.peek(key):
            self._records[key] = (version, value, time.monotonic() + ttl)
        return done


class ReturnsNothing(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> Any:
        super().save(key, expected, version, value, ttl)


class SaysDone(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        return super().save(key, expected, version, value, ttl) or True


class KeepsTheVersion(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        return super().save(key, expected, expected or version, value, ttl)


class CutsAtNul(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        return super().save(key, expected, version, value.split(b"\0")[0], ttl)


class TrimsValues(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        return super().save(key, expected, version, value.strip(), ttl)


class CutsLongValues(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        return super().save(key, expected, version, value[:65535], ttl)


class DeletesAnyVersion(Broken):
    def delete(self, key: bytes, version: str) -> bool:
        found = self.load(key)
        return found is not None and super().delete(key, found[0])


class SaysDeleted(Broken):
    def delete(self, key: bytes, version: str) -> bool:
        super().delete(key, version)
        return True


class DeletesNothing(Broken):
    def delete(self, key: bytes, version: str) -> bool:
        found = self.load(key)
        return found is not None and found[0] == version


class LocksForAll(Broken):
    def lock(self, key: bytes, owner: str, ttl: float) -> bool:
        return super().lock(key, owner, ttl) or True


class RefusesItsOwner(Broken):
    def lock(self, key: bytes, owner: str, ttl: float) -> bool:
        held = self._locks.get(key)
        return super().lock(key, "another" if held and held[0] == owner and time.monotonic() < held[1] else owner, ttl)


class UnlocksForAll(Broken):
    def unlock(self, key: bytes, owner: str) -> bool:
        return super().unlock(key, self._locks.get(key, (owner, 0))[0])


class UnlocksSilently(Broken):
    def unlock(self, key: bytes, owner: str) -> bool:
        done = super().unlock(key, owner)
        if not done:
            self._locks.pop(key, None)
        return done


class NeverUnlocks(Broken):
    def unlock(self, key: bytes, owner: str) -> bool:
        held = self._locks.get(key)
        return held is not None and held[0] == owner


class NeverExpires(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        return super().save(key, expected, version, value, 60)


class LocksForEver(Broken):
    def lock(self, key: bytes, owner: str, ttl: float) -> bool:
        return super().lock(key, owner, 60)


class KeepsTheFirstTime(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        found = self.peek(key)
        done = super().save(key, expected, version, value, ttl)
        if done and found and expected is not None:
            self._records[key] = (version, value, found[2])
        return done


class KeepsTheFirstTimeOfALock(Broken):
    def lock(self, key: bytes, owner: str, ttl: float) -> bool:
        held = self._locks.get(key)
        done = super().lock(key, owner, ttl)
        if done and held and held[0] == owner:
            self._locks[key] = held
        return done


class ReplacesWhatHasExpired(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        found = self.peek(key)
        if found and expected == found[0] and time.monotonic() >= found[2]:
            expected = None
        return super().save(key, expected, version, value, ttl)


class DeletesWhatHasExpired(Broken):
    def delete(self, key: bytes, version: str) -> bool:
        found = self._records.get(key)
        if found and found[0] == version and time.monotonic() >= found[2]:
            return True
        return super().delete(key, version)


class LocksWithTheRecord(Broken):
    def delete(self, key: bytes, version: str) -> bool:
        self._locks.pop(key, None)
        return super().delete(key, version)


class HasOneLock(Broken):
    def lock(self, key: bytes, owner: str, ttl: float) -> bool:
        return super().lock(b"the lock", owner, ttl)

    def unlock(self, key: bytes, owner: str) -> bool:
        return super().unlock(b"the lock", owner)


class LooksThenActs(Broken):
    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        found = self.load(key)
        time.sleep(WAIT_S)
        if (found and found[0]) != expected:
            return False
        self._records[key] = (version, value, time.monotonic() + ttl)
        return True


class LooksThenLocks(Broken):
    def lock(self, key: bytes, owner: str, ttl: float) -> bool:
        held = self._locks.get(key)
        if held is not None and held[0] != owner and time.monotonic() < held[1]:
            return False
        time.sleep(WAIT_S)
        self._locks[key] = (owner, time.monotonic() + ttl)
        return True


class LooksThenDeletes(Broken):
    def delete(self, key: bytes, version: str) -> bool:
        found = self.load(key)
        time.sleep(WAIT_S)
        if found is None or found[0] != version:
            return False
        self._records.pop(key, None)
        return True


class Tears(Broken):
    """Version and value are written one after the other."""

    def load(self, key: bytes) -> Any:
        found = super().load(key)
        time.sleep(WAIT_S)
        again = super().load(key)
        return found and again and (found[0], again[1] if time.time_ns() % 2 else found[1][:-1] + b"?")


def keyed(fold: Callable[[bytes], bytes]) -> type[Broken]:
    class Folds(Broken):
        def load(self, key: bytes) -> Any:
            return super().load(fold(key))

        def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
            return super().save(fold(key), expected, version, value, ttl)

        def delete(self, key: bytes, version: str) -> bool:
            return super().delete(fold(key), version)

    return Folds


BROKEN = {kind.__name__: kind for kind in Broken.__subclasses__()}
BROKEN.update(
    {
        "key in lower case": keyed(bytes.lower),
        "key trimmed": keyed(bytes.strip),
        "key cut at NUL": keyed(lambda key: key.split(b"\0")[0]),
        "key cut at 255": keyed(lambda key: key[:255]),
        "key as latin-1 text": keyed(lambda key: key.decode("utf-8", "replace").encode()),
    }
)


def outcome_of(kind: type[Broken]) -> str | None:
    store = kind()
    try:
        check_store(lambda: store)
    except StoreCheckFailed as found:
        return str(found)
    return None


def test_a_race_with_several_winners_is_told_in_a_sentence(outcomes: dict[str, str | None]) -> None:
    said = outcomes["LooksThenLocks"]
    assert said is not None and said.startswith(
        "lock() by several owners, by threads at once: each of 25 races must have one winner"
    )
    assert re.search(r"; [1-9]\d* had several$", said), said


@pytest.mark.parametrize("make_store", [lambda: MemoryStore(), functools.partial(lambda: MemoryStore())])
def test_what_no_process_can_be_given_says_what_to_pass(make_store: Any) -> None:
    started = time.monotonic()
    with pytest.raises(TypeError, match=r"pass a function of a module, or functools\.partial of one") as wrong:
        check_store(make_store, processes=2)
    assert time.monotonic() - started < 3, "before the rest of the check"
    assert wrong.value.__context__ is None or wrong.value.__suppress_context__


class OnlyHere:
    """Can be pickled here, and made in no other process."""

    def __init__(self) -> None:
        self._store = MemoryStore()

    def __call__(self) -> MemoryStore:
        return self._store

    def __reduce__(self) -> Any:
        return os._exit, (3,)


def test_a_process_that_cannot_make_the_store_is_not_waited_for() -> None:
    started = time.monotonic()
    with pytest.raises(StoreCheckFailed, match="a process ended with 3 before its race: it must be able to import make_store"):
        check_store(OnlyHere(), processes=2)
    assert time.monotonic() - started < 30


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str | None]:
    """Side by side: a check mostly waits for the time to live."""
    with ThreadPoolExecutor(len(BROKEN)) as pool:
        return dict(zip(BROKEN, pool.map(outcome_of, BROKEN.values())))


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_store_is_found(outcomes: dict[str, str | None], name: str) -> None:
    assert outcomes[name], "the check found nothing"


class PerProcess(MemoryStore):
    """For processes: each has one of its own."""


def test_a_store_of_one_process_is_found() -> None:
    with pytest.raises(StoreCheckFailed, match="processes"):
        check_store(functools.partial(_one, PerProcess), processes=2)


_made: dict[Any, Any] = {}


def _one(kind: Any) -> Any:
    return _made.setdefault(kind, kind())


# ---- what is in the files, and what the stores refuse ----


def test_sqlite_file_is_the_owners_and_expired_rows_go(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with SQLiteStore(path) as store:
        for at in range(30):
            assert store.save(b"%d" % at, None, "v", b"x", 0.01)
            assert store.lock(b"%d" % at, "o", 0.01)
        time.sleep(0.05)
        for at in range(2):
            assert store.save(b"new%d" % at, None, "v", b"x", 60)
        for each in tmp_path.iterdir():
            assert each.stat().st_mode & 0o777 == 0o600, each
        import sqlite3

        with sqlite3.connect(path) as connection:
            assert connection.execute("SELECT count(*) FROM headlessid_sessions").fetchone() == (2,)
            assert connection.execute("SELECT count(*) FROM headlessid_locks").fetchone() == (0,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()
    store.close()
    assert store.load(b"new0") == ("v", b"x")
    store.close()


def test_sqlite_gives_up_in_time(tmp_path: Path) -> None:
    import sqlite3

    with SQLiteStore(tmp_path / "s.db", timeout=0.2) as store:
        other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store.save(b"k", None, "v", b"x", 60)
        # Without a time of its own SQLite's connection would wait for five seconds.
        assert time.monotonic() - began < 4
        other.execute("ROLLBACK")
        other.close()
        assert store.save(b"k", None, "v", b"x", 60)


def test_redis_has_the_layout_that_all_languages_share(redis_url: str) -> None:
    import redis

    store, plain = RedisStore(redis_url), redis.Redis.from_url(redis_url)
    assert store.save(b"layout", None, "v1", b"\0\xff", 60) and store.lock(b"layout", "me", 30)
    assert plain.hgetall("headlessid:session:layout") == {b"version": b"v1", b"value": b"\0\xff"}
    assert 59_000 < plain.pttl("headlessid:session:layout") <= 60_000
    assert plain.get("headlessid:lock:layout") == b"me" and 29_000 < plain.pttl("headlessid:lock:layout") <= 30_000
    # A server that has forgotten the scripts.
    plain.script_flush()
    assert store.save(b"layout", "v1", "v2", b"y", 60) and store.unlock(b"layout", "me") and store.delete(b"layout", "v2")
    # A key of another kind is a fault, and not "nothing there".
    plain.set("headlessid:session:layout", "x")
    with pytest.raises(redis.exceptions.ResponseError):
        store.load(b"layout")
    plain.delete("headlessid:session:layout")
    store.close()
    plain.close()


def test_redis_gives_up_in_time() -> None:
    import redis

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        store = RedisStore(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = time.monotonic()
        with pytest.raises(redis.exceptions.RedisError):
            store.load(b"k")
        assert time.monotonic() - began < 15
        store.close()


def test_redis_py_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ImportError, match="pip install redis"):
        RedisStore("redis://localhost")
