"""The flows that no other file here tries, from the shell: the grants of servers and devices, and those that a browser
returns from. Each against the simulated org, and what it brings is used."""

from __future__ import annotations

import json
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support import AT_MOST_S, CLI, Org, environment, run

PUBLIC, PRIVATE, INTEGRATION = 0, 1, 2
WEB_SCOPES = ["web", "api", "openid", "refresh_token", "content", "lightning", "visualforce"]


def at_the_orgs_host(org: Org, app: int) -> dict[str, str]:
    return {**org.settings(app), "HEADLESSID_SITE": org.said["origin"]}


def key_of(org: Org) -> str:
    return str(org.said["apps"][INTEGRATION]["private_key"])


def login(org: Org) -> dict[str, Any]:
    env = {**org.settings(), "HEADLESSID_PASSWORD": org.password}
    return run("login", "--username", org.username, "--scope", "api openid refresh_token", "--json", env=env).result


def name_of(org: Org, token: str) -> str:
    who = run("userinfo", "--json", env={**org.settings(), "HEADLESSID_ACCESS_TOKEN": token}).result
    return str(who["preferred_username"])


# ---- grants: the settings, the parameters by the environment, and whose token comes back ----


def exchange(org: Org) -> tuple[dict[str, str], dict[str, str], str]:
    given = {"SUBJECT_TOKEN": org.username, "SUBJECT_TOKEN_TYPE": "access_token", "TOKEN_HANDLER": "ExampleHandler"}
    return org.settings(PRIVATE), given, org.username


def password(org: Org) -> tuple[dict[str, str], dict[str, str], str]:
    return at_the_orgs_host(org, PRIVATE), {"USERNAME": org.username, "PASSWORD": org.password}, org.username


def assertion(org: Org) -> tuple[dict[str, str], dict[str, str], str]:
    return (
        {**at_the_orgs_host(org, INTEGRATION), "HEADLESSID_PRIVATE_KEY": key_of(org)},
        {"USERNAME": "integration@example.com"},
        "",
    )


def credentials(org: Org) -> tuple[dict[str, str], dict[str, str], str]:
    return at_the_orgs_host(org, INTEGRATION), {}, ""


GRANTS = {
    "token-exchange": exchange,
    "username-password": password,
    "jwt-bearer": assertion,
    "saml-bearer": assertion,
    "client-credentials": credentials,
}


@pytest.mark.parametrize("flow", GRANTS)
def test_a_grant(org: Org, flow: str) -> None:
    settings, given, name = GRANTS[flow](org)
    env = {**settings, **{f"HEADLESSID_{key}": value for key, value in given.items()}}
    done = run(flow, "--json", "--trace", env=env)
    assert done.status == 0, done
    token = done.result["access_token"]
    assert not [secret for secret in (token, org.password) if secret in done.err]
    if name:
        assert name_of(org, token) == name
    else:
        assert "user_registration_api" in done.result["scope"]
    # Whatever the org says of a grant that it refuses is said with what to do.
    client = settings["HEADLESSID_CLIENT_ID"]
    org.control("settings", {"apps": [{"client_id": client, "refused_with": "oauth_flow_disabled"}]})
    refused = run(flow, "--json", env=env)
    assert refused.status == 1 and refused.error["advice"] == "FIX_ORG" and refused.error["hint"], refused


def test_an_asset_token(org: Org) -> None:
    env = {
        **at_the_orgs_host(org, PUBLIC),
        "HEADLESSID_SUBJECT_TOKEN": login(org)["access_token"],
        "HEADLESSID_DEVICE_KEY": key_of(org),
        "HEADLESSID_DID": "lamp-7",
        "HEADLESSID_ASSET": json.dumps({"Name": "Lamp 7", "SerialNumber": "SN-7"}),
        "HEADLESSID_ASSET_TOKEN_CERTIFICATE": org.control("asset_tokens")["certificate"],
    }
    result = run("asset-token", "--json", env=env).result
    assert result["verified"] is True and result["did"] == "lamp-7"
    assert [each["SerialNumber"] for each in org.control("asset_tokens")["assets"]] == ["SN-7"]
    hidden = run("asset-token", env={**env, "HEADLESSID_SUBJECT_TOKEN": login(org)["access_token"]})
    assert hidden.status == 0 and result["asset_token"] not in hidden.out


@pytest.mark.parametrize("option", ["--token-file", "--subject-token-file"])
def test_an_asset_token_for_a_saved_session(org: Org, tmp_path: Path, option: str) -> None:
    session, certificate = tmp_path / "me.json", tmp_path / "org.crt"
    session.write_text(json.dumps(login(org)))
    session.chmod(0o600)
    certificate.write_text(org.control("asset_tokens")["certificate"])
    env = {**at_the_orgs_host(org, PUBLIC), "HEADLESSID_DEVICE_KEY": key_of(org), "HEADLESSID_DID": "lamp-7"}
    given = [option, str(session), "--asset-token-certificate-file", str(certificate)]
    assert run("asset-token", "--json", *given, env=env).result["verified"] is True
    path_alone = run("asset-token", *given[:2], "--asset-token-certificate", str(certificate), env=env)
    assert path_alone.status == 2 and "is a path" in path_alone.err


