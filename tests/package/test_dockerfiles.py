"""The Dockerfiles of docs/deploying.md, instruction by instruction, in minimal systems of their own."""

import fnmatch
import os
import re
import shutil

import images
import pytest
from conftest import ROOT, TARGET

from tools.package import targets
from tools.package.common import VERSION

TEXT = (ROOT / "docs" / "deploying.md").read_text()
BLOCK = re.compile(r"(?:<!-- (run|run with an org|not run): ([^\n]*) -->\n)?```dockerfile\n(.*?)```", re.S)


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
    absent, image = [], ""
    for instruction, rest in images.instructions(dockerfile):
        if instruction == "FROM":
            image = rest.split()[0]
        if instruction == "COPY" and not rest.startswith("--from"):
            for word in rest.split()[:-1]:
                if word.endswith(".whl"):
                    # Of the wheels that are copied the one that the image's Python takes.
                    python = images.PYTHONS[image]
                    word = f"dist/headlessid-{VERSION}-{python}-{python}-{TARGET.wheel}.whl"
                if word.startswith("dist/") and not list(ROOT.glob(word)):
                    absent.append(word)
    return absent


def test_wheel_of_another_python_is_not_that_of_the_image(monkeypatch, tmp_path):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "dist").mkdir()
    dockerfile = "FROM debian:12-slim AS build\nCOPY dist/headlessid-*.whl /tmp/\nFROM debian:13-slim\nCOPY --from=build /a /a\n"
    for python in ("cp313", "cp311"):
        wanted = f"dist/headlessid-{VERSION}-cp311-cp311-{TARGET.wheel}.whl"
        (tmp_path / "dist" / f"headlessid-{VERSION}-{python}-{python}-{TARGET.wheel}.whl").touch()
        assert missing(dockerfile) == ([wanted] if python == "cp313" else [])


def parametrised(*kinds: str) -> list:
    return [
        pytest.param(said, text, id=f"{heading}-{number}")
        for number, (heading, kind, said, text) in enumerate(blocks())
        if kind in kinds
    ]


def built(dockerfile: str, folder) -> images.Build:
    if absent := missing(dockerfile):
        pytest.skip(f"not made here: {', '.join(absent)}")
    return images.Build(dockerfile, ROOT, folder)


@pytest.mark.skipif(not os.environ.get("CI"), reason="where no systems can be made, the tests that need them are skipped")
def test_ci_can_make_systems():
    assert images.impossible() == ""


possible = pytest.mark.skipif(bool(images.impossible()), reason=images.impossible())


@possible
@pytest.mark.parametrize(("says", "dockerfile"), parametrised("run"))
def test_dockerfile(says, dockerfile, tmp_path):
    assert says in built(dockerfile, tmp_path).run()


@possible
@pytest.mark.parametrize(("says", "dockerfile"), parametrised("run with an org"))
def test_dockerfile_with_an_org(says, dockerfile, org, tmp_path):
    """The org is beside the container, as if by `docker run --network host`."""
    build = built(dockerfile, tmp_path)
    shutil.copyfile(org.ca_file, build.root / "org.pem")
    *arguments, _ = org.arguments()
    assert says in build.run(*arguments, "/org.pem", said=org.password + "\n")


def names_of_packages() -> set[str]:
    """What ./dev package all writes for this processor."""
    processor = TARGET.processor
    made = {f"headlessid-{VERSION}.jar", f"headlessid-testing-{VERSION}.jar", f"headlessid-{VERSION}.tgz"}
    made |= {f"headlessid-linux-{processor}", f"libheadlessid_{VERSION}_{TARGET.debian}.deb"}
    for target in (target for target in targets.TARGETS.values() if target.processor == processor):
        made.add(f"headlessid-{target.name}-{VERSION}.tgz")
        made.add(f"headlessid-{VERSION}-linux-{processor}{'-musl' if target.is_musl else ''}.tar.gz")
        made |= {f"headlessid-{VERSION}-cp3{minor}-cp3{minor}-{target.wheel}.whl" for minor in range(9, 15)}
    return made


@pytest.mark.parametrize(("says", "dockerfile"), parametrised("run", "run with an org", "not run"))
def test_names_what_is_made_and_what_is_there(says, dockerfile):
    """Also of those that cannot be run here: every file that is copied, and no instruction that images.py would not know."""
    if "tests/bare" in says:
        pytest.skip(says)
    for instruction, rest in images.instructions(dockerfile):
        assert hasattr(images.Build, f"do_{instruction.lower()}"), instruction
        if instruction == "COPY" and not rest.startswith("--from"):
            for word in rest.split()[:-1]:
                if word.startswith("dist/"):
                    assert fnmatch.filter(names_of_packages(), word.removeprefix("dist/")), word
                    # dist/ may hold those of every processor and Python: pip has to choose.
                    assert not word.endswith(".whl") or "--find-links" in dockerfile
                else:
                    assert (ROOT / word).is_file(), word
