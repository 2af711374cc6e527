"""The Pythons that wheels are made for: every CPython with headers on this machine, one for each tag."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .common import BUILD, PINS, NotHere, hash_of, made_once, run, stamp_of

NEWEST = 14
OLDEST = 9
FOLDER = BUILD / "python"
REQUIREMENTS = PINS / "python-requirements.txt"
VENV = BUILD / "wheel-venv"

ASK = """
import json, os, platform, sys, sysconfig
print(json.dumps({
  "implementation": platform.python_implementation(), "version": sys.version_info[:3],
  "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")), "debug": hasattr(sys, "gettotalrefcount"),
  "headers": sysconfig.get_config_var("INCLUDEPY"), "config": sysconfig.get_config_h_filename(),
  "multiarch": sysconfig.get_config_var("MULTIARCH") or "",
}))
"""


@dataclass(frozen=True, order=True)
class Python:
    """A Python that has headers."""

    version: tuple[int, int, int]
    free_threaded: bool
    headers: Path
    config: Path  # its pyconfig.h

    @property
    def interpreter_tag(self) -> str:
        return f"cp{self.version[0]}{self.version[1]}"

    @property
    def tag(self) -> str:
        """The ABI's: cp312, or cp313t where it is free-threaded."""
        return self.interpreter_tag + ("t" if self.free_threaded else "")


def places() -> Iterator[Path]:
    """Programs that may be a Python: on the PATH, and where pyenv, uv and the manylinux images keep theirs."""
    names = [f"python3.{minor}{kind}" for minor in range(OLDEST, NEWEST + 1) for kind in ("", "t")]
    for name in names:
        if found := shutil.which(name):
            yield Path(found)
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    for folder in (pyenv / "versions", home / ".local" / "share" / "uv" / "python", Path("/opt/python")):
        yield from sorted(folder.glob("*/bin/python3"))


def described(said: dict) -> Python | None:
    """The Python that says this of itself, if a wheel can be made for it."""
    version = tuple(said["version"])
    if said["implementation"] != "CPython" or said["debug"] or version[0] != 3 or not OLDEST <= version[1] <= NEWEST:
        return None
    headers, config = Path(said["headers"]), Path(said["config"])
    # What Debian has among the headers only includes that of the processor, which lies elsewhere.
    of_processor = headers.parent / said["multiarch"] / headers.name / "pyconfig.h"
    if said["multiarch"] and of_processor.is_file():
        config = of_processor
    python = Python(version, said["free_threaded"], headers, config)
    return python if (python.headers / "Python.h").is_file() and python.config.is_file() else None


def asked(program: Path) -> Python | None:
    try:
        done = subprocess.run([program, "-I", "-c", ASK], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    # A launcher of pyenv's for a version that is not chosen here ends with an error.
    return described(json.loads(done.stdout)) if done.returncode == 0 else None


def found() -> list[Python]:
    """One for each tag, the newest of each, oldest tag first."""
    best: dict[str, Python] = {}
    for program in dict.fromkeys(place.resolve() for place in places()):
        python = asked(program)
        if python is not None and (python.tag not in best or python.version > best[python.tag].version):
            best[python.tag] = python
    if not best:
        raise NotHere(f"no CPython from 3.{OLDEST} to 3.{NEWEST} with its headers is on this machine (apt: python3-dev)")
    return sorted(best.values())


def tools() -> Path:
    """The interpreter whose environment has what writes wheels."""
    with made_once("what writes wheels", BUILD / "wheel-venv.stamp", hash_of(REQUIREMENTS)) as to_do:
        if to_do:
            log = BUILD / "wheel-venv.log"
            run([shutil.which("python3"), "-m", "venv", "--clear", VENV], log)
            pip = [VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q"]
            run([*pip, "--require-hashes", "--no-deps", "-r", REQUIREMENTS], log)
    return VENV / "bin" / "python"


def headers(pythons: list[Python]) -> Path:
    """A folder with the headers of each tag and those of pybind11: away from the machine's own, which the cross compiler
    must not see, and with pyconfig.h in its place."""
    wanted = [(python.tag, python.version, str(python.headers), hash_of(python.config)) for python in pythons]
    with made_once("headers", FOLDER / "headers.stamp", stamp_of(wanted, hash_of(REQUIREMENTS))) as to_do:
        if to_do:
            shutil.rmtree(FOLDER, ignore_errors=True)
            for python in pythons:
                shutil.copytree(python.headers, FOLDER / python.tag, ignore=shutil.ignore_patterns("numpy", "internal"))
                (FOLDER / python.tag / "pyconfig.h").unlink(missing_ok=True)
                shutil.copyfile(python.config, FOLDER / python.tag / "pyconfig.h")
            asked = [tools(), "-c", "import pybind11; print(pybind11.get_include())"]
            include = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
            shutil.copytree(include, FOLDER / "pybind11")
    return FOLDER


def pybind11() -> tuple[str, Path]:
    """The version of what extensions are compiled with, and its licence."""
    tools()
    licence = next(VENV.glob("lib/python3*/site-packages/pybind11-*.dist-info/licenses/LICENSE"))
    return licence.parents[1].name.removesuffix(".dist-info").partition("-")[2], licence
