"""An import that fails says what is wrong and what to do: a file or library is missing, or the loader refuses it."""

from __future__ import annotations

import importlib.machinery
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import headlessid
import pytest
from headlessid._loading import explain, not_loaded


def test_names_the_package_of_a_library_that_is_missing() -> None:
    for file, package in {
        "libsimdjson.so.14": "apt-get install libsimdjson14;",
        "libcurl.so.4": "apt-get install libcurl4;",
        "libcrypto.so.3": "apt-get install libssl3;",
        "libstdc++.so.6": "apt-get install libstdc++6;",
        "libpugixml.so.1": "apt-get install libpugixml1v5;",
        "libz.so.1": "apt-get install zlib1g;",
    }.items():
        said = explain(f"{file}: cannot open shared object file: No such file or directory")
        assert said is not None
        assert file in said
        assert package in said


def test_leaves_other_failures_as_they_are() -> None:
    for message in ("undefined symbol: hlid_client_run", "No module named 'headlessid._native'", "libcurl is odd"):
        assert explain(message) is None


def failed_import(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(path)!r}); import headlessid"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    return done.stderr


def copied(folder: Path) -> Path:
    """The package without its native file."""
    package = folder / "headlessid"
    source = Path(headlessid.__file__).parent
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("_native*.so", "_bin", "__pycache__"))
    return package


INTERPRETER = f"{platform.python_implementation()} {sys.version_info[0]}.{sys.version_info[1]}"
SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]
OTHERS = ["_native.cpython-36m-x86_64-linux-gnu.so", "_native.cpython-399-sparc64-linux-gnu.so"]


def test_import_raises_with_that_advice(tmp_path: Path) -> None:
    (copied(tmp_path) / "_native.py").write_text(
        "raise ImportError('libsimdjson.so.14: cannot open shared object file: No such file or directory')\n"
    )
    said = failed_import(tmp_path)
    assert "ImportError: headlessid needs libsimdjson.so.14, which this machine lacks." in said
    assert "libsimdjson14" in said


@pytest.mark.parametrize("files", [[], OTHERS])
def test_a_wheel_for_another_python_is_named_with_the_one_that_runs(tmp_path: Path, files: list[str]) -> None:
    package = copied(tmp_path)
    for name in files:
        (package / name).write_bytes(b"")
    cause, said = failed_import(tmp_path).split("The above exception was the direct cause", 1)
    assert "ImportError: cannot import name '_native'" in cause
    there = f"only {', '.join(files)}, which is for another Python" if files else "where there is no native file."
    for part in [
        f"{INTERPRETER}",
        f"for {sysconfig.get_platform()} looks for _native{SUFFIX} in {package}",
        there,
        f"{sys.executable} -m pip install",
    ]:
        assert part in said, part
    assert "circular" not in said


def test_a_package_in_a_zip_is_told_to_be_unpacked(tmp_path: Path) -> None:
    copied(tmp_path / "files")
    archive = shutil.make_archive(str(tmp_path / "layer"), "zip", tmp_path / "files")
    said = failed_import(Path(archive)).split("direct cause", 1)[1]
    assert f"headlessid lies in a zip file ({archive}{os.sep}headlessid)" in said
    assert "unpack it" in said
    assert INTERPRETER in said


def test_what_the_loader_says_of_a_file_it_refuses_stays(tmp_path: Path) -> None:
    file = copied(tmp_path) / f"_native{SUFFIX}"
    file.write_bytes(b"\x7fELF of another machine" + bytes(4096))
    cause, said = failed_import(tmp_path).split("The above exception was the direct cause", 1)
    loader = cause.strip().splitlines()[-1].removeprefix("ImportError: ")
    assert str(file) in loader
    assert f"ImportError: headlessid's native file {file} cannot be loaded by {INTERPRETER}" in said
    assert loader in said
    assert "-m pip install" in said


def test_a_folder_that_is_mounted_noexec_is_the_folders_fault() -> None:
    words = "/opt/headlessid/_native.so: failed to map segment from shared object"
    said = not_loaded(ImportError(words, name="headlessid._native", path="/opt/headlessid/_native.so"), headlessid.__file__)
    assert words in said
    assert "noexec" in said
    assert "pip" not in said
