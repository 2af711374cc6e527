#!/usr/bin/env python3
"""A session's token without a refresh beside msal's acquire_token_silent, with a look into Redis beside the round trip alone, a
session's refresh beside the flow's, and the import; each in a process of its own. Prints lines of {"name", "value", "unit"}.

    build/venv/bin/python tests/bench/python_bench.py [SUBJECT]

With a subject: a side of Python's comparisons, which rounds.py runs: logins, ours or authlib's with httpx. "one at a time" waits
for each login before the next; "many at a time" keeps 32 in flight on asyncio. Both keep their connections open.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

AT_ONCE = 32
IMPORTS = 21


def figure(name: str, value: float, unit: str) -> None:
    print(json.dumps({"name": f"python.{name}", "value": round(value, 2), "unit": unit}), flush=True)


# ---- what is measured: one login each ----


def ours_one(org: dict[str, Any]) -> tuple[Callable[[], None], Callable[[], None]]:
    import headlessid

    client = headlessid.Client(**org["settings"])

    def login() -> None:
        assert client.login(username=org["username"], password=org["password"]).access_token

    return login, client.close


def ours_many(org: dict[str, Any]) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    import headlessid

    client = headlessid.AsyncClient(**org["settings"])

    async def login() -> None:
        assert (await client.login(username=org["username"], password=org["password"])).access_token

    return login, client.close


def authorize_request(org: dict[str, Any], challenge: str, state: str) -> dict[str, Any]:
    settings = org["settings"]
    return {
        "url": settings["site"] + "/services/oauth2/authorize",
        "headers": {"Auth-Request-Type": "Named-User"},
        "data": {
            "response_type": "code_credentials",
            "client_id": settings["client_id"],
            "redirect_uri": settings["redirect_uri"],
            "username": org["username"],
            "password": org["password"],
            "code_challenge": challenge,
            "state": state,
        },
        "follow_redirects": False,
    }


def code_of(location: str, state: str) -> str:
    query = parse_qs(urlsplit(location).query)
    assert query["state"] == [state]
    return query["code"][0]


def peer_settings(org: dict[str, Any]) -> dict[str, Any]:
    settings = org["settings"]
    return {
        "client_id": settings["client_id"],
        "redirect_uri": settings["redirect_uri"],
        "token_endpoint_auth_method": "none",
        "verify": ssl.create_default_context(cafile=settings["ca_file"]),
    }


def peer_one(org: dict[str, Any]) -> tuple[Callable[[], None], Callable[[], None]]:
    from authlib.common.security import generate_token
    from authlib.integrations.httpx_client import OAuth2Client
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    client = OAuth2Client(**peer_settings(org))
    token_url = org["settings"]["site"] + "/services/oauth2/token"

    def login() -> None:
        verifier, state = generate_token(64), generate_token(43)
        request = authorize_request(org, create_s256_code_challenge(verifier), state)
        response = client.request("POST", withhold_token=True, **request)
        code = code_of(response.headers["location"], state)
        assert client.fetch_token(token_url, code=code, code_verifier=verifier)["access_token"]

    return login, client.close


def peer_many(org: dict[str, Any]) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    import httpx
    from authlib.common.security import generate_token
    from authlib.integrations.httpx_client import AsyncOAuth2Client
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    # httpx keeps 20 idle connections unless told; with fewer than are in use it would measure handshakes.
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    client = AsyncOAuth2Client(**peer_settings(org), limits=limits)
    token_url = org["settings"]["site"] + "/services/oauth2/token"

    async def login() -> None:
        verifier, state = generate_token(64), generate_token(43)
        request = authorize_request(org, create_s256_code_challenge(verifier), state)
        response = await client.request("POST", withhold_token=True, **request)
        code = code_of(response.headers["location"], state)
        assert (await client.fetch_token(token_url, code=code, code_verifier=verifier))["access_token"]

    return login, client.aclose


SUBJECTS = {
    "one_at_a_time.ours": (ours_one, False),
    "one_at_a_time.peer": (peer_one, False),
    "many_at_a_time.ours": (ours_many, True),
    "many_at_a_time.peer": (peer_many, True),
}


# ---- a side of a comparison ----


def told() -> None:
    print(json.dumps({"switches": resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw}), flush=True)


def answer_one_at_a_time(login: Callable[[], None], close: Callable[[], None]) -> None:
    for line in sys.stdin:
        for _ in range(int(line)):
            login()
        told()
    close()


async def answer_many_at_a_time(login: Callable[[], Awaitable[None]], close: Callable[[], Awaitable[None]]) -> None:
    async def some(left: int) -> None:
        async def worker() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                await login()

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))

    for line in sys.stdin:
        await some(int(line))
        told()
    await close()


def answer(subject: str) -> None:
    site, ca_file, client_id, redirect_uri, username, password = (sys.stdin.readline().strip() for _ in range(6))
    settings = {"site": site, "ca_file": ca_file, "client_id": client_id, "redirect_uri": redirect_uri}
    make, asynchronous = SUBJECTS[subject]

    async def in_loop() -> None:
        await answer_many_at_a_time(*make(org))  # type: ignore[arg-type]

    org = {"settings": settings, "username": username, "password": password}
    if asynchronous:
        asyncio.run(in_loop())
    else:
        answer_one_at_a_time(*make(org))  # type: ignore[arg-type]


# ---- sessions: a token without a refresh, with a look into Redis, begun, refreshed ----


KEYS = {"k1": bytes(32)}
# What is called, and what ends it.
Subject = tuple[Callable[[], object], Callable[[], None]]


def signed_in(org: dict[str, Any], **settings: Any) -> tuple[Any, Any]:
    import headlessid

    client = headlessid.Client(**org["settings"], **settings)
    return client, client.login(username=org["username"], password=org["password"])


def ours_session(org: dict[str, Any]) -> Subject:
    from headlessid.stores import MemoryStore

    client, tokens = signed_in(org)
    session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
    return lambda: session.access_token(60), client.close


def begun_session(org: dict[str, Any]) -> Subject:
    from headlessid.stores import MemoryStore

    client, tokens = signed_in(org)
    sessions = client.sessions(MemoryStore(), KEYS)
    return lambda: sessions.begin("u", tokens), client.close


def refreshed_session(org: dict[str, Any]) -> Subject:
    from headlessid.stores import MemoryStore

    client, tokens = signed_in(org)
    session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
    return lambda: session.rejected(session.access_token()), client.close


def bare_refresh(org: dict[str, Any]) -> Subject:
    client, tokens = signed_in(org)
    last = [tokens]

    def refresh() -> None:
        # The server may rotate the token or keep it.
        now = client.refresh(refresh_token=last[0].refresh_token)
        if now.refresh_token:
            last[0] = now

    return refresh, client.close


@contextlib.contextmanager
def redis_server() -> Iterator[Any]:
    import redis

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/redis.sock"
        process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", path, "--save", ""], stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 20
            while not os.path.exists(path):
                assert process.poll() is None and time.monotonic() < until, "redis-server does not start"
                time.sleep(0.02)
            with redis.Redis(unix_socket_path=path) as connection:
                yield connection
        finally:
            process.terminate()
            process.wait()


def session_in_redis(org: dict[str, Any]) -> Subject:
    """Nothing is kept in the process: each call looks into the store."""
    from headlessid.stores import RedisStore

    stack = contextlib.ExitStack()
    client, tokens = signed_in(org, session_cache_ms=0)
    stack.callback(client.close)
    session = client.sessions(RedisStore(stack.enter_context(redis_server())), KEYS).begin("u", tokens)
    return session.access_token, stack.close


def bare_redis(org: dict[str, Any]) -> Subject:
    """The round trip alone, with a value of a record's size."""
    stack = contextlib.ExitStack()
    connection = stack.enter_context(redis_server())
    connection.hset("u", mapping={"version": "v" * 36, "value": bytes(2048)})
    return lambda: connection.hmget("u", "version", "value"), stack.close


