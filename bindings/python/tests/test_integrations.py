"""The flows of servers and devices, which show a person nothing, against the simulated org: each with Client and with
AsyncClient."""

from __future__ import annotations

import asyncio
import base64
import datetime
import hashlib
import json
import os
import ssl
import subprocess
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

import headlessid
import pytest
from headlessid.testing import SimulatedOrg

INTEGRATION = "integration@example.com"

Call = Callable[..., Any]


@pytest.fixture(params=["Client", "AsyncClient"])
def call(request: pytest.FixtureRequest) -> Call:
    """call(settings, method, **parameters): one flow on a client of its own."""

    def wait(settings: dict[str, Any], method: str, **parameters: Any) -> Any:
        with headlessid.Client(**settings) as client:
            return getattr(client, method)(**parameters)

    async def wait_for(settings: dict[str, Any], method: str, **parameters: Any) -> Any:
        async with headlessid.AsyncClient(**settings) as client:
            return await getattr(client, method)(**parameters)

    if request.param == "Client":
        return wait
    return lambda *given, **parameters: asyncio.run(wait_for(*given, **parameters))


def at_the_orgs_host(org: SimulatedOrg, app: headlessid.testing.SimulatedApp) -> dict[str, Any]:
    return {**org.client_settings(app), "site": org.origin}


def with_its_key(org: SimulatedOrg, site: str) -> dict[str, Any]:
    """Of the integration app, which signs assertions."""
    app = org.integration_app
    return {**org.client_settings(app), "site": site, "private_key": app.private_key}


def name_of(org: SimulatedOrg, call: Call, access_token: str) -> str:
    name: str = call(org.client_settings(), "userinfo", access_token=access_token).preferred_username
    return name


def test_token_exchange(org: SimulatedOrg, call: Call) -> None:
    lena = org.users[0].username
    settings = org.client_settings(org.private_app)
    given = {"subject_token_type": "access_token", "token_handler": "ExampleHandler"}
    got = call(settings, "exchange_token", subject_token=lena, scope=["api", "openid"], **given)
    assert got.scope == ("api", "openid") and name_of(org, call, got.access_token) == lena
    with pytest.raises(headlessid.HeadlessIdError) as refused:
        call(settings, "exchange_token", subject_token="unknown@example.com", **given)
    assert refused.value.kind == "REFUSED" and "unknown@example.com" not in repr(refused.value)


def test_hybrid_token_exchange_and_hybrid_refresh(org: SimulatedOrg, call: Call) -> None:
    scopes = ["api", "openid", "web", "lightning", "refresh_token"]
    client_id = org.private_app.client_id
    org.change({"apps": [{"client_id": client_id, "scopes": scopes, "is_named_user_jwt_enabled": False}]})
    settings = at_the_orgs_host(org, org.private_app)
    given = {"subject_token": org.users[0].username, "subject_token_type": "access_token", "scope": scopes}
    first = call(settings, "exchange_hybrid_token", **given)
    assert isinstance(first, headlessid.HybridTokenSet) and first.cookies_json()
    again = call(settings, "hybrid_refresh", refresh_token=first.refresh_token)
    assert again.lightning_sid and again.lightning_sid != first.lightning_sid
    assert again.lightning_sid not in repr(again) and name_of(org, call, again.access_token) == org.users[0].username


@pytest.mark.parametrize("at", ["site", "origin"])
def test_jwt_bearer(org: SimulatedOrg, call: Call, at: str) -> None:
    settings = with_its_key(org, getattr(org, at))
    got = call(settings, "jwt_bearer", username=INTEGRATION)
    assert "user_registration_api" in got.scope and got.refresh_token is None
    with pytest.raises(headlessid.AdminActionRequired):
        call(settings, "jwt_bearer", username="unapproved@example.com")


def test_saml_bearer(org: SimulatedOrg, call: Call) -> None:
    got = call(with_its_key(org, org.origin), "saml_bearer", username=INTEGRATION)
    assert "user_registration_api" in got.scope and got.refresh_token is None
    with pytest.raises(headlessid.ArgumentError) as refused:
        call(with_its_key(org, org.origin), "saml_bearer")
    assert refused.value.field in ("assertion", "username")


def ask_org(org: SimulatedOrg, what: str) -> dict[str, Any]:
    """As an admin sees it in Setup."""
    context = ssl.create_default_context(cafile=org.ca_file)
    with urllib.request.urlopen(f"{org.origin}/__sim/{what}", context=context, timeout=10) as response:
        found: dict[str, Any] = json.load(response)
        return found


