"""check_store: whether a session store keeps the promises of headlessid.stores.Store."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["StoreCheckFailed", "check_store"]

_VALUES = (b"\0", b"\xff", b"a\0b", b"\r\n", b" ", bytes(range(256)), b"\xff" * 65536)
# Keys that a text column, a trim or a collation takes for each other.
_LOOKALIKES = (b"a", b"A", b"a ", b" a", b"a\0", b"a\0b", b"\xe4", b"\xc3\xa4", b"\xff", b"%61", b"a%", b"a_", b"a:b", b"{a}")
_TTL_S = 0.4
_LONG_S = 60.0
_THREADS = 8
_RACES = 25


class StoreCheckFailed(AssertionError):
    """The store does not keep a promise; the text says which."""


def check_store(make_store: Callable[[], Any], *, processes: int = 0) -> None:
    """Raises StoreCheckFailed unless the store keeps the promises of headlessid.stores.Store, under threads, and under
    processes if asked for. Takes about three seconds. Uses keys of its own, and removes most of them. Not in an event loop.

    Args:
        make_store: Called for each thread and process: returns a store on the same data, or one object every time. It may be
            async. What has close() or aclose() is closed, unless it is the one object.
        processes: How many processes to race, 0 or at least 2; make_store is then pickled, as multiprocessing does it: a function
            of a module, or functools.partial of one, and no lambda.
    """
    if processes:
        _check_pickled(make_store)
    closes = asyncio.run(_makes_new_ones(make_store))
    with _opened(make_store, closes=closes) as store:
        for check in (_absent, _versions, _bytes, _keys, _deletes, _locks, _expiry):
            check(store, _new_key())
    _races(make_store, closes)
    if processes:
        _race_processes(make_store, closes, processes)


def _new_key() -> bytes:
    return f"check:{uuid.uuid4()}".encode()


def _new_word() -> str:
    return str(uuid.uuid4())


def _must(found: Any, wanted: Any, what: str) -> None:
    if found != wanted or type(found) is not type(wanted) and wanted is not None:
        raise StoreCheckFailed(f"{what}: returned {_shown(found)}, not {_shown(wanted)}")


def _shown(value: Any) -> str:
    if isinstance(value, (bytes, str)) and len(value) > 40:
        return f"{value[:20]!r}... of {len(value)}"
    if isinstance(value, tuple):
        return f"({', '.join(map(_shown, value))})"
    return repr(value)


class _Waited:
    """An async store, called from one thread with a loop of its own."""

    def __init__(self, store: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def call(*arguments: Any) -> Any:
            came = method(*arguments)
            return self._loop.run_until_complete(came) if hasattr(came, "__await__") else came

        return call


@contextmanager
def _opened(make_store: Callable[[], Any], *, closes: bool) -> Iterator[Any]:
    """A store, and a loop for it; one object for all threads is the caller's to close."""
    loop = asyncio.new_event_loop()
    try:
        store = loop.run_until_complete(_made(make_store))
        yield _Waited(store, loop)
        if closes:
            loop.run_until_complete(_closed(store))
    finally:
        loop.close()


async def _made(make_store: Callable[[], Any]) -> Any:
    return make_store()


async def _closed(store: Any) -> None:
    close = getattr(store, "aclose", None) or getattr(store, "close", None)
    came: Any = close() if close is not None else None
    if hasattr(came, "__await__"):
        await came


async def _makes_new_ones(make_store: Callable[[], Any]) -> bool:
    first, second = make_store(), make_store()
    if first is second:
        return False
    await _closed(first)
    await _closed(second)
    return True


# ---- one caller ----


def _absent(store: Any, key: bytes) -> None:
    _must(store.load(key), None, "load() of a key that is not there")
    _must(store.delete(key, _new_word()), False, "delete() of a key that is not there")
    _must(store.unlock(key, _new_word()), False, "unlock() of a key that is not locked")
    _must(store.save(key, _new_word(), _new_word(), b"x", _LONG_S), False, "save() in place of a version, where nothing is")
    _must(store.load(key), None, "load() after a save() that returned False")


