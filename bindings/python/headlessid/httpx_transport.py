"""Transports on httpx, for Client and AsyncClient, run() and run_async(): the application's own connections, proxies and certificates.

    with headlessid.Client(..., transport=headlessid.httpx_transport.HttpxTransport(httpx_client)) as client:
        me = client.login(username=..., password=...)

The request is sent as the flow gives it: the client's default headers, cookies and authentication are not added, and
redirects are not followed. httpx keeps a cookie that an answer sets in the client's jar; a client that is used
for nothing else never sends it anywhere.
"""

from __future__ import annotations

import time

import httpx

from ._errors import NeverLeft
from ._hidden import Hidden
from ._steps import Answer, Send

__all__ = ["AsyncHttpxTransport", "HttpxTransport"]

# Where httpx is sure that the request has not begun: no connection, TLS not completed, no place in the pool.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

# One byte more than a flow takes: it then says so itself, and no answer can fill the memory first.
_BODY_AT_MOST = (1 << 20) + 1


class HttpxTransport:
    """Sends on an httpx.Client, which stays yours to close."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, step: Send) -> Answer:
        try:
            response = self._client.send(_request(Hidden(step)), auth=None, follow_redirects=False, stream=True)
            body = _Body(response)
            try:
                if not response.is_stream_consumed:
                    for body.more in response.iter_raw():
                        if body.is_full():
                            break
            finally:
                response.close()
        except _NEVER_LEFT as raised:
            raise NeverLeft(type(raised).__name__) from raised
        return _answer(response, body)


class AsyncHttpxTransport:
    """Sends on an httpx.AsyncClient, which stays yours to close."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def __call__(self, step: Send) -> Answer:
        try:
            request = _request(Hidden(step))
            response = await self._client.send(request, auth=None, follow_redirects=False, stream=True)
            body = _Body(response)
            try:
                if not response.is_stream_consumed:
                    async for body.more in response.aiter_raw():
                        if body.is_full():
                            break
            finally:
                await response.aclose()
        except _NEVER_LEFT as raised:
            raise NeverLeft(type(raised).__name__) from raised
        return _answer(response, body)


class _Body(Hidden):
    """What has come of an answer's body. It is secret, and the next piece may be the one that breaks."""

    def __init__(self, response: httpx.Response) -> None:
        # A transport made for tests may hold the whole body already.
        super().__init__(bytearray(response.content if response.is_stream_consumed else b""))

    def _add(self, chunk: bytes) -> None:
        self._value += chunk

    #: To be assigned to, and never read.
    more = property(None, _add)

    def is_full(self) -> bool:
        return len(self._value) >= _BODY_AT_MOST


def _request(step: Hidden) -> httpx.Request:
    # Not client.build_request(), which would add the client's cookies and default headers.
    seconds = max(0.001, step().deadline_ms / 1000 - time.time())
    return httpx.Request(
        step().method,
        step().url,
        headers=step().headers,
        content=step().body or None,
        extensions={"timeout": httpx.Timeout(seconds).as_dict()},
    )


def _answer(response: httpx.Response, body: Hidden) -> Answer:
    version = {"HTTP/1.0": 10, "HTTP/1.1": 11, "HTTP/2": 20, "HTTP/3": 30}.get(response.http_version, 0)
    return Answer(response.status_code, response.headers.raw, bytes(body()), version)
