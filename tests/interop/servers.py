"""Servers of others, each a child process on the loopback address that ends with the test run."""

from __future__ import annotations

import json
import os
import re
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

HERE = Path(__file__).resolve().parent
# A program in Java from its source, with what pom.xml names.
JAVA = ["java", "-cp", f"{HERE.parents[1]}/build/interop/jars/*"]
START_AT_MOST_S = 60.0
STOP_AT_MOST_S = 10.0
MOST_REDIRECTS = 10
CALLBACK = "https://app.example.com/callback"


@dataclass(frozen=True)
class Certificate:
    """Of localhost and 127.0.0.1, by itself: what a client is told to trust."""

    file: str
    key_file: str


class Child:
    """A program that reads one line of JSON, prints one, and ends when its standard input does."""

    def __init__(self, command: Sequence[str | Path], options: Mapping[str, Any], env: Mapping[str, str] | None = None) -> None:
        # Its own words go to the log of the test run.
        self.process = subprocess.Popen(
            [str(each) for each in command],
            cwd=HERE,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(dict(options)).encode() + b"\n")
        line = self._first_line()
        try:
            self.said: dict[str, Any] = json.loads(line)
        except ValueError:
            self.stop()
            raise

    def _first_line(self) -> bytes:
        assert self.process.stdout is not None
        until, line = time.monotonic() + START_AT_MOST_S, b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                ready = selector.select(max(0.0, until - time.monotonic()))
                read = os.read(self.process.stdout.fileno(), 65536) if ready else b""
                if not read:
                    self.stop()
                    raise AssertionError(f"{self.process.args!r} did not start: it said {line!r}")
                line += read
        return line

    def stop(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(STOP_AT_MOST_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


@dataclass(frozen=True)
class Request:
    """One request, as a server saw it."""

    method: str
    path: str
    authorization: str | None
    """The scheme of its Authorization header."""
    fields: list[tuple[str, str]]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.fields]

    def __getitem__(self, name: str) -> str:
        (value,) = [value for each, value in self.fields if each == name]
        return value


class Browser:
    """A browser with an empty jar of cookies: goes where it is sent until the app's callback."""

    def __init__(self, certificate: Certificate) -> None:
        import ssl

        self._http = httpx.Client(
            verify=ssl.create_default_context(cafile=certificate.file), trust_env=False, timeout=START_AT_MOST_S
        )
        self.had_to_log_in = False
        """Whether the last visit led over the provider's login page."""

    def visit(self, url: str) -> str:
        """The callback's address at which it arrives."""
        self.had_to_log_in = False
        for _ in range(MOST_REDIRECTS):
            self.had_to_log_in |= "/interaction/" in url
            response = self._http.get(url)
            assert response.is_redirect, (response.status_code, response.text)
            assert response.next_request is not None
            url = str(response.headers["location"])
            if url.startswith(CALLBACK):
                return url
            url = str(httpx.URL(str(response.url)).join(url))
        raise AssertionError(f"never arrived: the last address was {url}")

    def sign_out(self, url: str) -> str:
        """Opens the page that asks whether to sign out, and agrees: the address to which that leads."""
        page = self._http.get(url)
        assert page.status_code == 200, page.text
        action = re.search(r'<form[^>]* action="([^"]+)"', page.text)
        hidden = re.search(r'name="xsrf" value="([^"]+)"', page.text)
        assert action and hidden, page.text
        response = self._http.post(action[1], data={"xsrf": hidden[1], "logout": "yes"})
        assert response.is_redirect, (response.status_code, response.text)
        return str(response.headers["location"])

    def get_json(self, url: str) -> Any:
        return self._http.get(url).raise_for_status().json()

    def post_form(self, url: str, form: dict[str, str]) -> int:
        """The status with which the server responds."""
        return self._http.post(url, data=form).status_code

    def close(self) -> None:
        self._http.close()
