"""Where values come from: options, the environment, the profile, files, standard input; and which counts first."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from support import Org, memory_file, path_of, run

UVID = "3f6f5a5e-6f0f-4a52-8f4e-0c8f6a1d2b3c"


@pytest.fixture
def given() -> Iterator[Any]:
    """Makes a descriptor with a content."""
    made: list[int] = []

    def make(content: bytes | str) -> int:
        made.append(memory_file(content))
        return made[-1]

    yield make
    for fd in made:
        os.close(fd)


def profile_of(org: Org, **more: Any) -> dict[str, Any]:
    return {name.removeprefix("HEADLESSID_").lower(): value for name, value in org.settings().items()} | more


def test_options_alone(org: Org) -> None:
    settings = profile_of(org)
    arguments = [part for name, value in settings.items() for part in ("--" + name.replace("_", "-"), value)]
    assert run("guest", "--json", "--uvid", UVID, *arguments).result["uvid"] == UVID


def test_environment_alone(org: Org) -> None:
    assert run("guest", "--json", env={**org.settings(), "HEADLESSID_UVID": UVID}).result["uvid"] == UVID


def test_profile_alone(org: Org, given: Any) -> None:
    fd = given(
        json.dumps(
            profile_of(org, timeout_ms=20_000, verify_jwt=True, extra_headers={"X-One": "1"}, scope=["openid", "api"], proxy=None)
        )
    )
    result = run("guest", "--json", "--profile", path_of(fd), fds=[fd]).result
    assert result["uvid_verified"] is True and set(result["scope"].split()) == {"openid", "api"}
    assert run("guest", "--json", env={"HEADLESSID_PROFILE": path_of(fd)}, fds=[fd]).status == 0


def test_option_before_environment_before_profile(org: Org, given: Any) -> None:
    fd = given(json.dumps(profile_of(org, site="https://profile.invalid", client_id="profile")))
    env = {"HEADLESSID_SITE": "https://environment.invalid", "HEADLESSID_CLIENT_ID": org.settings()["HEADLESSID_CLIENT_ID"]}
    done = run("guest", "--json", "--profile", path_of(fd), "--site", org.site, env=env, fds=[fd])
    assert done.status == 0, done


def test_empty_environment_variable_is_none(org: Org) -> None:
    assert run("guest", "--json", env={**org.settings(), "HEADLESSID_SCOPE": "", "HEADLESSID_TIMEOUT": ""}).status == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "does not hold a JSON object"),
        ("{", "is not JSON: line 1, column 2"),
        ('{"redirect_url":"x"}', "did you mean redirect_uri?"),
        ('{"username":"x"}', "username is not a setting of an app"),
        ('{"private_key_file":"int.key"}', "did you mean private_key, with the text of the file?"),
        ('{"S3cret-Of-Mine":"x"}', "name is not a setting of an app"),
        ('{"secretofmine":"client_secret"}', "name is not a setting of an app"),
        ('{"site":{"a":1}}', "site must be a string"),
        ('{"timeout_ms":1.5}', "timeout_ms must be a whole number"),
        ('{"scope":[1]}', "scope must be a string or an array of strings"),
    ],
)
def test_a_profile_that_is_wrong_is_said_by_name(given: Any, content: str, said: str) -> None:
    fd = given(content)
    done = run("guest", "--profile", path_of(fd), fds=[fd])
    assert done.status == 2 and said in " ".join(done.err.split())


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_one_line_end_of_a_secret_file_is_taken_off(org: Org, given: Any, end: str) -> None:
    fd = given(org.password + end)
    done = run("login", "--json", "--username", org.username, "--password-file", path_of(fd), env=org.settings(), fds=[fd])
    assert done.status == 0


def test_nothing_else_of_a_secret_is_taken_off(org: Org, given: Any) -> None:
    username = "max@example.com"
    assert org.users[username] == "  edge spaces  "
    fd = given(org.users[username] + "\n")
    assert run("login", "--username", username, "--password-file", path_of(fd), env=org.settings(), fds=[fd]).status == 0
    fd = given(org.users[username] + "\n\n")
    assert run("login", "--username", username, "--password-file", path_of(fd), env=org.settings(), fds=[fd]).status == 1
    piped = run("login", "--username", username, "--password-file", "-", env=org.settings(), stdin=org.users[username] + "\n")
    assert piped.status == 0


def test_lines_of_standard_input_in_the_order_of_the_options(org: Org) -> None:
    settings = org.settings(1)
    secret = settings.pop("HEADLESSID_CLIENT_SECRET")
    arguments = ["login", "--json", "--username", org.username, "--client-secret-file", "-", "--password-file", "-"]
    assert run(*arguments, env=settings, stdin=f"{secret}\n{org.password}").status == 0
    done = run(*arguments, env=settings, stdin=f"{secret}\n")
    assert done.status == 2 and "standard input ended" in done.error["message"]


def test_a_file_larger_than_any_value_is_refused(given: Any) -> None:
    fd = given(b"x" * (3 * 1024 * 1024))
    done = run("userinfo", "--access-token-file", path_of(fd), fds=[fd])
    assert done.status == 2 and "larger than 2 MiB" in done.err
    piped = run("userinfo", "--access-token-file", "-", stdin=b"x" * (3 * 1024 * 1024))
    assert piped.status == 2 and "longer than 2 MiB" in piped.err


def test_json_settings_from_a_file(org: Org, given: Any) -> None:
    fd = given(json.dumps({"X-Trace": "t-1"}))
    assert run("guest", "--json", "--extra-headers-file", path_of(fd), env=org.settings(), fds=[fd]).status == 0


def test_flags(org: Org) -> None:
    env = org.settings()
    assert run("guest", "--json", "--verify-jwt", env=env).result["uvid_verified"] is True
    assert run("guest", "--json", "--verify-jwt=false", env=env).result["uvid_verified"] is False
    assert (
        run("guest", "--json", "--no-verify-jwt", env={**env, "HEADLESSID_VERIFY_JWT": "true"}).result["uvid_verified"] is False
    )
    assert run("guest", "--json", "--verify-jwt=yes", env=env).error["field"] == "verify_jwt"


def test_timeout_in_seconds_and_in_milliseconds(org: Org) -> None:
    env = org.settings()
    org.control("fail", {"endpoint": "authorize", "delay_ms": 4000, "times": 4})
    for arguments, more in (
        (["--timeout", "0.5"], {}),
        (["--timeout-ms", "500"], {}),
        ([], {"HEADLESSID_TIMEOUT": "0.5"}),
        ([], {"HEADLESSID_TIMEOUT_MS": "500"}),
    ):
        done = run("guest", "--json", *arguments, env={**env, **more})
        assert done.status == 3 and done.error["reason"] == "timeout"
    both = run("guest", "--timeout", "1", "--timeout-ms", "1000", env=env)
    assert both.status == 2 and "given twice" in both.err
    assert run("guest", "--json", "--timeout", "601", env=env).error["field"] == "timeout_ms"


def test_scope_as_an_option_is_the_flows_own(org: Org) -> None:
    done = run("guest", "--json", "--scope", "openid", env={**org.settings(), "HEADLESSID_SCOPE": "nonsense"})
    assert done.result["scope"] == "openid"


def test_a_proxy_may_be_an_argument_as_long_as_it_holds_no_password(org: Org) -> None:
    done = run("guest", "--json", "--proxy", "http://127.0.0.1:9", "--timeout", "5", env=org.settings())
    assert done.status == 3
    for address in ("http://lena:MARK@127.0.0.1:9", "http://MARK@127.0.0.1:9", "lena:MARK@127.0.0.1"):
        refused = run("guest", "--proxy", address, env=org.settings())
        assert refused.status == 2 and "MARK" not in refused.out + refused.err and "--proxy-file" in refused.err
    hidden = run(
        "guest", "--json", env={**org.settings(), "HEADLESSID_PROXY": "http://lena:MARK@127.0.0.1:9", "HEADLESSID_TIMEOUT": "5"}
    )
    assert hidden.status == 3 and "MARK" not in hidden.out + hidden.err


def test_plain_http_on_the_loopback_only_where_it_is_allowed() -> None:
    plain = Org(tls=False)
    try:
        env = plain.settings()
        assert env.pop("HEADLESSID_ALLOW_HTTP_LOOPBACK") == "true"
        assert run("guest", "--json", env=env).error["field"] == "site"
        assert run("guest", "--json", "--allow-http-loopback", env=env).status == 0
    finally:
        assert plain.stop() == 0
