"""The adapters of sessions, against servers on loopback that refuse a token at the right and at the wrong moments."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import headlessid
import httpx
import pytest
from conftest import leaving_nothing
from headlessid.stores import MemoryStore
from headlessid.testing import SimulatedOrg
from sessions_support import KEYS, refreshes, sign_in

FIRST, SECOND = "00D!first.token", "00D!second.token"


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left(running_org: SimulatedOrg) -> Iterator[None]:
    with leaving_nothing():
        yield


class Api:
    """Accepts some tokens; what it has received is in `seen`: method, path, token, body."""

    def __init__(self) -> None:
        self.good = {SECOND}
        self.seen: list[tuple[str, str, str | None, bytes]] = []
        self.redirects: dict[str, str] = {}
        self.redirects_after_auth: dict[str, str] = {}
        self.redirect_status = 307
        self.bulk: list[str | None] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self) -> None:
                body = self._body()
                given = self.headers.get("Authorization")
                token = given.removeprefix("Bearer ") if given else self.headers.get("X-SFDC-Session")
                api.seen.append((self.command, self.path, token, body))
                api.bulk.append(self.headers.get("X-SFDC-Session"))
                if self.path in api.redirects:
                    self._send(api.redirect_status, b"", Location=api.redirects[self.path])
                elif token in api.good and self.path in api.redirects_after_auth:
                    self._send(api.redirect_status, b"", Location=api.redirects_after_auth[self.path])
                elif token in api.good:
                    self._send(200, json.dumps({"records": [], "totalSize": 0, "done": True}).encode())
                else:
                    self._send(401, b'[{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]')

            do_GET = do_POST = do_PATCH = respond

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def _send(self, status: int, body: bytes, **headers: str) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *given: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def tokens(self) -> list[str | None]:
        return [token for _, _, token, _ in self.seen]

    def bodies(self) -> list[bytes]:
        return [body for *_, body in self.seen]


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    yield made
    made.close()


@pytest.fixture
def other() -> Iterator[Api]:
    made = Api()
    made.good = {FIRST, SECOND}
    yield made
    made.close()


class Fake:
    """What an adapter uses of a Session."""

    def __init__(self, instance_url: str | None = None) -> None:
        self.current = FIRST
        self.rejections: list[str] = []
        self.instance_url = instance_url
        self.fails: Exception | None = None

    def access_token(self, min_ttl: float = 0) -> str:
        return self.current

    def token(self, min_ttl: float = 0) -> headlessid.SessionToken:
        given = {"access_token": self.current, "refreshed": "false", "instance_url": self.instance_url or ""}
        return headlessid.SessionToken._of({name: value for name, value in given.items() if value})

    def rejected(self, access_token: str, min_ttl: float = 0) -> str:
        self.rejections.append(access_token)
        if self.fails is not None:
            # Not the object itself, which would keep the frames that it comes through.
            raise type(self.fails)(*self.fails.args)
        self.current = SECOND
        return SECOND


class AsyncFake(Fake):
    async def access_token(self, min_ttl: float = 0) -> str:  # type: ignore[override]
        return super().access_token(min_ttl)

    async def token(self, min_ttl: float = 0) -> headlessid.SessionToken:  # type: ignore[override]
        return super().token(min_ttl)

    async def rejected(self, access_token: str, min_ttl: float = 0) -> str:  # type: ignore[override]
        return super().rejected(access_token, min_ttl)


class Call:
    """One request by one of the libraries: its status, and what was raised."""

    def __init__(self, library: str, api: Api) -> None:
        self.library = library
        self.fake = AsyncFake(api.url) if library in ("httpx async", "aiohttp") else Fake(api.url)

    def __call__(self, method: str, url: str, body: Any = None, **options: Any) -> int:
        if self.library == "httpx":
            from headlessid.adapters.httpx import SessionAuth

            with httpx.Client(auth=SessionAuth(self.fake), follow_redirects=True) as client:  # type: ignore[arg-type]
                return client.request(method, url, **({"content": body} if body is not None else options)).status_code
        if self.library == "httpx async":
            return asyncio.run(self._httpx(method, url, body, options))
        if self.library == "requests":
            import requests
            from headlessid.adapters.requests import RequestsAuth

            with requests.Session() as session:
                session.trust_env = False
                session.auth = RequestsAuth(self.fake)  # type: ignore[arg-type]
                return session.request(method, url, data=body, **options).status_code
        return asyncio.run(self._aiohttp(method, url, body, options))

    async def _httpx(self, method: str, url: str, body: Any, options: Any) -> int:
        from headlessid.adapters.httpx import SessionAuth

        async with httpx.AsyncClient(auth=SessionAuth(self.fake), follow_redirects=True) as client:  # type: ignore[arg-type]
            return (await client.request(method, url, **({"content": body} if body is not None else options))).status_code

    async def _aiohttp(self, method: str, url: str, body: Any, options: Any) -> int:
        import aiohttp
        from headlessid.adapters.aiohttp import middleware

        async with aiohttp.ClientSession(middlewares=[middleware(self.fake)]) as client:  # type: ignore[arg-type]
            async with client.request(method, url, data=body, **options) as response:
                return response.status


@pytest.fixture(params=["httpx", "httpx async", "requests", "aiohttp"])
def call(request: pytest.FixtureRequest, api: Api) -> Call:
    pytest.importorskip(request.param.split()[0])
    return Call(request.param, api)


def test_a_good_token_is_sent_once(call: Call, api: Api) -> None:
    api.good = {FIRST}
    assert call("GET", f"{api.url}/x") == 200
    assert api.tokens() == [FIRST] and not call.fake.rejections


@pytest.mark.parametrize("body", [None, b"", b"some bytes", b"x" * 200_000])
def test_a_rejected_token_is_replaced_and_the_request_sent_again(call: Call, api: Api, body: Any) -> None:
    assert call("POST", f"{api.url}/x", body) == 200
    assert api.tokens() == [FIRST, SECOND] and call.fake.rejections == [FIRST]
    assert api.bodies() == [body or b""] * 2


def test_it_is_sent_again_once(call: Call, api: Api) -> None:
    api.good = set()
    assert call("GET", f"{api.url}/x") == 401
    assert api.tokens() == [FIRST, SECOND] and call.fake.rejections == [FIRST]


def test_json_is_sent_again(call: Call, api: Api) -> None:
    assert call("POST", f"{api.url}/x", json={"a": 1}) == 200
    assert [json.loads(body) for body in api.bodies()] == [{"a": 1}] * 2


def test_a_file_is_sent_again_from_where_it_was(call: Call, api: Api, tmp_path: Path) -> None:
    if call.library.startswith("httpx"):
        pytest.skip("httpx reads a file as a stream")
    path = tmp_path / "f"
    path.write_bytes(b"0123456789" * 1000)
    with path.open("rb") as file:
        file.seek(5)
        assert call("POST", f"{api.url}/x", file) == 200
    assert api.bodies() == [path.read_bytes()[5:]] * 2


def chunks() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


async def async_chunks() -> AsyncIterator[bytes]:
    yield b"one"
    yield b"two"


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_a_header_of_the_callers_own_is_left_alone(call: Call, api: Api, name: str) -> None:
    # The session is not asked: a call would raise TypeError.
    call.fake.access_token = call.fake.token = call.fake.rejected = None  # type: ignore[method-assign, assignment]
    assert call("GET", f"{api.url}/x", headers={name: "Bearer the caller's"}) == 401
    assert api.tokens() == ["the caller's"] and not call.fake.rejections
    api.good = {"the caller's"}
    assert call("GET", f"{api.url}/x", headers={name: "Bearer the caller's"}) == 200


def test_a_request_that_httpx_sends_a_second_time_has_the_token_of_that_moment(api: Api) -> None:
    from headlessid.adapters.httpx import SessionAuth

    api.good = set()
    with httpx.Client(auth=SessionAuth(Fake())) as client:  # type: ignore[arg-type]
        request = client.build_request("POST", f"{api.url}/x", content=chunks())
        assert client.send(request).status_code == 401
        again = client.build_request("GET", f"{api.url}/x", headers=request.headers)
        assert client.send(again).status_code == 401 and api.tokens() == [FIRST, FIRST], (
            "a header that was copied is the caller's"
        )
        request = client.build_request("GET", f"{api.url}/x")
        client.send(request)
        client.send(request)
    assert api.tokens()[2:] == [SECOND, SECOND, SECOND, SECOND]


def test_the_modules_are_there_by_name() -> None:
    code = """
