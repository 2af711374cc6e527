from __future__ import annotations

import datetime
import ipaddress
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

sys.path.insert(0, str(Path(__file__).parent))

from mock_server import MockServer
from provider import Provider
from servers import Browser, Certificate
from tap import Tap


def pem_of(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


@pytest.fixture(scope="session")
def app_key() -> rsa.RSAPrivateKey:
    """The key whose certificate would be uploaded to the app."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def app_key_pem(app_key: rsa.RSAPrivateKey) -> str:
    return pem_of(app_key)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "headlessid interop")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    out = Certificate(str(folder / "certificate.pem"), str(folder / "key.pem"))
    Path(out.file).write_bytes(made.public_bytes(serialization.Encoding.PEM))
    Path(out.key_file).write_text(pem_of(key))
    return out


@pytest.fixture(scope="session")
def provider(certificate: Certificate, app_key: rsa.RSAPrivateKey) -> Iterator[Provider]:
    server = Provider(certificate, app_key)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mock_server(certificate: Certificate) -> Iterator[MockServer]:
    server = MockServer(certificate)
    yield server
    server.stop()


@pytest.fixture
def tap(certificate: Certificate) -> Iterator[Tap]:
    """A server that keeps what arrives, and has a token for everyone."""
    out = Tap(certificate)
    yield out
    out.stop()


@pytest.fixture
def browser(certificate: Certificate) -> Iterator[Browser]:
    out = Browser(certificate)
    yield out
    out.close()
