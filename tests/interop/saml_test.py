"""The SAML assertion that saml_bearer makes: xmlsec1 verifies its signature, and it has the shape that the schemas of OASIS ask for."""

from __future__ import annotations

import base64
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from product import run
from saml2.xml.schema import XMLSchemaError, validate
from servers import Certificate
from tap import TOKENS, Tap

CLIENT = "3MVG9.interop&co"
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
AT_MOST_S = 60.0
NAMES = [
    "lena.ortiz@example.com",
    'o\'hara & <sons> "ü" ]]>@example.com',
    "\N{GRINNING FACE} &amp;amp; &#xD; \u0085\u2028@example.com",
    "</saml:NameID><saml:NameID>admin@example.com",
]


@pytest.fixture
def settings(tap: Tap, certificate: Certificate, app_key_pem: str) -> dict[str, str]:
    return {"site": tap.site, "client_id": CLIENT, "ca_file": certificate.file, "private_key": app_key_pem}


def sent_by(tap: Tap, settings: dict[str, str], parameters: dict[str, str]) -> str:
    """The assertion as it arrived."""
    assert run("saml_bearer", settings, parameters).result["access_token"] == TOKENS["access_token"]
    (request,) = tap.seen
    assert request.names == ["grant_type", "assertion"]
    assert request["grant_type"] == "urn:ietf:params:oauth:grant-type:saml2-bearer"
    text = request["assertion"]
    assert not set(text) & set("+/=")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def is_verified(folder: Path, xml: str, key: rsa.RSAPrivateKey) -> bool:
    assertion, public = folder / "assertion.xml", folder / "key.pem"
    assertion.write_text(xml, encoding="utf-8")
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(key.public_key().public_bytes(encoding, form))
    xmlsec = shutil.which("xmlsec1")
    assert xmlsec, "xmlsec1 is missing: ./dev setup installs it"
    command = [xmlsec, "--verify", "--pubkey-pem", str(public), "--id-attr:ID", f"{SAML[1:-1]}:Assertion", str(assertion)]
    return subprocess.run(command, capture_output=True, timeout=AT_MOST_S, check=False).returncode == 0


@pytest.mark.parametrize("name", NAMES)
def test_is_signed_over_what_it_says(
    tap: Tap, settings: dict[str, str], app_key: rsa.RSAPrivateKey, tmp_path: Path, name: str
) -> None:
    xml = sent_by(tap, settings, {"username": name})
    validate(xml)
    assert is_verified(tmp_path, xml, app_key)
    assertion = ElementTree.fromstring(xml)
    subject = assertion.find(f"{SAML}Subject/{SAML}NameID")
    assert subject is not None
    assert subject.text == name
    assert assertion.findtext(f"{SAML}Issuer") == CLIENT
    assert assertion.findtext(f"{SAML}Conditions/{SAML}AudienceRestriction/{SAML}Audience") == tap.site
    data = assertion.find(f"{SAML}Subject/{SAML}SubjectConfirmation/{SAML}SubjectConfirmationData")
    assert data is not None
    assert data.get("Recipient") == f"{tap.site}/services/oauth2/token"
    end = datetime.fromisoformat(data.attrib["NotOnOrAfter"].replace("Z", "+00:00")).timestamp()
    assert 0 < end - time.time() <= 300


def test_the_verifiers_do_look(tap: Tap, settings: dict[str, str], app_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    xml = sent_by(tap, settings, {"username": NAMES[0], "audience": "https://login.salesforce.com"})
    assert not is_verified(tmp_path, xml.replace("lena.ortiz", "admin"), app_key)
    assert not is_verified(tmp_path, xml.replace("https://login.salesforce.com", "https://test.salesforce.com"), app_key)
    assert not is_verified(tmp_path, xml, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    with pytest.raises(XMLSchemaError):
        validate(xml.replace("Version=", "Revision="))


def test_the_callers_own_assertion_arrives_as_it_is(
    tap: Tap, settings: dict[str, str], app_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    made = sent_by(tap, settings, {"username": NAMES[0]})
    tap.seen.clear()
    assert sent_by(tap, settings, {"assertion": made}) == made
    assert is_verified(tmp_path, made, app_key)
