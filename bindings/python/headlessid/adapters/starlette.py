"""Starlette and FastAPI: the session of a request, as a dependency.

    current = session_of(sessions, key=lambda request: request.session.get("id"))

    @app.get("/orders")
    async def orders(session: Annotated[AsyncSession, Depends(current)]): ...

In Starlette itself: `session = await current(request)`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Optional, Union

from .._errors import HeadlessIdError
from .._results import SessionToken
from .._sessions_async import AsyncSession, AsyncSessions

try:
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
except ImportError as error:
    raise ImportError("this module needs the package starlette, or fastapi: pip install starlette") from error

__all__ = ["session_of", "token_of"]

#: Where a request says which session is its own: a cookie, the framework's session. None: nowhere.
KeyOf = Callable[[Request], Optional[Union[str, bytes]]]


def session_of(sessions: AsyncSessions, key: KeyOf) -> Callable[[Request], Awaitable[AsyncSession]]:
    """A dependency that returns the request's session: without I/O, so it does not say whether there is one. A request without
    a key is refused with 401."""

    async def current(request: Request) -> AsyncSession:
        return sessions.get(_key(key, request))

    _resolve(current, AsyncSession)
    return current


def token_of(sessions: AsyncSessions, key: KeyOf, *, min_ttl: float = 0.0) -> Callable[[Request], Awaitable[SessionToken]]:
    """A dependency that returns the session's token, refreshed if it is due. 401: no key, or no session: sign in (again).
    503: try again later; with Retry-After, if the server says when. Other errors are raised."""

    async def current(request: Request) -> SessionToken:
        try:
            return await sessions.get(_key(key, request)).token(min_ttl)
        except HeadlessIdError as error:
            if error.advice == "SIGN_IN_AGAIN":
                raise _refused() from error
            if error.advice != "RETRY_LATER":
                raise
            wait = error.retry_after_ms
            headers = None if wait is None else {"Retry-After": str(-(-wait // 1000))}
            raise HTTPException(503, "try again later", headers) from error

    _resolve(current, SessionToken)
    return current


def _key(key: KeyOf, request: Request) -> str | bytes:
    found = key(request)
    if not found:
        raise _refused()
    return found


def _refused() -> HTTPException:
    return HTTPException(401, "sign in", {"WWW-Authenticate": "Bearer"})


def _resolve(current: Callable[..., object], returned: type) -> None:
    # FastAPI reads these; as text it would look for the names in the app's modules.
    current.__annotations__ = {"request": Request, "return": returned}
