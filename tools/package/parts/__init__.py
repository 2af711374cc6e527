"""The packages: one module each, with `build(targets) -> list[Path]`, the files that it has written to dist/."""

import importlib
from collections.abc import Callable
from pathlib import Path

from ..targets import Target

# Name, and what is in it. A part without a module yet is refused by name.
PARTS = {
    "c": "the library with headers, pkg-config and CMake files: a tar.gz and a .deb",
    "shell": "the headlessid command as one static file",
    "python": "the wheels",
    "node": "the npm packages",
    "java": "the jars",
    "android": "the AAR",
}


def builder(part: str) -> Callable[[list[Target]], list[Path]] | None:
    try:
        module = importlib.import_module(f".{part}", __name__)
    except ModuleNotFoundError as missing:
        if missing.name != f"{__name__}.{part}":
            raise
        return None
    return module.build
