"""navikt's mock-oauth2-server (Maven) as the org, for the grants that oidc-provider does not have."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from servers import HERE, JAVA, Certificate, Child

# A file on the loopback server's own disk.
PASSWORD = "for the test only"


class MockServer(Child):
    def __init__(self, certificate: Certificate) -> None:
        keystore = Path(certificate.file).with_name("keystore.p12")
        key = serialization.load_pem_private_key(Path(certificate.key_file).read_bytes(), None)
        assert isinstance(key, pkcs12.PKCS12PrivateKeyTypes)
        keystore.write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"server",
                key,
                x509.load_pem_x509_certificate(Path(certificate.file).read_bytes()),
                None,
                serialization.BestAvailableEncryption(PASSWORD.encode()),
            )
        )
        super().__init__([*JAVA, HERE / "MockServer.java"], {"keystore": str(keystore), "password": PASSWORD})
        self.site = f"https://localhost:{self.said['port']}"
        self._http = httpx.Client(verify=ssl.create_default_context(cafile=certificate.file), trust_env=False, timeout=60)

    def token_of(self, username: str) -> str:
        """A token that the server issued to this user: what an exchange begins with."""
        form = {"grant_type": "password", "username": username, "password": "any", "scope": "openid"}
        response = self._http.post(f"{self.site}/services/oauth2/token", data=form, auth=("idp", "any")).raise_for_status()
        return str(response.json()["access_token"])

    def stop(self) -> None:
        self._http.close()
        super().stop()
