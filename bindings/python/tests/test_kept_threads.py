"""Threads that are kept for a moment: all work is done once, and nothing waits for them."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn

import headlessid
import pytest
from headlessid import _kept_threads
from headlessid._kept_threads import run_apart
from headlessid.stores import MemoryStore
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, kept_threads, sign_in
from test_process import python

AT_MOST_S = 60


def until(true: Any) -> None:
    end = time.monotonic() + AT_MOST_S
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.001)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Threads that wait for as long as the test."""
    until(lambda: not kept_threads())
    with monkeypatch.context() as patched:
        patched.setattr(_kept_threads, "_LINGERS_S", float(AT_MOST_S))
        yield
    while _kept_threads._gates:
        _kept_threads._gates.pop().release()


def test_looks_share_a_thread(org: SimulatedOrg, kept: None) -> None:
    threads: list[int] = []

    class Remote(MemoryStore):
        def load(self, key: bytes) -> Any:
            threads.append(threading.get_ident())
            return super().load(key)

    with headlessid.Client(**org.client_settings(), session_cache_ms=0) as client:
        session = client.sessions(Remote(), KEYS).begin("u", sign_in(org, org.client_settings()))
        threads.clear()
        for _ in range(5):
            until(lambda: _kept_threads._gates)
            session.access_token()
    assert len(threads) == 5 and set(threads) == {threads[0]} and threads[0] != threading.get_ident()


def test_a_busy_thread_keeps_nothing_waiting(kept: None) -> None:
    go_on, did = threading.Event(), threading.Event()
    assert run_apart(lambda: go_on.wait(AT_MOST_S), "busy") and run_apart(did.set, "other")
    assert did.wait(AT_MOST_S)
    go_on.set()


@pytest.mark.parametrize("is_called", [False, True])
def test_work_whose_call_was_cut_off(is_called: bool) -> None:
    # Between the lines of run_apart: before a thread is called for it, or where one is about to be. Neither waits for the
    # next work, and if the thread has gone meanwhile, the next one finds it.
    did = threading.Event()
    run_apart(lambda: None, "kept")
    _kept_threads._waiting.append(did.set)
    if is_called and _kept_threads._gates:
        _kept_threads._gates.pop()
    if not did.wait(2):
        run_apart(lambda: None, "next")
    assert did.wait(AT_MOST_S)


def test_a_daemons_work_is_waited_for_at_the_end() -> None:
    until(lambda: not kept_threads())
    daemons: list[bool] = []
    caller = threading.Thread(
        target=run_apart, args=(lambda: daemons.append(threading.current_thread().daemon), "x"), daemon=True
    )
    caller.start()
    until(lambda: daemons)
    assert daemons == [False]


def test_without_room_for_a_thread_the_caller_does_it(monkeypatch: pytest.MonkeyPatch, org: SimulatedOrg) -> None:
    until(lambda: not kept_threads())

    def no_room(*given: Any) -> NoReturn:
        raise RuntimeError("can't start new thread")

    did: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(_kept_threads, "start_new_thread", no_room)
        assert not run_apart(lambda: did.append(threading.get_ident()), "x") and not did and not _kept_threads._waiting
        with headlessid.Client(**org.client_settings(), session_cache_ms=0) as client:
            session = client.sessions(MemoryStore(), KEYS).begin("u", sign_in(org, org.client_settings()))
            assert session.access_token()
    # The first thread has room, and the second has not.
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_room)
        assert run_apart(lambda: did.append(threading.get_ident()), "x")
        until(lambda: did)
    assert did != [threading.get_ident()] and not _kept_threads._waiting


def test_many_callers_and_threads_that_leave_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_kept_threads, "_LINGERS_S", 0.0002)
    done = [0] * 1600
    ended = threading.Semaphore(0)
    # Or there would be as many threads.
    room = threading.Semaphore(16)

    def work(number: int) -> None:
        done[number] += 1
        room.release()
        ended.release()

    def call(first: int) -> None:
        for number in range(first, first + 200):
            room.acquire()
            mine = functools.partial(work, number)
            if not run_apart(mine, "x"):
                mine()
            if number % 3 == 0:
                time.sleep(0.0003)

    callers = [threading.Thread(target=call, args=(first,)) for first in range(0, 1600, 200)]
    for caller in callers:
        caller.start()
    for _ in done:
        assert ended.acquire(timeout=AT_MOST_S), "work is left"
    for caller in callers:
        caller.join()
    assert done == [1] * 1600 and not _kept_threads._waiting


def test_the_interpreter_ends_at_once(org: SimulatedOrg) -> None:
    python(
        """
        import headlessid, threading, time
        from headlessid import _kept_threads
        from headlessid.stores import MemoryStore
        # Longer than this program may take.
        _kept_threads._LINGERS_S = 1000.0
        client = headlessid.Client(**settings)
        session = client.sessions(MemoryStore(), {"k1": bytes(32)}).get("u")
        def look():
            try:
                session.access_token()
            except headlessid.HeadlessIdError as error:
                assert error.reason == "no_session"
        look()
        while not _kept_threads._gates:
            time.sleep(0.001)
        """,
        org,
    )


def test_a_child_has_threads_of_its_own(org: SimulatedOrg) -> None:
    python(
        """
        import headlessid, threading, time, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from headlessid import _kept_threads
        _kept_threads._LINGERS_S = 1000.0
        done = []
        assert _kept_threads.run_apart(lambda: done.append(1), "x")
        while not _kept_threads._gates:
            time.sleep(0.001)
        child = os.fork()
        assert _kept_threads.run_apart(lambda: done.append(2), "x")
        while len(done) < 2:
            time.sleep(0.001)
        if child:
            assert os.waitpid(child, 0)[1] == 0
        """
    )
