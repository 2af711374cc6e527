"""Whether a pinned version has a newer release of its line: a warning of ./dev package, never a fault."""

import http.client
import json
import lzma
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from functools import partial
from pathlib import Path

from . import sources
from .common import BUILD, PINS, say, stamp_of

DAY_S = 24 * 60 * 60
STAMP = BUILD / "updates.json"

# A source that is down, or does not answer in time, or with something else.
FAULTS = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    lzma.LZMAError,
    http.client.HTTPException,
    subprocess.SubprocessError,
)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0].split("-")[0]))


def newer_crates() -> list[str]:
    """Cargo itself is asked what it would take if the pins were only lines."""
    pinned = {entry["name"]: entry["version"] for entry in sources.locked()}
    with tempfile.TemporaryDirectory() as folder:
        manifest = (PINS / "Cargo.toml").read_text()
        # A release before 1.0 is compatible with its own minor line; one with a suffix (alpha) is taken as it is.
        manifest = re.sub(r'"=(\d+\.\d+)\.\d+"', r'"\1"', manifest)
        Path(folder, "Cargo.toml").write_text(manifest)
        shutil.copyfile(PINS / "lib.rs", Path(folder, "lib.rs"))
        subprocess.run(["cargo", "generate-lockfile", "-q"], cwd=folder, check=True, capture_output=True, timeout=60)
        text = Path(folder, "Cargo.lock").read_text()
    found = []
    for name, version in re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', text):
        if name in {crate for crate, _ in sources.CRATES.values()} and numbers(version) > numbers(pinned[name]):
            found.append(f"the crate {name} {version} (pinned: {pinned[name]})")
    return found


def places() -> list[str]:
    """Where Debian lists its sources. What a fix of security brings is with its security team first."""
    mirror = sources.debian_mirror()
    found = []
    for suite in sorted({pin["debian"]["suite"] for pin in sources.TARBALLS.values()}):
        found += [f"{mirror}/dists/{suite}", f"{mirror}-security/dists/{suite}-security"]
    return [f"{place}/main/source/Sources.xz" for place in found]


def newer_tarballs(url: str) -> list[str]:
    """Such a list says which releases of a line Debian has."""
    suite = url.split("/dists/")[1].split("/")[0].removesuffix("-security")
    with urllib.request.urlopen(url, timeout=30) as answer:
        listed = lzma.decompress(answer.read()).decode()
    found = []
    for name, pin in sources.TARBALLS.items():
        about = pin["debian"]
        if about["suite"] != suite:
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
    pins = stamp_of(sources.locked(), sources.TARBALLS)
    answers = asked_today(pins)
    askers = {"the registry of crates": newer_crates, **{url: partial(newer_tarballs, url) for url in places()}}
    found: dict[str, None] = {}
    for source, ask in askers.items():
        if source not in answers:
            try:
                answers[source] = {"at": time.time(), "found": ask()}
            except FAULTS as fault:
                late = isinstance(fault, subprocess.TimeoutExpired)
                why = f"no response within {fault.timeout:g} seconds" if late else fault
                say(f"{source} could not be asked whether there are newer releases: {why}")
                continue
        found.update(dict.fromkeys(answers[source]["found"]))
    for release in found:
        say(f"there is a newer release: {release}; docs/security-updates.md says what to do")
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STAMP.write_text(json.dumps({"pins": pins, "answers": answers}))
