#!/usr/bin/env python3
"""The link checker of the built site finds a dead link, a dead anchor and a page that fetches from elsewhere, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

CHECKER = Path(__file__).resolve().parent.parent / "tools/docs/check_links.py"
GOOD = {
    "index.html": '<a href="a/b.html#here">b</a> <a href="a/">a</a> <a href="https://example.com/x">x</a> <a href="#top">top</a>',
    "a/index.html": '<link rel="canonical" href="https://example.com/"> <link rel="stylesheet" href="../s.css">',
    "a/b.html": '<h1 id="here">b</h1> <script src="/s.js"></script> <a href="../index.html?q=1">home</a>',
    "s.css": "",
    "s.js": "",
}
# What is added to a page, and what the checker then says.
BAD = {
    '<a href="gone.html">x</a>': "gone.html leads nowhere",
    '<a href="../../outside.html">x</a>': "../../outside.html leads nowhere",
    '<a href="#gone">x</a>': "#gone names no anchor",
    '<a href="../index.html#gone">x</a>': "../index.html#gone names no anchor",
    '<img src="gone.png">': "gone.png leads nowhere",
    '<script src="https://cdn.example.com/s.js"></script>': "fetches https://cdn.example.com/s.js",
    '<link rel="stylesheet" href="//fonts.example.com/s.css">': "fetches //fonts.example.com/s.css",
}


def check(files: dict[str, str]) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, "site", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        Path(folder, "outside.html").touch()
        done = subprocess.run([sys.executable, CHECKER, f"{folder}/site"], capture_output=True, text=True)
        return done.returncode, done.stdout.strip() + done.stderr


def main() -> int:
    faults = []
    code, said = check(GOOD)
    if code != 0:
        faults.append(f"a good site: {said}")
    for added, expected in BAD.items():
        code, said = check(GOOD | {"a/b.html": GOOD["a/b.html"] + added})
        if code != 1 or said != f"a/b.html: {expected}":
            faults.append(f"{added}: exit status {code}: {said}")
    # A site without links has not been built.
    if check({"index.html": "x"})[0] != 1:
        faults.append("an empty site passes")
    print("\n".join(faults) or f"{len(BAD)} faults found")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
