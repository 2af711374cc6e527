#!/usr/bin/env python3
"""A web app whose users sign in on Salesforce's own login page.

    python examples/web-login/fastapi/web_login.py [--port N]     starts a simulated org and the app, and prints the address

It needs headlessid and requirements.txt. /login sends the browser to Salesforce and seals the flow into a cookie; the browser
comes back to /callback, where any worker with the key opens it. Tokens stay in the server's session.
"""

import argparse
import asyncio
import contextlib
import html
import secrets
import socket
from dataclasses import dataclass
from typing import Any, Optional

import headlessid
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from headlessid.testing import SimulatedOrg

CLIENT_ID = "3MVG9Example.PrivateClient"
# The browser comes back from another site: it sends a cookie that is `lax`, and would keep one that is `strict`. An app on the
# Internet adds secure=True; this one speaks plain HTTP on the loopback address.
COOKIE: dict[str, Any] = {"httponly": True, "samesite": "lax"}


@dataclass
class Session:
    """A person who has signed in. An app with several workers keeps these in its session store."""

    tokens: headlessid.TokenSet
    name: str


def page(body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(f"<!doctype html><meta charset=utf-8><title>Web login</title><main>{body}</main>", status)


def make_app(client: headlessid.AsyncClient) -> FastAPI:
    app = FastAPI()
    sessions: dict[str, Session] = {}

    def session_of(request: Request) -> Optional[Session]:
        return sessions.get(request.cookies.get("session", ""))

    @app.get("/")
    def home(request: Request) -> Response:
        session = session_of(request)
        if session is None:
            return page('<p id="who">You are not signed in.</p><a id="login" href="/login">Sign in with Salesforce</a>')
        who = html.escape(session.name)
        return page(
            f'<p id="who">Hello, {who}</p><form method="post" action="/logout"><button id="logout">Sign out</button></form>'
        )

    @app.get("/login")
    async def login() -> Response:
        challenge = await client.web_server()
        # The ticket is good only together with the second cookie: for this browser, and for this sign-in.
        browser = secrets.token_urlsafe(32)
        response = RedirectResponse(challenge.url, 303)
        response.set_cookie("sign_in", challenge.seal(binding=browser), **COOKIE)
        response.set_cookie("browser", browser, **COOKIE)
        return response

    @app.get("/callback")
    async def callback(request: Request) -> Response:
        cookies = request.cookies
        try:
            challenge = client.resume(cookies.get("sign_in", ""), binding=cookies.get("browser", ""), flow="web_server")
            tokens = await challenge.verify(str(request.url))
            who = await client.userinfo(access_token=tokens.access_token)
        except headlessid.HeadlessIdError as error:
            # The message is for the log; the person can only try again.
            print(f"sign-in failed: {error.reason}: {error.message}", flush=True)
            response = page(
                f'<p id="problem" data-reason="{error.reason}">The sign-in failed.</p><a href="/login">Try again</a>', 400
            )
        else:
            response = RedirectResponse("/", 303)
            id = secrets.token_urlsafe(32)
            sessions[id] = Session(tokens, who.name or who.preferred_username or "")
            response.set_cookie("session", id, **COOKIE)
        response.delete_cookie("sign_in", **COOKIE)
        response.delete_cookie("browser", **COOKIE)
        return response

    @app.post("/logout")
    async def logout(request: Request) -> Response:
        if session := sessions.pop(request.cookies.get("session", ""), None):
            with contextlib.suppress(headlessid.HeadlessIdError):  # the session is forgotten in any case
                await client.logout(session.tokens)
        response = RedirectResponse("/", 303)
        response.delete_cookie("session", **COOKIE)
        return response

    return app


async def serve(org: SimulatedOrg, listening: socket.socket, address: str) -> None:
    (app,) = (each for each in org.apps if each.client_id == CLIENT_ID)
    # In an app with several workers the same key for all. What is asked for is a scope of the app.
    settings = {**org.client_settings(app), "redirect_uri": f"{address}/callback", "scope": "openid api refresh_token"}
    async with headlessid.AsyncClient(**settings, seal_keys={"k1": secrets.token_bytes(32)}) as client:
        print(f"the app is at {address}/")
        print(f"a user: {org.users[0].username}, password {org.users[0].password}", flush=True)
        await uvicorn.Server(uvicorn.Config(make_app(client), log_level="warning")).serve(sockets=[listening])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    with socket.create_server(("127.0.0.1", parser.parse_args().port)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # Without TLS, because a browser does not trust the certificate that the simulated org makes at its start.
        apps = [{"client_id": CLIENT_ID, "redirect_uris": [f"{address}/callback"]}]
        with SimulatedOrg(tls=False, options={"apps": apps}) as org, contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(org, listening, address))