def _versions(store: Any, key: bytes) -> None:
    first, second = _new_word(), _new_word()
    _must(store.save(key, None, first, b"one", _LONG_S), True, "save() where nothing is")
    _must(_pair(store.load(key)), (first, b"one"), "load() after save()")
    _must(store.save(key, None, second, b"two", _LONG_S), False, "save() for an absent record, where one is")
    _must(store.save(key, second, _new_word(), b"two", _LONG_S), False, "save() in place of another version")
    _must(_pair(store.load(key)), (first, b"one"), "load() after a save() that returned False")
    _must(store.save(key, first, second, b"two", _LONG_S), True, "save() in place of the version that is there")
    _must(_pair(store.load(key)), (second, b"two"), "load() after the second save()")
    _must(store.save(key, first, _new_word(), b"three", _LONG_S), False, "save() in place of a version that was replaced")
    _must(store.delete(key, second), True, "delete() of the version that is there")


def _pair(found: Any) -> Any:
    """A store may return the version as bytes, and the value as any bytes."""
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    version, value = found
    version = version.decode() if isinstance(version, bytes) else version
    return version, bytes(value) if isinstance(value, (bytearray, memoryview)) else value


def _bytes(store: Any, key: bytes) -> None:
    version = None
    for value in _VALUES:
        after = _new_word()
        _must(store.save(key, version, after, value, _LONG_S), True, f"save() of {len(value)} bytes")
        _must(_pair(store.load(key)), (after, value), f"load() of {len(value)} bytes")
        version = after
    _must(store.delete(key, version), True, "delete()")


def _keys(store: Any, key: bytes) -> None:
    keys = [key + each for each in _LOOKALIKES] + [(key + b"\xff" * 512)[:512], (key + b"\xff" * 512)[:511]]
    versions = {each: _new_word() for each in keys}
    for each in keys:
        _must(store.save(each, None, versions[each], each, _LONG_S), True, f"save() of the new key ...{each[len(key) :][:8]!r}")
    for each in keys:
        _must(_pair(store.load(each)), (versions[each], each), f"load() of the key ...{each[len(key) :][:8]!r}")
    owner, other = _new_word(), _new_word()
    _must(store.lock(keys[0], owner, _LONG_S), True, "lock()")
    for each in keys[1:]:
        _must(store.lock(each, other, _TTL_S), True, "lock() of a key, where another key is locked")
        _must(store.unlock(each, other), True, "unlock() of a key, where another key is locked")
        _must(store.delete(each, versions[each]), True, "delete()")
    _must(_pair(store.load(keys[0])), (versions[keys[0]], keys[0]), "load() after other keys were deleted")
    store.delete(keys[0], versions[keys[0]])
    store.unlock(keys[0], owner)


def _deletes(store: Any, key: bytes) -> None:
    version, next_one = _new_word(), _new_word()
    store.save(key, None, version, b"x", _LONG_S)
    _must(store.delete(key, next_one), False, "delete() of another version")
    _must(_pair(store.load(key)), (version, b"x"), "load() after a delete() that returned False")
    _must(store.delete(key, version), True, "delete() of the version that is there")
    _must(store.load(key), None, "load() after delete()")
    _must(store.delete(key, version), False, "delete() of what was deleted")
    _must(store.save(key, version, next_one, b"y", _LONG_S), False, "save() in place of a version that was deleted")
    _must(store.save(key, None, next_one, b"y", _LONG_S), True, "save() after delete()")
    store.delete(key, next_one)


def _locks(store: Any, key: bytes) -> None:
    owner, other = _new_word(), _new_word()
    _must(store.lock(key, owner, _LONG_S), True, "lock() where there is no record")
    _must(store.load(key), None, "load() where there is a lock alone")
    _must(store.lock(key, other, _LONG_S), False, "lock() of another owner")
    _must(store.lock(key, owner, _LONG_S), True, "lock() of the owner that holds it")
    version = _new_word()
    _must(store.save(key, None, version, b"x", _LONG_S), True, "save() of a locked key")
    _must(store.lock(key, other, _LONG_S), False, "lock() of another owner after save()")
    _must(store.delete(key, version), True, "delete() of a locked key")
    _must(store.lock(key, other, _LONG_S), False, "lock() of another owner after delete()")
    _must(store.unlock(key, other), False, "unlock() of another owner")
    _must(store.lock(key, other, _LONG_S), False, "lock() of another owner after its unlock() returned False")
    _must(store.unlock(key, owner), True, "unlock() of the owner")
    _must(store.unlock(key, owner), False, "unlock() of what is not locked any longer")
    _must(store.lock(key, other, _LONG_S), True, "lock() after unlock()")
    store.unlock(key, other)


