#!/usr/bin/env python3
"""What `./dev new-flow` writes compiles with one more line in the list, and is formatted.

new_flow_test.py COMPILER
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "tools/new_flow.py"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> int:
    compiler = sys.argv[1]
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        flows = Path(folder) / "flows"
        flows.mkdir()
        listed = (ROOT / "core/flows/flows.list").read_text(encoding="utf-8")
        # Before the real one on the path of includes.
        (flows / "flows.list").write_text(listed + "HLID_FLOW(token_of_a_test)\n", encoding="utf-8")
        source = Path(folder) / "token_of_a_test.cc"
        source.write_text(run(sys.executable, str(TOOL), "token_of_a_test", "--print").stdout, encoding="utf-8")
        made = run(
            compiler, "-std=c++20", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
            "-I", folder, "-I", str(ROOT / "core"), str(source),
        )  # fmt: skip
        wrong += [made.stderr] if made.returncode != 0 else []
        # Without its line in the list there is no such flow to define.
        unlisted = run(compiler, "-std=c++20", "-fsyntax-only", "-I", str(ROOT / "core"), str(source))
        wrong += ["compiles although the list does not name it"] if unlisted.returncode == 0 else []
        if shutil.which("clang-format-19"):
            form = run("clang-format-19", f"--style=file:{ROOT / '.clang-format'}", "--dry-run", "-Werror", str(source))
            wrong += [form.stderr] if form.returncode != 0 else []
    for name in ("Login", "two words", "", "a__b", "login"):
        refused = run(sys.executable, str(TOOL), name)
        wrong += [f"accepts the name {name!r}"] if refused.returncode == 0 else []
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
