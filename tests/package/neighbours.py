"""One process with Python's ssl, requests, cryptography, pycurl and psycopg, and ours: what they do before, between and after."""

import sys

if sys.argv[1] == "ours first":
    import headlessid
    from headlessid.testing import SimulatedOrg

import contextlib
import datetime
import hashlib
import io
import ipaddress
import pathlib
import socket
import ssl
import struct
import tempfile
import threading
import urllib.error
import urllib.request

import psycopg
import pycurl
import requests
from cryptography import x509
from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

if sys.argv[1] == "neighbours first":
    import headlessid
    from headlessid.testing import SimulatedOrg


def by_urllib(url, ca_file):
    try:
        with urllib.request.urlopen(url, context=ssl.create_default_context(cafile=ca_file)) as answer:
            return answer.status
    except urllib.error.HTTPError as answer:
        return answer.code


def by_pycurl(url, ca_file):
    easy = pycurl.Curl()
    easy.setopt(easy.URL, url)
    easy.setopt(easy.CAINFO, ca_file)
    easy.setopt(easy.WRITEDATA, io.BytesIO())
    easy.perform()
    return easy.getinfo(easy.RESPONSE_CODE)


def certificate_for_loopback(folder):
    """A file with a key, and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a database")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False).sign(key, SHA256())
    encodings = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = pathlib.Path(folder) / "database.pem"
    file.write_bytes(key.private_bytes(*encodings) + made.public_bytes(serialization.Encoding.PEM))
    return str(file)


def whole(connection, size):
    read = b""
    while len(read) < size:
        more = connection.recv(size - len(read))
        if not more:
            raise ConnectionError
        read += more
    return read


def database(file):
    """As much of a PostgreSQL server as a connection asks for: TLS, and that anybody may come in. Its port, as long as the
    process lives."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(60)
                size, code = struct.unpack("!II", whole(connection, 8))
                assert (size, code) == (8, 80877103), "SSLRequest"
                connection.sendall(b"S")
                with context.wrap_socket(connection, server_side=True) as secure:
                    (size,) = struct.unpack("!I", whole(secure, 4))
                    whole(secure, size - 4)
                    # AuthenticationOk, ReadyForQuery.
                    secure.sendall(b"R" + struct.pack("!II", 8, 0) + b"Z" + struct.pack("!I", 5) + b"I")
                    while secure.recv(1000):
                        pass

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def by_psycopg(port, ca_file):
    settings = {"host": "127.0.0.1", "port": port, "user": "x", "dbname": "x", "gssencmode": "disable", "connect_timeout": 60}
    with psycopg.connect(**settings, sslmode="verify-full", sslrootcert=ca_file, autocommit=True) as connection:
        return connection.pgconn.ssl_in_use


def untrusted(url, port):
    """Whether each of them still refuses a certificate that nobody vouches for."""
    refused = []
    try:
        urllib.request.urlopen(url, context=ssl.create_default_context())
    except urllib.error.URLError as fault:
        refused.append(isinstance(fault.reason, ssl.SSLCertVerificationError))
    try:
        requests.get(url, timeout=60)
    except requests.exceptions.SSLError:
        refused.append(True)
    try:
        by_pycurl(url, requests.certs.where())
    except pycurl.error as fault:
        refused.append(fault.args[0] == pycurl.E_PEER_FAILED_VERIFICATION)
    try:
        by_psycopg(port, requests.certs.where())
    except psycopg.OperationalError as fault:
        refused.append("certificate verify failed" in str(fault))
    return refused


def what_they_do(url, ca_file, port, database_file):
    key = ec.generate_private_key(ec.SECP256R1())
    key.public_key().verify(key.sign(b"x", ec.ECDSA(SHA256())), b"x", ec.ECDSA(SHA256()))
    return [
        ssl.OPENSSL_VERSION,
        pycurl.version,
        backend.openssl_version_text(),
        [cipher["name"] for cipher in ssl.create_default_context().get_ciphers()],
        sorted(hashlib.algorithms_available),
        hashlib.new("ripemd160", b"x").hexdigest() if "ripemd160" in hashlib.algorithms_available else None,
        by_urllib(url, ca_file),
        requests.get(url, verify=ca_file, timeout=60).status_code,
        by_pycurl(url, ca_file),
        (psycopg.pq.__impl__, psycopg.pq.version(), by_psycopg(port, database_file)),
        untrusted(url, port),
    ]


def libraries(name):
    """The files of this name in the process."""
    with open("/proc/self/maps") as maps:
        return {line.split()[-1] for line in maps if pathlib.Path(line.split()[-1]).name.startswith(name)}


with SimulatedOrg() as org, tempfile.TemporaryDirectory() as folder:
    file = certificate_for_loopback(folder)
    what = (org.site, org.ca_file, database(file), file)
    before = what_they_do(*what)
    with headlessid.Client(**org.client_settings()) as client:
        lena = org.users[0]
        for _ in range(3):
            guest = client.guest()
            me = client.login(username=lena.username, password=lena.password, guest=guest)
            assert me.uvid_carry == "carried"
            assert what_they_do(*what) == before
    assert what_they_do(*what) == before
assert before[-2][0] == "binary" and before[-2][2] is True, before
assert before[-1] == [True, True, True, True], before
assert any("psycopg_binary" in path for path in libraries("libssl")), "libpq has an OpenSSL of its own"
print(before)
print("undisturbed")
