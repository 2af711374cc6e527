"""The notices and the bill of materials of each package, as they are written from the sources that are linked."""

import json

import pytest

from tools.package import notices, pythons, sbom, targets

GLIBC, MUSL = targets.TARGETS["linux-x64-gnu"], targets.TARGETS["linux-x64-musl"]


def listed(target, inside, binding=()):
    said = json.loads(sbom.document("headlessid", "pkg:generic/headlessid@1", target, inside, binding))
    components = {component["name"]: component for component in said["components"]}
    assert said["dependencies"][0]["dependsOn"] == list(components)
    return components


@pytest.mark.parametrize("target", [GLIBC, MUSL])
@pytest.mark.parametrize("inside", [sbom.LIBRARY, sbom.COMMAND])
def test_zig_s_own_code_is_in_everything(target, inside):
    about = listed(target, inside)["compiler-rt"]
    assert about["licenses"] == [{"license": {"id": "MIT"}}]
    assert "cpe" not in about
    said = notices.text(target, inside)
    assert f"\ncompiler-rt {about['version']}\n" in said
    assert "Copyright (c) Zig contributors" in said
    for part in ("libc++", "libc++abi", "libunwind"):
        assert f"\n{part} {sbom.version_of('libc++')}\n" in said


def test_musl_is_named_only_where_it_is_linked():
    """A library of a musl target finds musl on the machine; a static command has it inside."""
    for target, inside, is_linked in (
        (MUSL, sbom.COMMAND, True),
        (MUSL, sbom.LIBRARY, False),
        (GLIBC, sbom.COMMAND, False),
        (GLIBC, sbom.LIBRARY, False),
    ):
        assert ("musl" in listed(target, inside)) == is_linked
        assert ("Rich Felker" in notices.text(target, inside)) == is_linked


def test_headers_of_a_binding_are_in_its_package_alone():
    version, licence = pythons.pybind11()
    assert "Wenzel Jakob" in licence.read_text()
    about = listed(GLIBC, sbom.COMMAND, [sbom.headers("pybind11", version, "BSD-3-Clause", "pypi")])["pybind11"]
    assert about["purl"] == f"pkg:pypi/pybind11@{version}"
    assert "pybind11" not in listed(GLIBC, sbom.COMMAND)
