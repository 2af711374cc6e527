"""`headlessid` in the shell: the native command, which is part of the package."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

VARIABLE = "HEADLESSID_CLI"


def find_command() -> str | None:
    """The native command: HEADLESSID_CLI, the package's own, or one on PATH that is not a script."""
    return os.environ.get(VARIABLE) or _own() or _on_path()


def main() -> None:
    """The package's own command first: HEADLESSID_CLI may name the script that calls this."""
    named = os.environ.get(VARIABLE)
    command = _own() or (None if named is None or _is_running(named) else named) or _on_path()
    if command is None:
        sys.exit("headlessid: this package was built without the native command")
    # Without the variable: it may name this script, and a script that the command starts would loop.
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    try:
        os.execve(command, ["headlessid", *sys.argv[1:]], environment)
    except OSError as error:
        sys.exit(f"headlessid: cannot start {command}: {error.strerror}")


def _own() -> str | None:
    own = Path(__file__).parent / "_bin" / "headlessid"
    return str(own) if own.is_file() else None


def _on_path() -> str | None:
    found = shutil.which("headlessid")
    return found if found is not None and not _is_script(found) else None


def _is_script(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _is_running(path: str) -> bool:
    try:
        return os.path.samefile(path, sys.argv[0])
    except OSError:
        return False
