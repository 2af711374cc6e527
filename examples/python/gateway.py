#!/usr/bin/env python3
"""A gateway registers itself with the org, has its callers' apps registered, and introspects the tokens that they bring.

python examples/python/gateway.py          starts a simulated org by itself
"""

from __future__ import annotations

from typing import Any

import headlessid
from headlessid.testing import SimulatedOrg


class Gateway:
    """Lets a request through whose token is active and has the scope api."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.client = headlessid.Client(**settings)

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def handle(self, authorization: str | None) -> tuple[int, str]:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "Bearer" or not token:
            return 401, "a Bearer token is required"
        found = self.client.introspect(token=token)
        if not found.active:
            return 401, "the token is not active"
        if "api" not in (found.scope or ()):
            return 403, "the token lacks the scope api"
        return 200, f"{found.username}, by way of the app {found.client_id}"


def registered(org: SimulatedOrg, parent: dict[str, Any], name: str, redirect_uri: str, **more: Any) -> dict[str, Any]:
    """A new app's settings. Its initial access token was made by an admin in Setup, on the app `parent`."""
    token = f"IAT for {name}"
    org.change({"apps": [{"client_id": parent["client_id"], "initial_access_token": token}]})
    with headlessid.Client(**parent) as client:
        app = client.register_client(
            initial_access_token=token, redirect_uris=[redirect_uri], client_name=name, contacts=["ops@example.com"], **more
        )
    print(f"registered {name} as {app.client_id}")
    return {
        **parent,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": redirect_uri,
    }


def main() -> None:
    with SimulatedOrg() as org:
        admin = org.client_settings(org.private_app)
        gateway_app = registered(org, admin, "Gateway A", "https://gw.example.com/cb")
        # An app may introspect the tokens of those that registered with it.
        caller_app = registered(org, gateway_app, "Caller B", "https://caller.example.com/cb", scope=["api", "openid"])

        with headlessid.Client(**caller_app) as caller:
            lena = org.users[0]
            session = caller.login(username=lena.username, password=lena.password, scope=["api"])

            with Gateway(gateway_app) as gateway:
                for what, header in {
                    "with a session": f"Bearer {session.access_token}",
                    "with a made-up token": "Bearer made-up",
                    "without a token": None,
                }.items():
                    print(what, *gateway.handle(header))
                caller.revoke(token=session.access_token)
                print("after the caller has signed out", *gateway.handle(f"Bearer {session.access_token}"))


if __name__ == "__main__":
    main()
