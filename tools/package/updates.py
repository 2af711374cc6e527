"""Whether a pinned version has a newer release of its line: a warning of ./dev package, never a fault."""

import lzma
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from . import sources
from .common import BUILD, PINS, say

DAY_S = 24 * 60 * 60
STAMP = BUILD / "updates.stamp"


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


def newer_tarballs() -> list[str]:
    """Debian's list of sources says which releases of a line it has."""
    suites = {pin["debian"]["suite"] for pin in sources.TARBALLS.values()}
    found = []
    for suite in sorted(suites):
        url = f"{sources.debian_mirror()}/dists/{suite}/main/source/Sources.xz"
        with urllib.request.urlopen(url, timeout=60) as answer:
            listed = lzma.decompress(answer.read()).decode()
        for name, pin in sources.TARBALLS.items():
            about = pin["debian"]
            if about["suite"] != suite:
                continue
            for block in re.findall(rf"(?m)^Package: {re.escape(about['source'])}\n(?:.+\n)+", listed):
                version = re.search(r"(?m)^Version: (?:\d+:)?([0-9.]+)", block)[1]
                if version.startswith(about["line"] + ".") and numbers(version) > numbers(pin["version"]):
                    found.append(f"{name} {version} (pinned: {pin['version']})")
    return found


def warn() -> None:
    """Once a day, and not where nobody reads it."""
    if os.environ.get("CI") or (STAMP.exists() and time.time() - STAMP.stat().st_mtime < DAY_S):
        return
    found = []
    for ask in (newer_crates, newer_tarballs):
        try:
            found += ask()
        except (OSError, ValueError, TypeError, subprocess.SubprocessError) as fault:
            say(f"whether there are newer releases could not be asked: {fault}")
            return
    for release in found:
        say(f"there is a newer release: {release}; docs/security-updates.md says what to do")
    if not found:
        STAMP.parent.mkdir(parents=True, exist_ok=True)
        STAMP.touch()
