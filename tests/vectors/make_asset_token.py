#!/usr/bin/env python3
"""Writes asset_token.json: the conversations of the asset token flow, with tokens signed by a key that exists only while this
runs. Python's standard library and the openssl command. The device's key is the published one of RFC 7515 A.2.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOW = 1767225600
SITE = "https://acme.my.salesforce.com"
SUBJECT = "00DEx0000001abc!AQcAQExampleSubject"
DID = "a531798d-0000-4000-8000-00000000d1d1"
AUDIENCE = "https://devices.example.com"
KEY = json.loads((HERE / "first_party_login.json").read_text())["settings"]["private_key"]
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPE = "urn:ietf:params:oauth:token-type:"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def run(*command: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Key:
    def __init__(self, folder: Path, name: str, pem: str = "") -> None:
        self.file = str(folder / name)
        if pem:
            Path(self.file).write_text(pem)
        else:
            run("openssl", "genrsa", "-out", self.file, "2048")
        shown = run("openssl", "rsa", "-in", self.file, "-noout", "-modulus").decode().strip()
        self.n = b64(bytes.fromhex(shown.split("=", 1)[1]))

    def jwk(self, **more: str) -> dict:
        return {"kty": "RSA", **more, "n": self.n, "e": "AQAB"}

    def thumbprint(self) -> str:
        return b64(hashlib.sha256(f'{{"e":"AQAB","kty":"RSA","n":"{self.n}"}}'.encode()).digest())

    def certificate(self) -> str:
        return run("openssl", "req", "-new", "-x509", "-key", self.file, "-days", "3650", "-subj", "/CN=Asset Tokens").decode()

    def public(self) -> str:
        return run("openssl", "rsa", "-in", self.file, "-pubout").decode()

    def sign(self, header: object, claims: object) -> str:
        signed = f"{b64(compact(header).encode())}.{b64(compact(claims).encode())}"
        return f"{signed}.{b64(run('openssl', 'dgst', '-sha256', '-sign', self.file, stdin=signed.encode()))}"


def response(body: object, status: int = 200) -> dict:
    headers = [["Content-Type", "application/json;charset=UTF-8"]]
    return {"status": status, "http_version": 20, "headers": headers, "body": {"json": body}}


def success(token: str, **more: object) -> dict:
    return response({"access_token": token, "issued_token_type": TYPE + "jwt", "token_type": "Bearer", **more})


def send(actor: str, answer: dict, site: str = SITE) -> dict:
    form = {
        "grant_type": EXCHANGE,
        "subject_token": SUBJECT,
        "subject_token_type": TYPE + "access_token",
        "actor_token": actor,
        "actor_token_type": TYPE + "jwt",
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    url = site + "/services/oauth2/token"
    request = {"name": "asset_token", "method": "POST", "url": url, "headers": headers, "form": form, "retry_safe": False}
    return {"step": "SEND", "request": request, **answer}


def make(folder: Path) -> dict:
    device, org, other = Key(folder, "device", KEY), Key(folder, "org"), Key(folder, "other")
    asset = {"Name": "Asset: lamp 7", "SerialNumber": "SN-0007", "AccountId": "001Ex0000000001AAA"}
    header = {"alg": "RS256", "kid": "devicekey"}
    said = {"did": DID, "Name": "Asset Token: lamp 7", "Asset": asset}
    actor = device.sign(header, said | {"cnf": {"jwk": device.jwk(kid="devicekey")}})
    bare = device.sign({"alg": "RS256", "kid": "lamp"}, {"did": DID, "cnf": {"jwk": device.jwk(kid="lamp")}})
    claims = {
        "iss": SITE,
        "sub": DID,
        "did": DID,
        "aud": [AUDIENCE, "https://other.example.com"],
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 180,
        "cnf": {"jwk": device.jwk(kid="devicekey")},
    }
    asset_header = {"alg": "RS256", "kid": "assetTokens"}

    def token(key: Key = org, head: object = asset_header, **changed: object) -> str:
        return key.sign(head, {name: value for name, value in (claims | changed).items() if value is not None})

    good = token()
    certificate = {"asset_token_certificate": org.certificate()}
    result = {
        "asset_token": good,
        "token_type": "Bearer",
        "issued_token_type": TYPE + "jwt",
        "kid": "assetTokens",
        "iss": SITE,
        "sub": DID,
        "did": DID,
        "aud": f"{AUDIENCE} https://other.example.com",
        "expires_at_ms": str((NOW + 180) * 1000),
        "issued_at_ms": str(NOW * 1000),
        "not_before_ms": str(NOW * 1000),
        "key_thumbprint": device.thumbprint(),
        "claims": compact(claims),
        "verified": "false",
    }

    def done(**changed: str) -> dict:
        return {"step": "DONE", "result": result | changed}

    def failed(kind: str, reason: str, **more: object) -> dict:
        return {"step": "FAILED", "error": {"kind": kind, "reason": reason, **more}}

    variants: list[dict] = []

    def variant(about: str, **members: object) -> None:
        variants.append({"about": about, **members})

    def answered(about: str, answer: dict, end: dict, **members: object) -> None:
        variant(about, steps=[send(actor, {"response": answer})], end=end, **members)

    def refused(about: str, at: str, field: str, has: str = "", **members: object) -> None:
        error: dict = {"kind": "ARGUMENT", "advice": "FIX_ARGUMENT", "reason": "bad_argument", "field": field}
        if has:
            error["message_has"] = [has]
        variant(about, refused={"at": at, "error": error}, **members)

    for host in ("https://login.salesforce.com", "https://test.salesforce.com"):
        steps = [send(actor, {"response": success(good)}, host)]
        variant(f"at {host}", settings={"site": host}, steps=steps, end=done())
    own = {"device_key": None, "did": None, "name": None, "asset": None}
    steps = [send(actor, {"response": success(good)})]
    variant("the caller brings the actor token", parameters=own | {"actor_token": actor}, steps=steps, end=done())
    least = {"name": None, "asset": None, "kid": "lamp"}
    steps = [send(bare, {"response": success(good)})]
    variant(
        "a device that says no more than its id, and calls its key by another name", parameters=least, steps=steps, end=done()
    )
    answered("a private client's secret is not sent", success(good), done(), settings={"client_secret": "C0nsumer.Secret"})

    # Verified.
    yes = done(verified="true")
    answered("verified with the org's certificate", success(good), yes, parameters=certificate)
    answered("with the bare public key", success(good), yes, parameters={"asset_token_certificate": org.public()})
    answered("with a JSON Web Key", success(good), yes, parameters={"asset_token_jwk": compact(org.jwk(use="sig"))})
    audience = {"asset_token_audience": "https://other.example.com"}
    answered("for one of several audiences", success(good), yes, parameters=certificate | audience)
    one = token(aud=AUDIENCE)
    end = done(asset_token=one, aud=AUDIENCE, verified="true", claims=compact(claims | {"aud": AUDIENCE}))
    answered("a single audience as text", success(one), end, parameters=certificate | {"asset_token_audience": AUDIENCE})
    by_thumbprint = token(cnf={"jkt": device.thumbprint()})
    end = {"step": "DONE", "result": {"verified": "true", "key_thumbprint": device.thumbprint()}}
    answered("the device's key by its thumbprint", success(by_thumbprint), end, parameters=certificate)
    late = token(exp=NOW - 30)
    answered(
        "within the leeway of a clock", success(late), {"step": "DONE", "result": {"verified": "true"}}, parameters=certificate
    )
    answered("another key signed it", success(token(other)), failed("PROTOCOL", "bad_signature"), parameters=certificate)
    answered("expired", success(token(exp=NOW - 61)), failed("PROTOCOL", "token_expired"), parameters=certificate)
    answered("without an end", success(token(exp=None)), failed("PROTOCOL", "bad_jwt"), parameters=certificate)
    early = token(nbf=NOW + 120)
    answered("not valid yet", success(early), failed("PROTOCOL", "token_not_yet_valid"), parameters=certificate)
    answered("a time that is none", success(token(nbf="now")), failed("PROTOCOL", "bad_jwt"), parameters=certificate)
    answered("without an audience", success(token(aud=None)), failed("PROTOCOL", "wrong_audience"), parameters=certificate)
    answered("without the device's key", success(token(cnf=None)), failed("PROTOCOL", "wrong_key"), parameters=certificate)
    answered(
        "made in the future", success(token(iat=NOW + 61)), failed("PROTOCOL", "token_not_yet_valid"), parameters=certificate
    )
    answered("made at a time that is none", success(token(iat="now")), failed("PROTOCOL", "bad_jwt"), parameters=certificate)
    foreign = token(iss="https://other.example.com")
    answered(
        "of another issuer",
        success(foreign),
        failed("PROTOCOL", "another_issuer", advice="RESTART", outcome_unknown=True),
        parameters=certificate,
    )
    org_id = token(iss="00DEx0000001abcEAA")
    end = {"step": "DONE", "result": {"verified": "false", "iss": "00DEx0000001abcEAA"}}
    answered("an issuer that is not an address", success(org_id), end, parameters=certificate)
    by_subject = token(did=None)
    end = {"step": "DONE", "result": {"verified": "true", "sub": DID}, "absent": ["did"]}
    answered("the device's id as its subject", success(by_subject), end, parameters=certificate)
    no_device = token(did=None, sub="005Ex0000002defIAA")
    end = {"step": "DONE", "result": {"verified": "false"}, "absent": ["did"]}
    answered("without the device's id: not verified", success(no_device), end, parameters=certificate)
    brought = own | {"actor_token": actor} | certificate
    steps = [send(actor, {"response": success(good)})]
    variant("verified with what the caller's actor token says", parameters=brought, steps=steps, end=yes)
    steps = [send(actor, {"response": success(token(cnf={"jwk": other.jwk()}))})]
    end = failed("PROTOCOL", "wrong_key")
    variant("for another key than that of the caller's actor token", parameters=brought, steps=steps, end=end)
    answered("RS384 in its header", success(token(head={"alg": "RS384"})), failed("PROTOCOL", "bad_jwt"), parameters=certificate)
    changed = good[:-1] + ("A" if good[-1] != "A" else "Q")
    answered("one bit changed", success(changed), failed("PROTOCOL", "bad_signature"), parameters=certificate)

    # Not verified, and still not good.
    parameters = {"asset_token_audience": "https://devices.example.org"}
    answered("for another audience", success(good), failed("PROTOCOL", "wrong_audience"), parameters=parameters)
    stolen = token(cnf={"jwk": other.jwk()})
    answered("for another device's key", success(stolen), failed("PROTOCOL", "wrong_key"))
    answered("for the thumbprint of another key", success(token(cnf={"jkt": "x" * 43})), failed("PROTOCOL", "wrong_key"))
    answered("for another device", success(token(did="another")), failed("PROTOCOL", "wrong_device"))
    answered("for a device that is a number", success(token(did=7)), failed("PROTOCOL", "wrong_device"))
    end = {"step": "DONE", "result": {"verified": "false"}, "absent": ["aud", "did", "expires_at_ms", "key_thumbprint", "kid"]}
    few = token(head={"alg": "RS256"}, aud=None, did=None, exp=None, cnf=None)
    answered("a token that says little", success(few), end)
    n_a = response({"access_token": good, "token_type": "N_A"})
    end = {"step": "DONE", "result": {"token_type": "N_A"}, "absent": ["issued_token_type"]}
    answered("RFC 8693's word for a token that is not an access token", n_a, end)

    # Wrong responses.
    answered("an opaque token", success("00DEx0000001abc!AQcAQExample"), failed("PROTOCOL", "bad_jwt"))
    unsigned = b64(compact({"alg": "none"}).encode()) + "." + b64(compact(claims).encode()) + "."
    answered("a token that nobody signed", success(unsigned), failed("PROTOCOL", "bad_jwt"))
    answered("no token", response({"token_type": "Bearer"}), failed("PROTOCOL", "no_token"))
    answered("another type", response({"access_token": good, "token_type": "mac"}), failed("PROTOCOL", "bad_token_type"))
    answered("a body that is not JSON", {"status": 200, "body": "{"}, failed("PROTOCOL", "bad_json"))

    # Refusals.
    def says(about: str, code: str, text: str, reason: str, **more: object) -> None:
        answered(about, response({"error": code, "error_description": text}, 400), failed("REFUSED", reason, **more))

    says(
        "the access token has ended",
        "invalid_grant",
        "expired access/refresh token",
        "subject_token_refused",
        advice="SIGN_IN_AGAIN",
    )
    says("the access token is unknown", "invalid_token", "invalid token", "subject_token_refused", advice="SIGN_IN_AGAIN")
    hint = ["cnf.jwk"]
    says(
        "the actor token is refused",
        "invalid_request",
        "invalid actor token",
        "actor_token_refused",
        advice="FIX_ORG",
        hint_has=hint,
    )
    hint = ["assetTokenSigningCertificate"]
    says("asset tokens are off", "oauth_flow_disabled", "asset tokens are not enabled", "flow_not_enabled", hint_has=hint)
    says("the grant is unknown", "unsupported_grant_type", "grant type not supported", "flow_not_enabled", hint_has=hint)
    says("a scope is missing", "invalid_scope", "the token lacks the scope openid", "invalid_scope", hint_has=["openid"])

    # Never again once it may have been sent.
    lost = {"no_response": {"sent": "maybe"}}
    end = failed("TRANSPORT", "no_response", advice="RESTART", outcome_unknown=True)
    variant("the response is lost: the asset may be registered", steps=[send(actor, lost)], end=end)
    answered("the server fails", response({"error": "server_error"}, 500), failed("REFUSED", "server_error"))
    steps = [send(actor, {"no_response": {"sent": "no"}}), {"step": "WAIT"}, send(actor, {"response": success(good)})]
    variant("it was never sent: sent again, with the same actor token", steps=steps, end=done())

    # Before anything is sent.
    refused("no access token", "next", "subject_token", parameters={"subject_token": None})
    long = {"repeat": "x", "times": 10001}
    refused(
        "an access token over Salesforce's maximum", "parameter", "subject_token", "10000", parameters={"subject_token": long}
    )
    refused("no key and no actor token", "next", "device_key", "actor_token", parameters={"device_key": None})
    refused("no device id", "next", "did", parameters={"did": None})
    refused("a device id with a space", "parameter", "did", parameters={"did": "lamp 7"})
    refused("a key that is none", "next", "device_key", "PEM", parameters={"device_key": "not a key"})
    refused("a public key", "next", "device_key", "PEM", parameters={"device_key": org.public()})
    refused("an asset that is a list", "parameter", "asset", "JSON object", parameters={"asset": "[]"})
    long = {"repeat": " ", "times": 8193}
    refused("an asset that is too long", "parameter", "asset", parameters={"asset": long})
    refused("a name of two lines", "parameter", "name", parameters={"name": "a\nb"})
    refused("both a key and an actor token", "next", "actor_token", "device_key", parameters={"actor_token": actor})
    refused("an actor token that is none", "next", "actor_token", "JWT", parameters=own | {"actor_token": "a.b.c"})
    unsigned_actor = own | {"actor_token": unsigned}
    refused("an actor token that nobody signed", "next", "actor_token", "JWT", parameters=unsigned_actor)
    rs384 = own | {"actor_token": device.sign({"alg": "RS384"}, said)}
    refused("an actor token with another algorithm", "next", "actor_token", "RS256", parameters=rs384)
    mute = own | {"actor_token": device.sign({"alg": "RS256"}, said)}
    refused(
        "an actor token without the device's key, to be verified", "next", "actor_token", "cnf", parameters=mute | certificate
    )
    elliptic = {"cnf": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}}
    curve = own | {"actor_token": device.sign({"alg": "RS256"}, said | elliptic)}
    refused(
        "an actor token with a key that is not RSA, to be verified", "next", "actor_token", "cnf", parameters=curve | certificate
    )
    nameless = own | {"actor_token": device.sign({"alg": "RS256"}, {"cnf": {"jwk": device.jwk()}})}
    refused(
        "an actor token without the device's id, to be verified", "next", "actor_token", "did", parameters=nameless | certificate
    )
    for name, value in (
        ("asset_token_certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        ("asset_token_certificate", KEY),
        ("asset_token_jwk", '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}'),
        ("asset_token_jwk", compact(org.jwk(d="AQ"))),
        ("asset_token_jwk", '{"kty":"RSA","n":"AQAB","e":"AQAB"}'),
    ):
        refused(f"{name} without a public RSA key", "next", name, "public RSA key", parameters={name: value})
    both = certificate | {"asset_token_jwk": compact(org.jwk())}
    refused("a certificate and a key", "next", "asset_token_certificate", "asset_token_jwk", parameters=both)
    refused("a client_id is a setting, and not sent", "parameter", "client_id", parameters={"client_id": "3MVG9"})
    refused("at an Experience Cloud site", "flow", "site", "My Domain", settings={"site": "https://acme.my.site.com/shop"})

    return {
        "about": "A device's asset token, for a user's access token and what the device says of itself",
        "cases": [],
        "settings": {"site": SITE, "client_id": "3MVG9Example.ClientId"},
        "flow": "asset_token",
        "parameters": {
            "subject_token": SUBJECT,
            "device_key": KEY,
            "did": DID,
            "name": said["Name"],
            "asset": compact(asset),
        },
        "now_ms": NOW * 1000,
        "steps": [send(actor, {"response": success(good)})],
        "end": done(),
        "variants": variants,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(make(Path(folder)), indent=1, ensure_ascii=False)
    (HERE / "asset_token.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
