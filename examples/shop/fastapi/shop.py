#!/usr/bin/env python3
"""A shop: its visitors become customers without leaving it, and keep what is in their cart.

    python examples/shop/fastapi/shop.py [--port N]     starts a simulated org and the shop, and prints the address

It needs headlessid and requirements.txt. The page and its calls: examples/shop/page/shop.js. Tokens stay in the
server's session; a flow that waits for a code travels as a sealed ticket in a cookie: any worker with the key resumes it.
"""

import argparse
import asyncio
import contextlib
import secrets
import socket
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import headlessid
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from headlessid.testing import SimulatedOrg

PAGE = Path(__file__).resolve().parent.parent / "page"
PRODUCTS = {"tent": ("Tent", 149), "stove": ("Stove", 39), "lamp": ("Lamp", 19)}


@dataclass
class Session:
    """One browser. A shop with several workers keeps these in its session store."""

    visitor: headlessid.Visitor
    tokens: Optional[headlessid.TokenSet] = None
    name: Optional[str] = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(32))


@dataclass
class Visit:
    """One request: the browser's session, and the ticket of the flow that it waits for."""

    session: Session
    ticket: Optional[str]


class Shop:
    """What the page calls, by the names in shop.js, and what is kept between the calls."""

    def __init__(self, client: headlessid.AsyncClient) -> None:
        self.client = client
        self.sessions: dict[str, Session] = {}
        self.carts: dict[str, Counter[str]] = {}  # by the visitor's UVID, which stays the same at sign-in

    async def cart(self, visit: Visit, id: str) -> None:
        if id in PRODUCTS:
            self.carts.setdefault(visit.session.visitor.uvid, Counter())[id] += 1

    async def login(self, visit: Visit, username: str, password: str) -> None:
        me = await self.client.login(username=username, password=password, guest=visit.session.visitor)
        await self._sign_in(visit, me)

    async def otp(self, visit: Visit, username: str, method: str) -> None:
        login, guest = self.client.passwordless_login, visit.session.visitor
        self._wait(visit, await login(username=username, verification_method=method, guest=guest))

    async def register(self, visit: Visit, first_name: str, last_name: str, email: str, password: str) -> None:
        person = {"firstName": first_name, "lastName": last_name, "email": email, "username": email}
        register, guest = self.client.register, visit.session.visitor
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

    async def logout(self, visit: Visit) -> None:
        self.sessions.pop(visit.session.id, None)
        if tokens := visit.session.tokens:
            with contextlib.suppress(headlessid.HeadlessIdError):  # the session is forgotten in any case
                await self.client.logout(tokens)
        visit.session = await self._new_session()

    async def visit(self, request: Request) -> Visit:
        session = self.sessions.get(request.cookies.get("session", "")) or await self._new_session()
        if session.tokens is None and session.visitor.is_due():
            session.visitor = (await self.client.guest(guest=session.visitor)).visitor
        return Visit(session, request.cookies.get("ticket"))

    async def _new_session(self) -> Session:
        return self._keep(Session((await self.client.guest()).visitor))

    def _keep(self, session: Session) -> Session:
        return self.sessions.setdefault(session.id, session)

    async def _sign_in(self, visit: Visit, tokens: headlessid.TokenSet) -> None:
        who = await self.client.userinfo(access_token=tokens.access_token)
        self.sessions.pop(visit.session.id, None)  # a new id: knowing the visitor's must not give the customer's
        visit.session = self._keep(Session(visit.session.visitor, tokens, who.name or who.preferred_username))

    def _wait(self, visit: Visit, challenge: headlessid.AsyncChallenge[Any]) -> None:
        # Only the browser that it was made for can bring it back. A finished challenge asks for nothing.
        visit.ticket = challenge.seal(binding=visit.session.id) if challenge.asks else None

    def _waiting(self, visit: Visit) -> headlessid.AsyncChallenge[Any]:
        return self.client.resume(visit.ticket or "", binding=visit.session.id)

    def shown(self, visit: Visit, error: Optional[headlessid.HeadlessIdError]) -> dict[str, Any]:
        session, waiting = visit.session, None
        with contextlib.suppress(headlessid.HeadlessIdError), self._waiting(visit) as challenge:
            waiting = {"flow": challenge.flow, "asks": challenge.asks}
        cart: dict[str, int] = self.carts.get(session.visitor.uvid, Counter())
        shown: dict[str, Any] = {
            "products": [{"id": id, "name": name, "price": price} for id, (name, price) in PRODUCTS.items()],
            "cart": [{"id": id, "name": PRODUCTS[id][0], "count": count} for id, count in cart.items()],
            "uvid": session.visitor.uvid,
            "user": session.name,
            "carried": session.tokens and session.tokens.uvid_carry == "carried",
            "waiting": waiting,
        }
        if error is not None:
            # The site's words about a new password are for the person; all others are for logs.
            message = error.server_text if error.is_password_policy else error.message
            shown["error"] = {"reason": error.reason, "message": message}
        return shown


def make_app(shop: Shop, org: SimulatedOrg) -> FastAPI:
    app = FastAPI()
    app.mount("/page", StaticFiles(directory=PAGE))
    names = "cart login otp register reset verify resend cancel logout"
    calls = {name: getattr(shop, name) for name in names.split()}

    @app.get("/")
    @app.get("/inbox")
    def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    @app.get("/api/inbox")
    def inbox() -> dict[str, Any]:
        return {"messages": [{name: message[name] for name in ("to", "flow", "otp")} for message in org.outbox()]}

    @app.post("/api/{name}")
    @app.get("/api/shop")
    async def call(request: Request, name: str = "", body: Optional[dict[str, str]] = None) -> Response:
        visit, error = await shop.visit(request), None
        try:
            work = calls[name](visit, **(body or {})) if name else None
        except (KeyError, TypeError):
            raise HTTPException(422, "no such call") from None
        try:
            if work is not None:
                await work
        except headlessid.HeadlessIdError as raised:
            error = raised
        response = JSONResponse(shop.shown(visit, error), 400 if error else 200)
        # A shop on the Internet adds secure=True; this one speaks plain HTTP on the loopback address.
        response.set_cookie("session", visit.session.id, httponly=True, samesite="strict")
        response.set_cookie("ticket", visit.ticket or "", httponly=True, samesite="strict")
        return response

    return app


async def serve(org: SimulatedOrg, port: int) -> None:
    keys = {"k1": secrets.token_bytes(32)}  # in a shop with several workers the same for all
    async with headlessid.AsyncClient(**org.client_settings(), seal_keys=keys) as client:
        with socket.create_server(("127.0.0.1", port)) as listening:
            print(f"the shop is at http://127.0.0.1:{listening.getsockname()[1]}/ (its messages: /inbox)")
            print(f"a customer: {org.users[0].username}, password {org.users[0].password}", flush=True)
            config = uvicorn.Config(make_app(Shop(client), org), log_level="warning")
            await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    with SimulatedOrg() as simulated, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(simulated, parser.parse_args().port))
