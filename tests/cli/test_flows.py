"""The flows against the simulated org: results, errors, exit statuses, events."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from typing import Any

import pytest
from support import AT_MOST_S, CLI, Org, Outcome, environment, memory_file, path_of, run, terminal, wait_until

TOKEN_MEMBERS = set(
    "access_token refresh_token id_token token_type scope instance_url id issued_at_ms uvid uvid_carry site_url site_id".split()
)


def login(org: Org, *arguments: str, app: int = 0, password: str | None = None, **more: str) -> Outcome:
    given = {**org.settings(app), "HEADLESSID_PASSWORD": org.password if password is None else password, **more}
    return run("login", "--username", org.username, *arguments, env=given)


# ---- the story ----


@pytest.mark.parametrize("app", [0, 1], ids=["public", "private"])
def test_a_guest_becomes_a_customer(org: Org, app: int) -> None:
    guest = run("guest", "--json", env=org.settings(app)).result
    me = login(org, "--json", "--uvid", guest["uvid"], app=app, HEADLESSID_GUEST_TOKEN=guest["access_token"]).result
    assert me["uvid"] == guest["uvid"] and me["uvid_carry"] == "carried"
    who = run("userinfo", "--json", env={**org.settings(app), "HEADLESSID_ACCESS_TOKEN": me["access_token"]}).result
    assert who["preferred_username"] == org.username
    ended = run("revocation", "--json", env={**org.settings(app), "HEADLESSID_TOKEN": me["refresh_token"]})
    assert ended.status == 0 and ended.result == {}


@pytest.mark.parametrize("jwt", [True, False], ids=["jwt", "opaque"])
@pytest.mark.parametrize("given", ["access_token", "refresh_token", "both"])
def test_logout_revokes_what_it_is_given(org: Org, jwt: bool, given: str) -> None:
    app = org.settings()["HEADLESSID_CLIENT_ID"]
    org.control("settings", {"apps": [{"client_id": app, "is_named_user_jwt_enabled": jwt}]})
    try:
        me = login(org, "--json").result
        assert me["token_format"] == ("jwt" if jwt else "opaque")
        names = ["access_token", "refresh_token"] if given == "both" else [given]
        tokens = {f"HEADLESSID_{name.upper()}": me[name] for name in names}
        for _ in range(2):  # a token that is gone already is not a failure
            ended = run("logout", "--json", env={**org.settings(), **tokens})
            assert ended.status == 0 and ended.result == {}
        who = run("userinfo", "--json", env={**org.settings(), "HEADLESSID_ACCESS_TOKEN": me["access_token"]})
        assert who.status == 1
        renewed = run("refresh", "--json", env={**org.settings(), "HEADLESSID_REFRESH_TOKEN": me["refresh_token"]})
        assert renewed.status == (0 if given == "access_token" else 1)
    finally:
        org.control("reset", {})


@pytest.mark.parametrize("as_lines", [True, False])
def test_the_guest_comes_from_a_file_or_a_pipe(org: Org, as_lines: bool) -> None:
    printed = run("guest", "--json", env=org.settings())
    content = printed.out if as_lines else json.dumps(printed.result, indent=1)
    fd = memory_file(content)
    me = run(
        "login", "--json", "--username", org.username, "--guest-file", path_of(fd),
        env={**org.settings(), "HEADLESSID_PASSWORD": org.password}, fds=[fd],
    ).result  # fmt: skip
    os.close(fd)
    assert me["uvid"] == printed.result["uvid"] and me["uvid_carry"] == "carried"
    piped = run(
        "login", "--json", "--username", org.username, "--guest-file", "-", "--password-file", "-",
        env=org.settings(), stdin=printed.out + org.password + "\n",
    ).result  # fmt: skip
    assert piped["uvid"] == printed.result["uvid"]


def test_a_parameter_given_by_itself_counts_before_the_guest(org: Org) -> None:
    own = "0f0e7e5c-31a4-4c43-9d0c-6f1f3b9bb3ab"
    fd = memory_file(json.dumps({"uvid": "2b9f24c5-7a55-4f34-8f3a-b8eab5f04b2f"}))
    for arguments in (["--uvid", own, "--guest-file", path_of(fd)], ["--guest-file", path_of(fd), "--uvid", own]):
        me = run(
            "login", "--json", "--username", org.username, *arguments,
            env={**org.settings(), "HEADLESSID_PASSWORD": org.password}, fds=[fd],
        ).result  # fmt: skip
        assert me["uvid"] == own
    os.close(fd)


def test_a_file_that_holds_no_guest_is_refused(org: Org) -> None:
    fd = memory_file('{"event":"failed","error":{}}\n')
    done = run("login", "--guest-file", path_of(fd), env=org.settings(), fds=[fd])
    os.close(fd)
    assert done.status == 2 and "guest --json" in done.err


# ---- what is printed ----


def test_json_holds_the_whole_result_on_one_line(org: Org) -> None:
    done = login(org, "--json")
    assert done.status == 0 and done.err == ""
    result = done.result
    assert set(result) >= TOKEN_MEMBERS - {"uvid"}
    assert isinstance(result["issued_at_ms"], int)
    assert "raw" not in result
    raw = login(org, "--json", "--raw").result
    assert set(raw) == set(result) | {"raw"} and raw["raw"]["access_token"] == raw["access_token"]


def test_absent_members_are_left_out(org: Org) -> None:
    result = login(org, "--json").result
    assert result["uvid_carry"] == "absent" and "uvid" not in result
    assert None not in result.values() and "" not in result.values()


def test_people_see_dots_unless_they_want_secrets(org: Org) -> None:
    done = login(org)
    rows = dict(line.split(None, 1) for line in done.out.splitlines())
    for name in ("access_token", "refresh_token", "id_token"):
        assert rows[name] == "••••"
    assert "raw" not in rows and "raw  " in login(org, "--raw").out
    assert rows["uvid_carry"] == "absent" and rows["issued_at_ms"].endswith(" UTC)")
    shown = dict(line.split(None, 1) for line in login(org, "--show-secrets").out.splitlines())
    assert shown["access_token"].count(".") == 2 and "••••" not in shown.values()


def test_a_flow_without_fields_says_what_it_did(org: Org) -> None:
    token = login(org, "--json").result["refresh_token"]
    done = run("revocation", env={**org.settings(), "HEADLESSID_TOKEN": token})
    assert done.status == 0 and "revoked" in done.out


def test_trace_goes_to_standard_error_with_secrets_as_dots(org: Org) -> None:
    done = login(org, "--json", "--trace")
    assert "> POST " in done.err and "/services/oauth2/authorize" in done.err and "< HTTP/" in done.err and "•••" in done.err
    for secret in (org.password, done.result["access_token"], done.result["refresh_token"], done.result["id_token"]):
        assert secret not in done.err
    assert "P4ss%2Bw" not in done.err


# ---- exit statuses ----


def test_0_done(org: Org) -> None:
    assert run("guest", env=org.settings()).status == 0


def test_1_refused(org: Org) -> None:
    done = login(org, "--json", password="wrong")
    assert done.status == 1
    assert done.error == {
        "kind": "REFUSED", "advice": "ASK_AGAIN", "reason": "invalid_credentials", "message": done.error["message"],
        "server_code": "invalid_grant", "server_text": "authentication failure", "http_status": 400,
    }  # fmt: skip
    people = login(org, password="wrong")
    assert people.status == 1 and people.out == ""
    assert "headlessid login: " + done.error["message"] in people.err
    assert "The server said: invalid_grant: authentication failure (HTTP 400)" in people.err


def test_1_refused_by_a_setting_of_the_org_names_it(org: Org) -> None:
    given = {**org.settings(), "HEADLESSID_PASSWORD": org.users["unapproved@example.com"]}
    done = run("login", "--json", "--username", "unapproved@example.com", env=given)
    assert done.status == 1 and done.error["advice"] == "FIX_ORG" and done.error["hint"]
    people = run("login", "--username", "unapproved@example.com", env=given)
    assert people.status == 1 and "What to change: " in people.err
    assert "".join(done.error["hint"].split()) in "".join(people.err.split())


def test_2_wrong_use_before_anything_is_sent(org: Org) -> None:
    before = org.control("seen")
    done = run("login", "--json", env=org.settings())
    assert done.status == 2 and done.error["kind"] == "ARGUMENT" and done.error["field"] == "username"
    people = run("login", env=org.settings())
    assert people.status == 2 and people.out == "" and "--username VALUE" in people.err and "HEADLESSID_USERNAME" in people.err
    assert run("guest", "--json", env={**org.settings(), "HEADLESSID_SITE": "http://acme.example"}).error["field"] == "site"
    assert run("guest", "--json", "--uvid", "no-uuid", env=org.settings()).error["field"] == "uvid"
    assert run("guest", "--json", "--nonsense").error["reason"] == "usage"
    assert org.control("seen") == before


def test_3_no_response(org: Org) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        site = f"https://localhost:{unused.getsockname()[1]}/shop"
        done = run("guest", "--json", env={**org.settings(), "HEADLESSID_SITE": site})
    assert done.status == 3 and done.error["kind"] == "TRANSPORT"


def test_3_untrusted_certificate(org: Org) -> None:
    settings = {name: value for name, value in org.settings().items() if name != "HEADLESSID_CA_FILE"}
    done = run("guest", "--json", env=settings)
    assert done.status == 3 and "ca_file" in done.error["hint"] and "--ca-file" not in done.error["hint"]
    assert "--ca-file" in run("guest", env=settings).err


def test_3_no_answer_in_time_may_have_had_an_effect(org: Org) -> None:
    org.control("fail", {"endpoint": "token", "delay_ms": 5000})
    done = login(org, "--json", "--timeout", "1.5")
    assert done.status == 3 and done.error["reason"] == "timeout" and done.error["outcome_unknown"] is True
    org.control("reset", {})
    org.control("fail", {"endpoint": "token", "delay_ms": 5000})
    assert "unknown" in login(org, "--timeout-ms", "1500").err


def test_4_broken_response(org: Org) -> None:
    org.control("fail", {"endpoint": "token", "status": 200, "body": '{"access_token":'})
    done = login(org, "--json")
    assert done.status == 4 and done.error["kind"] == "PROTOCOL"


def test_4_a_login_page_instead_of_an_answer_names_the_setting(org: Org) -> None:
    org.control("settings", {"settings": {"oauth_cd_crdt_flow_enable": False}})
    done = login(org, "--json")
    assert done.status == 4 and done.error["advice"] == "FIX_ORG" and "oAuthCdCrdtFlowEnable" in done.error["hint"]
    assert "What to change: " in login(org).err


def test_5_output_that_cannot_be_written_is_no_success(org: Org) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [CLI, "guest", "--json"],
            env=environment(org.settings()),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=AT_MOST_S,
            check=False,
        )
    assert done.returncode == 5 and b"standard output cannot be written" in done.stderr


@pytest.mark.parametrize("json_wanted", [True, False])
def test_130_interrupted_while_the_server_keeps_it_waiting(org: Org, json_wanted: bool) -> None:
    org.control("fail", {"endpoint": "authorize", "delay_ms": 30_000})
    before = org.control("seen")["requests"].get("authorize", 0)
    process = subprocess.Popen(
        [CLI, "guest", *(["--json"] if json_wanted else [])],
        env=environment(org.settings()), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    wait_until("the request has come", lambda: org.control("seen")["requests"].get("authorize", 0) > before)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=AT_MOST_S)
    assert process.returncode == 130
    if json_wanted:
        assert json.loads(out)["error"]["reason"] == "cancelled"
    else:
        assert out == b""


def test_retry_after_is_passed_on(org: Org) -> None:
    org.control("fail", {"endpoint": "token", "status": 429, "body": "{}", "retry_after": 120, "times": 10})
    done = login(org, "--json")
    assert done.error["retry_after_ms"] == 120_000 and done.error["http_status"] == 429
    assert "120 seconds" in login(org).err


def test_words_of_a_server_cannot_drive_the_terminal(org: Org) -> None:
    text = "\u001b]0;owned\u0007 \u202egnihton \u009b2J"
    org.control(
        "fail",
        {"endpoint": "authorize", "status": 400, "body": {"error": "invalid_grant", "error_description": text}, "times": 2},
    )
    for done in (login(org), login(org, "--json")):
        assert done.status == 1
        for control in ("\u001b", "\u0007", "\u009b"):
            assert control not in done.out + done.err
    assert "\u202e" not in login(org).err


def test_many_at_once_do_not_disturb_each_other(org: Org) -> None:
    seen: list[str] = []
    threads = [
        threading.Thread(target=lambda: seen.append(run("guest", "--json", env=org.settings()).result["uvid"])) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 6


# ---- what arrives at an app ----


def test_addresses_that_are_not_the_callback_are_told_and_the_next_line_counts(org: Org) -> None:
    settings = {**org.settings(), "HEADLESSID_REDIRECT_URI": "https://app.example.com/cb"}
    addresses = "http://app.example.com/cb?code=c&state=s\nhttps://app.example.com/news?item=7\nhttps://App.Example.com:443/cb?code=c&state=s\n"
    ended = run("native-sso", "--sso-provider", "Example", "--json", env=settings, stdin=addresses)
    told = [event["problem"] for event in ended.events if event["event"] == "refused"]
    assert [problem["reason"] for problem in told] == ["not_the_callback", "not_the_callback"]
    assert "scheme is http" in told[0]["message"] and "proxy" in told[0]["hint"]
    assert "path is not /cb" in told[1]["message"]
    # The third is the callback, and its state is what ends the flow.
    assert ended.events[-1]["error"]["reason"] == "state_mismatch"


# ---- a device, and an app that registers ----


def device_settings(org: Org) -> dict[str, str]:
    """The device flow is at the org's own host."""
    return {**org.settings(), "HEADLESSID_SITE": org.said["origin"]}


