#!/usr/bin/env python3
"""Every link of a built site leads to a file of it, and to an anchor where it names one; no page fetches anything from elsewhere.

tools/docs/check_links.py SITE
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself when it shows a page.
FETCHED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}
# A link element that only names something.
NAMES = {"canonical", "alternate", "prev", "next", "help", "license"}


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[str, bool]] = []  # target, and whether it is fetched
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {value for name in ("id", "name") if (value := given.get(name))}
        for name in ("href", "src"):
            target = given.get(name)
            if target is None or (tag, name) not in FETCHED | {("a", "href"), ("area", "href")}:
                continue
            fetched = (tag, name) in FETCHED and given.get("rel") not in NAMES
            self.links.append((target, fetched))


def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8", errors="replace"))


def faults(site: Path) -> tuple[list[str], int, int]:
    pages = {path: read(path) for path in sorted(site.rglob("*.html"))}
    found, count = [], 0
    for path, page in pages.items():
        for target, fetched in page.links:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                if fetched and parts.scheme not in ("data", "javascript"):
                    found.append(f"{path.relative_to(site)}: fetches {target}")
                continue
            count += 1
            # A path from the root is one of the site's: where it is served, it is the root.
            named = unquote(parts.path)
            file = (site / named.lstrip("/") if named.startswith("/") else path.parent / named).resolve() if named else path
            if file.is_dir():
                file /= "index.html"
            if not file.is_relative_to(site) or not file.exists():
                found.append(f"{path.relative_to(site)}: {target} leads nowhere")
            elif parts.fragment and file in pages and not names(pages[file], parts.fragment):
                found.append(f"{path.relative_to(site)}: {target} names no anchor")
    return sorted(set(found)), len(pages), count


def names(page: Page, fragment: str) -> bool:
    return bool({fragment, unquote(fragment)} & page.anchors) or fragment in ("", "top") or bool(re.match(":~:", fragment))


def main() -> int:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    site = Path(sys.argv[1]).resolve()
    found, pages, links = faults(site)
    print("\n".join(found[:100]) or f"{pages} pages, {links} links within the site")
    return 1 if found or links == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
