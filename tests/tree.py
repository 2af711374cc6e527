"""The files of the tree, without what builds and installations leave in it."""

from __future__ import annotations

import os
from pathlib import Path

LEFT_BEHIND = {"build", "node_modules", "target", "dist", "__pycache__"}


def files(place: Path) -> list[Path]:
    """The files below `place`, sorted. It never enters what a build writes: parts of the tests run side by side, and a folder
    that npm or Maven removes while pathlib's rglob walks it ends the walk with FileNotFoundError."""
    found = []
    for folder, folders, names in os.walk(place):
        folders[:] = [name for name in folders if name not in LEFT_BEHIND and not name.startswith(".")]
        found += [Path(folder, name) for name in names]
    return sorted(found)
