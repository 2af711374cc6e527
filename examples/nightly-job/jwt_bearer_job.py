#!/usr/bin/env python3
"""A job that acts for several users, none of whom is there: jwt_bearer gets a token for each, with the app's key and no secret.

python examples/nightly-job/jwt_bearer_job.py          starts a simulated org by itself
"""

from __future__ import annotations

import headlessid
from headlessid.testing import SimulatedOrg


def work(client: headlessid.Client, username: str) -> None:
    # No refresh token comes back: a job that outlives its token runs the flow again.
    token = client.jwt_bearer(username=username)
    try:
        # Your calls of Salesforce's APIs go to token.instance_url, with token.access_token. Here: whose token is it?
        about = client.introspect(token=token.access_token)
        print(f"acts for {about.username}, with {' '.join(about.scope)}")
    finally:
        client.revoke(token=token.access_token)


def main() -> None:
    with SimulatedOrg() as org:
        app = org.integration_app
        # Your own org: headlessid.Client.from_env(), with HEADLESSID_SITE=https://acme.my.salesforce.com (My Domain),
        # HEADLESSID_CLIENT_ID and HEADLESSID_PRIVATE_KEY: the PEM of the key that belongs to the app's certificate. Where
        # the key must not leave a KMS, Client(..., signer=...) signs there.
        settings = {"site": org.site, "ca_file": org.ca_file, "client_id": app.client_id, "private_key": app.private_key}
        # The key proves the app to introspection, too.
        with headlessid.Client(**settings, token_endpoint_auth_method="private_key_jwt") as client:
            for user in org.users[:2]:
                work(client, user.username)
    print("done, and the tokens are revoked")


if __name__ == "__main__":
    main()
