"""web_server, and what is done with its tokens, against oidc-provider: three ways in which an app proves itself, and none."""

from __future__ import annotations

import base64
import hashlib
import urllib.parse

import jwt
import pytest
from product import Outcome, run, start
from provider import CLIENTS, Provider
from servers import CALLBACK, Browser


@pytest.fixture(params=CLIENTS)
def settings(request: pytest.FixtureRequest, provider: Provider, app_key_pem: str) -> dict[str, str]:
    return provider.settings(request.param, app_key_pem)


def sign_in(browser: Browser, settings: dict[str, str], **parameters: str) -> tuple[dict[str, str], Outcome]:
    """What the address asked for, and how the flow ended."""
    with start("web_server", settings, parameters) as running:
        address = running.shown()
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query, strict_parsing=True))
        return asked, running.end(browser.visit(address))


def test_signs_in(provider: Provider, browser: Browser, settings: dict[str, str]) -> None:
    asked, outcome = sign_in(browser, settings)
    tokens = outcome.result
    assert asked["response_type"] == "code"
    assert asked["scope"] == settings["scope"]

    sent = provider.seen(browser, "/services/oauth2/token")[-1]
    assert sent["grant_type"] == "authorization_code"
    assert sent["redirect_uri"] == CALLBACK
    assert "scope" not in sent.names
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    method = settings["token_endpoint_auth_method"]
    proof = {"client_secret_post": ["client_id", "client_secret"], "client_secret_basic": [], "none": ["client_id"]}
    keyed = ["client_assertion", "client_assertion_type", "client_id"]
    assert sorted(set(sent.names) & {"client_id", "client_secret", *keyed}) == proof.get(method, keyed)
    assert sent.authorization == ("Basic" if method == "client_secret_basic" else None)

    # The ID token is for this app and this sign-in.
    keys = jwt.PyJWKSet.from_dict(browser.get_json(f"{provider.site}/id/keys"))
    claims = jwt.decode(
        tokens["id_token"],
        keys["provider-1"],
        algorithms=["RS256"],
        audience=settings["client_id"],
        issuer=provider.site,
    )
    assert (claims["sub"], claims["nonce"]) == ("lena", asked["nonce"])

    who = run("userinfo", settings, {"access_token": tokens["access_token"]}).result
    assert (who["sub"], who["name"], who["email"], who["email_verified"]) == ("lena", "Lena Ortiz", "lena@example.com", True)


def test_own_state_and_nonce(browser: Browser, settings: dict[str, str]) -> None:
    asked, outcome = sign_in(browser, settings, state="state of the caller", nonce="n-19c2", prompt="login")
    assert (asked["state"], asked["nonce"], asked["prompt"]) == ("state of the caller", "n-19c2", "login")
    claims = jwt.decode(outcome.result["id_token"], options={"verify_signature": False})
    assert claims["nonce"] == "n-19c2"


def test_id_token_is_checked_with_the_keys_of_the_provider(browser: Browser, settings: dict[str, str]) -> None:
    _, outcome = sign_in(browser, settings)
    assert outcome.result["id_token_checked"] == "claims"
    _, outcome = sign_in(browser, {**settings, "verify_id_token": "signature"})
    assert outcome.result["id_token_checked"] == "signature"


def test_callback_of_another_sign_in(provider: Provider, browser: Browser, settings: dict[str, str]) -> None:
    with start("web_server", settings) as other:
        stolen = browser.visit(other.shown())
    before = len(provider.seen(browser, "/services/oauth2/token"))
    with start("web_server", settings) as running:
        running.shown()
        outcome = running.end(stolen)
    assert outcome.error["reason"] == "state_mismatch"
    assert len(provider.seen(browser, "/services/oauth2/token")) == before


def test_person_refuses(browser: Browser, settings: dict[str, str]) -> None:
    with start("web_server", settings) as running:
        address = running.shown()
        arrived = urllib.parse.urlsplit(browser.visit(address))
        query = dict(urllib.parse.parse_qsl(arrived.query))
        refused = {"error": "access_denied", "state": query["state"], "iss": query["iss"]}
        outcome = running.end(f"{CALLBACK}?{urllib.parse.urlencode(refused)}")
    assert outcome.error["reason"] == "access_denied"


def test_code_is_good_for_one_sign_in(provider: Provider, browser: Browser, settings: dict[str, str]) -> None:
    with start("web_server", settings) as running:
        address = running.shown()
        callback = browser.visit(address)
        tokens = running.end(callback).result
    sent = provider.seen(browser, "/services/oauth2/token")[-1]
    # The server remembers it: a second exchange would end what the first one began.
    assert browser.post_form(f"{provider.site}/services/oauth2/token", dict(sent.fields)) in (400, 401)
    assert tokens["access_token"]


