"""`headlessid check`: what it finds in an org and in an app's settings, and that it harms neither."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import Org, run


def verdicts(done: Any) -> dict[str, str]:
    assert done.events[-1] == {"event": "done", "result": {"ok": done.status == 0}}
    return {event["name"]: event["verdict"] for event in done.events[:-1] if event["event"] == "check"}


def finding(done: Any, name: str) -> dict[str, Any]:
    return next(event for event in done.events if event.get("name") == name)


# A proxy at which nothing listens.
NO_NETWORK = {"HEADLESSID_PROXY": "http://127.0.0.1:9"}
TRIED = ["settings", "network", "login", "token", "guest", "keys"]


@pytest.mark.parametrize("app", [0, 1])
def test_a_good_org_and_a_good_app(org: Org, app: int) -> None:
    before = {**org.control("state"), "now_ms": 0}
    done = run("check", "--json", env=org.settings(app))
    assert done.status == 0 and done.err == ""
    found = verdicts(done)
    assert {name: found[name] for name in TRIED} == dict.fromkeys(TRIED, "ok")
    # A private app's secret may be for client credentials, which no site serves.
    assert found.get("client_credentials") == "skipped"
    # The rest is named with what the org must allow, each flow of the catalogue once.
    catalogue = json.loads(run("flows", "--json").out)
    rest = {flow["name"] for flow in catalogue["flows"] if flow["org_settings"]} - {"login", "refresh", "guest"}
    assert set(found) - set(TRIED) == rest
    assert all(found[name] == "skipped" for name in rest - {"client_credentials"})
    assert "Admin approved users" in finding(done, "registration")["message"]
    # Nothing that reaches a person, and nothing that changes the org.
    assert set(org.control("seen")["requests"]) <= {"authorize", "token", "keys"}
    assert org.control("outbox")["messages"] == [] and {**org.control("state"), "now_ms": 0} == before


def test_what_it_says_to_a_person(org: Org) -> None:
    done = run("check", env=org.settings())
    assert done.status == 0 and done.err == "" and "Nothing prevents" in done.out
    assert " ".join(done.out.split()).count("Admin approved users are pre-authorized") == 1, "each setting once"
    assert max(map(len, done.out.splitlines())) <= 80
    trace = run("check", "--trace", env=org.settings()).err
    assert "/services/oauth2/authorize" in trace and "headlessid-check-" in trace and "eyJ" not in trace


def test_each_missing_setting_is_named(org: Org) -> None:
    done = run("check", "--json", "--site", org.site)
    assert done.status == 2
    missing = [event["field"] for event in done.events if event.get("verdict") == "failed"]
    assert missing == ["client_id"]
    assert (
        finding(done, "settings")["message"] == "client_id is missing"
        and "client_id in a profile" in finding(done, "settings")["hint"]
    )
    assert "--client-id is missing" in run("check", "--site", org.site).out
    assert org.control("seen")["requests"] == {}


def test_a_setting_that_is_wrong_in_itself(org: Org) -> None:
    done = run("check", "--json", "--site", "ftp://a.example", env=org.settings())
    assert done.status == 2 and finding(done, "settings")["field"] == "site" and len(verdicts(done)) == 1


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"HEADLESSID_SITE": "https://nowhere.invalid/shop"}, "no_host"), ({"HEADLESSID_CA_FILE": ""}, None)],
)
def test_a_site_that_cannot_be_reached(org: Org, given: dict[str, str], reason: str | None) -> None:
    done = run("check", "--json", env={**org.settings(), **given})
    found = verdicts(done)
    assert done.status in (2, 3) and found["settings"] == "ok" and found["network"] == "failed"
    assert [found[name] for name in ("login", "token", "guest", "keys")] == ["skipped"] * 4
    assert reason in (None, finding(done, "network")["reason"])


@pytest.mark.parametrize(
    ("changes", "given", "failed", "hint"),
    [
        ({}, {"HEADLESSID_CLIENT_ID": "unheard-of"}, {"login", "token", "guest"}, "consumer key"),
        ({}, {"HEADLESSID_CLIENT_SECRET": "wrong"}, {"token"}, "consumer secret"),
        ({}, {"HEADLESSID_REDIRECT_URI": "https://elsewhere.example/cb"}, {"login"}, "callback"),
        ({"settings": {"oauth_cd_crdt_flow_enable": False}}, {}, {"login"}, "Allow Authorization Code and Credentials Flows"),
        ({"apps": [{"is_code_cred_flow_enabled": False}]}, {}, {"login"}, "isCodeCredFlowEnabled"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_change(
    org: Org, changes: dict[str, Any], given: dict[str, str], failed: set[str], hint: str
) -> None:
    for app in changes.get("apps", []):
        app["client_id"] = org.settings(1)["HEADLESSID_CLIENT_ID"]
    if changes:
        org.control("settings", changes)
    done = run("check", "--json", env={**org.settings(1), **given})
    found = verdicts(done)
    assert done.status in (1, 2, 4)
    assert {name for name in ("login", "token", "guest") if found[name] == "failed"} >= failed
    wrong = finding(done, sorted(failed, key=TRIED.index)[0])
    assert hint.lower() in (wrong.get("hint", "") + wrong["message"]).lower(), wrong


def test_an_org_without_guests_is_not_broken(org: Org) -> None:
    org.control(
        "settings", {"apps": [{"client_id": org.settings()["HEADLESSID_CLIENT_ID"], "is_guest_code_cred_flow_enabled": False}]}
    )
    done = run("check", "--json", env=org.settings())
    found = verdicts(done)
    assert done.status == 0 and found["login"] == "ok" and found["guest"] == "off" and found["keys"] == "skipped"
    assert "isGuestCodeCredFlowEnabled" in finding(done, "guest")["hint"]


def test_the_first_party_endpoint_is_tried_with_its_key(org: Org) -> None:
    app = org.said["apps"][3]
    env = {**org.settings(3), "HEADLESSID_PRIVATE_KEY": app["private_key"]}
    assert verdicts(run("check", "--json", env=env))["first_party_login"] == "ok"
    other = {**env, "HEADLESSID_PRIVATE_KEY": org.said["apps"][2]["private_key"]}
    wrong = run("check", "--json", env=other)
    assert verdicts(wrong)["first_party_login"] == "failed" and wrong.status == 1
    assert "PRIVATE KEY" not in wrong.out


@pytest.mark.parametrize("json_", [False, True])
def test_what_cannot_be_tried_is_skipped_with_the_reason(org: Org, json_: bool) -> None:
    settings = org.settings(1)
    del settings["HEADLESSID_REDIRECT_URI"]
    done = run("check", *(["--json"] if json_ else []), env=settings)
    assert done.status == 0 and done.err == ""
    if not json_:
        text = " ".join(done.out.split())
        assert "skipped login Not tried: --redirect-uri is required by login." in text
        assert "Nothing that was tried has failed." in text and "valid." in text
        return
    assert all(event["message"] for event in done.events if event["event"] == "check")
    found = verdicts(done)
    assert [found[name] for name in ("network", "login", "token", "guest", "keys")] == [
        "ok",
        "skipped",
        "ok",
        "skipped",
        "skipped",
    ]
    assert "redirect_uri is required by login" in finding(done, "login")["message"]
    assert finding(done, "login")["field"] == "redirect_uri"


def test_another_host_than_a_site_serves_no_headless_logins(org: Org) -> None:
    # The port is closed: what the settings show needs no network.
    done = run("check", "--json", env={**org.settings(1), "HEADLESSID_SITE": "https://acme.my.salesforce.com", **NO_NETWORK})
    skipped = finding(done, "login")
    assert skipped["verdict"] == "skipped" and skipped["field"] == "site" and "My Domain" in skipped["message"]


def test_client_credentials_are_tried_where_there_is_a_secret(org: Org) -> None:
    env = {**org.settings(2), "HEADLESSID_SITE": org.said["origin"]}
    done = run("check", "--json", "--flows", "client-credentials", env=env)
    assert verdicts(done) == {"settings": "ok", "network": "ok", "token": "ok", "client_credentials": "ok"} and done.status == 0
    assert org.control("seen")["requests"] == {"token": 2}
    org.control("settings", {"apps": [{"client_id": env["HEADLESSID_CLIENT_ID"], "client_credentials_user": ""}]})
    off = finding(run("check", "--json", "--flows", "client_credentials", env=env), "client_credentials")
    assert off["verdict"] == "off" and "clientCredentialsFlowUser" in off["hint"]


def test_only_the_flows_that_were_asked_about(org: Org) -> None:
    done = run("check", "--json", "--flows", "device, login", env=org.settings())
    assert verdicts(done) == {"settings": "ok", "login": "ok", "network": "ok", "token": "ok", "device": "skipped"}
    shown = run("check", "--flows", "device", env=org.settings()).out
    assert "Enable Device Flow" in shown and "registration" not in shown and "guest" not in shown
    for names, what in (("device,nothing", "there is no flow nothing"), (" , ", "names no flow")):
        refused = run("check", "--flows", names, env=org.settings())
        assert refused.status == 2 and what in refused.err


def test_its_own_options(org: Org) -> None:
    shown = run("check", "--help")
    assert shown.status == 0 and "--profile FILE" in shown.out and "--raw" not in shown.out and "--username" not in shown.out
    assert run("help", "check").out == shown.out and "For this flow" not in shown.out and "--flows NAMES" in shown.out
    assert "no option --save" in run("check", "--save", "x").err
    assert "has no option --usrname" in run("check", "--usrname", "x").err
