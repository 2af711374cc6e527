"""`headlessid org doctor`: what it says is what is switched, and it says no more than that."""

from __future__ import annotations

import http.server
import json
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support import AT_MOST_S, CLI, ROOT, Org, environment, run

FAST = {"HEADLESSID_ORG_PACE_MS": "0"}
# Of the site; the others are served by the org's own host.
SITE_FLOWS = "login,guest,registration,passwordless-login,password-reset,web-server,user-agent,refresh,token-exchange"
PROTECTED = {
    "does_registration_require_auth": True,
    "does_pwdless_login_require_auth": True,
    "does_forgot_password_require_auth": True,
}
PUBLIC, PRIVATE, INTEGRATION, FIRST_PARTY = range(4)


def env_of(org: Org, app: int, **more: str) -> dict[str, str]:
    return {**org.settings(app), **FAST, **{f"HEADLESSID_{name.upper()}": value for name, value in more.items()}}


def doctor(org: Org, flows: str, app: int = PRIVATE, *more: str, **settings: str) -> Any:
    return run("org", "doctor", "--json", "--flows", flows, *more, env=env_of(org, app, **settings))


def learnt(done: Any) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for event in done.events:
        if event["event"] != "setting":
            continue
        assert event["id"] not in out, "each setting once"
        out[event["id"]] = event
    return out


def states(done: Any) -> dict[str, str]:
    return {name: one["state"] for name, one in learnt(done).items()}


def wrong(done: Any) -> set[str]:
    return {name for name, one in learnt(done).items() if one["standing"] == "wrong"}


def prepare(org: Org, app: int = PRIVATE, settings: Mapping[str, Any] | None = None, **members: Any) -> None:
    org.control("reset", {})
    org.control(
        "settings",
        {
            "settings": {**PROTECTED, **(settings or {})},
            "apps": [{"client_id": org.said["apps"][app]["client_id"], **members}],
        },
    )


def test_an_org_as_its_flows_need_it(org: Org) -> None:
    prepare(org)
    before = {**org.control("state"), "now_ms": 0}
    done = doctor(org, SITE_FLOWS, scope="api openid refresh_token")
    assert done.status == 0, done.out
    assert wrong(done) == set() and done.events[-1] == {
        "event": "done",
        "result": {"ok": True, "prevented": [], "responds": True, "without_response": 0},
    }
    said = states(done)
    for name in ("headless_flows", "app_headless_flow", "app_enabled", "app_secret", "app_refresh_secret", "app_guest_flow"):
        assert said[name] == "on", (name, learnt(done)[name])
    for name in ("app_guest_jwt", "app_token_exchange", "passwordless_auth", "forgot_password_auth", "site_active"):
        assert said[name] == "on", (name, learnt(done)[name])
    for name in ("app_callback", "app_scopes", "app_refresh_scope", "token_exchange_handler"):
        assert said[name] == "right", (name, learnt(done)[name])
    assert said["app_post_only"] == "off" and said["user_agent_flow"] == "unknown" and said["app_dpop"] == "off"
    assert said["app_proof_key"] == said["proof_key"] == "one_of_two_on"
    assert said["app_permitted_users"] == "unknown"
    # Nothing that reaches a person, and nothing that changes the org.
    after = {**org.control("state"), "now_ms": 0}
    assert org.control("outbox")["messages"] == []
    assert {k: v for k, v in after.items() if "token" not in k and "code" not in k} == {
        k: v for k, v in before.items() if "token" not in k and "code" not in k
    }
    asked = [event for event in done.events if event["event"] == "asking"]
    assert all(event["why"].endswith(".") and event["path"].startswith("/") for event in asked)
    assert [event["name"] for event in asked][-1] != "user"


