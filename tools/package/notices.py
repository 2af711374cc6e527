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
    "libc++": "libcxx/LICENSE.TXT",
    "musl": "libc/musl/COPYRIGHT",
}
OF_ZIG = ("libc++", "musl")


def file_of(name: str) -> Path:
    return (zig.zig().parent / "lib" if name in OF_ZIG else sources.source(name)) / FILES[name]


def text(target: Target, inside: list[str], more: Mapping[str, Path] = MappingProxyType({})) -> str:
    """The notices of these libraries, and of others by their files."""
    files = {f"{name} {sbom.version_of(name)}": file_of(name) for name in inside if name in FILES}
    if target.is_musl:
        files["musl " + sbom.version_of("musl")] = file_of("musl")
    files.update(more)
    said = ["headlessid is under the Apache License 2.0 (LICENSE). What is built into it, and under which terms:\n"]
    for name, file in files.items():
        said.append(f"{'=' * 78}\n{name}\n{'=' * 78}\n\n{file.read_text(encoding='utf-8', errors='replace').strip()}\n")
    return "\n".join(said)
