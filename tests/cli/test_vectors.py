"""L28: the recorded conversations, played against the command: what it says about them is what every language says.

The command sends real requests to the vector's own addresses, through a proxy that is that server. What a vector fixes
and a process cannot have is left out: the time (vectors with times that are checked), bytes that cannot appear in the
environment (NUL), answers that HTTP itself would not carry, and conversations that wait. What goes out is compared by
the languages; here it is the end that is compared, and how many requests it took.
"""

from __future__ import annotations

import base64
import codecs
import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from scripted_site import Response, ScriptedSite
from support import ROOT, run

VECTORS = ROOT / "tests" / "vectors"
CATALOGUE = json.loads(run("flows", "--json").out)
PARAMETERS = {flow["name"]: {field["name"]: field for field in flow["parameters"]} for flow in CATALOGUE["flows"]}
SETTINGS = {field["name"]: field for field in CATALOGUE["settings"]}
STATUS = {"ARGUMENT": 2, "STATE": 5, "TRANSPORT": 3, "PROTOCOL": 4, "REFUSED": 1}
COMPARED = (
    "kind",
    "advice",
    "reason",
    "server_code",
    "server_text",
    "http_status",
    "outcome_unknown",
    "field",
    "message",
    "hint",
)
FROM_NOW = {"expires_at_ms", "renew_at_ms"}
# Longest value of an environment variable that the kernel takes.
MAX_BYTES = 100_000