def _expiry(store: Any, key: bytes) -> None:
    lasting, ending, again, renewed = (key + each for each in (b"1", b"2", b"3", b"4"))
    version, after, owner, other = (_new_word() for _ in range(4))
    store.save(lasting, None, version, b"x", _TTL_S)
    _must(store.save(lasting, version, after, b"y", _LONG_S), True, "save() with a longer time to live")
    store.save(ending, None, version, b"x", _LONG_S)
    _must(store.save(ending, version, after, b"y", _TTL_S), True, "save() with a shorter time to live")
    store.save(again, None, version, b"x", _TTL_S)
    store.lock(key, owner, _TTL_S)
    store.lock(renewed, owner, _TTL_S)
    _must(store.lock(renewed, owner, _LONG_S), True, "lock() of the owner that holds it")
    _must(store.lock(key, other, _TTL_S), False, "lock() of another owner before its time is over")
    time.sleep(_TTL_S + 0.1)
    _must(_pair(store.load(lasting)), (after, b"y"), "load() of what was saved again, with a longer time to live")
    _must(store.load(ending), None, "load() of what was saved again, with a shorter time to live, when that is over")
    _must(store.load(again), None, "load() when the time to live is over")
    _must(store.delete(ending, after), False, "delete() when the time to live is over")
    _must(store.save(again, version, after, b"y", _LONG_S), False, "save() in place of a version that has expired")
    _must(store.save(again, None, after, b"y", _LONG_S), True, "save() for an absent record, where one has expired")
    _must(_pair(store.load(again)), (after, b"y"), "load() of what was saved in place of an expired record")
    _must(store.lock(renewed, other, _TTL_S), False, "lock() of another owner, after the owner has renewed it")
    _must(store.lock(key, other, _LONG_S), True, "lock() of another owner when the time is over")
    _must(store.unlock(key, owner), False, "unlock() of an owner that has lost it")
    _must(store.lock(key, owner, _TTL_S), False, "lock() of an owner that has lost it")
    store.unlock(key, other)
    store.unlock(renewed, owner)
    store.delete(lasting, after)
    store.delete(again, after)


# ---- many callers at once ----


def _contend(store: Any, keys: list[bytes], wait: Callable[[], Any]) -> dict[str, list[int]]:
    """What one of them does, and which races it won: each has one winner."""
    won: dict[str, list[int]] = {"insert": [], "lock": [], "replace": [], "delete": [], "count": [0]}
    for key in keys:
        mine = _new_word()
        wait()
        won["insert"].append(store.save(key, None, mine, mine.encode(), _LONG_S))
        won["lock"].append(store.lock(key, mine, _LONG_S))
        wait()
        found = _pair(store.load(key))
        if not isinstance(found, tuple) or found[1] != str(found[0]).encode():
            raise StoreCheckFailed(f"load() next to save(): returned {_shown(found)}: the value of another version, or none")
        # It is not replaced before all have seen it.
        wait()
        after = _new_word()
        won["replace"].append(store.save(key, found[0], after, after.encode(), _LONG_S))
        wait()
        found = _pair(store.load(key))
        if not isinstance(found, tuple) or found[1] != str(found[0]).encode():
            raise StoreCheckFailed(f"load() next to save(): returned {_shown(found)}: the value of another version, or none")
        wait()
        won["delete"].append(store.delete(key, found[0]))
        wait()
    # A counter, without a lock: none of its steps is lost.
    counter = keys[0] + b"counter"
    for _ in range(len(keys)):
        while True:
            found = _pair(store.load(counter))
            version, value = found if found is not None else (None, b"0")
            if store.save(counter, version, _new_word(), str(int(value) + 1).encode(), _LONG_S):
                won["count"][0] += 1
                break
    return won


