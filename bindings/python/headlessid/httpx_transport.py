"""Transports on httpx, for Client and AsyncClient, run() and run_async(): the application's own connections, proxies and certificates.

    with headlessid.Client(..., transport=headlessid.httpx_transport.HttpxTransport(httpx_client)) as client:
        me = client.login(username=..., password=...)

The request is sent unchanged: the client's default headers, cookies and authentication are not added, and redirects are
not followed. httpx stores a response's cookies in the client's jar; these transports never send them.

The flow's time limit is for the exchange as a whole. AsyncHttpxTransport cuts it off then. In a thread a read cannot be cut off:
HttpxTransport looks at the clock before each phase and after each part of the body, and a server that sends the header of its
response byte by byte holds it for as long as it goes on.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import anyio  # Comes with httpx.
import httpx

from ._errors import NoResponseError, RequestNotSent
from ._hidden import Hidden
from ._steps import HttpResponse, Send

__all__ = ["AsyncHttpxTransport", "HttpxTransport"]

if TYPE_CHECKING:
    from ._errors import Fault

# httpx is certain that the request was not sent: no connection, TLS not completed, no tunnel through the proxy, no
# connection free in the pool.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

# OpenSSL's X509_V_ERR_*: no issuer, or an untrusted root; not yet valid and expired; a different name.
_UNTRUSTED = (2, 18, 19, 20, 21)
_EXPIRED = (9, 10)
_WRONG_NAME = (62, 64)
# The name does not exist, or has no address.
_NO_HOST = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))

# One byte more than a flow accepts: it then says so itself, and no response can fill the memory.
_BODY_AT_MOST = (1 << 20) + 1
# httpx's own timeouts come first: they say whether the request was sent.
_GRACE_S = 0.05


class HttpxTransport:
    """Sends on an httpx.Client, which the caller closes."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, step: Send) -> HttpResponse:
        way = _Way(step.deadline_ms)
        try:
            response = self._client.send(_request(Hidden(step), way, way.look), auth=None, follow_redirects=False, stream=True)
            body = _Body(response)
            try:
                if not response.is_stream_consumed:
                    for body.more in response.iter_raw():
                        if body.is_full():
                            break
                        if way.left.seconds() <= 0:
                            raise httpx.ReadTimeout("")
            finally:
                response.close()
        except httpx.TransportError as raised:
            raise _no_response(raised, way) from raised
        return _response(response, body)


