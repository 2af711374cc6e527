"""Secrets of sessions: in the frames of an error, in a file and in a Redis, in what is shown."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid.stores import MemoryStore, RedisStore, SQLiteStore
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, Spy, redis_server, sign_in
from test_frames import MARK, Careless, failing, failing_later

BROKEN_KEYS: list[Any] = [f"k1:{MARK}", {"k1": MARK.encode()}, {"k1": MARK}, {"k1": Careless()}, [f"k1:{MARK}", Careless()]]


def faulty() -> Spy:
    store = Spy(MemoryStore())

    def fail(operation: str) -> None:
        raise RuntimeError("away")

    store.before = fail
    return store


def test_frames(org: SimulatedOrg) -> None:
    with headlessid.Client(**org.client_settings(), timeout_ms=1000) as client:
        for keys in BROKEN_KEYS:
            failing(lambda: client.sessions(MemoryStore(), keys))
        sessions = client.sessions(MemoryStore(), KEYS)
        for tokens in (MARK, f'{{"access_token":"{MARK}"', Careless(), {"access_token": MARK}):
            failing(lambda: sessions.begin("u", tokens))  # type: ignore[arg-type]
        failing(lambda: sessions.get(MARK * 100))
        failing(lambda: sessions.begin(MARK * 100, "{}"))
        failing(lambda: sessions.guest(MARK * 100))
        failing(lambda: sessions.get("u").rejected(MARK))
        failing(lambda: client.sessions(faulty(), KEYS).get(MARK).rejected(MARK))
        failing(lambda: sessions.get("u").rejected(Careless()))  # type: ignore[arg-type]


def test_frames_of_asyncio(org: SimulatedOrg) -> None:
    async def main() -> None:
        async with headlessid.AsyncClient(**org.client_settings(), timeout_ms=1000) as client:
            sessions = client.sessions(MemoryStore(), KEYS)
            for tokens in (MARK, Careless()):
                await failing_later(lambda: sessions.begin("u", tokens))  # type: ignore[arg-type]
            await failing_later(lambda: sessions.get("u").rejected(MARK))
            await failing_later(lambda: client.sessions(faulty(), KEYS).get(MARK).rejected(MARK))

    asyncio.run(main())


def test_stores_and_what_is_shown(org: SimulatedOrg, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = org.client_settings()
    tokens = sign_in(org, settings)
    shown: list[str] = []
    secrets = {tokens.access_token, tokens.refresh_token}

    def use(client: headlessid.Client, store: Any) -> None:
        session = client.sessions(store, KEYS).begin("browser-7", tokens)
        secrets.add(session.rejected(tokens.access_token))
        token = session.token()
        shown.extend(map(repr, (session, token, dict(token), store, client, session._sessions, session._last)))
        shown.append(str(session._sessions))

    with caplog.at_level(logging.DEBUG), headlessid.Client(**settings) as client:
        with SQLiteStore(tmp_path / "s.db") as store:
            use(client, store)
            shown.extend(path.read_bytes().decode("latin-1").replace("browser-7", "") for path in tmp_path.iterdir())
        tokens = sign_in(org, settings)
        secrets |= {tokens.access_token, tokens.refresh_token}
        with redis_server() as url:
            import redis

            kept = RedisStore(url)
            use(client, kept)
            plain = redis.Redis.from_url(url)
            assert len(plain.keys("*")) == 1
            shown.extend(repr((plain.hgetall(key), plain.dump(key))) for key in plain.keys("*"))
            plain.close()
            kept.close()
    shown.append(caplog.text)
    for text in shown:
        for secret in secrets:
            assert secret is not None and secret not in text
        assert "browser-7" not in text