def _judge(won: list[dict[str, list[int]]], keys: list[bytes], store: Any, who: str) -> None:
    words = {
        "insert": "save() for an absent record",
        "lock": "lock() by several owners",
        "replace": "save() in place of one version",
        "delete": "delete() of one version",
    }
    for name, what in words.items():
        winners = [sum(race) for race in zip(*(each[name] for each in won))]
        none, several = winners.count(0), sum(count > 1 for count in winners)
        if none or several:
            outcome = f"{several} had several" if several else f"{none} had none"
            raise StoreCheckFailed(
                f"{what}, by {who} at once: each of {len(winners)} races must have one winner, the call that returns True; {outcome}"
            )
    counter = keys[0] + b"counter"
    found = _pair(store.load(counter))
    total = sum(each["count"][0] for each in won)
    if found is None or int(found[1]) != total:
        raise StoreCheckFailed(f"save() by {who} at once: of {total} steps of a counter {found and int(found[1])} are left")
    store.delete(counter, found[0])


def _races(make_store: Callable[[], Any], closes: bool) -> None:
    keys = [_new_key() for _ in range(_RACES)]
    barrier = threading.Barrier(_THREADS, timeout=30)
    won: list[dict[str, list[int]]] = []
    raised: list[BaseException] = []

    def race() -> None:
        try:
            with _opened(make_store, closes=closes) as store:
                won.append(_contend(store, keys, barrier.wait))
        except BaseException as error:
            raised.append(error)
            barrier.abort()

    threads = [threading.Thread(target=race) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in raised:
        if not isinstance(error, threading.BrokenBarrierError):
            raise error
    with _opened(make_store, closes=closes) as store:
        _judge(won, keys, store, "threads")


def _race_in_process(make_store: Callable[[], Any], closes: bool, keys: list[bytes], barrier: Any, results: Any) -> None:
    try:
        with _opened(make_store, closes=closes) as store:
            results.put(_contend(store, keys, barrier.wait))
    except BaseException as error:
        barrier.abort()
        results.put(f"{type(error).__name__}: {error}")


def _check_pickled(make_store: Callable[[], Any]) -> None:
    from multiprocessing.reduction import ForkingPickler

    try:
        ForkingPickler.dumps(make_store)
        return
    except Exception as raised:
        why = type(raised).__name__
    raise TypeError(
        f"make_store cannot be pickled for another process ({why}): with processes, pass a function of a module, or "
        "functools.partial of one with what it needs, such as partial(SQLiteStore, path); a lambda or an inner function will not do"
    )


def _next(results: Any, workers: list[Any]) -> Any:
    """What one of the processes sends. One that cannot make its function from what was pickled sends nothing."""
    import queue

    for _ in range(90):
        gone = [worker.exitcode for worker in workers if worker.exitcode]
        try:
            return results.get(timeout=1)
        except queue.Empty:
            if gone:
                raise StoreCheckFailed(
                    f"a process ended with {gone[0]} before its race: it must be able to import make_store, "
                    'and a script needs `if __name__ == "__main__":`'
                ) from None
    raise StoreCheckFailed("processes at once: one did not end its race within 90 seconds")


def _race_processes(make_store: Callable[[], Any], closes: bool, processes: int) -> None:
    import multiprocessing

    # Not fork: the caller may have threads.
    context = multiprocessing.get_context("spawn")
    keys = [_new_key() for _ in range(_RACES)]
    barrier = context.Barrier(processes, timeout=60)
    results = context.Queue()
    workers = [
        context.Process(target=_race_in_process, args=(make_store, closes, keys, barrier, results), daemon=True)
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    try:
        came = [_next(results, workers) for _ in workers]
    except StoreCheckFailed:
        for worker in workers:
            worker.kill()
        raise
    finally:
        for worker in workers:
            worker.join()
    results.close()
    results.join_thread()
    wrong = sorted((each for each in came if isinstance(each, str)), key=lambda text: text.startswith("BrokenBarrier"))
    if wrong:
        raise StoreCheckFailed(f"processes at once: {wrong[0]}")
    with _opened(make_store, closes=closes) as store:
        _judge(came, keys, store, "processes")
