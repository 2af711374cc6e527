#!/usr/bin/env python3
"""One process of many that keep the same sessions: it gets access tokens, and says what went wrong. The drivers start it.

Standard input, first line, JSON: site, client_id, redirect_uri, settings (more of the app's), store ("redis://..." or
"sqlite:FILE"), keys (of sessions that are there), calls, threads, min_ttl_ms, pause_ms [least, most], seed; use: whether to send
each token to the org's userinfo, and what it rejects to rejected(); async: whether with AsyncClient.
Standard output, JSON a line: {"ready":true}; for each call that failed {"failure","advice","key","at_ms"}; at the end
{"calls","refreshed","failed"}.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import headlessid
from headlessid.stores import RedisStore, SQLiteStore

# A bad token is 403 at userinfo, and 401 elsewhere.
REJECTED = (401, 403)


def say(**what: Any) -> None:
    with saying:
        print(json.dumps(what), flush=True)


saying = threading.Lock()


class Count:
    """What all threads or tasks together have done."""

    def __init__(self, calls: int) -> None:
        self._lock = threading.Lock()
        self.left = calls
        self.calls = self.refreshed = self.failed = 0

    def take(self) -> bool:
        with self._lock:
            self.left -= 1
            return self.left >= 0

    def add(self, refreshed: bool | None) -> None:
        with self._lock:
            self.calls += 1
            self.refreshed += bool(refreshed)

    def fail(self, error: headlessid.HeadlessIdError, key: str) -> None:
        with self._lock:
            self.calls += 1
            self.failed += 1
        say(failure=error.reason, advice=error.advice, key=key, at_ms=time.time_ns() // 1_000_000)


def store_of(given: str, is_async: bool) -> Any:
    if not given.startswith("redis"):
        return SQLiteStore(given.split(":", 1)[1])
    if not is_async:
        return RedisStore(given)
    import redis.asyncio

    return RedisStore(redis.asyncio.Redis.from_url(given))


def status_of(order: dict[str, Any], token: str) -> int:
    ca_file = order["settings"].get("ca_file")
    context = ssl.create_default_context(cafile=ca_file) if order["site"].startswith("https") else None
    request = urllib.request.Request(f"{order['site']}/services/oauth2/userinfo", data=b"")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, context=context, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def in_threads(order: dict[str, Any], settings: dict[str, Any], count: Count) -> None:
    store = store_of(order["store"], False)
    with headlessid.Client(**settings) as client:
        sessions = client.sessions(store)

        def work(seed: int) -> None:
            chance = random.Random(seed)
            while count.take():
                key = chance.choice(order["keys"])
                session = sessions.get(key)
                try:
                    token = session.token(order["min_ttl_ms"] / 1000)
                    if order.get("use") and status_of(order, token.access_token) in REJECTED:
                        session.rejected(token.access_token)
                    count.add(token.refreshed)
                except headlessid.HeadlessIdError as error:
                    count.fail(error, key)
                pause(order, chance, time.sleep)

        say(ready=True)
        threads = [threading.Thread(target=work, args=(order["seed"] * 1000 + at,)) for at in range(order["threads"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    store.close()


async def in_tasks(order: dict[str, Any], settings: dict[str, Any], count: Count) -> None:
    store = store_of(order["store"], True)
    async with headlessid.AsyncClient(**settings) as client:
        sessions = client.sessions(store)
        loop = asyncio.get_running_loop()

        async def work(seed: int) -> None:
            chance = random.Random(seed)
            while count.take():
                key = chance.choice(order["keys"])
                session = sessions.get(key)
                try:
                    token = await session.token(order["min_ttl_ms"] / 1000)
                    if order.get("use"):
                        if await loop.run_in_executor(None, status_of, order, token.access_token) in REJECTED:
                            await session.rejected(token.access_token)
                    count.add(token.refreshed)
                except headlessid.HeadlessIdError as error:
                    count.fail(error, key)
                await asyncio.sleep(pause(order, chance, lambda seconds: seconds))

        say(ready=True)
        await asyncio.gather(*[work(order["seed"] * 1000 + at) for at in range(order["threads"])])
    closed = store.close()
    if closed is not None:
        await closed


def pause(order: dict[str, Any], chance: random.Random, sleep: Any) -> Any:
    least, most = order["pause_ms"]
    return sleep(chance.uniform(least, most) / 1000)


def main() -> None:
    order = json.loads(sys.stdin.readline())
    settings = {name: order[name] for name in ("site", "client_id", "redirect_uri")}
    settings.update(order["settings"])
    count = Count(order["calls"])
    if order.get("async"):
        asyncio.run(in_tasks(order, settings, count))
    else:
        in_threads(order, settings, count)
    say(calls=count.calls, refreshed=count.refreshed, failed=count.failed)


if __name__ == "__main__":
    main()
