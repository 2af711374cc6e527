"""discovery and jwks against oidc-provider: what it says of itself is where the flows go, and its keys verify its ID tokens."""

from __future__ import annotations

import json

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from product import run, start
from provider import Provider
from servers import Browser
from verifiers import public_jwk

ENDPOINTS = {
    "authorization_endpoint": "/services/oauth2/authorize",
    "token_endpoint": "/services/oauth2/token",
    "revocation_endpoint": "/services/oauth2/revoke",
    "introspection_endpoint": "/services/oauth2/introspect",
    "userinfo_endpoint": "/services/oauth2/userinfo",
    "registration_endpoint": "/services/oauth2/register",
    "end_session_endpoint": "/services/auth/idp/oidc/logout",
    "jwks_uri": "/id/keys",
}


def test_discovery(provider: Provider) -> None:
    found = run("discovery", provider.settings("none")).result
    assert found["issuer"] == provider.site
    assert {name: found[name] for name in ENDPOINTS} == {name: provider.site + path for name, path in ENDPOINTS.items()}
    assert "foreign_endpoints" not in found
    assert "refresh_token" in found["grant_types_supported"].split()
    assert found["code_challenge_methods_supported"] == "S256"


def test_another_issuer(provider: Provider) -> None:
    """The same server by another name is not the one that it says it is."""
    elsewhere = provider.site.replace("localhost", "127.0.0.1")
    error = run("discovery", provider.settings("none", site=elsewhere)).error
    assert (error["reason"], error["advice"]) == ("another_issuer", "FIX_ORG")


def test_jwks_verify_id_tokens(provider: Provider, browser: Browser) -> None:
    settings = provider.settings("none")
    found = run("jwks", settings).result
    assert found["kids"] == "provider-1"
    keys = jwt.PyJWKSet.from_dict(found["jwks"])
    with start("web_server", settings) as running:
        tokens = running.end(browser.visit(running.shown())).result
    claims = jwt.decode(
        tokens["id_token"],
        keys["provider-1"],
        algorithms=["RS256"],
        audience=settings["client_id"],
        issuer=run("discovery", settings).result["issuer"],
    )
    assert claims["sub"] == "lena"


def test_flow_checks_the_signature_itself(provider: Provider, browser: Browser, app_key: rsa.RSAPrivateKey) -> None:
    settings = provider.settings("none", verify_id_token="signature")
    with start("web_server", settings) as running:
        assert running.end(browser.visit(running.shown())).result["id_token_checked"] == "signature"
    another = {"keys": [{**public_jwk(app_key), "kid": "provider-1"}]}
    with start("web_server", settings, {"jwks": json.dumps(another)}) as running:
        assert running.end(browser.visit(running.shown())).error["reason"] == "bad_signature"
