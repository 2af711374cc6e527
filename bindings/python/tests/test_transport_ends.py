"""How a client with a transport of the host's comes to an end: at the flow's time limit, and when the client closes."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import headlessid
import httpx
import pytest
from headlessid import _hosted
from headlessid.httpx_transport import AsyncHttpxTransport, HttpxTransport
from test_process import python

WHO: dict[str, Any] = {"username": "lena@example.com", "password": "P4ss+w&rd=1:x"}
BEGINNING = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"


class Slow:
    """Answers each request with the beginning, after a while, and then a byte every 50 ms, or nothing more."""

    def __init__(self, beginning: bytes, *, after_s: float = 0.0, trickles: bool = True) -> None:
        self.beginning, self.after_s, self.trickles = beginning, after_s, trickles
        self.requests = 0
        self.over = threading.Event()
        self.asked = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.settings: dict[str, Any] = {
            "site": f"http://127.0.0.1:{self.listener.getsockname()[1]}",
            "client_id": "3MVG9Example.ClientId",
            "redirect_uri": "https://app.example.com/callback",
            "allow_http_loopback": True,
        }
        self.threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Slow:
        self.threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        # Wakes accept(), which close() alone would not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for each in self.threads:
            each.join()

    def _accept(self) -> None:
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            self.threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self.threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                if not connection.recv(65536):
                    return
                self.requests += 1
                self.asked.set()
                self.over.wait(self.after_s)
                connection.sendall(self.beginning)
                while not self.over.wait(0.05):
                    if self.trickles:
                        connection.sendall(b"x")
            except OSError:
                pass


def login(settings: dict[str, Any], kind: str, timeout: float) -> headlessid.HeadlessIdError:
    """What a login fails with."""

    def plainly() -> None:
        with httpx.Client(trust_env=False) as http, headlessid.Client(**settings, transport=HttpxTransport(http)) as client:
            client.login(**WHO, timeout=timeout)

    async def later() -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            async with headlessid.AsyncClient(**settings, transport=AsyncHttpxTransport(http)) as client:
                await client.login(**WHO, timeout=timeout)

    with pytest.raises(headlessid.HeadlessIdError) as failed:
        if kind == "sync":
            plainly()
        else:
            asyncio.run(later())
    return failed.value


# ---- the time limit ----


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [("sync", BEGINNING), ("async", BEGINNING), ("async", b"HTTP/1.1 200 OK\r\nX-Long: ")],
    ids=["sync, body", "async, body", "async, header"],
)
def test_a_server_that_trickles(within: Callable[[float], Any], kind: str, beginning: bytes) -> None:
    with Slow(beginning) as server:
        with within(10):
            error = login(server.settings, kind, 0.6)
        assert (error.kind, error.reason, error.outcome_unknown) == ("TRANSPORT", "timeout", True), repr(error)
        assert server.requests == 1


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_time_limit_is_for_all_phases_together(within: Callable[[float], Any], kind: str) -> None:
    with Slow(BEGINNING, after_s=1.5, trickles=False) as server:
        # The body would get two seconds of its own.
        with within(3):
            error = login(server.settings, kind, 2)
        assert (error.kind, error.reason, error.outcome_unknown) == ("TRANSPORT", "timeout", True), repr(error)
        assert server.requests == 1


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_nothing_is_sent_once_the_time_is_over(kind: str) -> None:
    async def later(step: headlessid.Send) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            await AsyncHttpxTransport(http)(step)

    with Slow(BEGINNING) as server, headlessid.Flow(headlessid.App(**server.settings), "guest") as flow:
        step = flow.next()
        assert isinstance(step, headlessid.Send)
        late = step.replace(deadline_ms=int(time.time() * 1000) - 1)
        with pytest.raises(headlessid.RequestNotSent), httpx.Client(trust_env=False) as http:
            if kind == "sync":
                HttpxTransport(http)(late)
            else:
                asyncio.run(later(late))
        assert server.requests == 0


# ---- close() ----


def test_close_cuts_off_what_is_awaited(within: Callable[[float], Any]) -> None:
    ends: list[str] = []

    async def main(server: Slow) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            send = AsyncHttpxTransport(http)

            async def transport(step: headlessid.Send) -> headlessid.HttpResponse:
                try:
                    return await send(step)
                finally:
                    # Cleaning up takes a while.
                    await asyncio.sleep(0.1)
                    ends.append("transport")

            client = headlessid.AsyncClient(**server.settings, transport=transport)
            tasks = [asyncio.ensure_future(client.login(**WHO, timeout=20)) for _ in range(2)]
            while server.requests < 2:
                await asyncio.sleep(0.01)
            with within(3):
                await client.close()
            assert client.in_flight == 0 and ends == ["transport"] * 2
            for error in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(error, headlessid.StateError) and error.reason == "closed", repr(error)

    with Slow(BEGINNING) as server:
        asyncio.run(main(server))


def code(step: headlessid.Send) -> headlessid.HttpResponse:
    """A code for a person; after each interval the flow asks whether it has been used."""
    shown = {
        "device_code": "a",
        "user_code": "b",
        "verification_uri": "https://acme.my.salesforce.com/setup/connect",
        "interval": 20,
    }
    return headlessid.HttpResponse(200, [("Content-Type", "application/json")], json.dumps(shown).encode())


def test_close_ends_a_wait(within: Callable[[float], Any]) -> None:
    async def later(step: headlessid.Send) -> headlessid.HttpResponse:
        return code(step)

    async def main() -> None:
        client = headlessid.AsyncClient.for_app(app, transport=later)
        task = asyncio.ensure_future((await client.device(timeout=60)).verify())
        await asyncio.sleep(0.3)
        assert client.in_flight == 1
        with within(2):
            await client.close()
        assert client.in_flight == 0
        with pytest.raises(headlessid.StateError) as closed:
            await task
        assert closed.value.reason == "closed"

    app = headlessid.App(site="https://acme.my.salesforce.com", client_id="x", redirect_uri="https://app.example.com/cb")
    asyncio.run(main())
    client = headlessid.Client.for_app(app, transport=code)
    seen: list[BaseException] = []
    thread = threading.Thread(target=attempt, args=(client.device(timeout=60).verify, seen))
    thread.start()
    time.sleep(0.3)
    assert client.in_flight == 1
    with within(2):
        client.close()
    assert client.in_flight == 0
    thread.join()
    assert [getattr(each, "reason", None) for each in seen] == ["closed"]


def attempt(call: Callable[[], object], seen: list[BaseException]) -> None:
    try:
        call()
    except headlessid.HeadlessIdError as error:
        seen.append(error)


def test_close_waits_for_a_request_of_a_thread(app: headlessid.App) -> None:
    asked, ends, seen = threading.Event(), list[float](), list[BaseException]()

    def send(step: headlessid.Send) -> headlessid.HttpResponse:
        asked.set()
        time.sleep(1)
        ends.append(time.monotonic())
        return headlessid.HttpResponse(500)

    client = headlessid.Client.for_app(app, transport=send)
    thread = threading.Thread(target=attempt, args=(client.guest, seen))
    thread.start()
    asked.wait()
    client.close()
    assert len(ends) == 1 and client.in_flight == 0
    thread.join()
    assert [getattr(each, "reason", None) for each in seen] == ["closed"]


def test_a_transport_may_close_its_client(app: headlessid.App, within: Callable[[float], Any]) -> None:
    async def send(step: headlessid.Send) -> headlessid.HttpResponse:
        # In a task of its own, as by a timeout around it.
        await asyncio.wait([asyncio.ensure_future(client.close())])
        raise OSError

    async def main() -> None:
        with pytest.raises(headlessid.StateError) as closed:
            await client.guest()
        assert closed.value.reason == "closed"

    client = headlessid.AsyncClient.for_app(app, transport=send)
    with within(2):
        asyncio.run(main())


def test_a_cancelled_task_cancels_its_request(app: headlessid.App) -> None:
    ends: list[str] = []

    async def send(step: headlessid.Send) -> headlessid.HttpResponse:
        try:
            await asyncio.sleep(20)
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
            ends.append("cancelled")
            raise
        raise AssertionError

    async def main() -> None:
        async with headlessid.AsyncClient.for_app(app, transport=send) as client:
            task = asyncio.ensure_future(client.guest(timeout=20))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert ends == ["cancelled"] and client.in_flight == 0

    asyncio.run(main())


def test_as_many_flows_as_the_librarys_own_client(app: headlessid.App, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async def send(step: headlessid.Send) -> headlessid.HttpResponse:
            await asyncio.sleep(60)
            raise AssertionError

        client = headlessid.AsyncClient.for_app(app, transport=send)
        tasks = [asyncio.ensure_future(client.guest(timeout=60)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(headlessid.StateError) as full:
            await client.guest()
        assert full.value.reason == "too_many_flows" and full.value.is_retryable
        await client.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert _hosted._MOST == 10_000
    monkeypatch.setattr(_hosted, "_MOST", 3)
    asyncio.run(main())


# ---- forks ----

FORKED = """
    import threading, time, warnings, headlessid
    # Python 3.12 warns of a fork while there are other threads.
    warnings.simplefilter("ignore", DeprecationWarning)
    TRANSPORT
    client = headlessid.Client(**settings, **more)
    def call():
        try:
            client.guest(timeout=20)
        except headlessid.HeadlessIdError:
            pass
    threading.Thread(target=call, daemon=True).start()
    asked()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        END
        sys.exit(0)
    _, status = os.waitpid(child, 0)
    print(status, time.monotonic() - began < 1.5, flush=True)
    os._exit(0)
