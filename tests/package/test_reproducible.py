"""Whoever builds the packages gets the same bits: everything compiled a second time, without the compiler's cache."""

import os

import pytest
from conftest import ROOT
from reproduce import built_elsewhere

from tools.package import sums

# What was built before: a jar holds the natives of every target that there is.
PARTS = ("all",) if os.environ.get("HLID_PACKAGES") == "all" else ("c", "python", "node", "java")


@pytest.mark.skipif(os.environ.get("HLID_PROOF") != "1", reason="a second build of everything; HLID_PROOF=1")
def test_two_builds_in_two_folders_are_the_same_bits(tmp_path):
    again = built_elsewhere(tmp_path / "elsewhere", *PARTS)
    # The sums are of all that lies in dist/, which may be more than this build makes.
    made = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file() and path.name != sums.NAME)
    assert {".deb", ".gz", ".jar", ".pom", ".tgz", ".whl"} <= {path.suffix for path in made}
    absent = [str(name) for name in made if not (ROOT / "dist" / name).is_file()]
    different = [
        str(name)
        for name in made
        if str(name) not in absent and (again / name).read_bytes() != (ROOT / "dist" / name).read_bytes()
    ]
    assert (absent, different) == ([], [])
