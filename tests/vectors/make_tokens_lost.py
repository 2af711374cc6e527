#!/usr/bin/env python3
"""Writes tokens_lost.json: of each flow that is begun with what is used once, its own vector's conversation with a success of which
nothing can be used; and what leaves the session, or the tokens, as they are. The same text each time.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from make_id_token import text_of

HERE = Path(__file__).resolve().parent
MADE = dict(line.split(" ", 1) for line in (HERE / "tokens.txt").read_text().splitlines())
REFRESHES = ("refresh", "hybrid_refresh")
FLOWS = (*REFRESHES, "web_server", "token_exchange", "device")
ACCESS = "00DEx0000001abc!AQcAQExampleOpaque"
GOOD = {"access_token": ACCESS, "refresh_token": "5Aep861ExampleRotated", "token_type": "Bearer"}
TYPE = ["Content-Type", "application/json;charset=UTF-8"]


def response(body: Any, status: int = 200, headers: list[list[str]] | None = None) -> dict[str, Any]:
    if isinstance(body, dict) and not {"base64", "repeat"} & body.keys():
        body = {"json": body}
    return {"status": status, "http_version": 20, "headers": headers or [TYPE], "body": body}


def tokens(**more: Any) -> dict[str, Any]:
    return response({**GOOD, **more})


TEXT = json.dumps(GOOD)
# about, the response, the reason.
UNREADABLE = [
    ("a form", response(f"access_token={ACCESS}", headers=[["Content-Type", "text/plain"]]), "no_json"),
    ("XML", response("<OAuth><access_token>x</access_token></OAuth>", headers=[["Content-Type", "text/xml"]]), "bad_response"),
    ("a page", response("<html><body>Hello</body></html>", headers=[["Content-Type", "text/html"]]), "bad_response"),
    ("cut short", response(TEXT[:-9]), "bad_json"),
    ("empty", response(""), "bad_json"),
    ("201", response(GOOD, 201), "no_token"),
    ("204", response("", 204), "no_token"),
    ("206", response(GOOD, 206), "no_token"),
    ("an error beside the tokens", tokens(error="invalid_grant"), "bad_response"),
    ("an unknown member twice", response(TEXT[:-1] + ',"x":1,"x":2}'), "bad_json"),
    ("half of a character in an unknown member", response(TEXT[:-1] + ',"x":"\\ud800"}'), "bad_json"),
    ("a byte order mark", response("\ufeff" + TEXT), "bad_json"),
    ("another type of token", tokens(token_type="DPoP"), "bad_token_type"),
    ("a type that is null", tokens(token_type=None), "bad_token_type"),
    ("no access token", tokens(access_token=None), "no_token"),
    ("an access token that no key pair signed", tokens(access_token=MADE["alg_HS256"]), "bad_jwt"),
    ("two types of content", response(GOOD, headers=[TYPE, ["Content-Type", "text/plain"]]), "bad_headers"),
    ("over 1 MiB", response({"repeat": "x", "times": 1_048_577}), "response_too_large"),
    ("300 headers", response(GOOD, headers=[[f"X-{at}", "1"] for at in range(300)]), "response_too_large"),
]


def last(flow: str, **given: Any) -> dict[str, Any]:
    vector = json.loads((HERE / f"{flow}.json").read_text())
    assert vector["flow"] == flow and vector["end"]["step"] == "DONE", flow
    steps = copy.deepcopy(vector["steps"])
    assert steps[-1]["request"]["name"] == ("login" if flow == "oauth1" else "token"), flow
    steps[-1] = {**{name: value for name, value in steps[-1].items() if name != "response"}, **given}
    return {"settings": vector["settings"], "parameters": vector.get("parameters", {}), "flow": flow, "steps": steps}


def failed(kind: str, advice: str, reason: str, unknown: bool, **more: Any) -> dict[str, Any]:
    return {"step": "FAILED", "error": {"kind": kind, "advice": advice, "reason": reason, "outcome_unknown": unknown, **more}}


def lost() -> list[dict[str, Any]]:
    variants = []
    for flow in FLOWS:
        advice = "SIGN_IN_AGAIN" if flow in REFRESHES else "RESTART"
        for about, given, reason in UNREADABLE:
            end = failed("PROTOCOL", advice, reason, True)
            variants.append({"about": f"{flow}: {about}", "cases": ["J26"], **last(flow, response=given), "end": end})
        refused = failed("REFUSED", "FIX_ORG", "invalid_client", False)
        clean = response({"error": "invalid_client"}, 400)
        variants.append({"about": f"{flow}: a refusal", **last(flow, response=clean), "end": refused})
        end = failed("TRANSPORT", advice, "no_response", True)
        given = last(flow, no_response={"sent": "maybe"})
        variants.append({"about": f"{flow}: no response", "cases": ["K23"], **given, "end": end})
    return variants


def session() -> list[dict[str, Any]]:
    """What a refresh's response says of a session beyond that."""
    variants = []
    for flow in REFRESHES:
        for status, advice in {
            408: "SIGN_IN_AGAIN",
            500: "RETRY_LATER",
            502: "SIGN_IN_AGAIN",
            503: "RETRY_LATER",
            504: "SIGN_IN_AGAIN",
        }.items():
            end = failed("REFUSED", advice, "request_timeout" if status == 408 else "server_error", True, http_status=status)
            variants.append(
                {"about": f"{flow}: {status}", "cases": ["G08"], **last(flow, response=response("", status)), "end": end}
            )
        result = {"access_token": ACCESS, "refresh_token": "5Aep861ExampleRotated"}
        for about, text in {"not ASCII": "Bücher", "with a line end": "a.b\n.c", "over 32 KiB": "x" * 33_000}.items():
            checked = {"id_token_checked": "failed", "id_token_failure": "bad_jwt"}
            end = {"step": "DONE", "result": {**result, **checked}, "absent": ["id_token"]}
            given = last(flow, response=tokens(id_token=text))
            variants.append({"about": f"{flow}: an ID token {about}", "cases": ["J26"], **given, "end": end})
            given = last(flow, response=tokens(id_token=text))
            given["settings"] = {**given["settings"], "verify_id_token": "none"}
            end = {"step": "DONE", "result": result, "absent": ["id_token", "id_token_checked"]}
            variants.append({"about": f"{flow}: an ID token {about}, which nothing checks", **given, "end": end})
        end = {"step": "DONE", "result": result}
        variants.append({"about": f"{flow}: an error that is null", **last(flow, response=tokens(error=None)), "end": end})
    return variants


