"""aiohttp: aiohttp.ClientSession(middlewares=[middleware(session)]), 3.12 or newer."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._errors import HeadlessIdError
from .._hidden import Hidden

try:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, payload
except ImportError as error:
    raise ImportError("this module needs the package aiohttp, 3.12 or newer: pip install aiohttp") from error

if TYPE_CHECKING:
    from .._sessions_async import AsyncSession

__all__ = ["middleware"]

Middleware = Callable[[ClientRequest, ClientHandlerType], Awaitable[ClientResponse]]


def middleware(session: AsyncSession, *, origins: Iterable[str] | None = None, min_ttl: float = 0.0) -> Middleware:
    """A client middleware that sends the session's access token.

    aiohttp shows a middleware the request that follows a redirect like any other. So the token goes to these origins alone.

    Args:
        session: Of an AsyncClient.
        origins: "https://acme.my.salesforce.com", ...: what the token is for. Default: those of the token's instance_url and
            of its site.
        min_ttl: How many seconds the token has to last.

    A request raises HeadlessIdError where the session has no token. One with an Authorization header, or auth=, of its own is
    sent as it is.
    """
    allowed = None if origins is None else frozenset(map(_origin, origins))

    async def send(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        if "Authorization" in request.headers:
            return await handler(request)
        token = await session.token(min_ttl)
        own = allowed if allowed is not None else frozenset(_origin(url) for url in (token.instance_url, token.site_url) if url)
        if _origin(str(request.url)) not in own:
            return await handler(request)
        request.headers["Authorization"] = f"Bearer {token.access_token}"
        response = await handler(request)
        if response.status != 401:
            return response
        if not _can_be_sent_again(request):
            with contextlib.suppress(HeadlessIdError):
                await session.rejected(token.access_token, min_ttl)
            return response
        try:
            other = Hidden(await session.rejected(token.access_token, min_ttl))
        finally:
            response.release()
        request.headers["Authorization"] = f"Bearer {other()}"
        return await handler(request)

    return send


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _can_be_sent_again(request: ClientRequest) -> bool:
    # None, or b"", without a body.
    body = request.body
    if not body or isinstance(body, payload.BytesPayload):
        return True
    if isinstance(body, payload.IOBasePayload):
        # aiohttp goes back to where the file was; one that cannot is marked as read.
        return not body.consumed
    return False
