"""The Dockerfiles of docs/deploying.md, instruction by instruction, in minimal systems of their own."""

import re

import images
import pytest
from conftest import ROOT

TEXT = (ROOT / "docs" / "deploying.md").read_text()
BLOCK = re.compile(r"(?:<!-- (run|not run): ([^\n]*) -->\n)?```dockerfile\n(.*?)```", re.S)


def blocks() -> list:
    """Each with the heading above it."""
    found = []
    for match in BLOCK.finditer(TEXT):
        heading = re.findall(r"^#+ (.*)$", TEXT[: match.start()], re.M)[-1]
        found.append((heading, *match.groups()))
    return found


def test_each_says_whether_it_is_run():
    assert len(blocks()) > 4
    assert [heading for heading, kind, said, _ in blocks() if not kind or not said] == []


def missing(dockerfile: str) -> list[str]:
    """What ./dev package has not made here."""
    words = re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile, re.M)
    return [word for line in words for word in line.split() if word.startswith("dist/") and not list(ROOT.glob(word))]


RUN = [
    pytest.param(said, text, id=f"{heading}-{number}")
    for number, (heading, kind, said, text) in enumerate(blocks())
    if kind == "run"
]


@pytest.mark.skipif(bool(images.impossible()), reason=images.impossible())
@pytest.mark.parametrize(("says", "dockerfile"), RUN)
def test_dockerfile(says, dockerfile, tmp_path):
    if absent := missing(dockerfile):
        pytest.skip(f"not made here: {', '.join(absent)}")
    assert says in images.Build(dockerfile, ROOT, tmp_path).run()