def test_refresh_tokens_rotate_and_an_old_one_ends_the_session(browser: Browser, settings: dict[str, str]) -> None:
    _, outcome = sign_in(browser, settings)
    first = outcome.result["refresh_token"]
    renewed = run("refresh", settings, {"refresh_token": first}).result
    second = renewed["refresh_token"]
    assert second != first and renewed["access_token"] != outcome.result["access_token"]

    reused = run("refresh", settings, {"refresh_token": first}).error
    assert (reused["reason"], reused["advice"]) == ("refresh_refused", "SIGN_IN_AGAIN")
    # Reuse is taken for theft: the token that was good until then is not any more.
    assert run("refresh", settings, {"refresh_token": second}).error["reason"] == "refresh_refused"


def test_refresh_sends_no_scope(provider: Provider, browser: Browser, settings: dict[str, str]) -> None:
    _, outcome = sign_in(browser, settings)
    assert run("refresh", settings, {"refresh_token": outcome.result["refresh_token"]}).result["scope"]
    assert "scope" not in provider.seen(browser, "/services/oauth2/token")[-1].names


def test_revoking_the_refresh_token_ends_both(browser: Browser, settings: dict[str, str]) -> None:
    _, outcome = sign_in(browser, settings)
    tokens = outcome.result
    if settings["token_endpoint_auth_method"] != "none":
        about = run("introspection", settings, {"token": tokens["refresh_token"], "token_type_hint": "refresh_token"}).result
        assert (about["active"], about["sub"], about["client_id"]) == (True, "lena", settings["client_id"])
    assert run("revocation", settings, {"token": tokens["refresh_token"]}).status == 0
    assert run("refresh", settings, {"refresh_token": tokens["refresh_token"]}).error["reason"] == "refresh_refused"
    ended = run("userinfo", settings, {"access_token": tokens["access_token"]}).error
    assert ended["advice"] in ("REFRESH", "SIGN_IN_AGAIN")


def test_logout(browser: Browser, settings: dict[str, str]) -> None:
    _, outcome = sign_in(browser, settings)
    held = {name: outcome.result[name] for name in ("access_token", "refresh_token")}
    assert run("logout", settings, held).status == 0
    assert run("refresh", settings, {"refresh_token": held["refresh_token"]}).error["reason"] == "refresh_refused"


def test_logout_of_the_browser(browser: Browser, settings: dict[str, str]) -> None:
    _, outcome = sign_in(browser, settings)
    assert browser.had_to_log_in
    sign_in(browser, settings)
    assert not browser.had_to_log_in
    ended = {
        "refresh_token": outcome.result["refresh_token"],
        "id_token_hint": outcome.result["id_token"],
        "post_logout_redirect_uri": "https://app.example.com/bye",
        "state": "state & more",
    }
    page = run("logout", settings, ended).result["end_session_url"]
    assert browser.sign_out(page) == "https://app.example.com/bye?state=state+%26+more"
    sign_in(browser, settings)
    assert browser.had_to_log_in


def test_logout_of_the_browser_with_an_address_of_no_app(browser: Browser, settings: dict[str, str]) -> None:
    _, outcome = sign_in(browser, settings)
    ended = {
        "refresh_token": outcome.result["refresh_token"],
        "id_token_hint": outcome.result["id_token"],
        "post_logout_redirect_uri": "https://elsewhere.example/",
    }
    page = run("logout", settings, ended).result["end_session_url"]
    with pytest.raises(AssertionError, match="post_logout_redirect_uri not registered"):
        browser.sign_out(page)


IDENTITY = "/id/00DEx0000001abcEAA/005Ex0000002defIAA"


@pytest.mark.parametrize("host", ["the site", "https://login.salesforce.com"])
def test_identity(provider: Provider, browser: Browser, host: str) -> None:
    settings = provider.settings("none")
    _, outcome = sign_in(browser, settings)
    held = {"access_token": outcome.result["access_token"], "id": (provider.site if host == "the site" else host) + IDENTITY}
    who = run("identity", settings, held).result
    assert (who["email"], who["email_verified"], who["asserted_user"]) == ("lena@example.com", True, True)
    assert provider.seen(browser, IDENTITY)[-1].authorization == "Bearer"

    run("revocation", settings, {"token": outcome.result["refresh_token"]}).result  # noqa: B018
    ended = run("identity", settings, held).error
    assert ended["advice"] in ("REFRESH", "SIGN_IN_AGAIN")


def test_public_app_cannot_introspect(provider: Provider, browser: Browser) -> None:
    before = len(provider.seen(browser, "/services/oauth2/introspect"))
    assert run("introspection", provider.settings("none"), {"token": "any"}).error["field"] == "client_secret"
    assert len(provider.seen(browser, "/services/oauth2/introspect")) == before
