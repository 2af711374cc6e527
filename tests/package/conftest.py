"""The packages of this machine's processor with glibc, built before the tests, and a simulated org to sign in to."""

import contextlib
import json
import pathlib
import subprocess
import sys
from dataclasses import dataclass

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.package import archives, targets, zig  # noqa: E402
from tools.package.common import VERSION  # noqa: E402

TARGET = next(target for target in targets.TARGETS.values() if target.runs_here and not target.is_musl)


@dataclass
class Org:
    """What `headlessid sim` prints, and the program that prints it."""

    site: str
    ca_file: str
    client_id: str
    redirect_uri: str
    username: str
    password: str

    def arguments(self) -> list[str]:
        return [self.site, self.client_id, self.redirect_uri, self.username, self.ca_file]


@contextlib.contextmanager
def org_of(command: pathlib.Path):
    with subprocess.Popen([command, "sim", "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        said = json.loads(process.stdout.readline())
        user = said["users"][0]
        app = next(app for app in said["apps"] if app["public"])
        yield Org(said["site"], said["ca_file"], app["client_id"], app["redirect_uri"], user["username"], user["password"])
        process.stdin.close()


@pytest.fixture(scope="session")
def command():
    """The command that the packages carry, which starts on any Debian."""
    return zig.folder(TARGET) / "main" / "cli" / "headlessid"


@pytest.fixture(scope="session")
def org(command):
    with org_of(command) as started:
        yield started


@pytest.fixture(scope="session")
def c_package(tmp_path_factory):
    """The unpacked tar.gz, in a folder that it was not made for."""
    archive = ROOT / "dist" / f"headlessid-{VERSION}-linux-{TARGET.processor}.tar.gz"
    folder = tmp_path_factory.mktemp("moved")
    archives.unpack(archive, folder)
    return next(folder.iterdir())
