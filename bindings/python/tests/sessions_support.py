"""What the tests of sessions share: a Redis server of their own, and keys."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

import headlessid
import pytest
from headlessid.testing import SimulatedOrg

KEYS = {"k1": bytes(range(32))}
# Of the threads that are kept for a moment: sessions' own, and those that the tests give.
KEPT = ("headlessid-session", "kept", "next", "busy", "other", "x")


def kept_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name in KEPT]


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """Its address. Skips the test where there is no redis-server, or no redis-py; CI has both."""
    command = shutil.which("redis-server")
    if "CI" not in os.environ:
        pytest.importorskip("redis")
        if command is None:
            pytest.skip("no redis-server: apt-get install redis-server")
    assert command, "CI has no redis-server"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        process = subprocess.Popen([command, *options], stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 10
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert time.monotonic() < until, "redis-server does not listen"
                    time.sleep(0.02)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.kill()
            process.wait()


class Spy:
    """A store that counts what is asked of it, and fails or waits where it is told to."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.calls: list[str] = []
        self.before: Any = lambda operation: None
        self.is_instant = True
        self.is_async = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def call(*arguments: Any) -> Any:
            self.calls.append(name)
            self.before(name)
            return method(*arguments)

        return call


def sign_in(org: Any, settings: dict[str, Any], *, expired: bool = False, rotates: bool = True) -> Any:
    """A user's tokens. expired: by what they say of the access token's end, the server has not been told."""
    client_id = settings["client_id"]
    org.change({"apps": [{"client_id": client_id, "is_refresh_token_rotation_enabled": rotates}]})
    with headlessid.Client(**settings) as client:
        tokens = client.login(username=org.users[0].username, password=org.users[0].password)
    if expired:
        now = time.time_ns() // 1_000_000
        tokens = tokens.replace(issued_at_ms=now - 3_600_000, expires_at_ms=now - 1_000)
    return tokens


def refreshes(org: Any) -> int:
    """How often a refresh token was sent to the org."""
    return sum(org.seen()["refresh_tokens"].values())


def trusting(org: SimulatedOrg) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=org.ca_file)