def test_a_subject_token_in_json_is_not_sent(org: Org) -> None:
    env = {**org.settings(PRIVATE), "HEADLESSID_SUBJECT_TOKEN": json.dumps(login(org))}
    before = org.control("seen")["requests"].get("token", 0)
    refused = run("token-exchange", "--json", "--subject-token-type", "access_token", env=env)
    assert refused.status == 2 and refused.error["field"] == "subject_token" and "is JSON" in refused.error["message"]
    assert org.control("seen")["requests"].get("token", 0) == before


@pytest.mark.parametrize("flow", ["jwt-bearer", "saml-bearer"])
def test_the_command_has_no_signer(org: Org, flow: str) -> None:
    env = {**at_the_orgs_host(org, INTEGRATION), "HEADLESSID_USERNAME": "integration@example.com"}
    missing = run(flow, env=env)
    assert missing.status == 2 and "--private-key-file is missing" in missing.err and "signed-by" not in missing.err
    refused = run(flow, "--signed-by", "host", env=env)
    assert refused.status == 2 and "the command cannot sign" in refused.err and "--private-key-file" in refused.err


def test_a_token_of_another_app_is_explained(org: Org) -> None:
    env = {**org.settings(PRIVATE), "HEADLESSID_TOKEN": login(org)["access_token"]}
    result = run("introspection", "--json", env=env).result
    assert result["active"] is False and "isIntrospectAllTokens" in result["inactive_reason"]
    client = env["HEADLESSID_CLIENT_ID"]
    org.control("settings", {"apps": [{"client_id": client, "is_introspect_all_tokens": True}]})
    result = run("introspection", "--json", env=env).result
    assert result["active"] is True and "inactive_reason" not in result


def test_what_the_server_does_not_say_of_a_client(org: Org) -> None:
    token = {"HEADLESSID_REFRESH_TOKEN": "unknown"}
    settings = org.settings(PRIVATE)
    del settings["HEADLESSID_CLIENT_SECRET"]
    none = run("refresh", "--json", env={**settings, **token}).error
    assert (none["reason"], none["field"]) == ("invalid_client", "client_secret") and "none was sent" in none["message"]
    wrong = run("refresh", "--json", env={**settings, **token, "HEADLESSID_CLIENT_SECRET": "wrong"}).error
    assert wrong["reason"] == "invalid_client" and wrong["field"] == "client_secret" and "rejected" in wrong["message"]


def test_a_code_that_expires_by_the_orgs_clock(org: Org) -> None:
    org.control("settings", {"settings": {"device_interval_s": 1, "device_code_lifetime_s": 1}})
    error = run("device", "--json", env=at_the_orgs_host(org, PUBLIC)).events[-1]["error"]
    assert (error["reason"], error["advice"]) == ("device_code_expired", "RESTART")


def test_an_option_that_a_command_does_not_have(org: Org) -> None:
    refused = run("userinfo", "--save", "x", env=org.settings())
    assert refused.status == 2 and "--site" not in refused.err and "--json" in refused.err


# ---- with a browser ----


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def arrive(org: Org, address: str) -> str:
    """Where the org's page sends a browser whose person is signed in."""
    context = ssl.create_default_context(cafile=org.said["ca_file"])
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), NoRedirect(), urllib.request.HTTPSHandler(context=context)
    )
    with pytest.raises(urllib.error.HTTPError) as moved:
        opener.open(address, timeout=AT_MOST_S)
    with moved.value as response:
        return str(response.headers["Location"])


def in_a_browser(org: Org, flow: str, *arguments: str, env: Mapping[str, str]) -> dict[str, Any]:
    """The flow's result, once the callback's address has been typed."""
    process = subprocess.Popen(
        [CLI, flow, "--json", *arguments], env=environment(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    shown = json.loads(process.stdout.readline())
    assert shown["event"] == "show" and "problem" not in shown
    out, _ = process.communicate(arrive(org, shown["url"]) + "\n", timeout=AT_MOST_S)
    last = json.loads(out.splitlines()[-1])
    assert (process.returncode, last["event"]) == (0, "done"), last
    result: dict[str, Any] = last["result"]
    return result


@pytest.mark.parametrize("flow", ["web-server", "user-agent"])
def test_a_person_signs_in_in_a_browser(org: Org, flow: str) -> None:
    org.control("settings", {"settings": {"signed_in_user": org.username}})
    result = in_a_browser(org, flow, "--scope", "openid api", env=org.settings())
    assert name_of(org, result["access_token"]) == org.username


@pytest.mark.parametrize("flow", ["hybrid-web-server", "hybrid-user-agent"])
def test_a_hybrid_app_gets_its_cookies(org: Org, flow: str) -> None:
    app = org.settings()["HEADLESSID_CLIENT_ID"]
    patch = {"client_id": app, "scopes": WEB_SCOPES, "is_named_user_jwt_enabled": False}
    org.control("settings", {"settings": {"signed_in_user": org.username}, "apps": [patch]})
    result = in_a_browser(org, flow, "--scope", " ".join(WEB_SCOPES), env=org.settings())
    assert {"sid", "sid_Client", "clientSrc"} <= {each["name"] for each in result["cookies"]}
    if flow == "hybrid-user-agent":
        return
    env = {**org.settings(), "HEADLESSID_REFRESH_TOKEN": result["refresh_token"]}
    again = run("hybrid-refresh", "--json", env=env).result
    assert again["lightning_sid"] not in ("", result["lightning_sid"])
    shown = run("hybrid-refresh", env={**env, "HEADLESSID_REFRESH_TOKEN": again.get("refresh_token", result["refresh_token"])})
    assert shown.status == 0 and "!AQ" not in shown.out  # a session id
