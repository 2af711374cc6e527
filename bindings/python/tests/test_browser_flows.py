"""The flows in which a person approves the app in a browser, against the simulated org: web server, user-agent, hybrid,
OAuth 1.0a, and the address at which a browser's session ends."""

from __future__ import annotations

import re
import ssl
import urllib.parse
from collections.abc import Iterator
from typing import Any

import headlessid
import httpx
import pytest
from headlessid.testing import SimulatedApp, SimulatedOrg

WEB_SCOPES = ["web", "api", "openid", "refresh_token", "content", "lightning", "visualforce"]


class Browser:
    """A browser in which the first user is signed in; approves at once."""

    def __init__(self, org: SimulatedOrg) -> None:
        self._http = httpx.Client(verify=ssl.create_default_context(cafile=org.ca_file))

    def arrive(self, address: str | None) -> str:
        """Where the page sends it."""
        assert address is not None
        response = self._http.get(address)
        assert response.status_code == 302, response.text
        return response.headers["Location"]

    def read(self, address: str | None) -> str:
        assert address is not None
        return self._http.get(address).text

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def browser(org: SimulatedOrg) -> Iterator[Browser]:
    org.change_settings(signed_in_user=org.users[0].username)
    made = Browser(org)
    yield made
    made.close()


def hybrid_settings(org: SimulatedOrg, app: SimulatedApp) -> dict[str, Any]:
    """Of an app that shows the org's pages in a web view, with tokens that they accept."""
    org.change({"apps": [{"client_id": app.client_id, "scopes": WEB_SCOPES, "is_named_user_jwt_enabled": False}]})
    return {**org.client_settings(app), "scope": WEB_SCOPES}


def test_web_server(org: SimulatedOrg, browser: Browser, settings: dict[str, Any]) -> None:
    with headlessid.Client(**settings, seal_keys={"k1": bytes(32)}) as client:
        ticket = client.web_server(scope="openid api").seal("session of Lena")
        challenge = client.resume(ticket, "session of Lena", flow="web_server")
        assert challenge.asks == "callback_url"
        with pytest.raises(headlessid.ArgumentError) as elsewhere:
            challenge.verify("https://elsewhere.example/?code=x")
        assert elsewhere.value.field == "callback_url"
        me = challenge.verify(browser.arrive(challenge.url))
        assert me.id_token and me.scope == ("openid", "api")
        assert client.userinfo(access_token=me.access_token).preferred_username == org.users[0].username


def test_user_agent(org: SimulatedOrg, browser: Browser, settings: dict[str, Any]) -> None:
    with headlessid.Client(**settings) as client:
        challenge = client.user_agent(response_type="token id_token", scope="openid api")
        me = challenge.verify(browser.arrive(challenge.url))
        assert me.id_token
        assert client.userinfo(access_token=me.access_token).preferred_username == org.users[0].username
        org.change_settings(block_oauth_usr_agt_flow=True)
        challenge = client.user_agent()
        with pytest.raises(headlessid.HeadlessIdError) as blocked:
            challenge.verify(browser.arrive(challenge.url))
        assert "blockOAuthUsrAgtFlow" in (blocked.value.hint or "")


def test_hybrid_web_server(org: SimulatedOrg, browser: Browser) -> None:
    with headlessid.Client(**hybrid_settings(org, org.private_app)) as client:
        challenge = client.hybrid_web_server()
        me = challenge.verify(browser.arrive(challenge.url))
        assert isinstance(me, headlessid.HybridTokenSet)
        sids = [me.content_sid, me.lightning_sid, me.visualforce_sid, me.csrf_token]
        assert all(sids) and not [sid for sid in sids if str(sid) in repr(me)]
        assert {each["name"] for each in me.cookies_json()} >= {"sid", "clientSrc", "sid_Client"}


def test_hybrid_refresh(org: SimulatedOrg, browser: Browser) -> None:
    with headlessid.Client(**hybrid_settings(org, org.private_app)) as client:
        challenge = client.hybrid_web_server()
        me = challenge.verify(browser.arrive(challenge.url))
        again = client.hybrid_refresh(refresh_token=me.refresh_token or "")
        assert again.lightning_sid and again.lightning_sid != me.lightning_sid
        assert again.cookies_json() and again.lightning_sid not in repr(again)


def test_hybrid_user_agent(org: SimulatedOrg, browser: Browser) -> None:
    with headlessid.Client(**hybrid_settings(org, org.public_app)) as client:
        challenge = client.hybrid_user_agent()
        me = challenge.verify(browser.arrive(challenge.url))
        assert me.lightning_sid and me.cookies_json()
        assert client.userinfo(access_token=me.access_token).preferred_username == org.users[0].username


def as_lena(org: SimulatedOrg, address: str | None) -> str:
    """The page of OAuth 1.0a where Lena approves."""
    return f"{address}&user={urllib.parse.quote(org.users[0].username, safe='')}"


def _oauth1_settings(org: SimulatedOrg) -> dict[str, Any]:
    settings = org.client_settings(org.private_app)
    return {**settings, "site": org.origin, "redirect_uri": "https://app.example.com/callback"}


def test_oauth1_by_a_callback(org: SimulatedOrg, browser: Browser) -> None:
    with headlessid.Client(**_oauth1_settings(org)) as client:
        challenge = client.oauth1(token_only=True)
        token = challenge.verify(browser.arrive(as_lena(org, challenge.url)))
        assert token.oauth_token and token.oauth_token_secret and token.session_id is None
        session = client.oauth1(oauth_token=token.oauth_token, oauth_token_secret=token.oauth_token_secret).result
        assert session is not None and (session.server_url or "").startswith(org.origin)
    with headlessid.Client(**org.client_settings()) as client:
        assert client.userinfo(access_token=session.session_id or "").preferred_username == org.users[0].username


def test_oauth1_by_a_verifier_that_is_typed(org: SimulatedOrg, browser: Browser) -> None:
    with headlessid.Client(**_oauth1_settings(org)) as client:
        challenge = client.oauth1(oauth_callback="oob")
        assert challenge.asks == "oauth_verifier" and challenge.problem is None
        with pytest.raises(headlessid.UserActionRequired) as wrong:
            challenge.verify(oauth_verifier="wrong")
        assert (wrong.value.reason, wrong.value.server_code) == ("verifier_refused", "1711")
        # It still shows the page, and says what was wrong.
        assert challenge.url and challenge.problem is not None and challenge.problem.reason == "verifier_refused"
        shown = re.search("<code>([^<]+)</code>", browser.read(as_lena(org, challenge.url)))
        assert shown
        assert challenge.verify(oauth_verifier=shown.group(1)).session_id


def test_logout_says_where_a_browser_ends_its_session(org: SimulatedOrg, settings: dict[str, Any]) -> None:
    lena = org.users[0]
    with headlessid.Client(**settings) as client:
        me = client.login(username=lena.username, password=lena.password)
        assert client.logout(me).end_session_url is None
        out = client.logout(me, end_session=True, post_logout_redirect_uri="https://app.example.com/bye", state="a-state")
        assert out.end_session_url is not None
        assert out.end_session_url.startswith(f"{org.site}/services/auth/idp/oidc/logout?")
        assert "a-state" not in repr(out)
