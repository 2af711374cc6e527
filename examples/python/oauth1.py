#!/usr/bin/env python3
"""An old integration keeps an OAuth 1.0a access token: a person approves it once, and it brings a session every night.

python examples/python/oauth1.py          starts a simulated org by itself

Use it only where such an integration cannot be changed: Salesforce discourages OAuth 1.0a (docs/flows/oauth1.md).
"""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

import headlessid
from headlessid.testing import SimulatedOrg


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def approve_in_a_browser(org: SimulatedOrg, page: str) -> str:
    """The person approves the app on the page; returns the address at which the browser arrives."""
    trusted = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=org.ca_file))
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), trusted, _NoRedirect())
    try:
        browser.open(f"{page}&user={quote(org.users[0].username, safe='')}")
    except urllib.error.HTTPError as redirect:
        return str(redirect.headers["Location"])
    raise SystemExit("the page led nowhere")


def main() -> None:
    with SimulatedOrg() as org:
        # OAuth 1.0a is at the org's own host (My Domain), needs the consumer secret, and signs each request with it.
        settings = {**org.client_settings(org.private_app), "site": org.origin}

        with headlessid.Client(**settings) as client:
            # Once, with a person. token_only: the token is kept whatever becomes of the login.
            challenge = client.oauth1(token_only=True)
            print(f"approve    {(challenge.url or '').split('?')[0]}")
            kept = challenge.verify(approve_in_a_browser(org, challenge.url or ""))
            print(f"kept       a token of {len(kept.oauth_token)} characters and its secret: store both like a password")

        with headlessid.Client(**settings) as client:
            # Every night, without a person: the token does not expire.
            session = client.oauth1(oauth_token=kept.oauth_token, oauth_token_secret=kept.oauth_token_secret).result
            assert session is not None
            print(f"a session  for {session.server_url}")
            # The API accepts session_id, not oauth_token.
            who = client.userinfo(access_token=session.session_id or "")
            print(f"signed in  {who.preferred_username}")

            try:
                client.oauth1(oauth_token=kept.oauth_token, oauth_token_secret="not its secret")
            except headlessid.HeadlessIdError as error:
                print(f"refused    {error.reason}: {error.message}")


if __name__ == "__main__":
    main()
