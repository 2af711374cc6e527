#!/usr/bin/env python3
"""A shop: its visitors become customers without leaving it, and keep what is in their cart.

    python examples/shop/fastapi/shop.py [--port N] [--workers N] [--store FILE] [--token-lifetime SECONDS]

starts a simulated org and the shop, and prints the address. It needs headlessid and requirements.txt. The page and its calls:
examples/shop/page/shop.js. Visitors and customers are sessions in an SQLite file, which all workers share: sealed, and refreshed once
among them. The browser has the session's id alone. A flow that waits for a code travels as a sealed ticket in another cookie, so
that any worker with the key can resume it. SIGHUP starts the workers again.
"""

import argparse
import asyncio
import contextlib
import os
import secrets
import socket
import ssl
import tempfile
from pathlib import Path
from typing import Any, Optional

import headlessid
import httpx
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from headlessid.stores import SQLiteStore
from headlessid.testing import SimulatedOrg
from shelf import Customer, Shelf
from workers import Workers, told

PAGE = Path(__file__).resolve().parent.parent / "page"
PRODUCTS = {"tent": ("Tent", 149), "stove": ("Stove", 39), "lamp": ("Lamp", 19)}


class Visit:
    """One request: the browser's session with its present token, and the ticket of the flow that it waits for."""

    def __init__(self, id: str, session: headlessid.AsyncSession, token: headlessid.SessionToken) -> None:
        self.ticket: Optional[str] = None
        self.become(id, session, token)

    def become(self, id: str, session: headlessid.AsyncSession, token: headlessid.SessionToken) -> None:
        self.id, self.session, self.token = id, session, token

    @property
    def uvid(self) -> str:
        return self.token.uvid or ""

    @property
    def visitor(self) -> headlessid.Visitor:
        return headlessid.Visitor(self.uvid, self.token.access_token)


class Shop:
    """What the page calls, by the names in shop.js."""

    def __init__(self, client: headlessid.AsyncClient, store: str, site: httpx.AsyncClient) -> None:
        self.client = client
        self.sessions = client.sessions(SQLiteStore(store))
        self.shelf = Shelf(store)
        self.site = site

    async def cart(self, visit: Visit, id: str) -> None:
        if id in PRODUCTS:
            self.shelf.add(visit.uvid, id)

    async def login(self, visit: Visit, username: str, password: str) -> None:
        me = await self.client.login(username=username, password=password, guest=visit.visitor)
        await self._sign_in(visit, me)

    async def otp(self, visit: Visit, username: str, method: str) -> None:
        login, guest = self.client.passwordless_login, visit.visitor
        self._wait(visit, await login(username=username, verification_method=method, guest=guest))

    async def register(self, visit: Visit, first_name: str, last_name: str, email: str, password: str) -> None:
        person = {"firstName": first_name, "lastName": last_name, "email": email, "username": email}
        register, guest = self.client.register, visit.visitor
        self._wait(visit, await register(userdata=person, password=password, verification_method="email", guest=guest))

    async def reset(self, visit: Visit, username: str) -> None:
        self._wait(visit, await self.client.reset_password(username=username))

    async def verify(self, visit: Visit, otp: Optional[str] = None, new_password: Optional[str] = None) -> None:
        challenge = self._waiting(visit)
        try:
            result = await challenge.verify(otp, new_password=new_password)
        except headlessid.HeadlessIdError:
            self._wait(visit, challenge)
            raise
        visit.ticket = None
        if isinstance(result, headlessid.TokenSet):  # a password reset returns no tokens
            await self._sign_in(visit, result)

    async def resend(self, visit: Visit) -> None:
        challenge = self._waiting(visit)
        await challenge.resend()
        self._wait(visit, challenge)

    async def cancel(self, visit: Visit) -> None:
        visit.ticket = None

    async def account(self, visit: Visit) -> dict[str, Any]:
        """Calls an API as the customer: the session sends its token, and gets another if the API rejects it."""
        response = await self.site.get("services/oauth2/userinfo", auth=visit.session.auth())
        response.raise_for_status()
        claims = response.json()
        return {"username": claims["preferred_username"], "email": claims["email"]}

    async def logout(self, visit: Visit) -> None:
        await self._leave(visit)
        visit.become(*await self._welcome())

    async def visit(self, request: Request) -> Visit:
        id = request.cookies.get("session")
        if id:
            session = self.sessions.get(id)
            with contextlib.suppress(headlessid.UserActionRequired):  # it is over, or has never been: a new visitor
                visit = Visit(id, session, await session.token())
                visit.ticket = request.cookies.get("ticket")
                return visit
        return Visit(*await self._welcome())

    async def _welcome(self) -> tuple[str, headlessid.AsyncSession, headlessid.SessionToken]:
        id = secrets.token_urlsafe(32)
        session = await self.sessions.guest(id)
        return id, session, await session.token()

    async def _sign_in(self, visit: Visit, tokens: headlessid.TokenSet) -> None:
        who = await self.client.userinfo(access_token=tokens.access_token)
        await self._leave(visit)
        id = secrets.token_urlsafe(32)  # a new one: knowing the visitor's must not give the customer's
        session = await self.sessions.begin(id, tokens)
        self.shelf.sign_in(id, Customer(who.name or who.preferred_username or "", tokens.uvid_carry == "carried"))
        visit.become(id, session, await session.token())

    async def _leave(self, visit: Visit) -> None:
        self.shelf.sign_out(visit.id)
        with contextlib.suppress(headlessid.HeadlessIdError):  # the session is forgotten in any case
            await visit.session.end()

    def _wait(self, visit: Visit, challenge: headlessid.AsyncChallenge[Any]) -> None:
        # Only the browser that it was made for can bring it back. A finished challenge asks for nothing.
        visit.ticket = challenge.seal(binding=visit.id) if challenge.asks else None

    def _waiting(self, visit: Visit) -> headlessid.AsyncChallenge[Any]:
        return self.client.resume(visit.ticket or "", binding=visit.id)

    def shown(self, visit: Visit, error: Optional[headlessid.HeadlessIdError], more: Optional[dict[str, Any]]) -> dict[str, Any]:
        customer, waiting = self.shelf.customer(visit.id), None
        with contextlib.suppress(headlessid.HeadlessIdError), self._waiting(visit) as challenge:
            waiting = {"flow": challenge.flow, "asks": challenge.asks}
        shown: dict[str, Any] = {
            "products": [{"id": id, "name": name, "price": price} for id, (name, price) in PRODUCTS.items()],
            "cart": [{"id": id, "name": PRODUCTS[id][0], "count": count} for id, count in self.shelf.cart(visit.uvid).items()],
            "uvid": visit.uvid,
            "user": customer and customer.name,
            "carried": customer and customer.carried,
            "waiting": waiting,
            "account": more,
        }
        if error is not None:
            # The site's words about a new password are for the person; all others are for logs.
            message = error.server_text if error.is_password_policy else error.message
            shown["error"] = {"reason": error.reason, "message": message}
        return shown


