#!/usr/bin/env python3
"""A login over the application's own httpx client: its connections, proxies, certificates and tracing.

    python examples/python/own_transport.py          starts a simulated org by itself; needs httpx
"""

from __future__ import annotations

import ssl

import httpx

import headlessid
from headlessid.httpx_transport import HttpxTransport
from headlessid.testing import SimulatedOrg


def main() -> None:
    with SimulatedOrg() as org:
        app = headlessid.App(**org.client_settings())
        lena = org.users[0]
        trust = ssl.create_default_context(cafile=org.ca_file)
        with httpx.Client(verify=trust) as http:
            parameters = {"username": lena.username, "password": lena.password}
            with headlessid.Flow(app, "login", parameters, trace=True) as flow:
                tokens = headlessid.run(flow, HttpxTransport(http))
                print(flow.trace)
                print(tokens)


if __name__ == "__main__":
    main()
