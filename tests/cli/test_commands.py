"""Help, version, the catalogue, and words that are not commands."""

from __future__ import annotations

import json

import pytest
from support import run, terminal

FLOWS = [flow["name"].replace("_", "-") for flow in json.loads(run("flows", "--json").out)["flows"]]


def test_help_lists_every_flow_of_the_catalogue() -> None:
    done = run("--help")
    assert done.status == 0 and done.err == ""
    for name in [*FLOWS, "demo", "sim", "flows"]:
        assert f"\n  {name}" in done.out
    assert run("help").out == done.out == run("-h").out


def test_without_a_command_it_says_so_on_standard_error() -> None:
    done = run()
    assert done.status == 2 and done.out == "" and "usage: headlessid" in done.err


@pytest.mark.parametrize("flow", FLOWS)
def test_help_of_a_flow_names_every_parameter_and_setting(flow: str) -> None:
    catalogue = json.loads(run("flows", "--json").out)
    described = next(each for each in catalogue["flows"] if each["name"].replace("_", "-") == flow)
    done = run(flow, "--help")
    assert done.status == 0 and done.err == ""
    assert run("help", flow).out == done.out
    parameters = {field["name"] for field in described["parameters"]}
    for field in described["parameters"] + [field for field in catalogue["settings"] if field["name"] not in parameters]:
        option = "--" + field["name"].replace("_", "-")
        if field["name"].endswith("_ms"):
            assert f"{option[:-3]} SECONDS" in done.out
        elif field["secret"]:
            assert f"{option}-file PATH" in done.out
        else:
            assert option in done.out
        # A secret has no option that would take it.
        if field["secret"] and field["kind"] != "url":
            assert f"  {option} " not in done.out and f"  {option}\n" not in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_times_are_in_seconds_everywhere() -> None:
    shown = " ".join(run("guest", "--help").out.split())
    timeout = shown[shown.index("--timeout SECONDS") :].split(" --")[1]
    assert "in seconds" in shown and "Default: 30 seconds." in timeout + shown and "0.001 to 600." in shown
    assert "millisecond" not in shown and " ms" not in shown and "30000" not in shown and "--timeout-ms" not in shown
    for given in ("700", "-1", "soon"):
        done = run("guest", "--json", "--timeout", given)
        assert done.status == 2 and done.error["field"] == "timeout_ms"
        assert done.error["message"] == "--timeout must be a number of seconds from 0.001 to 600"
    from_profile = run("guest", env={**ANY_APP, "HEADLESSID_TIMEOUT_MS": "700000"}).err
    assert "--timeout must be a number of seconds from 0.001 to 600\n" in from_profile
    assert "HEADLESSID_TIMEOUT (seconds)" in from_profile


ANY_APP = {"HEADLESSID_SITE": "https://a.example", "HEADLESSID_CLIENT_ID": "c", "HEADLESSID_REDIRECT_URI": "https://a.example/cb"}
MESSAGES = [
    # variables, what a person reads, what a program reads
    ({}, "--site is missing", "site is missing"),
    ({**ANY_APP, "HEADLESSID_SITE": "http://localhost:1/shop"}, "--allow-http-loopback", "allow_http_loopback"),
    (
        {**ANY_APP, "HEADLESSID_TIMEOUT_MS": "700000"},
        "--timeout must be a number of seconds",
        "timeout_ms must be a number from 1",
    ),
    (
        {**ANY_APP, "HEADLESSID_TOKEN_ENDPOINT_AUTH_METHOD": "private_key_jwt"},
        "--private-key-file is required by --token-endpoint-auth-method",
        "private_key is required by token_endpoint_auth_method",
    ),
]


@pytest.mark.parametrize(("env", "to_a_person", "to_a_program"), MESSAGES)
def test_a_person_reads_options_and_a_program_the_names_of_the_catalogue(
    env: dict[str, str], to_a_person: str, to_a_program: str
) -> None:
    assert to_a_person in " ".join(run("guest", env=env).err.split())
    error = run("guest", "--json", env=env).error
    assert to_a_program in error["message"] and "--" not in error["message"]
    assert error["message"].startswith(error["field"] + " ") and error["hint"].startswith("Give it with --")


