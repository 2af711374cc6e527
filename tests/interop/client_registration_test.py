"""client_registration against oidc-provider; the new app then signs a person in, and gets a token of its own."""

from __future__ import annotations

import json

import pytest
from product import run, start
from provider import INITIAL_ACCESS_TOKEN, Provider
from servers import CALLBACK, Browser


@pytest.fixture
def settings(provider: Provider) -> dict[str, str]:
    return provider.settings("none")


def test_the_new_app_works(provider: Provider, browser: Browser, settings: dict[str, str]) -> None:
    wanted = {
        "initial_access_token": INITIAL_ACCESS_TOKEN,
        "redirect_uris": CALLBACK,
        "client_name": "Gateway",
        "grant_types": "authorization_code refresh_token",
        "response_types": "code",
    }
    made = run("client_registration", settings, wanted).result
    assert made["client_id"] and made["client_secret"]
    sent = provider.seen(browser, "/services/oauth2/register")[-1]
    assert (sent.method, sent.authorization) == ("POST", "Bearer")

    new = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    own = {**settings, **new, "token_endpoint_auth_method": "client_secret_basic"}
    with start("web_server", own) as running:
        tokens = running.end(browser.visit(running.shown())).result
    assert run("introspection", own, {"token": tokens["access_token"]}).result["client_id"] == made["client_id"]


def test_wrong_initial_access_token(settings: dict[str, str]) -> None:
    wanted = {"initial_access_token": "iat-of-no-one", "redirect_uris": CALLBACK, "client_name": "Gateway"}
    outcome = run("client_registration", settings, wanted)
    assert outcome.error["kind"] == "REFUSED"
    assert "iat-of-no-one" not in json.dumps(outcome.events)
