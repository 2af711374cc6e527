#!/usr/bin/env python3
"""What a C program outside this tree meets: the installed package, by CMake and by pkg-config, and the program of the header.

package_test.py BUILD HEADER COMPILER [CLI]

Installs the library below a temporary folder, builds the header's program against it in both ways, and runs it against the
simulated org where there is a command to start one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES C)
find_package(headlessid {version} REQUIRED)
add_executable(outside main.c)
target_link_libraries(outside PRIVATE headlessid::headlessid)
"""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def run(*command: object, **more: object) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return str(done.stdout)


def program_of(header: str) -> str:
    """The lines between @code and @endcode, without the comment's margin."""
    block = header[header.index("@code") : header.index("@endcode")].splitlines()[1:-1]
    return "".join(line.removeprefix(" *").removeprefix(" ") + "\n" for line in block)


def try_out(program: Path, library: Path, cli: str | None) -> None:
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library)}
    # A profile that the library rejects: the program links, loads and reports.
    bad = subprocess.run([program, '{"sites": "x"}'], env=environment, capture_output=True, text=True, check=False)
    if bad.returncode != 1 or "did you mean site?" not in bad.stdout:
        sys.exit(f"{program}: {bad.returncode} {bad.stdout}{bad.stderr}")
    if cli is None:
        return
    with subprocess.Popen([cli, "sim", "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as org:
        assert org.stdin is not None and org.stdout is not None
        told = json.loads(org.stdout.readline())
        app = next(app for app in told["apps"] if app["public"] and not app["first_party"])
        profile = {name: app[name] for name in ("client_id", "redirect_uri")} | {name: told[name] for name in ("site", "ca_file")}
        good = subprocess.run([program, json.dumps(profile)], env=environment, capture_output=True, text=True, check=False)
        org.stdin.close()
    if good.returncode != 0 or not UUID.fullmatch(good.stdout.strip()):
        sys.exit(f"{program}: {good.returncode} {good.stdout}{good.stderr}")


def main() -> None:
    build, header, compiler = sys.argv[1:4]
    cli = sys.argv[4] if len(sys.argv) > 4 else None
    text = Path(header).read_text(encoding="utf-8")
    version = re.search(r'#define HLID_VERSION_STRING "([^"]+)"', text)
    assert version is not None
    with tempfile.TemporaryDirectory() as folder:
        prefix, source = Path(folder, "prefix"), Path(folder, "source")
        run("cmake", "--install", build, "--component", "library", "--prefix", prefix)
        source.mkdir()
        (source / "main.c").write_text(program_of(text), encoding="utf-8")
        (source / "CMakeLists.txt").write_text(PROJECT.format(version=version[1]), encoding="utf-8")
        library = next(prefix.rglob("libheadlessid.so")).parent

        by_cmake = Path(folder, "by_cmake")
        run("cmake", "-S", source, "-B", by_cmake, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_C_COMPILER={compiler}")
        run("cmake", "--build", by_cmake)
        try_out(by_cmake / "outside", library, cli)

        environment = {**os.environ, "PKG_CONFIG_PATH": str(next(prefix.rglob("headlessid.pc")).parent)}
        if run("pkg-config", "--modversion", "headlessid", env=environment).strip() != version[1]:
            sys.exit("headlessid.pc has another version")
        flags = run("pkg-config", "--cflags", "--libs", "headlessid", env=environment).split()
        by_pkg_config = Path(folder, "by_pkg_config")
        run(compiler, "-std=c99", "-Wall", "-Werror", source / "main.c", "-o", by_pkg_config, *flags)
        try_out(by_pkg_config, library, cli)


main()
