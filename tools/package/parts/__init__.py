"""The packages: one module each, with `build(targets) -> list[Path]`, the files that it has written to dist/."""

import importlib
from collections.abc import Callable
from pathlib import Path

from ..targets import Target

# Name, and what is in it.
PARTS = {
    "c": "the library with headers, pkg-config and CMake files: a tar.gz and a .deb",
    "shell": "the headlessid command as one static file",
    "python": "the wheels and the source distribution",
    "node": "the npm packages",
    "java": "the jars",
    "android": "the AAR",
}


def builder(part: str) -> Callable[[list[Target]], list[Path]]:
    return importlib.import_module(f".{part}", __name__).build
