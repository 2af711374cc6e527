"""The sources of what packages link statically, each checked against a committed hash."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from . import archives
from .common import BUILD, PINS, Failed, emptied, hash_of, made_once, say, stamp_of

FOLDER = BUILD / "sources"
# Either upstream's tarball, with the places that have it, or a crate that holds upstream's sources as they are.
LIBRARIES: dict[str, dict] = json.loads((PINS / "libraries.json").read_text())
CRATES = "https://static.crates.io/crates"


def source(name: str) -> Path:
    """The folder with upstream's sources of `name`, fetched if they are not there."""
    return fetched(name, LIBRARIES[name])


def fetched(name: str, pin: dict) -> Path:
    """The folder that a pin names, in what it pins."""
    folder = FOLDER / name
    with made_once(f"sources of {name}", FOLDER / f"{name}.stamp", stamp_of(pin["sha256"])) as to_do:
        if to_do:
            archives.unpack(download(name, pin), emptied(folder))
    return folder / pin["folder"].format(version=pin["version"])


def identity(name: str) -> str:
    """What changes when the sources of `name` do."""
    return LIBRARIES[name]["sha256"]


def places(pin: dict) -> list[str]:
    """Where the pinned bytes may be had."""
    if "crate" in pin:
        registry = os.environ.get("HLID_CRATES_MIRROR", CRATES).rstrip("/")
        return [f"{registry}/{pin['crate']}/{pin['version']}/download"]
    # Finding the mirror takes a program.
    mirror = debian_mirror() if any("{debian}" in url for url in pin["urls"]) else ""
    return [url.format(debian=mirror, version=pin["version"]) for url in pin["urls"]]


def debian_mirror() -> str:
    """Where this machine gets its own Debian from; else the public place."""
    if os.environ.get("HLID_DEBIAN_MIRROR"):
        return os.environ["HLID_DEBIAN_MIRROR"].rstrip("/")
    try:
        asked = ["apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)", "Created-By: Packages"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        said = ""
    for line in said.splitlines():
        words = line.split()
        if len(words) == 3 and words[:2] == ["Debian", "Debian"]:
            return words[2].rstrip("/")
    return "http://deb.debian.org/debian"


def download(name: str, pin: dict) -> Path:
    """The pinned bytes, from the first place that has them."""
    kept = FOLDER / "downloads" / f"{name}-{pin['version']}.tar.gz"
    kept.parent.mkdir(parents=True, exist_ok=True)
    if kept.exists() and hash_of(kept) == pin["sha256"]:
        return kept
    tried = []
    for url in places(pin):
        partial = kept.with_suffix(".part")
        try:
            with urllib.request.urlopen(url, timeout=60) as answer, partial.open("wb") as out:
                while block := answer.read(1 << 20):
                    out.write(block)
        except (urllib.error.URLError, TimeoutError, ConnectionError) as fault:
            tried.append(f"{url}: {fault}")
            continue
        found = hash_of(partial)
        if found == pin["sha256"]:
            return partial.rename(kept)
        say(f"{url} is not what is pinned: its SHA-256 is {found}")
        tried.append(f"{url}: another SHA-256")
    faults = "\n  ".join(tried)
    raise Failed(
        f"{name} {pin['version']} was not found:\n  {faults}\n"
        f"Put its tarball at {kept} (SHA-256 {pin['sha256']}), or pin a newer release: docs/security-updates.md."
    )
