"""What a session store does, and the one in memory."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from threading import Lock
from typing import Optional, Protocol

__all__ = ["AsyncStore", "MemoryStore", "Store", "StoreFault"]


class StoreFault(Exception):
    """For a store of your own: it failed, or cannot be reached. Any other exception means the same; the text of this one, one
    line without secrets, becomes part of the error's message."""


class Store(Protocol):
    """A store for the sessions of a Client; its methods are called from any thread, also from one of the package that ends
    after a few calls: what belongs to a thread (a connection of an ORM) has to be closed by the method that opened it.

    Each method is one step for everybody who uses the store: it looks and acts without anything in between. A failure is
    an exception, never False and never None: the library finds out what happened. Each returns, or raises, within a few
    seconds. key: 1 to 512 bytes, any. value: at most 64 KiB, any bytes. version, owner: at most 64 letters, digits and
    hyphens. ttl: seconds, by the store's own clock. A read after a write sees it: no replica serves load().
    """

    def load(self, key: bytes) -> Optional[tuple[str, bytes]]:
        """The version and the value that are there; None: nothing, or its time is over."""

    def save(self, key: bytes, expected: Optional[str], version: str, value: bytes, ttl: float) -> bool:
        """Puts version and value if the version that is there is `expected` (None: if nothing is there), and says whether it
        did. ttl: after this time the record may be dropped."""

    def delete(self, key: bytes, version: str) -> bool:
        """Removes the record if it has this version, and says whether it did."""

    def lock(self, key: bytes, owner: str, ttl: float) -> bool:
        """Gives the key's lock to the owner for this time if it is free, its time is over, or it is the owner's; says whether
        the owner has it. It is independent of the record: there may be none."""

    def unlock(self, key: bytes, owner: str) -> bool:
        """Frees the lock if it is the owner's, and says whether it was."""


class AsyncStore(Protocol):
    """A Store whose methods are awaited, for the sessions of an AsyncClient; each operation has 5 seconds. A Store may be
    given there too: it is called in a thread. Whether it is async is read from load(), or from an attribute is_async. With an
    attribute is_instant = True a Store says that it never waits, and is called without a thread."""

    def load(self, key: bytes) -> Awaitable[Optional[tuple[str, bytes]]]: ...

    def save(self, key: bytes, expected: Optional[str], version: str, value: bytes, ttl: float) -> Awaitable[bool]: ...

    def delete(self, key: bytes, version: str) -> Awaitable[bool]: ...

    def lock(self, key: bytes, owner: str, ttl: float) -> Awaitable[bool]: ...

    def unlock(self, key: bytes, owner: str) -> Awaitable[bool]: ...


class MemoryStore:
    """In this process's memory: for tests, and for programs of one process. For both clients."""

    #: It never waits: an AsyncClient calls it without a thread.
    is_instant = True
    # After so many saves what has expired is dropped.
    _SWEEP_EVERY = 256

    def __init__(self) -> None:
        self._lock = Lock()
        self._records: dict[bytes, tuple[str, bytes, float]] = {}
        self._locks: dict[bytes, tuple[str, float]] = {}
        self._saves = 0

    def load(self, key: bytes) -> tuple[str, bytes] | None:
        with self._lock:
            found = self._record(key)
            return None if found is None else found[:2]

    def save(self, key: bytes, expected: str | None, version: str, value: bytes, ttl: float) -> bool:
        with self._lock:
            self._saves += 1
            if self._saves % self._SWEEP_EVERY == 0:
                self._sweep()
            found = self._record(key)
            if (None if found is None else found[0]) != expected:
                return False
            self._records[bytes(key)] = (version, bytes(value), time.monotonic() + ttl)
            return True

    def delete(self, key: bytes, version: str) -> bool:
        with self._lock:
            found = self._record(key)
            if found is None or found[0] != version:
                return False
            del self._records[key]
            return True

    def lock(self, key: bytes, owner: str, ttl: float) -> bool:
        with self._lock:
            now = time.monotonic()
            held = self._locks.get(key)
            if held is not None and held[0] != owner and now < held[1]:
                return False
            self._locks[bytes(key)] = (owner, now + ttl)
            return True

    def unlock(self, key: bytes, owner: str) -> bool:
        with self._lock:
            held = self._locks.get(key)
            if held is None or held[0] != owner or time.monotonic() >= held[1]:
                return False
            del self._locks[key]
            return True

    def _record(self, key: bytes) -> tuple[str, bytes, float] | None:
        found = self._records.get(key)
        return found if found is not None and time.monotonic() < found[2] else None

    def _sweep(self) -> None:
        now = time.monotonic()
        for key in [key for key, record in self._records.items() if now >= record[2]]:
            del self._records[key]
        for key in [key for key, held in self._locks.items() if now >= held[1]]:
            del self._locks[key]

    def __repr__(self) -> str:
        return f"<MemoryStore {len(self._records)} records>"
