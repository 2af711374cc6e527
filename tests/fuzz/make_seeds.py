#!/usr/bin/env python3
"""Writes a folder of seeds for every fuzz target, taken from the vectors: make_seeds.py OUT.

Each target's own file says what its input looks like. ${state} in a response stays as it is for `flow`, which
knows the state; the others get a fixed one.
"""

import base64
import hashlib
import io
import json
import pathlib
import sys
import urllib.parse
import zipfile

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
STATE = "fuzz-state"
OAUTH1 = {"request_token": 0, "access_token": 1, "login": 2}
NEXT = b"\n====\n"
MAX_SEED = 16 * 1024  # a seed of a mebibyte makes every run slow; the maxima are the vectors' to test


def given(value):
    """The bytes that a vector stands for (tests/vectors/README.md)."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, list):
        return b"".join(given(part) for part in value)
    if "repeat" in value:
        return given(value["repeat"]) * value["times"]
    if "base64" in value:
        return base64.b64decode(value["base64"])
    return json.dumps(value["json"]).encode()


def conversations(vector):
    """The file itself and each of its variants."""
    yield vector
    for variant in vector.get("variants", []):
        merged = dict(vector)
        for name, value in variant.items():
            if name in ("settings", "parameters"):
                merged[name] = {**vector.get(name, {}), **value}
            elif name in ("response", "no_response"):
                if vector.get("steps"):
                    last = {k: v for k, v in vector["steps"][-1].items() if k not in ("response", "no_response")}
                    merged["steps"] = [*vector["steps"][:-1], {**last, name: value}]
            else:
                merged[name] = value
        yield merged


def response_text(response):
    head = f"{response.get('status', 0)} {response.get('http_version', 0)}\n".encode()
    for name, value in response.get("headers") or []:
        head += given(name) + b": " + given(value) + b"\n"
    return head + b"\n" + given(response.get("body", ""))


def wire_text(response):
    """As the client's reader gets it."""
    return b"HTTP/1.1 " + response_text(response).replace(b"\n\n", b"\r\n\r\n", 1)


def flow_text(vector):
    lines = [vector.get("flow", "login").encode()]
    lines += [
        b"setting " + name.encode() + b"=" + given(value)
        for name, value in vector.get("settings", {}).items()
        if value is not None
    ]
    lines += [name.encode() + b"=" + given(value) for name, value in vector.get("parameters", {}).items() if value is not None]
    pieces = []
    for step in vector.get("steps", []):
        if "advance_ms" in step:
            pieces.append(b"+%d" % step["advance_ms"])
        if "response" in step:
            pieces.append(response_text(step["response"]))
        elif "no_response" in step:
            pieces.append(b"!" + step["no_response"]["sent"].encode() + b" " + step["no_response"].get("why", "").encode())
        else:
            if "ticket" in step:
                pieces.append(b"&")
            if step.get("resend"):
                pieces.append(b"^")
            elif "value" in step:
                pieces.append(given(step["value"]["value"]))
    return b"\n".join(lines) + b"\n\n" + NEXT.join(pieces)


def texts_in(value):
    """Every string in a piece of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from texts_in(member)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def plain_jwt(token):
    """The token's two JSON parts, as the jwt target takes them, or nothing."""
    try:
        parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")[:2]]
        return b"\n".join(json.dumps(json.loads(part)).encode() for part in parts) + b"\nAAAA\n"
    except (ValueError, RecursionError):
        return None


