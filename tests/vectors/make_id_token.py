#!/usr/bin/env python3
"""Writes id_token.json, id_token_keys.json and id_token_browser.json: conversations that end with an ID token. The same texts each
time: the tokens are signed with the published key of RFC 7515 A.2. Python's standard library and the openssl command.

    make_id_token.py          writes the three files
    make_id_token.py NAME     prints an ID token of TOKENS below
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

HERE = Path(__file__).resolve().parent
NOW = 1767225600
SITE = "https://acme.my.site.com/shop"
CLIENT = "3MVG9Example.ClientId"
CALLBACK = "https://app.example.com/callback"
USER = "https://login.salesforce.com/id/00DEx0000001abcEAA/005Ex0000002defIAA"
ACCESS = "00DEx0000001abc!AQcAQExampleOpaque"
KEY = json.loads((HERE / "first_party_login.json").read_text())["settings"]["private_key"]
# Texts of make_tokens.py: an access token that is a JWT, and the key that signed it.
OTHERS = dict(line.split(" ", 1) for line in (HERE / "tokens.txt").read_text().splitlines())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def run(*command: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


def at_hash(access_token: str) -> str:
    return b64(hashlib.sha256(access_token.encode()).digest()[:16])


HEADER = {"alg": "RS256", "typ": "JWT", "kid": "id"}
CLAIMS = {"iss": SITE, "sub": USER, "aud": CLIENT, "iat": NOW, "exp": NOW + 120, "at_hash": at_hash(ACCESS)}
NONCE = "n-19c2"
OTHER_CLIENT = "3MVG9Another.Client"


def claims(**changed: Any) -> dict[str, Any]:
    """The good claims with these changed; None takes one out."""
    return {name: value for name, value in (CLAIMS | changed).items() if value is not None}


def header(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in (HEADER | changed).items() if value is not None}


AT_HEADER = HEADER | {"tty": "sfdc-core-token"}
AT_CLAIMS = {
    "iss": SITE,
    "aud": [SITE],
    "sub": "uid:005Ex0000002defIAA",
    "client_id": CLIENT,
    "scp": "api",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 1800,
}


def at_claims(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in (AT_CLAIMS | changed).items() if value is not None}


# name: header and claims. Text where JSON of Python cannot say it.
TOKENS: dict[str, tuple[dict[str, Any] | str, dict[str, Any] | str]] = {
    "good": (HEADER, CLAIMS),
    "no_kid": (header(kid=None), CLAIMS),
    "kid_unknown": (header(kid="newer"), CLAIMS),
    "typ_missing": (header(typ=None), CLAIMS),
    "typ_lower_case": (header(typ="jwt"), CLAIMS),
    "typ_access_token": (header(typ="at+jwt"), CLAIMS),
    "typ_logout_token": (header(typ="logout+jwt"), CLAIMS),
    "typ_number": (header(typ=1), CLAIMS),
    **{f"alg_{alg}": (header(alg=alg), CLAIMS) for alg in ("none", "HS256", "RS384", "PS256", "ES256", "EdDSA")},
    "alg_missing": (header(alg=None), CLAIMS),
    "crit": (header(crit=["exp"]), CLAIMS),
    "header_long": (header(x="x" * 3000), CLAIMS),
    "claims_array": (HEADER, "[]"),
    "claims_deep": (HEADER, '{"iss":"%s","roles":%s}' % (SITE, "[" * 1000 + "]" * 1000)),
    "iss_twice": (HEADER, '{"iss":"%s","iss":"https://evil.example"}' % SITE),
    "iss_slash": (HEADER, claims(iss=SITE + "/")),
    "iss_two_slashes": (HEADER, claims(iss=SITE + "//")),
    "iss_without_path": (HEADER, claims(iss="https://acme.my.site.com")),
    "iss_upper_case_port": (HEADER, claims(iss="https://ACME.my.site.com:443/shop")),
    "iss_missing": (HEADER, claims(iss=None)),
    "iss_empty": (HEADER, claims(iss="")),
    "iss_number": (HEADER, claims(iss=5)),
    "iss_array": (HEADER, claims(iss=[SITE])),
    "iss_other": (HEADER, claims(iss="https://evil.example/shop")),
    "iss_longer_host": (HEADER, claims(iss="https://acme.my.site.com.evil.example/shop")),
    "iss_part": (HEADER, claims(iss=SITE[:-1])),
    "iss_other_path": (HEADER, claims(iss="https://acme.my.site.com/support")),
    "iss_path_case": (HEADER, claims(iss="https://acme.my.site.com/Shop")),
    "iss_http": (HEADER, claims(iss=SITE.replace("https", "http"))),
    "iss_query": (HEADER, claims(iss=SITE + "?a=1")),
    "iss_userinfo": (HEADER, claims(iss="https://acme.my.site.com@evil.example/shop")),
    "iss_my_domain": (HEADER, claims(iss="https://acme.my.salesforce.com")),
    "iss_another_my_domain": (HEADER, claims(iss="https://other.my.salesforce.com")),
    "iss_login": (HEADER, claims(iss="https://login.salesforce.com")),
    "iss_login_slash": (HEADER, claims(iss="https://login.salesforce.com/")),
    "iss_login_path": (HEADER, claims(iss="https://login.salesforce.com/x")),
    "iss_test": (HEADER, claims(iss="https://test.salesforce.com")),
    "aud_list": (HEADER, claims(aud=[CLIENT])),
    "aud_missing": (HEADER, claims(aud=None)),
    "aud_empty": (HEADER, claims(aud="")),
    "aud_number": (HEADER, claims(aud=5)),
    "aud_other": (HEADER, claims(aud=OTHER_CLIENT)),
    "aud_part": (HEADER, claims(aud=CLIENT[:-1])),
    "aud_no_one": (HEADER, claims(aud=[])),
    "aud_other_list": (HEADER, claims(aud=[OTHER_CLIENT, 5])),
    "azp": (HEADER, claims(azp=CLIENT)),
    "azp_several": (HEADER, claims(aud=[OTHER_CLIENT, CLIENT], azp=CLIENT)),
    "azp_missing": (HEADER, claims(aud=[CLIENT, OTHER_CLIENT])),
    "azp_other": (HEADER, claims(azp=OTHER_CLIENT)),
    "azp_other_several": (HEADER, claims(aud=[CLIENT, OTHER_CLIENT], azp=OTHER_CLIENT)),
    "azp_number": (HEADER, claims(azp=5)),
    "sub_missing": (HEADER, claims(sub=None)),
    "sub_empty": (HEADER, claims(sub="")),
    "sub_object": (HEADER, claims(sub={"a": 1})),
    "exp_in_leeway": (HEADER, claims(exp=NOW - 59)),
    "exp_past": (HEADER, claims(exp=NOW - 61)),
    "exp_missing": (HEADER, claims(exp=None)),
    "exp_text": (HEADER, claims(exp=str(NOW + 120))),
    "exp_ms": (HEADER, claims(exp=(NOW + 120) * 1000)),
    "iat_in_leeway": (HEADER, claims(iat=NOW + 59)),
    "iat_future": (HEADER, claims(iat=NOW + 61)),
    "iat_after_exp": (HEADER, claims(iat=NOW + 181)),
    "iat_missing": (HEADER, claims(iat=None)),
    "iat_text": (HEADER, claims(iat="now")),
    "nbf_future": (HEADER, claims(nbf=NOW + 61)),
    "nonce_unasked": (HEADER, claims(nonce=NONCE)),
    "nonce_other": (HEADER, claims(nonce="n-19c3")),
    "nonce_part": (HEADER, claims(nonce=NONCE[:-1])),
    "nonce_number": (HEADER, claims(nonce=5)),
    "nonce_without_at_hash": (HEADER, claims(nonce=NONCE, at_hash=None)),
    "nonce_at_hash_other": (HEADER, claims(nonce=NONCE, at_hash=at_hash("another"))),
    "nonce_kid_unknown": (header(kid="newer"), claims(nonce=NONCE)),
    "at_hash_missing": (HEADER, claims(at_hash=None)),
    "at_hash_other": (HEADER, claims(at_hash=at_hash("another"))),
    "at_hash_padded": (HEADER, claims(at_hash=at_hash(ACCESS) + "==")),
    "at_hash_whole": (HEADER, claims(at_hash=b64(hashlib.sha256(ACCESS.encode()).digest()))),
    "at_hash_number": (HEADER, claims(at_hash=5)),
    # Access tokens.
    "at_good": (AT_HEADER, at_claims()),
    "at_iss_other": (AT_HEADER, at_claims(iss="https://other.my.site.com/shop")),
    "at_iss_missing": (AT_HEADER, at_claims(iss=None)),
    "at_iss_slash": (AT_HEADER, at_claims(iss="/")),
    "at_my_domain": (AT_HEADER, at_claims(iss="https://acme.my.salesforce.com", aud=["https://acme.my.salesforce.com"])),
    "at_aud_other": (AT_HEADER, at_claims(aud=["https://other.my.site.com/shop"])),
    "at_aud_empty": (AT_HEADER, at_claims(aud=[])),
    "at_aud_several": (AT_HEADER, at_claims(aud=["https://api.salesforce.com", SITE])),
    "at_aud_text": (AT_HEADER, at_claims(aud=SITE)),
    "at_aud_missing": (AT_HEADER, at_claims(aud=None)),
    "at_tty_other": (AT_HEADER | {"tty": "sfdc-asset-token"}, at_claims()),
    "at_tty_missing": (HEADER, at_claims()),
    "at_client_missing": (AT_HEADER, at_claims(client_id=None)),
    "at_client_other": (AT_HEADER, at_claims(client_id=OTHER_CLIENT)),
}


class Key:
    def __init__(self, folder: Path) -> None:
        self.file = str(folder / "key")
        Path(self.file).write_text(KEY)
        shown = run("openssl", "rsa", "-in", self.file, "-noout", "-modulus").decode().strip()
        self.n = b64(bytes.fromhex(shown.split("=", 1)[1]))

    def token(self, head: dict[str, Any] | str, body: dict[str, Any] | str) -> str:
        parts = [part if isinstance(part, str) else json.dumps(part, separators=(",", ":")) for part in (head, body)]
        signed = ".".join(b64(part.encode()) for part in parts)
        return f"{signed}.{b64(run('openssl', 'dgst', '-sha256', '-sign', self.file, stdin=signed.encode()))}"


def make() -> tuple[dict[str, str], str]:
    with tempfile.TemporaryDirectory() as folder:
        key = Key(Path(folder))
        made = {name: key.token(*parts) for name, parts in TOKENS.items()}
    signed, signature = made["good"].rsplit(".", 1)
    raw = base64.urlsafe_b64decode(signature + "==")
    made["signature_one_bit"] = f"{signed}.{b64(raw[:100] + bytes([raw[100] ^ 1]) + raw[101:])}"
    made["signature_empty"] = signed + "."
    made["signature_of_another"] = f"{signed}.{made['azp'].rsplit('.', 1)[1]}"
    made["segments_2"] = signed
    made["segments_4"] = made["good"] + ".e30"
    made["not_base64"] = made["good"].replace("eyJ", "e!J", 1)
    made["opaque"] = "00DEx0000001abc!NoJwtAtAll"
    signed, signature = made["nonce_unasked"].rsplit(".", 1)
    made["nonce_signature_of_another"] = f"{signed}.{made['good'].rsplit('.', 1)[1]}"
    return made, key.n


# Of the vectors' parts.
def response(body: Any, status: int = 200) -> dict[str, Any]:
    headers = [["Content-Type", "application/json;charset=UTF-8"]]
    return {"status": status, "http_version": 20, "headers": headers, "body": {"json": body}}


def tokens(id_token: str, access_token: str = ACCESS) -> dict[str, Any]:
    body = {"access_token": access_token, "refresh_token": "5Aep861ExampleRefresh", "token_type": "Bearer", "id": USER}
    return response({**body, "scope": "refresh_token openid api", "issued_at": "1767225600123", "id_token": id_token})


def jwk(kid: str, modulus: str) -> dict[str, str]:
    return {"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": modulus, "e": "AQAB"}


def send_keys(answer: dict[str, Any], site: str = SITE, path: str = "/id/keys") -> dict[str, Any]:
    request = {"name": "keys", "method": "GET", "url": site + path, "headers": {}, "body": "", "retry_safe": True}
    return {"step": "SEND", "request": request, "response": answer}


def done(checked: str | None, id_token: str, **more: str) -> dict[str, Any]:
    result = {"id_token": id_token, **({"id_token_checked": checked} if checked else {}), **more}
    return {"step": "DONE", "result": result, "absent": [] if checked else ["id_token_checked"]}


def failed(reason: str, advice: str = "NONE", **more: Any) -> dict[str, Any]:
    message = {
        "message_has": [
            "the ID token" if reason != "nonce_mismatch" else "ID token",
            "the tokens that came with it were discarded",
        ]
    }
    return {"step": "FAILED", "error": {"kind": "PROTOCOL", "advice": advice, "reason": reason, **message, **more}}


LOGIN = {"username": "lena.ortiz@example.com", "password": "P4ss+w&rd=1:x"}
AUTHORIZE = {
    "step": "SEND",
    "request": {"name": "authorize"},
    "response": {
        "status": 302,
        "http_version": 20,
        "headers": [["Location", CALLBACK + "?code=aPrx9k.Qd7%3D%3D&state=${state}"]],
        "body": "",
    },
}
AUTHORIZE["request"]["form"] = {
    "response_type": "code_credentials",
    "client_id": CLIENT,
    "redirect_uri": CALLBACK,
    "code_challenge": "${challenge}",
    "state": "${state}",
    **LOGIN,
}


def send_token(answer: dict[str, Any]) -> dict[str, Any]:
    return {"step": "SEND", "request": {"name": "token"}, "response": answer}


SETTINGS = {"site": SITE, "client_id": CLIENT, "redirect_uri": CALLBACK}

# about, cases, the token's name, the reason, the advice.
REFUSED: list[tuple[str, list[str], str, str, str]] = [
    ("no issuer", ["T20"], "iss_missing", "bad_jwt", "NONE"),
    ("an empty issuer", ["T20"], "iss_empty", "bad_jwt", "NONE"),
    ("an issuer that is a number", ["T20"], "iss_number", "bad_jwt", "NONE"),
    ("an issuer in a list", ["T20"], "iss_array", "bad_jwt", "NONE"),
    ("another issuer", ["T20"], "iss_other", "another_issuer", "FIX_ORG"),
    ("an issuer whose host only begins as the site's", ["T20"], "iss_longer_host", "another_issuer", "FIX_ORG"),
    ("a part of the issuer", ["T20"], "iss_part", "another_issuer", "FIX_ORG"),
    ("another site on the same host", ["T20"], "iss_other_path", "another_issuer", "FIX_ORG"),
    ("the site's path in another case", ["T20"], "iss_path_case", "another_issuer", "FIX_ORG"),
    ("the issuer with http", ["T20"], "iss_http", "another_issuer", "FIX_ORG"),
    ("the issuer with a query", ["T20"], "iss_query", "another_issuer", "FIX_ORG"),
    ("the issuer as a user name", ["T20"], "iss_userinfo", "another_issuer", "FIX_ORG"),
    ("two slashes behind the issuer", ["T20"], "iss_two_slashes", "another_issuer", "FIX_ORG"),
    ("the org's My Domain, where the settings name a site", ["T20"], "iss_my_domain", "another_issuer", "FIX_ORG"),
    ("Salesforce's login host, where the settings name a site", ["T20"], "iss_login", "another_issuer", "FIX_ORG"),
    ("the issuer twice", ["T19"], "iss_twice", "bad_jwt", "NONE"),
    ("no audience", ["T21"], "aud_missing", "bad_jwt", "NONE"),
    ("an empty audience", ["T21"], "aud_empty", "another_client", "NONE"),
    ("an audience that is a number", ["T21"], "aud_number", "another_client", "NONE"),
    ("another client's", ["T21"], "aud_other", "another_client", "NONE"),
    ("a part of the client's id", ["T21"], "aud_part", "another_client", "NONE"),
    ("an empty list of audiences", ["T21"], "aud_no_one", "another_client", "NONE"),
    ("other audiences", ["T21"], "aud_other_list", "another_client", "NONE"),
    ("several audiences without azp", ["T22"], "azp_missing", "another_client", "NONE"),
    ("azp of another client", ["T22"], "azp_other", "another_client", "NONE"),
    ("several audiences, azp of another client", ["T22"], "azp_other_several", "another_client", "NONE"),
    ("azp that is a number", ["T22"], "azp_number", "another_client", "NONE"),
    ("no subject", ["T23"], "sub_missing", "bad_jwt", "NONE"),
    ("an empty subject", ["T23"], "sub_empty", "bad_jwt", "NONE"),
    ("a subject that is an object", ["T23", "T29"], "sub_object", "bad_jwt", "NONE"),
    ("expired over a minute ago", ["T24"], "exp_past", "token_expired", "NONE"),
    ("no end", ["T24"], "exp_missing", "bad_jwt", "NONE"),
    ("an end that is text", ["T24"], "exp_text", "bad_jwt", "NONE"),
    ("an end in milliseconds", ["T24"], "exp_ms", "bad_jwt", "NONE"),
    ("issued after its end", ["T25"], "iat_after_exp", "bad_jwt", "NONE"),
    ("no time of issue", ["T25"], "iat_missing", "bad_jwt", "NONE"),
    ("a time of issue that is text", ["T25"], "iat_text", "bad_jwt", "NONE"),
    ("not valid before over a minute from now", ["T25"], "nbf_future", "token_not_yet_valid", "NONE"),
    ("at_hash of another access token", ["T27"], "at_hash_other", "at_hash_mismatch", "RESTART"),
    ("at_hash with padding", ["T27"], "at_hash_padded", "at_hash_mismatch", "RESTART"),
    ("at_hash that is the whole hash", ["T27"], "at_hash_whole", "at_hash_mismatch", "RESTART"),
    ("at_hash that is a number", ["T27"], "at_hash_number", "at_hash_mismatch", "RESTART"),
    ("an access token in its place", ["T28"], "typ_access_token", "bad_jwt", "NONE"),
    ("a logout token in its place", ["T28"], "typ_logout_token", "bad_jwt", "NONE"),
    ("a type that is a number", ["T28"], "typ_number", "bad_jwt", "NONE"),
    ("alg none", ["T01"], "alg_none", "bad_jwt", "NONE"),
    ("no alg", ["T01"], "alg_missing", "bad_jwt", "NONE"),
    ("alg HS256", ["T03"], "alg_HS256", "bad_jwt", "NONE"),
    ("alg RS384", ["T04"], "alg_RS384", "bad_jwt", "NONE"),
    ("alg PS256", ["T04"], "alg_PS256", "bad_jwt", "NONE"),
    ("alg ES256", ["T04"], "alg_ES256", "bad_jwt", "NONE"),
    ("alg EdDSA", ["T04"], "alg_EdDSA", "bad_jwt", "NONE"),
    ("an extension that must be understood", ["T12"], "crit", "bad_jwt", "NONE"),
    ("a header over its maximum", ["T17"], "header_long", "bad_jwt", "NONE"),
    ("claims that are a list", ["T29"], "claims_array", "bad_jwt", "NONE"),
    ("claims too deep", ["T29"], "claims_deep", "bad_jwt", "NONE"),
    ("two segments", ["T16"], "segments_2", "bad_jwt", "NONE"),
    ("four segments", ["T16"], "segments_4", "bad_jwt", "NONE"),
    ("not base64url", ["T15"], "not_base64", "bad_jwt", "NONE"),
    ("not a JWT", ["T16"], "opaque", "bad_jwt", "NONE"),
]
ACCEPTED: list[tuple[str, list[str], str]] = [
    ("a slash behind the issuer", ["T20"], "iss_slash"),
    ("the issuer without the site's path", ["T20"], "iss_without_path"),
    ("the issuer's host in capitals, with its default port", ["T20"], "iss_upper_case_port"),
    ("one audience in a list", ["T21"], "aud_list"),
    ("azp of the client", ["T22"], "azp"),
    ("several audiences, azp of the client", ["T21", "T22"], "azp_several"),
    ("expired less than a minute ago", ["T24"], "exp_in_leeway"),
    ("issued less than a minute from now", ["T25"], "iat_in_leeway"),
    ("issued over a minute from now: this machine's clock is late", ["T25"], "iat_future"),
    ("no at_hash", ["T27"], "at_hash_missing"),
    ("a nonce that was not sent", ["T26"], "nonce_unasked"),
    ("no type", ["T28"], "typ_missing"),
    ("its type in small letters", ["T28"], "typ_lower_case"),
    ("a key that is not looked for", [], "kid_unknown"),
    ("a signature that is not looked at", [], "signature_one_bit"),
]


def login(made: dict[str, str]) -> dict[str, Any]:
    def played(about: str, cases: list[str], name: str, end: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"about": about, "cases": cases, **more, "response": tokens(made[name]), "end": end}

    nothing = {"settings": {"verify_id_token": "none"}}
    variants = [played(about, cases, name, done("claims", made[name])) for about, cases, name in ACCEPTED]
    variants += [
        played(about, cases, name, failed(reason, advice, **({"hint_has": ["`site`"]} if reason == "another_issuer" else {})))
        for about, cases, name, reason, advice in REFUSED
    ]
    variants += [
        played(f"with none, nothing is looked at: {about}", [], name, done(None, made[name]), **nothing)
        for about, name in (
            ("expired", "exp_past"),
            ("another issuer", "iss_other"),
            ("alg none", "alg_none"),
            ("not a JWT", "opaque"),
        )
    ]
    variants.append(
        {
            "about": "without an ID token there is nothing to check",
            "response": response({"access_token": ACCESS, "token_type": "Bearer", "id_token": ""}),
            "end": {"step": "DONE", "result": {"access_token": ACCESS}, "absent": ["id_token", "id_token_checked"]},
        }
    )
    # The address that an authorize response named, and the settings believe, may be the issuer.
    named = json.loads(json.dumps(AUTHORIZE))
    named["response"]["headers"][0][1] = named["response"]["headers"][0][1].replace(
        "?", f"?sfdc_community_url={quote(SITE, safe='')}&"
    )
    variants += [
        {
            "about": f"the site that the authorize response named, {about}",
            "cases": ["T20"],
            "settings": {"site": "https://acme.my.site.com", "token_host": host},
            "steps": [named, send_token(tokens(made["iss_slash"]))],
            "end": end,
        }
        for about, host, end in (
            ("where it is believed", "sfdc_community_url", done("claims", made["iss_slash"])),
            ("where it is not", "site", failed("another_issuer", "FIX_ORG")),
        )
    ]
    return {
        "about": "A login with an ID token: its claims are checked",
        "cases": [],
        "settings": SETTINGS,
        "flow": "login",
        "parameters": LOGIN,
        "now_ms": NOW * 1000,
        "steps": [AUTHORIZE, send_token(tokens(made["good"]))],
        "end": done("claims", made["good"]),
        "variants": variants,
    }


def with_keys(made: dict[str, str], modulus: str) -> dict[str, Any]:
    whole = {"keys": [jwk("id", modulus)]}
    other = {"keys": [jwk("main", OTHERS["modulus_main"])]}

    def fetched(
        about: str, cases: list[str], name: str, answer: dict[str, Any], end: dict[str, Any], **more: Any
    ) -> dict[str, Any]:
        return {
            "about": about,
            "cases": cases,
            **more,
            "steps": [send_keys(answer), AUTHORIZE, send_token(tokens(made[name]))],
            "end": end,
        }

    def not_fetched(about: str, answer: dict[str, Any], kind: str, reason: str) -> dict[str, Any]:
        """Nothing has been sent by then that could be lost."""
        error = {"kind": kind, "advice": "FIX_ORG", "reason": reason, "outcome_unknown": False}
        return {"about": about, "cases": ["T31"], "steps": [send_keys(answer)], "end": {"step": "FAILED", "error": error}}

    def again(about: str, name: str, keys: dict[str, Any], end: dict[str, Any]) -> dict[str, Any]:
        """The set that came first lacks the key, and may be fetched again at once: the first time."""
        steps = [send_keys(response(other)), AUTHORIZE, send_token(tokens(made[name])), send_keys(response(keys))]
        return {"about": about, "cases": ["T06", "T30"], "steps": steps, "end": end}

    def given(about: str, cases: list[str], name: str, end: dict[str, Any], keys: dict[str, Any] = whole) -> dict[str, Any]:
        settings = {"jwks": json.dumps(keys, separators=(",", ":"))}
        steps = [AUTHORIZE, send_token(tokens(made[name]))]
        return {"about": about, "cases": cases, "settings": settings, "steps": steps, "end": end}

    wrong = failed("bad_signature")
    unknown = failed("unknown_key")
    failing = send_keys({"status": 500})
    both = OTHERS["named_uvid"]
    variants = [
        fetched("no key id: each key is tried", ["T07"], "no_kid", response(whole), done("signature", made["no_kid"])),
        fetched("one bit of the signature", ["T13"], "signature_one_bit", response(whole), wrong),
        fetched("no signature", ["T13"], "signature_empty", response(whole), wrong),
        fetched("another token's signature", ["T13"], "signature_of_another", response(whole), wrong),
        not_fetched("an empty set", response({"keys": []}), "PROTOCOL", "bad_jwks"),
        not_fetched(
            "a set whose one key is too small", response({"keys": [jwk("id", OTHERS["modulus_small"])]}), "PROTOCOL", "bad_jwks"
        ),
        again("the key is new: the set is fetched again", "good", whole, done("signature", made["good"])),
        again("a key that the site does not publish: fetched twice", "kid_unknown", whole, unknown),
        {
            "about": "without the scope openid no ID token comes: nothing is fetched",
            "parameters": {"scope": "api"},
            "steps": [
                {**AUTHORIZE, "request": {"name": "authorize", "form": {**AUTHORIZE["request"]["form"], "scope": "api"}}},
                send_token(response({"access_token": ACCESS, "token_type": "Bearer"})),
            ],
            "end": {"step": "DONE", "result": {"access_token": ACCESS}, "absent": ["id_token", "id_token_checked"]},
        },
        {
            "about": "from another path",
            "settings": {"jwks_path": "/keys"},
            "steps": [send_keys(response(whole), path="/keys"), AUTHORIZE, send_token(tokens(made["good"]))],
            "end": done("signature", made["good"]),
        },
        not_fetched("the key set's endpoint is not there", response({"error": "not_found"}, 404), "REFUSED", "no_endpoint"),
        {
            "about": "the keys cannot be fetched: nothing else has been sent",
            "cases": ["T31"],
            "steps": [
                failing,
                {"step": "WAIT", "wait_at_most_ms": 200},
                failing,
                {"step": "WAIT", "wait_at_most_ms": 400},
                failing,
            ],
            "end": {
                "step": "FAILED",
                "error": {
                    "kind": "REFUSED",
                    "advice": "RETRY_LATER",
                    "reason": "server_error",
                    "http_status": 500,
                    "outcome_unknown": False,
                },
            },
        },
        {
            "about": "an access token and an ID token, checked with one set",
            "settings": {"verify_jwt": "true"},
            "steps": [
                send_keys(response({"keys": [*other["keys"], *whole["keys"]]})),
                AUTHORIZE,
                send_token(tokens(made["at_hash_missing"], both)),
            ],
            "end": done("signature", made["at_hash_missing"], access_token=both, uvid_verified="true"),
        },
        {
            "about": "an access token and an ID token: the access token's key is missing",
            "cases": ["T06"],
            "settings": {"verify_jwt": "true"},
            "steps": [
                send_keys(response(whole)),
                AUTHORIZE,
                send_token(tokens(made["at_hash_missing"], both)),
                send_keys(response(whole)),
            ],
            "end": {
                "step": "FAILED",
                "error": {"kind": "PROTOCOL", "reason": "unknown_key", "message_has": ["the access token"]},
            },
        },
        given("the settings' own keys", [], "good", done("signature", made["good"])),
        given("the settings' own keys are not fetched again", ["T06"], "kid_unknown", unknown),
        given(
            "the settings' own keys, another key of that name",
            ["T13"],
            "good",
            wrong,
            {"keys": [jwk("id", OTHERS["modulus_main"])]},
        ),
    ]
    # What needs no keys is checked as well.
    early = {"exp_past", "iss_other", "aud_other", "azp_missing", "at_hash_other", "alg_none", "alg_HS256", "opaque"}
    variants += [
        {
            "about": f"refused by its claims: {about}",
            "cases": cases,
            "steps": [send_keys(response(whole)), AUTHORIZE, send_token(tokens(made[name]))],
            "end": failed(reason, advice),
        }
        for about, cases, name, reason, advice in REFUSED
        if name in early
    ]
    return {
        "about": "A login with an ID token: its claims are checked, and its signature against the site's keys",
        "cases": [],
        "settings": {**SETTINGS, "verify_id_token": "signature"},
        "flow": "login",
        "parameters": LOGIN,
        "now_ms": NOW * 1000,
        "steps": [send_keys(response(whole)), AUTHORIZE, send_token(tokens(made["good"]))],
        "end": done("signature", made["good"]),
        "variants": variants,
    }


def access(made: dict[str, str], modulus: str) -> dict[str, Any]:
    """verify_jwt: what a well signed access token must say of itself."""
    my_domain = "https://acme.my.salesforce.com"

    def answer(name: str, **more: str) -> dict[str, Any]:
        return response({"access_token": made[name], "token_type": "Bearer", "token_format": "jwt", **more})

    def good(name: str) -> dict[str, Any]:
        return {"step": "DONE", "result": {"access_token": made[name]}}

    def bad(reason: str, word: str, advice: str = "NONE") -> dict[str, Any]:
        return {"step": "FAILED", "error": {"kind": "PROTOCOL", "advice": advice, "reason": reason, "message_has": [word]}}

    def played(about: str, name: str, end: dict[str, Any], **more: str) -> dict[str, Any]:
        return {"about": about, "response": answer(name, **more), "end": end}

    def brought(about: str, name: str, end: dict[str, Any], site: str = SITE) -> dict[str, Any]:
        """user_agent: a browser brings it."""
        shown = show(site, "token", f"#access_token={made[name]}&token_type=Bearer", scope="api", nonce="")
        asked = {"flow": "user_agent", "parameters": {"username": None, "password": None, "scope": "api"}}
        return {"about": about, **asked, "settings": {"site": site}, "steps": [shown], "end": end}

    another = bad("another_issuer", "issuer", "FIX_ORG")
    audience = bad("wrong_audience", "audience")
    variants = [
        played("issued by another org", "at_iss_other", another),
        played("issued by another org, whose address the response names as a site", "at_iss_other", another, sfdc_site_url=SITE),
        played("without an issuer", "at_iss_missing", another),
        played("an issuer that is a slash", "at_iss_slash", another),
        played(
            "issued by the org's My Domain, which the response names",
            "at_my_domain",
            good("at_my_domain"),
            instance_url=my_domain,
        ),
        played(
            "issued by a My Domain that the response does not name", "at_my_domain", another, instance_url=my_domain + ".example"
        ),
        played("for another audience", "at_aud_other", audience),
        played("for an empty list of audiences", "at_aud_empty", audience),
        played("for several audiences, the org among them", "at_aud_several", good("at_aud_several")),
        played("for one audience, as text", "at_aud_text", good("at_aud_text")),
        played("without an audience: the token endpoint sent it", "at_aud_missing", good("at_aud_missing")),
        played("another kind of token", "at_tty_other", bad("bad_jwt", "tty")),
        played("without its kind: the token endpoint sent it", "at_tty_missing", good("at_tty_missing")),
        played("an ID token in its place", "good", audience),
        played("without a client: the token endpoint sent it", "at_client_missing", good("at_client_missing")),
        brought("a browser brings it", "at_good", good("at_good")),
        brought("a browser brings it, without an audience", "at_aud_missing", audience),
        brought("a browser brings it, without its kind", "at_tty_missing", bad("bad_jwt", "tty")),
        brought("a browser brings it, without a client", "at_client_missing", bad("another_client", "another client")),
        brought("a browser brings it, of another client", "at_client_other", bad("another_client", "another client")),
        brought("a browser brings it, of another org's", "at_iss_other", another),
        brought("a browser brings it to My Domain: its own", "at_my_domain", good("at_my_domain"), my_domain),
    ]
    return {
        "about": "An access token that is well signed is the site's own: its kind, issuer, audience and client",
        "cases": [],
        "settings": {**SETTINGS, "verify_jwt": "true", "jwks": json.dumps({"keys": [jwk("id", modulus)]}, separators=(",", ":"))},
        "flow": "login",
        "parameters": LOGIN,
        "now_ms": NOW * 1000,
        "steps": [AUTHORIZE, send_token(answer("at_good"))],
        "end": good("at_good"),
        "variants": variants,
    }


def refreshed(made: dict[str, str], modulus: str) -> dict[str, Any]:
    """A refresh: the tokens that came with a bad ID token are the session's last."""
    whole = {"keys": [jwk("id", modulus)]}
    old = "5Aep861ExampleOld"
    kept = {"access_token": ACCESS, "refresh_token": "5Aep861ExampleRefresh"}

    def send(name: str, access_token: str = ACCESS, grant: str = "refresh_token") -> dict[str, Any]:
        form = {"grant_type": grant, "refresh_token": old, "client_id": CLIENT}
        return {"step": "SEND", "request": {"name": "token", "form": form}, "response": tokens(made[name], access_token)}

    def dropped(reason: str, **more: str) -> dict[str, Any]:
        result = {**kept, "id_token_checked": "failed", "id_token_failure": reason, **more}
        return {"step": "DONE", "result": result, "absent": ["id_token"]}

    def passed(checked: str, name: str = "good") -> dict[str, Any]:
        result = {**kept, "id_token": made[name], "id_token_checked": checked}
        return {"step": "DONE", "result": result, "absent": ["id_token_failure"]}

    def at(about: str, seconds: int, end: dict[str, Any]) -> dict[str, Any]:
        return {"about": about, "cases": ["T24", "T25"], "now_ms": (NOW + seconds) * 1000, "end": end}

    def played(about: str, cases: list[str], name: str, reason: str) -> dict[str, Any]:
        return {"about": about, "cases": cases, "steps": [send(name)], "end": dropped(reason)}

    def signed(about: str, name: str, end: dict[str, Any], keys: dict[str, Any] = whole, **more: Any) -> dict[str, Any]:
        """Where the access token is checked as well, the keys come first."""
        settings = {"verify_id_token": "signature", **more.pop("settings", {})}
        fetched = send_keys(response(keys))
        first = more.pop("steps", [send(name)])
        first.insert(0 if "verify_jwt" in settings else 1, fetched)
        return {"about": about, "settings": settings, "steps": first, "end": end}

    lost = {"kind": "PROTOCOL", "advice": "SIGN_IN_AGAIN", "outcome_unknown": True}
    both = {"verify_jwt": "true"}
    again = [send_keys({"status": 500}), {"step": "WAIT"}]
    variants = [
        at("a clock that is 61 s late", -61, passed("claims")),
        at("a clock that is an hour late", -3600, passed("claims")),
        at("a clock that is 179 s ahead: within the leeway", 179, passed("claims")),
        at("a clock that is 181 s ahead", 181, dropped("token_expired")),
        played("another client's", ["T21"], "aud_other", "another_client"),
        played("of another issuer", ["T20"], "iss_other", "another_issuer"),
        played("without a subject", ["T23"], "sub_missing", "bad_jwt"),
        played("of another access token", ["T27"], "at_hash_other", "at_hash_mismatch"),
        played("not valid yet", ["T25"], "nbf_future", "token_not_yet_valid"),
        played("alg none", ["T01"], "alg_none", "bad_jwt"),
        played("not a JWT", ["T16"], "opaque", "bad_jwt"),
        {
            "about": "with none, nothing is looked at",
            "settings": {"verify_id_token": "none"},
            "steps": [send("exp_past")],
            "end": {
                "step": "DONE",
                "result": {**kept, "id_token": made["exp_past"]},
                "absent": ["id_token_checked", "id_token_failure"],
            },
        },
        signed("its signature is good", "good", passed("signature")),
        signed("another token's signature", "signature_of_another", dropped("bad_signature")),
        signed("a key that the site does not publish", "kid_unknown", dropped("unknown_key")),
        {
            "about": "the keys cannot be had: the refresh costs no more than the ID token",
            "settings": {"verify_id_token": "signature"},
            "steps": [send("good"), *again, *again, send_keys({"status": 500})],
            "end": dropped("server_error"),
        },
        {
            "about": "expired: its signature is not looked at",
            "settings": {"verify_id_token": "signature"},
            "steps": [send("exp_past")],
            "end": dropped("token_expired"),
        },
        signed(
            "the access token is good, the ID token is not",
            "exp_past",
            dropped("token_expired", access_token=made["at_good"], uvid_carry="absent"),
            settings=both,
            steps=[send("exp_past", made["at_good"])],
        ),
        signed(
            "the access token is not good, whatever the ID token is",
            "exp_past",
            {"step": "FAILED", "error": {**lost, "reason": "another_issuer"}},
            settings=both,
            steps=[send("exp_past", made["at_iss_other"])],
        ),
        {
            "about": "an access token that has ended by this machine's clock, and no ID token",
            "settings": {"verify_jwt": "true", "jwks": json.dumps(whole, separators=(",", ":"))},
            "now_ms": (NOW + 1861) * 1000,
            "steps": [
                {
                    **send("good"),
                    "response": response({"access_token": made["at_good"], "refresh_token": "5Aep861ExampleRefresh"}),
                }
            ],
            "end": {"step": "FAILED", "error": {**lost, "reason": "token_expired"}},
        },
        {
            "about": "the hybrid refresh is no other",
            "flow": "hybrid_refresh",
            "now_ms": (NOW + 181) * 1000,
            "steps": [send("good", grant="hybrid_refresh")],
            "end": dropped("token_expired"),
        },
    ]
    return {
        "about": "A refresh whose ID token does not pass: it is left out, and the other tokens are there",
        "cases": [],
        "settings": SETTINGS,
        "flow": "refresh",
        "parameters": {"refresh_token": old},
        "now_ms": NOW * 1000,
        "steps": [send("good")],
        "end": passed("claims"),
        "variants": variants,
    }


