"""Which list of certificates the command finds by itself, in roots with nothing else in them but what starts it: the command that
the packages carry, with glibc, and the static one of each processor."""

import pathlib
import re
import shutil

import foreign
import images
import pytest
from conftest import ROOT, TARGET, org_of
from elf import said_by
from test_shell import PROCESSORS, alone, login, unpacked

COMMANDS = {"glibc": TARGET, **{f"static-{name}": target for name, target in PROCESSORS.items()}}


@pytest.fixture(scope="module", params=COMMANDS)
def target(request):
    return COMMANDS[request.param]


@pytest.fixture(scope="module")
def own(target, request, tmp_path_factory):
    """The command."""
    if not target.is_musl:
        return request.getfixturevalue("command")
    return unpacked(target, tmp_path_factory.mktemp("static")) / "bin" / "headlessid"


@pytest.fixture(scope="module")
def own_org(target, own):
    """The org that this very command simulates."""
    if reason := foreign.impossible(target):
        pytest.skip(reason)
    with org_of(own) as started:
        yield started


def put_libraries(root: pathlib.Path, command: pathlib.Path) -> None:
    """Those of this machine's glibc, where the command looks for them."""
    for name in re.findall(r"(/\S+) \(0x", said_by("ldd", command)):
        (root / name.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, root / name.lstrip("/"))


@pytest.fixture
def empty(target, own, own_org, tmp_path):
    """A root with the command in it, its C library if it needs one, and nothing else."""
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy2(own, root / "headlessid")
    if not target.is_musl:
        put_libraries(root, own)
    assert not (root / "etc").exists()
    return root


def test_says_ca_file_where_no_list_of_certificates_is(empty, own_org):
    done = alone(empty, *login(own_org), given=own_org.password)
    assert done.returncode != 0
    assert "--ca-file" in done.stderr
    assert "/etc/ssl/certs/ca-certificates.crt" in done.stderr


@pytest.mark.parametrize(
    "file",
    [
        "etc/ssl/certs/ca-certificates.crt",
        "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "etc/ssl/ca-bundle.pem",
        "etc/pki/tls/certs/ca-bundle.crt",
        "etc/ssl/cert.pem",
    ],
)
def test_finds_the_list_of_certificates_of_the_system(empty, own_org, file):
    """Debian, Ubuntu, Alpine and distroless, Fedora, SUSE, older Red Hat, BSD: docs/deploying.md has the same table."""
    (empty / file).parent.mkdir(parents=True)
    shutil.copyfile(own_org.ca_file, empty / file)
    assert "access_token" in images.checked(alone(empty, *login(own_org), given=own_org.password), file)
    assert f"`/{file}`" in (ROOT / "docs" / "deploying.md").read_text()
