"""What an org brings back that is not this sign-in's, played by the simulated org (`response_fault`)."""

from __future__ import annotations

import json
import ssl
import subprocess
import urllib.parse
from contextlib import closing
from http.client import HTTPSConnection
from typing import Any

import pytest
from support import AT_MOST_S, CLI, Org, environment, run

PUBLIC = "3MVG9Example.PublicClient"
CALLBACK = "https://app.example.com/cb"
LENA = "lena.ortiz@example.com"
SCOPES = ["openid", "api", "web", "lightning"]


def prepared(org: Org, fault: str) -> dict[str, str]:
    app = {"client_id": PUBLIC, "redirect_uris": [CALLBACK], "scopes": SCOPES, "is_named_user_jwt_enabled": False}
    org.control("settings", {"settings": {"signed_in_user": LENA, "response_fault": fault}, "apps": [app]})
    settings = org.settings()
    settings.pop("HEADLESSID_CLIENT_SECRET", None)
    return {**settings, "HEADLESSID_CLIENT_ID": PUBLIC, "HEADLESSID_REDIRECT_URI": CALLBACK}


def arrive(org: Org, url: str) -> str:
    """Where the org sends the browser."""
    context = ssl.create_default_context(cafile=org.settings()["HEADLESSID_CA_FILE"])
    parts = urllib.parse.urlsplit(url)
    with closing(HTTPSConnection(parts.hostname or "", parts.port, context=context, timeout=AT_MOST_S)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}")
        with connection.getresponse() as response:
            return str(response.headers["Location"])


def in_browser(org: Org, settings: dict[str, str], *arguments: str) -> dict[str, Any]:
    """The last event of a flow whose page a browser opens."""
    process = subprocess.Popen(
        [CLI, *arguments, "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(settings),
    )
    assert process.stdout
    url = json.loads(process.stdout.readline())["url"]
    out, _ = process.communicate(arrive(org, url) + "\n", timeout=AT_MOST_S)
    event: dict[str, Any] = json.loads(out.splitlines()[-1])
    return event


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("id", "another_user"), ("no_id_token", "no_id_token"), ("iss", "issuer_mismatch"), ("no_signature", None), ("", None)],
)
@pytest.mark.parametrize("flow", ["user-agent", "hybrid-user-agent"])
def test_tokens_that_a_browser_brings(org: Org, flow: str, fault: str, reason: str | None) -> None:
    event = in_browser(org, prepared(org, fault), flow, "--scope", "openid api web lightning")
    assert event["event"] == ("failed" if reason else "done"), event
    if reason:
        assert event["error"]["reason"] == reason
    else:
        assert event["result"]["id_token_checked"] == "signature"


def test_tokens_without_a_signature_where_there_is_a_secret(org: Org) -> None:
    secret = {"HEADLESSID_CLIENT_SECRET": "C0nsumer.Secret.Of.Tests"}
    settings = {**prepared(org, ""), **secret}
    org.control("settings", {"apps": [{"client_id": PUBLIC, "client_secret": secret["HEADLESSID_CLIENT_SECRET"]}]})
    assert in_browser(org, settings, "user-agent", "--scope", "api")["event"] == "done"
    org.control("settings", {"settings": {"response_fault": "no_signature"}})
    assert in_browser(org, settings, "user-agent", "--scope", "api")["error"]["reason"] == "bad_signature"


def test_a_site_in_the_callback_and_an_error_without_state(org: Org) -> None:
    settings = {**prepared(org, "site_url"), "HEADLESSID_TOKEN_HOST": "sfdc_community_url"}
    assert in_browser(org, settings, "web-server")["event"] == "done"
    org.control("settings", {"settings": {"response_fault": "error_without_state"}})
    error = in_browser(org, settings, "web-server", "--scope", "unheard_of")["error"]
    assert error["reason"] == "invalid_scope" and "server_text" not in error


def test_sessions_of_the_web_domains(org: Org) -> None:
    def cookies(fault: str) -> tuple[dict[str, Any], list[str]]:
        event = in_browser(org, prepared(org, fault), "hybrid-web-server", "--scope", "web lightning")
        assert event["event"] == "done", event
        result = event["result"]
        listed = result["cookies"]
        return result, [cookie["name"] for cookie in (json.loads(listed) if isinstance(listed, str) else listed)]

    result, names = cookies("sid_cookie_name")
    assert "sid_cookie_name" in result["ignored_fields"] and names.count("sid_Client") == 1
    result, names = cookies("web_domain")
    assert "lightning_domain" in result["ignored_fields"]
    result, names = cookies("parent_sid")
    listed = result["cookies"]
    main = next(cookie for cookie in (json.loads(listed) if isinstance(listed, str) else listed) if cookie["name"] == "sid")
    assert main["value"] == result["access_token"] != result["parent_sid"]


@pytest.mark.parametrize(("fault", "reason"), [("asserted_user", "another_user"), ("identity_id", "bad_response")])
def test_an_identity_of_another_user(org: Org, fault: str, reason: str) -> None:
    settings = prepared(org, "")
    session = in_browser(org, settings, "web-server", "--scope", "openid")["result"]
    asked = {**settings, "HEADLESSID_ACCESS_TOKEN": session["access_token"]}
    assert run("identity", "--id", session["id"], "--json", env=asked).result["asserted_user"] is True
    org.control("settings", {"settings": {"response_fault": fault}})
    assert run("identity", "--id", session["id"], "--json", env=asked).error["reason"] == reason
    allowed = run("identity", "--id", session["id"], "--allow-other-user", "--json", env=asked).event["event"]
    assert allowed == ("done" if fault == "asserted_user" else "failed")


def test_a_page_for_a_code_at_another_customers_site(org: Org) -> None:
    settings = {**prepared(org, "verification_uri"), "HEADLESSID_SITE": org.said["origin"]}
    org.control("settings", {"settings": {"is_device_flow_local_only": False}})
    assert "verification_uri" in run("device", "--json", env=settings).error["message"]


# ---- what is pasted ----


def test_an_address_as_a_shell_leaves_it(org: Org) -> None:
    settings = prepared(org, "")
    cut = run("web-server", "--json", env=settings, stdin=f"{CALLBACK}?code=c\n").events[-1]["error"]
    assert cut["reason"] == "state_mismatch" and "cut at an &" in cut["hint"]
    old = run("web-server", "--json", env=settings, stdin=f"{CALLBACK}?code=c&state=old\n").events[-1]["error"]
    assert old["reason"] == "state_mismatch" and "another sign-in" in old["message"]
    lines = f"\n\tnot an address, and with a space\n?code=c&state=s\n{CALLBACK}?code=c&state=s{CALLBACK}?code=c&state=s\n  {CALLBACK}?code=c&state=s \n"
    events = run("web-server", "--json", env=settings, stdin=lines).events
    told = [event["problem"] for event in events if event["event"] == "refused"]
    assert len(told) == 4 and events[-1]["error"]["reason"] == "state_mismatch"
    assert "proxy" not in told[2]["hint"] and "twice" in told[3]["message"]