def show(site: str, response_type: str, callback: str, scope: str = "openid", nonce: str = NONCE) -> dict[str, Any]:
    challenge = "code_challenge=${challenge}&code_challenge_method=S256&" if response_type == "code" else ""
    sent = f"scope={scope}&" * bool(scope) + f"nonce={nonce}&" * bool(nonce)
    url = f"{site}/services/oauth2/authorize?response_type={response_type}&client_id={CLIENT}&redirect_uri={quote(CALLBACK, safe='')}&"
    return {
        "step": "SHOW",
        "show": {"url": f"{url}{challenge}{sent}state=${{state}}"},
        "value": {"name": "callback_url", "value": f"{CALLBACK}{callback}&state=${{state}}"},
    }


def in_fragment(id_token: str, user: str = "") -> str:
    identity = f"&id={quote(user, safe='')}" if user else ""
    return f"#access_token={quote(ACCESS, safe='')}&token_type=Bearer&scope=openid&id_token={id_token}{identity}"


def browser(made: dict[str, str], modulus: str) -> dict[str, Any]:
    whole = {"keys": [jwk("id", modulus)]}
    good = made["nonce_unasked"]
    parameters = {"scope": "openid", "nonce": NONCE}

    def code(about: str, cases: list[str], name: str, end: dict[str, Any], site: str = SITE, **more: Any) -> dict[str, Any]:
        """web_server: the tokens come from the token endpoint."""
        steps = [show(site, "code", "?code=aPrxWeb%3D%3D"), send_token(tokens(made[name]))]
        settings = {"site": site, **more.pop("settings", {})}
        return {"about": about, "cases": cases, "settings": settings, "steps": steps, "end": end, **more}

    def implicit(about: str, cases: list[str], name: str, keys: bool, end: dict[str, Any], **more: Any) -> dict[str, Any]:
        """user_agent: a browser brings them, and perhaps an id."""
        asked = {"flow": "user_agent", "parameters": {"response_type": "token id_token"}}
        steps = [show(SITE, "token+id_token", in_fragment(made[name], more.pop("id", "")))]
        if keys:
            steps.append(send_keys(response(whole)))
        return {"about": about, "cases": cases, **asked, "steps": steps, "end": end, **more}

    my_domain, login_host, test_host = (
        "https://acme.my.salesforce.com",
        "https://login.salesforce.com",
        "https://test.salesforce.com",
    )
    # A nonce of the flow's own, which no token made in advance can repeat.
    own = [
        show(SITE, "code", "?code=aPrxWeb%3D%3D", nonce="${nonce}"),
        send_token(tokens(good)),
    ]
    # Scopes without openid are named, so that no nonce is sent.
    nonce_free = {"parameters": {"nonce": None, "scope": "api"}}

    def at(about: str, name: str, site: str, end: dict[str, Any]) -> dict[str, Any]:
        steps = [show(site, "code", "?code=aPrxWeb%3D%3D", scope="api", nonce=""), send_token(tokens(made[name]))]
        return {"about": about, "cases": ["T20"], "settings": {"site": site}, **nonce_free, "steps": steps, "end": end}

    refused = failed("another_issuer", "FIX_ORG")
    variants = [
        code("no nonce", ["T26"], "good", failed("nonce_mismatch", "RESTART")),
        code("another nonce", ["T26"], "nonce_other", failed("nonce_mismatch", "RESTART")),
        code("a part of the nonce", ["T26"], "nonce_part", failed("nonce_mismatch", "RESTART")),
        code("a nonce that is a number", ["T26"], "nonce_number", failed("nonce_mismatch", "RESTART")),
        code(
            "no at_hash: the token endpoint sent both",
            ["T27"],
            "nonce_without_at_hash",
            done("claims", made["nonce_without_at_hash"]),
        ),
        code(
            "another nonce, and nothing is checked",
            [],
            "nonce_other",
            done(None, made["nonce_other"]),
            settings={"verify_id_token": "none"},
        ),
        {
            "about": "a nonce of the flow's own",
            "cases": ["T26"],
            "parameters": {"nonce": None},
            "steps": own,
            "end": failed("nonce_mismatch", "RESTART"),
        },
        at("My Domain issues for itself", "iss_my_domain", my_domain, done("claims", made["iss_my_domain"])),
        at("the login host issues for a My Domain", "iss_login", my_domain, done("claims", made["iss_login"])),
        at("the login host with a slash behind it", "iss_login_slash", my_domain, done("claims", made["iss_login_slash"])),
        at("the login host with a path", "iss_login_path", my_domain, refused),
        at("another org's My Domain", "iss_another_my_domain", my_domain, refused),
        at("a site, where the settings name a My Domain", "good", my_domain, refused),
        at("another host, where the settings name a My Domain", "iss_other", my_domain, refused),
        at("the login host issues for itself", "iss_login", login_host, done("claims", made["iss_login"])),
        at("a My Domain issues for the login host", "iss_my_domain", login_host, done("claims", made["iss_my_domain"])),
        at("a My Domain issues for the sandboxes' login host", "iss_my_domain", test_host, done("claims", made["iss_my_domain"])),
        at("the sandboxes' login host issues for itself", "iss_test", test_host, done("claims", made["iss_test"])),
        at("a site, where the settings name a login host", "good", login_host, refused),
        implicit("a browser brings it: its signature is checked", [], "nonce_unasked", True, done("signature", good)),
        implicit(
            "a browser brings it: another token's signature", ["T13"], "nonce_signature_of_another", True, failed("bad_signature")
        ),
        implicit(
            "a browser brings it: a key that the site does not publish", ["T06"], "nonce_kid_unknown", True, failed("unknown_key")
        ),
        implicit("a browser brings it: no nonce", ["T26"], "good", False, failed("nonce_mismatch", "RESTART")),
        implicit(
            "a browser brings it: no at_hash", ["T27"], "nonce_without_at_hash", False, failed("at_hash_mismatch", "RESTART")
        ),
        implicit(
            "a browser brings it: at_hash of another token",
            ["T27"],
            "nonce_at_hash_other",
            False,
            failed("at_hash_mismatch", "RESTART"),
        ),
        implicit(
            "a browser brings it: with the settings' own keys nothing is fetched",
            [],
            "nonce_unasked",
            False,
            done("signature", good),
            settings={"jwks": json.dumps(whole, separators=(",", ":"))},
        ),
        implicit(
            "a browser brings it, and nothing is checked",
            [],
            "nonce_signature_of_another",
            False,
            done(None, made["nonce_signature_of_another"]),
            settings={"verify_id_token": "none"},
        ),
        {
            "about": "a browser brings one that was not asked for: no nonce was sent",
            "cases": ["T26"],
            "flow": "user_agent",
            **nonce_free,
            "steps": [show(SITE, "token", in_fragment(good), scope="api", nonce="")],
            "end": failed("nonce_mismatch", "RESTART", hint_has=["openid"]),
        },
        {
            "about": "a browser brings it with the sessions of the org's domains",
            "flow": "hybrid_user_agent",
            "steps": [show(SITE, "hybrid_token", in_fragment(good)), send_keys(response(whole))],
            "end": done("signature", good),
        },
        {
            "about": "a browser brings one, and no scope was named: a nonce was sent, in case the app has openid",
            "flow": "user_agent",
            "parameters": {"scope": None},
            "steps": [show(SITE, "token", in_fragment(good), scope=""), send_keys(response(whole))],
            "end": done("signature", good),
        },
        {
            "about": "a nonce of the flow's own where no scope was named",
            "cases": ["T26"],
            "flow": "user_agent",
            "parameters": {"nonce": None, "scope": None},
            "steps": [show(SITE, "token", in_fragment(good), scope="", nonce="${nonce}")],
            "end": failed("nonce_mismatch", "RESTART"),
        },
        implicit(
            "a browser brings it with an id of the same user",
            [],
            "nonce_unasked",
            True,
            done("signature", good, id=USER),
            id=USER,
        ),
        *(
            implicit(
                f"a browser brings it with an id of {whose}",
                [],
                "nonce_unasked",
                False,
                failed("another_user", "RESTART"),
                id=other,
            )
            for whose, other in (
                ("another user", USER.replace("005Ex0000002defIAA", "005Ex0000002xyzIAA")),
                ("another org", USER.replace("00DEx0000001abcEAA", "00DEx0000001xyzEAA")),
                ("the same user at another host", USER.replace("login", "other.my")),
            )
        ),
        {
            "about": "a browser brings the sessions of the org's domains with an id of another user",
            "flow": "hybrid_user_agent",
            "steps": [show(SITE, "hybrid_token", in_fragment(good, USER.replace("def", "xyz")))],
            "end": failed("another_user", "RESTART"),
        },
        {
            "about": "the hybrid flow's comes from the token endpoint",
            "flow": "hybrid_web_server",
            "steps": [show(SITE, "code", "?code=aPrxWeb%3D%3D"), send_token(tokens(good))],
            "end": done("claims", good),
        },
    ]
    return {
        "about": "An ID token of a sign-in in a browser: it repeats the nonce",
        "cases": [],
        "settings": SETTINGS,
        "flow": "web_server",
        "parameters": parameters,
        "now_ms": NOW * 1000,
        "steps": [show(SITE, "code", "?code=aPrxWeb%3D%3D"), send_token(tokens(good))],
        "end": done("claims", good),
        "variants": variants,
    }


