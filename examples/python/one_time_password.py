#!/usr/bin/env python3
"""A customer signs in with a code from a message; one process requests it, another one receives it.

python examples/python/one_time_password.py          starts a simulated org by itself
"""

from __future__ import annotations

import secrets

import headlessid
from headlessid.testing import SimulatedOrg


def main() -> None:
    # Keys by id: the first one seals, any of them opens, so that keys can be rotated while tickets are in use.
    keys = {"2026-07": secrets.token_bytes(32)}
    with SimulatedOrg() as org:
        lena = org.users[0].username

        # One worker has the code sent. The ticket is text: for a cookie, a form field, a store. It is good only for
        # this browser's session.
        with headlessid.Client(**org.client_settings(), seal_keys=keys) as client:
            guest = client.guest()
            challenge = client.passwordless_login(username=lena, verification_method="email", guest=guest)
            ticket = challenge.seal(binding="session 4711")
            print(f"a code was sent; the ticket has {len(ticket)} characters")

        # Another worker verifies it.
        with headlessid.Client(**org.client_settings(), seal_keys=keys) as client:
            challenge = client.resume(ticket, binding="session 4711", flow="passwordless_login")
            for typed in ("000000", org.last_otp(lena)):
                try:
                    me = challenge.verify(typed)
                except headlessid.UserActionRequired as error:
                    if not error.is_otp_invalid:
                        raise
                    print(f"not {typed}; asked again for the {challenge.asks}")
                else:
                    print(f"signed in, {me.uvid_carry}: {me.uvid}")
                    break


if __name__ == "__main__":
    main()