# What is switched, the flows that are asked about, and all that is then wrong.
SWITCHED: list[tuple[str, dict[str, Any], dict[str, Any], str, set[str], dict[str, str]]] = [
    ("org's headless flows", {"oauth_cd_crdt_flow_enable": False}, {}, "login", {"headless_flows", "app_headless_flow"},
     {"headless_flows": "one_of_two_off", "app_headless_flow": "one_of_two_off"}),
    ("app's headless flows", {}, {"is_code_cred_flow_enabled": False}, "login", {"headless_flows", "app_headless_flow"},
     {"headless_flows": "one_of_two_off", "app_headless_flow": "one_of_two_off"}),
    ("guests", {}, {"is_guest_code_cred_flow_enabled": False}, "guest", {"app_guest_flow"},
     {"app_guest_flow": "off", "headless_flows": "on", "app_headless_flow": "on"}),
    ("disabled app", {}, {"refused_with": "oauth_flow_disabled"}, "login,refresh", {"app_enabled"}, {"app_enabled": "off"}),
    ("callback", {}, {"redirect_uris": ["https://other.example/cb"]}, "web-server", {"app_callback"}, {"app_callback": "wrong"}),
    ("user-agent", {"block_oauth_usr_agt_flow": True}, {}, "user-agent", {"user_agent_flow"}, {"user_agent_flow": "off"}),
    ("proof key of neither", {}, {"is_pkce_required": False}, "web-server", set(), {"proof_key": "unknown", "app_proof_key": "unknown"}),
    ("proof key of the org", {"is_pkce_required": True}, {"is_pkce_required": False}, "web-server", set(),
     {"proof_key": "one_of_two_on", "app_proof_key": "one_of_two_on"}),
    ("secret optional", {}, {"is_consumer_secret_optional": True}, "web-server", set(), {"app_secret": "off"}),
    ("refresh without secret", {}, {"is_secret_required_for_refresh_token": False}, "refresh", set(), {"app_refresh_secret": "off"}),
    ("exchange off", {}, {"is_token_exchange_enabled": False}, "token-exchange", {"app_token_exchange"},
     {"app_token_exchange": "off", "token_exchange_handler": "unknown"}),
    ("no handler", {}, {"token_exchange_handlers": []}, "token-exchange", {"token_exchange_handler"},
     {"app_token_exchange": "on", "token_exchange_handler": "wrong"}),
    ("exchange without secret", {}, {"is_secret_required_for_token_exchange": False}, "token-exchange", set(),
     {"app_token_exchange_secret": "off"}),
    ("no refresh scope", {}, {"scopes": ["api"]}, "refresh", {"app_refresh_scope"}, {"app_refresh_scope": "wrong"}),
    ("unprotected", {"does_pwdless_login_require_auth": False}, {}, "passwordless-login", set(),
     {"passwordless_auth": "off", "passwordless_recaptcha": "off", "passwordless_allowed": "on"}),
    ("reCAPTCHA", {"does_pwdless_login_require_auth": False, "is_recaptcha_required_pwdless_login": True}, {}, "passwordless-login",
     set(), {"passwordless_auth": "unknown", "passwordless_recaptcha": "on"}),
    ("reset's reCAPTCHA", {"does_forgot_password_require_auth": False, "is_recaptcha_required_forgot_pwd": True}, {},
     "password-reset", set(), {"forgot_password_auth": "unknown", "forgot_password_recaptcha": "on"}),
    ("no protection, refused", {"does_pwdless_login_require_auth": False, "is_protection_required": True}, {},
     "passwordless-login", set(), {"passwordless_auth": "unknown", "passwordless_recaptcha": "unknown"}),
    ("passwordless off", {"is_pwdless_login_allowed": False}, {}, "passwordless-login", set(),
     {"passwordless_allowed": "unknown", "passwordless_auth": "unknown"}),
    ("no user can be told", {}, {"is_named_user_jwt_enabled": False, "admin_approved": False}, "login", set(),
     {"app_named_jwt": "unknown", "app_permitted_users": "unknown"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "settings", "members", "flows", "bad", "said"), SWITCHED, ids=[row[0] for row in SWITCHED])
def test_what_is_switched_is_what_is_said(
    org: Org, what: str, settings: dict[str, Any], members: dict[str, Any], flows: str, bad: set[str], said: dict[str, str]
) -> None:
    prepare(org, PRIVATE, settings, **members)
    done = doctor(org, flows)
    assert wrong(done) == bad, done.out
    found = states(done)
    assert {name: found[name] for name in said} == said
    assert done.status == (1 if bad else 0)


@pytest.mark.parametrize("post_only", [False, True])
@pytest.mark.parametrize("guests", [False, True])
def test_credentials_in_the_header(org: Org, post_only: bool, guests: bool) -> None:
    prepare(org, PRIVATE, is_code_cred_post_only=post_only, is_guest_code_cred_flow_enabled=guests)
    done = doctor(org, "login", credentials_placement="header")
    assert states(done)["app_post_only"] == ("on" if post_only else "off")
    assert wrong(done) == ({"app_post_only"} if post_only else set())
    # Who sends them in the body does not mind.
    assert doctor(org, "login").status == 0


def test_a_public_client_has_no_secret(org: Org) -> None:
    prepare(org)
    private = org.said["apps"][PRIVATE]
    env = {
        **env_of(org, PUBLIC),
        "HEADLESSID_CLIENT_ID": private["client_id"],
        "HEADLESSID_REDIRECT_URI": private["redirect_uri"],
    }
    done = run("org", "doctor", "--json", "--flows", "web-server,refresh", env=env)
    assert done.status == 1 and wrong(done) == {"app_secret", "app_refresh_secret"}
    assert all(learnt(done)[name]["needed"] == "off" for name in ("app_secret", "app_refresh_secret"))
    assert doctor(org, "web-server,refresh", PUBLIC).status == 0


def test_a_wrong_app_and_a_wrong_secret(org: Org) -> None:
    unknown = doctor(org, "login", client_id="3MVG9Example.Unknown")
    facts = {event["name"]: event for event in unknown.events if event["event"] == "fact"}
    assert unknown.status == 1 and facts["client_id"]["standing"] == "wrong" and "invalid_client_id" in facts["client_id"]["text"]
    assert set(states(unknown).values()) == {"unknown"}
    secret = doctor(org, "web-server", client_secret="not-the-secret-of-it")
    facts = {event["name"]: event for event in secret.events if event["event"] == "fact"}
    assert secret.status == 1 and facts["client_secret"]["standing"] == "wrong"
    assert "not-the-secret" not in secret.out + secret.err


def test_the_flows_of_the_orgs_own_host(org: Org) -> None:
    at_org = {"site": org.said["origin"]}
    flows = "client-credentials,username-password"
    prepare(org, INTEGRATION)
    done = doctor(org, flows, INTEGRATION, **at_org)
    said = states(done)
    assert done.status == 0 and said["app_client_credentials"] == "on" and said["app_run_as_user"] == "right", done.out
    assert said["app_scopes"] == "right" and said["username_password_flows"] == "unknown" and said["app_dpop"] == "off"
    # The token that was issued is gone.
    names = [event["name"] for event in done.events if event["event"] == "response" and event.get("done")]
    assert "client_credentials_end" in names
    prepare(org, INTEGRATION, client_credentials_user="")
    off = doctor(org, flows, INTEGRATION, **at_org)
    pair = {"app_client_credentials", "app_run_as_user"}
    assert off.status == 1 and wrong(off) == pair and {states(off)[name] for name in pair} == {"one_of_two_off"}


def test_the_device_flow(org: Org) -> None:
    at_org = {"site": org.said["origin"]}
    prepare(org)
    device = doctor(org, "device", PRIVATE, **at_org)
    assert device.status == 0, device.out
    assert states(device)["app_device_flow"] == "on" and states(device)["app_local_with_callback"] == "unknown"
    pair = {"app_device_flow", "app_local_with_callback"}
    for member in ({"is_device_flow_enabled": False}, {"distribution_state": "Packaged"}):
        prepare(org, PRIVATE, **member)
        off = doctor(org, "device", PRIVATE, **at_org)
        assert off.status == 1 and wrong(off) == pair and {states(off)[name] for name in pair} == {"one_of_two_off"}
    prepare(org, PRIVATE, {"device_flow_disabled_error": "invalid_grant"}, is_device_flow_enabled=False)
    assert states(doctor(org, "device", PRIVATE, **at_org))["app_device_flow"] == "unknown", "the code means other things too"
    prepare(org)
    assert states(doctor(org, "device"))["app_device_flow"] == "unknown", "a site does not serve it"


def test_what_the_apps_key_shows(org: Org) -> None:
    apps = org.said["apps"]
    key = {"private_key": apps[FIRST_PARTY]["private_key"]}
    done = doctor(org, "first-party-login", FIRST_PARTY, **key)
    said = states(done)
    assert done.status == 0, done.out
    assert (said["app_first_party"], said["site_first_party"], said["app_certificate"]) == ("on", "on", "right")
    assert said["login_recaptcha"] == "off"
    org.control("settings", {"settings": {"does_password_login_require_auth": True}})
    assert states(doctor(org, "first-party-login", FIRST_PARTY, **key))["login_recaptcha"] == "on"
    org.control("settings", {"settings": {"is_first_party_apps_allowed": False}})
    closed = doctor(org, "first-party-login", FIRST_PARTY, **key)
    assert states(closed)["site_first_party"] == "unknown", "no source says how a live site refuses"
    bearer = {"private_key": apps[INTEGRATION]["private_key"], "site": org.said["origin"]}
    org.control("reset", {})
    assert states(doctor(org, "jwt-bearer", INTEGRATION, **bearer))["app_bearer_certificate"] == "right"
    other = {**bearer, **key}
    wrong_key = doctor(org, "jwt-bearer", INTEGRATION, **other)
    assert wrong_key.status == 1 and wrong(wrong_key) == {"app_bearer_certificate"}
    assert "PRIVATE KEY" not in wrong_key.out + wrong_key.err


def test_one_login_of_a_user_where_it_is_wanted(org: Org) -> None:
    prepare(org)
    quiet = doctor(org, "login")
    assert "user" not in {event["name"] for event in quiet.events if event["event"] == "asking"}
    done = doctor(org, "login", PRIVATE, "--user", org.username)
    asked = [event for event in done.events if event["event"] == "asking"]
    assert asked[-1]["name"] == "user" and "failed login" in asked[-1]["why"]
    # One, and the right password still works.
    login = run(
        "login", "--json", env={**org.settings(), "HEADLESSID_USERNAME": org.username, "HEADLESSID_PASSWORD": org.password}
    )
    assert login.status == 0


def test_an_outage_is_not_a_switch(org: Org) -> None:
    for outage in ("maintenance_page", "rate_limit", "server_error", "gateway"):
        prepare(org, PRIVATE, {"outage": outage})
        done = doctor(org, "login,guest,web-server,user-agent,refresh,passwordless-login")
        assert wrong(done) == set(), outage
        assert set(states(done).values()) == {"unknown"}, (outage, states(done))


# ---- any combination ----

BOOLEANS = [
    "oauth_cd_crdt_flow_enable", "block_oauth_usr_agt_flow", "is_pkce_required", "does_pwdless_login_require_auth",
    "does_forgot_password_require_auth", "does_registration_require_auth", "is_pwdless_login_allowed", "is_forgot_pwd_allowed",
    "is_headless_user_registration_allowed", "is_recaptcha_required_pwdless_login", "is_recaptcha_required_forgot_pwd",
    "is_recaptcha_required_rgstr", "is_protection_required", "headless_registration_handler",
]  # fmt: skip
MEMBERS = [
    "is_code_cred_flow_enabled", "is_code_cred_post_only", "is_consumer_secret_optional", "is_secret_required_for_refresh_token",
    "is_pkce_required", "is_guest_code_cred_flow_enabled", "is_token_exchange_enabled", "is_secret_required_for_token_exchange",
]  # fmt: skip


def truth(on: dict[str, bool], app: dict[str, Any]) -> dict[str, bool]:
    """Whether each box in Setup is ticked."""
    scopes = app["scopes"]
    return {
        "headless_flows": on["oauth_cd_crdt_flow_enable"],
        "user_agent_flow": not on["block_oauth_usr_agt_flow"],
        "proof_key": on["is_pkce_required"],
        "passwordless_auth": on["does_pwdless_login_require_auth"],
        "passwordless_recaptcha": on["is_recaptcha_required_pwdless_login"],
        "passwordless_allowed": on["is_pwdless_login_allowed"],
        "forgot_password_auth": on["does_forgot_password_require_auth"],
        "forgot_password_recaptcha": on["is_recaptcha_required_forgot_pwd"],
        "forgot_password_allowed": on["is_forgot_pwd_allowed"],
        "registration_auth": on["does_registration_require_auth"],
        "registration_recaptcha": on["is_recaptcha_required_rgstr"],
        "registration_allowed": on["is_headless_user_registration_allowed"],
        "registration_handler": on["headless_registration_handler"],
        "app_headless_flow": app["is_code_cred_flow_enabled"],
        "app_post_only": app["is_code_cred_post_only"],
        "app_secret": not app["is_consumer_secret_optional"],
        "app_refresh_secret": app["is_secret_required_for_refresh_token"],
        "app_proof_key": app["is_pkce_required"],
        "app_guest_flow": app["is_guest_code_cred_flow_enabled"],
        "app_guest_jwt": True,
        "app_token_exchange": app["is_token_exchange_enabled"],
        "app_token_exchange_secret": app["is_secret_required_for_token_exchange"],
        "token_exchange_handler": bool(app["token_exchange_handlers"]),
        "app_enabled": not app["refused_with"],
        "app_refresh_scope": "refresh_token" in scopes,
        "app_callback": True,
        "app_dpop": False,
        "site_active": True,
    }


@pytest.mark.parametrize("seed", range(25))
def test_no_claim_is_false(org: Org, seed: int) -> None:
    chance = random.Random(seed)
    on = {name: chance.random() < 0.5 for name in BOOLEANS}
    if seed % 2:
        on["oauth_cd_crdt_flow_enable"] = True
    app: dict[str, Any] = {name: chance.random() < 0.6 for name in MEMBERS}
    app["scopes"] = chance.choice([["api"], ["api", "refresh_token"], ["openid", "api", "refresh_token", "web"]])
    app["token_exchange_handlers"] = chance.choice([[], ["ExampleHandler"]])
    app["refused_with"] = chance.choice(["", "", "", "", "oauth_flow_disabled"])
    org.control("settings", {"settings": on, "apps": [{"client_id": org.said["apps"][PRIVATE]["client_id"], **app}]})
    done = doctor(org, SITE_FLOWS)
    is_so = truth(on, app)
    for name, one in learnt(done).items():
        state = one["state"]
        if state in ("on", "right"):
            assert is_so.get(name, True), (name, one)
        elif state in ("off", "wrong"):
            assert not is_so.get(name, name != "app_scopes"), (name, one)
        elif state == "one_of_two_off":
            assert not (is_so[name] and is_so[one["partner"]]), (name, one)
        elif state == "one_of_two_on":
            assert is_so[name] or is_so[one["partner"]], (name, one)
    assert done.status == (1 if wrong(done) or any(e.get("standing") == "wrong" for e in done.events) else 0)


# ---- files that the linter never saw ----


def test_an_org_of_metadata_files(tmp_path: Path) -> None:
    made = run("org", "generate", "--name", "Shop", "--flows", "web-server,refresh", "--client", "private", "--contact-email",
               "a@b.example", "--redirect-uri", "https://app.example/cb", "--out", str(tmp_path / "force"))  # fmt: skip
    assert made.status == 0, made.err
    for flag, state in (("false", "on"), ("true", "off")):
        for file in (tmp_path / "force").rglob("*.ecaGlblOauth-meta.xml"):
            text = file.read_text()
            text = re.sub("<isConsumerSecretOptional>.*?</isConsumerSecretOptional>",
                          f"<isConsumerSecretOptional>{flag}</isConsumerSecretOptional>", text)  # fmt: skip
            assert flag in text
            file.write_text(text)
        org = Org("--org", str(tmp_path / "force"))
        try:
            done = doctor(org, "web-server,refresh", 0)
            assert states(done)["app_secret"] == state, done.out
            assert states(done)["app_refresh_secret"] == "on" and states(done)["app_callback"] == "right"
            assert done.status == 0
        finally:
            org.stop()


# ---- manners ----


def test_what_it_says_to_a_person(org: Org) -> None:
    prepare(org, PRIVATE, {"oauth_cd_crdt_flow_enable": False})
    done = run("org", "doctor", "--flows", "login", env=env_of(org, PRIVATE))
    assert done.status == 1 and "These flows are prevented: login." in done.out
    assert "headless_flows: this or app_headless_flow is off." in " ".join(done.out.split())
    assert "Allow Authorization Code and Credentials Flows" in " ".join(done.out.split())
    assert max(map(len, done.out.splitlines())) <= 80
    announced = [line for line in done.err.splitlines() if line.startswith(("GET /", "POST /"))]
    assert len(announced) >= 6 and "GET /.well-known/openid-configuration" in announced[0]
    secret = org.said["apps"][PRIVATE]["client_secret"]
    traced = run("org", "doctor", "--flows", "login", "--trace", env=env_of(org, PRIVATE))
    assert "response_type=code_credentials" in traced.err and secret not in traced.err + traced.out


def test_the_page_shows_what_it_says(org: Org) -> None:
    page = (ROOT / "docs" / "org.md").read_text()
    example = re.search(r"```\n(  unknown   app_permitted_users.*?)```", page, re.S)
    assert example
    prepare(org, PUBLIC, is_guest_code_cred_flow_enabled=False)
    done = run("org", "doctor", "--flows", "login,guest", env=env_of(org, PUBLIC))
    lines = done.out.splitlines()
    for line in filter(None, example[1].splitlines()):
        assert line in lines


def test_without_flows_all_that_can_run(org: Org) -> None:
    prepare(org, PRIVATE)
    settings = {name: value for name, value in env_of(org, PRIVATE).items() if name != "HEADLESSID_REDIRECT_URI"}
    done = run("org", "doctor", env=settings)
    assert "Not asked about" in done.out and "web-server" in done.out.split("Not asked about")[1]
    assert "cannot run" not in done.out


def test_wrong_use(org: Org) -> None:
    assert doctor(org, "no-such-flow").status == 2
    assert run("org", "doctor", "--json", env=FAST).status == 2
    assert run("org", "doctor", "--no-such-option").status == 2
    without = {name: value for name, value in env_of(org, PUBLIC).items() if name != "HEADLESSID_REDIRECT_URI"}
    lacks = run("org", "doctor", "--json", "--flows", "login", env=without)
    assert lacks.status == 2 and lacks.error["field"] == "redirect_uri", "what the profile lacks is named, and nothing is sent"
    some = run("org", "doctor", "--json", "--flows", "login,refresh", env=without)
    assert some.status == 2 and [event["flow"] for event in some.events if event["event"] == "cannot_run"] == ["login"]
    assert "app_refresh_secret" in states(some) and "headless_flows" not in states(some)
    assert run("org", "doctor", "--help").out.startswith("headlessid org doctor:")
    assert "--user" in run("org", "doctor", "--help").out
    unreached = run("org", "doctor", "--json", "--flows", "login",
                 env={**env_of(org, PUBLIC), "HEADLESSID_PROXY": "http://127.0.0.1:9"})  # fmt: skip
    assert unreached.status == 3 and len([e for e in unreached.events if e["event"] == "asking"]) == 1


@pytest.fixture
def counted() -> Iterator[tuple[str, list[float]]]:
    """A server that knows nothing and writes down when it was asked."""
    times: list[float] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            times.append(time.monotonic())
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.dumps({"error": "invalid_grant", "error_description": "no"}).encode()
            self.send_response(400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", times
    server.shutdown()
    server.server_close()


def of_counted(site: str) -> dict[str, str]:
    return {
        "HEADLESSID_SITE": site,
        "HEADLESSID_CLIENT_ID": "3MVG9Example",
        "HEADLESSID_ALLOW_HTTP_LOOPBACK": "true",
    }


def test_one_request_a_second(counted: tuple[str, list[float]]) -> None:
    site, times = counted
    done = run("org", "doctor", "--json", "--flows", "refresh", env=of_counted(site))
    assert done.status in (0, 1) and len(times) >= 5
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= 1.0


def test_a_signal_ends_it_between_two_requests(counted: tuple[str, list[float]]) -> None:
    site, times = counted
    process = subprocess.Popen(
        [CLI, "org", "doctor", "--json", "--flows", "refresh"],
        env=environment(of_counted(site)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + AT_MOST_S
    while not times:
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=AT_MOST_S)
    assert process.returncode == 130 and len(times) <= 2


# ---- servers that are not Salesforce, or not as they should be ----

Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture
def played() -> Iterator[Any]:
    """A server that says what a function says of a method, a path and a body; it keeps what it was sent."""
    servers = []

    def serve(say: Any) -> tuple[dict[str, str], list[tuple[str, str]]]:
        sent: list[tuple[str, str]] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                sent.append((self.path, body))
                status, headers, text = say(self.path, body, f"http://{self.headers['Host']}")
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = answer

            def log_message(self, *_: Any) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        site = f"http://127.0.0.1:{server.server_port}"
        return {**of_counted(site), **FAST, "HEADLESSID_REDIRECT_URI": "https://app.example/cb"}, sent

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def words_of_refusal(code: str, text: str = "no") -> Reply:
    return 400, {}, json.dumps({"error": code, "error_description": text}).encode()


@pytest.mark.parametrize("status", [200, 404, 500, 302])
def test_what_is_no_salesforce(played: Any, status: int) -> None:
    def say(path: str, body: str, site: str) -> Reply:
        return status, {"Content-Type": "text/html", **({"Location": "/login"} if status == 302 else {})}, b"<html>Hello</html>"

    env, _ = played(say)
    done = run("org", "doctor", "--json", "--flows", "login,passwordless-login", env=env)
    assert done.status == 3 and done.events[-1]["result"]["responds"] is False, done.out
    assert wrong(done) == set()
    said = run("org", "doctor", "--flows", "login", env=env)
    assert said.status == 3 and "did not respond as Salesforce does" in said.out and "Nothing that was learnt" not in said.out


def test_scopes_of_the_profile_that_the_app_does_not_have(org: Org) -> None:
    prepare(org, PUBLIC, scopes=["openid", "api"])
    done = doctor(org, "login", PUBLIC, scope="openid chatter_api")
    assert done.status == 1 and "app_scopes" in wrong(done), done.out
    assert done.events[-1]["result"]["prevented"] == ["login"]
    assert doctor(org, "login", PUBLIC, scope="openid api").status == 0


def test_user_is_only_for_flows_of_users(org: Org) -> None:
    prepare(org)
    for user in ("", "a\nb"):
        refused = doctor(org, "login", PRIVATE, "--user", user)
        assert refused.status == 2 and not [e for e in refused.events if e["event"] == "asking"], refused.out
    for flows in ("jwks", "guest"):
        assert doctor(org, flows, PRIVATE, "--user", org.username).status == 2
    env = {k: v for k, v in env_of(org, PRIVATE).items() if k != "HEADLESSID_REDIRECT_URI"}
    assert run("org", "doctor", "--json", "--flows", "refresh", "--user", "x@y.example", env=env).status == 2


def test_the_count_is_no_less_than_what_is_sent(org: Org) -> None:
    prepare(org)
    done = doctor(org, "guest,login", PRIVATE, "--trace", verify_jwt="true")
    begins = [event for event in done.events if event["event"] == "begins"]
    assert len(begins) == 1 and done.events[0] == begins[0]
    assert begins[0]["requests"] >= len(re.findall(r"^> (?:GET|POST) ", done.err, re.M)) > 0
    assert begins[0]["requests"] > len([event for event in done.events if event["event"] == "asking"])


def test_a_short_timeout_and_a_long_interval(counted: tuple[str, list[float]]) -> None:
    site, times = counted
    env = {**of_counted(site), "HEADLESSID_TIMEOUT_MS": "600"}
    done = run("org", "doctor", "--json", "--flows", "jwks,refresh", env=env)
    assert done.events[-1]["result"]["without_response"] == 0, done.out
    del times[:]
    env = {**of_counted(site), "HEADLESSID_REQUEST_INTERVAL_MS": "1800"}
    run("org", "doctor", "--json", "--flows", "jwks", env=env)
    assert len(times) >= 2 and min(b - a for a, b in zip(times, times[1:], strict=False)) >= 1.8


def credentials_server(revoke: Reply, token: dict[str, Any] | None = None) -> Any:
    def say(path: str, body: str, site: str) -> Reply:
        if path.endswith("/revoke"):
            return revoke
        if "grant_type=client_credentials" in body:
            issued = {"access_token": "00Dxx!made.up.token", "token_type": "Bearer", "instance_url": site, "id": site + "/id/00D/005",
                      "issued_at": "1767225600000", **(token or {})}  # fmt: skip
            return 200, {}, json.dumps(issued).encode()
        return words_of_refusal("invalid_grant")

    return say


def test_a_token_that_is_left_is_said(played: Any) -> None:
    flows = ("org", "doctor", "--json", "--flows", "client-credentials")

    def facts(done: Any) -> dict[str, str]:
        return {event["name"]: event["standing"] for event in done.events if event["event"] == "fact"}

    env, sent = played(credentials_server((200, {}, b"")))
    env["HEADLESSID_CLIENT_SECRET"] = "the-secret-of-the-app-x"
    env["HEADLESSID_VERIFY_JWT"] = "false"
    good = run(*flows, env=env)
    assert "client_credentials_end" not in facts(good) and any("revoke" in path for path, _ in sent), good.out
    env = {
        **env,
        **{k: v for k, v in played(credentials_server(words_of_refusal("invalid_token")))[0].items() if k.endswith("SITE")},
    }
    left = run(*flows, env=env)
    assert facts(left)["client_credentials_end"] == "wrong" and left.status == 1, left.out
    other = played(credentials_server((200, {}, b""), {"token_type": "DPoP"}))[0]
    env["HEADLESSID_SITE"] = other["HEADLESSID_SITE"]
    refused = run(*flows, env=env)
    assert facts(refused)["client_credentials_end"] == "wrong", refused.out


@pytest.mark.parametrize("how", ["signal", "pipe"])
def test_a_token_is_given_back_however_it_ends(played: Any, how: str) -> None:
    process: list[subprocess.Popen[bytes]] = []
    inner = credentials_server((200, {}, b""))

    def say(path: str, body: str, site: str) -> Reply:
        if "grant_type=client_credentials" in body:
            while not process:
                time.sleep(0.01)
            if how == "pipe":
                assert process[0].stdout
                process[0].stdout.close()
        return inner(path, body, site)

    env, sent = played(say)
    env = {**env, "HEADLESSID_CLIENT_SECRET": "the-secret-of-the-app-x", "HEADLESSID_ORG_PACE_MS": "700"}
    process.append(
        subprocess.Popen([CLI, "org", "doctor", "--json", "--flows", "client-credentials"], env=environment(env),
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    )  # fmt: skip
    until = time.monotonic() + AT_MOST_S
    while how == "signal" and not any("client_credentials" in body for _, body in sent):
        assert time.monotonic() < until
        time.sleep(0.01)
    if how == "signal":
        time.sleep(0.3)
        process[0].send_signal(signal.SIGINT)
    assert process[0].wait(timeout=AT_MOST_S) != 0
    assert process[0].stdout
    process[0].stdout.close()
    assert [path for path, _ in sent if path.endswith("/revoke")], sent


def test_a_site_that_hangs_is_asked_no_more(played: Any) -> None:
    def say(path: str, body: str, site: str) -> Reply:
        if "openid-configuration" not in path:
            time.sleep(3)
        return 404, {}, b""

    env, sent = played(say)
    env["HEADLESSID_TIMEOUT_MS"] = "300"
    done = run("org", "doctor", "--json", "--flows", "login,refresh", env=env)
    asked = [event["name"] for event in done.events if event["event"] == "asking"]
    assert len(asked) == 4 and done.status == 3, done.out
    assert done.events[-1]["result"]["without_response"] > 3


def test_the_help_is_the_doctors_own(org: Org) -> None:
    text = " ".join(run("org", "doctor", "--help").out.split())
    assert "events begins, asking, response" in text and "5 wrong state" not in text and "--raw" not in text
