"""`headlessid org probe`: for each thing that an org may do in two ways it says which, and the profile then works."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, Org, Outcome, environment, run, terminal, wait_until

# One request a second would make these tests last for an hour.
AT_ONCE = {"HEADLESSID_ORG_PACE_MS": "0"}
PRIVATE, FIRST_PARTY = 1, 3
FACTS = ("date", "site", "answers")


def settings_of(org: Org, app: int) -> dict[str, Any]:
    return {name.removeprefix("HEADLESSID_").lower(): value for name, value in org.settings(app).items()}


@dataclass
class Profile:
    path: Path
    before: dict[str, Any]

    @property
    def now(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.path.read_text())
        return read


def profile_for(org: Org, folder: Path, app: int = PRIVATE, more: Mapping[str, Any] | None = None) -> Profile:
    settings = {**settings_of(org, app), **(more or {})}
    if settings.get("token_endpoint_auth_method") == "private_key_jwt":
        del settings["client_secret"]
    if app == FIRST_PARTY:
        settings["private_key"] = org.said["apps"][app]["private_key"]
    path = folder / "shop.json"
    path.write_text(json.dumps(settings, indent=2) + "\n")
    path.chmod(0o600)
    return Profile(path, settings)


def probe(org: Org, profile: Profile, *options: str, user: str | None = None, password: str | None = None, **how: Any) -> Outcome:
    name = user or org.username
    env = {**AT_ONCE, "HEADLESSID_PASSWORD": org.users[name] if password is None else password}
    return run("org", "probe", "--profile", str(profile.path), "--user", name, *options, env=env, **how)


def answers_in(done: Outcome) -> dict[str, Any]:
    return {event["name"]: event.get("answer") for event in done.events if event["event"] == "answer"}


def signs_in(org: Org, profile: Profile, flow: str, folder: Path, user: str | None = None) -> bool:
    name = user or org.username
    env = {"HEADLESSID_PASSWORD": org.users[name]}
    given = ["--profile", str(profile.path), "--json"]
    if flow in ("guest", "jwks"):
        return run(flow, *given).status == 0
    if flow == "login-after-guest":
        visit = folder / "guest.json"
        visit.unlink(missing_ok=True)
        assert run("guest", *given, "--save", str(visit)).status == 0
        done = run("login", *given, "--username", name, "--guest-file", str(visit), env=env)
        return done.status == 0 and done.result["uvid_carry"] == "carried"
    return run(flow, *given, "--username", name, env=env).status == 0


@dataclass
class Case:
    question: str
    answer: Any  # a set where its order means nothing
    org: dict[str, Any] = field(default_factory=dict)  # settings of the simulated org
    app: dict[str, Any] = field(default_factory=dict)  # members of the app
    given: dict[str, Any] = field(default_factory=dict)  # further settings of the profile
    found: dict[str, Any] = field(default_factory=dict)  # what the profile then says
    which: int = PRIVATE
    flow: str = "login"
    user: str = "lena.ortiz@example.com"

    def __str__(self) -> str:
        return f"{self.question}-{self.answer}".replace(" ", "")


HEADER = {"credentials_placement": "header"}
JWT_CLIENT = {"token_endpoint_auth_method": "private_key_jwt"}
NO_FIRST_PARTY = {"is_first_party_app_enabled": False, "is_jwt_bearer_enabled": True}
GRUEN = "gruen@example.com"  # whose name and password the two alphabets write differently
COMMUNITY = ["signature", "token_format", "api_instance_url", "sfdc_community_url", "sfdc_community_id"]


def first_party(question: str, answer: Any, **more: Any) -> Case:
    return Case(question, answer, which=FIRST_PARTY, flow="first-party-login", **more)


# What the simulated org does as it is at its start.
BOTH = {
    "credentials_placement": ["body", "header"],
    "send_code_challenge_method": "optional",
    "token_host": ["site", "sfdc_community_url"],
    "token_endpoint_auth_method": ["client_secret_post", "client_secret_basic"],
    "token_response": COMMUNITY,
    "id_token_issuer": "{site}",
    "access_token_issuer": "{site}",
    "jwks_path": ["/id/keys"],
    "refresh_rotation": "stays",
    "userinfo_by_get": "accepted",
    "introspection_of_jwt": ["active", "client_id", "exp", "iat", "iss", "nbf", "scope", "sub", "token_type", "username"],
    "uvid_placement": ["header", "body"],
    "guest_scope": ["openid", "api", "refresh_token"],
    "guest_http_version": ["1.1"],
    "uvid_prefix": ["none"],
    "uvid_claim": "uvid",
}
DEFAULTS = {
    PRIVATE: BOTH,
    FIRST_PARTY: {
        **BOTH,
        "attestation_audience": ["site", "site_endpoint"],
        "first_party_redirect_uri": "optional",
        "first_party_response_type": "optional",
        "client_assertion_audience": ["site_endpoint", "my_domain_endpoint", "login_host_endpoint"],
    },
}

CASES = [
    Case("credentials_placement", ["body"], app={"is_code_cred_post_only": True}),
    Case(
        "credentials_placement",
        ["body"],
        app={"is_code_cred_post_only": True},
        given=HEADER,
        found={"credentials_placement": "body"},
    ),
    Case("basic_alphabet", ["standard", "url_safe"], given=HEADER, user=GRUEN),
    Case(
        "basic_alphabet",
        ["standard"],
        {"basic_alphabet": "standard"},
        given={**HEADER, "basic_alphabet": "url_safe"},
        found={"basic_alphabet": "standard"},
        user=GRUEN,
    ),
    Case(
        "basic_alphabet",
        ["url_safe"],
        {"basic_alphabet": "url_safe"},
        given=HEADER,
        found={"basic_alphabet": "url_safe"},
        user=GRUEN,
    ),
    Case("basic_alphabet", None, app={"is_code_cred_post_only": True}),
    Case(
        "send_code_challenge_method",
        "required",
        {"code_challenge_method": "required"},
        found={"send_code_challenge_method": True},
    ),
    Case("send_code_challenge_method", "refused", {"code_challenge_method": "refused"}),
    Case(
        "send_code_challenge_method",
        "refused",
        {"code_challenge_method": "refused"},
        given={"send_code_challenge_method": True},
        found={"send_code_challenge_method": False},
    ),
    Case("token_host", ["sfdc_community_url"], {"token_host": "sfdc_community_url"}, found={"token_host": "sfdc_community_url"}),
    Case(
        "token_endpoint_auth_method",
        ["client_secret_basic"],
        {"token_client_auth": "client_secret_basic"},
        found={"token_endpoint_auth_method": "client_secret_basic"},
    ),
    Case(
        "token_endpoint_auth_method",
        ["client_secret_post"],
        {"token_client_auth": "client_secret_post"},
        given={"token_endpoint_auth_method": "client_secret_basic"},
        found={"token_endpoint_auth_method": "client_secret_post"},
    ),
    Case(
        "token_response",
        ["expires_in", *COMMUNITY, "sfdc_site_url", "sfdc_site_id"],
        {"token_says_expires_in": True, "token_site_members": "both"},
    ),
    Case(
        "token_response",
        [*COMMUNITY[1:3], "sfdc_site_url", "sfdc_site_id"],
        {"response_fault": "no_signature", "token_site_members": "sfdc_site"},
    ),
    Case("id_token_issuer", "{origin}", {"id_token_issuer": "origin"}),
    Case("id_token_issuer", None, app={"scopes": ["api", "refresh_token"]}),
    Case("access_token_issuer", "{origin}", {"access_token_issuer": "origin"}),
    Case("access_token_issuer", None, app={"is_named_user_jwt_enabled": False}),
    Case(
        "jwks_path",
        ["/services/oauth2/id/keys"],
        {"jwks_path": "/services/oauth2/id/keys"},
        found={"jwks_path": "/services/oauth2/id/keys"},
        flow="jwks",
    ),
    Case("refresh_rotation", "rotates", app={"is_refresh_token_rotation_enabled": True}),
    Case("refresh_rotation", None, app={"scopes": ["openid", "api"]}),
    Case("userinfo_by_get", "refused", {"is_userinfo_by_get_allowed": False}),
    Case("introspection_of_jwt", [], {"is_jwt_introspection_supported": False}),
    Case("introspection_of_jwt", None, app={"is_named_user_jwt_enabled": False}),
    Case(
        "uvid_placement",
        ["header"],
        {"guest_uvid_placement": "header"},
        given={"uvid_placement": "body"},
        found={"uvid_placement": "header"},
        flow="guest",
    ),
    Case("uvid_placement", ["body"], {"guest_uvid_placement": "body"}, found={"uvid_placement": "body"}, flow="guest"),
    Case("uvid_placement", None, app={"is_guest_code_cred_flow_enabled": False}),
    Case("guest_scope", ["api", "refresh_token"], {"guest_scopes": ["api", "refresh_token"]}, flow="guest"),
    Case("guest_http_version", None, {"guest_token_requires_http2": True}),
    Case("uvid_prefix", ["scheme"], {"uvid_prefix": "scheme"}, found={"uvid_prefix": "scheme"}, flow="login-after-guest"),
    Case("uvid_prefix", {"none", "scheme"}, {"uvid_prefix": "any"}, flow="login-after-guest"),
    Case("uvid_prefix", None, app={"is_named_user_jwt_enabled": False}),
    Case("uvid_claim", "visitor_id", {"uvid_claim": "visitor_id"}),
    Case("uvid_claim", None, {"uvid_claim": ""}),
    first_party(
        "attestation_audience",
        ["my_domain"],
        org={"attestation_audience": "my_domain"},
        found={"attestation_audience": "{origin}"},
    ),
    first_party(
        "attestation_audience",
        ["login_host"],
        org={"attestation_audience": "login_host"},
        found={"attestation_audience": "https://login.salesforce.com"},
    ),
    first_party(
        "attestation_audience",
        ["site_endpoint"],
        org={"attestation_audience": "site_endpoint"},
        found={"attestation_audience": "{site}/services/oauth2/token"},
    ),
    Case("attestation_audience", None, app=NO_FIRST_PARTY, which=FIRST_PARTY),
    first_party(
        "first_party_redirect_uri",
        "required",
        org={"first_party_redirect_uri": "required"},
        found={"first_party_redirect_uri": True},
    ),
    first_party(
        "first_party_redirect_uri",
        "refused",
        org={"first_party_redirect_uri": "refused"},
        given={"first_party_redirect_uri": True},
        found={"first_party_redirect_uri": False},
    ),
    first_party(
        "first_party_response_type",
        "required",
        org={"first_party_response_type": "required"},
        found={"first_party_response_type": True},
    ),
    first_party(
        "first_party_response_type",
        "refused",
        org={"first_party_response_type": "refused"},
        given={"first_party_response_type": True},
        found={"first_party_response_type": False},
    ),
    first_party("client_assertion_audience", ["login_host"], org={"client_assertion_audience": "login_host"}),
    Case(
        "client_assertion_audience",
        ["site"],
        {"client_assertion_audience": "site"},
        NO_FIRST_PARTY,
        JWT_CLIENT,
        {"attestation_audience": "{site}"},
        FIRST_PARTY,
    ),
]


@pytest.mark.parametrize("app", [PRIVATE, FIRST_PARTY])
def test_an_org_as_the_documents_say(org: Org, tmp_path: Path, app: int) -> None:
    profile = profile_for(org, tmp_path, app)
    done = probe(org, profile, "--yes", "--json")
    assert done.status == 0 and done.events[-1]["result"]["settings"] == {}
    told = {name: answer for name, answer in answers_in(done).items() if answer is not None}
    assert told == filled(DEFAULTS[app], org) == profile.now["probed"]["answers"]
    open_ones = {event["name"]: event["message"] for event in done.events if event["event"] == "answer" and not event["told"]}
    assert "both alphabets" in open_ones["basic_alphabet"] and "--send-messages" in open_ones["wrong_otp"]
    assert app == FIRST_PARTY or "private_key" in open_ones["attestation_audience"]
    for flow in ("login", "guest", "jwks", "login-after-guest", *(["first-party-login"] if app == FIRST_PARTY else [])):
        assert signs_in(org, profile, flow, tmp_path), flow


def filled(value: Any, org: Org) -> Any:
    if isinstance(value, str):
        return value.replace("{site}", org.site).replace("{origin}", org.said["origin"])
    if isinstance(value, dict):
        return {name: filled(each, org) for name, each in value.items()}
    return value


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_says_what_the_org_does_and_the_profile_then_works(org: Org, tmp_path: Path, case: Case) -> None:
    app = {"client_id": org.said["apps"][case.which]["client_id"], **case.app}
    org.control("settings", {"settings": case.org, "apps": [app]})
    profile = profile_for(org, tmp_path, case.which, case.given)
    works_before = not case.found
    if case.answer is not None:
        assert signs_in(org, profile, case.flow, tmp_path, case.user) == works_before, "the flow before"
    done = probe(org, profile, "--yes", "--json", user=case.user)
    assert done.status == 0, done
    found = answers_in(done)[case.question]
    assert set(found) == case.answer if isinstance(case.answer, set) else found == filled(case.answer, org), done
    settings = filled(case.found, org)
    last = done.events[-1]["result"]
    assert last["ok"] and last["written"] and last["settings"] == settings and last["open_sessions"] == 0
    assert last["failed_logins"] <= 2
    # Nothing else has changed.
    now = profile.now
    probed = now.pop("probed")
    assert now == {**profile.before, **settings}
    assert tuple(probed) == FACTS and probed["site"] == org.site and re.fullmatch(r"\d{4}-\d\d-\d\d", probed["date"])
    assert probed["answers"] == {name: answer for name, answer in answers_in(done).items() if answer is not None}
    if case.answer is not None:
        assert signs_in(org, profile, case.flow, tmp_path, case.user), "the flow with what was written"


def test_several_settings_that_are_wrong_at_once(org: Org, tmp_path: Path) -> None:
    app = {"client_id": org.said["apps"][PRIVATE]["client_id"], "is_code_cred_post_only": True}
    wanted = {"code_challenge_method": "required", "token_host": "sfdc_community_url", "token_client_auth": "client_secret_basic"}
    org.control("settings", {"settings": wanted, "apps": [app]})
    profile = profile_for(org, tmp_path, more=HEADER)
    assert not signs_in(org, profile, "login", tmp_path)
    done = probe(org, profile, "--yes", "--json")
    assert done.status == 0 and done.events[-1]["result"]["settings"] == {
        "credentials_placement": "body",
        "send_code_challenge_method": True,
        "token_endpoint_auth_method": "client_secret_basic",
        "token_host": "sfdc_community_url",
    }
    assert signs_in(org, profile, "login", tmp_path)
    again = probe(org, profile, "--yes", "--json")
    assert again.status == 0 and again.events[-1]["result"]["settings"] == {}


# ---- HTTP/2 ----


def listens_at(port: int) -> bool:
    with socket.socket() as probe_of:
        return probe_of.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[tuple[Org, Path]]:
    """The simulated org behind nghttpx, which speaks HTTP/2; and the certificate to trust."""
    if not (shutil.which("nghttpx") and shutil.which("openssl")):
        pytest.skip("needs nghttpx and openssl")
    with socket.socket() as free, socket.socket() as other:
        free.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, behind = free.getsockname()[1], other.getsockname()[1]
    key, certificate, options = (str(tmp_path / name) for name in ("key.pem", "certificate.pem", "org.json"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2"]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    Path(options).write_text(
        json.dumps({"public_origin": f"https://127.0.0.1:{port}", "settings": {"guest_token_requires_http2": True}})
    )
    org = Org("--app", options, "--port", str(behind), tls=False)
    proxy = subprocess.Popen(
        [
            "nghttpx",
            f"-f127.0.0.1,{port}",
            f"-b127.0.0.1,{behind}",
            "--workers=1",
            "--errorlog-file=/dev/null",
            "--accesslog-file=/dev/null",
        ]
        + [key, certificate]
    )
    try:
        wait_until("the proxy", lambda: listens_at(port))
        yield org, Path(certificate)
    finally:
        proxy.terminate()
        proxy.wait()
        org.stop()


def test_guests_who_need_http_2(proxied: tuple[Org, Path], tmp_path: Path) -> None:
    org, certificate = proxied
    settings = {**settings_of(org, PRIVATE), "ca_file": str(certificate), "http_version": "1.1"}
    settings.pop("allow_http_loopback", None)
    profile = Profile(tmp_path / "shop.json", settings)
    profile.path.write_text(json.dumps(settings))
    assert not signs_in(org, profile, "guest", tmp_path)
    done = probe(org, profile, "--yes", "--json")
    assert done.status == 0 and answers_in(done)["guest_http_version"] == ["2"], done
    assert done.events[-1]["result"]["settings"] == {"http_version": "auto"}
    assert signs_in(org, profile, "guest", tmp_path)


# ---- codes ----


@pytest.mark.parametrize(
    ("patch", "wrong", "second"),
    [
        ({}, "400 invalid_grant", "accepted"),
        ({"wrong_otp_error": "otp_error"}, "400 otp_error", "accepted"),
        ({"max_otp_attempts": 1}, "400 invalid_grant", "400 invalid_grant"),
    ],
)
def test_wrong_codes_are_asked_about_with_send_messages(
    org: Org, tmp_path: Path, patch: dict[str, Any], wrong: str, second: str
) -> None:
    org.control("settings", {"settings": patch})
    profile = profile_for(org, tmp_path)
    env = {**AT_ONCE, "HEADLESSID_PASSWORD": org.password}
    with terminal("org", "probe", "--profile", str(profile.path), "--user", org.username, "--send-messages", env=env) as shown:
        shown.read_until(r"Start \(yes or no\)")
        assert org.control("seen")["requests"] == {}, "nothing is sent before that"
        shown.type(b"yes\r")
        shown.read_until("The code from the email")
        (message,) = org.control("outbox")["messages"]
        shown.type(message["otp"].encode() + b"\r")
        assert shown.end() == 0, shown.text
        assert org.password not in shown.text
    answers = profile.now["probed"]["answers"]
    assert (answers["wrong_otp"], answers["identifier_after_wrong_otp"]) == (wrong, second)


def test_without_a_code_the_second_question_stays_open(org: Org, tmp_path: Path) -> None:
    profile = profile_for(org, tmp_path)
    done = probe(org, profile, "--yes", "--json", "--send-messages")
    answers = answers_in(done)
    assert done.status == 0 and answers["wrong_otp"] == "400 invalid_grant" and answers["identifier_after_wrong_otp"] is None
    assert {"event": "ask", "name": "otp"} in done.events and done.events[-1]["result"]["failed_logins"] == 1
    assert len(org.control("outbox")["messages"]) == 1


def test_no_message_is_sent_unless_it_is_allowed(org: Org, tmp_path: Path) -> None:
    assert probe(org, profile_for(org, tmp_path), "--yes").status == 0
    assert org.control("outbox")["messages"] == []


# ---- users who cannot sign in ----


@pytest.mark.parametrize(
    ("user", "password", "said"),
    [
        ("lena.ortiz@example.com", "wrong", "a wrong password, a locked or inactive user"),
        ("locked@example.com", None, "a locked or inactive user"),
        ("inactive@example.com", None, "a locked or inactive user"),
        ("integration@example.com", None, "not a member of the site"),
        ("stranger@example.com", "x", "not a member of the site"),
        ("unapproved@example.com", None, "Admin approved users are pre-authorized"),
    ],
)
@pytest.mark.parametrize("json_", [False, True])
@pytest.mark.parametrize("given", [{}, HEADER])
def test_who_cannot_sign_in_is_told_and_nothing_is_written(
    org: Org, tmp_path: Path, user: str, password: str | None, said: str, json_: bool, given: dict[str, Any]
) -> None:
    profile = profile_for(org, tmp_path, more=given)
    before = profile.path.read_bytes()
    done = probe(org, profile, "--yes", *(["--json"] if json_ else []), user=user, password=password)
    text = " ".join((done.out + done.err).split())
    assert done.status == 1 and said in text and "nothing was written" in text, done
    assert profile.path.read_bytes() == before and os.listdir(tmp_path) == ["shop.json"]
    # A lockout is not caused by a question, but by failed logins.
    assert org.control("seen")["requests"]["authorize"] <= 2


def test_an_org_that_is_out_ends_it(org: Org, tmp_path: Path) -> None:
    profile = profile_for(org, tmp_path)
    before = profile.path.read_bytes()
    org.control("settings", {"settings": {"outage": "maintenance"}})
    assert probe(org, profile, "--yes").status == 1
    closed = Profile(profile.path, profile.before)
    env = {"HEADLESSID_PROXY": "http://127.0.0.1:9", "HEADLESSID_PASSWORD": "x", **AT_ONCE}
    assert run("org", "probe", "--profile", str(closed.path), "--user", "a", "--yes", env=env).status == 3
    assert profile.path.read_bytes() == before


# ---- the file ----


def test_the_file_keeps_its_mode_its_order_and_its_look(org: Org, tmp_path: Path) -> None:
    org.control("settings", {"settings": {"token_host": "sfdc_community_url", "code_challenge_method": "required"}})
    profile = profile_for(org, tmp_path)
    settings = {
        "token_host": "site",
        **profile.before,
        "extra_parameters": '{"a": "{[,]}"}',
        "scope": ["openid", "api"],
        "jwks": None,
    }
    for text, ending in (
        (json.dumps(settings, indent=2) + "\n", '"date": "'),
        (json.dumps(settings, indent="\t").replace("\n", "\r\n"), '\r\n\t\t"date": "'),
        (json.dumps(settings), '"date":"'),
        ("\ufeff" + json.dumps(settings, separators=(",", ":")), '"date":"'),
        (json.dumps(settings, indent=4).replace('"token_host"', '"token\\u005fhost"'), '\n        "date": "'),
    ):
        for mode in (0o600, 0o640):
            profile.path.write_bytes(text.encode())
            profile.path.chmod(mode)
            done = probe(org, profile, "--yes")
            assert done.status == 0, done
            written = profile.path.read_bytes().decode()
            assert stat.S_IMODE(profile.path.stat().st_mode) == mode and ending in written
            expected = text.replace('"site"', '"sfdc_community_url"', 1) if '"token_host"' in text or "u005f" in text else text
            shared = os.path.commonprefix([written, expected])
            assert expected[len(shared) :].strip("\r\n") == "}", (written, expected)
            read = json.loads(written.removeprefix("\ufeff"))
            probed = read.pop("probed")
            assert read == {**settings, "token_host": "sfdc_community_url", "send_code_challenge_method": True}
            assert probed["answers"]["token_host"] == ["sfdc_community_url"]
            # A second run has nothing to change but the record.
            again = probe(org, profile, "--yes", "--json")
            assert again.status == 0 and again.events[-1]["result"]["settings"] == {}
            assert profile.path.read_bytes().decode() == written
    assert os.listdir(tmp_path) == ["shop.json"]


def test_a_link_leads_to_the_file_that_is_written(org: Org, tmp_path: Path) -> None:
    profile = profile_for(org, tmp_path)
    link = tmp_path / "link.json"
    link.symlink_to(profile.path)
    assert probe(org, Profile(link, profile.before), "--yes").status == 0
    assert link.is_symlink() and "probed" in profile.now


def test_a_dry_run_writes_nothing(org: Org, tmp_path: Path) -> None:
    org.control("settings", {"settings": {"token_host": "sfdc_community_url"}})
    profile = profile_for(org, tmp_path)
    before = profile.path.read_bytes()
    profile.path.chmod(0o400)
    done = probe(org, profile, "--yes", "--dry-run")
    assert done.status == 0 and "token_host: sfdc_community_url" in done.out and "Nothing was written." in done.out
    assert profile.path.read_bytes() == before


def test_a_profile_that_changes_meanwhile_is_left_alone(org: Org, tmp_path: Path) -> None:
    profile = profile_for(org, tmp_path)
    env = {**AT_ONCE, "HEADLESSID_PASSWORD": org.password}
    with terminal("org", "probe", "--profile", str(profile.path), "--user", org.username, env=env) as shown:
        shown.read_until(r"Start \(yes or no\)")
        profile.path.write_text(json.dumps({**profile.before, "scope": "api"}))
        shown.type(b"yes\r")
        assert shown.end() == 2 and "has changed" in shown.text
    assert profile.now == {**profile.before, "scope": "api"}


# ---- manners ----


def test_what_it_will_do_is_said_before_it_asks(org: Org, tmp_path: Path) -> None:
    profile = profile_for(org, tmp_path)
    with terminal("org", "probe", "--profile", str(profile.path), "--user", org.username, env=AT_ONCE) as shown:
        shown.read_until(r"Start \(yes or no\)")
        text = " ".join(shown.text.split())
        assert "At most two logins of the user fail" in text and "Effect on the user" in text and "send_messages" not in text
        assert "Not asked: --send-messages is not given." in text and "Not asked: the profile has no private_key." in text
        shown.type(b"no\r")
        assert shown.end() == 0 and "nothing was written" in shown.text
    assert org.control("seen")["requests"] == {} and profile.now == profile.before


def test_without_a_terminal_it_needs_yes(org: Org, tmp_path: Path) -> None:
    profile = profile_for(org, tmp_path)
    done = probe(org, profile)
    assert done.status == 2 and "--yes is missing" in done.err
    for arguments, said in (
        (["--user", "a", "--yes"], "--profile is missing"),
        (["--profile", str(profile.path), "--yes"], "--user is missing"),
        (["--profile", str(profile.path), "--user", "a", "--yes"], "password is missing"),
        (["--profile", "-", "--user", "a", "--yes"], "--profile must be a file"),
        (["--profile", str(tmp_path / "none.json"), "--user", "a", "--yes"], "--profile"),
    ):
        refused = run("org", "probe", *arguments, stdin=json.dumps(profile.before) + "\n")
        assert refused.status == 2 and said in refused.err, refused
    assert org.control("seen")["requests"] == {}


def test_each_session_that_it_began_is_over(org: Org, tmp_path: Path) -> None:
    profile = profile_for(org, tmp_path, FIRST_PARTY)
    assert probe(org, profile, "--yes").status == 0
    seen = org.control("seen")["requests"]
    assert seen["revoke"] > 5 and seen["authorize"] > 5
    assert org.control("outbox")["messages"] == []


def test_each_request_is_announced_before_it_is_sent(org: Org, tmp_path: Path) -> None:
    profile = profile_for(org, tmp_path)
    done = probe(org, profile, "--yes", "--json")
    names = [event["event"] for event in done.events]
    questions = [event["name"] for event in done.events if event["event"] == "question"]
    assert names[: len(questions)] == ["question"] * len(questions) and names[-1] == "done"
    assert questions == list(answers_in(done)) and "asking" in names
    assert all(event["why"] for event in done.events if event["event"] == "asking")


@pytest.mark.parametrize("app", [PRIVATE, FIRST_PARTY])
def test_no_secret_is_shown(org: Org, tmp_path: Path, app: int) -> None:
    org.control("settings", {"settings": {"token_host": "sfdc_community_url"}})
    profile = profile_for(org, tmp_path, app)
    secret = profile.before["client_secret"]
    for options in (["--json"], [], ["--trace"], ["--json", "--trace", "--dry-run"]):
        done = probe(org, profile, "--yes", *options)
        text = done.out + done.err
        assert done.status == 0 and secret not in text and org.password not in text and "PRIVATE KEY" not in text
        assert not re.search(r"eyJ[\w-]{20}|00DEx\w+!|5Aep861|aPrx", text), "a token"
    probed = json.dumps(profile.now["probed"])
    assert secret not in probed and org.password not in probed and "eyJ" not in probed
    refused = run("org", "probe", "--password", "M4rked", "--profile", str(profile.path), "--user", "a")
    assert refused.status == 2 and "M4rked" not in refused.err and "--password-file" in refused.err


# ---- docs ----


def test_the_table_of_the_documentation_is_that_of_the_command(org: Org, tmp_path: Path) -> None:
    done = probe(org, profile_for(org, tmp_path), "--yes", "--json", "--dry-run")
    rows = [
        "| question | effect on the user | requests | needs | how the response is read | setting |",
        "|---|---|---|---|---|---|",
    ]
    for event in done.events:
        if event["event"] != "question":
            continue
        needs, setting = (
            f"`{event[name]}`" if event[name] and " " not in event[name] else event[name] for name in ("needs", "setting")
        )
        cells = (f"`{event['name']}`: {event['asks']}", event["effect"], event["requests"], needs, event["reads"], setting)
        rows.append("| " + " | ".join(cells) + " |")
    page = ROOT / "docs" / "org.md"
    text = page.read_text()
    start, end = "<!-- questions of the probe -->\n", "<!-- end -->"
    first = text.index(start) + len(start)
    table = "\n".join(rows) + "\n"
    if os.environ.get("HLID_UPDATE_DOCS"):
        page.write_text(text[:first] + table + text[text.index(end, first) :])
    assert page.read_text()[first:].startswith(table), "run this test with HLID_UPDATE_DOCS=1"


def test_help_and_completion_know_it() -> None:
    shown = run("org", "probe", "--help")
    assert shown.status == 0 and "--send-messages" in shown.out and "--user TEXT" in shown.out and "--dry-run" in shown.out
    for shell in ("bash", "zsh", "fish"):
        script = run("completion", shell).out
        assert "probe" in script and "send-messages" in script
    assert environment()["PATH"]
