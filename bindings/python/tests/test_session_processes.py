"""Four processes on one store, with tokens that live two seconds: no refresh token is seen twice, and no session is lost. Long
with HLID_PROOF=1; with kills, outages and other languages it is in tests/session_processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid.stores import RedisStore, SQLiteStore
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, redis_server, sign_in

WORKER = Path(__file__).resolve().parents[3] / "tests/session_processes/worker.py"
PROOF = os.environ.get("HLID_PROOF") == "1"
CALLS = 20_000 if PROOF else 1_200
# So that the calls last for several lives of a token.
PAUSE_MS = 40
LIFETIME_S = 2
KEYS_OF_SESSIONS = ("u1", "u2", "u3")
WORDS = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


ALL = [("sqlite", False), ("redis", True), ("sqlite", True), ("redis", False)]


@pytest.mark.parametrize(("kind", "is_async"), ALL if PROOF else ALL[:2])
def test_four_processes(org: SimulatedOrg, tmp_path: Path, kind: str, is_async: bool) -> None:
    if kind == "sqlite":
        check(org, f"sqlite:{tmp_path / 'sessions.db'}", is_async)
        return
    with redis_server() as url:
        check(org, url, is_async)


def check(org: SimulatedOrg, store: str, is_async: bool) -> None:
    settings = org.client_settings()
    app = {"client_id": settings["client_id"], "is_named_user_jwt_enabled": False}
    org.change({"apps": [app], "settings": {"access_token_lifetime_s": LIFETIME_S, "token_says_expires_in": True}})
    opened: Any = SQLiteStore(store[7:]) if store.startswith("sqlite") else RedisStore(store)
    with headlessid.Client(**settings) as client:
        sessions = client.sessions(opened, KEYS)
        for key in KEYS_OF_SESSIONS:
            sessions.begin(key, sign_in(org, settings))
    opened.close()
    more = {name: value for name, value in settings.items() if name not in ("site", "client_id", "redirect_uri")}
    order = {
        **{name: settings[name] for name in ("site", "client_id", "redirect_uri")},
        "settings": {**more, "session_keys": WORDS},
        "store": store,
        "keys": list(KEYS_OF_SESSIONS),
        "calls": CALLS // 4,
        "threads": 4,
        "min_ttl_ms": 0,
        "pause_ms": [0, PAUSE_MS],
        "async": is_async,
    }
    workers = []
    for seed in range(4):
        worker = subprocess.Popen([sys.executable, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        workers.append(worker)
        assert worker.stdin is not None
        worker.stdin.write(json.dumps({**order, "seed": seed}) + "\n")
        worker.stdin.flush()
    said = []
    until = time.monotonic() + 300
    for worker in workers:
        out, _ = worker.communicate(timeout=max(1.0, until - time.monotonic()))
        assert worker.returncode == 0, out
        said.append([json.loads(line) for line in out.splitlines()])
    failures = [line for lines in said for line in lines if "failure" in line]
    assert not failures, failures[:3]
    ends = [lines[-1] for lines in said]
    assert sum(end["calls"] for end in ends) == CALLS and sum(end["failed"] for end in ends) == 0
    seen = org.seen()["refresh_tokens"]
    assert set(seen.values()) == {1}, "a refresh token was sent twice"
    assert sum(end["refreshed"] for end in ends) == len(seen) >= len(KEYS_OF_SESSIONS)
    print(f"{len(seen)} refreshes")
