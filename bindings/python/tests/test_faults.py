"""What went wrong before a request could leave, as the transports on httpx say it: real servers on the loopback address."""

from __future__ import annotations

import asyncio
import datetime
import errno
import pickle
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import headlessid
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from headlessid.httpx_transport import AsyncHttpxTransport, HttpxTransport

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
Key = ec.EllipticCurvePrivateKey


class Authority:
    """A certificate authority, with its certificate as PEM."""

    def __init__(self, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._builder(self.name, self.key, NOW - DAY, NOW + DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.pem = made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def _builder(
        self, subject: x509.Name, key: Key, since: datetime.datetime, until: datetime.datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
        )

    def server(
        self,
        path: Path,
        host: str = "localhost",
        since: datetime.datetime = NOW - DAY,
        until: datetime.datetime = NOW + DAY,
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    ) -> ssl.SSLContext:
        """What a server of this name speaks TLS with."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key, since, until)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


class Server:
    """Listens on a port of its own. Each connection is read once, after TLS if there is any, sent `answer` and closed."""

    def __init__(self, context: ssl.SSLContext | None, response: bytes = b"", hangs_up: bool = False) -> None:
        self.context, self.response, self.hangs_up = context, response, hangs_up
        self.connections = 0
        self.read = b""

    def __enter__(self) -> Server:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Wakes accept(), which close() alone would not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            try:
                connection.settimeout(10)
                if self.hangs_up:
                    connection.recv(1)
                elif self.context is None:
                    connection.recv(65536)
                    connection.sendall(self.response)
                else:
                    connection = self.context.wrap_socket(connection, server_side=True)
                    self.read += connection.recv(65536)
                    connection.sendall(self.response)
            except OSError:
                pass
            finally:
                connection.close()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("An authority")


@pytest.fixture(scope="module")
def trust(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.pem)


Attempt = Callable[..., headlessid.HeadlessIdError]


@pytest.fixture(params=["sync", "async"])
def attempt(request: pytest.FixtureRequest, trust: ssl.SSLContext) -> Attempt:
    """What a login at this port fails with."""

    def through(port: int, host: str = "localhost", timeout: float = 20, **http: Any) -> headlessid.HeadlessIdError:
        settings: dict[str, Any] = {
            "site": f"https://{host}:{port}/shop",
            "client_id": "3MVG9Example.ClientId",
            "redirect_uri": "https://app.example.com/callback",
        }
        who: dict[str, Any] = {"username": "lena@example.com", "password": "P4ss+w&rd=1:x", "timeout": timeout}

        def plainly() -> None:
            with httpx.Client(verify=trust, trust_env=False, **http) as client:
                with headlessid.Client(**settings, transport=HttpxTransport(client)) as headless:
                    headless.login(**who)

        async def later() -> None:
            async with httpx.AsyncClient(verify=trust, trust_env=False, **http) as client:
                async with headlessid.AsyncClient(**settings, transport=AsyncHttpxTransport(client)) as headless:
                    await headless.login(**who)

        with pytest.raises(headlessid.HeadlessIdError) as failed:
            if request.param == "sync":
                plainly()
            else:
                asyncio.run(later())
        assert failed.value.kind == "TRANSPORT"
        assert "P4ss" not in str(failed.value)
        return failed.value

    return through


def assert_lasting(error: headlessid.HeadlessIdError, reason: str, field: str | None) -> None:
    """Nothing was sent, and the caller is not told to try again."""
    assert (error.reason, error.field, error.outcome_unknown) == (reason, field, False), repr(error)
    assert not isinstance(error, headlessid.TransientError) and not error.is_retryable
    assert isinstance(error, headlessid.ArgumentError) == (field is not None)
    assert type(error) is (headlessid.HeadlessIdError if field is None else headlessid.ArgumentError)
    assert error.hint


def assert_passing(error: headlessid.HeadlessIdError, reason: str) -> None:
    assert (error.reason, error.outcome_unknown, error.is_retryable) == (reason, False, True), repr(error)
    assert isinstance(error, headlessid.TransientError)


# ---- certificates ----


@pytest.mark.parametrize(
    ("made", "reason", "field"),
    [
        ({"host": "other.example"}, "wrong_certificate", "site"),
        ({"since": NOW - 3 * DAY, "until": NOW - DAY}, "expired_certificate", None),
        ({"since": NOW + DAY, "until": NOW + 3 * DAY}, "expired_certificate", None),
        ({"purpose": ExtendedKeyUsageOID.CLIENT_AUTH}, "bad_certificate", None),
    ],
    ids=["wrong name", "expired", "not yet valid", "not for servers"],
)
def test_certificate_that_is_refused(
    attempt: Attempt, authority: Authority, tmp_path: Path, made: dict[str, Any], reason: str, field: str | None
) -> None:
    with Server(authority.server(tmp_path / "server.pem", **made)) as server:
        assert_lasting(attempt(server.port), reason, field)
    assert (server.connections, server.read) == (1, b"")


def test_certificate_for_another_address(attempt: Attempt, authority: Authority, tmp_path: Path) -> None:
    with Server(authority.server(tmp_path / "server.pem")) as server:
        assert_lasting(attempt(server.port, host="127.0.0.1"), "wrong_certificate", "site")
    assert (server.connections, server.read) == (1, b"")


def test_authority_that_is_not_trusted(attempt: Attempt, tmp_path: Path) -> None:
    with Server(Authority("Another authority").server(tmp_path / "server.pem")) as server:
        assert_lasting(attempt(server.port), "untrusted_certificate", "ca_file")
    assert (server.connections, server.read) == (1, b"")


def test_certificate_signed_by_itself(attempt: Attempt, tmp_path: Path) -> None:
    itself = Authority("localhost")
    (tmp_path / "server.pem").write_text(
        itself.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        + itself.pem
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with Server(context) as server:
        assert_lasting(attempt(server.port), "untrusted_certificate", "ca_file")
    assert (server.connections, server.read) == (1, b"")


# ---- before TLS ----


def test_server_that_speaks_no_tls(attempt: Attempt) -> None:
    with Server(None, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as server:
        assert_lasting(attempt(server.port), "tls_failed", None)
    assert server.connections == 1


def test_server_that_hangs_up_in_the_handshake(attempt: Attempt) -> None:
    with Server(None, hangs_up=True) as server:
        assert_passing(attempt(server.port), "no_connection")


def test_port_without_a_listener(attempt: Attempt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port: int = gone.getsockname()[1]
    assert_passing(attempt(port, host="127.0.0.1"), "no_connection")


@pytest.mark.parametrize(
    ("code", "reason"),
    [(socket.EAI_NONAME, "no_host"), (socket.EAI_AGAIN, "no_name_server"), (socket.EAI_FAIL, "no_name_server")],
)
def test_name_that_is_not_found(attempt: Attempt, monkeypatch: pytest.MonkeyPatch, code: int, reason: str) -> None:
    asked = []

    def look_up(host: Any, *_: Any, **__: Any) -> Any:
        asked.append(host)
        raise socket.gaierror(code, "as the resolver says it")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    error = attempt(443, host="no-such-host.example")
    if reason == "no_host":
        assert_lasting(error, reason, "site")
        assert len(asked) == 1
    else:
        assert_passing(error, reason)


def test_what_the_application_was_handling_is_no_reason(attempt: Attempt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port: int = gone.getsockname()[1]
    try:
        raise OSError(errno.EMFILE, "something of the application's")
    except OSError:
        assert_passing(attempt(port, host="127.0.0.1"), "no_connection")


# ---- proxies ----


@pytest.mark.parametrize(("status", "words"), [(407, "Proxy Authentication Required"), (403, "Forbidden")])
def test_proxy_that_refuses(attempt: Attempt, status: int, words: str) -> None:
    with Server(None, f"HTTP/1.1 {status} {words}\r\nContent-Length: 0\r\n\r\n".encode()) as proxy:
        error = attempt(443, host="acme.my.site.com", proxy=f"http://127.0.0.1:{proxy.port}")
    assert_lasting(error, "proxy_refused", "proxy")
    assert str(status) in error.message
    assert proxy.connections == 1


def test_proxy_that_fails(attempt: Attempt) -> None:
    with Server(None, b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") as proxy:
        error = attempt(443, host="acme.my.site.com", proxy=f"http://127.0.0.1:{proxy.port}")
    assert_passing(error, "proxy_failed")


def test_proxy_that_is_not_there(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port: int = gone.getsockname()[1]
    assert_passing(attempt(443, host="acme.my.site.com", proxy=f"http://127.0.0.1:{port}"), "proxy_failed")
    # Not the site's name: the proxy's does not exist.
    monkeypatch.setattr(socket, "getaddrinfo", raising(socket.gaierror(socket.EAI_NONAME, "unknown")))
    assert_passing(attempt(443, host="acme.my.site.com", proxy="http://proxy.example:3128"), "proxy_failed")


def raising(error: Exception) -> Callable[..., Any]:
    def call(*_: Any, **__: Any) -> Any:
        raise error

    return call


# ---- what may have been sent ----


def test_server_that_hangs_up_after_the_request(attempt: Attempt, authority: Authority, tmp_path: Path) -> None:
    with Server(authority.server(tmp_path / "server.pem")) as server:
        error = attempt(server.port)
    assert (error.advice, error.outcome_unknown) == ("RESTART", True)
    assert server.connections == 1 and b"POST /shop/services/oauth2/authorize" in server.read


def test_transport_that_sends_and_then_cannot_connect(authority: Authority, trust: ssl.SSLContext, tmp_path: Path) -> None:
    """A layer of the application's that tries again: its last error is not the whole story."""

    class Again(httpx.HTTPTransport):
        last: httpx.TransportError

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            try:
                return super().handle_request(request)
            except httpx.TransportError:
                raise self.last from None

    for Again.last in (
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("late"),
        httpx.PoolTimeout("full"),
        httpx.ProxyError("407 Proxy Authentication Required"),
    ):
        with Server(authority.server(tmp_path / "server.pem")) as server, httpx.Client(transport=Again(verify=trust)) as http:
            app = headlessid.App(
                site=f"https://localhost:{server.port}", client_id="x", redirect_uri="https://app.example.com/callback"
            )
            with headlessid.Flow(app, "login", {"username": "a", "password": "b"}) as flow:
                with pytest.raises(headlessid.HeadlessIdError) as failed:
                    headlessid.run(flow, HttpxTransport(http))
        assert (failed.value.advice, failed.value.outcome_unknown) == ("RESTART", True)
        assert server.connections == 1


# ---- what any transport can say ----


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the flow waits, its clock moves on at once."""
    now = [time.time_ns()]
    monkeypatch.setattr(time, "time_ns", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + int(seconds * 1e9) + 1_000_000))


def fault(app: headlessid.App, raised: Exception) -> headlessid.HeadlessIdError:
    def send(step: headlessid.Send) -> headlessid.HttpResponse:
        raise raised

    with headlessid.Flow(app, "login", {"username": "a", "password": "b"}) as flow:
        with pytest.raises(headlessid.HeadlessIdError) as failed:
            headlessid.run(flow, send)
    assert failed.value.__cause__ is raised
    return failed.value


def words() -> Iterator[str]:
    header = Path(__file__).resolve().parents[3] / "capi" / "include" / "headlessid" / "headlessid.h"
    about = header.read_text(encoding="utf-8").split("reason is one of", 1)[1].split("(docs/errors.md)")[0]
    return (each for each in about.split('"')[1::2])


@pytest.mark.usefixtures("no_waiting")
def test_reasons_are_those_of_the_library(app: headlessid.App) -> None:
    # The names of types are there for type checkers alone.
    source = Path(headlessid.__file__).with_name("_errors.py").read_text(encoding="utf-8")
    typed = eval("Literal[" + source.split("Fault = Literal[", 1)[1].split("]")[0] + "]", {"Literal": Literal})
    assert set(get_args(typed)) == set(words())
    for reason in words():
        assert fault(app, headlessid.RequestNotSent(reason=reason)).reason == reason  # type: ignore[arg-type]


@pytest.mark.usefixtures("no_waiting")
def test_reason_of_what_may_have_left(app: headlessid.App) -> None:
    error = fault(app, headlessid.NoResponseError(reason="cut_off"))
    assert (error.reason, error.advice, error.outcome_unknown) == ("cut_off", "RESTART", True)
    error = fault(app, headlessid.NoResponseError("a text that is not shown", why="the line went dead"))
    assert (error.reason, error.outcome_unknown, error.message) == ("no_response", True, "the line went dead")
    error = fault(app, headlessid.RequestNotSent(reason="bad_certificate", why="the key is short"))
    assert (error.reason, error.outcome_unknown, error.message) == ("bad_certificate", False, "the key is short")


def test_reason_that_there_is_not(app: headlessid.App) -> None:
    with headlessid.Flow(app, "login", {"username": "a", "password": "b"}) as flow:
        step = flow.next()
        with pytest.raises(headlessid.ArgumentError) as refused:
            flow.give_no_response("no", reason="made_up")  # type: ignore[arg-type]
        assert refused.value.field == "reason"
        assert flow.next() == step
        flow.give_no_response("no", reason="wrong_certificate")
        failed = flow.next()
        assert isinstance(failed, headlessid.Failed) and failed.error.reason == "wrong_certificate"


@pytest.mark.usefixtures("no_waiting")
def test_many_open_files(app: headlessid.App) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x") from OSError(errno.EMFILE, "Too many open files")

    with httpx.Client(transport=httpx.MockTransport(handle)) as http:
        with headlessid.Flow(app, "login", {"username": "a", "password": "b"}) as flow:
            with pytest.raises(headlessid.TransientError) as failed:
                headlessid.run(flow, HttpxTransport(http))
    assert_passing(failed.value, "no_descriptors")


def test_pickled(app: headlessid.App) -> None:
    for kind in (headlessid.NoResponseError, headlessid.RequestNotSent):
        back = pickle.loads(pickle.dumps(kind("a", reason="no_host", why="b")))
        assert (type(back), back.args, back.reason, back.why) == (kind, ("a",), "no_host", "b")