"""
NATIVE = """
    more = {}
    import socket
    listener = socket.create_server(("127.0.0.1", 0))
    settings = dict(site=f"http://127.0.0.1:{listener.getsockname()[1]}", client_id="x",
                    redirect_uri="https://app.example.com/cb", allow_http_loopback=True)
    def asked():
        kept = listener.accept()[0]
        globals()["kept"] = kept
        kept.recv(1)
"""
HOSTED = """
    sent = threading.Event()
    asked = sent.wait
    def send(step):
        sent.set()
        time.sleep(20)
    settings = dict(site="https://a.my.site.com", client_id="x", redirect_uri="https://app.example.com/cb")
    more = dict(transport=send)
"""


@pytest.mark.parametrize("transport", [NATIVE, HOSTED], ids=["the library's own", "a transport"])
@pytest.mark.parametrize("end", ["client.close()", "pass"], ids=["closed", "left open"])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_does_not_wait_for_threads_of_its_parent(transport: str, end: str) -> None:
    # One that is left open is closed at the interpreter's end, if it is the library's own; the other warns.
    if transport is HOSTED and end == "pass":
        end = "client._closed = True"
    said = python(FORKED.replace("    TRANSPORT\n", transport.lstrip("\n")).replace("END", end))
    assert said.split() == ["0", "True"]
