#!/usr/bin/env python3
"""Runs clang-tidy over core/ and capi/, as the dev preset compiles them, with the checks of .clang-tidy.

A file that was clean stays so until it, a header that it includes, how it is compiled, or .clang-tidy changes. What was
clean is remembered beside the compiler's cache, for every clone on this machine: an unchanged tree costs nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/dev"
FOLDERS = (ROOT / "core", ROOT / "capi")
# Empty files, each named by all that its verdict depends on.
CLEAN = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headlessid" / "tidy"
KEPT_DAYS = 30


def commands() -> dict[Path, dict[str, str]]:
    """How each source is compiled; once, where a test compiles it again in its own way."""
    found: dict[Path, dict[str, str]] = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        source = Path(entry["file"])
        if source.suffix == ".cc" and any(source.is_relative_to(folder) for folder in FOLDERS):
            found.setdefault(source, entry)
    return found


def digest(*texts: bytes) -> str:
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:24]


@cache
def included(file: Path) -> frozenset[Path]:
    """The files of this tree that it includes by name; what they include is theirs."""
    names = re.findall(r'^ *# *include "([^"]+)"', file.read_text(encoding="utf-8"), flags=re.M)
    places = (file.parent, ROOT, *(ROOT / place for place in ("capi/include", "core", "capi")))
    # A name that fits two places stands for both.
    return frozenset(place / name for name in names for place in places if (place / name).is_file())


def with_headers(source: Path) -> list[Path]:
    """The source and all that it includes, in one order."""
    found, open_ends = set(), {source}
    while open_ends:
        found |= open_ends
        open_ends = {file.resolve() for each in open_ends for file in included(each)} - found
    return sorted(found)


def forget_old_ones() -> None:
    oldest = time.time() - KEPT_DAYS * 86400
    for stamp in CLEAN.iterdir():
        if stamp.stat().st_mtime < oldest:
            stamp.unlink(missing_ok=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="these alone (all)")
    parser.add_argument("-j", type=int, default=2, metavar="N", help="files at a time")
    parser.add_argument("--clang-tidy", default="clang-tidy-19", metavar="PROGRAM")
    arguments = parser.parse_args()

    sources = commands()
    folder = BUILD / "tidy"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(list(sources.values())), encoding="utf-8")
    if arguments.files:
        wanted = {file.resolve() for file in arguments.files}
        sources = {source: entry for source, entry in sources.items() if source in wanted}
    CLEAN.mkdir(parents=True, exist_ok=True)
    forget_old_ones()
    version = subprocess.run([arguments.clang_tidy, "--version"], capture_output=True, check=True).stdout
    checks = (ROOT / ".clang-tidy").read_bytes()

    def check(source: Path) -> str:
        """What is wrong with it."""
        command = sources[source]["command"].replace(str(ROOT), ".")
        texts = [part for file in with_headers(source) for part in (str(file.relative_to(ROOT)).encode(), file.read_bytes())]
        stamp = CLEAN / digest(version, checks, command.encode(), *texts)
        if stamp.exists():
            stamp.touch()
            return ""
        run = subprocess.run(
            [arguments.clang_tidy, "-p", str(folder), "--quiet", str(source)], capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            return run.stdout or run.stderr
        stamp.touch()
        return ""

    with ThreadPoolExecutor(arguments.j) as pool:
        wrong = [text for text in pool.map(check, sources) if text]
    print("\n".join(wrong), end="")
    print(f"{len(sources)} files, {len(wrong)} with warnings")
    return 1 if wrong or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
