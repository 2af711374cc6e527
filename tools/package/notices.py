"""The notices that the licences of what is inside a package ask to be handed on with it, word for word."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from . import sbom, sources, zig
from .targets import Target

NAME = "THIRD-PARTY-NOTICES.txt"

# Where each keeps its own, next to its sources. SQLite is in the public domain.
FILES = {
    "openssl": "LICENSE.txt",
    "curl": "COPYING",
    "nghttp2": "COPYING",
    "simdjson": "LICENSE",
    "zlib": "LICENSE",
    "pugixml": "LICENSE.md",
    "nlohmann-json": "LICENSE.MIT",
}
# In Zig's folder. Its compiler-rt is its own.
OF_ZIG = {
    "libc++": "lib/libcxx/LICENSE.TXT",
    "libc++abi": "lib/libcxxabi/LICENSE.TXT",
    "libunwind": "lib/libunwind/LICENSE.TXT",
    "compiler-rt": "LICENSE",
    "musl": "lib/libc/musl/COPYRIGHT",
}


def files_of(name: str) -> dict[str, Path]:
    """The files of one component, by what each is the licence of."""
    version = sbom.version_of(name)
    if name in OF_ZIG:
        return {f"{name} {version}": zig.zig().parent / OF_ZIG[name]}
    return {f"{name} {version}": sources.source(name) / FILES[name]} if name in FILES else {}


def text(target: Target, inside: list[str], more: Mapping[str, Path] = MappingProxyType({})) -> str:
    """The notices of these libraries, and of others by their files."""
    files = {heading: file for name in sbom.names(target, inside) for heading, file in files_of(name).items()}
    files.update(more)
    said = ["headlessid is under the Apache License 2.0 (LICENSE). What is built into it, and under which terms:\n"]
    for name, file in files.items():
        said.append(f"{'=' * 78}\n{name}\n{'=' * 78}\n\n{file.read_text(encoding='utf-8', errors='replace').strip()}\n")
    return "\n".join(said)
