#!/usr/bin/env python3
"""A login over the application's own httpx client: its connections, proxies, certificates and tracing.

python examples/python/own_transport.py          starts a simulated org by itself; needs httpx
"""

from __future__ import annotations

import ssl

import headlessid
import httpx
from headlessid.httpx_transport import HttpxTransport
from headlessid.testing import SimulatedOrg


def main() -> None:
    with SimulatedOrg() as org:
        lena = org.users[0]
        trust = ssl.create_default_context(cafile=org.ca_file)
        with httpx.Client(verify=trust) as http:
            # The usual methods, over that client.
            with headlessid.Client(**org.client_settings(), transport=HttpxTransport(http)) as client:
                print(client.login(username=lena.username, password=lena.password))

            # A single flow, which also keeps a transcript.
            app = headlessid.App(**org.client_settings())
            parameters = {"username": lena.username, "password": lena.password}
            with headlessid.Flow(app, "login", parameters, trace=True) as flow:
                headlessid.run(flow, HttpxTransport(http))
                print(flow.trace)


if __name__ == "__main__":
    main()