def make_app(shop: Shop) -> FastAPI:
    app = FastAPI()
    app.mount("/page", StaticFiles(directory=PAGE))
    names = "cart login otp register reset verify resend cancel account logout"
    calls = {name: getattr(shop, name) for name in names.split()}

    @app.get("/")
    @app.get("/inbox")
    def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    @app.get("/api/inbox")
    async def inbox() -> dict[str, Any]:
        outbox = (await shop.site.get(shop.site.base_url.join("/__sim/outbox"))).json()  # of the simulated org alone
        return {"messages": [{name: message[name] for name in ("to", "flow", "otp")} for message in outbox["messages"]]}

    @app.post("/api/{name}")
    @app.get("/api/shop")
    async def call(request: Request, name: str = "", body: Optional[dict[str, str]] = None) -> Response:
        visit, error, more = await shop.visit(request), None, None
        try:
            work = calls[name](visit, **(body or {})) if name else None
        except (KeyError, TypeError):
            raise HTTPException(422, "no such call") from None
        try:
            if work is not None:
                more = await work
        except headlessid.HeadlessIdError as raised:
            error = raised
        response = JSONResponse(shop.shown(visit, error, more), 400 if error else 200, {"X-Worker": str(os.getpid())})
        # A shop on the Internet adds secure=True; this one speaks plain HTTP on the loopback address.
        response.set_cookie("session", visit.id, httponly=True, samesite="strict")
        response.set_cookie("ticket", visit.ticket or "", httponly=True, samesite="strict")
        return response

    return app


async def work(settings: dict[str, Any], store: str, port: int) -> None:
    """One worker, until it is told to end."""
    trusted = ssl.create_default_context(cafile=settings["ca_file"])
    site = httpx.AsyncClient(base_url=settings["site"], verify=trusted, trust_env=False)
    listening = socket.create_server(("127.0.0.1", port), reuse_port=True)
    async with headlessid.AsyncClient(**settings) as client, site:
        config = uvicorn.Config(make_app(Shop(client, store, site)), log_level="warning")
        await uvicorn.Server(config).serve(sockets=[listening])


def run(port: int, workers: int, store: str, token_lifetime: int) -> None:
    with SimulatedOrg(options={"settings": {"access_token_lifetime_s": token_lifetime}}) as org:
        # In a deployment the keys are the same for all workers, and kept where they are not next to the store.
        keys = {name: f"k1:{secrets.token_urlsafe(32)}" for name in ("seal_keys", "session_keys")}
        shop = Workers(__file__, workers, {"settings": {**org.client_settings(), **keys}, "store": store}, port)

        def started() -> None:
            print(f"the shop is at {shop.address} (its messages: /inbox)")
            print(f"a customer: {org.users[0].username}, password {org.users[0].password}", flush=True)

        shop.serve(started)


if __name__ == "__main__":
    if given := told():
        asyncio.run(work(given["settings"], given["store"], given["port"]))
    else:
        parser = argparse.ArgumentParser()
        parser.add_argument("--port", type=int, default=0, help="default: a free one")
        parser.add_argument("--workers", type=int, default=2, help="default: 2")
        parser.add_argument("--store", help="the SQLite file of sessions and carts; default: one that ends with the shop")
        parser.add_argument(
            "--token-lifetime", type=int, default=0, help="seconds that the org's tokens live; 0: as it is set up"
        )
        options = parser.parse_args()
        with tempfile.TemporaryDirectory() as folder:
            run(options.port, options.workers, options.store or f"{folder}/shop.db", options.token_lifetime)
