"""The SAML assertion flow against the simulated org's own token endpoint."""

from __future__ import annotations

import base64
import datetime
import hashlib
import os
import subprocess
import uuid

import pytest
from support import Org, memory_file, path_of, run


def signed(org: Org, assertion: str, id_: str, key: str = "") -> str:
    """The assertion, which is written as canonical XML has it, with the identity provider's enveloped signature."""
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
    fd = memory_file(key or org.control("saml_sso")["private_key"])
    command = ["openssl", "dgst", "-sha256", "-sign", path_of(fd)]
    signature = subprocess.run(command, input=info.encode(), stdout=subprocess.PIPE, check=True, pass_fds=[fd]).stdout
    os.close(fd)
    return assertion.replace(
        "<saml:Subject>",
        f'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{info}<ds:SignatureValue>'
        f"{base64.b64encode(signature).decode()}</ds:SignatureValue></ds:Signature><saml:Subject>",
    )


def assertion_of(
    org: Org, *, minutes: int = 5, audience: str = "https://saml.salesforce.com", name: str | None = None, key: str = ""
) -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    at, until = (each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in (now, now + datetime.timedelta(minutes=minutes)))
    id_ = f"_{uuid.uuid4().hex}"
    assertion = (
        f'<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id_}" IssueInstant="{at}" Version="2.0">'
        f"<saml:Issuer>https://idp.example.com</saml:Issuer><saml:Subject><saml:NameID>{name or org.username}</saml:NameID>"
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData '
        f'NotOnOrAfter="{until}" Recipient="{org.said["origin"]}"></saml:SubjectConfirmationData></saml:SubjectConfirmation>'
        f'</saml:Subject><saml:Conditions NotOnOrAfter="{until}"><saml:AudienceRestriction><saml:Audience>{audience}'
        "</saml:Audience></saml:AudienceRestriction></saml:Conditions></saml:Assertion>"
    )
    return (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r">'
        f"{signed(org, assertion, id_, key)}</samlp:Response>"
    )


def settings_of(org: Org, assertion: str, query: str = "?so=00DEx0000001abc") -> dict[str, str]:
    return {
        **org.settings(),
        "HEADLESSID_SITE": org.said["origin"],
        "HEADLESSID_TOKEN_URL": org.said["origin"] + "/services/oauth2/token" + query,
        "HEADLESSID_ASSERTION": assertion,
    }


@pytest.mark.parametrize("as_base64", [True, False])
def test_a_session_without_an_app(org: Org, as_base64: bool) -> None:
    assertion = assertion_of(org)
    given = base64.encodebytes(assertion.encode()).decode() if as_base64 else assertion
    result = run("saml-assertion", "--json", env=settings_of(org, given)).result
    assert "refresh_token" not in result
    who = run("userinfo", "--json", env={**org.settings(), "HEADLESSID_ACCESS_TOKEN": result["access_token"]}).result
    assert who["preferred_username"] == org.username


def test_an_assertion_is_valid_once(org: Org) -> None:
    settings = settings_of(org, assertion_of(org))
    assert run("saml-assertion", "--json", env=settings).status == 0
    error = run("saml-assertion", "--json", env=settings).error
    assert error["reason"] == "assertion_refused"


@pytest.mark.parametrize("wrong", [{"minutes": -1}, {"audience": "https://other.example"}, {"name": "unknown@example.com"}])
def test_what_the_org_refuses_it_explains_on_a_page(org: Org, wrong: dict[str, object]) -> None:
    error = run("saml-assertion", "--json", env=settings_of(org, assertion_of(org, **wrong))).error  # type: ignore[arg-type]
    assert (error["reason"], error["server_code"]) == ("assertion_refused", "invalid_grant")
    assert error["server_text"] == f"invalid assertion; see {org.said['origin']}/setup/secur/SAMLValidationPage.apexp"
    assert "SamlSsoConfig" in error["hint"]


def test_an_assertion_that_another_key_signed(org: Org) -> None:
    another = next(app["private_key"] for app in org.said["apps"] if app["private_key"])
    error = run("saml-assertion", "--json", env=settings_of(org, assertion_of(org, key=another))).error
    assert (error["reason"], error["server_code"]) == ("assertion_refused", "invalid_grant")


def test_an_address_without_its_query(org: Org) -> None:
    assert run("saml-assertion", "--json", env=settings_of(org, assertion_of(org), "")).error["reason"] == "invalid_request"


def test_an_assertion_is_sent_once(org: Org) -> None:
    org.control("fail", {"endpoint": "token", "drop": True})
    error = run("saml-assertion", "--json", env=settings_of(org, assertion_of(org))).error
    assert error["outcome_unknown"] is True
    seen = org.control("seen")
    assert seen["requests"]["token"] == 1 and list(seen["assertion_ids"].values()) == [1]
