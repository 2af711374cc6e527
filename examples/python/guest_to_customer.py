#!/usr/bin/env python3
"""A guest becomes a signed-in customer, and the shop still knows what was in the cart.

    python examples/python/guest_to_customer.py

starts a simulated org by itself. Against your own org:

    HEADLESSID_PASSWORD=... python examples/python/guest_to_customer.py --site https://acme.my.site.com/shop \\
        --client-id 3MVG9... --redirect-uri https://app.example.com/callback --username lena@example.com
"""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from typing import Any

import headlessid


def visit(client: headlessid.Client, username: str, password: str) -> None:
    # Someone opens the shop. The UVID is the visitor's: keep it in a cookie, and give it to guest(uvid=...) next time.
    guest = client.guest()
    print(f"a visitor       {guest.uvid}")

    # They fill a cart, then log in with user name and password; the guest tells the site who they were.
    me = client.login(username=username, password=password, guest=guest)
    print(f"logged in       {me.uvid or '(no visitor)'}, {me.uvid_carry}")
    if me.uvid_carry == "lost":
        print(f"                {me.uvid_carry_reason}")

    who = client.userinfo(access_token=me.access_token)
    print(f"the session is  {who.name} <{who.preferred_username}>")

    # A session is stored as text, and that text is secret: for a store that only the app reads. repr(me) hides the tokens.
    me = headlessid.TokenSet.from_json(me.to_json())

    client.logout(me)
    print("logged out")


def main() -> None:
    with settings_and_user() as (settings, username, password), headlessid.Client(**settings) as client:
        try:
            visit(client, username, password)
        except headlessid.AdminActionRequired as error:
            raise SystemExit(f"an admin has to change a setting: {error}") from None
        except headlessid.HeadlessIdError as error:
            if error.is_invalid_credentials:
                raise SystemExit("wrong user name or password") from None
            raise


@contextlib.contextmanager
def settings_and_user() -> Iterator[tuple[dict[str, Any], str, str]]:
    """From the command line; without arguments, those of a simulated org that lives as long as the block."""
    parser = argparse.ArgumentParser(description="A guest becomes a signed-in customer.")
    for name in ("--site", "--client-id", "--redirect-uri", "--username"):
        parser.add_argument(name)
    given = parser.parse_args()
    if given.site is None:
        from headlessid.testing import SimulatedOrg

        with SimulatedOrg() as org:
            print(f"simulated org   {org.site}")
            yield org.client_settings(), org.users[0].username, org.users[0].password
    else:
        settings = {"site": given.site, "client_id": given.client_id, "redirect_uri": given.redirect_uri}
        yield settings, given.username, os.environ["HEADLESSID_PASSWORD"]


if __name__ == "__main__":
    main()
