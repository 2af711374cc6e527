"""What a person does in the shop, in a real browser: the cart is still there after each way to sign in."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

LENA = ("lena.ortiz@example.com", "P4ss+w&rd=1:x")
CARLA = "carla@example.com"
MIA = "gruen@example.com"
# Far longer than anything takes: only a page that hangs is noticed by it.
AT_MOST_S = 60

_number = itertools.count(1)


class Person:
    """Looks at the page and clicks."""

    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser = browser
        self.address = address

    def until(self, what: Callable[[], Any]) -> Any:
        return WebDriverWait(self.browser, AT_MOST_S, poll_frequency=0.05).until(lambda _: what())

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    @property
    def calls(self) -> int:
        """How many answers of the shop the page has shown."""
        return int(self.find("body").get_attribute("data-calls") or 0)

    def open(self, path: str = "") -> None:
        self.browser.get(self.address + path)
        self.until(lambda: self.calls == 1)

    def click(self, selector: str) -> None:
        """Clicks, and waits until the shop's answer is on the page."""
        before = self.calls
        self.find(selector).click()
        self.until(lambda: self.calls == before + 1)

    def send(self, form: str, **values: str) -> None:
        self.browser.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
        for name, value in values.items():
            field = self.find(f"#{form} [name={name}]")
            if field.tag_name == "select":
                Select(field).select_by_value(value)
            else:
                field.clear()
                field.send_keys(value)
        self.click(f"#{form} button")

    def fill_cart(self) -> None:
        self.open()
        self.click("[data-add=tent]")
        self.click("[data-add=lamp]")
        self.click("[data-add=lamp]")
        assert self.cart == {"tent": "1", "lamp": "2"}

    @property
    def cart(self) -> dict[str, str]:
        lines = self.browser.find_elements(By.CSS_SELECTOR, "#cart li")
        return {str(line.get_attribute("data-id")): str(line.get_attribute("data-count")) for line in lines}

    @property
    def uvid(self) -> str:
        return self.find("#uvid").text

    @property
    def who(self) -> str:
        return self.find("#who").text

    @property
    def problem(self) -> str:
        """The reason of the error that is shown, or nothing."""
        return self.find("#message").get_attribute("data-reason") or ""

    @property
    def waits_for_code(self) -> bool:
        return self.find("#waiting").is_displayed()

    def code_for(self, address: str, flow: str) -> str:
        """Reads the newest message in another tab, as people do."""
        here = self.browser.current_window_handle
        self.browser.switch_to.new_window("tab")
        self.open("inbox")
        otp = self.find(f"#messages [data-to='{address}'][data-flow={flow}]").get_attribute("data-otp")
        self.browser.close()
        self.browser.switch_to.window(here)
        assert otp
        return otp

    def has_cart_still(self, uvid: str, name: str) -> None:
        assert self.problem == ""
        assert self.who == f"Hello, {name}"
        assert self.find("#who").get_attribute("data-carried") == "true"
        assert self.uvid == uvid
        assert self.cart == {"tent": "1", "lamp": "2"}
        # Also for the server, after the page is loaded again.
        self.open()
        assert (self.uvid, self.who, self.cart) == (uvid, f"Hello, {name}", {"tent": "1", "lamp": "2"})


def wrong(otp: str) -> str:
    return ("2" if otp[0] == "1" else "1") + otp[1:]


@pytest.fixture
def person(chromium: webdriver.Chrome, address: str) -> Iterator[Person]:
    person = Person(chromium, address)
    person.open()
    chromium.delete_all_cookies()
    yield person
    # A script's error or a refused resource is a fault, whatever the page shows; a response that says no is none.
    logged: Callable[[str], list[dict[str, str]]] = chromium.get_log
    errors = [entry["message"] for entry in logged("browser") if entry["level"] == "SEVERE"]
    assert not [error for error in errors if "status of 400" not in error], errors


def test_visitor_browses_and_fills_a_cart(person: Person) -> None:
    person.fill_cart()
    uvid = person.uvid
    assert person.who == "Hello, visitor"
    person.open()
    assert (person.uvid, person.cart) == (uvid, {"tent": "1", "lamp": "2"})


