"""Whether a pinned version has a newer release of its line: a warning of ./dev package, never a fault."""

import http.client
import json
import lzma
import os
import re
import time
import urllib.request
from functools import partial

from . import sources
from .common import BUILD, PINS, say, stamp_of

DAY_S = 24 * 60 * 60
STAMP = BUILD / "updates.json"
INDEX = "https://index.crates.io"
PYPI = "https://pypi.org/simple"

# A source that is down, or does not answer in time, or with something else.
FAULTS = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    lzma.LZMAError,
    http.client.HTTPException,
)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0].split("-")[0]))


def order_of(version: str) -> tuple:
    """As cargo orders them: what is before a release (alpha) comes before it."""
    return numbers(version), "-" not in version.split("+")[0]


def newer_crates() -> list[str]:
    """The registry's index has a file for each crate, with a line for each release. Whatever line that is of: such a crate's own
    version says nothing about that of the library in it."""
    found = []
    for pin in sources.LIBRARIES.values():
        if "crate" not in pin:
            continue
        name, pinned = pin["crate"], pin["version"]
        with urllib.request.urlopen(f"{INDEX}/{name[:2]}/{name[2:4]}/{name}", timeout=30) as answer:
            releases = [json.loads(line) for line in answer.read().splitlines()]
        versions = [one["vers"] for one in releases if not one["yanked"] and order_of(one["vers"])[1]]
        newest = max([*versions, pinned], key=order_of)
        if order_of(newest) > order_of(pinned):
            found.append(f"the crate {name} {newest} (pinned: {pinned})")
    return found


def newer_wheels() -> list[str]:
    """PyPI has the compiler, whose libc++, compiler-rt and musl are in the packages, and the headers that the extension has
    inside: the newest patch of the pinned line, because another line is another compiler."""
    found = []
    for file, name in (("zig-requirements.txt", "ziglang"), ("python-requirements.txt", "pybind11")):
        pinned = re.search(rf"(?m)^{name}==([0-9.]+)", (PINS / file).read_text())[1]
        asked = urllib.request.Request(f"{PYPI}/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            versions = json.loads(answer.read())["versions"]
        line = [one for one in versions if re.fullmatch(r"[0-9.]+", one) and numbers(one)[:2] == numbers(pinned)[:2]]
        newest = max([*line, pinned], key=numbers)
        if numbers(newest) > numbers(pinned):
            found.append(f"{name} {newest} (pinned: {pinned})")
    return found


def places() -> list[str]:
    """Where Debian lists its sources. What a fix of security brings is with its security team first."""
    mirror = sources.debian_mirror()
    found = []
    for suite in sorted({pin["debian"]["suite"] for pin in sources.LIBRARIES.values() if "debian" in pin}):
        found += [f"{mirror}/dists/{suite}", f"{mirror}-security/dists/{suite}-security"]
    return [f"{place}/main/source/Sources.xz" for place in found]


def newer_tarballs(url: str) -> list[str]:
    """Such a list says which releases of a line Debian has."""
    suite = url.split("/dists/")[1].split("/")[0].removesuffix("-security")
    with urllib.request.urlopen(url, timeout=30) as answer:
        listed = lzma.decompress(answer.read()).decode()
    found = []
    for name, pin in sources.LIBRARIES.items():
        about = pin.get("debian", {})
        if about.get("suite") != suite:
            continue
        for block in re.findall(rf"(?m)^Package: {re.escape(about['source'])}\n(?:.+\n)+", listed):
            version = re.search(r"(?m)^Version: (?:\d+:)?([0-9.]+)", block)[1]
            if version.startswith(about["line"] + ".") and numbers(version) > numbers(pin["version"]):
                found.append(f"{name} {version} (pinned: {pin['version']})")
    return found


def asked_today(pins: str) -> dict[str, dict]:
    """What each source answered within a day, about these pins."""
    try:
        kept = json.loads(STAMP.read_text())
        answers = kept["answers"] if kept["pins"] == pins else {}
        return {source: answer for source, answer in answers.items() if 0 <= time.time() - answer["at"] < DAY_S}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def warn() -> None:
    """Each source is asked once a day, its answer said each time; and not where nobody reads it."""
    if os.environ.get("CI"):
        return
    pins = stamp_of(sources.LIBRARIES)
    answers = asked_today(pins)
    askers = {
        "the registry of crates": newer_crates,
        "PyPI": newer_wheels,
        **{url: partial(newer_tarballs, url) for url in places()},
    }
    found: dict[str, None] = {}
    for source, ask in askers.items():
        if source not in answers:
            try:
                answers[source] = {"at": time.time(), "found": ask()}
            except FAULTS as fault:
                say(f"{source} could not be asked whether there are newer releases: {fault}")
                continue
        found.update(dict.fromkeys(answers[source]["found"]))
    for release in found:
        say(f"there is a newer release: {release}; docs/security-updates.md says what to do")
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STAMP.write_text(json.dumps({"pins": pins, "answers": answers}))
