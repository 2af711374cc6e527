#!/usr/bin/env python3
"""Every reason that an error can have stands in docs/errors.md, and the page names none that is gone."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREDICATES = ROOT / "core/engine/predicates.cc"
# Reasons are literals: in calls that make an error, in the table of diagnoses, in the table of transport outcomes,
# in assignments to `reason`, and in what a reader of responses calls its fault.
PATTERNS = (
    r'\bstop\(\s*"([a-z_0-9]+)"',
    r'\.reason = "([a-z_0-9]+)"',
    r'return \{"([a-z_]+)",\s*[^{};]*?, (?:true|false)\}',
    r'Error::(?:state|transport|protocol|refused)\(\s*(?:[a-z_]+ \? )?"([a-z_0-9]+)"(?: : "([a-z_0-9]+)")?',
    r'\b(?:bad|refused_callback|answer_after|give_broken_answer|break_off|broken)\(\s*"([a-z_0-9]+)"',
    r'\{"[^"]*", "[^"]*", (?:\{\}|kAnywhere|Endpoint::[a-z_]+),\s+"([a-z_]+)",\s+Advice',
    r'return \{"([a-z_]+)", "[^"]*", (?:true|false)\}',
    r'constexpr Page k[A-Za-z]+ = \{"([a-z_]+)", Advice',
    r'\{\d{3}, "([a-z_]+)", "',
    r'give_no_response\([^,]+, "([a-z_]+)"',
    r'reason_? = (?:[a-z_]+ \? )?"([a-z_]+)"(?: : "([a-z_]+)")?',
)


def main() -> int:
    made: set[str] = {"bad_argument"}
    asked = set(re.findall(r'"([a-z_]+)"', "".join(re.findall(r"\[\] = \{(.*?)\};", PREDICATES.read_text(encoding="utf-8")))))
    for path in [*ROOT.glob("core/**/*.cc"), *ROOT.glob("core/**/*.h"), *ROOT.glob("capi/*.cc"), *ROOT.glob("capi/*.h")]:
        text = path.read_text(encoding="utf-8")
        for pattern in PATTERNS:
            for match in re.finditer(pattern, text):
                made.update(word for word in match.groups() if word)
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    missing = sorted(word for word in made if f"`{word}`" not in page)
    listed = {
        word for line in page.splitlines() if line.startswith("| `") for word in re.findall(r"`([a-z_]+)`", line.split("|")[1])
    }
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in [*ROOT.glob("core/**/*.cc"), *ROOT.glob("core/**/*.h"), *ROOT.glob("capi/*.*")]
    )
    # The bindings have a few of their own.
    for folder in ("python/headlessid/*.py", "java/src/main/java/io/headlessid/*.java", "node/src/*.ts"):
        sources += "".join(path.read_text(encoding="utf-8") for path in ROOT.glob(f"bindings/{folder}")).replace("'", '"')
    gone = sorted(word for word in listed if f'"{word}"' not in sources)
    for word in missing:
        print(f"docs/errors.md does not name the reason {word}")
    for word in gone:
        print(f"docs/errors.md names {word}, which no source does")
    # A predicate that asks for a reason that no error has is always false.
    others = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("core/**/*.cc") if path != PREDICATES)
    unmade = sorted(word for word in asked if f'"{word}"' not in others)
    for word in unmade:
        print(f"core/engine/predicates.cc asks for {word}, a reason that no error has")
    print(f"{len(made)} reasons")
    return 1 if missing or gone or unmade or len(made) < 50 or len(asked) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
