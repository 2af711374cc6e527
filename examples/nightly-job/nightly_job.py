#!/usr/bin/env python3
"""A job without a person: client_credentials gets a token for the app, the job works with it, and revokes it.

python examples/nightly-job/nightly_job.py          starts a simulated org by itself
"""

from __future__ import annotations

import headlessid
from headlessid.testing import SimulatedOrg


def work(client: headlessid.Client) -> None:
    # No refresh token comes back: a job that outlives its token runs the flow again.
    token = client.client_credentials()
    try:
        # Your calls of Salesforce's APIs go to token.instance_url, with token.access_token. Here: whose token is it?
        about = client.introspect(token=token.access_token)
        print(f"runs as {about.username}, with {' '.join(about.scope)}")
    finally:
        client.revoke(token=token.access_token)
    print("done, and the token is revoked")


def main() -> None:
    with SimulatedOrg() as org:
        # Your own org: headlessid.Client.from_env(), with HEADLESSID_SITE=https://acme.my.salesforce.com (My Domain),
        # HEADLESSID_CLIENT_ID and HEADLESSID_CLIENT_SECRET.
        settings = {**org.client_settings(org.integration_app), "site": org.origin}
        with headlessid.Client(**settings) as client:
            work(client)


if __name__ == "__main__":
    main()
