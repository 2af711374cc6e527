"""A person signs in on Salesforce's own page, in a real browser, and comes back to the app."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

LENA = ("lena.ortiz@example.com", "P4ss+w&rd=1:x")
# Far longer than anything takes: only a page that hangs is noticed by it.
AT_MOST_S = 60


class Person:
    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser = browser
        self.address = address

    def find(self, selector: str) -> WebElement:
        """Waits for it: a click may lead over several pages."""

        def found(browser: webdriver.Chrome) -> list[WebElement]:
            return browser.find_elements(By.CSS_SELECTOR, selector)

        elements: list[WebElement] = WebDriverWait(self.browser, AT_MOST_S, poll_frequency=0.05).until(found)
        return elements[0]

    def open(self, path: str = "") -> None:
        self.browser.get(self.address + path)

    def go_to_login(self) -> None:
        self.open()
        self.find("#login").click()
        self.find("#username")

    def sign_in(self, username: str, password: str) -> None:
        for field, text in (("#username", username), ("#password", password)):
            self.find(field).clear()
            self.find(field).send_keys(text)
        self.find("#Login").click()

    @property
    def who(self) -> str:
        return self.find("#who").text

    @property
    def cookies(self) -> dict[str, dict[str, object]]:
        self.open()
        return {cookie["name"]: cookie for cookie in self.browser.get_cookies()}


@pytest.fixture
def person(chromium: webdriver.Chrome, address: str) -> Iterator[Person]:
    person = Person(chromium, address)
    person.open()
    chromium.delete_all_cookies()
    yield person


def test_signs_in_and_out(person: Person) -> None:
    person.go_to_login()
    shown = urllib.parse.urlsplit(person.browser.current_url)
    assert shown.path.endswith("/services/oauth2/authorize")
    asked = urllib.parse.parse_qs(shown.query)
    assert asked["redirect_uri"] == [f"{person.address}callback"]
    assert asked["code_challenge"]

    person.sign_in(LENA[0], "not it")
    assert person.find("#error").is_displayed()
    person.sign_in(*LENA)
    assert person.who == "Hello, Lena Ortiz"
    assert person.browser.current_url == person.address

    # Nothing is left of the sign-in but the session, which no script can read.
    cookies = person.cookies
    assert list(cookies) == ["session"]
    assert cookies["session"]["httpOnly"] and cookies["session"]["sameSite"] == "Lax"
    assert person.browser.execute_script("return document.cookie") == ""

    person.find("#logout").click()
    assert person.find("#login").is_displayed()
    assert person.cookies == {}


def test_callback_is_good_for_one_sign_in(person: Person) -> None:
    person.go_to_login()
    person.sign_in(*LENA)
    assert person.who == "Hello, Lena Ortiz"
    # What the browser's history has is of no use to anyone.
    person.open("callback?code=aPrxSome%3D%3D&state=any")
    assert person.find("#problem").get_attribute("data-reason")


def test_callback_of_another_sign_in(person: Person) -> None:
    """Someone who lures a person to the callback of a sign-in of their own does not sign the person in."""
    person.go_to_login()
    person.open("callback?code=aPrxStolen%3D%3D&state=of-another-sign-in")
    assert person.find("#problem").get_attribute("data-reason") == "state_mismatch"
    assert list(person.cookies) == []


def test_person_refuses(person: Person) -> None:
    person.go_to_login()
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(person.browser.current_url).query)["state"][0]
    refused = {"error": "access_denied", "error_description": "end-user denied authorization", "state": state}
    person.open(f"callback?{urllib.parse.urlencode(refused)}")
    assert person.find("#problem").get_attribute("data-reason") == "access_denied"
    person.find("a[href='/login']").click()
    person.sign_in(*LENA)
    assert person.who == "Hello, Lena Ortiz"


def test_ticket_of_another_browser(person: Person) -> None:
    person.go_to_login()
    person.open()
    binding = person.browser.get_cookie("browser")
    assert binding is not None
    person.browser.delete_cookie("browser")
    person.open("callback?code=aPrxSome%3D%3D&state=any")
    assert person.find("#problem").get_attribute("data-reason") == "other_session"
