"""The compiler: Zig's clang from PyPI, behind wrappers that each stand for one target, and a toolchain file for CMake."""

import subprocess
import sys
from functools import cache
from pathlib import Path

from .common import BUILD, PINS, ROOT, hash_of, launcher, made_once, run
from .targets import Target

REQUIREMENTS = PINS / "zig-requirements.txt"
VENV = BUILD / "zig-venv"
# What Zig keeps: its C and C++ libraries for each target, and a copy of each object that it has ever compiled.
CACHE, OBJECTS = BUILD / "zig-cache", BUILD / "zig-objects"

# No build's folder in an object, no unused function in a library, nothing seen outside that is not meant to be.
FLAGS = [
    "-O2",
    "-g0",
    "-fPIC",
    "-fvisibility=hidden",
    "-ffunction-sections",
    "-fdata-sections",
    "-fstack-protector-strong",
    "-fno-sanitize=all",  # Zig's default where nothing asks for an optimiser
]
# What waits for a network is small rather than fast, and nothing is thrown through C. The cryptography that takes time is in
# assembler. Zig takes -Oz for -Os, which is a fifth larger; what stands behind -Xclang it passes on.
SMALL = ["-Oz", "-Xclang", "-Oz", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"]
# Zig builds its C++ library and its compiler's runtime as small as what is linked with them.
LINKED = ["-Os", "-Wl,-s"]
# _FORTIFY_SOURCE means nothing to musl, and the C library's own sources must not see it.
DEFINES = ["-D_FORTIFY_SOURCE=2"]


@cache
def zig() -> Path:
    """The compiler's own program, installed if it is not there."""
    with made_once("Zig", BUILD / "zig-venv.stamp", hash_of(REQUIREMENTS)) as to_do:
        if to_do:
            log = BUILD / "zig.log"
            run([sys.executable, "-m", "venv", "--clear", VENV], log)
            pip = [VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q"]
            run([*pip, "--require-hashes", "--no-deps", "-r", REQUIREMENTS], log)
    return next(VENV.glob("lib/python3*/site-packages/ziglang/zig"))


def version() -> str:
    return subprocess.run([zig(), "version"], capture_output=True, text=True, check=True).stdout.strip()


def folder(target: Target) -> Path:
    return BUILD / target.name


def prefix_maps() -> list[str]:
    return [f"-ffile-prefix-map={ROOT}=."]


@cache
def tools(target: Target) -> Path:
    """The folder of zig-cc, zig-c++, zig-ar and zig-ranlib of this target."""
    made = folder(target) / "bin"
    made.mkdir(parents=True, exist_ok=True)
    caches = f"ZIG_GLOBAL_CACHE_DIR='{CACHE}' ZIG_LOCAL_CACHE_DIR='{OBJECTS}'"
    for name, words in {
        "zig-cc": f"cc -target {target.zig}",
        "zig-c++": f"c++ -target {target.zig}",
        "zig-ar": "ar",
        "zig-ranlib": "ranlib",
    }.items():
        text = f"#!/bin/sh\n{caches} exec '{zig()}' {words} \"$@\"\n"
        wrapper = made / name
        if not wrapper.exists() or wrapper.read_text() != text:
            wrapper.write_text(text)
            wrapper.chmod(0o755)
    return made


def runtime(target: Target) -> list[Path]:
    """The archives of the C++ runtime that Zig links into what it makes: libc++, what it stands on, and compiler-rt."""
    work = folder(target) / "runtime"
    work.mkdir(parents=True, exist_ok=True)
    (work / "empty.cc").write_text("int hlid_empty() { return 0; }\n")
    linked = subprocess.run(
        [tools(target) / "zig-c++", "-Os", "-fPIC", "-fno-sanitize=all", "-shared", "-v", "empty.cc", "-o", "empty.so"],
        cwd=work,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    line = next(line for line in reversed(linked.splitlines()) if line.startswith("ld.lld "))
    found = [Path(word) for word in line.split() if word.endswith(".a")]
    wanted = ("libc++abi.a", "libc++.a", "libunwind.a", "libcompiler_rt.a")
    return [archive for name in wanted for archive in found if archive.name == name]


def environment(target: Target) -> dict[str, str]:
    """How ccache has to see the wrappers: as clang, each for its own target, which only the wrapper's text says. Otherwise an
    object of one target is taken for that of another."""
    return {
        "CCACHE_COMPILERTYPE": "clang",
        "CCACHE_COMPILERCHECK": f"string:zig {version()} for {target.zig}",
        "CCACHE_BASEDIR": str(ROOT),
        "CCACHE_NOHASHDIR": "1",
        "CCACHE_SLOPPINESS": "locale",
    }


def toolchain_file(target: Target, prefix: Path) -> Path:
    """What `cmake -DCMAKE_TOOLCHAIN_FILE=…` takes, for any project that is to be built for this target."""
    bin_folder = tools(target)
    flags, linked = " ".join([*FLAGS, *prefix_maps()]), " ".join(LINKED)
    cached = launcher()
    lines = [
        "# Written by tools/package/zig.py.",
        "set(CMAKE_SYSTEM_NAME Linux)",
        f"set(CMAKE_SYSTEM_PROCESSOR {target.processor})",
        f"set(CMAKE_C_COMPILER {bin_folder}/zig-cc)",
        f"set(CMAKE_CXX_COMPILER {bin_folder}/zig-c++)",
        f'set(CMAKE_AR {bin_folder}/zig-ar CACHE FILEPATH "")',
        f'set(CMAKE_RANLIB {bin_folder}/zig-ranlib CACHE FILEPATH "")',
        # What is linked is stripped by the linker already.
        'set(CMAKE_STRIP true CACHE FILEPATH "")',
        f'set(CMAKE_C_FLAGS_INIT "{flags}")',
        f'set(CMAKE_CXX_FLAGS_INIT "{flags}")',
        f'set(CMAKE_ASM_FLAGS_INIT "{flags}")',
        *(f'set(CMAKE_{kind}_LINKER_FLAGS_INIT "{linked}")' for kind in ("SHARED", "MODULE")),
        # A program too lies at another address each time.
        f'set(CMAKE_EXE_LINKER_FLAGS_INIT "{"-static " if target.is_musl else ""}-pie {linked}")',
        f"set(CMAKE_FIND_ROOT_PATH {prefix})",
        "set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)",
        *(f"set(CMAKE_FIND_ROOT_PATH_MODE_{kind} ONLY)" for kind in ("LIBRARY", "INCLUDE", "PACKAGE")),
        # Nothing that is shipped looks for libraries where it was built.
        "set(CMAKE_SKIP_RPATH ON)",
        *(f'set(CMAKE_{language}_COMPILER_LAUNCHER {cached[0]} CACHE STRING "")' for language in ("C", "CXX") if cached),
    ]
    file = folder(target) / "toolchain.cmake"
    text = "\n".join(lines) + "\n"
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
    return file
