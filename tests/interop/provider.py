"""oidc-provider (npm) as the org: provider.mjs puts its endpoints where Salesforce has them."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from servers import CALLBACK, HERE, Browser, Certificate, Child, Request

INITIAL_ACCESS_TOKEN = "initial-access-token-of-the-test"
SECRET = "a secret with : & = % + in it"
CODE_GRANTS = ["authorization_code", "refresh_token"]
BY_SECRET = ("client_secret_post", "client_secret_basic")
# How an app proves itself, and its name at the provider.
CLIENTS = {
    **{method: f"app-{method}" for method in (*BY_SECRET, "private_key_jwt", "none")},
}


def jwk_of(key: rsa.RSAPrivateKey | rsa.RSAPublicKey, **members: str) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(key, as_dict=True), "alg": "RS256", "use": "sig", **members}


def clients(app_key: rsa.RSAPrivateKey) -> list[dict[str, Any]]:
    out = []
    for method, name in CLIENTS.items():
        client: dict[str, Any] = {
            "client_id": name,
            "redirect_uris": [CALLBACK],
            "response_types": ["code"],
            "grant_types": [*CODE_GRANTS, *(["client_credentials"] if method in BY_SECRET else [])],
            "token_endpoint_auth_method": method,
            "post_logout_redirect_uris": ["https://app.example.com/bye"],
        }
        if method in BY_SECRET:
            client["client_secret"] = SECRET
        if method == "private_key_jwt":
            public = jwk_of(app_key.public_key())
            public.pop("key_ops", None)
            client["jwks"] = {"keys": [public]}
        out.append(client)
    return out


class Provider(Child):
    def __init__(self, certificate: Certificate, app_key: rsa.RSAPrivateKey) -> None:
        signing = jwk_of(rsa.generate_private_key(public_exponent=65537, key_size=2048), kid="provider-1")
        signing.pop("key_ops", None)
        options = {
            "certificate": certificate.file,
            "key": certificate.key_file,
            "signing_key": signing,
            "initial_access_token": INITIAL_ACCESS_TOKEN,
            "clients": clients(app_key),
        }
        super().__init__(["node", HERE / "provider.mjs"], options)
        self.site = f"https://localhost:{self.said['port']}"
        self._certificate = certificate

    def settings(self, method: str, app_key_pem: str = "", **more: str) -> dict[str, str]:
        """The settings of the app that proves itself by this method."""
        out = {
            "site": self.site,
            "ca_file": self._certificate.file,
            "client_id": CLIENTS[method],
            "redirect_uri": CALLBACK,
            "scope": "openid profile email api",
            "token_endpoint_auth_method": method,
            # Without it RFC 7636 means `plain`; Salesforce means S256.
            "send_code_challenge_method": "true",
        }
        if method in BY_SECRET:
            out["client_secret"] = SECRET
        if method == "private_key_jwt":
            out["private_key"] = app_key_pem
        return {**out, **more}

    def seen(self, browser: Browser, path: str) -> list[Request]:
        """What has arrived at this path, the oldest first."""
        return [Request(**{**each, "fields": [(n, v) for n, v in each["fields"]]})
                for each in browser.get_json(f"{self.site}/seen") if each["path"] == path]  # fmt: skip
