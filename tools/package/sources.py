"""The sources of what packages link statically, each checked against a committed hash."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from . import archives
from .common import BUILD, PINS, Failed, emptied, hash_of, made_once, run, say, stamp_of

FOLDER = BUILD / "sources"
TARBALLS: dict[str, dict] = json.loads((PINS / "tarballs.json").read_text())

# In which crate upstream's sources are, and where in it.
CRATES = {
    "curl": ("curl-sys", "curl"),
    "nghttp2": ("libnghttp2-sys", "nghttp2"),
    "simdjson": ("simdjson-sys", "vendor/simdjson"),
    "zlib": ("libz-sys", "src/zlib"),
    "sqlite": ("libsqlite3-sys", "sqlite3"),
}


def source(name: str) -> Path:
    """The folder with upstream's sources of `name`, fetched if they are not there."""
    if name in CRATES:
        crate, inside = CRATES[name]
        return crates() / crate / inside
    return tarball(name)


def identity(name: str) -> str:
    """What changes when the sources of `name` do."""
    if name in CRATES:
        return checksum_of_crate(CRATES[name][0])
    return TARBALLS[name]["sha256"]


def locked() -> list[dict[str, str]]:
    """The crates of Cargo.lock, each with name, version and checksum."""
    found: list[dict[str, str]] = []
    for line in (PINS / "Cargo.lock").read_text().splitlines():
        if line == "[[package]]":
            found.append({})
        elif found and " = " in line:
            key, value = line.split(" = ", 1)
            found[-1][key] = value.strip('"')
    return found


def checksum_of_crate(crate: str) -> str:
    return next(entry["checksum"] for entry in locked() if entry["name"] == crate)


def crates() -> Path:
    folder = FOLDER / "crates"
    with made_once("sources from the crates", FOLDER / "crates.stamp", hash_of(PINS / "Cargo.lock")) as to_do:
        if to_do:
            manifest = PINS / "Cargo.toml"
            try:
                run(["cargo", "vendor", "--locked", "--manifest-path", manifest, emptied(folder)], FOLDER / "cargo.log")
            except FileNotFoundError as missing:
                raise Failed("cargo is missing, which fetches the sources (apt: cargo)") from missing
    return folder


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


def tarball(name: str) -> Path:
    pin = TARBALLS[name]
    folder = FOLDER / name
    with made_once(f"sources of {name}", FOLDER / f"{name}.stamp", stamp_of(pin["sha256"])) as to_do:
        if to_do:
            archives.unpack(download(name, pin), emptied(folder))
    return folder / pin["folder"]


def download(name: str, pin: dict) -> Path:
    """The pinned bytes, from the first place that has them."""
    kept = FOLDER / "downloads" / f"{name}-{pin['version']}.tar.gz"
    kept.parent.mkdir(parents=True, exist_ok=True)
    if kept.exists() and hash_of(kept) == pin["sha256"]:
        return kept
    tried = []
    for place in pin["urls"]:
        url = place.replace("{debian}", debian_mirror()) if "{debian}" in place else place
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
    places = "\n  ".join(tried)
    raise Failed(
        f"{name} {pin['version']} was not found:\n  {places}\n"
        f"Put its tarball at {kept} (SHA-256 {pin['sha256']}), or pin a newer release: docs/security-updates.md."
    )
