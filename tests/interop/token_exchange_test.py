"""token_exchange against mock-oauth2-server: the subject token is one of its own."""

from __future__ import annotations

import jwt
import pytest
from mock_server import MockServer
from product import run
from servers import Certificate

SCOPE = "read"


@pytest.fixture
def settings(mock_server: MockServer, certificate: Certificate) -> dict[str, str]:
    return {
        "site": mock_server.site,
        "client_id": "app",
        "client_secret": "any",
        "ca_file": certificate.file,
        "jwks_path": "/services/oauth2/jwks",
    }


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
@pytest.mark.parametrize("kind", ["jwt", "access_token", "id_token"])
def test_exchanges(mock_server: MockServer, settings: dict[str, str], kind: str, method: str) -> None:
    subject = mock_server.token_of("lena")
    given = {"subject_token": subject, "subject_token_type": kind}
    tokens = run("token_exchange", {**settings, "token_endpoint_auth_method": method}, given).result
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["sub"] == "lena"
    assert tokens["access_token"] != subject
    assert tokens["token_type"] == "Bearer"


def test_a_well_signed_token_of_another_issuer_is_refused(mock_server: MockServer, settings: dict[str, str]) -> None:
    # Its keys verify the token's signature; it calls itself by its path, which is not the site.
    given = {"subject_token": mock_server.token_of("lena"), "subject_token_type": "jwt"}
    outcome = run("token_exchange", {**settings, "verify_jwt": "true"}, given)
    assert (outcome.error["kind"], outcome.error["reason"]) == ("PROTOCOL", "another_issuer")


def test_what_is_no_token_is_refused_by_the_server(settings: dict[str, str]) -> None:
    given = {"subject_token": "not-a-jwt", "subject_token_type": "jwt"}
    outcome = run("token_exchange", settings, given)
    assert outcome.error["kind"] == "REFUSED"
