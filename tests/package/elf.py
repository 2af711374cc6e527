"""What a library or a program says of itself, as readelf and nm print it."""

import pathlib
import re
import subprocess

from tools.package.common import ROOT


def said_by(*command: object) -> str:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


def exported(library: pathlib.Path) -> set[str]:
    """The names that others can link to, without their versions."""
    lines = said_by("nm", "-D", "--defined-only", library).splitlines()
    return {line.split()[-1].split("@")[0] for line in lines}


def undefined(file: pathlib.Path) -> set[str]:
    """The names that have to come from elsewhere, but for those that may be missing."""
    lines = [line.split() for line in said_by("nm", "-D", "--undefined-only", file).splitlines()]
    return {words[-1].split("@")[0] for words in lines if words[-2] == "U"}


def needed(file: pathlib.Path) -> list[str]:
    return re.findall(r"\(NEEDED\)[^\[]*\[([^\]]+)\]", said_by("readelf", "-dW", file))


def search_paths(file: pathlib.Path) -> list[str]:
    return re.findall(r"\((?:RPATH|RUNPATH)\).*", said_by("readelf", "-dW", file))


def newest_glibc(file: pathlib.Path) -> tuple[int, ...]:
    versions = re.findall(r"Name: GLIBC_([0-9.]+)", said_by("readelf", "-VW", file))
    return max((tuple(int(part) for part in version.split(".")) for version in versions), default=())


def paths_of_the_build(data: bytes) -> list[bytes]:
    """Where this was built, in any form: the folder of the sources, of the compiler's libraries, of the user."""
    # With the slash /root is one, too.
    places = [str(ROOT), f"{pathlib.Path.home()}/", "build/package", "site-packages", "zig-cache", "zig-objects"]
    return [place.encode() for place in places if len(place) > 5 and place.encode() in data]
