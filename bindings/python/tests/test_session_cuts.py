"""Sessions that are cut off between two lines, closed, or called by the parts of their own flows: none waits for ever."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid import _kept_threads, _sessions
from headlessid._sessions import Session
from headlessid.stores import MemoryStore, SQLiteStore, StoreFault
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, kept_threads, refreshes, sign_in
from test_process import python


@pytest.fixture
def settings(org: SimulatedOrg) -> dict[str, Any]:
    return org.client_settings()


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupt_at_the_take_off_leaves_nothing(
    org: SimulatedOrg, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    tokens = sign_in(org, settings, expired=True)
    launch = Session._launch
    late: list[Any] = []
    waited = threading.Event()

    def interrupted(self: Any, flight: Any, given: Any, greenlets: Any, in_thread: bool) -> None:
        monkeypatch.setattr(Session, "_launch", launch)
        late.append(self._work(flight, given))
        # One who waits for the flight that does not begin.
        threads.append(threading.Thread(target=lambda: got.append(self.access_token()), daemon=True))
        threads[0].start()
        while not flight.ended._gates:
            time.sleep(0.001)
        if when == "after":
            launch(self, flight, given, greenlets, True)
            waited.wait(0.2)
        raise KeyboardInterrupt

    got: list[str] = []
    threads: list[threading.Thread] = []
    with headlessid.Client(**settings) as client:
        session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
        monkeypatch.setattr(Session, "_launch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            session.access_token()
        threads[0].join(10)
        assert got and got[0] != tokens.access_token and session._flight is None
        # A thread that starts late does nothing any more.
        if when == "before":
            late[0]()
        assert session.access_token() == got[0] and refreshes(org) == 1


def test_a_flow_that_lost_its_thread_is_begun_by_one_who_waits(
    org: SimulatedOrg, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = sign_in(org, settings, expired=True)
    monkeypatch.setattr(_sessions, "_BEGINS_WITHIN_S", 0.05)
    launch = Session._launch
    got: list[str] = []

    def lost(self: Any, *given: Any) -> None:
        monkeypatch.setattr(Session, "_launch", launch)

    with headlessid.Client(**settings) as client:
        session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
        monkeypatch.setattr(Session, "_launch", lost)
        thread = threading.Thread(target=lambda: got.append(session.access_token()), daemon=True)
        thread.start()
        thread.join(10)
        assert got and got[0] != tokens.access_token and refreshes(org) == 1


def test_an_interrupt_in_the_background_leaves_nothing(
    org: SimulatedOrg, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns() // 1_000_000
    tokens = sign_in(org, settings).replace(issued_at_ms=now - 3_570_000, expires_at_ms=now + 30_000)

    def interrupted(self: Any, *given: Any) -> None:
        raise KeyboardInterrupt

    with headlessid.Client(**settings) as client:
        session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
        assert session.token().access_token == tokens.access_token
        session._flight = None
        with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
            patched.setattr(Session, "_launch", interrupted)
            session._next_background = 0.0
            session._go_on()
        assert session._flight is None


def test_the_main_thread_waits_for_no_thread_to_start(
    org: SimulatedOrg, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # An exception of a signal handler within Thread.start() would leave the new thread waiting for a lock for ever.
    tokens = sign_in(org, settings, expired=True)
    start = threading.Thread.start
    started: list[bool] = []

    def watched(self: threading.Thread) -> None:
        started.append(threading.current_thread() is threading.main_thread())
        start(self)

    # Or the thread of begin() would still be there.
    monkeypatch.setattr(_kept_threads, "_LINGERS_S", 0.0)
    with headlessid.Client(**settings) as client:
        session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
        end = time.monotonic() + 60
        while kept_threads() and time.monotonic() < end:
            time.sleep(0.001)
        monkeypatch.setattr(threading.Thread, "start", watched)
        assert session.access_token() != tokens.access_token
    assert started == [False]


def test_signals_at_any_moment_leave_nothing(settings: dict[str, Any]) -> None:
    python(
        """
        import faulthandler, headlessid, random, signal, threading, time
        from headlessid.stores import MemoryStore
        faulthandler.dump_traceback_later(25, exit=True)
        def interrupt(*given):
            raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, interrupt)
        # Python prints what is raised in the callback of a weak reference.
        sys.unraisablehook = lambda raised: None
        with headlessid.Client(**settings) as client:
            sessions = client.sessions(MemoryStore(), {"k1": bytes(32)})
            interrupted = 0
            until = time.monotonic() + 1.5
            for number in range(300):
                session = sessions.get(str(number))
                try:
                    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 4e-4))
                    session.access_token()
                except KeyboardInterrupt:
                    interrupted += 1
                except headlessid.HeadlessIdError:
                    pass
                finally:
                    try:
                        signal.setitimer(signal.ITIMER_REAL, 0)
                    except KeyboardInterrupt:
                        pass
                reasons = []
                def look():
                    try:
                        session.access_token()
                    except headlessid.HeadlessIdError as error:
                        reasons.append(error.reason)
                thread = threading.Thread(target=look, daemon=True)
                thread.start()
                thread.join(10)
                assert reasons == ["no_session"], number
                if time.monotonic() > until:
                    break
            assert interrupted
        """,
        None,
        SETTINGS=repr(settings),
    )


def test_a_task_that_is_cancelled_before_its_first_step(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings, expired=True)

    async def main() -> None:
        async with headlessid.AsyncClient(**settings) as client:
            session = await client.sessions(MemoryStore(), KEYS).begin("u", tokens)
            left, stays = (asyncio.create_task(session.access_token()) for _ in range(2))
            await asyncio.sleep(0)
            (flow,) = (task for task in asyncio.all_tasks() if task.get_name() == "headlessid-session")
            flow.cancel()
            left.cancel()
            # It tries again.
            assert await asyncio.wait_for(stays, 10) != tokens.access_token and left.cancelled()
            assert session._flight is None and await asyncio.wait_for(session.end(), 10) is True

            def no_task(*given: Any, **options: Any) -> Any:
                raise KeyboardInterrupt

            loop = asyncio.get_running_loop()
            loop.create_task = no_task  # type: ignore[method-assign]
            with pytest.raises(KeyboardInterrupt):
                await session.end()
            del loop.create_task
            assert session._flight is None

    asyncio.run(main())
    assert refreshes(org) == 1


@pytest.mark.parametrize("asynchronous", [False, True])
def test_nothing_is_handed_out_after_close(org: SimulatedOrg, settings: dict[str, Any], asynchronous: bool) -> None:
    tokens = sign_in(org, settings)

    def calls(session: Any, sessions: Any) -> list[Callable[[], Any]]:
        return [
            session.access_token,
            session.token,
            session.end,
            lambda: session.rejected("x"),
            lambda: sessions.guest("g"),
            lambda: sessions.begin("u", tokens),
        ]

    async def main() -> None:
        client = headlessid.AsyncClient(**settings)
        sessions = client.sessions(MemoryStore(), KEYS)
        session = await sessions.begin("u", tokens)
        assert await session.access_token() == (await session.token()).access_token
        await client.close()
        for later in calls(session, sessions):
            with pytest.raises(headlessid.StateError) as closed:
                await later()
            assert closed.value.reason == "closed"

    if asynchronous:
        asyncio.run(main())
        return
    client = headlessid.Client(**settings)
    sessions = client.sessions(MemoryStore(), KEYS)
    session = sessions.begin("u", tokens)
    assert session.access_token() == session.token().access_token
    client.close()
    for later in calls(session, sessions):
        with pytest.raises(headlessid.StateError) as closed:
            later()
        assert closed.value.reason == "closed"


class Calls(MemoryStore):
    """Its load() calls a session."""

    is_instant = False

    def __init__(self) -> None:
        super().__init__()
        self.use: Callable[[bytes], Any] = lambda key: None

    def load(self, key: bytes) -> Any:
        self.use(key)
        return super().load(key)


class AsyncCalls(Calls):
    is_async = True

    async def load(self, key: bytes) -> Any:  # type: ignore[override]
        await self.use(key)
        return MemoryStore.load(self, key)

    async def save(self, *given: Any) -> bool:  # type: ignore[override]
        return super().save(*given)

    async def delete(self, *given: Any) -> bool:  # type: ignore[override]
        return super().delete(*given)

    async def lock(self, *given: Any) -> bool:  # type: ignore[override]
        return super().lock(*given)

    async def unlock(self, *given: Any) -> bool:  # type: ignore[override]
        return super().unlock(*given)


# The session "u" itself; or the session "v", of which load() calls "u".
@pytest.mark.parametrize("through", ["u", "v"])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_store_that_calls_its_own_session(settings: dict[str, Any], asynchronous: bool, through: str) -> None:
    raised: list[BaseException] = []

    def is_told(error: headlessid.HeadlessIdError) -> None:
        found: Any = error
        while not isinstance(found, headlessid.StateError):
            assert found is not None and found.reason == "store_fault"
            found = found.__cause__
        assert found.reason == "busy"
        raised.append(found)

    def other(key: bytes) -> str:
        return through if key.endswith(b"u") else "u"

    async def main() -> None:
        store = AsyncCalls()
        async with headlessid.AsyncClient(**settings, session_cache_ms=0, timeout_ms=1000) as client:
            sessions = client.sessions(store, KEYS)
            store.use = lambda key: sessions.get(other(key)).access_token()
            began = time.monotonic()
            with pytest.raises(headlessid.TransientError) as fault:
                await asyncio.wait_for(sessions.get("u").access_token(), 20)
            is_told(fault.value)
            assert time.monotonic() - began < 15

    def work() -> None:
        store = Calls()
        with headlessid.Client(**settings, session_cache_ms=0, timeout_ms=1000) as client:
            sessions = client.sessions(store, KEYS)
            store.use = lambda key: sessions.get(other(key)).access_token()
            with pytest.raises(headlessid.TransientError) as fault:
                sessions.get("u").access_token()
            is_told(fault.value)

    if asynchronous:
        asyncio.run(main())
    else:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive(), "it waits for itself"
    assert raised


def test_a_time_to_live_that_is_too_long(settings: dict[str, Any]) -> None:
    with headlessid.Client(**settings) as client:
        session = client.sessions(MemoryStore(), KEYS).get("u")
        for call in (session.access_token, session.token, lambda ttl: session.rejected("x", ttl)):
            for ttl in (10**400, 1e13, -1):
                with pytest.raises(ValueError, match="from 0 to 1e12"):
                    call(ttl)


def test_a_link_that_leads_nowhere_is_no_place_for_a_store(tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "target.db")
    with pytest.raises(StoreFault, match="leads nowhere"):
        SQLiteStore(link)
    assert not (tmp_path / "target.db").exists()
    # One that leads to a file is as good as the file, also where its name has a meaning in an address.
    (tmp_path / "100%23 #?mode=memory.db").touch(0o600)
    link.unlink()
    link.symlink_to(tmp_path / "100%23 #?mode=memory.db")
    with SQLiteStore(link) as store:
        assert store.save(b"k", None, "v", b"value", 60)
    with SQLiteStore(tmp_path / "100%23 #?mode=memory.db") as store:
        assert store.load(b"k") == ("v", b"value")


def test_sqlite_itself_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It is removed between the look and the opening.
    import sqlite3

    connect = sqlite3.connect

    def too_late(*given: Any, **options: Any) -> Any:
        (tmp_path / "s.db").unlink()
        return connect(*given, **options)

    monkeypatch.setattr(sqlite3, "connect", too_late)
    with pytest.raises(sqlite3.OperationalError):
        SQLiteStore(tmp_path / "s.db")
    assert not list(tmp_path.iterdir())