def text_of(value: Any, depth: int = 0) -> str:
    """JSON with one line for what is short."""
    whole = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or len(whole) + depth <= 150:
        return whole
    inside = "  " * (depth + 1)
    if isinstance(value, dict):
        rows = [f"{inside}{json.dumps(name)}: {text_of(item, depth + 1)}" for name, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + "  " * depth + "}"
    return "[\n" + ",\n".join(inside + text_of(item, depth + 1) for item in value) + "\n" + "  " * depth + "]"


def note_lost(vector: dict[str, Any]) -> None:
    """A token that does not pass costs what it came for, unless a browser brought it."""
    for variant in vector["variants"]:
        error = variant["end"].get("error", {})
        steps = variant.get("steps", vector["steps"])
        came = any(step.get("request", {}).get("name") == "token" for step in steps)
        if came and error.get("kind") == "PROTOCOL" and "outcome_unknown" not in error:
            variant["end"] = {**variant["end"], "error": {**error, "advice": "RESTART", "outcome_unknown": True}}


def main() -> None:
    made, modulus = make()
    if len(sys.argv) > 1:
        print(made[sys.argv[1]])
        return
    files = {"id_token": login(made), "id_token_keys": with_keys(made, modulus), "id_token_browser": browser(made, modulus)}
    files |= {"id_token_refresh": refreshed(made, modulus), "access_token": access(made, modulus)}
    for name, vector in files.items():
        note_lost(vector)
        (HERE / f"{name}.json").write_text(text_of(vector) + "\n")


if __name__ == "__main__":
    main()
