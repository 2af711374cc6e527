"""What the proofs of sessions share: workers of every language, a Redis of their own, an org that counts.

A worker reads one line of JSON from its standard input,

    {"site", "client_id", "redirect_uri", "settings": {...}, "store": "redis://127.0.0.1:PORT/0" or "sqlite:/path/file.db",
     "keys": ["u1", ...], "calls": 5000, "threads": 4, "min_ttl_ms": 0, "pause_ms": [0, 5], "seed": 7, "use": false}

gets that many access tokens of random keys, and prints {"ready": true}, a line {"failure", "advice", "key", "at_ms"} for each call
that failed, and at the end {"calls", "refreshed", "failed"}. With "use" it also shows each token to <site>/services/oauth2/userinfo,
and calls `rejected` where that refuses it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/cli"))

from support import Org, environment, run  # noqa: E402

BUILD = Path(os.environ.get("HLID_BUILD", ROOT / "build/dev")) / "tests/session_processes"
C_WORKER = BUILD / "hlid_session_worker"
CLOCK = BUILD / "libhlid_clock_offset.so"
AT_MOST_S = 120.0
# Of a clock by which every token has ended.
AHEAD_MS = 200_000
# The early part of a token's life: a refresh before its end was not needed.
EARLIEST = 0.8


NODE = ROOT / "bindings/node"
JAR = ROOT / "bindings/java/target/headlessid-0.1.0.jar"
# Where Maven has written down what the package's stores and its tests use.
JAVA_CLASSES = ROOT / "build/sessions/java.classpath"


def commands() -> dict[str, list[str]]:
    """The workers by language, or those that HLID_SESSION_LANGUAGES names, whether they are built or not."""
    java = [os.environ.get("JAVA", "java"), "-cp", os.environ.get("HLID_JAVA_WORKER_CLASSES", java_classes())]
    known = {
        "c": [str(C_WORKER)],
        "python": [sys.executable, str(HERE / "worker.py")],
        "node": ["node", str(HERE / "worker.mjs")],
        "java": [*java, str(HERE / "worker.java")],
    }
    wanted = os.environ.get("HLID_SESSION_LANGUAGES", "").split() or list(known)
    return {name: command for name, command in known.items() if name in wanted}


def java_classes() -> str:
    return os.pathsep.join([str(JAR), JAVA_CLASSES.read_text().strip()]) if JAVA_CLASSES.exists() else str(JAR)


def what_is_missing(language: str) -> str | None:
    """What a worker stands on and this machine does not have, in one line with what builds it. None: nothing."""
    needed: dict[str, list[tuple[Path, str]]] = {
        "c": [(C_WORKER, "./dev test sessions")],
        "python": [],
        "node": [(NODE / "dist/index.js", "./dev test node")],
        "java": [(JAR, "./dev test java"), (JAVA_CLASSES, "./dev test sessions")],
    }
    if "HLID_JAVA_WORKER_CLASSES" in os.environ:
        needed["java"] = []
    if language == "python" and importlib.util.find_spec("headlessid") is None:
        return f"python: the package headlessid is missing from {sys.executable}: ./dev test python installs it"
    for path, command in needed[language]:
        if not path.exists():
            shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
            return f"{language}: {shown} is missing: {command} builds it"
    return None


def check_built(language: str) -> None:
    missing = what_is_missing(language)
    if missing is not None:
        pytest.fail(missing, pytrace=False)


# ---- the org ----


class Site:
    """A simulated org whose refresh tokens rotate and whose access tokens live for seconds."""

    def __init__(self, org: Org, lifetime_s: int) -> None:
        self.org = org
        org.control("reset", {})
        self.client_id = org.said["apps"][0]["client_id"]
        app = {"client_id": self.client_id, "is_refresh_token_rotation_enabled": True, "is_named_user_jwt_enabled": False}
        org.control("settings", {"apps": [app], "settings": {"token_says_expires_in": True, "max_login_attempts": 0}})
        self.live_for(lifetime_s)
        key = run("session", "new-key").out.strip()
        self.settings = {"session_keys": key, "allow_http_loopback": True}

    def live_for(self, lifetime_s: int) -> None:
        """Access tokens from now on."""
        self.lifetime_s = lifetime_s
        self.org.control("settings", {"settings": {"access_token_lifetime_s": lifetime_s}})

    def fail(self, **fault: Any) -> None:
        self.org.control("fail", fault)

    def seen(self) -> dict[str, Any]:
        seen: dict[str, Any] = self.org.control("seen")
        return seen

    def given(self, store: str, keys: Sequence[str], **more: Any) -> dict[str, Any]:
        """A worker's line."""
        return {
            "site": self.org.site,
            "client_id": self.client_id,
            "redirect_uri": self.org.said["apps"][0]["redirect_uri"],
            "settings": self.settings,
            "store": store,
            "keys": list(keys),
            "min_ttl_ms": 0,
            "seed": 1,
            **more,
        }

    def environment(self) -> dict[str, str]:
        """Of the command, as the same app."""
        return {**self.org.settings(), "HEADLESSID_SESSION_KEYS": self.settings["session_keys"]}

    def begin(self, store: Store, keys: Sequence[str]) -> None:
        """A sign-in for each key, into the store."""
        with contextlib.ExitStack() as stack:
            file = store.file_to_begin_in(stack)
            check_built("c")
            sign_in = {"username": self.org.username, "password": self.org.password}
            given = self.given(f"sqlite:{file}", keys, sign_in=sign_in)
            done = subprocess.run(
                [C_WORKER], input=json.dumps(given) + "\n", capture_output=True, text=True, timeout=AT_MOST_S, check=False
            )
            assert done.returncode == 0, done
            store.take_over(file)

    def check_no_secret(self, store: Store) -> None:
        """Of the tokens no byte can be read in the store: the org's begin like this."""
        kept = store.everything()
        key = self.settings["session_keys"].split(":")[1]
        assert b"user-1" in kept, "the search is worth something"
        for secret in (b"5Aep861", b"00DEx0000001abc!", b"access_token", b"refresh_token", key.encode(), key[:16].encode()):
            assert secret not in kept, secret

    def refreshes(self) -> dict[str, Any]:
        found: dict[str, Any] = self.seen()["refreshes"]
        return found

    def check_no_second_use(self) -> None:
        """No refresh token was seen twice, and no family of tokens was ended because of one."""
        seen = self.seen()
        twice = {digest: count for digest, count in seen["refresh_tokens"].items() if count > 1}
        assert not twice, twice
        assert seen["refreshes"]["families_ended"] == 0 and seen["refreshes"]["in_use"] == 0, seen["refreshes"]


