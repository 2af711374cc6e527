"""What the app signs, as it arrives at a server, is what PyJWT, jose and Nimbus accept."""

from __future__ import annotations

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from product import run
from servers import Certificate
from tap import TOKENS, Tap
from verifiers import VERIFIERS

CLIENT = "3MVG9.interop"
USER = "lena.ortiz@example.com"


@pytest.fixture
def settings(tap: Tap, certificate: Certificate, app_key_pem: str) -> dict[str, str]:
    return {"site": tap.site, "client_id": CLIENT, "ca_file": certificate.file, "private_key": app_key_pem}


@pytest.mark.parametrize("name", VERIFIERS)
def test_client_assertion(tap: Tap, settings: dict[str, str], app_key: rsa.RSAPrivateKey, name: str) -> None:
    audience = f"{tap.site}/services/oauth2/token"
    proof = {"token_endpoint_auth_method": "private_key_jwt"}
    assert run("refresh", {**settings, **proof}, {"refresh_token": "5Aep"}).result["access_token"] == TOKENS["access_token"]
    (sent,) = tap.seen
    assert sent["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    claims = VERIFIERS[name](sent["client_assertion"], app_key, audience)
    assert (claims["iss"], claims["sub"]) == (CLIENT, CLIENT)
    assert 0 < claims["exp"] - time.time() <= 180
    refuses_all_else(name, sent["client_assertion"], app_key, audience)


@pytest.mark.parametrize("name", VERIFIERS)
def test_jwt_bearer(tap: Tap, settings: dict[str, str], app_key: rsa.RSAPrivateKey, name: str) -> None:
    assert run("jwt_bearer", settings, {"username": USER}).result["access_token"] == TOKENS["access_token"]
    (sent,) = tap.seen
    # No client_id, no secret, no scope: the assertion says it all.
    assert (sent.names, sent.authorization) == (["grant_type", "assertion"], None)
    assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = VERIFIERS[name](sent["assertion"], app_key, tap.site)
    assert (claims["iss"], claims["sub"]) == (CLIENT, USER)
    assert 0 < claims["exp"] - time.time() <= 180
    refuses_all_else(name, sent["assertion"], app_key, tap.site)


def refuses_all_else(name: str, token: str, key: rsa.RSAPrivateKey, audience: str) -> None:
    """The verifier does look: another audience and a changed signature fail."""
    verify = VERIFIERS[name]
    refusals = (jwt.InvalidTokenError, ValueError)
    with pytest.raises(refusals, match="(?i)aud"):
        verify(token, key, "https://elsewhere.example")
    head, body, signature = token.split(".")
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    with pytest.raises(refusals, match="(?i)signature"):
        verify(f"{head}.{body}.{changed}", key, audience)
