#!/usr/bin/env python3
"""What a flow sends by itself cannot be set once more by extra_headers and extra_parameters: every name that some source adds
to a form, or some vector shows in a request, stands in the list of names that these settings refuse."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def names_in(value: Any, member: str, extra: set[str]) -> set[str]:
    """The names under `member` of each request in a vector; `extra`: what its settings have added."""
    found: set[str] = set()
    if isinstance(value, dict):
        request = value.get("request")
        if isinstance(request, dict) and isinstance(request.get(member), dict):
            found |= set(request[member]) - extra
        for each in value.values():
            found |= names_in(each, member, extra)
    elif isinstance(value, list):
        for each in value:
            found |= names_in(each, member, extra)
    return found


def extras_in(value: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(value, dict):
        for name, each in value.items():
            if name in ("extra_headers", "extra_parameters") and isinstance(each, str):
                try:
                    found |= {key.lower() for key in json.loads(each)}
                except (ValueError, AttributeError, TypeError):
                    pass
            found |= extras_in(each)
    elif isinstance(value, list):
        for each in value:
            found |= extras_in(each)
    return found


def listed(name: str) -> set[str]:
    text = (ROOT / "core/oauth/setting_values.cc").read_text(encoding="utf-8")
    block = re.search(name + r"\[\] = \{(.*?)\};", text, re.S)
    return set(re.findall(r'"([^"]+)"', block.group(1))) if block else set()


def main() -> int:
    parameters, headers = set(), set()
    for path in [
        *ROOT.glob("core/flows/**/*.cc"),
        *ROOT.glob("core/flows/**/*.h"),
        *ROOT.glob("core/engine/*.cc"),
        *ROOT.glob("core/oauth/*.cc"),
    ]:
        parameters |= set(
            re.findall(r'(?:form|body|form_of\(\w+\))\.add(?:_secret)?\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8"))
        )
    for path in ROOT.glob("tests/vectors/*.json"):
        vector = json.loads(path.read_text(encoding="utf-8"))
        extra = extras_in(vector)
        parameters |= names_in(vector, "form", extra)
        headers |= names_in(vector, "headers", extra)
    failed = len(parameters) < 20 or len(headers) < 3
    for kind, used, refused in (("parameter", parameters, listed("kOwnParameters")), ("header", headers, listed("kOwnHeaders"))):
        for name in sorted(used - refused):
            print(f"a flow sends the {kind} {name}, and extra_{kind}s may send it too")
            failed = True
    print(f"{len(parameters)} parameters, {len(headers)} headers")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
