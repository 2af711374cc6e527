"""A second build of everything, as somebody else would make it: another folder, another day, another user's habits."""

import os
import pathlib
import shutil
import subprocess
import sys

from tools.package.common import BUILD, ROOT, source_date

# What is fetched and checked by its hash is shared; everything else is made again.
FETCHED = ("sources", "zig-venv", "zig-venv.stamp", "wheel-venv", "wheel-venv.stamp")
YEARS_AGO = 1_000_000_000


def another_clock() -> dict[str, str]:
    """A month later, for every program that asks the C library."""
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    assert found, "the second build has to be of another day, and libfaketime is not here (apt: faketime)"
    # What compares the dates of files is left alone. Every clock is a month ahead: where the monotonic one is not, poll() of
    # libfaketime 0.9 gets times that the kernel refuses.
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": "+31d", "NO_FAKE_STAT": "1"}


def built_elsewhere(folder: pathlib.Path, *words: str) -> pathlib.Path:
    """The folder dist/ of a copy of the sources, compiled again from the first to the last."""
    clock = another_clock()
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
        # Private, and of another day.
        (folder / name).chmod(0o700 if os.access(ROOT / name, os.X_OK) else 0o600)
        os.utime(folder / name, (YEARS_AGO, YEARS_AGO))
    build = folder / "build" / "package"
    build.mkdir(parents=True)
    for name in FETCHED:
        if (BUILD / name).is_dir():
            shutil.copytree(BUILD / name, build / name, symlinks=True)
        elif (BUILD / name).exists():
            shutil.copyfile(BUILD / name, build / name)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CCACHE_")}
    environment = {
        **kept,
        **clock,
        "CCACHE_DISABLE": "1",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": str(source_date()),
    }
    command = [sys.executable, "-m", "tools.package", *words]
    subprocess.run(command, cwd=folder, env=environment, check=True, umask=0o077)
    return folder / "dist"
