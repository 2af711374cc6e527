#!/usr/bin/env python3
"""Writes the reference of the Python package with pdoc, without compiling the extension.

    tools/docs/python_reference.py FOLDER

pdoc imports what it describes. In place of the extension it imports the stub file, which is Python too.
"""

from __future__ import annotations
import __future__

import re
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "bindings/python/headlessid"
MODULES = ("headlessid", "headlessid.testing", "headlessid.org", "headlessid.httpx_transport")


def extension() -> ModuleType:
    stub = PACKAGE / "_native.pyi"
    module = ModuleType("headlessid._native")
    source = compile(stub.read_text(encoding="utf-8"), str(stub), "exec", __future__.annotations.compiler_flag)
    exec(source, module.__dict__)
    cmake = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    version = re.search(r"VERSION (\d+\.\d+\.\d+)", cmake)
    assert version is not None
    module.__dict__.update(VERSION=version[1], ABI_VERSION=0, STEPS={}, NOT_SENT=0, MAYBE_SENT=1)
    return module


def inherit(package: ModuleType) -> None:
    """Gives each public class what it has from the package's private bases (the settings, the flows' methods)."""
    for each in (getattr(package, name) for name in package.__all__):
        if not isinstance(each, type):
            continue
        # pdoc knows the sections of Google's docstrings only.
        each.__doc__ = (each.__doc__ or "").replace("\n    Settings:\n", "\n    Args:\n") or None
        for base in each.__mro__[1:]:
            if not base.__module__.startswith("headlessid."):
                continue
            # pdoc itself says what comes from a class that it shows.
            if base.__name__ in package.__all__:
                break
            for name, value in vars(base).items():
                if not name.startswith("_") and name not in vars(each):
                    setattr(each, name, value)


def main() -> int:
    sys.path.insert(0, str(PACKAGE.parent))
    sys.modules["headlessid._native"] = extension()
    import headlessid
    import pdoc
    import pdoc.render

    inherit(headlessid)
    pdoc.render.configure(docformat="google", show_source=False)
    pdoc.pdoc(*MODULES, output_directory=Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