class Seeds:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.written = set()

    def add(self, target, data):
        if len(data) > MAX_SEED:
            return
        folder = self.folder / target
        path = folder / hashlib.sha256(data).hexdigest()[:16]
        if path in self.written:
            return
        self.written.add(path)
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def take(self, vector):
        if "ticket" in vector:
            self.add("ticket", given(vector["ticket"]))
            return
        self.add("flow", flow_text(vector))
        settings = {name: value for name, value in vector.get("settings", {}).items() if value is not None}
        self.add("app_settings", b"\n".join(name.encode() + b"=" + given(value) for name, value in settings.items()))
        for setting in ("extra_headers", "extra_parameters", "jwks"):
            if setting in settings:
                self.add("json", given(settings[setting]))
        if "private_key" in settings:
            pem = given(settings["private_key"])
            self.add("private_key", pem)
            self.add("private_key", b"\n".join(line for line in pem.splitlines() if not line.startswith(b"-")))
        parameters = {name: value for name, value in vector.get("parameters", {}).items() if value is not None}
        if "assertion" in parameters:
            self.add("saml", given(parameters["assertion"]))
            self.add("sim_xml", given(parameters["assertion"]))
        for name in ("asset_token_certificate", "asset_token_jwk"):
            if name in parameters:
                self.add("public_key", given(parameters[name]))
                self.add(
                    "public_key", b"\n".join(line for line in given(parameters[name]).splitlines() if not line.startswith(b"-"))
                )
        redirect_uri = given(settings.get("redirect_uri", "https://app.example.com/callback"))
        site = given(settings.get("site", "https://acme.my.site.com/shop"))
        for step in vector.get("steps", []):
            if step.get("step") == "SHOW" and "value" in step:
                address = given(step["value"]["value"]).replace(b"${state}", STATE.encode())
                self.add(
                    "authorize_response",
                    site
                    + b"/services/oauth2/authorize\n"
                    + redirect_uri
                    + b"\n"
                    + STATE.encode()
                    + b"\n"
                    + b"302\nlocation: "
                    + address
                    + b"\n\n",
                )
                self.add("oauth1_response", b"3\n" + address)
                self.add("callback_address", redirect_uri + b"\n" + STATE.encode() + b"\n" + address)
                self.add("fragment_callback", redirect_uri + b"\n" + STATE.encode() + b"\n" + address)
            if "response" not in step:
                continue
            response = response_text(step["response"])
            body = given(step["response"].get("body", ""))
            request = step.get("request", {}).get("name")
            self.add("response", b"Sun, 06 Nov 1994 08:49:37 GMT\n" + response)
            self.add("response_reader", wire_text(step["response"]))
            self.add("oauth_error", response)
            for question in (2, 12, 19, 26):
                self.add("inquiry", b"%d\n" % question + response)
            if request == "authorize":
                head = site + b"/services/oauth2/authorize\n" + redirect_uri + b"\n" + STATE.encode() + b"\n"
                self.add("authorize_response", head + response.replace(b"${state}", STATE.encode()))
                for name, value in step["response"].get("headers") or []:
                    if name.lower() == "location":
                        location = given(value).replace(b"${state}", STATE.encode())
                        self.add("url", site + b"/services/oauth2/authorize\n" + location)
                        self.add("form", location.partition(b"?")[2])
            if request in ("init", "forgot_password", "reset_password"):
                self.add("init_response", b"5\n" + response)
                self.add("init_response", b"10\n" + response)
            if request == "authorization_challenge":
                self.add("challenge_response", b"0\n" + response)
                self.add("challenge_response", b"2\n" + response)
            if request in OAUTH1:
                self.add("oauth1_response", b"%d\n" % OAUTH1[request] + response)
                self.add("flat_xml", b"response\n" + body)
            if request in ("device_code", "register"):
                self.add("issued_codes", response)
            if request == "token":
                self.add("token_response", response)
            if request == "discovery":
                self.add("discovery_document", body)
            if body:
                self.add("json", body)
                self.add("text", body)
                self.add("redact", b"QWERTZUIOP\nthe server says ${secret}: " + body)
        for text in texts_in([vector.get("settings"), vector.get("parameters"), vector.get("steps")]):
            self.take_text(text, given(settings.get("jwks", "")))

    def take_text(self, text, jwks):
        if text.startswith("eyJ") and text.count(".") == 2:
            self.add("jwt", text.encode() + b"\n" + jwks)
            self.add("visitor", b"\n" + text.encode())
            self.add("visitor", b"0f8fad5b-d9cb-469f-a165-70867728950e\n" + text.encode())
            if plain := plain_jwt(text):
                self.add("jwt", plain + jwks)
                self.add("visitor", b"\n" + plain.split(b"\n")[1])
        elif text.startswith(("https://", "http://")):
            self.add("identity_url", text.encode())
            self.add("url", text.encode() + b"\n../" + urllib.parse.quote(text[8:24]).encode())
        if len(text) <= 64:
            self.add("base64", base64.b64encode(text.encode()))


def session_record(**fields):
    """What pack() makes of a session's record (core/session/record.h)."""
    return b"".join(
        bytes([len(name)]) + name.encode() + len(value).to_bytes(3, "big") + value.encode() for name, value in fields.items()
    )


def take_session_records(seeds):
    """A record of each kind and state that a flow can find."""
    tokens = {"access_token": "00D!a", "instance_url": "https://acme.my.salesforce.com", "expires_at_ms": "1767232800000"}
    named = {**tokens, "kind": "named", "refresh_token": "5Aep", "family": "f1", "generation": "3", "rotates": "true"}
    guest = {**tokens, "kind": "guest", "uvid": "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"}
    marked = {**named, "owner": "o1", "since_ms": "1767225600000", "tries": "1"}
    for fields in (named, guest, marked):
        for state in ("settled", "refreshing", "ended"):
            seeds.add("session_record", session_record(**fields, state=state) + bytes(64))


def take_org_file(seeds, path, *rest):
    """A file of the Metadata API: alone, in a zip, and in a request."""
    text = b"".join(rest)
    name = path.decode().strip()
    seeds.add("org_xml", text)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo(name), text)
    seeds.add("org_zip", zipped.getvalue())
    seeds.add("sim_zip", zipped.getvalue())
    seeds.add("sim_xml", text)
    for folder in range(6):
        seeds.add("sim_metadata", bytes([folder]) + text)
    request = {
        "files": [{"path": name, "text": text.decode(errors="replace")}],
        "flows": ["login", "web_server"],
        "client": "public",
    }
    seeds.add("org_request", b"\0" + json.dumps(request).encode())
    choices = {"name": "Acme", "flows": ["login", "registration"], "contact_email": "ops@acme.example"}
    choices["run_as_user"] = "integration@acme.example"
    choices.update(
        {"redirect_uris": ["https://app.acme.example/callback"], "site": "shop", "network": request["files"][0]["text"]}
    )
    seeds.add("org_request", b"\1" + json.dumps(choices).encode())
    seeds.add("org_request", b"\2" + json.dumps({"word": name.split("/")[-1].split(".")[0]}).encode())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    seeds = Seeds(sys.argv[1])
    for path in sorted(VECTORS.glob("*.json")):
        for vector in conversations(json.loads(path.read_text())):
            seeds.take(vector)
    for path in sorted((VECTORS.parent / "org").glob("*/*.txt")):
        for file in path.read_bytes().split(b"\n--- ")[1:]:
            for choice in range(6):
                seeds.add("org_lint", bytes([choice]) + file.partition(b"\n")[2])
            take_org_file(seeds, *file.split(b"\n", 1))
    asked = {"flows": ["login"], "client": "public", "observations": {"code": {"http_status": 400, "error": "invalid_grant"}}}
    seeds.add("org_request", b"\3" + json.dumps(asked).encode())
    take_session_records(seeds)
    print(f"{len(seeds.written)} seeds")


if __name__ == "__main__":
    main()
