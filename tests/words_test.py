#!/usr/bin/env python3
"""The phrases that CONTRIBUTING's word list replaces are found in no text that people read.

    words_test.py             looks into PLACES
    words_test.py PATH...     looks into these files and folders

A phrase may run over a line end. To hold more of the tree to the list, add it to PLACES; what is right English where it stands
goes to ALLOWED, with as many words as it needs.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import tree

ROOT = Path(__file__).resolve().parent.parent
PLACES = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs",
    "examples",
    "simulator",
    "cli",
    "core/base",
    "core/codec",
    "core/crypto",
    "core/jose",
    "core/net",
    "core/engine",
    "core/flows",
    "core/oauth",
    "core/org",
    "capi",
    "tests/org",
    "tests/cli",
    "bindings/java/README.md",
    "bindings/java/src/generated",
    "bindings/java/src/main",
    "bindings/java/src/test",
    "bindings/java/native",
    "bindings/java/headlessid.i",
    "bindings/node",
    "bindings/python",
    "tests/README.md",
    "tests/simulator",
    "tests/vectors/README.md",
    "tests/results/README.md",
]
# Written from the core's own texts, or rewritten with them: these follow when the core has been done.
NOT_YET = [
    "docs/flows",
    "docs/settings.md",
    "docs/adding-a-flow.md",
    "docs/architecture.md",
]
KINDS = {
    ".md",
    ".py",
    ".pyi",
    ".java",
    ".kt",
    ".kts",
    ".ts",
    ".mts",
    ".mjs",
    ".cjs",
    ".js",
    ".cc",
    ".c",
    ".h",
    ".def",
    ".i",
    ".sh",
    ".html",
    ".json",
    ".txt",
    ".cmake",
}
SKIPPED = {"package-lock.json"}

# Phrase (a blank is any white space) -> what to write instead, and a sentence that has the phrase.
PHRASES = {
    r"(?:is|are|was|were|be) no(?! (?:longer|more|less|fewer))": (
        "is not a ..., is missing or malformed",
        "The value is no number.",
    ),
    r"(?:is|are|was|one that is) (?-i:none)": ("is not one, is missing or malformed", "A code, or one that is none."),
    r"anew": ("again", "The message is sent anew."),
    r"once more": ("again", "It is sent once more."),
    r"(?:do|does|did) not take": ("rejects", "The server does not take the code."),
    r"(?:is|are|was|were|not) taken(?! from)": ("is accepted, is rejected", "JSON is taken."),
    r"takes? only|only takes?": ("accepts only", "It takes only options."),
    r"taken up|takes? (?:it|them) up": ("resumed", "It is taken up by another process."),
    r"stands? (?:in|there|beside)": ("appears in, is listed", "No secret stands in a message."),
    r"for so long|so long(?! as)": ("for that long", "It waits for so long."),
    r"for good(?! reason)": ("finally", "The flow ended for good."),
    r"all the same": ("anyway", "It follows redirects all the same."),
    r"(?:tokens?|codes?|tickets?|passwords?|sessions?|certificates?|one that) (?:has|have|had) ended": (
        "has expired",
        "The token has ended.",
    ),
    r"nobody|somebody|whoever": ("the app, the caller, the server, a person", "A name that nobody has."),
    r"beside": ("with, cannot be combined with, next to", "Not beside username."),
    r"mend(?:s|ed|ing)?": ("fix", "An admin can mend it."),
    r"(?:came|comes|become) of (?:it|them|its)": ("the outcome", "Hand back what came of it."),
    r"(?:whole|token|JSON|server's|HTTP|INIT|init|refresh|complete|late) answers?": ("response", "No whole answer came."),
    r"no answer (?:came|comes)|an answer (?:came|with|without|in|that)": ("response", "If no answer came."),
    r"(?:server|site|org|endpoint|Salesforce)s? answers?(?! ask)": ("responds, returns", "The server answers 401."),
    r"(?:may|can|has|have|never|nothing) (?:have )?left(?! out)": ("sent, may have been sent", "A request that may have left."),
    r"has to say": ("says", "What the handler has to say."),
    r"by whom|for whom|to whom": ("name the actor", "The user by whom it was made."),
}
# Right as it is.
ALLOWED = [r"there (?:is|are|was|were) no(?:ne)?", r"if there (?:is|are) none", r"no one", r"BodyPublishers\W+noBody"]


def pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + phrase.replace(" ", r"\s+") + r")\b", re.I)


PATTERNS = {phrase: pattern(phrase) for phrase in PHRASES}
RIGHT = [pattern(phrase) for phrase in ALLOWED]


def faults_in(name: str, text: str) -> list[str]:
    # A comment's mark at the start of a line is white space, too; every other character keeps its place.
    flat = re.sub(r"\n[ \t]*(?://+!?|#+|\*+(?!/)|--+)?", lambda match: "\n" + " " * (len(match[0]) - 1), text)
    for right in RIGHT:
        flat = right.sub(lambda match: "\n".join("~" * len(line) for line in match[0].split("\n")), flat)
    found = []
    for phrase, compiled in PATTERNS.items():
        for match in compiled.finditer(flat):
            line = text.count("\n", 0, match.start()) + 1
            found.append((line, f"{name}:{line}: '{' '.join(match[0].split())}': say {PHRASES[phrase][0]}"))
    return [fault for _, fault in sorted(found)]


def files(places: list[str]) -> list[Path]:
    out: list[Path] = []
    for place in places:
        path = (ROOT / place).resolve()
        if not path.exists():
            sys.exit(f"{place} is not there")
        found = [path] if path.is_file() else [each for each in tree.files(path) if each.suffix in KINDS]
        out += [each for each in found if each.name not in SKIPPED]
    return out


def text_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path == ROOT / "CONTRIBUTING.md":  # the word list names the phrases
        text = re.sub(r"^\| not \| but \|\n(?:\|.*\n)+", lambda match: "\n" * match[0].count("\n"), text, flags=re.M)
    return text


def main() -> int:
    faults = [f"finds nothing in: {sample}" for phrase, (_, sample) in PHRASES.items() if not PATTERNS[phrase].search(sample)]
    right = ("There is no such file.", "It is no longer valid.", "so long as it lasts", "No one is named.")
    faults += [f"finds something in: {text}" for text in right if faults_in("x", text)]
    if len(faults_in("x", "// The value is\n// no number.")) != 1:
        faults.append("does not look across line ends")
    given = sys.argv[1:]
    skipped = [] if given else [ROOT / name for name in NOT_YET]
    looked_at = [path for path in files(given or PLACES) if not any(path == skip or skip in path.parents for skip in skipped)]
    for path in looked_at:
        faults += faults_in(path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path), text_of(path))
    print("\n".join(faults) or f"{len(looked_at)} files")
    return 1 if faults or not looked_at else 0


if __name__ == "__main__":
    sys.exit(main())
