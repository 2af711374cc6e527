"""Every package has a bill of materials that CycloneDX's own schema accepts."""

import io
import json
import pathlib
import subprocess
import tarfile
import zipfile

import pytest
from conftest import ROOT
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.package.common import VERSION

DIST = ROOT / "dist"
KINDS = {".whl", ".jar", ".gz", ".tgz", ".deb"}
PACKAGES = [path for path in sorted(DIST.glob("*")) if path.suffix in KINDS and VERSION in path.name]
PACKAGES += sorted(DIST.glob("headlessid-linux-*.cdx.json"))


def content(package: pathlib.Path) -> dict[str, bytes]:
    """The bills in a package, by their names."""
    if package.suffix == ".json":
        return {package.name: package.read_bytes()}
    if package.suffix in {".whl", ".jar"}:
        with zipfile.ZipFile(package) as archive:
            return {name: archive.read(name) for name in archive.namelist() if name.endswith(".cdx.json")}
    if package.suffix == ".deb":
        tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], capture_output=True, check=True).stdout
        return of_tar(tar)
    return of_tar(package.read_bytes())


def of_tar(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive if entry.name.endswith(".cdx.json")}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_each_package_has_one_that_the_schema_accepts(package):
    bills = content(package)
    assert len(bills) == 1, bills.keys()
    for bill in bills.values():
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill.decode()) is None
        said = json.loads(bill)
        assert said["metadata"]["component"]["version"] == VERSION
        # A licence that SPDX does not know, or a reference to nothing, is accepted by the schema.
        refs = [one["bom-ref"] for one in said["components"]]
        assert sorted(said["dependencies"][0]["dependsOn"]) == sorted(set(refs))
        assert all(one["version"] and one["purl"].endswith("@" + one["version"]) for one in said["components"])


def test_a_bill_that_is_not_one_is_refused():
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str('{"bomFormat": "CycloneDX", "specVersion": 1}') is not None