import headlessid
for name in ("aiohttp", "httpx", "requests", "simple_salesforce", "starlette"):
    assert name in dir(headlessid.adapters)
    assert getattr(headlessid.adapters, name).__name__ == "headlessid.adapters." + name
try:
    headlessid.adapters.nothing
except AttributeError as wrong:
    assert "nothing" in str(wrong)
else:
    raise SystemExit("an attribute that is not there")
"""
    for library in ("aiohttp", "httpx", "requests", "simple_salesforce", "starlette"):
        pytest.importorskip(library)
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_stream_is_not_sent_again(call: Call, api: Api) -> None:
    body = chunks() if call.library in ("httpx", "requests") else async_chunks()
    assert call("POST", f"{api.url}/x", body) == 401
    assert api.bodies() == [b"onetwo"] and call.fake.rejections == [FIRST]
    # The next one has the other token.
    assert call("GET", f"{api.url}/x") == 200 and api.tokens() == [FIRST, SECOND]


def test_a_stream_whose_token_cannot_be_replaced_has_its_401(call: Call, api: Api) -> None:
    call.fake.fails = headlessid.TransientError("later", "TRANSPORT", "RETRY_LATER", "store_fault")
    body = chunks() if call.library in ("httpx", "requests") else async_chunks()
    assert call("POST", f"{api.url}/x", body) == 401


def test_what_the_session_raises_is_raised(call: Call, api: Api) -> None:
    call.fake.fails = headlessid.UserActionRequired("over", "REFUSED", "SIGN_IN_AGAIN", "session_ended")
    with pytest.raises(headlessid.UserActionRequired):
        call("GET", f"{api.url}/x")
    assert api.tokens() == [FIRST]


def test_the_token_does_not_follow_a_redirect_to_another_host(call: Call, api: Api, other: Api) -> None:
    # Another name of this machine is another host.
    api.redirects["/x"] = f"http://localhost:{other.port}/y"
    assert call("GET", f"{api.url}/x") == 401
    assert api.tokens() == [FIRST] and other.tokens() == [None] and not call.fake.rejections


def test_the_token_follows_a_redirect_within_the_host(call: Call, api: Api) -> None:
    api.redirects["/x"] = "/y"
    api.good = {FIRST}
    assert call("POST", f"{api.url}/x", b"body") == 200
    assert api.tokens() == [FIRST, FIRST] and api.bodies() == [b"body"] * 2


def test_a_401_after_a_redirect_within_the_host(call: Call, api: Api) -> None:
    api.redirects["/x"] = "/y"
    # httpx would send the first request again, not the one that was rejected.
    assert call("GET", f"{api.url}/x") == (401 if call.library.startswith("httpx") else 200)
    assert call.fake.rejections == [FIRST]
    assert call("GET", f"{api.url}/x") == 200 and api.tokens()[-1] == SECOND and call.fake.rejections == [FIRST]


def test_what_has_been_carried_out_before_a_redirect_is_not_sent_again(call: Call, api: Api) -> None:
    api.redirects["/x"] = "/y"
    api.redirect_status = 303
    call("POST", f"{api.url}/x", b"order")
    assert [method for method, *_ in api.seen].count("POST") == 1 and api.bodies().count(b"order") == 1
    assert call.fake.rejections == [FIRST]


def test_a_401_of_a_host_that_never_got_the_token(call: Call, api: Api, other: Api) -> None:
    # To another host, and back: the token is gone by then.
    api.redirects["/x"] = f"http://localhost:{other.port}/y"
    other.redirects["/y"] = f"{api.url}/z"
    api.good = {FIRST}
    if call.library == "aiohttp":
        # It is shown the last request too.
        assert call("GET", f"{api.url}/x") == 200
    else:
        assert call("GET", f"{api.url}/x") == 401
    assert other.tokens() == [None] and not call.fake.rejections


@pytest.mark.parametrize("good", [FIRST, SECOND])
def test_the_token_of_the_bulk_api_does_not_follow_a_redirect_to_another_host(api: Api, other: Api, good: str) -> None:
    call = Call("requests", api)
    headers = {"X-SFDC-Session": "set by the adapter"}
    # The redirect comes after a retry too: the server rejects before it redirects.
    api.good = {good}
    api.redirects_after_auth = {"/x": f"http://localhost:{other.port}/y"}
    assert call("GET", f"{api.url}/x", headers=headers) == 401
    assert api.bulk == [FIRST, SECOND][: len(api.bulk)] and other.bulk == [None] and other.tokens() == [None]
    # Within the host it does.
    api.bulk.clear()
    api.redirects_after_auth = {"/x": "/y"}
    assert call("GET", f"{api.url}/x", headers=headers) == 200 and api.bulk[-1] == good


def test_aiohttp_sends_the_token_to_the_orgs_hosts_alone(api: Api, other: Api) -> None:
    pytest.importorskip("aiohttp")
    call = Call("aiohttp", api)
    assert call("GET", f"{other.url}/x") == 401
    assert other.tokens() == [None] and not call.fake.rejections

    async def main() -> int:
        import aiohttp
        from headlessid.adapters.aiohttp import middleware

        given = middleware(call.fake, origins=[other.url])  # type: ignore[arg-type]
        async with aiohttp.ClientSession(middlewares=[given]) as client, client.get(f"{other.url}/x") as response:
            return response.status

    assert asyncio.run(main()) == 200 and other.tokens() == [None, FIRST]


def test_multipart_is_sent_again(api: Api) -> None:
    from headlessid.adapters.httpx import SessionAuth

    for file, times in ((b"bytes", 2), (io.BytesIO(b"bytes"), 2), (Unseekable(b"bytes"), 1)):
        api.seen.clear()
        with httpx.Client(auth=SessionAuth(Fake())) as client:  # type: ignore[arg-type]
            status = client.post(f"{api.url}/x", files={"f": ("name", file)}).status_code
        assert len(api.seen) == times and status == (200 if times == 2 else 401)
        assert all(b"bytes" in body for body in api.bodies())


class Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False


def test_the_wrong_kind_of_session(api: Api) -> None:
    from headlessid.adapters.httpx import SessionAuth

    with httpx.Client(auth=SessionAuth(AsyncFake())) as client, pytest.raises(TypeError, match="AsyncClient"):  # type: ignore[arg-type]
        client.get(f"{api.url}/x")

    async def main() -> None:
        async with httpx.AsyncClient(auth=SessionAuth(Fake())) as client:  # type: ignore[arg-type]
            await client.get(f"{api.url}/x")

    with pytest.raises(TypeError, match="httpx.Client"):
        asyncio.run(main())
    assert not api.seen


def test_simple_salesforce(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("simple_salesforce")
    import requests
    from headlessid.adapters.simple_salesforce import connect

    # It always says https.
    plain = requests.adapters.HTTPAdapter()
    send = plain.send

    def over_http(request: Any, **options: Any) -> Any:
        request.url = request.url.replace("https://", "http://")
        return send(request, **options)

    monkeypatch.setattr(plain, "send", over_http)
    fake = Fake(api.url.replace("http://", "https://"))
    with requests.Session() as http:
        http.trust_env = False
        http.mount("https://", plain)
        salesforce = connect(fake, http=http, version="62.0")  # type: ignore[arg-type]
        assert salesforce.query("SELECT Id FROM Account")["totalSize"] == 0
        assert api.tokens() == [FIRST, SECOND] and fake.rejections == [FIRST]
        with contextlib.suppress(Exception):
            salesforce.bulk.Account.query("SELECT Id FROM Account")  # type: ignore[union-attr, arg-type]
        assert set(api.tokens()[2:]) == {SECOND}
        api.seen.clear()
        with contextlib.suppress(Exception):
            salesforce.restful("limits", headers={"Authorization": "Bearer the caller's"})
        assert api.tokens() == ["the caller's"] and fake.rejections == [FIRST]
    with pytest.raises(headlessid.StateError):
        connect(Fake())  # type: ignore[arg-type]


def test_fastapi(org: SimulatedOrg) -> None:
    pytest.importorskip("fastapi")
    from fastapi import Depends, FastAPI
    from headlessid.adapters.starlette import session_of, token_of

    tokens = sign_in(org, org.client_settings())

    async def main() -> None:
        async with headlessid.AsyncClient(**org.client_settings()) as client:
            store = MemoryStore()
            sessions = client.sessions(store, KEYS)
            await sessions.begin("s1", tokens)
            app = FastAPI()
            current = session_of(sessions, lambda request: request.cookies.get("sid"))
            token = token_of(sessions, lambda request: request.cookies.get("sid"))

            @app.get("/me")
            async def me(session: Any = Depends(current)) -> bool:  # noqa: B008
                return bool(await session.access_token() == tokens.access_token)

            @app.get("/token")
            async def of(token: Any = Depends(token)) -> Any:  # noqa: B008
                return {"uvid": token.uvid, "shown": dict(token)["access_token"]}

            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://app") as browser:
                assert (await browser.get("/me")).status_code == 401
                assert (await browser.get("/token", headers={"Cookie": "sid=s1"})).json()["shown"] == "•••"
                assert (await browser.get("/me", headers={"Cookie": "sid=s1"})).json() is True
                assert (await browser.get("/token", headers={"Cookie": "sid=unknown"})).status_code == 401
                sessions._store = Away()
                assert (await browser.get("/token", headers={"Cookie": "sid=s2"})).status_code == 503
            # FastAPI keeps what it has seen of a dependency, and with it the client.
            sessions._client = None

    asyncio.run(main())


class Away(MemoryStore):
    def load(self, key: bytes) -> Any:
        raise ConnectionError("away")


def test_a_real_session(org: SimulatedOrg, api: Api) -> None:
    tokens = sign_in(org, org.client_settings())
    api.good = NotThis(tokens.access_token)  # type: ignore[assignment]
    with headlessid.Client(**org.client_settings()) as client, httpx.Client() as http:
        session = client.sessions(MemoryStore(), KEYS).begin("u", tokens)
        assert http.get(f"{api.url}/x", auth=session.auth()).status_code == 200
        assert refreshes(org) == 1 and api.tokens() == [tokens.access_token, session.access_token()]
        assert tokens.access_token not in repr((session.auth(), session.requests_auth()))


class NotThis:
    def __init__(self, token: str) -> None:
        self._token = token

    def __contains__(self, token: object) -> bool:
        return token is not None and token != self._token
