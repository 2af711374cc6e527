"""The source distribution: what pip builds from where no wheel fits."""

import os
import subprocess
import sys
import tarfile

import pytest
from conftest import ROOT
from test_python_wheel import environment, signed_in

from tools.package.common import VERSION

SDIST = ROOT / "dist" / f"headlessid-{VERSION}.tar.gz"


def test_has_what_a_wheel_is_built_from_and_no_more():
    with tarfile.open(SDIST) as archive:
        names = {name.removeprefix(f"headlessid-{VERSION}/") for name in archive.getnames()}
        assert {member.uid for member in archive.getmembers()} == {0}
    for name in (
        "pyproject.toml",
        "PKG-INFO",
        "LICENSE",
        "CMakeLists.txt",
        "core/CMakeLists.txt",
        "bindings/python/src/module.cc",
    ):
        assert name in names
    assert {name.split("/")[0] for name in names} & {"build", "dist", "tests", "tools", ".git", ".ci"} == set()
    assert [name for name in names if name.endswith((".so", ".pyc", ".o"))] == []
    # Every source that git knows below the folders that are compiled.
    listed = subprocess.run(
        ["git", "ls-files", "core", "capi", "cli", "simulator", "cmake"], cwd=ROOT, capture_output=True, check=True
    )
    assert set(listed.stdout.decode().split()) - names == set()


def test_second_one_is_the_same_bits(tmp_path):
    first = SDIST.read_bytes()
    with tarfile.open(SDIST) as archive:
        date = str(archive.getmembers()[0].mtime)
    code = "from tools.package.parts import python; python.sdist()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "SOURCE_DATE_EPOCH": date}, umask=0o077, check=True)
    assert SDIST.read_bytes() == first


@pytest.mark.skipif(os.environ.get("HLID_PROOF") != "1", reason="compiles the library against the system's; HLID_PROOF=1")
def test_pip_builds_it_and_the_first_user_signs_in(tmp_path):
    """From the file alone, with the libraries of this machine and what pip fetches to build with."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    command = [venv / "bin" / "python", "-m", "pip", "install", "-q", "--no-cache-dir", SDIST]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert signed_in(venv) == "carried\n"
    done = subprocess.run(
        [venv / "bin" / "headlessid", "--version"], env=environment(venv), capture_output=True, text=True, check=True
    )
    assert VERSION in done.stdout
