"""A CPython for musl, compiled with the packages' compiler: no registry has one."""

import os
import pathlib
import shutil
import subprocess
import sys

import images
import pytest

from tools.package import archives, sources, zig
from tools.package.common import emptied, launcher
from tools.package.targets import Target

PIN = {
    "version": "3.13.5",
    "sha256": "93e583f243454e6e9e4588ca2c2662206ad961659863277afcdb96801647d640",
    "folder": "Python-3.13.5",
    "urls": [
        "{debian}/pool/main/p/python3.13/python3.13_3.13.5.orig.tar.xz",
        "https://www.python.org/ftp/python/3.13.5/Python-3.13.5.tar.xz",
    ],
}
# What would need libraries, or is not imported in a sign-in.
LEFT_OUT = "_bz2 _lzma zlib _dbm _gdbm readline pyexpat _elementtree _decimal _ctypes _curses _curses_panel _sqlite3 _ssl _hashlib _uuid".split()
LEFT_OUT += (
    "_tkinter _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _multibytecodec _interpchannels".split()
)


def builder() -> str | None:
    """A Python of the same version that runs here, which the build asks to."""
    found = shutil.which("python3.13")
    if found is None:
        return None
    said = subprocess.run([found, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=False)
    return said.stdout.strip() or None


def python(target: Target) -> pathlib.Path:
    """The folder with bin/python3.13 and its library, made once."""
    made = images.KEPT / f"python-{target.name}"
    if made.exists():
        return made
    here = builder()
    if here is None:
        pytest.skip("a CPython for musl is built by a Python 3.13, and none is here")
    work = emptied(images.KEPT / f"python-{target.name}.work")
    archives.unpack(sources.download("python", PIN), work)
    source = work / PIN["folder"]
    compiler = " ".join([*launcher(), str(zig.tools(target) / "zig-cc")])
    environment = {
        **os.environ,
        **zig.environment(target),
        "CC": f"{compiler} -dynamic",
        "AR": str(zig.tools(target) / "zig-ar"),
        "CFLAGS": "-O1 -g0 -fno-sanitize=all -Wno-date-time",
        "MODULE_BUILDTYPE": "static",
        # What this machine has is not for the target.
        "PKG_CONFIG": "false",
        "ac_cv_file__dev_ptmx": "yes",
        "ac_cv_file__dev_ptc": "no",
        "ac_cv_buggy_getaddrinfo": "no",
        **{f"py_cv_module_{name}": "n/a" for name in LEFT_OUT},
    }
    options = [f"--host={target.processor}-linux-musl", f"--build={os.uname().machine}-linux-gnu", f"--with-build-python={here}"]
    options += ["--prefix=/python", "--disable-test-modules", "--without-ensurepip"]
    for command in (["./configure", *options], ["make", f"-j{os.cpu_count()}", "python"]):
        with (work / "log").open("a") as log:
            subprocess.run(command, cwd=source, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
    new = emptied(made.with_suffix(".new"))
    (new / "bin").mkdir()
    shutil.copy2(source / "python", new / "bin" / "python3.13")
    shutil.copytree(
        source / "Lib", new / "lib" / "python3.13", ignore=shutil.ignore_patterns("test", "idlelib", "tkinter", "__pycache__")
    )
    (new / "lib" / "python3.13" / "lib-dynload").mkdir()
    shutil.rmtree(work)
    return new.rename(made)


def with_wheel(target: Target, root: pathlib.Path, dist: pathlib.Path) -> None:
    """Into /python of this root, and the wheel that pip chooses for it into /app."""
    shutil.copytree(python(target), root / "python")
    options = ["--no-deps", "--no-index", "--only-binary=:all:", "--python-version=3.13", "--platform", target.wheel]
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", root / "app"]
    subprocess.run([*pip, *options, "--find-links", dist, "headlessid"], check=True)
