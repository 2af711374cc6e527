"""Sessions and AsyncSessions against the simulated org: what they hand out, how often they refresh, and what they do when
callers are cut off, stores fail and processes fork. Each rule with both clients where it concerns both."""

from __future__ import annotations

import asyncio
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
from headlessid.httpx_transport import HttpxTransport
from headlessid.stores import MemoryStore, SQLiteStore, StoreFault
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, Spy, refreshes, sign_in, trusting


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
        gate = threading.Event()
        in_time: list[bool] = []
        store.before = lambda operation: in_time.append(gate.wait(10))
        for _ in range(20):
            assert (yield session.access_token()) == tokens.access_token
        gate.set()
        while session._flight is not None:
            yield asyncio.sleep(0.01) if isinstance(session, headlessid.AsyncSession) else None
            time.sleep(0.01)
        assert store.calls == ["load"], "one look for all"
        assert in_time == [True], "a caller waited"
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
    with httpx.Client(verify=trusting(org)) as http:
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