def test_the_names_of_a_value_that_is_json_stay_the_protocols() -> None:
    env = {**ANY_APP, "HEADLESSID_EXTRA_PARAMETERS": '{"client_id":"x"}'}
    named = run("guest", env=env).err
    assert "client_id" in named and "--client-id" not in named


def test_help_fills_the_terminal_it_is_on() -> None:
    with terminal("login", "--help") as shown:
        assert shown.end() == 0
        assert 70 < max(map(len, shown.text.splitlines())) <= 80


def test_version() -> None:
    version = json.loads(run("flows", "--json").out)["version"]
    assert run("--version").out == f"headlessid {version}\n"


def test_flows_as_json_is_the_catalogue_and_one_flow_its_part() -> None:
    catalogue = json.loads(run("flows", "--json").out)
    assert catalogue["settings"] and catalogue["results"]
    for flow in catalogue["flows"]:
        assert json.loads(run("flows", flow["name"], "--json").out) == flow


@pytest.mark.parametrize("flow", FLOWS)
def test_flows_for_people(flow: str) -> None:
    assert f"\n  {flow}" in "\n" + run("flows").out
    done = run("flows", flow)
    assert done.status == 0 and done.out.startswith(flow + "\n") and "Sends:" in done.out and "Source:" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["logn"], "Did you mean login?"),
        (["revoke"], "Did you mean revocation?"),
        (["register"], "Did you mean registration?"),
        (["otp"], "Did you mean passwordless-login?"),
        (["introspect"], "Did you mean introspection?"),
        (["reset_password"], "Did you mean password-reset?"),
        (["sign-in"], "Did you mean login?"),
        (["whoami"], "Did you mean userinfo?"),
        (["version"], "Did you mean --version?"),
        (["nonsense-of-a-name"], "headlessid --help"),
        (["flows", "nope"], "no flow nope"),
        (["flows", "login", "guest"], "one name"),
        (["flows", "--jsn"], "no option --jsn"),
        (["guest", "--clientid", "x"], "Did you mean --client-id?"),
        (["guest", "--site"], "--site needs a value"),
        (["guest", "--site", "--json"], "--site needs a value"),
        (["guest", "--site=a", "--site=b"], "given twice"),
        (["guest", "--trace=yes"], "accepts no value"),
        (["guest", "--no-verify-jwt=yes"], "accepts no value"),
        (["guest", "--timeout", "soon"], "must be a number of seconds from 0.001 to 600"),
        (["guest", "--timeout", "-1"], "must be a number of seconds from 0.001 to 600"),
        (["guest", "--timeout", "nan"], "must be a number of seconds from 0.001 to 600"),
        (["demo", "now"], "accepts no argument but --asset-token"),
        (["demo", "--asset-token", "--asset-token"], "accepts no argument but --asset-token"),
        (["sim", "--prot", "1"], "Did you mean --port?"),
        (["sim", "--port", "70000"], "from 0 to 65535"),
        (["sim", "--port"], "--port needs a value"),
        (["sim", "--app", "/nowhere/at/all"], "--app /nowhere/at/all cannot be opened: No such file or directory"),
        (["guest", "--profile", "no.json"], "--profile no.json cannot be opened: No such file or directory"),
        (["guest", "--client-id", "abc\u2026"], "--client-id has a character beyond ASCII, U+2026 in it"),
        (["guest", "--site", "a"], "Give it with --site VALUE or HEADLESSID_SITE."),
        (["login", "--password", "a"], "Give it with --password-file PATH or HEADLESSID_PASSWORD; a PATH of -"),
    ],
)
def test_wrong_use_is_said_and_is_status_2(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.status == 2 and said in " ".join((done.out + done.err).split()), done


def test_what_nobody_reads_is_no_success() -> None:
    with open("/dev/full", "wb") as full:
        import subprocess

        from support import AT_MOST_S, CLI, environment

        done = subprocess.run(
            [CLI, "--help"], stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=AT_MOST_S, check=False
        )
    assert done.returncode == 5 and b"standard output cannot be written" in done.stderr
