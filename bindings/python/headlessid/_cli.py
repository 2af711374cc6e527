"""`headlessid` on the shell: the native command, which the package carries."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def find_command() -> str | None:
    """The native command: HEADLESSID_CLI, else the package's own, else one on PATH that is not this very script."""
    named = os.environ.get("HEADLESSID_CLI")
    if named:
        return named
    own = Path(__file__).parent / "_bin" / "headlessid"
    if own.is_file():
        return str(own)
    found = shutil.which("headlessid")
    if found is not None and not _is_this_script(found):
        return found
    return None


def _is_this_script(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def main() -> None:
    command = find_command()
    if command is None:
        sys.exit("headlessid: this package was built without the native command")
    try:
        os.execv(command, ["headlessid", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"headlessid: cannot start {command}: {error.strerror}")
