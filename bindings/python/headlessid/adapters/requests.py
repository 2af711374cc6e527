"""requests: requests.Session().auth = session.requests_auth(), or auth=... of one call."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from .._errors import HeadlessIdError
from .._hidden import Hidden

try:
    import requests
    from requests.auth import AuthBase
    from requests.sessions import SessionRedirectMixin
    from requests.utils import rewind_body
except ImportError as error:
    raise ImportError("session.requests_auth() needs the package requests: pip install requests") from error

if TYPE_CHECKING:
    from .._sessions import Session

__all__ = ["RequestsAuth"]

_RULE: Any = SessionRedirectMixin()


class RequestsAuth(AuthBase):
    """The authentication of a Session in requests. Any number of threads share it. Where the session has no token, the request
    raises HeadlessIdError. One with an Authorization header of its own is sent as it is."""

    def __init__(self, session: Session, min_ttl: float = 0.0) -> None:
        self._session = session
        self._min_ttl = min_ttl

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._has_its_own(request):
            return request
        token = Hidden(self._session.access_token(self._min_ttl))
        _set(request, token)
        request.register_hook("response", functools.partial(self._look, token, _position(request)))  # type: ignore[no-untyped-call]
        return request

    def _has_its_own(self, request: requests.PreparedRequest) -> bool:
        return "Authorization" in request.headers

    def _look(self, token: Hidden, position: int | None, response: requests.Response, **options: Any) -> requests.Response:
        sent = response.request
        _stay(sent, response)
        # requests takes the header away where a redirect leads to another host, and keeps this hook.
        if response.status_code != 401 or sent.headers.get("Authorization") != f"Bearer {token()}":
            return response
        if not _can_be_sent_again(sent, position):
            with contextlib.suppress(HeadlessIdError):
                self._session.rejected(token(), self._min_ttl)
            return response
        try:
            other = Hidden(self._session.rejected(token(), self._min_ttl))
        finally:
            # Read to its end: the connection goes back to the pool.
            response.content  # noqa: B018
            response.close()
        again = sent.copy()
        _set(again, other)
        if position is not None:
            again._body_position = position  # type: ignore[attr-defined]
            rewind_body(again)
        second: requests.Response = response.connection.send(again, **options)
        second.history.append(response)
        second.request = again
        # requests makes the request that follows a redirect of `sent`.
        _stay(sent, second)
        return second

    def __repr__(self) -> str:
        return f"<RequestsAuth of {self._session!r}>"


def _set(request: requests.PreparedRequest, token: Hidden) -> None:
    request.headers["Authorization"] = f"Bearer {token()}"
    # What the Bulk API reads.
    if "X-SFDC-Session" in request.headers:
        request.headers["X-SFDC-Session"] = token()


def _stay(sent: requests.PreparedRequest, response: requests.Response) -> None:
    """Of the headers requests takes away Authorization alone where a redirect leads to another host. It copies this request
    after the hooks."""
    target = _RULE.get_redirect_target(response)
    if target and _RULE.should_strip_auth(response.url, urljoin(response.url, target)):
        sent.headers.pop("X-SFDC-Session", None)


def _position(request: requests.PreparedRequest) -> int | None:
    """Where a file's reading starts, if it can go back there."""
    body = request.body
    if body is None or isinstance(body, (str, bytes)) or not hasattr(body, "seek"):
        return None
    try:
        return int(body.tell())
    except (AttributeError, OSError):
        return None


def _can_be_sent_again(request: requests.PreparedRequest, position: int | None) -> bool:
    return request.body is None or isinstance(request.body, (str, bytes)) or position is not None
