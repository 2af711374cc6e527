"""The SAML assertion flow against the simulated org's own token endpoint."""

from __future__ import annotations

import base64
import datetime
import uuid

import pytest
from support import Org, run


def assertion_of(org: Org, *, minutes: int = 5, audience: str = "https://saml.salesforce.com", name: str | None = None) -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    until = (now + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f'<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r"><saml:Assertion '
        f'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{uuid.uuid4().hex}" Version="2.0"><saml:Subject>'
        f"<saml:NameID>{name or org.username}</saml:NameID><saml:SubjectConfirmation><saml:SubjectConfirmationData "
        f'NotOnOrAfter="{until}" Recipient="{org.said["origin"]}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions>'
        f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f"</saml:Assertion></samlp:Response>"
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


def test_an_address_without_its_query(org: Org) -> None:
    assert run("saml-assertion", "--json", env=settings_of(org, assertion_of(org), "")).error["reason"] == "invalid_request"


def test_an_assertion_is_sent_once(org: Org) -> None:
    org.control("fail", {"endpoint": "token", "drop": True})
    error = run("saml-assertion", "--json", env=settings_of(org, assertion_of(org))).error
    assert error["outcome_unknown"] is True
    seen = org.control("seen")
    assert seen["requests"]["token"] == 1 and list(seen["assertion_ids"].values()) == [1]
