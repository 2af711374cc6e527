"""asset_token: jose verifies what the device signs, and what the flow calls verified."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from conftest import pem_of
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from product import run
from servers import HERE, Certificate
from tap import Fields, Tap

AUDIENCE = "https://devices.example.com"
AT_MOST_S = 60.0
ASSET = {"Name": "Lamp 7", "SerialNumber": "SN-7"}


class AssetOrg(Tap):
    """Issues an asset token for the key in the actor token, signed by PyJWT with the key of the TLS certificate."""

    def __init__(self, certificate: Certificate) -> None:
        super().__init__(certificate)
        self._key = Path(certificate.key_file).read_text()
        self.issued = ""

    def _respond(self, path: str, fields: Fields, headers: dict[str, str]) -> tuple[int, bytes]:
        actor = jwt.decode(dict(fields)["actor_token"], options={"verify_signature": False})
        now = int(time.time())
        claims = {"iss": self.site, "did": actor["did"], "aud": [AUDIENCE], "nbf": now, "exp": now + 180, "cnf": actor["cnf"]}
        self.issued = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "assetTokens"})
        kind = "urn:ietf:params:oauth:token-type:jwt"
        return 200, json.dumps({"access_token": self.issued, "issued_token_type": kind, "token_type": "Bearer"}).encode()


@pytest.fixture
def org(certificate: Certificate) -> Iterator[AssetOrg]:
    out = AssetOrg(certificate)
    yield out
    out.stop()


def by_jose(**asked: str) -> dict[str, Any]:
    command = ["node", str(HERE / "verify_device.mjs")]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=AT_MOST_S, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_jose_verifies_both_tokens(org: AssetOrg, certificate: Certificate) -> None:
    device = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = Path(certificate.file).read_text()
    settings = {"site": org.site, "client_id": "3MVG9.interop", "ca_file": certificate.file}
    parameters = {
        "subject_token": "00Dxx!token",
        "device_key": pem_of(device),
        "did": "lamp-7",
        "name": 'Lamp "7" \u00fc',
        "asset": json.dumps(ASSET),
        "asset_token_certificate": pem,
        "asset_token_audience": AUDIENCE,
    }
    result = run("asset_token", settings, parameters).result
    (sent,) = org.seen
    assert sent.names == ["grant_type", "subject_token", "subject_token_type", "actor_token", "actor_token_type"]
    said = by_jose(actor=sent["actor_token"], asset=result["asset_token"], certificate=pem, audience=AUDIENCE)
    assert said["actor"]["header"] == {"alg": "RS256", "kid": "devicekey"}
    claims = said["actor"]["claims"]
    assert (claims["did"], claims["Name"], claims["Asset"]) == ("lamp-7", parameters["name"], ASSET)
    assert claims["cnf"]["jwk"]["kid"] == "devicekey"
    assert result["verified"] is True
    assert result["did"] == "lamp-7"
    assert said["thumbprints"] == [result["key_thumbprint"]] * 2


def test_another_certificate(org: AssetOrg, certificate: Certificate, app_key: rsa.RSAPrivateKey) -> None:
    settings = {"site": org.site, "client_id": "3MVG9.interop", "ca_file": certificate.file}
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = app_key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    parameters = {
        "subject_token": "00Dxx!token",
        "device_key": pem_of(app_key),
        "did": "lamp-7",
        "asset_token_certificate": public,
    }
    assert run("asset_token", settings, parameters).error["reason"] == "bad_signature"
