#!/usr/bin/env python3
"""Writes keys_lost.json: of each flow, the conversation of its own vector with a token whose key is new, and a key set that cannot be
fetched again. The token's texts come from tokens.txt, so that the file is the same each time.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from make_id_token import text_of

HERE = Path(__file__).resolve().parent
MADE = dict(line.split(" ", 1) for line in (HERE / "tokens.txt").read_text().splitlines())
KEYS = {"keys": [{"kty": "RSA", "kid": "main", "n": MADE["modulus_main"], "e": "AQAB"}]}
REFRESHES = {"refresh", "hybrid_refresh"}
# Every flow whose tokens come with a request that is not sent again, and the vector that holds its conversation.
FLOWS = {
    name: name
    for name in (
        "guest login passwordless_login registration first_party_login first_party_passwordless first_party_registration web_server "
        "hybrid_web_server native_sso token_exchange hybrid_token_exchange device username_password saml_assertion refresh hybrid_refresh"
    ).split()
} | {"login": "login_body"}
# Those with all kinds of failure: a code, a subject token, a session.
WHOLE = {"web_server", "token_exchange", "refresh"}


def keys(**given: Any) -> dict[str, Any]:
    return {"step": "SEND", "request": {"name": "keys", "method": "GET", "retry_safe": True}, **given}


def three_times(given: dict[str, Any]) -> list[dict[str, Any]]:
    wait = {"step": "WAIT", "wait_at_most_ms": 400}
    return [keys(**given), wait, keys(**given), wait, keys(**given)]


FAILURES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "no response": (three_times({"no_response": {"sent": "maybe"}}), {"kind": "TRANSPORT", "reason": "no_response"}),
    "503": (three_times({"response": {"status": 503}}), {"kind": "REFUSED", "reason": "server_error", "http_status": 503}),
    "a redirect": (
        [keys(response={"status": 302, "headers": [["Location", "https://acme.my.site.com/login"]], "body": ""})],
        {"kind": "PROTOCOL", "reason": "unexpected_redirect"},
    ),
    "over 1 MiB": (
        [keys(response={"status": 200, "body": {"repeat": "x", "times": 1_048_577}})],
        {"kind": "PROTOCOL", "reason": "response_too_large"},
    ),
    "without a key": (
        [keys(response={"status": 200, "body": {"json": {"keys": []}}})],
        {"kind": "PROTOCOL", "reason": "bad_jwks"},
    ),
}


def conversation(flow: str, file: str) -> dict[str, Any]:
    vector = json.loads((HERE / f"{file}.json").read_text())
    assert vector["flow"] == flow and vector["end"]["step"] == "DONE", file
    steps = copy.deepcopy(vector["steps"])
    last = steps[-1]
    assert last["request"]["name"] == "token", file
    body = json.loads(last["response"]["body"]) if isinstance(last["response"]["body"], str) else last["response"]["body"]["json"]
    body = {name: value for name, value in body.items() if name not in ("id_token", "signature")}
    last["response"]["body"] = {"json": body | {"access_token": MADE["kid_unknown"], "token_format": "jwt"}}
    first = next(at for at, step in enumerate(steps) if step["step"] == "SEND")
    steps.insert(first, keys(response={"status": 200, "body": {"json": KEYS}}))
    return {"settings": vector["settings"], "parameters": vector.get("parameters", {}), "steps": steps}


def main() -> None:
    variants = []
    for flow, file in FLOWS.items():
        made = conversation(flow, file)
        advice = "SIGN_IN_AGAIN" if flow in REFRESHES else "RESTART"
        for about, (failing, error) in FAILURES.items():
            if about != "no response" and flow not in WHOLE:
                continue
            # A minute later another set may be fetched, and the flow has the time.
            failed = [{**failing[0], "advance_ms": 61_000}, *failing[1:]]
            settings = {**made["settings"], "verify_jwt": "true", "timeout_ms": "120000"}
            told = {
                "outcome_unknown": True,
                "advice": advice,
                **error,
                "message_has": ["the tokens that had come were discarded"],
            }
            variants.append(
                {
                    "about": f"{flow}: {about}",
                    "cases": ["T31"],
                    "flow": flow,
                    "settings": settings,
                    "parameters": made["parameters"],
                    "steps": [*made["steps"], *failed],
                    "end": {"step": "FAILED", "error": told},
                }
            )
    vector = {
        "about": "The tokens have come, and the keys that would check them have not: never to be tried again as it was",
        "cases": [],
        "settings": {},
        "parameters": {},
        "now_ms": 1767225600000,
        "variants": variants,
    }
    (HERE / "keys_lost.json").write_text(text_of(vector) + "\n")


if __name__ == "__main__":
    main()
