#!/usr/bin/env python3
"""Z16: what is shipped holds no key, no secret of a test and no path of the machine that built it.

packages_test.py LIBRARY SOURCE_DIR BUILD_DIR. Looks into the library as it is installed (stripped), and into every
wheel, jar, aar and npm package that has been built below the source.
"""

import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

PACKAGES = {".whl": zipfile.ZipFile, ".jar": zipfile.ZipFile, ".aar": zipfile.ZipFile, ".tgz": None}
LEFT_ALONE = {"node_modules", ".git", "venv", ".m2"}
# A key, not the label that a reader of keys looks for.
KEYS = [rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\\?r?\\?n?\s*[A-Za-z0-9+/]{16}", rb"AKIA[0-9A-Z]{16}"]
# Secrets of the tests and of the simulated org.
MARKS = [b"Tr0ub4dor", b"marked-password", b"Example.Secret"]
FILES = re.compile(r"(^|/)(\.env|\.npmrc|\.pypirc|\.netrc|core(\.\d+)?|id_rsa|.*\.(pem|key|p12|pfx|jks)|.*~|.*\.orig)$")


def stripped(path):
    """The library's bytes without debug information, which alone may name where the sources were."""
    tool = shutil.which("strip") or shutil.which("llvm-strip-19")
    if tool is None:
        sys.exit("strip is missing: install binutils")
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / path.name
        subprocess.run([tool, "--strip-all", "-o", str(copy), str(path)], check=True)
        return copy.read_bytes()


def members(path):
    """Name and bytes of every file in a package."""
    if path.suffix == ".tgz":
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, archive.extractfile(member).read()
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def faults_in(name, data, source_dir):
    for key in KEYS:
        if re.search(key, data):
            yield f"{name}: a private key"
    for mark in MARKS:
        if mark in data:
            yield f"{name}: the test secret {mark.decode()}"
    if str(source_dir).encode() in data:
        at = data.index(str(source_dir).encode())
        yield f"{name}: a path of this machine: {data[at : at + 80]!r}"
    if FILES.search(name):
        yield f"{name}: a file that is never shipped"


def packages(source_dir):
    """Ours alone: other projects' jars, which tests download, are not shipped, and hold what looks like keys. os.walk, because
    rglob ends with an error where another part of the tests removes a folder while it looks."""
    for folder, folders, names in os.walk(source_dir):
        folders[:] = sorted(name for name in folders if name not in LEFT_ALONE)
        for name in sorted(names):
            path = pathlib.Path(folder, name)
            if path.suffix in PACKAGES and name.startswith("headlessid"):
                yield path


def main():
    library, source_dir, _ = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    faults = list(faults_in(library.name, stripped(library), source_dir))
    looked_at = [library.name]
    # The search is worth something: the library as it was built does name its sources, if it has debug information.
    planted = b"x" * 10 + str(source_dir).encode() + b"/core/x.cc"
    assert list(faults_in("planted", planted, source_dir)), "a planted path is not found"
    for package in packages(source_dir):
        looked_at.append(package.name)
        for name, data in members(package):
            faults += [f"{package.name}: {fault}" for fault in faults_in(name, data, source_dir)]
            if name.endswith((".jar", ".aar")):
                with zipfile.ZipFile(io.BytesIO(data)) as inner:
                    for inner_name in inner.namelist():
                        faults += [
                            f"{package.name}: {name}: {fault}"
                            for fault in faults_in(inner_name, inner.read(inner_name), source_dir)
                        ]
    print(f"looked into {', '.join(looked_at)}")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
