"""An import that fails for want of a library says which package brings it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import headlessid
from headlessid._loading import explain


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


def test_import_raises_with_that_advice(tmp_path: Path) -> None:
    package = tmp_path / "headlessid"
    source = Path(headlessid.__file__).parent
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("_native*.so", "_bin", "__pycache__"))
    (package / "_native.py").write_text(
        "raise ImportError('libsimdjson.so.14: cannot open shared object file: No such file or directory')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import headlessid"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "ImportError: headlessid needs libsimdjson.so.14, which this machine lacks." in done.stderr
    assert "libsimdjson14" in done.stderr
