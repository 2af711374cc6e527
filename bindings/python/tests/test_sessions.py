"""Sessions and AsyncSessions against the simulated org: what they hand out, how often they refresh, and what they do when
callers are cut off, stores fail and processes fork. Each rule with both clients where it concerns both."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import json
import pickle
import random
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import headlessid
import httpx
import pytest
from headlessid import _session_base, _sessions_async
from headlessid.httpx_transport import AsyncHttpxTransport, HttpxTransport
from headlessid.stores import MemoryStore, SQLiteStore, StoreFault
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, Spy, refreshes, sign_in
from test_process import python


@pytest.fixture
def settings(org: SimulatedOrg) -> dict[str, Any]:
    return org.client_settings()


@pytest.fixture(params=["Client", "AsyncClient"])
def call(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """call(settings, work, store): runs the generator `work(sessions)` with either client: each yield is awaited, if needed."""

    def wait(settings: dict[str, Any], work: Any, store: Any, **options: Any) -> None:
        with headlessid.Client(**settings) as client:
            step = work(client.sessions(store, KEYS, **options))
            _through(step)

    async def wait_for(settings: dict[str, Any], work: Any, store: Any, **options: Any) -> None:
        async with headlessid.AsyncClient(**settings) as client:
            step = work(client.sessions(store, KEYS, **options))
            try:
                made = next(step)
                while True:
                    try:
                        made = await made if hasattr(made, "__await__") else made
                    except BaseException as raised:
                        made = step.throw(raised)
                    else:
                        made = step.send(made)
            except StopIteration:
                return

    def wait_async(*given: Any, **options: Any) -> None:
        asyncio.run(wait_for(*given, **options))

    return wait if request.param == "Client" else wait_async


def _through(step: Any) -> None:
    with contextlib.suppress(StopIteration):
        made = next(step)
        while True:
            made = step.send(made)


Work = Generator[Any, Any, None]


# ---- what they hand out ----


def test_a_session_from_sign_in_to_end(org: SimulatedOrg, settings: dict[str, Any], call: Callable[..., Any]) -> None:
    tokens = sign_in(org, settings)
    store = MemoryStore()

    def work(sessions: Any) -> Work:
        session: Any = yield sessions.begin("user-42", tokens)
        assert session is sessions.get(b"user-42")
        assert (yield session.access_token(min_ttl=60)) == tokens.access_token
        token = yield session.token()
        assert isinstance(token, headlessid.SessionToken) and token.instance_url == org.origin
        assert token.refreshed is False and token.refresh_failure is None and token.scope == tokens.scope
        assert token.expires_at_ms == tokens.expires_at_ms and pickle.loads(pickle.dumps(token)) == token
        second = yield session.rejected(tokens.access_token)
        assert second != tokens.access_token and refreshes(org) == 1
        # It is replaced already.
        assert (yield session.rejected(tokens.access_token)) == second and refreshes(org) == 1
        assert (yield session.token()).access_token == second
        everything = repr((sessions, session, token, store._records))
        for secret in (tokens.access_token, tokens.refresh_token, second, "user-42" if "user-42" in repr(session) else second):
            assert secret not in everything
        assert (yield session.end()) is True
        with pytest.raises(headlessid.UserActionRequired) as over:
            yield session.access_token()
        assert over.value.reason == "no_session" and store.load(b"user-42") is None

    call(settings, work, store)


def test_a_guest_becomes_a_user(org: SimulatedOrg, settings: dict[str, Any], call: Callable[..., Any]) -> None:
    tokens = sign_in(org, settings)

    def work(sessions: Any) -> Work:
        session: Any = yield sessions.guest("cart-7", scope=["openid"])
        guest = yield session.token()
        assert guest.uvid
        assert (yield (yield sessions.guest("cart-7")).token()) == guest
        yield sessions.begin("cart-7", tokens)
        assert (yield session.access_token()) == tokens.access_token
        with pytest.raises(headlessid.StateError) as named:
            yield sessions.guest("cart-7")
        assert named.value.reason == "named_session"

    call(settings, work, MemoryStore())


def test_an_expired_token_is_refreshed(org: SimulatedOrg, settings: dict[str, Any], call: Callable[..., Any]) -> None:
    tokens = sign_in(org, settings, expired=True)

    def work(sessions: Any) -> Work:
        session: Any = yield sessions.begin("u", tokens.to_json())
        token = yield session.token()
        assert token.refreshed is True and token.access_token != tokens.access_token
        again = yield session.token()
        assert again.refreshed is False and again == token.replace(refreshed=False)
        # More than it has.
        assert (yield session.token(min_ttl=60 * 86400)).refreshed is False
        assert refreshes(org) == 1

    call(settings, work, MemoryStore())


def test_what_cannot_be_refreshed_now_stays(org: SimulatedOrg, settings: dict[str, Any], call: Callable[..., Any]) -> None:
    tokens = sign_in(org, settings, expired=True)

    def work(sessions: Any) -> Work:
        session: Any = yield sessions.begin("u", tokens)
        org.fail("token", status=503)
        with pytest.raises(headlessid.TransientError) as away:
            yield session.access_token()
        assert away.value.advice == "RETRY_LATER"
        assert (yield session.access_token()) != tokens.access_token

    call(settings, work, MemoryStore())


@pytest.mark.parametrize("given", ["", b"", "k" * 513, "é" * 257])
def test_keys_that_are_refused(settings: dict[str, Any], given: Any) -> None:
    with headlessid.Client(**settings) as client, pytest.raises(headlessid.ArgumentError) as wrong:
        client.sessions(MemoryStore(), KEYS).get(given)
    assert wrong.value.field == "key" and "kkk" not in str(wrong.value)


def test_keys_of_any_bytes(org: SimulatedOrg, settings: dict[str, Any], call: Callable[..., Any], tmp_path: Path) -> None:
    tokens = sign_in(org, settings)
    keys: list[Any] = [b"\0", b"\xff\xfe", b"k" * 512, "é" * 256, "a b", "a b "]

    def work(sessions: Any) -> Work:
        for key in keys:
            yield sessions.begin(key, tokens)
        assert len({id(sessions.get(key)) for key in keys}) == len(keys)
        assert sessions.get("é" * 256) is sessions.get(("é" * 256).encode())

    with SQLiteStore(tmp_path / "s.db") as store:
        call(settings, work, store)
        for key in keys:
            assert store.load(key if isinstance(key, bytes) else key.encode()) is not None


def test_arguments_that_are_wrong(settings: dict[str, Any]) -> None:
    class Half:
        def load(self, key: bytes) -> None: ...

    class Async(MemoryStore):
        async def load(self, key: bytes) -> Any: ...  # type: ignore[override]

    with headlessid.Client(**settings) as client:
        for store in (Half(), Async(), None):
            with pytest.raises(headlessid.ArgumentError) as wrong:
                client.sessions(store, KEYS)  # type: ignore[arg-type]
            assert wrong.value.field == "store"
        with pytest.raises(headlessid.ArgumentError) as wrong:
            client.sessions(MemoryStore(), {"k1": b"short"})
        assert wrong.value.field == "session_keys"
        with pytest.raises(headlessid.HeadlessIdError, match="session_keys"):
            client.sessions(MemoryStore())
        session = client.sessions(MemoryStore(), KEYS).get("u")
        for ttl in (-1, float("nan"), float("inf")):
            with pytest.raises(ValueError, match="min_ttl"):
                session.access_token(min_ttl=ttl)
        with pytest.raises(TypeError, match="min_ttl"):
            session.access_token(min_ttl="60")  # type: ignore[arg-type]
        for key in (None, 7, bytearray(b"k")):
            with pytest.raises(TypeError, match="key"):
                client.sessions(MemoryStore(), KEYS).get(key)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="tokens"):
            client.sessions(MemoryStore(), KEYS).begin("u", None)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(session)


def test_keys_from_the_settings(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings)
    store = MemoryStore()
    with headlessid.Client(**settings, session_keys=KEYS) as client:
        client.sessions(store).begin("u", tokens)
        # Sealed with another key first: both open it.
        others = client.sessions(store, {"k2": bytes(range(32, 64)), **KEYS})
        assert others.get("u").access_token() == tokens.access_token
        with pytest.raises(headlessid.HeadlessIdError) as wrong:
            client.sessions(store, {"k1": bytes(range(32, 64))}).get("u").access_token()
        assert wrong.value.reason == "record_refused"


def test_keys_of_every_form(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings)
    store = MemoryStore()
    key = bytes(range(32))
    word = base64.b64encode(key).decode()
    with headlessid.Client(**settings) as client:
        client.sessions(store, {"k1": key}).begin("u", tokens)
        forms: list[Any] = [{"k1": word}, {"k1": f"{word}\n"}, {"k1": bytearray(key)}, f"k1:{word}", [f"k1:{word}"]]
        for form in forms:
            assert client.sessions(store, form).get("u").access_token() == tokens.access_token, form
    with headlessid.Client(**settings, session_keys={"k1": word}) as client:
        assert client.sessions(store).get("u").access_token() == tokens.access_token


WRONG_KEYS: list[Any] = [
    "not-a-key-not-a-key",
    "k1:c2VjcmV0LXNlY3JldC1zZWNyZXQ",
    {"k1": b"secret-secret-secret"},
    {"k1": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"},
    {"k1": f"{'A' * 43} k2:{'B' * 43}"},
    {"k 1": b"secret-secret-secret-secret-1234"},
    ["k1:c2VjcmV0LXNlY3JldC1zZWNyZXQ", "k1:c2VjcmV0LXNlY3JldC1zZWNyZXQ"],
]


@pytest.mark.parametrize("keys", WRONG_KEYS)
def test_a_wrong_key_says_what_one_looks_like_and_never_shows_it(settings: dict[str, Any], keys: Any) -> None:
    with headlessid.Client(**settings) as client, pytest.raises(headlessid.ArgumentError) as wrong:
        client.sessions(MemoryStore(), keys)
    with pytest.raises(headlessid.ArgumentError) as in_settings:
        headlessid.Client(**settings, session_keys=keys)
    for error in (wrong.value, in_settings.value):
        assert error.field == "session_keys"
        assert "id:base64-of-32-bytes" in str(error) and "headlessid session new-key" in str(error)
        for secret in ("secret", "c2Vj", "not-a-key-not", "AAAA"):
            assert secret not in str(error) and secret not in repr(error)


@pytest.mark.parametrize("keys", [{"k1": 7}, {"k1": None}, {7: bytes(32)}, {"k1": ["a"]}])
def test_a_key_of_another_type_says_which_are_right(settings: dict[str, Any], keys: Any) -> None:
    with (
        headlessid.Client(**settings) as client,
        pytest.raises(TypeError, match="a mapping of each id to its 32 bytes, or to their base64"),
    ):
        client.sessions(MemoryStore(), keys)


def test_no_keys_say_what_one_looks_like(settings: dict[str, Any]) -> None:
    with (
        headlessid.Client(**settings) as client,
        pytest.raises(headlessid.HeadlessIdError, match="id:base64-of-32-bytes") as none,
    ):
        client.sessions(MemoryStore())
    assert none.value.reason == "no_session_keys"


def test_another_key_is_a_warning(org: SimulatedOrg, settings: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    with headlessid.Client(**settings) as client:
        client.sessions(store, KEYS).begin("u", sign_in(org, settings))
        with caplog.at_level("INFO", "headlessid"), pytest.raises(headlessid.HeadlessIdError):
            client.sessions(store, {"k1": bytes(range(32, 64))}).get("u").access_token()
    said = [record for record in caplog.records if "record_refused" in record.getMessage()]
    assert [record.levelname for record in said] == ["WARNING"]


def test_handles_are_kept_and_bounded(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_session_base, "KEPT", 10)
    with headlessid.Client(**settings) as client:
        sessions = client.sessions(MemoryStore(), KEYS)
        first = sessions.get("0")
        for at in range(100):
            sessions.get(str(at))
        gc.collect()
        assert len(sessions._by_key) == 11 and sessions.get("0") is first


# ---- one flow at a time ----


def test_64_threads_at_expiry_are_one_refresh(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings, expired=True)
    store = Spy(MemoryStore())
    with headlessid.Client(**settings) as client:
        session = client.sessions(store, KEYS).begin("u", tokens)
        org.fail("token", delay_ms=200)
        store.calls.clear()
        got: list[str] = []
        barrier = threading.Barrier(64)

        def ask() -> None:
            barrier.wait()
            got.append(session.access_token())

        threads = [threading.Thread(target=ask) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 64 and len(set(got)) == 1 and got[0] != tokens.access_token
        assert refreshes(org) == 1 and store.calls.count("lock") == 1


def test_64_tasks_at_expiry_are_one_refresh(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings, expired=True)
    store = Spy(MemoryStore())

    async def main() -> None:
        async with headlessid.AsyncClient(**settings) as client:
            session = await client.sessions(store, KEYS).begin("u", tokens)
            org.fail("token", delay_ms=200)
            store.calls.clear()
            came = await asyncio.gather(*[session.token() for _ in range(64)])
            assert len({token.access_token for token in came}) == 1 and sum(token.refreshed for token in came) == 1
            assert refreshes(org) == 1 and store.calls.count("lock") == 1
            # Rejected by many, and asked for by others meanwhile.
            old = came[0].access_token
            mixed = await asyncio.gather(
                *[session.rejected(old) for _ in range(32)], *[session.access_token() for _ in range(32)]
            )
            assert set(mixed[:32]) == {await session.access_token()} and old not in mixed[:32]
            assert refreshes(org) == 2

    asyncio.run(main())


def test_each_who_waited_gets_an_error_of_its_own(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings, expired=True)

    async def main() -> None:
        async with headlessid.AsyncClient(**settings, timeout_ms=1000) as client:
            session = await client.sessions(MemoryStore(), KEYS).begin("u", tokens)
            org.fail("token", status=503, delay_ms=100)
            came = await asyncio.gather(*[session.token() for _ in range(8)], return_exceptions=True)
            assert all(isinstance(each, headlessid.TransientError) for each in came)
            assert len({id(each) for each in came}) == 8 and len(set(map(repr, came))) == 1

    asyncio.run(main())


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
        http = httpx.AsyncClient(verify=_trusting(org))
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
        http = httpx.AsyncClient(verify=_trusting(org))
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


def _trusting(org: SimulatedOrg) -> Any:
    import ssl

    return ssl.create_default_context(cafile=org.ca_file)


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
        from headlessid.stores import SQLiteStore
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


# ---- stores that fail ----


class Refused(Exception):
    pass


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ((StoreFault, "the shard is full"), "the shard is full"),
        ((ConnectionError, "refused by 127.0.0.1"), "refused by 127.0.0.1"),
        ((Refused, "secret-key-of-a-browser"), "the store raised Refused"),
    ],
)
def test_an_exception_of_the_store_is_the_cause(settings: dict[str, Any], call: Any, raised: Any, said: str) -> None:
    store = Spy(MemoryStore())
    store.is_instant = True
    store.is_async = False

    def fail(operation: str) -> None:
        raise raised[0](raised[1])

    store.before = fail

    def work(sessions: Any) -> Work:
        with pytest.raises(headlessid.TransientError) as fault:
            yield sessions.get("secret-key-of-a-browser").access_token()
        assert fault.value.reason == "store_fault" and said in str(fault.value)
        assert type(fault.value.__cause__) is raised[0] and "secret-key" not in str(fault.value)

    call({**settings, "timeout_ms": 1000}, work, store)


@pytest.mark.parametrize("returned", [b"bytes", ("v",), ("v", "text"), (1, b"x"), True])
def test_what_load_may_not_return(settings: dict[str, Any], returned: Any) -> None:
    class Lies(MemoryStore):
        def load(self, key: bytes) -> Any:
            return returned

    with headlessid.Client(**settings, timeout_ms=1000) as client, pytest.raises(headlessid.TransientError) as fault:
        client.sessions(Lies(), KEYS).get("u").access_token()
    assert fault.value.reason == "store_fault" and "load()" in str(fault.value)


def test_a_save_that_forgets_to_return_is_a_fault(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    class Forgets(MemoryStore):
        def save(self, *given: Any) -> Any:
            super().save(*given)

    tokens = sign_in(org, settings)
    with headlessid.Client(**settings, timeout_ms=1000) as client:
        # It looks again, and finds what it has saved.
        assert client.sessions(Forgets(), KEYS).begin("u", tokens).access_token() == tokens.access_token


def test_an_async_store_has_a_time_limit(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sessions_async, "_STORE_AT_MOST_S", 0.1)

    class Hangs:
        async def load(self, key: bytes) -> Any:
            await asyncio.sleep(60)

        save = delete = lock = unlock = load

    async def main() -> None:
        async with headlessid.AsyncClient(**settings, timeout_ms=1000) as client:
            began = time.monotonic()
            with pytest.raises(headlessid.TransientError) as fault:
                await client.sessions(Hangs(), KEYS).get("u").access_token()  # type: ignore[arg-type]
            assert fault.value.reason == "store_fault" and time.monotonic() - began < 10

    asyncio.run(main())


# ---- in the background ----


class AsIfDue:
    """The native session of a token that is due, at once."""

    def __init__(self, native: Any) -> None:
        self._native = native

    def token(self, min_ttl: float) -> None:
        return None

    def lasting(self, min_ttl_ms: int) -> Any:
        return self._native.lasting(min_ttl_ms) if self.looked_lately else None

    looked_lately = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)


def test_a_due_token_is_refreshed_in_the_background(org: SimulatedOrg, settings: dict[str, Any], call: Any) -> None:
    tokens = sign_in(org, settings)
    store = Spy(MemoryStore())
    store.is_instant = store.is_async = False

    def work(sessions: Any) -> Work:
        session: Any = yield sessions.begin("u", tokens)
        session._native = AsIfDue(session._native)
        store.calls.clear()
        store.before = lambda operation: time.sleep(0.3)
        began = time.monotonic()
        for _ in range(20):
            assert (yield session.access_token()) == tokens.access_token
        assert time.monotonic() - began < 0.25, "a caller waited"
        while session._flight is not None:
            yield asyncio.sleep(0.01) if isinstance(session, headlessid.AsyncSession) else None
            time.sleep(0.01)
        assert store.calls == ["load"], "one look for all"
        yield session.access_token()
        yield asyncio.sleep(0.1) if isinstance(session, headlessid.AsyncSession) else None
        time.sleep(0.1)
        assert store.calls == ["load"], "not again within a second"
        # The token that was looked at too long ago is not handed out so; nor is one that would not last.
        session._native.looked_lately = False
        yield session.access_token()
        assert store.calls == ["load", "load"]
        yield session.access_token(min_ttl=86400)
        assert store.calls[:3] == ["load"] * 3

    call(settings, work, store)


def test_without_the_background_the_caller_waits(org: SimulatedOrg, settings: dict[str, Any], call: Any) -> None:
    tokens = sign_in(org, settings)
    store = Spy(MemoryStore())
    store.is_instant, store.is_async = True, False

    def work(sessions: Any) -> Work:
        session: Any = yield sessions.begin("u", tokens)
        session._native = AsIfDue(session._native)
        store.calls.clear()
        for _ in range(3):
            yield session.access_token()
        assert store.calls == ["load"] * 3

    call(settings, work, store, background=False)


# ---- with the app's own HTTP ----


def test_with_a_transport(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    tokens = sign_in(org, settings, expired=True)
    with httpx.Client(verify=_trusting(org)) as http:
        with headlessid.Client(**settings, transport=HttpxTransport(http)) as client:
            session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
            assert session.access_token() != tokens.access_token and refreshes(org) == 1
            assert session.end() is True


class Rotating:
    """A site without a network: a new access and refresh token for each refresh token, which is good once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made = 0
        self.uses: dict[str, int] = {}

    def tokens(self) -> str:
        with self.lock:
            self.made += 1
            fields = {"access_token": f"00D!{self.made}", "refresh_token": f"5Aep.{self.made}", "token_type": "Bearer"}
        return json.dumps(fields)

    def __call__(self, step: headlessid.Send) -> headlessid.HttpResponse:
        given = parse_qs(step.body.decode())
        if "grant_type" not in given:
            return headlessid.HttpResponse(200)
        token = given["refresh_token"][0]
        with self.lock:
            self.uses[token] = self.uses.get(token, 0) + 1
        return headlessid.HttpResponse(200, [("Content-Type", "application/json")], self.tokens().encode())

    async def later(self, step: headlessid.Send) -> headlessid.HttpResponse:
        await asyncio.sleep(0.001)
        return self(step)


