"""A flow of a session outlasts its caller: a task that is cancelled, Ctrl-C, a loop that ends, a client that closes, a fork."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import headlessid
import httpx
import pytest
from headlessid.httpx_transport import AsyncHttpxTransport
from headlessid.stores import MemoryStore, SQLiteStore
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, Spy, refreshes, sign_in, trusting
from test_process import python


@pytest.fixture
def settings(org: SimulatedOrg) -> dict[str, Any]:
    return org.client_settings()


# ---- a caller is cut off, the flow is not ----


def test_a_cancelled_task_does_not_cancel_the_flow(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings, expired=True)

    async def main() -> None:
        async with headlessid.AsyncClient(**settings) as client:
            session = await client.sessions(MemoryStore(), KEYS).begin("u", tokens)
            org.fail("token", delay_ms=400)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(session.access_token(), 0.1)
            assert await session.access_token() != tokens.access_token and refreshes(org) == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    ("transport", "closes"), [(False, False), (False, True), (True, True)], ids=["left open", "closed", "transport, closed"]
)
def test_the_end_of_the_loop_waits_for_the_flow(
    org: SimulatedOrg, settings: dict[str, Any], tmp_path: Path, transport: bool, closes: bool
) -> None:
    tokens = sign_in(org, settings, expired=True)
    store = SQLiteStore(tmp_path / "s.db")

    async def main() -> None:
        http = httpx.AsyncClient(verify=trusting(org))
        client = headlessid.AsyncClient(**settings, transport=AsyncHttpxTransport(http) if transport else None)
        kept.append(client)
        session = await client.sessions(store, KEYS).begin("u", tokens)
        org.fail("token", delay_ms=500)
        kept.append(asyncio.get_running_loop().create_task(session.access_token()))
        await asyncio.sleep(0.2)
        if closes:
            await client.close()
            await http.aclose()
        # asyncio.run() cancels all tasks now.

    kept: list[Any] = []
    asyncio.run(main())
    assert refreshes(org) == 1
    with headlessid.Client(**settings) as client:
        assert client.sessions(store, KEYS).get("u").access_token() != tokens.access_token
    assert refreshes(org) == 1
    asyncio.run(kept[0].close())
    store.close()


def test_a_request_of_the_app_that_is_cut_off_at_the_end_is_told(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings, expired=True)
    store = MemoryStore()

    async def main() -> headlessid.AsyncClient:
        http = httpx.AsyncClient(verify=trusting(org))
        client = headlessid.AsyncClient(**settings, transport=AsyncHttpxTransport(http))
        session = await client.sessions(store, KEYS).begin("u", tokens)
        org.fail("token", delay_ms=400)
        kept.append(asyncio.get_running_loop().create_task(session.access_token()))
        await asyncio.sleep(0.2)
        # The request is a task of this loop: asyncio.run() cancels it, and its response is lost.
        return client

    kept: list[Any] = []
    client = asyncio.run(main())
    asyncio.run(client.close())
    while refreshes(org) == 0:
        time.sleep(0.01)
    with headlessid.Client(**settings) as other, pytest.raises(headlessid.UserActionRequired) as lost:
        other.sessions(store, KEYS).get("u").access_token()
    # The server refuses the second use: the first one had counted.
    assert lost.value.reason == "rotation_lost" and refreshes(org) == 2


def test_ctrl_c_ends_the_waiting_alone(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings, expired=True)
    # It comes while the refresh token is under way: a flow that it cancelled would lose the session.
    org.fail("token", delay_ms=800)
    python(
        """
        import signal, threading, time, headlessid
        from headlessid.stores import MemoryStore
        tokens = headlessid.TokenSet.from_json(settings["tokens"])
        with headlessid.Client(**settings["client"]) as client:
            session = client.sessions(MemoryStore(), {"k1": bytes(32)}).begin("u", tokens)
            threading.Thread(target=lambda: (time.sleep(0.3), os.kill(os.getpid(), signal.SIGINT))).start()
            try:
                session.access_token()
            except KeyboardInterrupt:
                pass
            else:
                raise AssertionError("not interrupted")
            # It goes on; this waits for it, and gets what it brought.
            assert session.access_token() != tokens.access_token
            assert session.token().refreshed is False
        """,
        None,
        SETTINGS=repr({"client": settings, "tokens": tokens.to_json()}),
    )
    assert refreshes(org) == 1


def test_close_waits_for_the_flow(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings, expired=True)
    store = MemoryStore()
    client = headlessid.Client(**settings)
    session = client.sessions(store, KEYS).begin("u", tokens)
    org.fail("token", delay_ms=400)
    got: list[str] = []
    thread = threading.Thread(target=lambda: got.append(session.access_token()))
    thread.start()
    while session._flight is None:
        time.sleep(0.01)
    client.close()
    thread.join()
    assert got and got[0] != tokens.access_token
    with pytest.raises(headlessid.StateError) as closed:
        session.rejected(got[0])
    assert closed.value.reason == "closed"


GREENLETS = {
    "gevent": (
        "from gevent import monkey; monkey.patch_all(); import gevent",
        "gevent.spawn",
        "task.kill()",
        "gevent.sleep",
    ),
    "eventlet": (
        "import warnings; warnings.simplefilter('ignore'); import eventlet; eventlet.monkey_patch()",
        "eventlet.spawn",
        "task.kill()",
        "eventlet.sleep",
    ),
}


@pytest.mark.parametrize("host", sorted(GREENLETS))
def test_a_killed_greenlet_does_not_kill_the_flow(org: SimulatedOrg, settings: dict[str, Any], host: str) -> None:
    pytest.importorskip(host)
    sign_in(org, settings)
    first, spawn, kill, sleep = GREENLETS[host]
    python(
        f"""
        {first}
        import time, headlessid
        from headlessid.stores import MemoryStore
        client = headlessid.Client(**settings["client"])
        tokens = client.login(username=settings["username"], password=settings["password"])
        tokens = tokens.replace(issued_at_ms=1, expires_at_ms=int(time.time() * 1000) - 1000)
        store = MemoryStore()
        locked = store.lock
        def lock(*given):
            {sleep}(0.4)
            return locked(*given)
        store.lock = lock
        session = client.sessions(store, {{"k1": bytes(32)}}).begin("u", tokens)
        task = {spawn}(session.access_token)
        {sleep}(0.1)
        {kill}
        others = [{spawn}(session.access_token) for _ in range(5)]
        came = {{each.get() if {host!r} == "gevent" else each.wait() for each in others}}
        assert len(came) == 1 and tokens.access_token not in came
        client.close()
        """,
        None,
        SETTINGS=repr({"client": settings, "username": org.users[0].username, "password": org.users[0].password}),
    )
    assert refreshes(org) == 1


# ---- forks and loops ----


def test_the_child_of_a_fork_makes_its_own(org: SimulatedOrg, settings: dict[str, Any], tmp_path: Path) -> None:
    sign_in(org, settings)
    python(
        """
        import threading, time, headlessid
        from headlessid import _kept_threads
        from headlessid.stores import SQLiteStore
        # Python 3.12 warns of a fork while there are other threads.
        _kept_threads._LINGERS_S = 0.0
        client = headlessid.Client(**settings["client"])
        tokens = client.login(username=settings["username"], password=settings["password"])
        store = SQLiteStore(settings["path"])
        sessions = client.sessions(store, {"k1": bytes(32)})
        session = sessions.begin("u", tokens)
        session._lock.acquire()
        sessions._lock.acquire()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                for use in (session.access_token, session.token, session.end, lambda: session.rejected("x"),
                            lambda: sessions.get("other").access_token()):
                    try:
                        use()
                    except headlessid.StateError as error:
                        assert "fork" in str(error), str(error)
                    else:
                        raise AssertionError("the child used its parent's session")
                with headlessid.Client.for_app(client.app) as own:
                    assert own.sessions(store, {"k1": bytes(32)}).get("u").access_token() == tokens.access_token
                client.close()
                status = 0
            except BaseException:
                import traceback
                traceback.print_exc()
            os._exit(status)
        session._lock.release()
        sessions._lock.release()
        _, status = os.waitpid(child, 0)
        assert status == 0, status
        assert session.rejected(tokens.access_token) != tokens.access_token
        client.close()
        store.close()
        """,
        None,
        SETTINGS=repr(
            {
                "client": settings,
                "username": org.users[0].username,
                "password": org.users[0].password,
                "path": str(tmp_path / "s.db"),
            }
        ),
    )


def test_one_loop_after_another(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings)
    client = headlessid.AsyncClient(**settings)
    sessions = client.sessions(MemoryStore(), KEYS)
    session = asyncio.run(sessions.begin("u", tokens))
    second = asyncio.run(session.rejected(tokens.access_token))
    assert asyncio.run(session.access_token()) == second
    asyncio.run(client.close())


def test_a_blocking_store_does_not_block_the_loop(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings)
    store = Spy(MemoryStore())
    store.is_instant = False
    store.is_async = False

    async def main() -> None:
        async with headlessid.AsyncClient(**settings) as client:
            session = await client.sessions(store, KEYS).begin("u", tokens)
            store.before = lambda operation: time.sleep(0.3)
            ticks = 0
            task = asyncio.ensure_future(session.rejected("another"))
            while not task.done():
                await asyncio.sleep(0.01)
                ticks += 1
            assert ticks > 10 and await task == tokens.access_token

    asyncio.run(main())
