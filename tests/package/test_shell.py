"""The command as one static file. Built with musl, which CI does not do each time: `./dev package shell`."""

import subprocess
import tarfile

import pytest
from conftest import ROOT, TARGET, org_of
from elf import needed, paths_of_the_build, said_by

FOUND = sorted((ROOT / "dist").glob(f"headlessid-command-*-linux-{TARGET.processor}.tar.gz"))
pytestmark = pytest.mark.skipif(not FOUND, reason="./dev package shell has not been run")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shell")
    with tarfile.open(FOUND[-1]) as packed:
        packed.extractall(folder, filter="data")
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def command(package):
    return package / "bin" / "headlessid"


def test_loads_nothing(command):
    assert "INTERP" not in said_by("readelf", "-lW", command)
    assert needed(command) == []


def test_names_no_folder_of_the_machine_that_built_it(command):
    assert paths_of_the_build(command.read_bytes()) == []


def test_has_its_pages(package):
    assert (package / "share" / "man" / "man1" / "headlessid.1").read_text().startswith(".TH")
    for shell in ("bash-completion/completions/headlessid", "zsh/site-functions/_headlessid"):
        assert "headlessid" in (package / "share" / shell).read_text()


def test_signs_in_to_its_own_org_with_an_empty_environment(command):
    with org_of(command) as org:
        arguments = [
            "--site",
            org.site,
            "--client-id",
            org.client_id,
            "--redirect-uri",
            org.redirect_uri,
            "--ca-file",
            org.ca_file,
        ]
        done = subprocess.run(
            [command, "login", *arguments, "--username", org.username, "--password-file", "-"],
            input=org.password,
            capture_output=True,
            text=True,
            env={},
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "access_token" in done.stdout
