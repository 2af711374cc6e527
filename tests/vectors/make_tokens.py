#!/usr/bin/env python3
"""Makes the RS256 tokens and keys that the vectors hold. Python's standard library and the openssl command.

    make_tokens.py            with new keys, writes tokens.txt again and puts the new texts where the vectors hold the old
    make_tokens.py NAME...    prints texts of tokens.txt

The private keys exist only while this runs: a key in a repository looks like one that matters. So a new
token means new keys, and every vector that holds an old text is rewritten; the conversations stay the same.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIST = HERE / "tokens.txt"

NOW = 1767225600  # 2026-01-01, the time at which the vectors play
UVID = "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11"
OTHER_UVID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
CLIENT = "3MVG9Example.ClientId"

HEADER = {"alg": "RS256", "typ": "JWT", "kid": "main", "tty": "sfdc-core-token", "tnk": "core/prod/00DEx0000001abc", "ver": "1.0"}
CLAIMS = {
    "iss": "https://acme.my.site.com/shop",
    "aud": ["https://acme.my.site.com/shop"],
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 1800,
    "client_id": CLIENT,
    "scp": "api",
    "mty": "oauth",
}
GUEST = CLAIMS | {"sub": f"uvid:{UVID}"}
NAMED = CLAIMS | {"sub": "uid:005Ex0000002defIAA", "scp": "api refresh_token"}


def without(claims: dict, *names: str) -> dict:
    return {name: value for name, value in claims.items() if name not in names}


# name: (header, claims, key). Claims may be text, where JSON cannot say it.
TOKENS: dict[str, tuple[dict | str, dict | str, str]] = {
    "guest": (HEADER, GUEST, "main"),
    "guest_renewed": (HEADER, GUEST | {"iat": NOW + 60, "nbf": NOW + 60, "exp": NOW + 1860}, "main"),
    "guest_ended": (HEADER, GUEST | {"iat": NOW - 3600, "nbf": NOW - 3600, "exp": NOW - 1800}, "main"),
    "guest_ends_in_20s": (HEADER, GUEST | {"exp": NOW + 20}, "main"),
    "guest_ends_in_31s": (HEADER, GUEST | {"exp": NOW + 31}, "main"),
    "guest_without_exp": (HEADER, without(GUEST, "exp"), "main"),
    "guest_upper_case": (HEADER, GUEST | {"sub": f"uvid:{UVID.upper()}"}, "main"),
    "guest_other": (HEADER, GUEST | {"sub": f"uvid:{OTHER_UVID}"}, "main"),
    "guest_no_scheme": (HEADER, GUEST | {"sub": UVID}, "main"),
    "guest_no_uuid": (HEADER, GUEST | {"sub": "uvid:visitor-7"}, "main"),
    "guest_no_sub": (HEADER, without(GUEST, "sub"), "main"),
    "guest_sub_object": (HEADER, GUEST | {"sub": {"uvid": UVID}}, "main"),
    "named": (HEADER, NAMED, "main"),
    "named_uvid": (HEADER, NAMED | {"uvid": UVID}, "main"),
    "named_uvid_scheme": (HEADER, NAMED | {"uvid": f"uvid:{UVID}"}, "main"),
    "named_uvid_in_another_claim": (HEADER, NAMED | {"visitor": f"uvid:{UVID}"}, "main"),
    "named_uvid_bare_in_another_claim": (HEADER, NAMED | {"unique_visitor_id": UVID}, "main"),
    "named_other_uvid": (HEADER, NAMED | {"uvid": OTHER_UVID}, "main"),
    "named_uvid_number": (HEADER, NAMED | {"uvid": 5}, "main"),
    "named_uvid_word": (HEADER, NAMED | {"uvid": "somebody"}, "main"),
    # For verify_jwt: each is named_uvid with one thing changed.
    "no_kid": (without(HEADER, "kid"), NAMED | {"uvid": UVID}, "main"),
    "kid_unknown": (HEADER | {"kid": "else"}, NAMED | {"uvid": UVID}, "main"),
    "kid_path": (HEADER | {"kid": "../../etc/passwd"}, NAMED | {"uvid": UVID}, "main"),
    "kid_sql": (HEADER | {"kid": "main' OR '1'='1"}, NAMED | {"uvid": UVID}, "main"),
    "kid_nul": (HEADER | {"kid": "main\0"}, NAMED | {"uvid": UVID}, "main"),
    "kid_number": (HEADER | {"kid": 7}, NAMED | {"uvid": UVID}, "main"),
    "kid_long": (HEADER | {"kid": "k" * 1000}, NAMED | {"uvid": UVID}, "main"),
    "header_long": (HEADER | {"x": "x" * 3000}, NAMED | {"uvid": UVID}, "main"),
    "signed_by_other": (HEADER, NAMED | {"uvid": UVID}, "other"),
    "other_key": (HEADER | {"kid": "other"}, NAMED | {"uvid": UVID}, "other"),
    "small_key": (HEADER | {"kid": "small"}, NAMED | {"uvid": UVID}, "small"),
    "alg_none": (HEADER | {"alg": "none"}, NAMED | {"uvid": UVID}, ""),
    "alg_None": (HEADER | {"alg": "None"}, NAMED | {"uvid": UVID}, "main"),
    "alg_nOnE": (HEADER | {"alg": "nOnE"}, NAMED | {"uvid": UVID}, "main"),
    "alg_empty": (HEADER | {"alg": ""}, NAMED | {"uvid": UVID}, "main"),
    "alg_missing": (without(HEADER, "alg"), NAMED | {"uvid": UVID}, "main"),
    "alg_null": (HEADER | {"alg": None}, NAMED | {"uvid": UVID}, "main"),
    "alg_number": (HEADER | {"alg": 256}, NAMED | {"uvid": UVID}, "main"),
    "alg_array": (HEADER | {"alg": ["RS256"]}, NAMED | {"uvid": UVID}, "main"),
    "alg_HS256": (HEADER | {"alg": "HS256"}, NAMED | {"uvid": UVID}, "main"),
    "alg_RS384": (HEADER | {"alg": "RS384"}, NAMED | {"uvid": UVID}, "main"),
    "alg_RS512": (HEADER | {"alg": "RS512"}, NAMED | {"uvid": UVID}, "main"),
    "alg_PS256": (HEADER | {"alg": "PS256"}, NAMED | {"uvid": UVID}, "main"),
    "alg_ES256": (HEADER | {"alg": "ES256"}, NAMED | {"uvid": UVID}, "main"),
    "alg_EdDSA": (HEADER | {"alg": "EdDSA"}, NAMED | {"uvid": UVID}, "main"),
    "alg_twice": ('{"alg":"RS256","kid":"main","alg":"RS256"}', NAMED | {"uvid": UVID}, "main"),
    "own_jwk": (HEADER | {"jwk": {"kty": "RSA", "n": "@other", "e": "AQAB"}}, NAMED | {"uvid": UVID}, "other"),
    "own_jku": (HEADER | {"jku": "https://evil.example/keys"}, NAMED | {"uvid": UVID}, "other"),
    "own_x5u": (HEADER | {"x5u": "https://evil.example/cert"}, NAMED | {"uvid": UVID}, "other"),
    "own_x5c": (HEADER | {"x5c": ["MIIBevil"]}, NAMED | {"uvid": UVID}, "other"),
    "crit_unknown": (HEADER | {"crit": ["exp"], "exp": NOW}, NAMED | {"uvid": UVID}, "main"),
    "crit_empty": (HEADER | {"crit": []}, NAMED | {"uvid": UVID}, "main"),
    "crit_no_array": (HEADER | {"crit": "b64"}, NAMED | {"uvid": UVID}, "main"),
    "b64_false": (HEADER | {"b64": False}, NAMED | {"uvid": UVID}, "main"),
    "zip": (HEADER | {"zip": "DEF"}, NAMED | {"uvid": UVID}, "main"),
    "header_array": ("[]", NAMED | {"uvid": UVID}, "main"),
    "claims_array": (HEADER, "[]", "main"),
    "claims_empty": (HEADER, "", "main"),
    "iss_twice": (
        HEADER,
        '{"iss":"https://acme.my.site.com/shop","iss":"https://evil.example","sub":"uid:1","exp":%d}' % (NOW + 1800),
        "main",
    ),
    "another_client": (HEADER, NAMED | {"uvid": UVID, "client_id": "3MVG9Another.Client"}, "main"),
    "client_id_number": (HEADER, NAMED | {"uvid": UVID, "client_id": 3}, "main"),
    "exp_missing": (HEADER, without(NAMED, "exp"), "main"),
    "exp_past": (HEADER, NAMED | {"uvid": UVID, "exp": NOW - 61}, "main"),
    "exp_in_leeway": (HEADER, NAMED | {"uvid": UVID, "exp": NOW - 59}, "main"),
    "exp_now": (HEADER, NAMED | {"uvid": UVID, "exp": NOW}, "main"),
    "exp_ms": (HEADER, NAMED | {"uvid": UVID, "exp": (NOW + 1800) * 1000}, "main"),
    "exp_text": (HEADER, NAMED | {"uvid": UVID, "exp": str(NOW + 1800)}, "main"),
    "exp_fraction": (HEADER, NAMED | {"uvid": UVID, "exp": NOW + 0.5}, "main"),
    "exp_negative": (HEADER, NAMED | {"uvid": UVID, "exp": -1}, "main"),
    "exp_2_63": (HEADER, NAMED | {"uvid": UVID, "exp": 2**63}, "main"),
    "exp_1e30": (HEADER, '{"sub":"uid:1","exp":1e30}', "main"),
    "exp_object": (HEADER, NAMED | {"uvid": UVID, "exp": {}}, "main"),
    "iat_missing": (HEADER, without(NAMED, "iat") | {"uvid": UVID}, "main"),
    "iat_future": (HEADER, NAMED | {"uvid": UVID, "iat": NOW + 61}, "main"),
    "iat_in_leeway": (HEADER, NAMED | {"uvid": UVID, "iat": NOW + 59}, "main"),
    "nbf_future": (HEADER, NAMED | {"uvid": UVID, "nbf": NOW + 61}, "main"),
    "nbf_text": (HEADER, NAMED | {"uvid": UVID, "nbf": "now"}, "main"),
    "sub_object": (HEADER, NAMED | {"uvid": UVID, "sub": {"a": 1}}, "main"),
    "roles_deep": (HEADER, '{"sub":"uid:1","exp":%d,"roles":%s}' % (NOW + 1800, "[" * 1000 + "]" * 1000), "main"),
}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def run(*command: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(command, input=stdin, check=True, capture_output=True).stdout


class Keys:
    def __init__(self, folder: Path) -> None:
        self.files: dict[str, str] = {}
        self.moduli: dict[str, str] = {}
        for name, bits in (("main", 2048), ("other", 2048), ("small", 1024)):
            self.files[name] = str(folder / name)
            run("openssl", "genrsa", "-out", self.files[name], str(bits))
            shown = run("openssl", "rsa", "-in", self.files[name], "-noout", "-modulus").decode().strip()
            self.moduli[name] = b64(bytes.fromhex(shown.split("=", 1)[1]))

    def token(self, header: dict | str, claims: dict | str, key: str) -> str:
        def text(part: dict | str) -> bytes:
            whole = part if isinstance(part, str) else json.dumps(part, separators=(",", ":"))
            return whole.replace("@other", self.moduli["other"]).encode()

        signed = f"{b64(text(header))}.{b64(text(claims))}"
        if not key:
            return signed + "."
        return f"{signed}.{b64(run('openssl', 'dgst', '-sha256', '-sign', self.files[key], stdin=signed.encode()))}"


def make() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        keys = Keys(Path(folder))
        made = {f"modulus_{name}": modulus for name, modulus in keys.moduli.items()}
        made |= {name: keys.token(*parts) for name, parts in TOKENS.items()}
    whole = made["named_uvid"]
    signed, signature = whole.rsplit(".", 1)
    raw = base64.urlsafe_b64decode(signature + "==")
    made["signature_empty"] = signed + "."
    made["signature_one_bit"] = f"{signed}.{b64(raw[:100] + bytes([raw[100] ^ 1]) + raw[101:])}"
    made["signature_cut"] = f"{signed}.{b64(raw[:-1])}"
    made["signature_longer"] = f"{signed}.{b64(raw + b'0')}"
    made["signature_zero"] = f"{signed}.{b64(bytes(256))}"
    made["signature_of_another"] = f"{signed}.{made['named'].rsplit('.', 1)[1]}"
    made["segments_1"] = signed.replace(".", "")
    made["segments_2"] = signed
    made["segments_4"] = whole + ".e30"
    made["segments_5"] = whole + ".e30.e30"
    made["segment_empty"] = signed.split(".")[0] + ".." + signature
    made["padded"] = whole + "=="
    made["standard_alphabet"] = signed + "." + base64.b64encode(raw).rstrip(b"=").decode()
    made["length_1_mod_4"] = (
        whole[: len(whole) - (len(signature) % 4)] + "A"
        if len(signature) % 4 == 0
        else signed + "." + signature[: len(signature) // 4 * 4] + "A"
    )
    made["spare_bits"] = whole[:-1] + chr(ord(whole[-1]) + 1)
    return made


def read() -> dict[str, str]:
    return dict(line.split(" ", 1) for line in LIST.read_text().splitlines())


def main() -> None:
    if len(sys.argv) > 1:
        known = read()
        for name in sys.argv[1:]:
            print(known[name])
        return
    old = read() if LIST.exists() else {}
    new = make()
    # Longest first: some texts begin with others.
    order = sorted((name for name in old if name in new), key=lambda name: -len(old[name]))
    for path in sorted(HERE.glob("*.json")):
        text = path.read_text()
        for name in order:
            text = text.replace(old[name], f"\0{name}\0")
        for name in order:
            text = text.replace(f"\0{name}\0", new[name])
        path.write_text(text)
    LIST.write_text("".join(f"{name} {text}\n" for name, text in new.items()))


if __name__ == "__main__":
    main()