class Discovery:
    """What msal asks for before the first token: it has no network here."""

    status_code = 200
    headers: dict[str, str] = {}
    host = "https://login.microsoftonline.com/t"
    text = json.dumps({"issuer": host, "authorization_endpoint": f"{host}/a", "token_endpoint": f"{host}/t"})

    def get(self, url: str, **options: object) -> Discovery:
        return self

    post = get

    def raise_for_status(self) -> None:
        pass


def peer_session(org: dict[str, Any]) -> Subject:
    import msal

    app = msal.PublicClientApplication(
        "client", authority=Discovery.host, http_client=Discovery(), instance_discovery=False, validate_authority=False
    )
    response = {
        "access_token": "x" * 1000,
        "refresh_token": "y" * 100,
        "expires_in": 3600,
        "id_token_claims": {"oid": "o", "preferred_username": "u", "tid": "t"},
        "client_info": "eyJ1aWQiOiJvIiwidXRpZCI6InQifQ",
        "token_type": "Bearer",
    }
    app.token_cache.add(
        {"client_id": "client", "scope": ["s"], "token_endpoint": f"{Discovery.host}/t", "response": response, "grant_type": "x"}
    )
    account = app.get_accounts()[0]

    def get() -> str:
        token: str = app.acquire_token_silent(["s"], account)["access_token"]
        return token

    assert get()
    return get, lambda: None


def session_time(subject: str, org: dict[str, Any]) -> None:
    """The best of seven rounds: the others are measured with what else the machine does."""
    make, calls = SESSION_SUBJECTS[subject]
    call, close = make(org)
    best = float("inf")
    for _ in range(7):
        began = time.perf_counter()
        for _ in range(calls):
            call()
        best = min(best, (time.perf_counter() - began) / calls)
    figure(subject, best * 1e6, "us")
    close()


# What is called, and how often in a round.
SESSION_SUBJECTS: dict[str, tuple[Callable[[dict[str, Any]], Subject], int]] = {
    "session_token.ours": (ours_session, 20_000),
    "session_token.peer": (peer_session, 2_000),
    "session_token.redis": (session_in_redis, 1_000),
    "session_token.redis_alone": (bare_redis, 1_000),
    "session_begin": (begun_session, 1_000),
    "session_refresh": (refreshed_session, 100),
    "session_refresh.bare": (bare_refresh, 100),
}


def import_time() -> None:
    for name, clock in (("import", "perf_counter"), ("import_cpu", "process_time")):
        source = f"import time; began = time.{clock}(); import headlessid; print(time.{clock}() - began)"
        times = [
            float(subprocess.run([sys.executable, "-c", source], check=True, capture_output=True, text=True).stdout)
            for _ in range(IMPORTS)
        ]
        figure(name, statistics.median(times) * 1000, "ms")


def main() -> None:
    subject = sys.argv[1] if len(sys.argv) > 1 else ""
    if subject in SUBJECTS:
        return answer(subject)
    if subject:
        return session_time(subject, json.load(sys.stdin))
    from headlessid.testing import SimulatedOrg

    import_time()
    with SimulatedOrg() as org:
        given = {
            "settings": org.client_settings(),
            "username": org.users[0].username,
            "password": org.users[0].password,
        }
        for subject in SESSION_SUBJECTS:
            # The address and the password go by standard input, like everywhere.
            done = subprocess.run(
                [sys.executable, __file__, subject],
                input=json.dumps(given),
                text=True,
                stdout=subprocess.PIPE,
                check=True,
            )
            sys.stdout.write(done.stdout)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
