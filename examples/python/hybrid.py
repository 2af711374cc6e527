#!/usr/bin/env python3
"""A hybrid app: a person signs in in a browser, and a web view then shows the org's pages with the cookies of the result.

python examples/python/hybrid.py          starts a simulated org by itself

The web view is played by http.cookiejar. How each platform sets the cookies: docs/hybrid-apps.md.
"""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from http.cookiejar import Cookie, CookieJar
from typing import Any

import headlessid
from headlessid.testing import SimulatedOrg

SCOPES = ["web", "lightning", "visualforce", "content", "refresh_token", "api"]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def sign_in_with_a_browser(org: SimulatedOrg, page: str) -> str:
    """The browser of a person who is signed in; returns the address at which it arrives."""
    trusted = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=org.ca_file))
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), trusted, _NoRedirect())
    try:
        browser.open(page)
    except urllib.error.HTTPError as redirect:
        return str(redirect.headers["Location"])
    raise SystemExit("the page led nowhere")


def set_cookies(web_view: CookieJar, session: headlessid.HybridTokenSet) -> None:
    """All of them, after the sign-in and after each refresh: the old ones are worth nothing then."""
    web_view.clear()
    for each in session.cookies_json():
        everywhere = bool(each["domain_attribute"])
        web_view.set_cookie(
            Cookie(
                version=0,
                name=each["name"],
                value=each["value"],
                port=None,
                port_specified=False,
                domain=("." if everywhere else "") + each["domain"],
                domain_specified=everywhere,
                domain_initial_dot=everywhere,
                path=each["path"],
                path_specified=True,
                secure=each["secure"],
                expires=None,
                discard=True,
                comment=None,
                comment_url=None,
                rest={"SameSite": each["same_site"]},
            )
        )


def main() -> None:
    with SimulatedOrg() as org:
        # Only opaque access tokens open the org's pages everywhere, so the app issues no JWTs.
        app = org.public_app
        org.change({"apps": [{"client_id": app.client_id, "scopes": SCOPES, "is_named_user_jwt_enabled": False}]})
        org.change({"apps": [{"client_id": app.client_id, "is_secret_required_for_refresh_token": False}]})
        org.change_settings(signed_in_user=org.users[0].username)
        web_view = CookieJar()

        with headlessid.Client(**{**org.client_settings(app), "site": org.origin, "scope": SCOPES}) as client:
            challenge = client.hybrid_web_server()
            session = challenge.verify(sign_in_with_a_browser(org, challenge.url or ""))
            set_cookies(web_view, session)
            for host in sorted({cookie.domain for cookie in web_view}):
                names = sorted(cookie.name for cookie in web_view if cookie.domain == host)
                print(f"{host}: {', '.join(names)}")

            # The sessions end with the access token. A refresh brings new ones.
            before = {(cookie.domain, cookie.name): cookie.value for cookie in web_view}
            session = client.hybrid_refresh(refresh_token=session.refresh_token or "")
            set_cookies(web_view, session)
            changed = [cookie.name for cookie in web_view if before.get((cookie.domain, cookie.name)) != cookie.value]
            print(f"refreshed: {len(changed)} of {len(before)} cookies are new")


if __name__ == "__main__":
    main()
