"""The example web apps under test, and a real browser in front of them.

    pytest tests/shop --shop "python examples/shop/fastapi/shop.py" --web-login "node examples/web-login/express/web-login.mjs"

--shop and --web-login are commands that start an app and print its address; each may be repeated, and every test of that
app is run against each. {redis} in a command is the address of a Redis server that the tests start.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver

ROOT = Path(__file__).resolve().parents[2]


def pytest_addoption(parser: pytest.Parser) -> None:
    for option, what in (("--shop", "a shop"), ("--web-login", "a web login")):
        parser.addoption(option, action="append", default=[], metavar="COMMAND", help=f"starts {what}; may be repeated")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for fixture in {"address", "command"} & set(metafunc.fixturenames):
        option = "--web-login" if metafunc.module.__name__ == "test_web_login" else "--shop"
        commands = metafunc.config.getoption(option)
        if not commands:
            raise pytest.UsageError(f"which one? {option} COMMAND")
        ids = ["fastapi" if "fastapi" in command else "express" for command in commands]
        metafunc.parametrize(fixture, commands, indirect=fixture == "address", scope="session", ids=ids)


@dataclass
class App:
    """One that runs."""

    address: str
    process: subprocess.Popen[str]


Start = Callable[..., AbstractContextManager[App]]


@pytest.fixture(scope="session")
def redis() -> Iterator[str]:
    """The address of a Redis server with nothing in it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = shutil.which("redis-server")
    assert program, "redis-server must be installed"
    # In memory alone.
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def start(request: pytest.FixtureRequest) -> Start:
    @contextlib.contextmanager
    def started(command: str, *more: str) -> Iterator[App]:
        if "{redis}" in command:
            command = command.replace("{redis}", request.getfixturevalue("redis"))
        words = [*shlex.split(command), *more]
        process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            said = ""
            for line in process.stdout:
                said += line
                if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                    yield App(found[0], process)
                    break
            else:
                pytest.fail(f"the app did not start: it said {said!r}, status {process.wait()}")
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()

    return started


@pytest.fixture(scope="session")
def address(request: pytest.FixtureRequest, start: Start) -> Iterator[str]:
    with start(request.param) as app:
        yield app.address


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """One browser for all tests; each begins without cookies."""
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    assert all(programs.values()), f"these must be installed (chromium, chromium-driver): {programs}"
    options = webdriver.ChromeOptions()
    options.binary_location = programs["chromium"] or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(programs["chromedriver"]))
    try:
        browser.set_page_load_timeout(120)
        yield browser
    finally:
        browser.quit()
