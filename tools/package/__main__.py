"""./dev package [PART...] [--target NAME]: what is published, written to dist/."""

import argparse
import os
import shutil
import subprocess
import sys
import time

from . import build, dependencies, parts, sums, targets, updates, zig
from .common import DIST, ROOT, Failed, NotHere, say


def write_sums() -> None:
    if DIST.is_dir():
        print(sums.write_sums(DIST).relative_to(ROOT))


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev package", description=__doc__)
    known = ", ".join(f"{name} ({what})" for name, what in parts.PARTS.items())
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{known}; all: every part for every target")
    parser.add_argument("--target", action="append", default=[], choices=[*targets.TARGETS, "all"], help="(linux-x64-gnu)")
    parser.add_argument("--dependencies", action="store_true", help="only what the packages carry inside")
    parser.add_argument(
        "--tests", nargs="+", metavar="TEST", help="builds and runs these tests on what the packages carry inside"
    )
    asked = parser.parse_args()
    names = list(asked.parts)
    everything = "all" in names
    for name in names:
        if name != "all" and name not in parts.PARTS:
            parser.error(f"'{name}' is not a part; the parts are: {', '.join(parts.PARTS)}, all")
    if everything or not names:
        names = list(parts.PARTS)
    chosen = targets.chosen(["all"] if everything and not asked.target else asked.target)
    started = time.monotonic()
    # It only grows, by gigabytes, and Ninja and ccache know what is compiled already.
    shutil.rmtree(zig.OBJECTS, ignore_errors=True)
    if asked.dependencies:
        for target in chosen:
            dependencies.prefix(target)
        return 0
    if asked.tests:
        for target in chosen:
            tree = build.tests_tree(target, *asked.tests)
            for name in asked.tests:
                program = next(path for path in tree.glob(f"tests/**/{name}") if path.is_file())
                subprocess.run([program], check=True, env={**os.environ, "LD_BIND_NOW": "1", "GTEST_BRIEF": "1"})
        return 0
    updates.warn()
    # Of files that are being replaced.
    (DIST / sums.NAME).unlink(missing_ok=True)
    for name in names:
        try:
            for file in parts.builder(name)(chosen):
                print(file.relative_to(ROOT))
        except NotHere as missing:
            if name in asked.parts:
                write_sums()
                raise
            say(f"left out: {name}; {missing}")
    write_sums()
    say(f"{time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as fault:
        print(f"./dev package: {fault}", file=sys.stderr)
        sys.exit(1)