def test_another_browser_is_another_visitor(person: Person) -> None:
    person.fill_cart()
    uvid = person.uvid
    person.browser.delete_all_cookies()
    person.open()
    assert person.uvid != uvid
    assert person.cart == {}


def test_nothing_secret_reaches_the_page(person: Person) -> None:
    person.open()
    person.send("otp", username=CARLA, method="email")
    assert person.waits_for_code
    cookies = {cookie["name"]: cookie for cookie in person.browser.get_cookies()}
    assert len(cookies["ticket"]["value"]) <= 3072
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Strict" for cookie in cookies.values())
    assert person.browser.execute_script("return document.cookie") == ""


def test_signs_in_by_password(person: Person) -> None:
    person.fill_cart()
    uvid = person.uvid
    person.send("login", username=LENA[0], password="not it")
    assert person.problem == "invalid_credentials"
    assert person.cart == {"tent": "1", "lamp": "2"}
    person.send("login", username=LENA[0], password=LENA[1])
    person.has_cart_still(uvid, "Lena Ortiz")


@pytest.mark.parametrize("method", ["email", "sms"])
def test_f05_signs_in_by_code(person: Person, method: str) -> None:
    to = {"email": "carla.hint@mail.example.com", "sms": "+4915550100123"}[method]
    person.fill_cart()
    uvid = person.uvid
    person.send("otp", username=CARLA, method=method)
    assert person.waits_for_code
    first = person.code_for(to, "passwordless_login")
    person.send("verify", otp=wrong(first))
    assert person.problem == "invalid_otp"
    assert person.waits_for_code
    person.click("#resend")
    assert person.problem == ""
    # A ticket in a cookie outlives the page.
    person.open()
    assert person.waits_for_code
    person.send("verify", otp=person.code_for(to, "passwordless_login"))
    person.has_cart_still(uvid, "Carla Hint")


def test_registers(person: Person) -> None:
    email = f"new{next(_number)}.{os.getpid()}@example.com"
    person.fill_cart()
    uvid = person.uvid
    person.send("register", first_name="Nele", last_name="Neu", email=email, password="N3wcomer-pass")
    person.send("verify", otp=person.code_for(email, "registration"))
    person.has_cart_still(uvid, "Nele Neu")


def test_f16_resets_the_password(person: Person) -> None:
    person.fill_cart()
    uvid = person.uvid
    person.send("reset", username=MIA)
    otp = person.code_for(MIA, "password_reset")
    person.send("verify", otp=wrong(otp), new_password="Bett3r-pass")
    assert person.problem == "invalid_otp"
    person.send("verify", otp=otp, new_password="weak")
    assert person.problem == "password_policy"
    person.send("verify", new_password="Bett3r-pass")
    assert person.problem == "" and not person.waits_for_code
    assert person.who == "Hello, visitor"
    person.send("login", username=MIA, password="Bett3r-pass")
    person.has_cart_still(uvid, "Mia Grün")


def test_never_mind(person: Person) -> None:
    person.open()
    person.send("otp", username=CARLA, method="email")
    person.click("#cancel")
    assert not person.waits_for_code
    assert person.find("#sign-in").is_displayed()


def test_k06_ticket_of_another_browser(person: Person) -> None:
    person.open()
    person.send("otp", username=CARLA, method="email")
    ticket = person.browser.get_cookie("ticket")
    assert ticket is not None
    person.browser.delete_all_cookies()
    person.open()
    person.browser.add_cookie({"name": "ticket", "value": ticket["value"], "httpOnly": True, "sameSite": "Strict"})
    person.open()
    assert not person.waits_for_code


def test_logs_out(person: Person) -> None:
    person.fill_cart()
    uvid = person.uvid
    person.send("login", username=LENA[0], password=LENA[1])
    person.has_cart_still(uvid, "Lena Ortiz")
    person.click("#logout")
    assert person.who == "Hello, visitor"
    assert person.uvid != uvid
    assert person.cart == {}
    person.open()
    assert person.who == "Hello, visitor"
