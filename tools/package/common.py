"""Folders, commands and stamps: what every module here needs."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "package"
DIST = ROOT / "dist"
PINS = Path(__file__).resolve().parent / "sources"
JOBS = int(os.environ.get("JOBS") or os.cpu_count() or 1)
VERSION = re.search(r"project\(headlessid VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]


class Failed(Exception):
    """What a person has to do something about; said without a traceback."""


class NotHere(Failed):
    """What this machine lacks altogether: a part asked for by name stops, `all` leaves it out."""


def say(text: str) -> None:
    print(f"-- {text}", file=sys.stderr, flush=True)


def source_date() -> int:
    """The date of everything in a package: SOURCE_DATE_EPOCH, else that of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    if (ROOT / ".git").exists() and shutil.which("git"):
        said = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
        if said.returncode == 0 and said.stdout.strip():
            return int(said.stdout)
    return int((ROOT / "CHANGELOG.md").stat().st_mtime)


def run(command: list, log: Path, *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Runs a command with its output in a log, whose end is shown if it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [str(word) for word in command]
    with log.open("a") as out:
        out.write(f"$ {' '.join(command)}\n")
        out.flush()
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date()), **(env or {})}
        # cpack writes the modes that the umask leaves into a .deb.
        given = {"cwd": cwd, "env": environment, "umask": 0o022}
        result = subprocess.run(command, **given, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False)
    if result.returncode != 0:
        end = "\n".join(line[:300] for line in log.read_text(errors="replace").splitlines()[-20:])
        raise Failed(f"{end}\n\n{Path(command[0]).name} failed; the whole of it is in {log.relative_to(ROOT)}")


def stamp_of(*inputs: object) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def hash_of(path: Path) -> str:
    # By hand: hashlib.file_digest came with Python 3.11.
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def made_once(what: str, stamp_file: Path, stamp: str) -> Iterator[bool]:
    """Gives True where the work behind the stamp has to be done, and keeps the stamp if it comes to its end."""
    if stamp_file.exists() and stamp_file.read_text() == stamp:
        yield False
        return
    stamp_file.unlink(missing_ok=True)
    started = time.monotonic()
    yield True
    stamp_file.parent.mkdir(parents=True, exist_ok=True)
    stamp_file.write_text(stamp)
    say(f"{what}: {time.monotonic() - started:.0f} s")


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def launcher() -> list[str]:
    """The compiler's cache, if this machine has one."""
    found = shutil.which("ccache")
    return [found] if found else []
