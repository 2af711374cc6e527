"""jwt_bearer against mock-oauth2-server, which issues a token for the user whom the assertion names."""

from __future__ import annotations

from collections.abc import Iterator

import jwt
import pytest
from mock_server import MockServer
from product import run
from servers import Certificate
from tap import Fields, Tap

USER = "lena.ortiz@example.com"
CLIENT = "3MVG9.interop"


def with_scope(fields: Fields) -> Fields:
    """The server asks for a scope; Salesforce accepts none in this flow, and the app sends none."""
    return [*fields, ("scope", "api")]


@pytest.fixture
def between(mock_server: MockServer, certificate: Certificate) -> Iterator[Tap]:
    out = Tap(certificate, mock_server.site, with_scope)
    yield out
    out.stop()


@pytest.fixture
def settings(between: Tap, certificate: Certificate, app_key_pem: str) -> dict[str, str]:
    return {"site": between.site, "client_id": CLIENT, "ca_file": certificate.file, "private_key": app_key_pem}


def test_gets_a_token_for_the_user(between: Tap, settings: dict[str, str]) -> None:
    tokens = run("jwt_bearer", settings, {"username": USER}).result
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["sub"] == USER
    assert "refresh_token" not in tokens
    (sent,) = between.seen
    assert tokens["access_token"] != sent["assertion"]