def start_device(org: Org, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [CLI, "device", "--json", *arguments],
        env=environment(device_settings(org)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def shown_by(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def test_a_device_shows_a_code_and_waits_until_it_is_approved(org: Org) -> None:
    org.control("settings", {"settings": {"device_interval_s": 1}})
    process = start_device(org, "--scope", "api refresh_token")
    show = shown_by(process)
    assert show["event"] == "show" and show["verification_uri"] == org.said["origin"] + "/setup/connect"
    assert show["url"] == f"{show['verification_uri']}?user_code={show['code']}"
    wait_until("it polls", lambda: org.control("seen")["requests"].get("token", 0) > 1)
    org.control("device", {"user_code": show["code"], "username": org.username})
    out, _ = process.communicate(timeout=AT_MOST_S)
    result = json.loads(out)["result"]
    assert process.returncode == 0 and result["scope"] == "api refresh_token" and result["refresh_token"]
    assert list(org.control("seen")["device_codes"].values()) == [1]


def test_a_device_is_denied(org: Org) -> None:
    org.control("settings", {"settings": {"device_interval_s": 1}})
    process = start_device(org)
    org.control("device", {"user_code": shown_by(process)["code"], "approve": False})
    out, _ = process.communicate(timeout=AT_MOST_S)
    assert process.returncode == 1 and json.loads(out)["error"]["reason"] == "access_denied"


def test_a_device_that_is_switched_off_names_the_switch(org: Org) -> None:
    app = org.said["apps"][0]["client_id"]
    org.control("settings", {"apps": [{"client_id": app, "is_device_flow_enabled": False}]})
    done = run("device", "--json", env=device_settings(org))
    assert done.status == 1 and "isDeviceFlowEnabled" in done.error["hint"]


def test_ctrl_c_ends_a_device_that_waits(org: Org) -> None:
    process = start_device(org)
    shown_by(process)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=AT_MOST_S)
    assert process.returncode == 130 and json.loads(out)["error"]["reason"] == "cancelled"


def test_a_person_sees_the_code_and_that_the_device_waits(org: Org) -> None:
    with terminal("device", env=device_settings(org)) as shown:
        shown.read_until("Open this page: .*/setup/connect\n")
        shown.read_until("Waiting for you to use the code: [1-9]")
        shown.type(b"\x03")
        assert shown.end() == 130


def test_an_app_registers_and_introspects_its_tokens(org: Org) -> None:
    settings = org.settings(1)
    refused = run("client-registration", "--redirect-uris", "https://gw.example.com/cb", "--json", env=settings)
    assert refused.status == 2 and "App Manager" in refused.error["hint"]
    org.control("settings", {"apps": [{"client_id": settings["HEADLESSID_CLIENT_ID"], "initial_access_token": "IAT-Example"}]})
    done = run(
        "client-registration", "--redirect-uris", "https://gw.example.com/cb", "--client-name", "Gateway A", "--json",
        "--initial-access-token-file", "-", env=settings, stdin="IAT-Example",
    )  # fmt: skip
    assert done.status == 0, done.err
    result = done.events[-1]["result"]
    assert result["client_secret_expires_at"] == 0
    registered = {
        **settings,
        "HEADLESSID_CLIENT_ID": result["client_id"],
        "HEADLESSID_CLIENT_SECRET": result["client_secret"],
    }
    said = run("introspection", "--token-file", "-", "--json", env=registered, stdin="unknown")
    assert said.status == 0 and said.events[-1]["result"]["active"] is False