def login() -> list[dict[str, Any]]:
    """oauth1: the approval is used up before the login."""
    variants = []
    wait = {"step": "WAIT", "wait_at_most_ms": 400}
    request = {"request": {"name": "login"}}
    for about, given, kind, reason in (
        ("503", {"response": {"status": 503}}, "REFUSED", "server_error"),
        ("no response", {"no_response": {"sent": "maybe"}}, "TRANSPORT", "no_response"),
    ):
        played = last("oauth1", **given)
        played["steps"] += [wait, {"step": "SEND", **request, **given}, wait, {"step": "SEND", **request, **given}]
        end = failed(kind, "RESTART", reason, True, hint_has=["token_only"])
        variants.append({"about": f"oauth1: the login gets {about}", **played, "end": end})
    played = last("oauth1", response={"status": 200, "body": "<response></response>"})
    end = failed("PROTOCOL", "RESTART", "no_token", True, hint_has=["token_only"])
    variants.append({"about": "oauth1: the login brings no session", **played, "end": end})
    return variants


def device() -> list[dict[str, Any]]:
    """The keys have grown old by a poll: one that cannot fetch them does not end the sign-in."""
    keys = {"step": "SEND", "request": {"name": "keys"}}
    silent = {**keys, "no_response": {"sent": "maybe"}}
    whole = {"keys": [{"kty": "RSA", "kid": "main", "n": MADE["modulus_main"], "e": "AQAB"}]}
    given = {**keys, "response": response(whole)}
    wait = {"step": "WAIT", "wait_at_most_ms": 400}
    played = last("device", response=tokens())
    page = f"{played['settings']['site']}/setup/connect"
    code = {"device_code": "M1", "user_code": "X1", "interval": 5, "expires_in": 7200, "verification_uri": page}
    steps = [
        given,
        {"step": "SEND", "request": {"name": "device_code"}, "response": response(code)},
        {"step": "SHOW"},
        {"step": "WAIT", "wait_at_most_ms": 5000},
        {**silent, "advance_ms": 3_600_000},
        *(wait, silent) * 2,
        {"step": "WAIT", "wait_at_most_ms": 10_000},
        given,
        {"step": "SEND", "request": {"name": "token"}, "response": tokens()},
    ]
    settings = {**played["settings"], "verify_jwt": "true"}
    about = "device: the keys cannot be fetched before a poll, and can before the next"
    end = {"step": "DONE", "result": {"access_token": ACCESS}}
    return [{"about": about, "cases": ["T31"], **played, "settings": settings, "steps": steps, "travels": False, "end": end}]


def main() -> None:
    vector = {
        "about": "What a flow was begun with is used up, and what came for it cannot be used",
        "cases": [],
        "settings": {},
        "parameters": {},
        "now_ms": 1767225600000,
        "variants": [*lost(), *session(), *login(), *device()],
    }
    (HERE / "tokens_lost.json").write_text(text_of(vector) + "\n")


if __name__ == "__main__":
    main()
