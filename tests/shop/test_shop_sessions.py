"""A customer over days, in minutes: tokens that end after seconds, two workers, and both of them started again."""

from __future__ import annotations

import signal
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from conftest import Start
from selenium import webdriver
from test_shop import LENA, Person

LIFETIME_S = 5
AT_MOST_S = 60


def workers_of(person: Person) -> set[str]:
    """The workers that have responded to this browser, over new connections."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in person.browser.get_cookies())

    def ask(_: int) -> str:
        request = urllib.request.Request(person.address + "api/shop", headers={"Cookie": cookies, "Connection": "close"})
        with urllib.request.urlopen(request, timeout=AT_MOST_S) as response:
            assert b"Lena Ortiz" in response.read()
            return str(response.headers["X-Worker"])

    with ThreadPoolExecutor(8) as pool:
        return set(pool.map(ask, range(32)))


def is_who_she_was(person: Person, uvid: str) -> None:
    person.open()
    person.click("#account")
    assert person.problem == ""
    assert person.find("#message").text == f"You are {LENA[0]}, {LENA[0]}."
    assert (person.uvid, person.who, person.cart) == (uvid, "Hello, Lena Ortiz", {"tent": "1", "lamp": "2"})


def test_outlives_its_token_and_the_workers(chromium: webdriver.Chrome, command: str, start: Start) -> None:
    with start(command, "--token-lifetime", str(LIFETIME_S)) as shop:
        person = Person(chromium, shop.address)
        person.open()
        chromium.delete_all_cookies()
        person.fill_cart()
        uvid = person.uvid
        person.send("login", username=LENA[0], password=LENA[1])
        is_who_she_was(person, uvid)

        time.sleep(LIFETIME_S + 1)
        is_who_she_was(person, uvid)
        before = workers_of(person)
        assert len(before) == 2

        shop.process.send_signal(signal.SIGHUP)
        give_up_at = time.monotonic() + AT_MOST_S
        after: set[str] = set()
        while len(after) < 2:
            assert time.monotonic() < give_up_at, f"before {before}, after {after}"
            try:
                after |= workers_of(person) - before
            except (OSError, urllib.error.URLError):
                time.sleep(0.2)  # no worker listens in between
        is_who_she_was(person, uvid)
        time.sleep(LIFETIME_S + 1)
        is_who_she_was(person, uvid)
        person.click("#logout")
        assert person.who == "Hello, visitor"