SIGNED_OUT = ("no_session", "session_ended")


def test_threads_that_do_everything_at_once(app: headlessid.App) -> None:
    site = Rotating()
    wrong: list[BaseException] = []
    with headlessid.Client.for_app(app, transport=site) as client:
        sessions = client.sessions(MemoryStore(), KEYS)

        def work(seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(150):
                key = str(chance.randrange(3))
                session = sessions.get(key)
                try:
                    what = chance.randrange(8)
                    if what == 0:
                        sessions.begin(key, site.tokens())
                    elif what == 1:
                        session.end()
                    elif what < 5:
                        token = session.access_token()
                        if chance.randrange(2):
                            assert session.rejected(token) != token
                    else:
                        session.token(min_ttl=chance.randrange(3))
                except headlessid.HeadlessIdError as error:
                    if error.reason not in SIGNED_OUT:
                        wrong.append(error)
                except BaseException as error:
                    wrong.append(error)

        threads = [threading.Thread(target=work, args=(seed,), daemon=True) for seed in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads), "a deadlock"
        assert not [session for session in sessions._all() if session._flight is not None]
    assert not wrong, wrong[:3]
    assert set(site.uses.values()) == {1}


def test_tasks_that_do_everything_at_once(app: headlessid.App) -> None:
    site = Rotating()

    async def main() -> None:
        async with headlessid.AsyncClient.for_app(app, transport=site.later) as client:
            sessions = client.sessions(MemoryStore(), KEYS)

            async def work(seed: int) -> None:
                chance = random.Random(seed)
                for _ in range(100):
                    key = str(chance.randrange(3))
                    session = sessions.get(key)
                    try:
                        what = chance.randrange(8)
                        if what == 0:
                            await sessions.begin(key, site.tokens())
                        elif what == 1:
                            await session.end()
                        elif what == 2:
                            await asyncio.wait_for(session.rejected(await session.access_token()), 0.0005)
                        else:
                            token = await session.access_token()
                            assert await session.rejected(token) != token
                    except asyncio.TimeoutError:
                        pass
                    except headlessid.HeadlessIdError as error:
                        if error.reason not in SIGNED_OUT:
                            raise

            await asyncio.wait_for(asyncio.gather(*[work(seed) for seed in range(16)]), 60)

    asyncio.run(main())
    assert set(site.uses.values()) == {1}