# ---- stores ----


class Store:
    address: str

    def file_to_begin_in(self, stack: contextlib.ExitStack) -> Path:
        raise NotImplementedError

    def take_over(self, file: Path) -> None:
        """What was begun in a SQLite file; a record is bound to its key and its version, not to the kind of its store."""

    def rows(self) -> dict[str, tuple[str, bytes]]:
        raise NotImplementedError

    def everything(self) -> bytes:
        """All that is on the disk. Not while this process itself has the file open in SQLite: reading it would end its locks."""
        raise NotImplementedError


class SqliteFile(Store):
    def __init__(self, path: Path) -> None:
        self.path = path
        self.address = f"sqlite:{path}"

    def file_to_begin_in(self, stack: contextlib.ExitStack) -> Path:
        return self.path

    def rows(self) -> dict[str, tuple[str, bytes]]:
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            found = database.execute("SELECT store_key, version, value FROM headlessid_sessions").fetchall()
        return {key.decode(): (version, value) for key, version, value in found}

    def everything(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.path.parent.glob(self.path.name + "*"))


class Redis(Store):
    """A server of its own on a free port, whose every write is on the disk before it is confirmed."""

    PREFIX = b"headlessid:"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is missing: ./dev test sessions installs it"
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.folder,
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
        }
        given = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen([program, *given], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                if self.command("PING") == b"PONG":
                    return
            assert time.monotonic() < until and self.process.poll() is None, "redis-server does not start"
            time.sleep(0.02)

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(how)
        self.process.wait(20)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It accepts connections and says nothing, as behind a network that has failed."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def command(self, *words: str | bytes | int) -> Any:
        encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
            with connection.makefile("rb") as stream:
                return read_reply(stream)

    def file_to_begin_in(self, stack: contextlib.ExitStack) -> Path:
        return self.folder / f"begun-{time.monotonic_ns()}.db"

    def take_over(self, file: Path) -> None:
        for key, (version, value) in SqliteFile(file).rows().items():
            name = self.PREFIX + b"session:" + key.encode()
            self.command("HSET", name, "version", version, "value", value)
            self.command("PEXPIRE", name, 3_600_000)

    def rows(self) -> dict[str, tuple[str, bytes]]:
        start = self.PREFIX + b"session:"
        out = {}
        for name in self.command("KEYS", start + b"*"):
            version, value = self.command("HMGET", name, "version", "value")
            out[name[len(start) :].decode()] = (version.decode(), value)
        return out

    def everything(self) -> bytes:
        """Its log of every write, and a dump."""
        assert self.command("SAVE") == b"OK"
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.suffix in {".aof", ".rdb"})