def spread(vector: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The vector and its variants, as tests/vectors/README.md says."""
    variants = vector.pop("variants", [])
    if "end" in vector or "refused" in vector:
        yield "", vector
    for number, variant in enumerate(variants):
        merged = copy.deepcopy(vector)
        for member, value in variant.items():
            if member in ("response", "no_response"):
                merged["steps"][-1].pop("response", None)
                merged["steps"][-1].pop("no_response", None)
                merged["steps"][-1][member] = value
            elif member in ("settings", "parameters"):
                values = {**merged.get(member, {}), **value}
                merged[member] = {name: each for name, each in values.items() if each is not None}
            else:
                merged[member] = value
        if "refused" in variant:
            merged.pop("steps", None)
            merged.pop("end", None)
        elif "end" in variant:
            merged.pop("refused", None)
        yield f"[{number}]", merged


def bytes_of(value: Any, fill: Callable[[str], str] = lambda text: text) -> bytes:
    if isinstance(value, str):
        return fill(value).encode("utf-8", "surrogatepass")
    if isinstance(value, list):
        return b"".join(bytes_of(each, fill) for each in value)
    if "repeat" in value:
        return bytes_of(value["repeat"], fill) * int(value["times"])
    if "base64" in value:
        return base64.b64decode(value["base64"])
    return fill(json.dumps(value["json"])).encode()


def can_be_given(vector: dict[str, Any]) -> bool:
    """By environment variables: known names, each once, no NUL, none empty (which counts as none), none too long, and
    none with a byte order mark in front, which the command leaves out."""
    settings, parameters = vector["settings"], vector.get("parameters", {})
    if "flow" not in vector:  # out of a ticket
        return False
    # A person at the command answers when asked.
    if "offer" in vector or any("offer" in step for step in vector.get("steps", ())):
        return False
    if vector["flow"] not in PARAMETERS or set(settings) & set(parameters):
        return False
    if not set(settings) <= set(SETTINGS) or not set(parameters) <= set(PARAMETERS[vector["flow"]]):
        return False
    # Plain http would go to the address itself, on this machine, where nothing listens.
    if b"http://" in bytes_of(settings.get("site", "")) and "steps" in vector:
        return False
    # The command's own: it reaches the vector's server by these.
    if {"proxy", "ca_file", "http_version", "proxy_from_environment"} & set(settings):
        return False
    if set(parameters) & set(SETTINGS) - {"scope"}:
        return False
    values = [bytes_of(value) for value in [*settings.values(), *parameters.values()]]
    return all(
        value and b"\0" not in value and not value.startswith(codecs.BOM_UTF8) and len(value) < MAX_BYTES for value in values
    )


def can_be_served(step: dict[str, Any]) -> bool:
    """By one HTTP/1.1 answer that every client reads as it was meant."""
    if step["step"] != "SEND" or "response" not in step:
        return False
    response = step["response"]
    if not 200 <= response["status"] <= 599 or response["status"] in (204, 304):
        return False
    # What repeats by itself waits in between.
    if response["status"] in (408, 429) or response["status"] >= 500:
        return False
    headers = [(bytes_of(name).lower(), bytes_of(value, lambda text: text)) for name, value in response.get("headers") or []]
    if len(headers) > 60 or any(
        name in (b"content-length", b"transfer-encoding", b"connection", b"content-encoding") for name, _ in headers
    ):
        return False
    if any(
        not re.fullmatch(rb"[A-Za-z0-9-]+", name) or re.search(rb"[\x00-\x1f\x7f]", value) or value != value.strip()
        for name, value in headers
    ):
        return False
    return (
        sum(len(value) for _, value in headers) < 30_000 and len(bytes_of(response.get("body", ""), lambda text: text)) < 900_000
    )


def depends_on_time(vector: dict[str, Any]) -> bool:
    # Tokens with fixed times that are checked, or that decide what is sent; a clock of the vector's own.
    checks_id_token = vector["settings"].get("verify_id_token") != "none"
    return (
        (checks_id_token and re.search(r'"id_token": "[^"]|[#&]id_token=', json.dumps(vector.get("steps", []))) is not None)
        or not {"asset_token_certificate", "asset_token_jwk"}.isdisjoint(vector.get("parameters", {}))
        or vector.get("now_ms", 1767225600000) != 1767225600000
        or "guest_token" in vector.get("parameters", {})
        or vector["settings"].get("verify_jwt") == "true"
        or any(step.get("advance_ms") for step in vector.get("steps", []))
    )


def cases() -> Iterator[Any]:
    for path in sorted(VECTORS.rglob("*.json")):
        for suffix, vector in spread(json.loads(path.read_text(encoding="utf-8"))):
            played = can_be_given(vector) and all(can_be_served(step) for step in vector.get("steps", []))
            if played and not depends_on_time(vector):
                yield pytest.param(vector, id=path.stem + suffix)


CASES = list(cases())


def hosts() -> list[str]:
    """Every host that a vector might make the command call: the proxy takes all, and the certificate is good for them, so
    that it is never TLS that keeps a request from a wrong place."""
    found = {urlsplit(str(case.values[0]["settings"].get("site", ""))).hostname for case in CASES}
    found |= {host for case in CASES for host in re.findall(r"https://([\w.-]+)", json.dumps(case.values[0]))}
    return sorted(host for host in found if host and re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host) and ".." not in host)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedSite]:
    made = ScriptedSite(tmp_path_factory.mktemp("site"), hosts())
    yield made
    made.close()


def test_l28_there_are_vectors_to_play() -> None:
    played = {case.values[0]["flow"] for case in CASES}
    assert played == set(PARAMETERS) and len(CASES) >= 100


HOLE = re.compile(r"\$\{(\w+)(\|form)?\}")


def script_of(steps: list[dict[str, Any]]) -> list[Callable[[dict[str, str]], Response]]:
    """The responses, their holes filled with what the requests before them held."""
    captured: dict[str, str] = {}

    def fill(text: str) -> str:
        return HOLE.sub(
            lambda hole: quote(captured[hole[1]], safe="", errors="surrogateescape") if hole[2] else captured[hole[1]], text
        )

    def response_to(step: dict[str, Any]) -> Callable[[dict[str, str]], Response]:
        def make(form: dict[str, str]) -> Response:
            wanted = step.get("request", {}).get("form", {"state": "${state}"})
            for name, value in wanted.items():
                hole = HOLE.fullmatch(value) if isinstance(value, str) else None
                if hole and name in form:
                    captured[hole[1]] = form[name]
            response = step["response"]
            headers = [(bytes_of(name, fill), bytes_of(value, fill)) for name, value in response.get("headers") or []]
            return Response(response["status"], headers, bytes_of(response.get("body", ""), fill))

        return make

    return [response_to(step) for step in steps]


@pytest.mark.parametrize("vector", CASES)
def test_l28_the_command_says_what_every_language_says(site: ScriptedSite, vector: dict[str, Any]) -> None:
    steps = vector.get("steps", [])
    site.play(script_of(steps))
    given = {"HEADLESSID_PROXY": site.proxy, "HEADLESSID_CA_FILE": str(site.certificate), "HEADLESSID_HTTP_VERSION": "1.1"}
    arguments = [vector["flow"], "--json", "--raw"]
    for name, value in {**vector["settings"], **vector.get("parameters", {})}.items():
        if name == "scope" and name in vector.get("parameters", {}):
            arguments.append("--scope=" + bytes_of(value).decode("utf-8", "surrogateescape"))
        else:
            given["HEADLESSID_" + name.upper()] = bytes_of(value).decode("utf-8", "surrogateescape")
    done = run(*arguments, env=given)
    wanted = vector["refused"]["error"] if "refused" in vector else vector["end"].get("error")
    if wanted is not None:
        compare_error(wanted, done.error)
        assert done.status == STATUS[done.error["kind"]]
    else:
        assert done.status == 0
        compare_result(vector["end"], done.result)
    assert len(site.seen) == len(steps), site.seen


HOST_SIGNS = "or the host signs: the setting signed_by host"


def compare_error(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    # The command cannot sign: it names the option instead.
    if wanted.get("hint") == HOST_SIGNS or "signed_by" in wanted.get("hint_has", []):
        assert "--private-key-file" in found["hint"]
        wanted = {name: value for name, value in wanted.items() if name not in ("hint", "hint_has")}
    for member, value in wanted.items():
        if member in COMPARED:
            assert (found.get(member) or ("" if isinstance(value, str) else 0)) == value, (member, found)
    for member in ("hint", "message"):
        parts = wanted.get(member + "_has", [])
        for part in [parts] if isinstance(parts, str) else parts:
            assert part in found[member], (part, found)


def without_times(value: Any) -> Any:
    """Less the times that are reckoned from the time of the call: a JSON text of the result may hold some as well."""
    return {name: each for name, each in value.items() if name not in FROM_NOW} if isinstance(value, dict) else value


def compare_result(end: dict[str, Any], found: dict[str, Any]) -> None:
    for name, value in end.get("result", {}).items():
        # Captured from a request; or reckoned from the time of the call, which is now.
        if isinstance(value, str) and "${" in value or name in FROM_NOW:
            continue
        assert name in found, (name, found)
        text = found[name]
        # As text, the way the vectors have it; what was JSON is compared as JSON.
        if isinstance(text, (dict, list)):
            assert without_times(text) == without_times(json.loads(bytes_of(value))), name
        elif isinstance(text, bool):
            assert str(text).lower() == value, name
        else:
            assert str(text) == bytes_of(value).decode("utf-8", "surrogatepass"), name
    for name in end.get("absent", []):
        assert name not in found, name