class AsyncHttpxTransport:
    """Sends on an httpx.AsyncClient, which the caller closes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def __call__(self, step: Send) -> HttpResponse:
        way = _Way(step.deadline_ms)
        try:
            request = _request(Hidden(step), way, way.look_async)
            with anyio.move_on_after(max(0.0, way.left.seconds()) + _GRACE_S):
                return await self._exchange(request)
            raise httpx.ReadTimeout("")
        except httpx.TransportError as raised:
            raise _no_response(raised, way) from raised

    async def _exchange(self, request: httpx.Request) -> HttpResponse:
        response = await self._client.send(request, auth=None, follow_redirects=False, stream=True)
        body = _Body(response)
        try:
            if not response.is_stream_consumed:
                async for body.more in response.aiter_raw():
                    if body.is_full():
                        break
        finally:
            await response.aclose()
        return _response(response, body)


class _Left(dict[str, float]):
    """The timeouts of a request, which httpx looks up phase by phase: what is left of the whole then."""

    def __init__(self, deadline_ms: int) -> None:
        self._until = time.monotonic() + deadline_ms / 1000 - time.time()
        super().__init__(dict.fromkeys(("connect", "read", "write", "pool"), self._at_least()))

    def seconds(self) -> float:
        return self._until - time.monotonic()

    def _at_least(self) -> float:
        # 0 would be a socket that never waits.
        return max(0.001, self.seconds())

    def __getitem__(self, phase: str) -> float:
        return self._at_least()

    def get(self, phase: str, default: object = None) -> float:
        return self._at_least()


class _Way:
    """How far a request has got, from httpx's trace."""

    def __init__(self, deadline_ms: int) -> None:
        self.left = _Left(deadline_ms)
        self.site = ("", 0)
        #: Whether sending the request itself has begun, on any connection.
        self.began = False
        #: The host and port of the last connection; None once a tunnel through them is open.
        self.peer: tuple[str, int] | None = None

    def look(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(".send_request_headers.started"):
            asked = info.get("request")
            # A proxy is asked for a tunnel first, and that is not the request.
            if getattr(asked, "method", b"") != b"CONNECT":
                if not self.began and self.left.seconds() <= 0:
                    raise httpx.ConnectTimeout("")
                self.began = True
        elif event.endswith(".connect_tcp.started"):
            self.peer = (str(info.get("host")), int(info.get("port", 0)))
        elif event in ("proxy.start_tls.started", "socks.start_tls.started"):
            self.peer = None

    async def look_async(self, event: str, info: Mapping[str, Any]) -> None:
        self.look(event, info)

    def is_at_proxy(self) -> bool:
        return self.peer is not None and self.peer != self.site


class _Body(Hidden):
    """The part of a response's body that has arrived. It is secret, and reading the next part may raise."""

    def __init__(self, response: httpx.Response) -> None:
        # A transport for tests may hold the complete body already.
        super().__init__(bytearray(response.content if response.is_stream_consumed else b""))

    def _add(self, chunk: bytes) -> None:
        self._value += chunk

    #: Assigned to, never read.
    more = property(None, _add)

    def is_full(self) -> bool:
        return len(self._value) >= _BODY_AT_MOST


def _request(step: Hidden, way: _Way, look: Any) -> Any:
    # Not client.build_request(), which would add the client's cookies and default headers.
    made = Hidden(
        httpx.Request(
            step().method,
            step().url,
            headers=step().headers,
            content=step().body or None,
            extensions={"timeout": way.left, "trace": look},
        )
    )
    way.site = _origin(made)
    return made()


def _origin(request: Hidden) -> tuple[str, int]:
    port = request().url.port or (443 if request().url.scheme == "https" else 80)
    return request().url.raw_host.decode("ascii"), port


def _response(response: httpx.Response, body: Hidden) -> HttpResponse:
    version = {"HTTP/1.0": 10, "HTTP/1.1": 11, "HTTP/2": 20, "HTTP/3": 30}.get(response.http_version, 0)
    return HttpResponse(response.status_code, response.headers.raw, bytes(body()), version)


def _no_response(raised: httpx.TransportError, way: _Way) -> NoResponseError:
    name = type(raised).__name__
    if isinstance(raised, _NOT_SENT) and not way.began:
        # The first three digits are the proxy's status, if the proxy responded.
        status = str(raised)[:3] if isinstance(raised, httpx.ProxyError) else ""
        if status in ("403", "407"):
            return RequestNotSent(name, reason="proxy_refused", why=f"the proxy responded with {status}")
        return RequestNotSent(name, reason=_before_sending(raised, way))
    if isinstance(raised, httpx.TimeoutException):
        return NoResponseError(name, reason="timeout")
    if isinstance(raised, (httpx.ReadError, httpx.WriteError)):
        return NoResponseError(name, reason="cut_off")
    return NoResponseError(name)


def _before_sending(raised: httpx.TransportError, way: _Way) -> Fault | None:
    if isinstance(raised, httpx.PoolTimeout):
        return None
    causes = list(_causes(raised))
    if any(isinstance(each, OSError) and each.errno in (errno.EMFILE, errno.ENFILE) for each in causes):
        return "no_descriptors"
    if isinstance(raised, httpx.ProxyError) or way.is_at_proxy():
        return "proxy_failed"
    for each in causes:
        if isinstance(each, ssl.SSLCertVerificationError):
            return _of_certificate(each.verify_code)
        # A handshake that was cut off may succeed the next time.
        if isinstance(each, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)):
            return "no_connection"
        if isinstance(each, ssl.SSLError):
            return "tls_failed"
        if isinstance(each, socket.gaierror):
            return "no_host" if each.errno in _NO_HOST else "no_name_server"
    return "no_connection"


def _of_certificate(code: int) -> Fault:
    if code in _UNTRUSTED:
        return "untrusted_certificate"
    if code in _EXPIRED:
        return "expired_certificate"
    return "wrong_certificate" if code in _WRONG_NAME else "bad_certificate"


def _causes(raised: BaseException) -> Iterator[BaseException]:
    """The exception and its causes; anyio groups the errors of several addresses."""
    yield raised
    cause = raised.__cause__
    # httpcore's pool removes the cause ("from None"), not the context. Any other context may be an exception that the
    # application was handling when it called.
    if cause is None and type(raised).__module__.startswith("httpcore"):
        cause = raised.__context__
    for each in (cause, *getattr(raised, "exceptions", ())):
        if each is not None:
            yield from _causes(each)
