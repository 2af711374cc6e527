#!/usr/bin/env python3
"""A signed-in user for days: the session is in a store that all workers share, and is refreshed once among them.

    python examples/python/sessions.py

starts a simulated org by itself. Against your own org, with sessions in a file, or in Redis:

    HEADLESSID_PASSWORD=... python examples/python/sessions.py --site https://acme.my.site.com/shop --client-id 3MVG9... \\
        --redirect-uri https://app.example.com/callback --username lena@example.com --store redis://localhost
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import headlessid
from headlessid.stores import RedisStore, SQLiteStore, Store


def main() -> None:
    with settings_and_user() as (settings, username, password, store):
        # In a service they come from where it keeps its secrets, the same for all workers.
        keys = {"k1": secrets.token_bytes(32)}
        with headlessid.Client(**settings) as web, headlessid.Client(**settings) as worker:
            # The web app signs the user in, and keeps the session under a key of its own.
            me = web.login(username=username, password=password)
            session = web.sessions(store, keys).begin("user-42", me)
            print(f"kept            {session.token()}")

            # Another process has the key of the session, and nothing else.
            job = worker.sessions(store, keys).get("user-42")
            print(f"for the job     a token that lasts: {job.access_token(min_ttl=60) == me.access_token}")

            # An API has rejected the token, and many requests find that out at once: one refresh for all of them.
            with ThreadPoolExecutor(16) as pool:
                tokens = set(pool.map(lambda _: job.rejected(me.access_token), range(16)))
            print(f"after a 401     {len(tokens)} new token, for both: {session.rejected(me.access_token) in tokens}")

            # Signed out everywhere.
            print(f"revoked         {session.end()}")
            try:
                worker.sessions(store, keys).get("user-42").access_token()
            except headlessid.UserActionRequired as over:
                print(f"for the job     {over}")


@contextlib.contextmanager
def settings_and_user() -> Iterator[tuple[dict[str, Any], str, str, Store]]:
    """From the command line; without arguments, those of a simulated org that lives as long as the block."""
    parser = argparse.ArgumentParser(description="A session that several processes share.")
    for name in ("--site", "--client-id", "--redirect-uri", "--username", "--store"):
        parser.add_argument(name)
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        store: Any = given.store or os.path.join(folder, "sessions.db")
        store = RedisStore(store) if "://" in store else stack.enter_context(SQLiteStore(store))
        if given.site is None:
            from headlessid.testing import SimulatedOrg

            org = stack.enter_context(SimulatedOrg())
            print(f"simulated org   {org.site}")
            yield org.client_settings(), org.users[0].username, org.users[0].password, store
        else:
            settings = {"site": given.site, "client_id": given.client_id, "redirect_uri": given.redirect_uri}
            yield settings, given.username, os.environ["HEADLESSID_PASSWORD"], store


if __name__ == "__main__":
    main()
