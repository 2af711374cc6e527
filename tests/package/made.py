"""What ./dev package has made for each target, and where a test may look at it."""

import pathlib
import zipfile
from collections.abc import Iterable

import pytest
from conftest import ROOT

from tools.package import archives
from tools.package.common import VERSION
from tools.package.targets import TARGETS, Target

DIST = ROOT / "dist"


def each(names: Iterable[str] = TARGETS):
    """A test for each of these targets."""
    return pytest.mark.parametrize("target", [pytest.param(TARGETS[name], id=name) for name in names])


def found(pattern: str) -> list[pathlib.Path]:
    """The files of this name in dist/; without any the test is skipped."""
    files = sorted(DIST.glob(pattern))
    if not files:
        pytest.skip(f"not in dist/: {pattern}; HLID_PACKAGES=all makes it")
    return files


def c_archive(target: Target) -> pathlib.Path:
    return found(f"headlessid-{VERSION}-linux-{target.processor}{'-musl' if target.is_musl else ''}.tar.gz")[0]


def deb(target: Target) -> pathlib.Path:
    return found(f"libheadlessid_{VERSION}_{target.debian}.deb")[0]


def wheels(target: Target) -> list[pathlib.Path]:
    return found(f"headlessid-{VERSION}-*-{target.wheel}.whl")


def npm_package(target: Target) -> pathlib.Path:
    return found(f"headlessid-{target.name}-{VERSION}.tgz")[0]


def anything(target: Target) -> None:
    """Skips a test of a target for which nothing was made, before it makes a system for it."""
    musl = "-musl" if target.is_musl else ""
    archive = f"headlessid-{VERSION}-linux-{target.processor}{musl}.tar.gz"
    if not any(any(DIST.glob(name)) for name in (f"*{target.wheel}.whl", f"headlessid-{target.name}-{VERSION}.tgz", archive)):
        pytest.skip(f"nothing for {target.name} in dist/; HLID_PACKAGES=all makes it")


def jar(artifact: str) -> pathlib.Path:
    return found(f"maven/io/headlessid/{artifact}/{VERSION}/{artifact}-{VERSION}.jar")[0]


def unpacked(archive: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The folder in which an archive now is; where everything in it is below one folder, that one."""
    if archive.suffix in (".whl", ".jar"):
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        return folder
    archives.unpack(archive, folder)
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 else folder


def native_of_jar(target: Target, folder: pathlib.Path) -> pathlib.Path:
    with zipfile.ZipFile(jar("headlessid")) as packed:
        name = f"native/{target.jni}/libheadlessid_jni.so"
        if name not in packed.namelist():
            pytest.skip(f"not in the jar: {name}; HLID_PACKAGES=all puts it there")
        return pathlib.Path(packed.extract(name, folder))
