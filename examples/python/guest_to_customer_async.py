#!/usr/bin/env python3
"""guest_to_customer.py with asyncio, and ten visitors at once. The same command line."""

from __future__ import annotations

import asyncio

import headlessid
from guest_to_customer import settings_and_user

VISITORS = 10


async def visit(client: headlessid.AsyncClient, username: str, password: str) -> str:
    guest = await client.guest()
    me = await client.login(username=username, password=password, guest=guest)
    await client.logout(me)
    return f"{guest.uvid}  {me.uvid_carry}"


async def main() -> None:
    with settings_and_user() as (settings, username, password):
        async with headlessid.AsyncClient(**settings) as client:
            visits = (visit(client, username, password) for _ in range(VISITORS))
            for line in await asyncio.gather(*visits):
                print(line)


if __name__ == "__main__":
    asyncio.run(main())
