#!/usr/bin/env python3
"""Runs clang-tidy over core/ and capi/, as the dev preset compiles them, with the checks of .clang-tidy.

A file that was clean stays so until it, a header, or .clang-tidy changes: a stamp says that, and an unchanged tree
costs nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/dev"
STAMPS = BUILD / "tidy"
FOLDERS = (ROOT / "core", ROOT / "capi")


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-j", type=int, default=2, metavar="N", help="files at a time")
    parser.add_argument("--clang-tidy", default="clang-tidy-19", metavar="PROGRAM")
    arguments = parser.parse_args()

    STAMPS.mkdir(parents=True, exist_ok=True)
    sources = commands()
    (STAMPS / "compile_commands.json").write_text(json.dumps(list(sources.values())), encoding="utf-8")
    headers = sorted(path for folder in FOLDERS for path in folder.rglob("*.h"))
    shared = digest((ROOT / ".clang-tidy").read_bytes(), *(path.read_bytes() for path in headers))

    def check(source: Path) -> str:
        """What is wrong with it."""
        stamp = STAMPS / source.relative_to(ROOT).as_posix().replace("/", "-")
        state = digest(shared.encode(), sources[source]["command"].encode(), source.read_bytes())
        if stamp.exists() and stamp.read_text(encoding="utf-8") == state:
            return ""
        run = subprocess.run(
            [arguments.clang_tidy, "-p", str(STAMPS), "--quiet", str(source)], capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            return run.stdout or run.stderr
        stamp.write_text(state, encoding="utf-8")
        return ""

    with ThreadPoolExecutor(arguments.j) as pool:
        wrong = [text for text in pool.map(check, sources) if text]
    print("\n".join(wrong), end="")
    print(f"{len(sources)} files, {len(wrong)} with warnings")
    return 1 if wrong or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
