"""Says what to install when a library that the native part needs is missing on this machine."""

from __future__ import annotations

import re

# Debian's packages carry the version of the library in their names, most with nothing behind it; Fedora's and Homebrew's do not.
_PACKAGES = {
    "libsimdjson": ("libsimdjson", "simdjson"),
    "libcurl": ("libcurl", "libcurl"),
    "libssl": ("libssl", "openssl-libs"),
    "libcrypto": ("libssl", "openssl-libs"),
    "libstdc++": ("libstdc++", "libstdc++"),
    "libpugixml": ("libpugixml", "pugixml"),
    "libz": ("zlib", "zlib"),
}
# The ending that a change of the compiler's ABI, or habit, left.
_ENDINGS = {"libpugixml": "v5", "libz": "g"}


def explain(message: str) -> str | None:
    """What to do about this ImportError's message; None if it is about something else."""
    found = re.search(r"\b(lib[a-z+]+)\.so\.(\d+): cannot open shared object file", message)
    if found is None:
        return None
    library, version = found.groups()
    file = f"{library}.so.{version}"
    debian, fedora = _PACKAGES.get(library, (library, library))
    package = debian + version + _ENDINGS.get(library, "")
    return (
        f"headlessid needs {file}, which this machine lacks. Install it (Debian, Ubuntu: apt-get install {package}; "
        f"Fedora: dnf install {fedora}). Where the system has another version of it, build headlessid again there: "
        "pip install --force-reinstall --no-cache-dir from its source"
    )
