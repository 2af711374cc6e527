#!/usr/bin/env python3
"""A TV signs a person in: it shows a code, and the person approves it on a phone.

python examples/python/device.py          starts a simulated org by itself
"""

from __future__ import annotations

import threading
import time
from urllib.parse import parse_qs, urlsplit

import headlessid
from headlessid.testing import SimulatedOrg


def approve_on_the_phone(org: SimulatedOrg, url: str) -> None:
    """The person scans the code, which has the address with the code filled in, and allows access."""
    time.sleep(1.5)
    org.approve_device(parse_qs(urlsplit(url).query)["user_code"][0])


def main() -> None:
    # A real TV polls every five seconds; the example does not keep you waiting.
    with SimulatedOrg(options={"settings": {"device_interval_s": 1}}) as org:
        # The device flow is at the org's own host (My Domain), not at a site.
        settings = {**org.client_settings(), "site": org.origin}
        with headlessid.Client(**settings) as client:
            challenge = client.device(scope=["openid", "api", "refresh_token"])
            print(f"Go to  {challenge.verification_uri}")
            print(f"Enter  {challenge.code}")
            print(f"QR     {challenge.url}")
            phone = threading.Thread(target=approve_on_the_phone, args=(org, challenge.url))
            phone.start()
            session = challenge.verify()  # waits; Ctrl-C, or close() in another thread, ends it
            phone.join()
            who = client.userinfo(access_token=session.access_token)
            print(f"Hello, {who.name}!")

            # Tomorrow the TV still has the refresh token.
            session = client.refresh(refresh_token=session.refresh_token or "")
            print(f"signed in again, for {session.scope}")

            # And one that the person does not know.
            challenge = client.device()
            org.deny_device(challenge.code or "")
            try:
                challenge.verify()
            except headlessid.HeadlessIdError as error:
                print(f"the next TV: {error.message}")


if __name__ == "__main__":
    main()