def read_reply(stream: Any) -> Any:
    line = stream.readline()
    kind, rest = line[:1], line[1:-2]
    if kind == b"+":
        return rest
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2]
    if kind == b"*":
        return [read_reply(stream) for _ in range(int(rest))]
    raise OSError(f"redis: {line!r}")


# ---- workers ----


@dataclass
class Worker:
    language: str
    process: subprocess.Popen[str]
    lines: list[dict[str, Any]] = field(default_factory=list)
    no_json: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)
    reader: threading.Thread = field(init=False)
    killed: bool = False

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        try:
            for text in self.process.stdout:
                try:
                    line = json.loads(text)
                except ValueError:
                    # One that dies may be cut off in the middle of a line.
                    self.no_json.append(text)
                    continue
                self.lines.append({**line, "language": self.language, "heard_at": time.time()})
                if line.get("ready"):
                    self.ready.set()
        finally:
            self.ready.set()

    def kill(self) -> float:
        """When it was dead, by the clock of this process."""
        self.process.kill()
        self.process.wait(AT_MOST_S)
        self.killed = True
        killed_at = time.time()
        self.close()
        return killed_at

    def end(self) -> None:
        status = self.process.wait(AT_MOST_S)
        said = self.close()
        assert status == 0 or self.killed, f"{self.language} ended with {status}: {said}"
        assert not self.no_json or self.killed, f"{self.language} printed what is not JSON: {self.no_json[:3]}"

    def close(self) -> str:
        """When it has ended: closes its pipes. What it has written for people."""
        self.reader.join(AT_MOST_S)
        said = ""
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            if stream is self.process.stderr and not stream.closed:
                said = stream.read()
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        return said

    @property
    def failures(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if "failure" in line]

    @property
    def result(self) -> dict[str, Any]:
        assert self.lines and "calls" in self.lines[-1], (self.language, self.lines[-3:])
        return self.lines[-1]


def clock(offset_ms: int) -> dict[str, str]:
    if not offset_ms:
        return {}
    assert CLOCK.exists(), f"{CLOCK} is missing: ./dev test sessions builds it"
    return {"LD_PRELOAD": str(CLOCK), "HEADLESSID_CLOCK_OFFSET_MS": str(offset_ms)}


def start(language: str, given: dict[str, Any], clock_offset_ms: int = 0) -> Worker:
    check_built(language)
    env = {**environment(), **clock(clock_offset_ms)}
    pipe = subprocess.PIPE
    process = subprocess.Popen(commands()[language], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=env, cwd=ROOT)
    assert process.stdin is not None
    worker = Worker(language, process)
    # One that is dead already says why where its end is looked at.
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.flush()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    return worker


def start_all(given: Sequence[tuple[str, dict[str, Any]]]) -> list[Worker]:
    """One for each language and its line; none, where one of them does not start."""
    workers: list[Worker] = []
    try:
        for language, line in given:
            workers.append(start(language, line))
    except BaseException:
        stop(workers)
        raise
    return workers


def stop(workers: Sequence[Worker]) -> None:
    """Whatever has gone wrong, none of them is left, nor a pipe of one."""
    for worker in workers:
        if worker.process.poll() is None:
            worker.kill()
        else:
            worker.close()


def lost_at(site: Site, store: Store, key: str, folder: Path) -> dict[str, Any]:
    """What the command says of one session: a copy of its record is looked at, and left alone."""
    copy = folder / f"look-{time.monotonic_ns()}.db"
    version, value = store.rows()[key]
    with contextlib.closing(sqlite3.connect(copy)) as database, database:
        database.execute(
            "CREATE TABLE headlessid_sessions(store_key BLOB PRIMARY KEY, version TEXT NOT NULL, value BLOB NOT NULL, ends_at_ms INTEGER NOT NULL)"
        )
        database.execute("INSERT INTO headlessid_sessions VALUES(?, ?, ?, ?)", (key.encode(), version, value, 2**53))
    env = {**site.environment(), **clock(AHEAD_MS)}
    done = run("session", "token", "--json", "--store", str(copy), "--key", key, env=env)
    event: dict[str, Any] = done.event
    return event
