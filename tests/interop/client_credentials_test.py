"""client_credentials, introspection and revocation of what it yields, against oidc-provider."""

from __future__ import annotations

import pytest
from product import run
from provider import BY_SECRET, Provider
from servers import Browser


@pytest.mark.parametrize("method", BY_SECRET)
def test_gets_a_token_for_the_app(provider: Provider, browser: Browser, method: str) -> None:
    settings = provider.settings(method)
    token = run("client_credentials", settings).result
    sent = provider.seen(browser, "/services/oauth2/token")[-1]
    assert sent.names == (["grant_type"] if method == "client_secret_basic" else ["grant_type", "client_id", "client_secret"])
    assert sent.authorization == ("Basic" if method == "client_secret_basic" else None)

    about = run("introspection", settings, {"token": token["access_token"]}).result
    assert about["active"] is True
    assert about["client_id"] == settings["client_id"]
    assert about["expires_at_ms"] > about["issued_at_ms"]

    run("revocation", settings, {"token": token["access_token"]}).result  # noqa: B018
    assert run("introspection", settings, {"token": token["access_token"]}).result["active"] is False


def test_wrong_secret(provider: Provider) -> None:
    error = run("client_credentials", provider.settings("client_secret_basic", client_secret="not it")).error
    assert error["reason"] == "invalid_client"
    assert error["server_code"] == "invalid_client"


def test_an_app_without_the_grant(provider: Provider) -> None:
    settings = provider.settings("client_secret_post", client_id="app-none")
    assert run("client_credentials", settings).error["reason"] == "invalid_client"
