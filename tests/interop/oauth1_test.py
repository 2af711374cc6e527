"""oauth1 against a provider made of oauthlib's endpoints, which check every signature, nonce and time themselves."""

from __future__ import annotations

import ssl
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from oauthlib.common import generate_token
from oauthlib.oauth1 import RequestValidator, WebApplicationServer
from product import Outcome, run, start
from servers import CALLBACK, Certificate

KEY = "3MVG9InteropKeyOfTheApp"
SECRET = "1234567890 with+a/few=odd&characters%"
REQUEST = "/_nc_external/system/security/oauth/RequestTokenHandler"
ACCESS = "/_nc_external/system/security/oauth/AccessTokenHandler"
PAGE = "/setup/secur/RemoteAccessAuthorizationPage.apexp"
LOGIN = "/services/OAuth/"


class Validator(RequestValidator):  # type: ignore[misc]
    """What oauthlib asks the provider: it does the rest."""

    allowed_signature_methods = ("HMAC-SHA1",)
    client_key_length = (20, 40)
    dummy_client = "dummy-client-key-000000"
    dummy_request_token = "dummy-request-token-000"
    dummy_access_token = "dummy-access-token-0000"

    def __init__(self) -> None:
        super().__init__()
        self.requests: dict[str, dict[str, Any]] = {}
        self.accesses: dict[str, str] = {}
        self.nonces: set[tuple[str, str]] = set()
        self.verified: list[tuple[str, str]] = []

    def check_client_key(self, client_key: str) -> bool:
        return "." not in client_key

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == KEY

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return SECRET

    def validate_timestamp_and_nonce(
        self, client_key: str, timestamp: str, nonce: str, request: Any, request_token: Any = None, access_token: Any = None
    ) -> bool:
        fresh = (timestamp, nonce) not in self.nonces
        self.nonces.add((timestamp, nonce))
        return fresh

    def get_default_realms(self, client_key: str, request: Any) -> list[str]:
        return []

    def get_realms(self, token: str, request: Any) -> list[str]:
        return []

    def validate_requested_realms(self, client_key: str, realms: Any, request: Any) -> bool:
        return True

    def verify_realms(self, token: str, realms: Any, request: Any) -> bool:
        return True

    def validate_realms(self, client_key: str, token: str, request: Any, uri: Any = None, realms: Any = None) -> bool:
        return True

    def validate_redirect_uri(self, client_key: str, redirect_uri: str, request: Any) -> bool:
        return redirect_uri in (CALLBACK, "oob")

    def save_request_token(self, token: dict[str, str], request: Any) -> None:
        self.requests[token["oauth_token"]] = {"secret": token["oauth_token_secret"], "callback": request.redirect_uri}

    def verify_request_token(self, token: str, request: Any) -> bool:
        return token in self.requests

    def validate_request_token(self, client_key: str, token: str, request: Any) -> bool:
        return token in self.requests

    def get_request_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return str(self.requests.get(token, {}).get("secret", "none"))

    def get_redirect_uri(self, token: str, request: Any) -> str:
        return str(self.requests[token]["callback"])

    def save_verifier(self, token: str, verifier: dict[str, str], request: Any) -> None:
        self.requests[token]["verifier"] = verifier["oauth_verifier"]

    def validate_verifier(self, client_key: str, token: str, verifier: str, request: Any) -> bool:
        return bool(self.requests.get(token, {}).get("verifier") == verifier)

    def invalidate_request_token(self, client_key: str, request_token: str, request: Any) -> None:
        del self.requests[request_token]

    def save_access_token(self, token: dict[str, str], request: Any) -> None:
        self.accesses[token["oauth_token"]] = token["oauth_token_secret"]

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        return token in self.accesses

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return self.accesses.get(token, "none")


class Provider:
    def __init__(self, certificate: Certificate) -> None:
        self.validator = Validator()
        self.endpoints = WebApplicationServer(self.validator)
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                provider.post(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.file, certificate.key_file)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.site = f"https://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def post(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        asked = (self.site + handler.path, "POST", body, dict(handler.headers))
        if handler.path == REQUEST:
            _, said, status = self.endpoints.create_request_token_response(*asked)
        elif handler.path == ACCESS:
            _, said, status = self.endpoints.create_access_token_response(*asked)
        else:
            assert handler.path.startswith(LOGIN)
            good, request = self.endpoints.validate_protected_resource_request(*asked)
            assert request is None or request.verifier is None
            status = 200 if good else 401
            said = (
                f"<response><sandbox>true</sandbox><sessionId>session&amp;{generate_token()}</sessionId></response>"
                if good
                else ""
            )
        self.validator.verified.append((handler.path, str(status)))
        reply = (said or "oauth_problem=signature_invalid").encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(reply)))
        handler.end_headers()
        handler.wfile.write(reply)

    def approve(self, address: str) -> str:
        """What a person's browser does with the page: the address that it is sent to."""
        assert address.startswith(self.site + PAGE + "?"), address
        headers, _, status = self.endpoints.create_authorization_response(address, "GET", None, {})
        assert status in (200, 302)
        token = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))["oauth_token"]
        return str(headers.get("Location") or self.validator.requests[token]["verifier"])


@pytest.fixture
def provider(certificate: Certificate) -> Iterator[Provider]:
    out = Provider(certificate)
    yield out
    out.server.shutdown()
    out.server.server_close()


@pytest.fixture
def settings(provider: Provider, certificate: Certificate) -> dict[str, str]:
    return {
        "site": provider.site,
        "client_id": KEY,
        "client_secret": SECRET,
        "redirect_uri": CALLBACK,
        "ca_file": certificate.file,
    }


def approved(provider: Provider, settings: dict[str, str], **parameters: str) -> Outcome:
    with start("oauth1", settings, parameters) as running:
        return running.end(provider.approve(running.shown()))


def test_three_legs_and_the_login(provider: Provider, settings: dict[str, str]) -> None:
    result = approved(provider, settings).result
    assert result["session_id"].startswith("session&")
    assert result["oauth_token"] in provider.validator.accesses
    assert provider.validator.accesses[result["oauth_token"]] == result["oauth_token_secret"]
    assert provider.validator.verified == [(REQUEST, "200"), (ACCESS, "200"), (LOGIN + "u/67.0", "200")]
    assert len(provider.validator.nonces) == 3


def test_out_of_band(provider: Provider, settings: dict[str, str]) -> None:
    del settings["redirect_uri"]
    assert approved(provider, settings, oauth_callback="oob").result["sandbox"] is True


def test_token_of_an_earlier_flow(provider: Provider, settings: dict[str, str]) -> None:
    token = approved(provider, settings, token_only="true").result
    assert "session_id" not in token
    kept = {name: token[name] for name in ("oauth_token", "oauth_token_secret")}
    for _ in range(2):
        assert run("oauth1", settings, {**kept, "api": "c"}).result["session_id"]
    assert provider.validator.verified[2:] == [(LOGIN + "c/67.0", "200")] * 2


def test_wrong_secrets(provider: Provider, settings: dict[str, str]) -> None:
    error = run("oauth1", {**settings, "client_secret": "wrong"}).error
    assert (error["reason"], error["advice"]) == ("invalid_client", "FIX_ORG")
    token = approved(provider, settings, token_only="true").result["oauth_token"]
    error = run("oauth1", settings, {"oauth_token": token, "oauth_token_secret": "wrong"}).error
    assert error["reason"] == "invalid_client"
