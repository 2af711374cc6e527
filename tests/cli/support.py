"""What the tests of the command share: running it, a terminal to run it in, the simulated org as its child."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CLI = os.environ.get("HEADLESSID_CLI", "headlessid")
# Generous: the machine may be busy. Nothing waits this long unless it hangs.
AT_MOST_S = 60.0


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours without any setting of the command, and then these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADLESSID_") and name != "NO_COLOR"}
    return {**kept, **(extra or {})}


@dataclass
class Outcome:
    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def event(self) -> dict[str, Any]:
        assert len(self.events) == 1, self
        return self.events[0]

    @property
    def error(self) -> dict[str, Any]:
        assert self.event["event"] == "failed", self
        error: dict[str, Any] = self.event["error"]
        return error

    @property
    def result(self) -> dict[str, Any]:
        assert self.event["event"] == "done", self
        result: dict[str, Any] = self.event["result"]
        return result


def run(*arguments: str, env: Mapping[str, str] | None = None, stdin: bytes | str = b"", fds: Sequence[int] = ()) -> Outcome:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [CLI, *arguments], env=environment(env), input=data, capture_output=True, timeout=AT_MOST_S, pass_fds=fds, check=False
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def memory_file(content: bytes | str) -> int:
    """A descriptor with this content, and no file on any disk. The command opens it by path_of."""
    fd = os.memfd_create("given")
    os.write(fd, content.encode() if isinstance(content, str) else content)
    return fd


def path_of(fd: int) -> str:
    return f"/proc/self/fd/{fd}"


class Org:
    """`headlessid sim`, which ends when its standard input does."""

    def __init__(self, *arguments: str, tls: bool = True) -> None:
        command = [CLI, "sim", "--until-eof", *([] if tls else ["--no-tls"]), *arguments]
        self.process = subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.said: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.site: str = self.said["site"]
        self.users = {user["username"]: user["password"] for user in self.said["users"]}
        self.username, self.password = next(iter(self.users.items()))

    def settings(self, app: int = 0) -> dict[str, str]:
        """The environment that makes the command an app of this org."""
        chosen = self.said["apps"][app]
        out = {
            "HEADLESSID_SITE": self.site,
            "HEADLESSID_CLIENT_ID": chosen["client_id"],
            "HEADLESSID_REDIRECT_URI": chosen["redirect_uri"],
        }
        if chosen["client_secret"]:
            out["HEADLESSID_CLIENT_SECRET"] = chosen["client_secret"]
        if self.said["ca_file"]:
            out["HEADLESSID_CA_FILE"] = self.said["ca_file"]
        else:
            out["HEADLESSID_ALLOW_HTTP_LOOPBACK"] = "true"
        return out

    def control(self, what: str, body: Mapping[str, Any] | None = None) -> Any:
        """GET or POST /__sim/<what>, by curl's little brother in the standard library."""
        import ssl
        import urllib.request

        context = ssl.create_default_context(cafile=self.said["ca_file"]) if self.said["ca_file"] else None
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if context is not None:
            handlers.append(urllib.request.HTTPSHandler(context=context))
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.build_opener(*handlers).open(
            f"{self.said['control']}/{what}", data=data, timeout=AT_MOST_S
        ) as response:
            return json.load(response)

    def stop(self) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        status = self.process.wait(AT_MOST_S)
        self.process.stdout.close()
        return status


def wait_until(what: str, holds: Any) -> None:
    until = time.monotonic() + AT_MOST_S
    while not holds():
        assert time.monotonic() < until, f"never happened: {what}"
        time.sleep(0.01)


class Terminal:
    """The command on a terminal of its own, which is a session leader's controlling one, so that Ctrl-C works."""

    def __init__(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdout: int | None = None,
        cwd: Path | None = None,
        before: Callable[[], object] = lambda: None,
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x18\x00\x50\x00\x00\x00\x00\x00")  # 24 lines of 80
        self.slave = slave
        self.shown = b""
        self.process = subprocess.Popen(
            [CLI, *arguments],
            env=environment(env),
            stdin=slave,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            start_new_session=True,
            cwd=cwd,
            preexec_fn=lambda: (fcntl.ioctl(0, termios.TIOCSCTTY, 0), before()),
        )

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def read_until(self, pattern: str) -> None:
        until = time.monotonic() + AT_MOST_S
        while not re.search(pattern, self.text):
            assert time.monotonic() < until, f"{pattern!r} was never shown: {self.shown!r}"
            if select.select([self.master], [], [], 0.1)[0]:
                self.shown += os.read(self.master, 65536)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    @property
    def text(self) -> str:
        return self.shown.decode(errors="replace").replace("\r\n", "\n")

    def end(self) -> int:
        """What it exits with; all that it has shown is in `text` then."""
        until = time.monotonic() + AT_MOST_S
        while True:
            readable = select.select([self.master], [], [], 0.05)[0]
            if readable:
                self.shown += os.read(self.master, 65536)
            elif self.process.poll() is not None:
                return self.process.returncode
            assert time.monotonic() < until, f"it does not end: {self.shown!r}"

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@contextlib.contextmanager
def terminal(*arguments: str, **how: Any) -> Iterator[Terminal]:
    made = Terminal(*arguments, **how)
    try:
        yield made
    finally:
        made.close()
