"""What people get wrong at first, and what the command then says: found by new users."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import Org, run

PUBLIC, PRIVATE, INTEGRATION = 0, 1, 2


def words(text: str) -> str:
    return " ".join(text.split())


def at_the_orgs_host(org: Org, app: int) -> dict[str, str]:
    return {**org.settings(app), "HEADLESSID_SITE": org.said["origin"]}


def verdicts(done: Any) -> dict[str, str]:
    return {event["name"]: event["verdict"] for event in done.events if event["event"] == "check"}


# ---- check ----


@pytest.mark.parametrize("flow", ["jwt-bearer", "asset-token", "logout", "client-registration"])
def test_check_of_a_flow_without_a_secret_is_no_failure(org: Org, flow: str) -> None:
    settings = at_the_orgs_host(org, INTEGRATION)
    settings.pop("HEADLESSID_CLIENT_SECRET", None)
    settings["HEADLESSID_PRIVATE_KEY"] = str(org.said["apps"][INTEGRATION]["private_key"])
    done = run("check", "--json", "--flows", flow, env=settings)
    assert done.status == 0 and verdicts(done)["token"] == "ok", done.out
    # Where the flow sends it, the missing secret is a failure.
    done = run("check", "--json", "--flows", "refresh", env=settings)
    assert done.status == 1 and verdicts(done)["token"] == "failed", done.out


def test_check_at_the_orgs_host_skips_what_only_sites_serve(org: Org) -> None:
    done = run("check", "--json", env=at_the_orgs_host(org, PRIVATE))
    found = verdicts(done)
    assert done.status == 0 and found["login"] == found["guest"] == "skipped", done.out
    # Asked about, it is a failure.
    assert run("check", "--json", "--flows", "login", env=at_the_orgs_host(org, PRIVATE)).status == 1


# ---- sessions in files ----


def save_session(org: Org, path: Path) -> dict[str, Any]:
    env = {**org.settings(), "HEADLESSID_PASSWORD": org.password}
    done = run("login", "--username", org.username, "--save", str(path), "--json", env=env)
    assert done.status == 0, done.out
    return dict(json.loads(path.read_text()))


def test_identity_takes_the_id_from_the_file(org: Org, tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    saved = save_session(org, file)
    done = run("identity", "--token-file", str(file), "--json", env=org.settings())
    assert done.status == 0 and done.result["user_id"] == saved["id"].rsplit("/", 1)[1], done.out
    # What was given separately counts.
    other = run("identity", "--token-file", str(file), "--id", org.site, "--json", env=org.settings())
    assert other.status == 2 and other.error["field"] == "id"


def test_a_logout_says_what_remains(org: Org, tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    saved = save_session(org, file)
    done = run("logout", "--token-file", str(file), env=org.settings())
    assert "The tokens are revoked. --end-session gives the address" in words(done.out)
    file.write_text(json.dumps({"oauth_token": "00D1", "oauth_token_secret": "s", "session_id": saved["access_token"]}))
    done = run("logout", "--token-file", str(file), env=org.settings())
    assert done.status == 0 and "oauth_token remains valid until it is revoked in Setup" in words(done.out)
    assert "tokens are revoked" not in done.out


def test_an_address_without_a_secret_is_shown(org: Org, tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    save_session(org, file)
    done = run("logout", "--token-file", str(file), "--end-session", env=org.settings())
    assert "/services/auth/idp/oidc/logout" in done.out
    done = run("logout", "--token-file", str(file), "--state-file", "-", env=org.settings(), stdin="abc")
    assert done.status == 0 and "oidc/logout" not in done.out


def test_a_missing_token_may_come_from_a_file(org: Org) -> None:
    assert "--token-file PATH" in words(run("logout", env=org.settings()).err)
    assert words(run("introspection", env=org.settings(PRIVATE)).err).count("--token-file PATH") == 1


def test_an_apps_secret_is_not_lost(org: Org, tmp_path: Path) -> None:
    settings = org.settings(PRIVATE)
    org.control("settings", {"apps": [{"client_id": settings["HEADLESSID_CLIENT_ID"], "initial_access_token": "IAT-Example"}]})
    given = ["--redirect-uris", "https://gw.example.com/cb", "--initial-access-token-file", "-"]
    refused = run("client-registration", *given, env=settings, stdin="IAT-Example")
    assert refused.status == 2 and "--save FILE, --json or --show-secrets" in words(refused.err)
    file = tmp_path / "app.json"
    done = run("client-registration", *given, "--save", str(file), env=settings, stdin="IAT-Example")
    saved = json.loads(file.read_text())
    assert done.status == 0 and saved["client_secret"] and file.stat().st_mode & 0o777 == 0o600
    assert saved["client_secret"] not in done.out
    # The file serves as the new app's secret.
    used = {name: value for name, value in settings.items() if name != "HEADLESSID_CLIENT_SECRET"}
    used["HEADLESSID_CLIENT_ID"] = saved["client_id"]
    asked = run("introspection", "--client-secret-file", str(file), "--token-file", "-", "--json", env=used, stdin="unknown")
    assert asked.status == 0 and asked.result["active"] is False
    file.write_text('{"access_token":"x"}')
    wrong = run("introspection", "--client-secret-file", str(file), "--token-file", "-", env=used, stdin="unknown")
    assert wrong.status == 2 and "is JSON: give the secret that it holds, alone" in words(wrong.err)


# ---- words ----


def test_a_path_in_place_of_a_key(org: Org) -> None:
    done = run("jwt-bearer", "--username", "a@example.com", env={**org.settings(), "HEADLESSID_PRIVATE_KEY": "int.key"})
    said = words(done.err)
    assert done.status == 2 and "HEADLESSID_PRIVATE_KEY, or private_key in a profile, holds a path" in said
    assert "for a path use --private-key-file" in said


def test_a_refused_subject_token_is_the_providers(org: Org) -> None:
    given = {"HEADLESSID_SUBJECT_TOKEN": "reject@example.com", "HEADLESSID_SUBJECT_TOKEN_TYPE": "access_token"}
    done = run("token-exchange", "--token-handler", "ExampleHandler", env={**org.settings(PRIVATE), **given})
    assert "Get a new token from the identity provider." in words(done.err) and "session is over" not in done.err, done.err
    done = run("token-exchange", "--token-handler", "Missing", env={**org.settings(PRIVATE), **given})
    assert "Without --token-handler: no handler is enabled" in words(done.err), done.err


def test_a_wrong_secret_names_no_switch_that_plays_no_part(org: Org) -> None:
    settings = {**at_the_orgs_host(org, PRIVATE), "HEADLESSID_CLIENT_SECRET": "wrong"}
    error = run("client-credentials", "--json", env=settings).error
    assert error["reason"] == "invalid_client" and error["field"] == "client_secret"
    assert "Web Server Flow" not in error["hint"] and "has none" not in error["hint"]


def test_a_timeout_of_nothing_is_refused(org: Org) -> None:
    done = run("web-server", "--listen-timeout", "5", env=org.settings())
    assert done.status == 2 and "without --listen" in words(done.err)


# ---- pasted addresses ----


@pytest.mark.parametrize("marks", ['""', "''", "<>"])
def test_an_address_in_marks_is_accepted(org: Org, marks: str) -> None:
    callback = org.settings()["HEADLESSID_REDIRECT_URI"]
    pasted = f" {marks[0]}{callback}?code=x&state=wrong{marks[1]} \n"
    done = run("web-server", "--json", env=org.settings(), stdin=pasted)
    assert done.events[-1]["error"]["reason"] == "state_mismatch", done.out


def test_a_scope_that_is_not_sent_is_said(org: Org) -> None:
    done = run("client-credentials", "--scope", "api", "--json", env=at_the_orgs_host(org, PRIVATE))
    assert "client-credentials sends no scope" in words(done.err)
    # A profile is for many flows.
    assert (
        "no scope"
        not in run("client-credentials", "--json", env={**at_the_orgs_host(org, PRIVATE), "HEADLESSID_SCOPE": "api"}).err
    )
