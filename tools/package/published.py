"""Where the project will be found once it is published: what packages say of it, and where links in their READMEs lead.

Nothing is there yet. Whoever publishes owns the domain, as Maven Central asks of the group io.headlessid, or puts another in
here and into the manifests that have it too (tests/package/test_readmes.py names them)."""

import os
import re
from pathlib import Path

from .common import ROOT

# The site that ./dev docs builds.
HOME = "https://headlessid.io"
REPOSITORY = f"{HOME}/headlessid.git"
DEVELOPERS = "The headlessid authors"

LINK = re.compile(r"(\]\()([^)\s#]*)(#[^)\s]*)?(\))")
FENCE = re.compile(r"(^ *```.*?^ *```)", re.M | re.S)


def page_of(name: str) -> str:
    """The address of the page that the site has of a file or folder of this repository (tools/docs/build.py)."""
    if (ROOT / name).is_dir():
        name = f"{name}/README.md"
    page = name if name.endswith(".md") else f"{name}.md"
    folder, _, file = page.rpartition("/")
    html = "index.html" if file == "README.md" else file.removesuffix(".md") + ".html"
    return "/".join(part for part in (HOME, folder, html) if part)


def readme(page: Path) -> str:
    """A README as a package carries it: where no repository is around it, its links lead to the site."""
    folder = page.parent.relative_to(ROOT)

    def link(found: re.Match[str]) -> str:
        target, anchor = found[2], found[3] or ""
        if not target or re.match(r"[a-z]+:", target):
            return found[0]
        return f"{found[1]}{page_of(os.path.normpath(folder / target))}{anchor}{found[4]}"

    parts = FENCE.split(page.read_text(encoding="utf-8"))
    return "".join(part if i % 2 else LINK.sub(link, part) for i, part in enumerate(parts))
