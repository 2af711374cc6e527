"""The command as one static file, for each processor. Built with musl, which CI does not do each time: `./dev package shell`."""

import json
import pathlib
import shutil
import subprocess

import foreign
import images
import pytest
from conftest import ROOT, org_of
from elf import needed, paths_of_the_build, said_by

from tools.package import archives, targets
from tools.package.common import VERSION

DIST = ROOT / "dist"
MIB = 1024 * 1024
PROCESSORS = {target.processor: target for target in targets.TARGETS.values() if target.is_musl}


def unpacked(target, folder: pathlib.Path) -> pathlib.Path:
    archive = DIST / f"headlessid-command-{VERSION}-linux-{target.processor}.tar.gz"
    if not archive.exists():
        pytest.skip(f"./dev package shell has made none for {target.processor}")
    archives.unpack(archive, folder)
    return next(folder.iterdir())


@pytest.fixture(scope="module", params=PROCESSORS)
def target(request):
    return PROCESSORS[request.param]


@pytest.fixture(scope="module")
def package(target, tmp_path_factory):
    return unpacked(target, tmp_path_factory.mktemp("shell"))


@pytest.fixture(scope="module")
def command(package):
    return package / "bin" / "headlessid"


@pytest.fixture(scope="module")
def own_org(target, command):
    """The org that this very command simulates."""
    if reason := foreign.why_not(target):
        pytest.skip(reason)
    with org_of(command) as started:
        yield started


@pytest.fixture
def empty(target, command, tmp_path):
    """A root with this file in it, and nothing else."""
    if reason := foreign.impossible(target):
        pytest.skip(reason)
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy2(command, root / "headlessid")
    return root


def login(org, *more: object) -> list[str]:
    options = {"site": org.site, "client-id": org.client_id, "redirect-uri": org.redirect_uri, "username": org.username}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return ["login", *words, "--password-file", "-", *(str(word) for word in more)]


def alone(root: pathlib.Path, *words: object, given: str = "") -> subprocess.CompletedProcess:
    return images.inside(root, ["/headlessid", *(str(word) for word in words)], user="1000", said=given)


def test_loads_nothing(command):
    assert "INTERP" not in said_by("readelf", "-lW", command)
    assert needed(command) == []
    assert ".symtab" not in said_by("readelf", "-SW", command), "stripped"


def test_one_file_is_what_the_archive_has(target, command):
    """The name that the README gives for the download."""
    file = DIST / f"headlessid-linux-{target.processor}"
    assert file.read_bytes() == command.read_bytes()
    assert file.stat().st_mode & 0o111
    assert file.stat().st_size <= 12 * MIB


def test_names_no_folder_of_the_machine_that_built_it(command):
    assert paths_of_the_build(command.read_bytes()) == []


def test_has_its_papers(target, package):
    about = package / "share" / "doc" / "headlessid"
    bill = json.loads((about / "sbom.cdx.json").read_text())
    assert json.loads((DIST / f"headlessid-linux-{target.processor}.cdx.json").read_text()) == bill, "of the file alone"
    inside = {component["name"] for component in bill["components"]}
    assert {"openssl", "curl", "sqlite", "musl", "compiler-rt"} <= inside
    assert inside.isdisjoint({"pybind11", "node-addon-api"})
    notices = (about / "THIRD-PARTY-NOTICES.txt").read_text()
    assert "Daniel Stenberg" in notices and "Zig contributors" in notices and "Rich Felker" in notices
    assert "Apache License" in (about / "LICENSE").read_text()


def test_says_itself_what_is_inside(target, command, package):
    """The file is also downloaded alone."""
    about = package / "share" / "doc" / "headlessid"
    texts = [(about / name).read_bytes() for name in ("LICENSE", "THIRD-PARTY-NOTICES.txt")]
    program = command.read_bytes()
    assert all(text in program for text in texts)
    if not foreign.why_not(target):
        assert subprocess.run([command, "licenses"], capture_output=True, check=True).stdout.endswith(b"\n".join(texts))


def test_has_its_manual_page(package):
    page = package / "share" / "man" / "man1" / "headlessid.1"
    assert "\n.TH HEADLESSID 1" in page.read_text()
    if shutil.which("man"):
        shown = said_by("man", "--warnings", "-l", page)
        assert "headlessid" in shown and "--password-file" in shown


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", "bash-completion/completions/headlessid"),
        ("zsh", "zsh/site-functions/_headlessid"),
        ("fish", "fish/vendor_completions.d/headlessid.fish"),
    ],
)
def test_has_its_completions(package, shell, file):
    completions = package / "share" / file
    assert "headlessid" in completions.read_text()
    if shutil.which(shell):
        subprocess.run([shell, "-n", completions], check=True)


def test_bash_completes_what_the_command_knows(package):
    script = 'source "$1"; COMP_WORDS=(headlessid passwordl); COMP_CWORD=1; COMP_LINE="headlessid passwordl"; COMP_POINT=20\n'
    script += (
        '"$(complete -p headlessid | sed "s/.*-F \\([^ ]*\\).*/\\1/")" headlessid passwordl headlessid; echo "${COMPREPLY[@]}"'
    )
    completions = package / "share" / "bash-completion" / "completions" / "headlessid"
    assert "passwordless-login" in said_by("bash", "-c", script, "-", completions)


def test_signs_in_to_its_own_org_with_an_empty_environment(command, own_org):
    words = [command, *login(own_org, "--ca-file", own_org.ca_file)]
    done = subprocess.run(words, input=own_org.password, capture_output=True, text=True, env={}, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "access_token" in done.stdout


def test_tells_its_story_where_nothing_else_is(empty):
    """As in docs/deploying.md: FROM scratch."""
    assert "carried" in images.checked(alone(empty, "demo"), "demo")
