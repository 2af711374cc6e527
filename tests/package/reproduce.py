"""A second build of everything, as somebody else would make it: another folder, another day, another user's habits."""

import os
import pathlib
import shutil
import subprocess
import sys

from tools.package.common import BUILD, ROOT, source_date


def built_elsewhere(folder: pathlib.Path, *words: str) -> list[pathlib.Path]:
    """The files in dist/ of a copy of the sources, compiled again from the first to the last. Downloads are shared."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
        (folder / name).chmod(0o600)
    build = folder / "build" / "package"
    build.mkdir(parents=True)
    for name in ("sources", "zig-venv", "zig-venv.stamp", "wheel-venv", "wheel-venv.stamp"):
        if (BUILD / name).is_dir():
            shutil.copytree(BUILD / name, build / name, symlinks=True)
        elif (BUILD / name).exists():
            shutil.copyfile(BUILD / name, build / name)
    environment = {
        **os.environ,
        "CCACHE_DISABLE": "1",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": str(source_date()),
    }
    command = [sys.executable, "-m", "tools.package", *words]
    subprocess.run(command, cwd=folder, env=environment, check=True, umask=0o077)
    return sorted((folder / "dist").iterdir())
