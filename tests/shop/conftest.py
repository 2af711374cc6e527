"""The example web apps under test, and a real browser in front of them.

    pytest tests/shop --shop "python examples/shop/fastapi/shop.py" --web-login "node examples/web-login/express/web-login.mjs"

--shop and --web-login are commands that start an app and print its address; each may be repeated, and every test of that
app is run against each.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

ROOT = Path(__file__).resolve().parents[2]


def pytest_addoption(parser: pytest.Parser) -> None:
    for option, what in (("--shop", "a shop"), ("--web-login", "a web login")):
        parser.addoption(option, action="append", default=[], metavar="COMMAND", help=f"starts {what}; may be repeated")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "address" in metafunc.fixturenames:
        option = "--web-login" if metafunc.module.__name__ == "test_web_login" else "--shop"
        commands = metafunc.config.getoption(option)
        if not commands:
            raise pytest.UsageError(f"which one? {option} COMMAND")
        ids = [command.replace("/", " ").split()[-2] for command in commands]
        metafunc.parametrize("address", commands, indirect=True, scope="session", ids=ids)


@pytest.fixture(scope="session")
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    command = shlex.split(request.param)
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                yield found[0]
                break
        else:
            pytest.fail(f"the app did not start: it said {said!r}, status {process.wait()}")
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


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
