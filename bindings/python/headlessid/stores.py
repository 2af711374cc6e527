"""Where sessions are kept: MemoryStore, SQLiteStore, RedisStore, and what a store of your own has to do.

    sessions = client.sessions(headlessid.stores.RedisStore("redis://localhost"))

A store keeps sealed bytes under a key, each with a version, and a lock for each key. headlessid.testing.check_store() shows
whether one keeps its promises. Redis and SQL stores of all languages have the same layout, and can be shared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._store import AsyncStore, MemoryStore, Store, StoreFault

if TYPE_CHECKING:
    from ._redis_store import RedisStore
    from ._sqlite_store import SQLiteStore

__all__ = ["AsyncStore", "MemoryStore", "RedisStore", "SQLiteStore", "Store", "StoreFault"]

_LATER = {"RedisStore": "_redis_store", "SQLiteStore": "_sqlite_store"}


def __getattr__(name: str) -> object:
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"headlessid.{module}"), name)
    globals()[name] = value
    return value
