"""OAuth 1.0a against the simulated org, which checks each signature with code of its own."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support import AT_MOST_S, CLI, Org, environment, run, terminal

PRIVATE = 1
CALLBACK = "https://app.example.com/callback"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture
def settings(org: Org) -> Iterator[dict[str, str]]:
    # The org's own host: OAuth 1.0a is not at sites.
    yield {**org.settings(PRIVATE), "HEADLESSID_SITE": org.said["origin"], "HEADLESSID_REDIRECT_URI": CALLBACK}
    org.control("reset", {})


def at_page(org: Org, address: str) -> str:
    """Where the page leads once the person has approved, or what it shows."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), NoRedirect()]
    if org.said["ca_file"]:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=org.said["ca_file"])))
    try:
        with urllib.request.build_opener(*handlers).open(address, timeout=AT_MOST_S) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        return error.headers["Location"]


def approve(org: Org, address: str) -> str:
    return at_page(org, f"{address}&user={org.username}")


def events_of(
    org: Org, settings: Mapping[str, str], *arguments: str, oob: bool = False, first: str = ""
) -> list[dict[str, object]]:
    """The events of a flow whose page is approved; `first` is given before the right reply."""
    with subprocess.Popen(
        [CLI, "oauth1", "--json", *arguments], env=environment(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        shown = json.loads(process.stdout.readline())
        assert shown["event"] == "show", shown
        reply = approve(org, shown["url"])
        if oob:
            found = re.search("<code>([^<]+)</code>", reply)
            assert found, reply
            reply = found.group(1)
        out, _ = process.communicate(f"{first}{reply}\n", timeout=AT_MOST_S)
        return [shown, *(json.loads(line) for line in out.splitlines())]


def converse(org: Org, settings: Mapping[str, str], *arguments: str, oob: bool = False) -> dict[str, object]:
    return events_of(org, settings, *arguments, oob=oob)[-1]


def result_of(last: dict[str, object]) -> dict[str, object]:
    assert last["event"] == "done", last
    result = last["result"]
    assert isinstance(result, dict)
    return result


def test_a_session_by_a_callback(org: Org, settings: dict[str, str]) -> None:
    result = result_of(converse(org, settings))
    assert str(result["server_url"]).startswith(org.said["origin"] + "/services/Soap/u/67.0/")
    assert result["sandbox"] is False
    who = run("userinfo", "--json", env={**org.settings(), "HEADLESSID_ACCESS_TOKEN": str(result["session_id"])}).result
    assert who["preferred_username"] == org.username


def test_a_verifier_that_is_typed_and_one_that_is_wrong(org: Org, settings: dict[str, str]) -> None:
    first, again, last = events_of(org, settings, "--oauth-callback", "oob", oob=True, first="wrong\n")
    assert "problem" not in first and again["event"] == "show" and again["url"] == first["url"]
    problem = again["problem"]
    assert isinstance(problem, dict) and (problem["reason"], problem["server_code"]) == ("verifier_refused", "1711")
    assert result_of(last)["session_id"]


def test_a_person_reads_that_the_verifier_was_wrong(org: Org, settings: dict[str, str]) -> None:
    with terminal("oauth1", "--oauth-callback", "oob", env=settings) as shown:
        shown.read_until("oauth-verifier: ")
        shown.type(b"wrong\r")
        shown.read_until("the verifier is wrong(.|\n)*Open this page: (.|\n)*oauth-verifier: ")
        shown.type(b"\x03")
        assert shown.end() == 130


def test_a_token_becomes_sessions_later(org: Org, settings: dict[str, str]) -> None:
    token = result_of(converse(org, settings, "--token-only"))
    assert "session_id" not in token
    later = {
        **settings,
        "HEADLESSID_OAUTH_TOKEN": str(token["oauth_token"]),
        "HEADLESSID_OAUTH_TOKEN_SECRET": str(token["oauth_token_secret"]),
    }
    sessions = {run("oauth1", "--json", "--api", "c", env=later).result["session_id"] for _ in range(2)}
    assert len(sessions) == 2


def test_a_saved_token_becomes_sessions_later_and_a_saved_session_is_used(
    org: Org, settings: dict[str, str], tmp_path: Path
) -> None:
    token, session = str(tmp_path / "token.json"), str(tmp_path / "session.json")
    converse(org, settings, "--token-only", "--save", token)
    assert "session_id" not in json.loads(Path(token).read_text())
    first = run("oauth1", "--json", "--token-file", token, "--save", session, env=settings)
    assert first.result["session_id"] == json.loads(Path(session).read_text())["session_id"]
    assert run("oauth1", "--json", "--token-file", session, env=settings).result["session_id"] != first.result["session_id"]
    at_site = org.settings()
    who = run("userinfo", "--json", "--token-file", session, env=at_site).result
    assert who["preferred_username"] == org.username
    again = run("identity", "--json", "--token-file", session, "--id", who["sub"], env=at_site).result
    assert again["username"] == org.username
    assert run("revocation", "--token-file", session, env=at_site).status == 0
    ended = run("userinfo", "--json", "--token-file", session, env=at_site)
    assert ended.error["reason"] == "invalid_token"
    # A token alone is of no use there.
    unusable = run("userinfo", "--token-file", token, env=at_site)
    assert unusable.status == 2 and "has no access_token or session_id" in unusable.err


def test_an_app_that_is_refused(org: Org, settings: dict[str, str]) -> None:
    org.control("settings", {"apps": [{"client_id": settings["HEADLESSID_CLIENT_ID"], "refused_with": "app_blocked"}]})
    error = run("oauth1", "--json", env=settings).error
    assert (error["reason"], error["advice"]) == ("app_blocked", "FIX_ORG") and error["hint"]


@pytest.mark.parametrize("shape", ["text", "form", "page"])
@pytest.mark.parametrize(
    ("switch", "reason", "code"),
    [("is_oauth1_api_access_enabled", "api_disabled", "1716"), ("is_oauth1_ip_allowed", "login_restricted", "1708")],
)
def test_a_switch_of_the_org(org: Org, settings: dict[str, str], shape: str, switch: str, reason: str, code: str) -> None:
    org.control("settings", {"settings": {switch: False, "oauth1_error_shape": shape}})
    error = run("oauth1", "--json", env=settings).error
    assert (error["reason"], error["server_code"], error["advice"]) == (reason, code, "FIX_ORG")
    assert error["hint"]


def test_a_wrong_secret_and_a_callback_that_is_not_registered(org: Org, settings: dict[str, str]) -> None:
    assert run("oauth1", "--json", env={**settings, "HEADLESSID_CLIENT_SECRET": "x"}).error["reason"] == "invalid_client"
    elsewhere = {**settings, "HEADLESSID_REDIRECT_URI": CALLBACK + "/"}
    assert run("oauth1", "--json", env=elsewhere).error["reason"] == "redirect_uri_mismatch"


def test_an_access_token_is_asked_for_once(org: Org, settings: dict[str, str]) -> None:
    org.control("fail", {"endpoint": "oauth1_access_token", "drop": True})
    last = converse(org, settings)
    assert last["event"] == "failed", last
    error = last["error"]
    assert isinstance(error, dict) and error["outcome_unknown"] is True
    seen = org.control("seen")
    assert seen["requests"]["oauth1_access_token"] == 1
    assert list(seen["request_tokens"].values()) == [1]
