"""One process with Python's ssl, requests, cryptography and pycurl, and ours: what they do before, between and after."""

import sys

if sys.argv[1] == "ours first":
    import headlessid
    from headlessid.testing import SimulatedOrg

import hashlib
import io
import ssl
import urllib.error
import urllib.request

import pycurl
import requests
from cryptography.hazmat.backends.openssl import backend
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


def untrusted(url):
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
    return refused


def what_they_do(url, ca_file):
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
        untrusted(url),
    ]


with SimulatedOrg() as org:
    before = what_they_do(org.site, org.ca_file)
    with headlessid.Client(**org.client_settings()) as client:
        lena = org.users[0]
        for _ in range(3):
            guest = client.guest()
            me = client.login(username=lena.username, password=lena.password, guest=guest)
            assert me.uvid_carry == "carried"
            assert what_they_do(org.site, org.ca_file) == before
    assert what_they_do(org.site, org.ca_file) == before
assert before[-1] == [True, True, True], before
print(before)
print("undisturbed")
