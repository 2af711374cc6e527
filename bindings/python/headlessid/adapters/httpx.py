"""httpx: httpx.Client(auth=session.auth()), and httpx.AsyncClient for a session of asyncio."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any

from .._errors import HeadlessIdError
from .._hidden import Hidden

try:
    import httpx
except ImportError as error:
    raise ImportError("session.auth() needs the package httpx: pip install httpx") from error

if TYPE_CHECKING:
    from .._session_base import SessionBase

__all__ = ["SessionAuth"]


class SessionAuth(httpx.Auth):
    """The authentication of a Session in an httpx.Client, or of an AsyncSession in an httpx.AsyncClient. Any number of
    requests share it. Where the session has no token, the request raises HeadlessIdError. One with an Authorization header of
    its own is sent as it is."""

    def __init__(self, session: SessionBase, min_ttl: float = 0.0) -> None:
        self._session: Any = session
        self._min_ttl = min_ttl

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if _has_its_own(request):
            yield request
            return
        token = Hidden(self._session.access_token(self._min_ttl))
        if not isinstance(token(), str):
            # Never awaited, and closed so that it does not warn.
            token().close()
            raise TypeError("a session of asyncio is for an httpx.AsyncClient")
        response = yield _with(request, token)
        if not _is_about(response, token):
            return
        if response.history or not _can_be_sent_again(request):
            # After a redirect httpx would send the first request again, which has been carried out.
            with contextlib.suppress(HeadlessIdError):
                self._session.rejected(token(), self._min_ttl)
            return
        token = Hidden(self._session.rejected(token(), self._min_ttl))
        yield _with(request, token)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if _has_its_own(request):
            yield request
            return
        later = self._session.access_token(self._min_ttl)
        if isinstance(later, str):
            raise TypeError("a session of threads is for an httpx.Client")
        token = Hidden(await later)
        response = yield _with(request, token)
        if not _is_about(response, token):
            return
        if response.history or not _can_be_sent_again(request):
            # After a redirect httpx would send the first request again, which has been carried out.
            with contextlib.suppress(HeadlessIdError):
                await self._session.rejected(token(), self._min_ttl)
            return
        token = Hidden(await self._session.rejected(token(), self._min_ttl))
        yield _with(request, token)

    def __repr__(self) -> str:
        return f"<SessionAuth of {self._session!r}>"


# Where a request keeps the token that it was given here: it may be sent again by the caller.
_GIVEN = "headlessid"


def _has_its_own(request: httpx.Request) -> bool:
    header = request.headers.get("Authorization")
    given = request.extensions.get(_GIVEN)
    return header is not None and (given is None or header != f"Bearer {given()}")


def _with(request: httpx.Request, token: Hidden) -> httpx.Request:
    # httpx takes the header away where a redirect leads to another host.
    request.headers["Authorization"] = f"Bearer {token()}"
    request.extensions[_GIVEN] = token
    return request


def _is_about(response: httpx.Response, token: Hidden) -> bool:
    """Whether the token was rejected: not by a host that never got it."""
    return response.status_code == 401 and response.request.headers.get("Authorization") == f"Bearer {token()}"


def _can_be_sent_again(request: httpx.Request) -> bool:
    stream = request.stream
    if isinstance(stream, httpx.ByteStream):
        return True
    # Of multipart/form-data: bytes, and files that go back to their start.
    fields = getattr(stream, "fields", None)
    if not isinstance(fields, list):
        return False
    return all(_is_at_hand(getattr(field, "file", b"")) for field in fields)


def _is_at_hand(file: Any) -> bool:
    return isinstance(file, (str, bytes)) or bool(getattr(file, "seekable", bool)())
