#!/usr/bin/env python3
"""Which fault numbers (docs/faults.md) the tests and vectors cover: by `cases` in vectors, by numbers in tests.

    cases.py            prints the table: what is covered, where, and what is left
    cases.py --check    fails if a case listed in tests/cases.txt is no longer covered, if a number cited anywhere in the
                        sources has no line in docs/faults.md, or if a line there is covered by no test
    cases.py --write    writes tests/cases.txt again

A test has a number in its name (h29_reused_connection_dies) or in a comment above it (H29, K12).
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import tree

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "cases.txt"
PAGE = ROOT / "docs" / "faults.md"
CLASSES = {"H": 31, "J": 26, "T": 39, "U": 22, "K": 27, "F": 29, "G": 30, "S": 20, "N": 18, "O": 28, "L": 29, "Z": 18}
KINDS = {
    ".cc": "C++",
    ".c": "C",
    ".h": "C++",
    ".py": "Python",
    ".java": "Java",
    ".kt": "Java",
    ".ts": "Node",
    ".mjs": "Node",
    ".cjs": "Node",
    ".js": "Node",
    ".sh": "shell",
}
# Comments outside the tests cite numbers as well; these need a line on the page, too.
SOURCES = ["core", "capi", "cli", "simulator", "bindings", "examples", "tools", "tests", "cmake"]
FOLDERS = ["tests", "bindings/python/tests", "bindings/java", "bindings/node/test"]
SKIPPED = {"vectors", "generated", "cases.py", "layers_test.py"}

# A name of a test, or a comment: not any hexadecimal number that happens to look like a case.
NAME = re.compile(
    r"(?:\bTEST\w*\(|\bdef test_|\btest\(|\bit\(|\bdescribe\(|\bvoid \w*|\bstatic \w+ \w*|\bcheck\(|@DisplayName\().*"
)
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
                    sys.exit(f"{path.name}: {case} is not a fault number")
                out[case].add("vector")
    for folder in FOLDERS:
        for path in tree.files(ROOT / folder):
            if path.suffix in KINDS and not SKIPPED & set(path.relative_to(ROOT).parts) and ("test" in path.as_posix().lower()):
                for case in in_source(path.read_text(errors="replace")):
                    out[case].add(KINDS[path.suffix])
    return out


def cited() -> dict[str, str]:
    """Every number in a comment or a test's name outside the vectors, with one of the files that cite it."""
    out: dict[str, str] = {}
    for folder in SOURCES:
        for path in tree.files(ROOT / folder):
            if path.suffix in {*KINDS, ".xml", ".cmake"} and not SKIPPED & set(path.relative_to(ROOT).parts):
                text = path.read_text(errors="replace")
                if path.suffix == ".xml":
                    text = re.sub(r"<!--", "// ", text)
                for case in in_source(text):
                    out.setdefault(case, path.relative_to(ROOT).as_posix())
    return out


def page_faults(found: dict[str, set[str]], page: str, sources: dict[str, str]) -> list[str]:
    lines = re.findall(r"^\| ([A-Z]\d\d) \| \S", page, flags=re.M)
    faults = [f"docs/faults.md: {case} has two lines" for case in sorted({case for case in lines if lines.count(case) > 1})]
    faults += [
        f"{place} cites {case}, which has no line in docs/faults.md"
        for case, place in sorted({**dict.fromkeys(found, "a vector or test"), **sources}.items())
        if case not in lines
    ]
    faults += [f"docs/faults.md: no test covers {case}" for case in sorted(set(lines) - set(found))]
    return faults


# What --check must see; else it would pass because it looks at nothing.
def sees_faults() -> bool:
    found = {"F11": {"vector"}}
    return (
        page_faults(found, "| F11 | x |\n", {}) == []
        and len(page_faults(found, "", {})) == 1
        and len(page_faults(found, "| F11 | x |\n", {"Z04": "core/x.cc"})) == 1
        and len(page_faults(found, "| F11 | x |\n| F12 | y |\n", {})) == 1
        and len(page_faults(found, "| F11 | x |\n| F11 | y |\n", {})) == 1
    )


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
            print("no longer covered by any test or vector:", " ".join(missing))
        faults = page_faults(found, PAGE.read_text(encoding="utf-8"), cited())
        print("\n".join(faults), end="\n" if faults else "")
        if missing or faults or not sees_faults():
            return 1
        new = sorted(set(found) - set(LIST.read_text().split()))
        print(f"{len(found)} cases are covered" + (f"; not yet in cases.txt: {' '.join(new)}" if new else ""))
    else:
        table(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
