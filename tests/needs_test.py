#!/usr/bin/env python3
"""CMake says everything that is missing at once, and with what it is installed; parts that may be left out are.

needs_test.py [CMAKE]
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CMAKE = sys.argv[1] if len(sys.argv) > 1 else "cmake"

VERSION_FILE = """set(PACKAGE_VERSION "{version}")
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
# As simdjson's own file: only the same minor version will do.
if(PACKAGE_FIND_VERSION_MAJOR STREQUAL "{major}" AND PACKAGE_FIND_VERSION_MINOR STREQUAL "{minor}")
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
"""


def configure(folder: Path, *options: str) -> "tuple[int, str]":
    done = subprocess.run(
        [CMAKE, "-G", "Ninja", "-S", str(ROOT), "-B", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, " ".join(done.stdout.split())


def without(*packages: str) -> "list[str]":
    return [f"-DCMAKE_DISABLE_FIND_PACKAGE_{package}=ON" for package in packages]


def fake_simdjson(folder: Path, version: str) -> str:
    major, minor, _ = version.split(".")
    folder.mkdir()
    (folder / "simdjson-config.cmake").write_text("add_library(simdjson::simdjson INTERFACE IMPORTED)\n")
    (folder / "simdjson-config-version.cmake").write_text(VERSION_FILE.format(version=version, major=major, minor=minor))
    return f"-Dsimdjson_DIR={folder}"


def expect(what: str, said: str, *words: str, absent: "tuple[str, ...]" = ()) -> "list[str]":
    return [f"{what}: '{word}' is missing in: {said}" for word in words if word not in said] + [
        f"{what}: '{word}' should not be in: {said}" for word in absent if word in said
    ]


def documented() -> "list[str]":
    """README, docs/dependencies.md and the packages name the versions that CMake wants."""
    needs = (ROOT / "cmake/needs.cmake").read_text()
    curl = re.search(r"find_package\(CURL ([\d.]+)", needs)[1]
    json = re.search(r"find_package\(nlohmann_json ([\d.]+)", needs)[1]
    cmake = re.search(r"cmake_minimum_required\(VERSION ([\d.]+)\)", (ROOT / "CMakeLists.txt").read_text())[1]
    node = re.search(r'"node": ">=(\d+)"', (ROOT / "bindings/node/package.json").read_text())[1]
    python = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())[1]
    readme = " ".join((ROOT / "README.md").read_text().split())
    return [
        *expect(
            "README", readme, f"libcurl {curl}", f"nlohmann-json {json}", f"CMake {cmake}", f"Node {node}+", f"Python {python}+"
        ),
        *expect("dependencies", (ROOT / "docs/dependencies.md").read_text(), f"| libcurl | {curl}", f"nlohmann/json {json}"),
    ]


def main() -> int:
    faults = documented()
    with tempfile.TemporaryDirectory() as name:
        at = Path(name)
        status, said = configure(
            at / "all",
            "-DHLID_CLI=ON",
            "-DHLID_ORG=ON",
            "-DHLID_SQLITE=ON",
            *without("OpenSSL", "simdjson", "CURL", "nlohmann_json", "pugixml", "ZLIB", "SQLite3"),
        )
        if status == 0:
            faults.append("a machine without any library was good enough")
        faults += expect(
            "all",
            said,
            "OpenSSL 3.0 or newer, for the library",
            "simdjson 3.0 or newer, for the library",
            "libcurl 7.87 or newer, for the client (left out with -DHLID_CLIENT=OFF)",
            "nlohmann-json 3.11 or newer, for the headlessid command (left out with -DHLID_CLI=OFF)",
            "pugixml 1.11 or newer, for the org's side (left out with -DHLID_ORG=OFF)",
            "zlib, for the org's side (left out with -DHLID_ORG=OFF)",
            "SQLite 3.24 or newer, for headlessid session (left out with -DHLID_SQLITE=OFF)",
            "apt-get install libssl-dev libsimdjson-dev libcurl4-openssl-dev nlohmann-json3-dev libpugixml-dev zlib1g-dev libsqlite3-dev",
            "dnf install openssl-devel simdjson-devel libcurl-devel json-devel pugixml-devel zlib-devel sqlite-devel",
            "brew install openssl@3 simdjson curl nlohmann-json pugixml zlib sqlite",
        )
        if said.count("CMake Error") != 1:
            faults.append(f"not one message: {said}")

        # What a user builds by default asks for nothing that only tests need.
        status, said = configure(at / "user", *without("nlohmann_json", "pugixml", "GTest", "Python3"))
        if status != 0:
            faults.append(f"the library alone asks for more than it needs: {said}")
        faults += expect("user", said, "Left out: the headlessid command", "Left out: the simulated org", "nlohmann-json3-dev")
        faults += expect("user", said, "Left out: the org's side", "libpugixml-dev")
        faults += expect("user", (at / "user/CMakeCache.txt").read_text(), "HLID_WERROR:BOOL=OFF", "HLID_TESTS:BOOL=OFF")
        faults += expect("user", (at / "user/build.ninja").read_text(), "libheadlessid.so", absent=("headlessid_cli", "-Werror"))

        # The command without SQLite is one that keeps no sessions.
        status, said = configure(at / "no-sqlite", "-DHLID_CLI=ON", *without("SQLite3"))
        if status != 0:
            faults.append(f"the command needs SQLite: {said}")
        faults += expect("no-sqlite", said, "Left out: headlessid session, which needs SQLite 3.24", "libsqlite3-dev")
        built = (at / "no-sqlite/build.ninja").read_text()
        faults += expect("no-sqlite", built, "headlessid_cli", absent=("sqlite_store.cc",))

        for version, good in {"3.0.1": True, "3.6.3": True, "3.12.3": True, "3.13.0": True, "2.9.9": False}.items():
            fake = fake_simdjson(at / f"simdjson-{version}", version)
            status, said = configure(at / f"with-{version}", fake, "-DHLID_CLIENT=OFF", "-DHLID_CLI=OFF", "-DHLID_SIMULATOR=OFF")
            if (status == 0) is not good:
                faults.append(f"simdjson {version}: {said}")
    print("\n".join(faults) or "ok")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
