#!/usr/bin/env python3
"""Which cases of the fault catalogue some test or vector bears: by `cases` in vectors, by numbers in tests.

    cases.py            prints the table: what is covered, where, and what is left
    cases.py --check    fails if a case that tests/cases.txt names is borne by nothing any more
    cases.py --write    writes tests/cases.txt anew

A test bears a number in its name (h29_reused_connection_dies) or in a comment above it (H29, K12).
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "cases.txt"
CLASSES = {"H": 31, "J": 25, "T": 39, "U": 22, "K": 27, "F": 29, "G": 30, "S": 20, "N": 18, "O": 28, "L": 29, "Z": 18}
KINDS = {".cc": "C++", ".c": "C", ".h": "C++", ".py": "Python", ".java": "Java", ".kt": "Java", ".ts": "Node", ".mjs": "Node", ".cjs": "Node", ".js": "Node", ".sh": "shell"}
FOLDERS = ["tests", "bindings/python/tests", "bindings/java", "bindings/node/test"]
SKIPPED = {"node_modules", "build", "target", "vectors", "generated", "cases.py", "layers_test.py"}

# A name of a test, or a comment: not any hexadecimal number that happens to look like a case.
NAME = re.compile(r"(?:\bTEST\w*\(|\bdef test_|\btest\(|\bit\(|\bdescribe\(|\bvoid \w*|\bstatic \w+ \w*|\bcheck\(|@DisplayName\().*")
COMMENT = re.compile(r"(?://|#|/?\*|\"\"\").*")
NUMBER = re.compile(r"(?<![A-Za-z0-9\\%&])([A-Za-z])(\d\d)(?![A-Za-z0-9])")


def known(letter: str, number: str) -> str | None:
    letter = letter.upper()
    return f"{letter}{number}" if letter in CLASSES and 1 <= int(number) <= CLASSES[letter] else None


def in_source(text: str) -> set[str]:
    out = set()
    for line in text.splitlines():
        for match in NAME.finditer(line):
            out |= {case for m in NUMBER.finditer(re.sub(r"_", " ", match[0])) if (case := known(*m.groups()))}
        for match in COMMENT.finditer(line):
            out |= {case for m in NUMBER.finditer(match[0]) if m[1].isupper() and (case := known(*m.groups()))}
    return out


def covered() -> dict[str, set[str]]:
    out: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "tests" / "vectors").glob("*.json"):
        vector = json.loads(path.read_text())
        for each in [vector, *vector.get("variants", [])]:
            for case in each.get("cases", []):
                if known(case[0], case[1:]) is None:
                    sys.exit(f"{path.name}: {case} is no case of the catalogue")
                out[case].add("vector")
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in KINDS and not SKIPPED & set(path.relative_to(ROOT).parts) and ("test" in path.as_posix().lower()):
                for case in in_source(path.read_text(errors="replace")):
                    out[case].add(KINDS[path.suffix])
    return out


def table(found: dict[str, set[str]]) -> None:
    for letter, count in CLASSES.items():
        every = [f"{letter}{n:02}" for n in range(1, count + 1)]
        left = [case for case in every if case not in found]
        print(f"{letter}: {count - len(left)} of {count}" + (f"; left: {' '.join(left)}" if left else ""))
        for case in every:
            if case in found:
                print(f"   {case}  {', '.join(sorted(found[case]))}")


def main() -> int:
    found = covered()
    if "--write" in sys.argv:
        LIST.write_text("".join(f"{case}\n" for case in sorted(found, key=lambda c: (list(CLASSES).index(c[0]), c))))
    elif "--check" in sys.argv:
        missing = [case for case in LIST.read_text().split() if case not in found]
        if missing:
            print("no test or vector bears any more:", " ".join(missing))
            return 1
        new = sorted(set(found) - set(LIST.read_text().split()))
        print(f"{len(found)} cases are covered" + (f"; not yet in cases.txt: {' '.join(new)}" if new else ""))
    else:
        table(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
