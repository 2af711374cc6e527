#!/usr/bin/env python3
"""The version: CMakeLists.txt has it, and whatever cannot be made from it at build time is written from here.

tools/bump.py 0.2.0      changes it everywhere
tools/bump.py --check    exit 1 and a list where a place has another
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "CMakeLists.txt"
VERSION = r"(\d+\.\d+\.\d+)"
# Each has at least one match. `{}` is the version; a number of its own is `{major}`, `{minor}` or `{patch}`.
PLACES = {
    SOURCE: [r"project\(headlessid VERSION {}"],
    "core/base/version.h": [r'kVersion = "{}"'],
    "bindings/java/pom.xml": [r"<artifactId>headlessid</artifactId>\s*<version>{}<"],
    "bindings/java/android/build.gradle.kts": [r'(?m)^version = "{}"'],
    "bindings/java/src/main/java/io/headlessid/HeadlessId.java": [r'for people: "{}"'],
    "bindings/node/package.json": [r'(?m)^  "version": "{}"'],
    "bindings/node/src/places.ts": [r"VERSION = '{}'"],
    "bindings/node/package-lock.json": [r'"name": "headlessid",\s*"version": "{}"'],
    "examples/jvm-app/pom.xml": [
        r"<artifactId>jvm-app</artifactId>\s*<version>{}<",
        r"<artifactId>headlessid</artifactId>\s*<version>{}<",
        r"<artifactId>headlessid-testing</artifactId>\s*<version>{}<",
    ],
    "tests/bench/java/pom.xml": [r"<artifactId>headlessid-bench</artifactId>\s*<version>{}<"],
    "tests/capi/capi_test.cc": [r'hlid_version\(\)\), "{}"'],
    "capi/include/headlessid/headlessid.h": [
        r'for people: "{}"',
        r"#define HLID_VERSION_MAJOR {major}",
        r"#define HLID_VERSION_MINOR {minor}",
        r"#define HLID_VERSION_PATCH {patch}",
        r'#define HLID_VERSION_STRING "{}"',
    ],
}
# The names of our own packages, wherever they appear.
PACKAGE = r"headlessid-(?:linux-[a-z0-9-]+-|testing-)?{}\.(?:jar|tgz)"


def numbers(version: str) -> dict[str, str]:
    return dict(zip(("major", "minor", "patch"), version.split("."), strict=True))


def found(text: str, pattern: str) -> Iterator[tuple[int, int, str, str]]:
    """Where this pattern's number is, the number, and which of the version it is."""
    kind = next((name for name in ("major", "minor", "patch") if f"{{{name}}}" in pattern), "")
    source = pattern.replace("{}", VERSION).replace(f"{{{kind}}}", r"(\d+)")
    for match in re.finditer(source, text):
        yield match.start(1), match.end(1), match.group(1), kind


def wanted(version: str, kind: str) -> str:
    return numbers(version)[kind] if kind else version


def places() -> dict[str, list[str]]:
    every = {name: list(patterns) for name, patterns in PLACES.items()}
    packages = subprocess.run(
        ["git", "grep", "-lE", r"headlessid-[0-9]+\.[0-9]+\.[0-9]+\.(jar|tgz)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    for name in packages.stdout.split():
        every.setdefault(name, []).append(PACKAGE)
    return every


def current() -> str:
    return next(found((ROOT / SOURCE).read_text(encoding="utf-8"), PLACES[SOURCE][0]))[2]


def check(version: str) -> list[str]:
    wrong = []
    for name, patterns in places().items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for pattern in patterns:
            matches = list(found(text, pattern))
            wrong += [f"{name}: the version is not where it was: {pattern}"] if not matches else []
            wrong += [
                f"{name}: {value} instead of {wanted(version, kind)}"
                for *_, value, kind in matches
                if value != wanted(version, kind)
            ]
    return wrong


def bump(version: str) -> None:
    for name, patterns in places().items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        spots = [spot for pattern in patterns for spot in found(text, pattern)]
        for start, end, _, kind in sorted(spots, reverse=True):
            text = text[:start] + wanted(version, kind) + text[end:]
        path.write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("version", nargs="?", metavar="VERSION")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a place has another version")
    arguments = parser.parse_args()
    if arguments.check == bool(arguments.version):
        parser.error("give a version, or --check")
    before = current()
    if arguments.version:
        if not re.fullmatch(VERSION, arguments.version):
            parser.error(f"{arguments.version} is not three numbers, as in 1.2.3")
        if wrong := check(before):
            print("\n".join(wrong), file=sys.stderr)
            return 1
        bump(arguments.version)
        print(f"{before} -> {arguments.version}; CHANGELOG.md is yours to write")
    wrong = check(current())
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
