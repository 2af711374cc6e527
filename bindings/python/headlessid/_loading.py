"""Says what is wrong, and what to do, when the native part cannot be imported: it is another Python's, or lacks a library."""

from __future__ import annotations

import importlib.machinery
import os
import platform
import re
import sys
import sysconfig

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


def not_loaded(error: ImportError, module: str) -> str:
    """What is wrong, and what to do, where `from . import _native` in this module raised this error."""
    remedy = explain(str(error))
    if remedy is not None:
        return remedy
    folder = os.path.dirname(os.path.abspath(module))
    pip = f"{sys.executable or 'python'} -m pip"
    install = f"install the wheel for this Python, which its own pip chooses ({pip} install --force-reinstall headlessid)"
    # The loader names the file that it refuses.
    if error.path is not None and os.path.basename(error.path).startswith("_native."):
        if "failed to map segment" in str(error):
            install = "install headlessid in a folder that is not mounted noexec, or mount this one without noexec"
        return f"headlessid's native file {error.path} cannot be loaded by {_interpreter()}: {error}. To fix that, {install}"
    wanted = f"{_interpreter()} looks for _native{importlib.machinery.EXTENSION_SUFFIXES[0]}"
    if not os.path.isdir(folder):
        return (
            f"headlessid lies in a zip file ({folder}), from which Python cannot load the native file ({wanted}): "
            f"unpack it, or {install} into a folder"
        )
    files = sorted(name for name in os.listdir(folder) if re.fullmatch(r"_native\..*(so|pyd)", name))
    there = f"only {', '.join(files)}, which is for another Python or machine" if files else "no native file"
    return (
        f"headlessid's native file for this Python is missing: {wanted} in {folder}, where there is {there}. To fix that, {install}; "
        "what was installed by another Python cannot be copied to this one "
        "(as with COPY --from another image, or with a Lambda layer for another runtime or architecture)"
    )


def _interpreter() -> str:
    """For example "CPython 3.12 for linux-x86_64"."""
    free_threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    major, minor = sys.version_info[:2]
    return f"{platform.python_implementation()} {major}.{minor}{free_threaded} for {sysconfig.get_platform()}"