def signed(org: SimulatedOrg, assertion: str, id_: str, where: str) -> str:
    """An assertion in canonical form, with the enveloped signature of the org's identity provider in front of `where`."""
    c14n = "http://www.w3.org/2001/10/xml-exc-c14n#"
    digest = base64.b64encode(hashlib.sha256(assertion.encode()).digest()).decode()
    info = (
        f'<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorithm="{c14n}">'
        '</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256">'
        f'</ds:SignatureMethod><ds:Reference URI="#{id_}"><ds:Transforms><ds:Transform '
        'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>'
        f'<ds:Transform Algorithm="{c14n}"></ds:Transform></ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
    key = os.memfd_create("key")
    os.write(key, ask_org(org, "saml_sso")["private_key"].encode())
    command = ["openssl", "dgst", "-sha256", "-sign", f"/proc/self/fd/{key}"]
    signature = subprocess.run(command, input=info.encode(), stdout=subprocess.PIPE, check=True, pass_fds=[key]).stdout
    os.close(key)
    value = base64.b64encode(signature).decode()
    element = f'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
    return assertion.replace(where, f"{element}</ds:Signature>{where}")


def saml_response(org: SimulatedOrg) -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    at, until = (each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in (now, now + datetime.timedelta(minutes=5)))
    id_ = f"_{uuid.uuid4().hex}"
    assertion = (
        f'<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id_}" IssueInstant="{at}" Version="2.0">'
        f"<saml:Issuer>https://idp.example.com</saml:Issuer><saml:Subject><saml:NameID>{org.users[0].username}</saml:NameID>"
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData '
        f'NotOnOrAfter="{until}" Recipient="{org.origin}"></saml:SubjectConfirmationData></saml:SubjectConfirmation>'
        f'</saml:Subject><saml:Conditions NotOnOrAfter="{until}"><saml:AudienceRestriction><saml:Audience>'
        "https://saml.salesforce.com</saml:Audience></saml:AudienceRestriction></saml:Conditions></saml:Assertion>"
    )
    inner = signed(org, assertion, id_, "<saml:Subject>")
    return f'<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r">{inner}</samlp:Response>'


def test_saml_assertion(org: SimulatedOrg, call: Call) -> None:
    settings = at_the_orgs_host(org, org.public_app)
    assertion = base64.b64encode(saml_response(org).encode()).decode()
    given = {"token_url": f"{org.origin}/services/oauth2/token?so=00DEx0000001abc", "assertion": assertion}
    assert name_of(org, call, call(settings, "saml_assertion", **given).access_token) == org.users[0].username
    with pytest.raises(headlessid.HeadlessIdError) as again:
        call(settings, "saml_assertion", **given)
    assert again.value.reason == "assertion_refused" and assertion not in repr(again.value)


def test_client_credentials(org: SimulatedOrg, call: Call) -> None:
    settings = at_the_orgs_host(org, org.integration_app)
    for method in ("client_secret_post", "client_secret_basic"):
        got = call({**settings, "token_endpoint_auth_method": method}, "client_credentials")
        assert got.access_token and "user_registration_api" in got.scope
    with pytest.raises(headlessid.AdminActionRequired) as wrong:
        call({**settings, "client_secret": "wrong"}, "client_credentials")
    assert wrong.value.reason == "invalid_client"


def test_username_password(org: SimulatedOrg, call: Call) -> None:
    lena = org.users[0]
    settings = at_the_orgs_host(org, org.private_app)
    org.change({"users": [{"username": lena.username, "security_token": "SecTok123"}]})
    given = {"username": lena.username, "password": lena.password}
    with pytest.raises(headlessid.HeadlessIdError) as refused:
        call(settings, "username_password", **given)
    assert refused.value.reason == "invalid_credentials"
    got = call(settings, "username_password", **given, security_token="SecTok123")
    assert got.access_token and got.refresh_token is None
    with headlessid.Client(**settings) as client:
        challenge = client.start_username_password(username=lena.username, security_token="SecTok123")
        assert challenge.asks == "password" and challenge.verify(lena.password).access_token


def test_asset_token(org: SimulatedOrg, call: Call) -> None:
    lena = org.users[0]
    session = call(org.client_settings(), "login", username=lena.username, password=lena.password, scope="api openid")
    given = {
        "subject_token": session.access_token,
        "device_key": org.integration_app.private_key,
        "did": "lamp-7",
        "asset": {"Name": "Lamp 7", "SerialNumber": "SN-7"},
    }
    settings = at_the_orgs_host(org, org.public_app)
    certificate = ask_org(org, "asset_tokens")["certificate"]
    got = call(settings, "asset_token", **given, asset_token_certificate=certificate)
    assert got.verified is True and got.did == "lamp-7" and got.key_thumbprint
    assert [each["SerialNumber"] for each in ask_org(org, "asset_tokens")["assets"]] == ["SN-7"]
    assert got.asset_token not in repr(got)


def test_discovery_and_jwks(org: SimulatedOrg, call: Call) -> None:
    settings = org.client_settings()
    found = call(settings, "discover")
    assert found.issuer == org.site and found.token_endpoint == f"{org.site}/services/oauth2/token"
    assert found.foreign_endpoints == ()
    assert call(settings, "discover", document="auth_configuration").document == "auth_configuration"
    keys = call(settings, "jwks")
    assert keys.kids and len(keys.jwks_json()["keys"]) == len(keys.kids)
    # What was fetched once saves every later client the request.
    lena = org.users[0]
    checking = {**settings, "verify_jwt": True, "jwks": keys.jwks}
    assert call(checking, "login", username=lena.username, password=lena.password).access_token
    assert org.seen()["requests"]["keys"] == 1


def test_identity(org: SimulatedOrg, call: Call) -> None:
    lena = org.users[0]
    session = call(org.client_settings(), "login", username=lena.username, password=lena.password)
    who = call(org.client_settings(), "identity", access_token=session.access_token, id=session.id)
    assert who.username == lena.username and who.id == session.id
    with pytest.raises(headlessid.HeadlessIdError) as other:
        call(org.client_settings(), "identity", access_token=session.access_token, id=session.id[:-18] + "005Ex0000009xyzIAA")
    assert other.value.reason == "unknown_identity"
