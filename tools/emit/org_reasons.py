"""core/org/reasons.inc: the reasons of docs/errors.md, for `headlessid org explain`."""

from __future__ import annotations

import re
from pathlib import Path

from _model import MARK, Catalogue

PAGE = Path(__file__).resolve().parents[2] / "docs/errors.md"
KINDS = ("ARGUMENT", "STATE", "TRANSPORT", "PROTOCOL", "REFUSED")


def plain(markdown: str) -> str:
    """Without links, which lead nowhere in a terminal."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rows() -> list[tuple[str, str, str]]:
    """Kind, reason and meaning."""
    out = []
    kind = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            kind = line[3:].strip()
        cells = [cell.strip() for cell in line.split("|")]
        if kind in KINDS and line.startswith("| `") and len(cells) == 4:
            out += [(kind, reason, plain(cells[2])) for reason in re.findall(r"`([a-z_0-9]+)`", cells[1])]
    return sorted(out, key=lambda row: row[1])


def emit(catalogue: Catalogue) -> dict[str, str]:
    lines = [f"    {{{quoted(kind)}, {quoted(reason)},\n     {quoted(text)}}},\n" for kind, reason, text in rows()]
    return {"core/org/reasons.inc": f"// {MARK}\n" + "".join(lines)}
