"""What a flow's page says can be done as it stands: its line for the shell starts the flow, and its standing is wherever a
program meets it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, Org, run

CATALOGUE: dict[str, Any] = json.loads(run("flows", "--json").out)
FLOWS: list[dict[str, Any]] = CATALOGUE["flows"]
NAMES = [flow["name"] for flow in FLOWS]
OLD = [flow for flow in FLOWS if flow["status"] == "discouraged"]


# What a line reads, where any text will not do.
FILES = {
    "assertion.txt": "<Assertion xmlns='urn:oasis:names:tc:SAML:2.0:assertion'/>",
    "session.json": '{"access_token": "made-up", "token_type": "Bearer", "uvid_carry": "absent", "refresh_token": "made-up"}',
    "userdata.json": '{"lastName": "Roe", "email": "roe@example.com", "username": "roe@example.com"}',
}


def page(flow: dict[str, Any]) -> str:
    return (ROOT / "docs/flows" / f"{flow['name']}.md").read_text(encoding="utf-8")


def snippet(flow: dict[str, Any], language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", page(flow), flags=re.M | re.S)
    assert found, flow["name"]
    return found[1]


def settings(org: Org, flow: dict[str, Any]) -> dict[str, str]:
    """A first-party app, which has a secret and a key, at a host that the flow goes to."""
    first_party = next(i for i, app in enumerate(org.said["apps"]) if app.get("private_key"))
    at = org.site if "site" in flow["hosts"] else org.said["origin"]
    return {
        **org.settings(first_party),
        "HEADLESSID_PRIVATE_KEY": org.said["apps"][first_party]["private_key"],
        "HEADLESSID_SITE": at,
    }


@pytest.mark.parametrize("flow", FLOWS, ids=NAMES)
def test_the_line_for_the_shell_starts_the_flow(org: Org, tmp_path: Path, flow: dict[str, Any]) -> None:
    env = settings(org, flow)
    words = shlex.split(snippet(flow, "sh"), comments=True)
    assert words[:2] == ["headlessid", flow["name"].replace("_", "-")]
    for i, word in enumerate(words):
        if words[i - 1].endswith("-file"):
            words[i] = str(tmp_path / word)
            (tmp_path / word).write_text(
                FILES.get(word) or (env["HEADLESSID_PRIVATE_KEY"] if word.endswith(".pem") else "made-up")
            )
            (tmp_path / word).chmod(0o600)
    line = [word.replace("https://acme.my.salesforce.com", org.said["origin"]) for word in words[1:]]
    # A device's code expires soon: no person approves it.
    org.control(
        "settings", {"settings": {"device_code_says_expires_in": True, "device_code_lifetime_s": 1, "device_interval_s": 1}}
    )
    done = run(*line, env=env)
    asked = any(event["event"] in ("ask", "show") for event in done.events)
    assert asked or (done.status != 2 and org.control("seen")["requests"]), done


@pytest.mark.parametrize("flow", FLOWS, ids=NAMES)
def test_the_page_says_to_which_hosts_the_flow_goes(flow: dict[str, Any]) -> None:
    section = page(flow).split("## Hosts")[1].split("\n## ")[0]
    forms = {"site": "my.site.com", "my_domain": "acme.my.salesforce.com", "login": "login.salesforce.com"}
    assert {kind for kind, form in forms.items() if form in section} == set(flow["hosts"])
    helped = run(flow["name"].replace("_", "-"), "--help").out.split("For this flow --site is")[1].split("\n\n")[0]
    assert {kind for kind, form in forms.items() if form in helped} == set(flow["hosts"])


def test_an_example_and_what_never_comes_name_what_there_is() -> None:
    fields = {result["name"]: {field["name"] for field in result["fields"]} for result in CATALOGUE["results"]}
    for flow in FLOWS:
        optional = {each["name"] for each in flow["parameters"] if not each["required"]}
        assert set(flow["example"]) <= optional and set(flow["lacks"]) <= fields[flow["result"]], flow["name"]
    assert [flow["name"] for flow in FLOWS if "refresh_token" in flow["lacks"]] == [
        "jwt_bearer",
        "saml_bearer",
        "saml_assertion",
        "client_credentials",
        "username_password",
    ]


def test_an_option_is_explained_once() -> None:
    for flow in FLOWS:
        options = re.findall(r"^  (--[a-z0-9-]+)", run(flow["name"].replace("_", "-"), "--help").out, flags=re.M)
        assert len(options) == len(set(options)), flow["name"]


def method(source: str, pattern: str) -> str:
    """The declaration that matches, with what stands above it up to the last empty line."""
    found = re.search(pattern, source, flags=re.M)
    assert found, pattern
    return source[source.rindex("\n\n", 0, found.start()) : found.end()]


def one_line(text: str) -> str:
    return re.sub(r"[\s*]+", " ", text.replace("&#39;", "'"))


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def test_there_are_flows_to_avoid() -> None:
    assert {flow["name"] for flow in OLD} == {"user_agent", "hybrid_user_agent", "username_password", "oauth1"}
    assert {flow["name"]: flow["retires"] for flow in FLOWS if flow["retires"]} == {
        "user_agent": "2027-02-20",
        "hybrid_user_agent": "2027-02-20",
        "username_password": "2027-02-20",
    }


@pytest.mark.parametrize("flow", OLD, ids=[flow["name"] for flow in OLD])
def test_a_flow_to_avoid_is_marked_wherever_a_program_meets_it(flow: dict[str, Any]) -> None:
    standing = flow["standing"]
    assert flow["retires"] in standing and standing.startswith("Discouraged.")
    # The command.
    name = flow["name"].replace("_", "-")
    assert standing in one_line(run(name, "--help").out) and standing in one_line(run("flows", name).out)
    listed = one_line(run("--help").out).split(f" {name} ")[1]
    assert f"{flow['summary']} (discouraged)" in listed
    # The pages.
    assert f"\n> {standing}\n" in page(flow)
    index = (ROOT / "docs/flows/README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| \[{flow['name']}\].*\*Discouraged\.\* \|$", index, flags=re.M)
    # Each language's own mark.
    python = (ROOT / "bindings/python/headlessid/_flows.py").read_text(encoding="utf-8")
    for start in ("def", "async def"):
        above = method(python, rf"^    {start} {flow['verb']}\(")
        assert "@deprecated(" in above and standing in "".join(re.findall(r'"([^"]*)"', above)), above
    java = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "bindings/java/src/generated").rglob("*.java"))
    above = method(java, rf"^    \w.*\b{camel(flow['verb'])}\(")
    assert "@Deprecated" in above and f"@deprecated {standing}" in one_line(above), above
    node = (ROOT / "bindings/node/src/generated/methods.ts").read_text(encoding="utf-8")
    above = method(node, rf"^  (?:async )?{camel(flow['verb'])}[(<]")
    assert f"@deprecated {standing}" in one_line(above), above
