#!/usr/bin/env python3
"""Writes the sources that follow from the catalogue: typed methods, results, option tables, docs pages.

    build/hlid_catalogue | tools/generate.py --catalogue -            writes what changed
    tools/generate.py --catalogue catalogue.json --check              exit 1 and a list when anything is stale

An emitter is a module in tools/emit with

    def emit(catalogue: Catalogue) -> dict[str, str]
                                                      path relative to the repository -> the file's text; the
                                                      catalogue is the model of tools/emit/_model.py
    def sections(catalogue: Catalogue) -> dict[tuple[str, str], str]
                                                      optional: (path, section) -> the text in a file that is
                                                      otherwise written by hand, between the lines
                                                      <!-- generated: SECTION --> and <!-- end: SECTION -->
    OWNS = ("docs/flows/*.md",)                       optional: files that match, bear the mark below and
                                                      are emitted no longer are stale, and deleted

Every generated file says so near its top, in its own kind of comment; emitters take the words from MARK.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
EMITTERS = Path(__file__).resolve().parent / "emit"
# An emitter imports its neighbours, too (a leading underscore keeps a helper from being one).
sys.path.insert(0, str(EMITTERS))

from _model import MARK, Catalogue  # noqa: E402

# The mark stands within this many bytes, so that an emitter may put a shebang or a licence before it.
MARK_WITHIN = 400


def load_emitters(only: list[str]) -> list[ModuleType]:
    paths = sorted(path for path in EMITTERS.glob("*.py") if not path.name.startswith("_"))
    unknown = set(only) - {path.stem for path in paths}
    if unknown:
        raise SystemExit(f"no such emitter: {', '.join(sorted(unknown))}")
    modules = []
    for path in paths:
        if only and path.stem not in only:
            continue
        # Not by its bare name: an emitter called "python" or "docs" must not shadow a module.
        spec = importlib.util.spec_from_file_location(f"hlid_emit_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise SystemExit(f"cannot load {path}")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        modules.append(module)
    return modules


def emit_all(modules: list[ModuleType], catalogue: Catalogue) -> dict[str, str]:
    files: dict[str, str] = {}
    for module in modules:
        for name, text in module.emit(catalogue).items():
            if name in files:
                raise SystemExit(f"{module.__name__}: {name} is written by two emitters")
            if not (ROOT / name).resolve().is_relative_to(ROOT):
                raise SystemExit(f"{module.__name__}: {name} is outside the repository")
            if MARK not in text[:MARK_WITHIN]:
                raise SystemExit(f"{module.__name__}: {name} does not begin with the mark")
            files[name] = text if text.endswith("\n") else text + "\n"
    return files


def fill_sections(modules: list[ModuleType], catalogue: Catalogue, files: dict[str, str]) -> None:
    """Adds the files that have sections, as they are with every section filled."""
    for module in modules:
        for (name, section), text in getattr(module, "sections", lambda _: {})(catalogue).items():
            before = files.get(name) or (ROOT / name).read_text(encoding="utf-8")
            begin, end = f"<!-- generated: {section} -->\n", f"<!-- end: {section} -->"
            head, found, rest = before.partition(begin)
            _, closed, tail = rest.partition(end)
            if not found or not closed:
                raise SystemExit(f"{module.__name__}: {name} has no section {section}")
            files[name] = head + begin + text + end + tail


def orphans(modules: list[ModuleType], files: dict[str, str]) -> list[str]:
    found = []
    for module in modules:
        for pattern in getattr(module, "OWNS", ()):
            for path in sorted(ROOT.glob(pattern)):
                name = path.relative_to(ROOT).as_posix()
                if name in files or not path.is_file():
                    continue
                if MARK in path.read_text(encoding="utf-8", errors="replace")[:MARK_WITHIN]:
                    found.append(name)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--catalogue", required=True, metavar="FILE", help="what hlid_catalogue prints; - is standard input")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    parser.add_argument(
        "--only", action="append", default=[], metavar="EMITTER", help="python, java, node, docs; may be repeated"
    )
    arguments = parser.parse_args()

    if arguments.catalogue == "-":
        text = sys.stdin.buffer.read().decode("utf-8")
    else:
        text = Path(arguments.catalogue).read_text(encoding="utf-8")
    catalogue = Catalogue.read(json.loads(text))

    modules = load_emitters(arguments.only)
    files = emit_all(modules, catalogue)
    fill_sections(modules, catalogue, files)
    stale = []
    for name, wanted in sorted(files.items()):
        path = ROOT / name
        # Bytes, not text: a file with other line ends is stale too.
        if path.is_file() and path.read_bytes() == wanted.encode("utf-8"):
            continue
        stale.append(name)
        if not arguments.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted.encode("utf-8"))
    for name in orphans(modules, files):
        stale.append(name)
        if not arguments.check:
            (ROOT / name).unlink()

    if not arguments.check:
        print(f"{len(files)} files, {len(stale)} changed")
        return 0
    if stale:
        print("stale, run tools/generate.py:\n  " + "\n  ".join(stale), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
